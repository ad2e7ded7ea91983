"""Where a decoder looks: attention as a grid, beside what the truth says; shares by length."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rnnlib.interface import ArrayLike
from rnnlib.plots.style import name_axes, show_char, tell_apart


def draw_alignment(
    ax: Axes,
    weights: ArrayLike,
    source: Sequence[str],
    target: Sequence[str],
    spans: Iterable[tuple[int, int]] = (),
) -> None:
    """Weights (U, T) as a grid: a row for each symbol written, a column for each symbol read.

    `source` and `target` are the symbols; a weight's row beyond the target is the closing mark's,
    and drawn as "end". `spans` are the places in the source that say each symbol, framed in red.
    Raises ValueError for shapes that do not fit.
    """
    weights = np.asarray(weights)
    rows = [*map(show_char, target), *["end"] * (len(weights) - len(target))]
    if (
        weights.ndim != 2
        or weights.shape != (len(rows), len(source))
        or len(rows) > len(target) + 1
    ):
        raise ValueError(
            f"weights of shape {weights.shape} do not fit {len(target)} symbols written and "
            f"{len(source)} read. Give a row for each symbol written, and at most one more."
        )
    ax.imshow(weights, vmin=0, vmax=1, cmap="Greys", aspect="auto")
    for row, (start, stop) in enumerate(spans):
        if stop > start:
            frame = Rectangle((start - 0.5, row - 0.5), stop - start, 1, fill=False)
            frame.set(edgecolor="tab:red", linewidth=1.5)
            ax.add_patch(frame)
    ax.set_xticks(range(len(source)), [show_char(char) for char in source], fontsize=9)
    ax.set_yticks(range(len(rows)), rows, fontsize=9)
    ax.set(xlabel="read", ylabel="written")
    ax.grid(False)


def plot_by_length(
    ax: Axes, shares: Mapping[str, Mapping[int, Sequence[float]]], label: str
) -> None:
    """Shares by length: {name: {length: [a share for each seed]}}, the mean and every seed."""
    for (name, found), look in zip(shares.items(), tell_apart(len(shares)), strict=True):
        means = [np.mean(values) for values in found.values()]
        ax.plot(list(found), means, **look, markersize=5, label=name)
        for length, values in found.items():
            ax.plot([length] * len(values), values, ".", color=ax.lines[-1].get_color(), alpha=0.5)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xticks(sorted({length for found in shares.values() for length in found}))
    name_axes(ax, label, "share written exactly")
