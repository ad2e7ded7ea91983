"""Stacked layers: the two paths of dropout, and the axis of layer norm."""

import numpy as np

from rnnlib.plots.diagrams.sheet import Sheet, number

STEPS, LAYERS = (64, 160, 256), (214, 108)
UNIT = 11  # the side of a unit in a mask


def draw_dropout():
    """Masks on what goes up, new at every step; and on both paths, drawn once. Chapter 12."""
    return [_paths("Up, not along", is_locked=False), _paths("Drawn once", is_locked=True)]


def masks(is_locked, rate=0.5, units=4):
    """Which units are kept: on the ways up (layers + 1, T, units), on those along (layers, units).

    A locked mask is the same at every step; without one, nothing is dropped along.
    """
    rng = np.random.default_rng(6)
    up = rng.random((len(LAYERS) + 1, len(STEPS), units)) >= rate
    along = rng.random((len(LAYERS), units)) >= rate
    if is_locked:
        return np.repeat(up[:, :1], len(STEPS), axis=1), along
    return up, np.ones_like(along)


def _paths(title, is_locked):
    p = Sheet(340, 326, title)
    up, along = masks(is_locked)
    read, said = 308, 18
    heights = [(read - 14, LAYERS[0] + 20), (LAYERS[0] - 20, LAYERS[1] + 20), (LAYERS[1] - 20, 34)]
    for y, kept in zip(LAYERS, along, strict=True):
        for x in (STEPS[0] - 96, *STEPS):
            start, end = max(x + 26, 0), min(x + 70, 332)
            p.way([(start, y), (end, y)], "state", "" if is_locked else "lit")
            if is_locked and x + 96 <= STEPS[-1] + 1:
                _mask(p, x + 44, y, kept, is_upright=True)
    p.note(32, sum(heights[0]) / 2 + 3, "`mask`", "", "end")
    for t, x in enumerate(STEPS):
        for (start, end), kept in zip(heights, up[:, t], strict=True):
            p.way([(x, start), (x, end)], "data" if start > LAYERS[0] else "state")
            _mask(p, x, (start + end) / 2 + 3, kept)
        for y in LAYERS:
            p.plate(x - 26, y - 20, 52, 40)
            p.note(x, y, "`cell`", "inside")
        p.input(x, read, f"x_{t + 1}", side=28)
        p.box(x, said, f"p_{t + 1}", "output", width=44, height=30)
    return p


def _mask(p, x, y, kept, is_upright=False):
    """A unit a square about a place on an arrow: dark ones are kept, white ones dropped."""
    across, down = (1, len(kept)) if is_upright else (len(kept), 1)
    places = [(n, 0) if is_upright else (0, n) for n, one in enumerate(kept) if one]
    corner = x - across * UNIT / 2 + 1, y - down * UNIT / 2 + 1
    p.cells(*corner, [[""] * across] * down, "data", UNIT, UNIT, places)


SUMS = (1, 2, 3, 6)


def draw_norm():
    """The numbers that layer norm takes together: one row, one step, all units. Chapter 12."""
    p = Sheet(340, 176)
    side, lit = 24, 2
    for t, x in enumerate((18, 129, 240)):
        p.note(x + 47, 14, f"`step {t + 1}`")
        rows = [[""] * 4, [""] * 4, [str(a) if t == 1 else "" for a in SUMS]]
        places = [(lit, place) for place in range(4)] if t == 1 else []
        p.cells(x, 32, rows, "data", side, side, places)
    p.shape(10, 67, "B", "end")
    p.shape(65, 118, "H")
    p.way([(176, 104), (176, 137)], "data", "lit")
    spread = np.std(SUMS)
    p.note(190, 120, f"`− {np.mean(SUMS):.0f}, then ÷ {spread:.2f}`", "", "start")
    normal = (np.array(SUMS) - np.mean(SUMS)) / spread
    p.cells(79, 140, [[number(a) for a in normal]], "data", 48, 26, [])
    p.note(280, 152, "× g + b", "weight", "start")
    return [p]
