"""The listener: frames, a convolution that looks back at eight, a recurrent layer, and answers."""

from itertools import pairwise

from website.diagrams.sheet import Sheet

FRAMES, WIDTH, STRIDE, SIDE = 16, 8, 4, 17
LEFT = 340 - SIDE * FRAMES  # where the first of the frames begins
ENDS = [LEFT + SIDE * (n + 1) * STRIDE for n in range(FRAMES // STRIDE)]
SAID = ("-", "3", "-", "3")


def draw_listener():
    """Four answers to sixteen frames, of which each has seen what came before it. Chapter 18."""
    p = Sheet(340, 296)
    frames, conv, rnn, said = 262, 188, 122, 54
    p.cells(LEFT, frames, [[""] * FRAMES], "data", SIDE, 26, [(0, f) for f in range(8, 16)])
    p.note(0, frames + 13, "`frames`", "", "start")
    p.note(0, conv, "`conv`", "", "start")
    p.note(0, said, "`says`", "", "start")
    p.box(38, rnn, "`0`", "state", width=24, height=22)
    for end in ENDS:
        x, look = end - 20, "lit" if end == ENDS[-1] else ""
        first = max(end - WIDTH * SIDE, LEFT - 12)
        for start, tip in ((first, x - 14), (end - 2, x + 14)):
            p.way([(start, frames - 2), (tip, conv + 16)], "data", look, head=False)
        p.box(x, conv, "", "weight", look, width=34, height=28)
        p.way([(x, conv - 15), (x, rnn + 16)], "data", look)
        p.way([(x, rnn - 15), (x, said + 18)], "data", look)
    for n, (end, word) in enumerate(zip(ENDS, SAID, strict=True), start=1):
        x, look = end - 20, "lit" if end == ENDS[-1] else ""
        p.box(x, rnn, f"h_{n}", "state", look, width=36)
        p.box(x, said, f"`{word}`", "output", look, width=36, height=32)
    p.way([(50, rnn), (ENDS[0] - 39, rnn)], "state")
    for a, b in pairwise(ENDS):
        p.way([(a - 2, rnn), (b - 39, rnn)], "state")
    p.note((ENDS[0] + ENDS[-1]) / 2 - 20, 18, "`spells 3 3`", "state")
    return [p]
