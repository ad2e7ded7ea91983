"""Stacked layers: the two paths of dropout, and the axis of layer norm."""

import numpy as np

from website.diagrams.sheet import Sheet, number

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


SUMS, OVER_TIME, TABLES = (1, 2, 3, 6), (1, 0, 5), (18, 119, 220)


def draw_norm():
    """The numbers that layer norm takes together, and those of the wrong axis. Chapter 12."""
    return [_one_step(), _over_time()]


def _tables(title, rows):
    """A table for each of three steps; of its last row, `rows` says the numbers that count."""
    p = Sheet(340, 176, title)
    for t, (x, row) in enumerate(zip(TABLES, rows, strict=True), 1):
        p.note(x + 47, 14, f"`step {t}`")
        words = [str(a) for a in row] + [""] * (4 - len(row))
        lit = [(2, place) for place in range(len(row))]
        p.cells(x, 32, [[""] * 4, [""] * 4, words], "data", 24, 24, lit)
    p.shape(10, 67, "B", "end")
    return p


def normal(numbers):
    """How numbers become normal, in words, and what they are then."""
    mean, spread = np.mean(numbers), np.std(numbers)
    words = [number(a) for a in (np.array(numbers) - mean) / spread]
    return f"`− {mean:.0f}, ÷ {spread:.2f}`", words


def _one_step():
    p = _tables("One step", [(), SUMS, ()])
    how, words = normal(SUMS)
    p.shape(TABLES[0] + 47, 118, "H")
    p.way([(166, 104), (166, 137)], "data", "lit")
    p.note(180, 120, how, "", "start")
    p.cells(71, 140, [words], "data", 48, 26)
    p.note(272, 152, "× g + b", "weight", "start")
    return p


def _over_time():
    p = _tables("Over time", [(a,) for a in OVER_TIME])
    how, words = normal(OVER_TIME)
    first, _, last = places = [x + 11 for x in TABLES]
    for x in places:
        p.way([(x, 104), (x, 138)])
    p.way([(last, 104), (last, 120), (first, 120), (first, 138)], "data", "lit")
    for x, word in zip(places, words, strict=True):
        p.cells(x - 23, 140, [[word]], "data", 48, 26)
    p.note(last + 10, 120, how, "", "start")
    return p
