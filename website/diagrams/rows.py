"""Rows and batches: how a text is laid out, and which row hands its state to which."""

from itertools import pairwise

from rnnlib.plots.style import show_char
from website.diagrams.sheet import Sheet

PLAY = (
    "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n\n"
    "First Citizen:\nY"
)
SHIFTS = (1, 2)  # by how many rows a shuffled state moves, before each batch


def cut(length, batches, rows=4):
    """The pieces of each row: a list of `rows` lists of `batches` words."""
    long = length * batches
    whole = [PLAY[b * long : (b + 1) * long] for b in range(rows)]
    return [[row[s * length : (s + 1) * length] for s in range(batches)] for row in whole]


def handed(rows, shift):
    """From which row each row gets its state, as `np.roll` moves them."""
    return [(row - shift) % rows for row in range(rows)]


def draw_piece(p, x, y, text, width, look=""):
    """What one row reads in one batch: its characters in one frame."""
    p.box(x + width / 2, y, f"`{''.join(map(show_char, text))}`", "input", look, width, 26)


def draw_layout():
    """A text in four rows, and the rows in three batches. Chapter 9."""
    return [_four_rows(), _three_batches()]


LINES = (66, 120, 174, 228)


def _four_rows():
    p = Sheet(340, 262, "Four rows")
    left, right = 66, 298
    p.note(0, 24, "`96 characters of a play`", "", "start")
    for above, below in pairwise(LINES):
        middle = (above + below) / 2
        ways = [(right, above), (316, above), (316, middle), (48, middle), (48, below)]
        p.way([*ways, (left, below)])
    for b, (y, pieces) in enumerate(zip(LINES, cut(8, 3), strict=True)):
        p.note(0, y, f"`row {b}`", "", "start")
        draw_piece(p, left, y, "".join(pieces), right - left)
    return p


def _three_batches():
    p = Sheet(340, 262, "Three batches")
    places, width = (40, 142, 244), 84
    for s, x in enumerate(places):
        p.note(x + width / 2, 24, f"`batch {s}`")
        p.way([(x, 38), (x + width, 38)], head=False)
        if s:
            p.cut(x - 10, 16, 250)
    for b, (y, pieces) in enumerate(zip(LINES, cut(8, 3), strict=True)):
        look = "" if b else "lit"
        p.way([(24, y), (places[0], y)], "state", look)
        for s, x in enumerate(places):
            end = places[s + 1] if s < 2 else 340
            p.way([(x + width, y), (end, y)], "state", look if s < 2 else "")
            draw_piece(p, x, y, pieces[s], width)
        p.box(12, y, "`0`", "state", width=24, height=22)
        p.shape(0, y + 21, f"row {b}", "start")
    return p


def draw_hand_on():
    """Three ways to begin a batch: from zeros, from one's own row, from a wrong one. Chapter 10."""
    return [_begin(title) for title in ("Zero", "Carried", "Shuffled")]


def _begin(title):
    """Four rows of three pieces; lit is the way of the state that has read the first piece."""
    p = Sheet(340, 222, title)
    places, width, lines = (44, 158, 272), 54, (58, 104, 150, 196)
    keeper = 0  # the row that holds the state of the first piece
    for s, x in enumerate(places):
        p.note(x + width / 2, 20, f"`batch {s}`")
        p.way([(x, 33), (x + width, 33)], head=False)
        if s:
            p.cut(x - 38 if title == "Zero" else x - 30, 14, 216)
    for s, x in enumerate(places[1:]):
        before, after = x - 60, x
        givers = handed(4, SHIFTS[s] if title == "Shuffled" else 0)
        for b, giver in sorted(enumerate(givers), key=lambda pair: pair[1] == keeper):  # lit last
            y, look = lines[b], "lit" if giver == keeper else ""
            if title == "Zero":
                p.way([(before, y), (before + 20, y)], "state", "" if s else look)
                p.way([(after - 16, y), (after, y)], "state")
                p.box(after - 24, y, "`0`", "state", width=22, height=22)
            else:
                handles = [(before + 34, lines[giver]), (after - 34, y)]
                p.arc((before, lines[giver]), handles, (after, y), "state", look)
        keeper = givers.index(keeper)
    for y, pieces in zip(lines, cut(5, 3), strict=True):
        p.way([(24, y), (places[0], y)], "state")
        p.box(12, y, "`0`", "state", width=24, height=22)
        for x, piece in zip(places, pieces, strict=True):
            draw_piece(p, x, y, piece, width)
        p.way([(places[2] + width, y), (340, y)], "state")
    return p


def draw_windows_and_streams():
    """Where the next batch of a row begins: inside what was read, or right after. Chapter 10."""
    return [_windows(), _stream()]


SIDE = 20


def _letters(p, x, y, text, lit=()):
    letters = [[show_char(char) for char in text]]
    p.cells(x, y - SIDE / 2 + 1, letters, "data", SIDE, SIDE, [(0, place) for place in lit])


def _windows():
    p = Sheet(340, 238, "Windows")
    left, lines = 112, (30, 62, 94, 126, 178)
    ways = [(left + 5 * SIDE, lines[0]), (326, lines[0]), (326, 222), (92, 222)]
    p.way([*ways, (92, lines[4]), (left + 4 * SIDE, lines[4])], "state", "lit")
    for s, y in enumerate(lines):
        _letters(p, left + s * SIDE, y, PLAY[s : s + 5], [0] if s == 4 else [4] * (s == 0))
    for b, (first, last) in enumerate(((0, 3), (4, 4))):
        top, bottom = lines[first] - 10, lines[last] + 8
        p.note(0, (top + bottom) / 2, f"`batch {b}`", "", "start")
        p.way([(58, top), (58, bottom)], head=False)
    p.shape(left - 8, lines[0], "row 0", "end")
    p.note(210, 205, "`t is read a second time`", "state")
    return p


def _stream():
    p = Sheet(340, 148, "A stream")
    places, lines = (58, 208), (62, 126)
    for s, x in enumerate(places):
        p.note(x + 49, 20, f"`batch {s}`")
        p.way([(x, 33), (x + 98, 33)], head=False)
    for b, (y, pieces) in enumerate(zip(lines, cut(5, 2, 2), strict=True)):
        p.way([(places[0] + 98, y), (places[1], y)], "state", "" if b else "lit")
        p.shape(48, y, f"row {b}", "end")
        for s, x in enumerate(places):
            _letters(p, x, y, pieces[s], [] if b else [0] if s else [4])
    p.note(182, 92, "`reads on`", "state")
    return p
