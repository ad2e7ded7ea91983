"""Looking inside: a probe beside its control, and a state from which one direction is taken."""

from website.diagrams.sheet import Sheet


def draw_probe():
    """The same linear reader on a trained state and on that of a control. Chapter 13."""
    return [_reader("A probe", "trained"), _reader("A control", "untrained")]


def _reader(title, name):
    p = Sheet(340, 108, title)
    y, look = 46, "lit" if name == "trained" else ""
    p.plate(2, y - 26, 84, 52)
    p.note(44, y - 9, "`network,`", "inside")
    p.note(44, y + 9, f"`{name}`", "inside")
    p.way([(86, y), (104, y)], "state", look)
    p.box(139, y, "h_t, c_t", "state", width=68, height=30)
    p.shape(139, y + 30, "512 numbers")
    p.way([(173, y), (194, y)], "state", look)
    p.box(213, y, "w, b", "weight", width=38, height=30)
    p.shape(213, y + 30, "one sum")
    p.way([(232, y), (254, y)], "data", look)
    p.box(297, y, "`column?`", "output", width=82, height=34)
    p.shape(297, y + 34, "one number")
    return p


def draw_erase():
    """A state on its way to the next step, changed along one direction. Chapter 13."""
    return [_change("Erase", is_erased=True), _change("Patch", is_erased=False)]


def _change(title, is_erased):
    p = Sheet(340, 152, title)
    y = 54
    p.box(36, y, "s_{t-1}", "state", width=60)
    p.way([(66, y), (116, y)], "state")
    p.op(128, y, "\N{MINUS SIGN}" if is_erased else "±", "lit")
    p.way([(139, y), (196, y)], "state", "lit")
    p.plate(196, y - 24, 64, 48)
    p.note(228, y, "`step`", "inside")
    p.way([(260, y), (284, y)], "state")
    p.box(312, y, "s_t", "state", width=50)
    p.way([(228, y + 54), (228, y + 24)])
    p.input(228, y + 70, "`e`", side=28)
    if is_erased:
        p.way([(128, y + 11), (128, y + 36)], "state", "lit")
        p.note(128, y + 50, "`what it holds`")
        p.note(128, y + 66, "`of the property`")
    else:
        p.box(48, y + 66, "`another`", "state", width=86)
        p.way([(91, y + 66), (128, y + 66), (128, y + 11)], "state", "lit")
    p.note(128, y - 34, "`along one direction`")
    return p
