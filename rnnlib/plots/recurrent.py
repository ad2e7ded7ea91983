"""Diagrams of the plain cell: folded, with its loop, and unrolled over a text.

They speak the book's one language of diagrams: a state is a violet pill, an input a square, a
weight an amber plate, an operation a circle. Time runs to the right, and inputs come from below. A
sheet is measured in units, about 340 across, so that a unit is a pixel on a phone.
"""

from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from rnnlib.plots.states import check_states
from rnnlib.plots.style import show_char

INK, SOFT = "#1F2328", "#59636E"
PLATE = {"facecolor": "#F4F5F7", "edgecolor": "#C9CED6"}
KINDS = {  # what a thing is: its colours, and how round its corners are, as a share of its height
    "state": ({"facecolor": "#E9E6FF", "edgecolor": "#4B3FB5"}, 0.5),
    "weight": ({"facecolor": "#FFE6B8", "edgecolor": "#8F5200"}, 0.1),
    "input": ({"facecolor": "white", "edgecolor": INK}, 0.0),
}
WAYS = {  # what flows along an arrow: its colour and line
    "data": {"color": INK, "linewidth": 1.3},
    "state": {"color": "#4B3FB5", "linewidth": 3},
    "weight": {"color": "#8F5200", "linewidth": 1.5, "linestyle": (0, (1, 2.5))},
}
SYMBOL, WORD, SHAPE = 14, 12, 11  # sizes of letters, in points


def draw_cell(ax):
    """The plain cell, with the loop by which the new state comes back as the old one. Chapter 4."""
    _begin(ax, 340, 270)
    _plate(ax, 76, 72, 182, 148)
    _way(ax, [(304, 117), (304, 32), (24, 32), (24, 117)], "state")
    _word(ax, 164, 16, "one step later", WORD)
    _way(ax, [(47, 132), (92, 132)], "state")
    _way(ax, [(144, 132), (171, 132)])
    _way(ax, [(182, 241), (182, 206)])
    _way(ax, [(182, 176), (182, 143)])
    _way(ax, [(182, 106), (182, 121)])
    _way(ax, [(193, 132), (208, 132)])
    _way(ax, [(244, 132), (281, 132)], "state")
    _box(ax, 24, 132, "$h_{t-1}$", "state", 46)
    _box(ax, 118, 132, "$W_{hh}$", "weight", 52)
    _box(ax, 182, 191, "$W_{xh}$", "weight", 52)
    _box(ax, 182, 93, "$b_h$", "weight", 36, 26)
    _box(ax, 182, 256, "$x_t$", "input", 30)
    _box(ax, 304, 132, "$h_t$", "state", 46)
    _circle(ax, 182, 132, "+", 11)
    _circle(ax, 226, 132, "tanh", 18)
    for x, y, shape in ((24, 160, "B, H"), (304, 160, "B, H"), (222, 258, "B, E")):
        _word(ax, x, y, shape, SHAPE, family="monospace", color=SOFT)
    for x, y, shape in ((118, 160, "H × H"), (234, 191, "E × H"), (214, 93, "H")):
        _word(ax, x, y, shape, SHAPE, family="monospace", color=SOFT)


def draw_unrolled(ax, text, states):
    """The cell drawn once a character, left to right, with the states (T, H) that it hands on.

    One set of weights, on top, serves every copy. ValueError unless there is a state for each
    character. Chapter 4.
    """
    states = check_states(states, text)
    places = [84 + 94 * t for t in range(len(text))]
    width = 94 * len(text) + 58
    middle = sum(places) / len(places)
    low = 156 + 16 * states.shape[1]  # the numbers of a state stand below its arrow
    _begin(ax, width, low + 82)
    for x in places:
        _way(ax, [(middle, 40), (x, 72), (x, 108)], "weight")
    _box(ax, middle, 24, "$W_{xh}$  $W_{hh}$  $b_h$", "weight", 132)
    _way(ax, [(36, 136), (60, 136)], "state")
    _box(ax, 20, 136, "$h_0$", "state", 36)
    for t, (x, char, h) in enumerate(zip(places, text, states, strict=True), 1):
        _way(ax, [(x, low + 34), (x, 163)])
        _plate(ax, x - 24, 109, 48, 54)
        _word(ax, x, 136, "cell", WORD)
        _box(ax, x, low + 50, show_char(char), "input", 30, family="monospace")
        _way(ax, [(x + 24, 136), (x + 70 if t < len(text) else x + 62, 136)], "state")
        _word(ax, x + 45, 120, f"$h_{{{t}}}$", SYMBOL)
        for row, value in enumerate(h):
            number = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
            _word(ax, x + 66, 158 + 16 * row, number, SHAPE, "right", family="monospace")
    _word(ax, width, low + 50, "time →", SHAPE, "right", color=SOFT)


def _begin(ax, width, height):
    """An empty sheet: units as large across as down, y growing downwards, no axes."""
    ax.set(xlim=(-4, width + 4), ylim=(height + 4, -4), aspect="equal")
    ax.axis("off")


def _box(ax, x, y, label, kind, width, height=30, **font):
    """A thing about its middle, told apart by shape and hue."""
    colors, corner = KINDS[kind]
    _round(ax, x - width / 2, y - height / 2, width, height, corner * height, colors, 1.3)
    _word(ax, x, y, label, SYMBOL, **font)


def _plate(ax, x, y, width, height):
    """The cell itself, behind what it holds."""
    _round(ax, x, y, width, height, 12, PLATE, 1)


def _round(ax, x, y, width, height, radius, colors, linewidth):
    style = f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0"
    box = FancyBboxPatch((x, y), width, height, style, linewidth=linewidth, zorder=3, **colors)
    ax.add_patch(box)


def _circle(ax, x, y, label, radius):
    """Something done to each number by itself: plus, tanh."""
    ax.add_patch(Circle((x, y), radius, facecolor="white", edgecolor=INK, linewidth=1.3, zorder=4))
    _word(ax, x, y, label, SHAPE if len(label) > 1 else SYMBOL)


def _way(ax, points, kind="data"):
    """An arrow along points, whose corners are rounded."""
    path, codes = [points[0]], [Path.MOVETO]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        path += [_towards(at, before), at, _towards(at, after)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    tail = Path([*path, points[-1]], [*codes, Path.LINETO])
    look = WAYS[kind]
    if kind == "weight":  # sharing, and no flow: a dotted line without a head
        ax.add_patch(PathPatch(tail, facecolor="none", zorder=2, **_edge(look)))
        return
    head = {"arrowstyle": "-|>,head_length=5,head_width=3", "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(path=tail, zorder=5, joinstyle="miter", **head, **look))


def _edge(look):
    return {("edgecolor" if name == "color" else name): value for name, value in look.items()}


def _towards(start, end, corner=10):
    """The point `corner` units, or half the way if that is less, from start towards end."""
    (ax, ay), (bx, by) = start, end
    share = min(0.5, corner / ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5)
    return ax + share * (bx - ax), ay + share * (by - ay)


def _word(ax, x, y, text, size, align="center", color=INK, **font):
    ax.text(x, y, text, ha=align, va="center", fontsize=size, color=color, zorder=6, **font)
