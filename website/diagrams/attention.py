"""An encoder and a decoder: everything through one state, and a look back at all of them."""

from itertools import pairwise

from website.diagrams.sheet import Sheet

READ, WRITE = (24, 76, 128, 180), (256, 312)  # the places of what is read, and of what is written
WEIGHTS = ("0.1", "0.7", "0.1", "0.1")


def draw_attention():
    """The bottleneck, and the way around it, for the second symbol written. Chapter 17."""
    return [_one_state(), _look_back()]


def _rows(p, y, look):
    """Four states of the encoder and two of the decoder, each with what it reads, and the ways
    between them; `look` is that of the way from the one to the other.
    """
    for n, x in enumerate(READ, start=1):
        p.input(x, y + 52, f"x_{n}", side=28)
        p.way([(x, y + 38), (x, y + 15)])
        p.box(x, y, f"h_{n}", "state", width=40)
    for n, x in enumerate(WRITE, start=1):
        p.input(x, y + 52, f"y_{n - 1}", side=28)
        p.way([(x, y + 38), (x, y + 15)])
    p.note(WRITE[0], y + 76, "`the mark`")
    for a, b in pairwise((*READ, *WRITE)):
        p.way([(a + 20, y), (b - 20, y)], "state", look if a == READ[-1] else "")


def _one_state():
    p = Sheet(340, 184, "One state")
    y = 92
    _rows(p, y, "lit")
    for n, x in enumerate(WRITE, start=1):
        p.box(x, y, f"s_{n}", "state", width=40)
        p.way([(x, y - 15), (x, y - 37)])
        p.box(x, y - 54, f"y_{n}", "output", width=40, height=32)
    p.note(READ[1] + 26, y - 40, "`the encoder reads`")
    p.note((READ[-1] + WRITE[0]) / 2, y - 20, "`all of it`", "state")
    return p


def _look_back():
    p = Sheet(340, 240, "Attention")
    y, top = 148, 50
    _rows(p, y, "")
    middle = (READ[1] + READ[2]) / 2
    for x, weight in zip(READ, WEIGHTS, strict=True):
        look = "lit" if weight == max(WEIGHTS) else ""
        p.way([(x, y - 15), (x, y - 58), (middle, top + 11)], "state", look)
        p.shape(x + 16, y - 46, weight)
        p.way([(x + 16, y - 24), (x + 16, y - 38)])
    p.way([(WRITE[1] - 14, y - 15), (WRITE[1] - 14, y - 24), (READ[0] + 16, y - 24)], head=False)
    p.note(WRITE[0] - 30, y - 34, "`asks`")
    p.op(middle, top, "+", "lit")
    p.box(WRITE[0], y, "s_1", "state", width=40)
    p.box(WRITE[1], y, "s_2", "state", "lit", width=40)
    p.way([(middle + 11, top), (WRITE[1] - 80, top)], "data", "lit")
    p.box(WRITE[1] - 61, top, "c_2", "sum", "lit", width=38)
    p.way([(WRITE[1] - 42, top), (WRITE[1] - 18, top)], "data", "lit")
    p.way([(WRITE[1], y - 15), (WRITE[1], top + 16)], "data", "lit")
    p.box(WRITE[1], top, "y_2", "output", width=36, height=32)
    p.note(middle + 62, top - 16, "`their mean`")
    return p
