"""What every figure shares: its colours, its names, and a character as a label.

The colours are the Okabe-Ito palette (those of the LSTM and of what is done with the state are Paul
Tol's), which readers with any common colour blindness can tell apart; a framework, a cell and a way
to treat the state keep theirs through the whole book. What is none of these is drawn in the
page's ink (plain), in pink (accent) or violet, and known losses (floor) in green.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

Curves = Mapping[str, Sequence[float]]  # {name: a number at each step}

SITE = "website.figures.vector"  # stands beside the library in the book's own tree alone

COLORS = {
    "numpy": "#5F5F5F",
    "keras": "#D55E00",
    "torch": "#0072B2",
    "floor": "#009E73",
    "accent": "#CC79A7",
    "violet": "#7B5EA7",
    "plain": "#000000",
}

LABELS = {"numpy": "NumPy", "keras": "Keras", "torch": "PyTorch"}

CELL_COLORS = {"rnn": "#E69F00", "gru": "#56B4E9", "lstm": "#882255"}

CELL_LABELS = {"rnn": "plain RNN", "gru": "GRU", "lstm": "LSTM"}

STATE_COLORS = {"zero": "#999933", "carried": "#332288", "shuffled": "#CC6677"}

STYLES, MARKERS = ("-", "--", ":", "-."), "os^Dv"

FILLS = ("full", "none", "left", "bottom")  # of markers

MOST = len(STYLES) * len(MARKERS)  # curves that can be told apart


def tell_apart(
    n: int, colors: Sequence[Any] = (COLORS["plain"], COLORS["accent"], COLORS["floor"])
) -> list[dict[str, Any]]:
    """n looks, {"color", "linestyle", "marker", "fillstyle"}, of which no two are alike.

    No two share line style and marker, nor marker and filling, so that lines, and dots without a
    line, differ in grey print too; the colours come round as they are given. Raises ValueError for
    n below 1 or above MOST.
    """
    if not 1 <= n <= MOST:
        raise ValueError(f"between 1 and {MOST} curves can be told apart, not {n}. Draw fewer.")
    return [
        {
            "color": colors[i % len(colors)],
            "linestyle": STYLES[i % len(STYLES)],
            "marker": MARKERS[i % len(MARKERS)],
            "fillstyle": FILLS[i // len(MARKERS)],
        }
        for i in range(n)
    ]


def show_char(char: str) -> str:
    """A character as a visible tick label: a space becomes an open box, a line break an arrow."""
    return {" ": "␣", "\n": "⏎"}.get(char, char)


def name_axes(ax: Axes, x: str, y: str) -> None:
    """Name the two axes, and show the legend."""
    ax.set(xlabel=x, ylabel=y)
    ax.legend()


def note(ax: Axes, text: str, at: Any, away: Any, ha: str = "center", **more: Any) -> None:
    """Write a text `away` from a place of the axes, (x, y) in points."""
    ax.annotate(text, at, away, textcoords="offset points", ha=ha, **more)


def use_style(size: tuple[float, float] | None = None) -> None:
    """The book's style of figures; in the book's own tree each is stored as a vector too.

    size: the usual (width, height) of the figures, in inches. Every notebook's first cell calls it.
    """
    plt.style.use("rnnlib.plots.book")
    if size is not None:
        plt.rcParams["figure.figsize"] = size
    if find_spec("website"):
        import_module(SITE).store_vectors()
