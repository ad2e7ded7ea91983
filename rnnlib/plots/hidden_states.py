"""Hidden states, and what a state is worth that was handed on."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from rnnlib.interface import Array, ArrayLike
from rnnlib.plots.style import STATE_COLORS, Curves, note, show_char


def draw_states(ax: Axes, states: ArrayLike, text: str) -> None:
    """Hidden states (T, H) as a grid: a column a character, a row a unit, red +1, blue -1."""
    states = np.asarray(states)
    if states.ndim != 2 or len(states) != len(text):
        raise ValueError(
            f"states of shape {states.shape} do not fit a text of {len(text)} characters. "
            f"Give one row for each character read, ({len(text)}, H)."
        )
    image = ax.imshow(states.T, vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    ax.set_xticks(range(len(text)), [show_char(char) for char in text], fontsize=8)
    ax.set(xlabel="character read", ylabel="hidden unit")
    ax.figure.colorbar(image, ax=ax, label="activation", pad=0.01)


def draw_moves(axes: Sequence[Axes], moves: Mapping[str, Array]) -> None:
    """How far each output moves when one input does: {title: (B, T)}, a grid each; one scale.

    What moves has its number in its box, to two digits; the colours end in the middle of their
    range, so that the number can be read.
    """
    largest = max(np.max(grid) for grid in moves.values())
    for ax, (title, grid) in zip(axes, moves.items(), strict=True):
        ax.imshow(grid, vmin=0, vmax=2 * largest, cmap="Reds", aspect="auto")
        for row, step in np.argwhere(np.round(grid, 2) > 0):
            text = {"ha": "center", "va": "center", "fontsize": 8}
            ax.text(step, row, f"{grid[row, step]:.2f}", **text)
        rows, steps = np.shape(grid)
        ax.set_xticks(range(steps))
        ax.set_yticks(range(rows))
        ax.set(title=title, xlabel="step", ylabel="row")


STYLES = {"zero": "--", "carried": "-", "shuffled": ":"}

MARKERS = {"zero": "s", "carried": "o", "shuffled": "^"}

STEPS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 200)  # of the averages over places


def plot_by_place(ax: Axes, losses: Curves, warm: Mapping[str, float] | None = None) -> None:
    """Loss by place after a start, on a logarithmic axis; places further on are averaged.

    losses: {treatment: losses (200,)}, the first for the character right after the start. `warm`
    maps a treatment to the loss of one long read, drawn as a short line at the right edge.
    """
    steps = [step for step in STEPS if step <= min(map(len, losses.values()))]
    for name, values in losses.items():
        means = [np.mean(values[a:b]) for a, b in pairwise(steps)]
        at = [(a + 1 + b) / 2 for a, b in pairwise(steps)]
        style = {"color": STATE_COLORS[name], "marker": MARKERS[name], "markersize": 4}
        ax.plot(at, means, STYLES[name], label=name, **style)
        if warm:
            ends = [1.3 * steps[-1], 2 * steps[-1]]
            ax.plot(ends, [warm[name]] * 2, STYLES[name], color=STATE_COLORS[name])
    if warm:
        place = (1.6 * steps[-1], max(warm.values()))
        note(ax, "warm", place, (0, 4), fontsize=8)
    ax.set_xscale("log")
    ticks = [tick for tick in (1, 2, 4, 8, 16, 32, 64, 128) if tick <= steps[-1]]
    ax.set_xticks(ticks, ticks)
    ax.minorticks_off()
    ax.set(xlabel="characters since the start", ylabel="loss (nats per character)")
    ax.legend(title="state in training")
