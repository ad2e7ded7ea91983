"""Asked after a window or at every step; and, while writing, a window read anew or a state kept."""

from rnnlib.plots.style import show_char
from website.diagrams.sheet import Sheet

SENTENCE = "The quick b"


def draw_one_or_ten():
    """The same window, asked once and asked at every step. Chapter 5."""
    return [_asked("Asked once", [9]), _asked("Asked at every step", range(10))]


def _asked(title, asked):
    p = Sheet(340, 212, title)
    read, cell, loss, true = 184, 125, 71, 21
    places = [45 + 31.4 * t for t in range(10)]
    p.way([(20, cell), (33, cell)], "state")
    p.note(-4, read, "`read`", "", "start")
    if len(asked) == 1:
        p.way([(places[0] - 12, 91), (places[8] + 12, 91)], head=False)
        p.note((places[0] + places[8]) / 2, 75, "`not asked`")
        p.note(places[9] - 20, true, "`true`", "", "end")
    else:
        p.note(-4, true, "`true`", "", "start")
    p.box(10, cell, "`0`", "state", width=22, height=22)
    for t, x in enumerate(places):
        p.way([(x, read - 13), (x, cell + 17)])
        if t:
            p.way([(x - 19.4, cell), (x - 12, cell)], "state")
        if t in asked:
            p.way([(x, cell - 17), (x, loss + 14)], "data", "lit" if len(asked) == 1 else "")
            p.way([(x, true + 12), (x, loss - 14)])
            p.box(x, loss, "L", "loss", width=10, height=16)
            p.input(x, true, f"`{show_char(SENTENCE[t + 1])}`", side=24)
        p.plate(x - 12, cell - 17, 24, 34)
        p.input(x, read, f"`{show_char(SENTENCE[t])}`", side=24)
    return p


def draw_window_or_carried():
    """Three characters written from windows of four, and from a state that is kept. Chapter 5."""
    return [_read_again(), _carried()]


PLACES = [58 + 47 * t for t in range(6)]


def _step(p, t, y, is_first, look=""):
    """The cell at y reads character t; before the first of a window stands a state of zeros."""
    x = PLACES[t]
    p.way([(x, y + 28), (x, y + 14)])
    p.way([(x - (27 if is_first else 33), y), (x - 14, y)], "state", look)
    p.plate(x - 14, y - 14, 28, 28)
    p.input(x, y + 40, f"`{show_char(SENTENCE[t])}`", side=24)
    if is_first:
        p.box(x - 38, y, "`0`", "state", width=22, height=22)


def _say(p, t, y, below=None, look="lit"):
    """After character t the next one is said, and read in the line `below`."""
    x = PLACES[t]
    if below:
        between = x + 22
        ways = [(x + 14, y - 40), (between, y - 40), (between, below + 40), (x + 35, below + 40)]
        p.way(ways, "data", look)
    p.way([(x, y - 14), (x, y - 28)], "state")
    p.box(x, y - 40, f"`{show_char(SENTENCE[t + 1])}`", "output", width=30, height=26)


def _read_again():
    p = Sheet(340, 276, "Read the window again")
    lines = (56, 136, 216)
    for line, y in enumerate(lines):
        _say(p, line + 3, y, lines[line + 1] if line < 2 else None)
        for t in range(line, line + 4):
            _step(p, t, y, is_first=t == line)
    for y, words in ((206, "four steps"), (222, "a character")):
        p.note(0, y, f"`{words}`", "", "start")
    return p


def _carried():
    p = Sheet(340, 146, "Carry the state")
    y = 56
    for t in (3, 4, 5):
        _say(p, t, y, y if t < 5 else None, look="")
    for t in range(6):
        _step(p, t, y, is_first=t == 0, look="lit")
    p.way([(PLACES[5] + 14, y), (340, y)], "state", "lit")
    p.note(PLACES[5], 130, "`one step a character`", "", "end")
    return p
