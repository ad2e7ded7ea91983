"""Drawings of a classifier: what it takes for what, how far it can be trusted, what it looks at."""

import numpy as np

from rnnlib.plots.style import COLORS, tell_apart


def plot_confusion(ax, counts, names):
    """Shares of each true class (rows) by guess (columns), from counts (C, C), darker for more; the
    diagonal is what was right. Classes go by the first three letters of their names. Chapter 15.
    """
    counts = np.asarray(counts, float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    places, short = range(len(names)), [name[:3] for name in names]
    ax.set_xticks(places, short, rotation=90)
    ax.set_yticks(places, short)
    ax.set(xlabel="guessed", ylabel="true")
    ax.grid(visible=False)


def plot_calibration(ax, found):
    """The share right over the mean confidence of each bin: {name: Calibration}; where a model is
    as often right as it is sure, its dots lie on the dashed diagonal. Chapter 15.
    """
    ax.plot([0, 1], [0, 1], "--", color=COLORS["floor"], linewidth=1)
    for (name, bins), look in zip(found.items(), tell_apart(len(found)), strict=True):
        ax.plot(bins.confidence, bins.right, label=name, **look)
    ax.set(xlabel="how sure (mean probability)", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    ax.legend()


def draw_attention(ax, names, weights):
    """Each name letter by letter, every letter on a ground as dark as its weight: weights (B, T).

    Chapter 15.
    """
    for row, name in enumerate(names):
        for place, char in enumerate(name):
            share = min(1.0, float(weights[row][place]) / 0.5)
            box = {"facecolor": COLORS["accent"], "alpha": share, "linewidth": 0, "pad": 2.5}
            ax.text(place, -row, char, family="monospace", ha="center", va="center", bbox=box)
    ax.set(xlim=(-1, max(map(len, names))), ylim=(0.6 - len(names), 0.6))
    ax.axis("off")
