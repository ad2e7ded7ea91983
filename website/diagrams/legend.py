"""The language of the diagrams itself: what each shape, and each line, stands for."""

from website.diagrams.sheet import Sheet


def draw_language():
    """The things and the ways of every diagram, with their names. On the page of the notation."""
    return [_things(), _ways()]


def _things():
    p = Sheet(340, 400, "Things")
    p.input(36, 24, "x_t")
    p.box(36, 66, "h_t", "state")
    p.plate(12, 90, 48, 34)
    p.note(36, 107, "`cell`", "inside")
    p.box(36, 150, "W_{hh}", "weight", width=52)
    p.use(36, 188)
    p.gate(36, 226, "z")
    p.box(36, 266, "g", "candidate", width=32)
    p.op(36, 304, "+")
    p.box(36, 342, "p_t", "output", width=52)
    p.box(36, 382, "L", "loss", width=22, height=20)
    for y, words in (
        (24, "input, or true answer: given"),
        (66, "state: what is carried on"),
        (107, "cell: what makes the next state"),
        (150, "weights: what is learned"),
        (188, "a place where they are used"),
        (226, "gate: a number from 0 to 1"),
        (266, "candidate: what may be written"),
        (304, "operation: computed, not learned"),
        (342, "output: what is predicted"),
        (382, "loss: how wrong it was"),
    ):
        p.note(84, y, f"`{words}`", "", "start")
    return p


def _ways():
    p = Sheet(340, 400, "Ways")
    p.way([(6, 24), (68, 24)])
    p.shape(36, 12, "B, H")
    p.way([(6, 66), (68, 66)], "state")
    p.way([(6, 107), (68, 107)], "state", "lit")
    p.way([(6, 150), (68, 150)], "gate")
    p.way([(6, 188), (68, 188)], "weight")
    p.way([(68, 226), (14, 226)], "gradient")
    p.stop(8, 226)
    p.way([(6, 266), (68, 266)], "state")
    p.cut(34, 251, 281)
    p.box(36, 304, "∂L/∂W", "sum", width=66)
    p.cells(10, 334, [[""] * 3], "data", lit=[(0, 1)])
    p.op(36, 382, "×", "quiet")
    for y, words in (
        (24, "numbers, and their shape"),
        (66, "a state"),
        (107, "the way that is spoken of"),
        (150, "what a gate says"),
        (188, "the same weights, used there"),
        (226, "a gradient, back to where it ends"),
        (266, "a cut: no gradient comes across"),
        (304, "the gradient of a weight"),
        (342, "numbers in a row, one of them picked"),
        (382, "grey: explained before"),
    ):
        p.note(84, y, f"`{words}`", "", "start")
    return p
