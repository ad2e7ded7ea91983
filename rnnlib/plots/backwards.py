"""Diagrams of the way back through time: one weight and its shares, and a gradient that is cut.

They speak the language of `recurrent`: a state is a violet pill, a weight an amber plate. A
gradient is a dashed pink arrow to the left, and a thick bar stands where it ends.
"""

from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from rnnlib.checks import check_whole
from rnnlib.plots.recurrent import (
    INK,
    KINDS,
    SHAPE,
    SOFT,
    WORD,
    _begin,
    _box,
    _round,
    _way,
    _word,
)

BACK = "#B01E73"
SUM = {"facecolor": "#FCE4F1", "edgecolor": BACK, "linestyle": (0, (4, 2.2))}
MONO = {"family": "monospace"}


def draw_way_back(ax, states, deltas, shares):
    """One weight's three or more uses: states (T + 1,) forwards, deltas and shares (T,) backwards.

    An arrow from a state to the one before carries the quotient of their deltas, and the shares add
    up in the frame below. Raises ValueError where the three lengths do not fit. Chapter 6.
    """
    T = len(deltas)
    if len(states) != T + 1 or len(shares) != T or T < 2:
        raise ValueError(
            f"{len(states)} states, {T} deltas and {len(shares)} shares do not fit. Give T deltas, "
            "at least two, as many shares, and one state more."
        )
    places = [24 + 98 * t for t in range(T + 1)]
    middle, right = sum(places) / len(places), places[-1]
    _begin(ax, right + 28, 286)
    for t in range(T):
        _way(ax, [(places[t] + 22, 96), (places[t + 1] - 22, 96)], "state")
        use = (places[t] + places[t + 1]) / 2
        _round(ax, use - 9, 86, 18, 20, 2, KINDS["weight"][0], 1.3)
        _back(ax, [(use, 110), (use, 196), (middle, 190), (middle, 244)])
        _word(ax, use, 164, _number(shares[t], 3), SHAPE, color=BACK, bbox=WHITE, **MONO)
    for t in range(1, T):
        a, b = places[t + 1] - 8, places[t] + 8
        _back(ax, [(a, 79), (a - 16, 54), (b + 16, 54), (b, 79)])
        factor = _number(deltas[t - 1] / deltas[t], 2)
        _word(ax, (a + b) / 2, 46, f"× {factor}", WORD, color=BACK)
    for t, (x, h) in enumerate(zip(places, states, strict=True)):
        _box(ax, x, 96, f"$h_{{{t}}}$", "state", 44)
        _word(ax, x, 122, _number(h, 2), SHAPE, color=SOFT, **MONO)
        if t:
            _word(ax, x, 139, _number(deltas[t - 1], 3), SHAPE, color=BACK, **MONO)
    _word(ax, right, 12, "$L$", WORD + 2, color=BACK)
    _back(ax, [(right, 24), (right, 40), (right, 60), (right, 78)])
    _round(ax, middle - 92, 248, 184, 32, 5, SUM, 1.5)
    total = _number(sum(shares), 3)
    _word(ax, middle, 264, f"$\\partial L/\\partial w_h$ = {total}", WORD + 1, color=BACK)


def draw_cut(ax, length, pieces=2):
    """A text in pieces of `length`: the state goes on through the cut, where the gradient ends.

    Raises ValueError for sizes below 1. Chapter 6.
    """
    T = check_whole("length", length) * check_whole("pieces", pieces)
    places = [20 + 52 * t + 16 * ((t - 1) // length) * (t > 0) for t in range(T + 1)]
    _begin(ax, places[-1] + 20, 176)
    for t in range(T):
        a, b = places[t], places[t + 1]
        _way(ax, [(a + 17, 96), (b - 17, 96)], "state")
        if t % length:
            _back(ax, [(b - 6, 80), (b - 14, 60), (a + 14, 60), (a + 6, 80)])
        elif t:
            _stop(ax, b, (a + b) / 2)
    for t, x in enumerate(places):
        _box(ax, x, 96, f"$h_{{{t}}}$", "state", 34, 28)
    for n in range(pieces):
        first, last = places[n * length + 1], places[(n + 1) * length]
        ax.plot([first - 16, last + 16], [130, 130], color=SOFT, linewidth=1)
        _word(ax, (first + last) / 2, 144, f"piece {n + 1}", WORD)
    _word(ax, places[0], 30, "gradient", WORD, "left", color=BACK)
    _word(ax, places[0], 166, "time →", SHAPE, "left", color=SOFT)


WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1}


def _number(value, places):
    return f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}")


def _back(ax, points):
    """The way of a gradient: a dashed curve whose inner points are its handles."""
    path = Path(points, [Path.MOVETO, *[Path.CURVE4] * 3])
    look = {"color": BACK, "linewidth": 1.6, "linestyle": (0, (4, 2.2))}
    head = {"arrowstyle": "-|>,head_length=5,head_width=3", "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(path=path, zorder=5, joinstyle="miter", **head, **look))


def _stop(ax, start, x):
    """A gradient that comes from the state at `start` and ends at the cut."""
    _back(ax, [(start - 6, 80), (start - 12, 62), (x + 20, 62), (x + 5, 62)])
    ax.plot([x, x], [50, 74], color=BACK, linewidth=4, solid_capstyle="butt")
    ax.plot([x, x], [78, 150], color=INK, linewidth=1, linestyle=(0, (1, 2.5)), zorder=1)
    _word(ax, x, 38, "cut", WORD, color=BACK)
