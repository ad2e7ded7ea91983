"""A short name beside a long one: read on into the padding, masked, and packed."""

from website.diagrams.sheet import Sheet

LONG, SHORT = "Nowak", "Oja"
PLACES = [62 + 50 * t for t in range(5)]
END = 316  # where the state stands that the answer is made from


def draw_unequal():
    """Two names in one batch, and three ways to treat what stands behind the shorter.

    Chapter 15.
    """
    padded = _two_rows("Padded", len(LONG), len(LONG))
    masked = _two_rows("Masked", len(LONG), len(SHORT))
    padded.note((PLACES[3] + PLACES[4]) / 2, 112, "`it reads on`", "state")
    for t, x in enumerate(PLACES):
        masked.shape(x, 112, "1" if t < len(SHORT) else "0")
    masked.note(14, 112, "m_t")
    return [padded, masked, _packed()]


def _read(p, y, name, steps):
    """A row that reads `steps` letters from a state of zeros; what it lacks is padding, id 0."""
    p.box(14, y, "`0`", "state", width=24, height=22)
    before = 26
    for t, x in enumerate(PLACES):
        letter = name[t] if t < len(name) else "0"
        look = "" if t < len(name) else "lit" if t < steps else "dim"
        p.input(x, y + 44, f"`{letter}`", look, side=26)
        if t < steps:
            p.way([(before, y), (x - 12, y)], "state", look)
            p.way([(x, y + 31), (x, y + 12)], "data", look)
            p.plate(x - 12, y - 12, 24, 24, look)
            before = x + 12
    return before


def _two_rows(title, *steps):
    """The long name and the short one, each read for so many steps."""
    p = Sheet(340, 198, title)
    for y, name, count in zip((40, 138), (LONG, SHORT), steps, strict=True):
        look = "lit" if name == SHORT else ""
        p.way([(_read(p, y, name, count), y), (END - 16, y)], "state", look)
        p.box(END, y, f"h_{count}", "state", look, width=32)
    return p


def _packed():
    p = Sheet(340, 128, "Packed")
    for t, x in enumerate(PLACES):
        letters = [name[t] for name in (LONG, SHORT) if t < len(name)]
        for row, letter in enumerate(letters):
            p.input(x, 30 + 30 * row, f"`{letter}`", side=26)
        p.shape(x, 96, str(len(letters)))
    p.note(END, 30, "`Nowak`")
    p.note(END - 62, 60, "`Oja has ended`", "state")
    p.note(14, 96, "`rows`")
    return p
