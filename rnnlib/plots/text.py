"""Text and probabilities: who follows whom, what surprises, what is left to draw from."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.patches import Rectangle

from rnnlib.checks import check_whole
from rnnlib.functional import softmax
from rnnlib.interface import Array, ArrayLike
from rnnlib.plots.style import COLORS, name_axes, show_char
from rnnlib.writing.sampling import Sampler


def draw_one_hot(ax: Axes, text: str, chars: Sequence[str]) -> None:
    """One-hot vectors as a grid: a column a character of the text, a row one of `chars`."""
    grid = [[int(char == row) for char in text] for row in chars]
    ax.imshow(grid, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(text)), [show_char(char) for char in text], fontsize=8)
    ax.set_yticks(range(len(chars)), [show_char(char) for char in chars], fontsize=6)
    ax.set(xlabel="the text, one column a character", ylabel="vocabulary")


def draw_pairs(ax: Axes, probs: ArrayLike, chars: Sequence[str]) -> None:
    """Probabilities (V, V) as a grid: a row the character read, a column the one that comes.

    The grey goes with the square root of a probability, as most of them are small.
    """
    names = [show_char(char) for char in chars]
    image = ax.imshow(probs, norm=PowerNorm(0.5, vmin=0, vmax=1), cmap="Greys")
    ax.set_xticks(range(len(names)), names, fontsize=9)
    ax.set_yticks(range(len(names)), names, fontsize=9)
    ax.set(xlabel="character that comes", ylabel="character read")
    bar = ax.figure.colorbar(image, ax=ax, location="bottom", aspect=30)
    bar.set_ticks([0, 0.01, 0.1, 0.3, 0.6, 1], labels=["0", "0.01", "0.1", "0.3", "0.6", "1"])
    bar.set_label("probability (square-root scale)")


BARS = tuple(COLORS[name] for name in ("plain", "accent", "floor", "violet"))


def draw_temperatures(
    ax: Axes, logits: ArrayLike, temperatures: Sequence[float], chars: Sequence[str], most: int = 12
) -> None:
    """softmax(logits / T) as bars, for each T in `temperatures`: the `most` likely characters.

    logits (V,), and `chars` their characters.
    """
    if not 1 <= len(temperatures) <= len(BARS):
        raise ValueError(
            f"between 1 and {len(BARS)} temperatures can be told apart, not {len(temperatures)}. "
            "Draw fewer."
        )
    order = likeliest(logits, chars, most)
    width = 0.8 / len(temperatures)
    for i, (temperature, color) in enumerate(zip(temperatures, BARS, strict=False)):
        probs = softmax(Sampler(temperature).filter(logits))[order]
        x = np.arange(len(order)) + (i - (len(temperatures) - 1) / 2) * width
        ax.bar(x, probs, width, color=color, label=f"τ = {temperature}")
    names = [show_char(chars[i]) for i in order]
    ax.set_xticks(range(len(order)), names, fontfamily="monospace")  # which tells I from l
    name_axes(ax, "next character", "probability")


def likeliest(logits: ArrayLike, chars: Sequence[str], most: int) -> Array:
    """The ids of the `most` likely characters, the likeliest first."""
    if np.shape(logits) != (len(chars),):
        raise ValueError(
            f"logits of shape {np.shape(logits)} do not fit {len(chars)} characters. "
            "Give those after one step, (V,)."
        )
    return np.argsort(-np.asarray(logits), kind="stable")[: check_whole("most", most)]


MARKS = {" ": "white", "i": "#D9D9D9", "t": "#E8B3D1"}  # outside, input, target


def draw_marked(ax: Axes, text: str, rows: Mapping[str, str]) -> None:
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
