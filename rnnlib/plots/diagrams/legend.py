"""The language of the diagrams itself: what each shape, and each line, stands for."""

from rnnlib.plots.diagrams.sheet import Sheet


def draw_language():
    """The things and the ways of every diagram, with their names. On the page of the notation."""
    return [_things(), _ways()]


def _things():
    p = Sheet(340, 330, "Things")
    p.input(36, 24, "x_t")
    p.box(36, 68, "h_t", "state")
    p.box(36, 112, "W_{hh}", "weight", width=52)
    p.use(36, 150)
    p.gate(36, 190, "z")
    p.op(36, 230, "+")
    p.box(36, 268, "p_t", "output", width=52)
    p.box(36, 310, "L", "loss", width=22, height=22)
    for y, words in (
        (24, "input: what is read"),
        (68, "state: what is carried on"),
        (112, "weights: what is learned"),
        (150, "a place where they are used"),
        (190, "gate: a number from 0 to 1"),
        (230, "operation: computed, not learned"),
        (268, "output: what is predicted"),
        (310, "loss: how wrong it was"),
    ):
        p.note(84, y, f"`{words}`", "", "start")
    return p


def _ways():
    p = Sheet(340, 330, "Ways")
    p.way([(6, 24), (68, 24)])
    p.shape(36, 12, "B, H")
    p.way([(6, 68), (68, 68)], "state")
    p.way([(6, 112), (68, 112)], "state", "lit")
    p.way([(6, 150), (68, 150)], "gate")
    p.way([(6, 190), (68, 190)], "weight")
    p.way([(68, 230), (14, 230)], "gradient")
    p.stop(8, 230)
    p.box(36, 270, "∂L/∂W", "sum", width=66)
    p.op(36, 310, "×", "quiet")
    for y, words in (
        (24, "numbers, and their shape"),
        (68, "a state"),
        (112, "the way that is spoken of"),
        (150, "what a gate says"),
        (190, "the same weights, used there"),
        (230, "a gradient, back to where it ends"),
        (270, "the gradient of a weight"),
        (310, "grey: explained before"),
    ):
        p.note(84, y, f"`{words}`", "", "start")
    return p
