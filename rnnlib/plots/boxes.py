"""A text in boxes: what is input, what is target, and how a long text is laid out in rows."""

import numpy as np
from matplotlib.patches import Rectangle

from rnnlib.checks import check_whole
from rnnlib.plots.style import COLORS, show_char

MARKS = {" ": "white", "i": "#D9D9D9", "t": "#E8B3D1"}  # outside, input, target


def draw_marked(ax, text, rows):
    """The text once a row, in boxes shaded by role; `rows` maps a name to one mark a character.

    Marks: "i" is an input (grey), "t" a target (pink), "b" both (grey with a pink edge), " " none.
    """
    for y, marks in enumerate(rows.values()):
        for x, (char, mark) in enumerate(zip(text, marks, strict=True)):
            face, edge = ("i", "t") if mark == "b" else (mark, mark)
            edge = COLORS["accent"] if edge == "t" else "#BFBFBF"
            box = {"facecolor": MARKS[face], "edgecolor": edge, "linewidth": 0.8}
            ax.add_patch(Rectangle((x - 0.45, y - 0.4), 0.9, 0.8, **box))
            ax.text(x, y, show_char(char), ha="center", va="center", fontsize=8)
    ax.set_xlim(-0.6, len(text) - 0.4)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks(range(len(rows)), rows, fontsize=8)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


SHADES = ("#D9D9D9", "white")  # of even and odd batches


def draw_stream(ax, text, batch_size, length):
    """A text laid out as text.make_streams does: a long row below the other, a box a character.

    Shades alternate from batch to batch; arrows hand the state on, a 0 stands where it starts. The
    box with a pink edge holds what follows a long row: the target of its last character. Raises
    ValueError for a text too short for one batch.
    """
    used = check_whole("batch_size", batch_size) * check_whole("length", length)
    steps = (len(text) - 1) // used
    if not steps:
        raise ValueError(f"{len(text)} characters hold no batch. Give at least {used + 1}.")
    for b in range(batch_size):
        row = text[b * steps * length : (b + 1) * steps * length + 1]
        for place, char in enumerate(row):
            s, t = divmod(place, length)
            is_next = place == steps * length
            edge = COLORS["accent"] if is_next else "#BFBFBF"
            face = "white" if is_next else SHADES[s % 2]
            _draw_box(ax, s * (length + 1) + t, b, char, face, edge)
        for s in range(steps):
            _hand_on(ax, s * (length + 1), b, is_start=s == 0)
    ax.set(xlim=(-2.1, steps * (length + 1) + 0.6), ylim=(batch_size - 0.4, -0.6))
    middles = np.arange(steps) * (length + 1) + (length - 1) / 2
    ax.set_xticks(middles, [f"batch {s}" for s in range(steps)], fontsize=8)
    ax.set_yticks(range(batch_size), [f"row {b}" for b in range(batch_size)], fontsize=8)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def _draw_box(ax, x, y, char, face, edge):
    box = {"facecolor": face, "edgecolor": edge, "linewidth": 0.8}
    ax.add_patch(Rectangle((x - 0.45, y - 0.38), 0.9, 0.76, **box))
    ax.text(x, y, show_char(char), ha="center", va="center", fontsize=8)


def _hand_on(ax, x, y, is_start):
    """What a piece that begins at x receives: zeros, or the state of the piece before."""
    if is_start:
        ax.text(x - 1.4, y, "0", ha="center", va="center", fontsize=9, color=COLORS["plain"])
    arrow = {"arrowstyle": "-|>", "color": COLORS["plain"], "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x - 0.5, y), (x - (0.9 if is_start else 1.5), y), arrowprops=arrow)
