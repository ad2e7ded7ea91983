"""From a leaky unit to GRU and LSTM, one picture a step, and the way of the gradient through c."""

from itertools import pairwise

from website.diagrams.sheet import Sheet


def draw_gru():
    """A fixed fraction, a gate in its place, and a candidate that looks back. Chapter 8."""
    return [_gru(stage) for stage in (1, 2, 3)]


def _gru(stage):
    """The same sheet three times: what is new has its colours, what is known has lost them."""
    p = Sheet(340, 282, ("Keep a fraction", "Let a gate choose", "Look back, or not")[stage - 1])
    lane, mid, middle, h_bus, x_bus = 44, 98, 152, 208, 234
    z, less, r, times, g = 104, 177, 156, 206, 250

    def look(part):
        return "" if part == stage else "quiet"

    p.plate(62, 16, 222, 230)
    p.way([(42, lane), (299, lane)], "state", "lit")
    p.way([(72, 250), (72, x_bus), (g, x_bus), (g, middle + 16)], look=look(1))
    p.use(g, middle + 36, look(1), 18, 12)
    if stage > 1:
        p.way([(20, lane + 15), (20, h_bus), (z, h_bus)], "state", look(2), head=False)
    if stage == 3:
        p.way([(z, h_bus), (times, h_bus), (times, middle + 11)], "state")
        p.use(times, middle + 36, "", 18, 12)
        p.way([(r + 19, middle), (times - 11, middle)], "gate")
        p.way([(times + 11, middle), (g - 16, middle)])
        p.op(times, middle, "×")
    for x, part, name, word in ((z, 2, "z", "update"), (r, 3, "r", "reset")):
        if stage >= part:
            p.way([(x, x_bus), (x, middle + 17)], look=look(part))
            p.use(x, middle + 36, look(part), 18, 12)
            p.dot(x, h_bus, look(part))
            p.dot(x, x_bus, look(part))
            p.gate(x, middle, name, look(part))
        if stage == part:
            x, y, anchor = (
                (x + 8, middle - 27, "start") if part == 2 else (x, middle - 27, "middle")
            )
            p.note(x, y, f"`{word}`", "inside gate", anchor)
    kind = "gate" if stage > 1 else "data"
    top = middle - (17 if stage > 1 else 15)
    p.way([(z, top), (z, lane + 11)], kind, look(1) if stage != 2 else "")
    p.way([(z, mid), (less - 14, mid)], kind, look(1) if stage != 2 else "")
    p.way([(less + 14, mid), (g - 11, mid)], kind, look(1) if stage != 2 else "")
    p.way([(g, middle - 15), (g, mid + 11)], look=look(1))
    p.way([(g, mid - 11), (g, lane + 11)], look=look(1))
    if stage == 1:
        p.box(z, middle, "`0.75`", "candidate", width=46)
    for x, y, sign, radius in ((z, lane, "×", 11), (g, lane, "+", 11), (g, mid, "×", 11)):
        p.op(x, y, sign, look(1), radius)
    p.op(less, mid, "1 −", look(1), 14)
    p.box(g, middle, "g", "candidate", look(1) if stage < 3 else "", width=32)
    if stage == 1:
        p.note(z - 8, 122, "z", "inside", "end")
        p.note(g - 22, middle, "`candidate`", "inside", "end")
    p.box(20, lane, "h_{t−1}", "state", width=44)
    p.box(320, lane, "h_t", "state", width=42)
    p.input(72, 264, "x_t", side=26)
    p.shape(320, lane + 27, "B, H")
    p.shape(92, 264, "B, E", "start")
    return p


def draw_lstm():
    """Keep, write and show: three gates about the lane of c. Chapter 8."""
    return [_lstm(stage) for stage in (1, 2, 3)]


def _lstm(stage):
    """The same sheet three times: what is new has its colours, what is known has lost them."""
    p = Sheet(340, 270, ("Keep", "Write", "Show")[stage - 1])
    lane, mid, middle, bus = 44, 92, 144, 206
    f, i, g, o, out = 92, 138, 182, 226, 266
    p.plate(62, 16, 229, 212)

    def look(part):
        return "" if part == stage else "quiet"

    p.way([(42, lane), (299, lane)], "state", "lit")
    gates = [(x, part) for x, part in ((f, 1), (i, 2), (g, 2), (o, 3)) if part <= stage]
    _read_both(p, gates, look)
    p.way([(f, middle - 17), (f, lane + 11)], "gate", look(1))
    p.op(f, lane, "×", look(1))
    p.gate(f, middle, "f", look(1))
    if stage >= 2:
        plus = (i + g) // 2
        p.way([(i, middle - 17), (i, mid), (plus - 11, mid)], "gate", look(2))
        p.way([(g, middle - 15), (g, mid), (plus + 11, mid)], "data", look(2))
        p.way([(plus, mid - 11), (plus, lane + 11)], "data", look(2))
        p.op(plus, mid, "×", look(2))
        p.op(plus, lane, "+", look(2))
        p.gate(i, middle, "i", look(2))
        p.box(g, middle, "g", "candidate", look(2), width=32)
    if stage == 3:
        p.way([(out, lane), (out, mid - 17)], "state")
        p.dot(out, lane, "state")
        p.way([(out, mid + 18), (out, middle - 11)], "state")
        p.way([(o + 19, middle), (out - 11, middle)], "gate")
        p.way([(out, middle + 11), (out, bus), (299, bus)], "state")
        p.op(out, mid, "tanh", radius=18)
        p.op(out, middle, "×")
        p.gate(o, middle, "o")
        p.box(320, bus, "h_t", "state", width=42)
        p.shape(320, bus + 27, "B, H")
    words = ((f + 7, 112, "forget", 1, "start"), (i - 6, 112, "input", 2, "end"))
    words += ((g + 7, 112, "candidate", 2, "start"), (o, 116, "output", 3, "middle"))
    for x, y, word, part, anchor in words:
        if part == stage:
            p.note(x, y, f"`{word}`", "inside" if word == "candidate" else "inside gate", anchor)
    _ends(p, "c", lane, bus)
    return p


