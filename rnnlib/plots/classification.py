"""Drawings of a classifier: what it takes for what, how far it can be trusted, what it looks at."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rnnlib.interface import Array, ArrayLike
from rnnlib.plots.style import COLORS, tell_apart


def plot_confusion(ax: Axes, counts: ArrayLike, names: Sequence[str]) -> None:
    """Shares of each true class (rows) by guess (columns), from counts (C, C), darker for more; the
    diagonal is what was right. Shares from 5 per cent on are written out, in per cent.
    """
    counts = np.asarray(counts, float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    for row, column in np.argwhere(shares >= 0.05):
        share, where = shares[row, column], {"ha": "center", "va": "center", "fontsize": 8}
        color = "#ffffff" if share > 0.5 else COLORS["plain"]
        ax.text(column, row, f"{100 * share:.0f}", color=color, **where)
    places = range(len(names))
    ax.set_xticks(places, names, rotation=90, fontsize=9)
    ax.set_yticks(places, names, fontsize=9)
    ax.set(xlabel="guessed", ylabel="true")
    ax.grid(visible=False)


def plot_calibration(ax: Axes, found: Mapping[str, Any]) -> None:
    """The share right over the mean confidence of each bin: {name: Calibration}; where a model is
    as often right as it is sure, its dots lie on the dashed diagonal.
    """
    ax.plot([0, 1], [0, 1], "--", color=COLORS["floor"], linewidth=1)
    for (name, bins), look in zip(found.items(), tell_apart(len(found)), strict=True):
        ax.plot(bins.confidence, bins.right, label=name, **look)
    ax.set(xlabel="how sure (mean probability)", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    ax.legend()


def draw_attention(ax: Axes, names: Sequence[str], weights: Array) -> None:
    """Each name letter by letter, and on every letter a bar as high as its weight: weights (B, T).

    A weight of 1 would reach the letters above.
    """
    for row, name in enumerate(names):
        ground, share = -row - 0.35, [float(weight) for weight in weights[row][: len(name)]]
        ax.bar(range(len(name)), [0.6 * x for x in share], 0.7, ground, color=COLORS["accent"])
        for place, char in enumerate(name):
            where = {"ha": "center", "va": "top", "family": "monospace", "fontsize": 9}
            ax.text(place, ground - 0.04, char, **where)
    ax.set(xlim=(-1, max(map(len, names))), ylim=(-len(names), 0.4))
    ax.axis("off")
