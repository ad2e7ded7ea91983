"""Three steps ahead: rolled out, one after the other, or all at once."""

from website.diagrams.sheet import Sheet

PLACES = [56 + 52 * t for t in range(5)]
ANSWER, CELL, READ = 34, 104, 170


def draw_rolled_or_direct():
    """Forecasts that are read again, and forecasts that come all at once. Chapter 16."""
    return [_rolled(), _direct()]


def _cells(p, count):
    """Cells that hand a state on, over the numbers that are read; zeros come first."""
    p.box(16, CELL, "`0`", "state", width=22, height=22)
    for t, x in enumerate(PLACES[:count]):
        p.way([(27 if t == 0 else PLACES[t - 1] + 14, CELL), (x - 14, CELL)], "state")
        p.way([(x, READ - 15), (x, CELL + 15)])
        p.plate(x - 14, CELL - 14, 28, 28)
        if t < 3:
            p.input(x, READ, f"x_{t + 1}")


def _rolled():
    p = Sheet(330, 206, "Rolled out")
    _cells(p, 5)
    for t in (2, 3, 4):
        x = PLACES[t]
        p.way([(x, CELL - 14), (x, ANSWER + 15)])
        if t < 4:
            between = x + 30
            p.way(
                [(x + 20, ANSWER), (between, ANSWER), (between, READ), (x + 36, READ)],
                "data",
                "lit",
            )
            p.input(PLACES[t + 1], READ, f"x\u0302_{t + 2}", "lit")
        p.box(x, ANSWER, f"x\u0302_{t + 2}", "output", width=40)
    return p


def _direct():
    p = Sheet(330, 206, "Direct")
    _cells(p, 3)
    p.way([(PLACES[2] + 14, CELL), (PLACES[3] - 16, CELL)], "state")
    p.box(PLACES[3], CELL, "h_3", "state", width=32)
    for t in (2, 3, 4):
        p.way([(PLACES[3], CELL - 15), (PLACES[t], ANSWER + 15)], "data", "lit")
        p.box(PLACES[t], ANSWER, f"x\u0302_{t + 2}", "output", width=40)
    return p