def _read_both(p, gates, look, bus=206, middle=144):
    """Each gate reads the input and the state, with weights of its own."""
    p.way([(72, bus), (gates[-1][0], bus)], head=False)
    p.way([(42, bus), (72, bus)], "state", head=False)
    p.way([(72, 237), (72, bus)], head=False)
    p.dot(72, bus)
    for x, part in gates:
        p.way([(x, bus), (x, middle + 17)], look=look(part))
        p.use(x, middle + 34, look(part), 18, 12)
        p.dot(x, bus)


def _ends(p, letter, lane, bus):
    """What comes in from the step before, what is read, and what goes on along the lane."""
    p.box(20, lane, f"{letter}_{{t−1}}", "state", width=44)
    p.box(320, lane, f"{letter}_t", "state", width=42)
    p.box(20, bus, "h_{t−1}", "state", width=44)
    p.input(72, 249, "x_t", side=26)
    p.shape(20, lane + 27, "B, H")
    p.shape(20, bus + 27, "B, H")
    p.shape(92, 249, "B, E", "start")


def draw_highway():
    """The way of the gradient through two steps of the plain cell, and along c. Chapter 8."""
    return [_road(), _highway()]


PLACES, LANE = (20, 170, 320), 102


def _arcs_back(p, *factors):
    """The gradient on its way from each state to the one before, and what multiplies it there."""
    for t, (a, b) in enumerate(pairwise(PLACES), 1):
        handles = [(b - 30, LANE - 54), (a + 30, LANE - 54)]
        p.arc((b - 9, LANE - 17), handles, (a + 9, LANE - 16), "gradient", "lit")
        for n, factor in enumerate(factors):
            p.note((a + b) / 2, LANE - 60 - 22 * n, f"× {factor.format(t=t)}", "gradient")


def _road():
    p = Sheet(340, 236, "Plain cell")
    for t, (a, b) in enumerate(pairwise(PLACES), 1):
        tanh = a + 103
        p.way([(a + 17, LANE), (b - 17, LANE)], "state", "lit")
        p.way([(tanh, 190), (tanh, LANE + 18)], look="quiet")
        p.use(tanh, 152, "quiet", 18, 14)
        p.input(tanh, 204, f"x_{t}", "quiet", side=28)
        p.box(a + 51, LANE, "W_{hh}", "weight", width=44)
        p.op(tanh, LANE, "tanh", radius=18)
    for t, x in enumerate(PLACES):
        p.box(x, LANE, f"h_{t}", "state", width=34, height=28)
    _arcs_back(p, "W_{{hh}}ᵀ", "(1 − h_{{{t}}}²)")
    return p


def _highway():
    p = Sheet(340, 236, "LSTM")
    road = 208
    for t, (a, b) in enumerate(pairwise(PLACES), 1):
        f, plus = a + 52, a + 102
        p.way([(a, LANE + 15), (a, road - 14)], "state", "quiet")
        p.way([(a + 16, road), (plus, road), (plus, 174)], "state", "quiet")
        p.way([(f, road), (f, 176)], "state", "quiet")
        p.dot(f, road, "quiet")
        for x in (f, plus):
            p.use(x, 190, "quiet", 18, 10)
        p.box(a, road, f"h_{t - 1}", "state", "quiet", width=34, height=26)
        p.way([(a + 17, LANE), (b - 17, LANE)], "state", "lit")
        p.way([(f, 140), (f, LANE + 11)], "gate")
        p.way([(plus, 142), (plus, LANE + 11)], look="quiet")
        p.op(f, LANE, "×")
        p.op(plus, LANE, "+", "quiet")
        p.gate(f, 158, f"f_{t}")
        p.box(plus, 158, f"i_{t} g_{t}", "candidate", "quiet", width=48, height=30)
        p.note((f + plus) / 2 - 10, 225, "`side roads`")
    for t, x in enumerate(PLACES):
        p.box(x, LANE, f"c_{t}", "state", width=34, height=28)
    _arcs_back(p, "f_{t}")
    return p
