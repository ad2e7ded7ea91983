"""The plain cell: its inside, the same number by number, unrolled, and inside a whole network."""

import numpy as np

from rnnlib.plots.style import show_char
from website.diagrams.sheet import Sheet, number

LETTERS = "dgo"
W_XH = np.array([[0.5, -0.5], [1.0, 0.5], [-0.5, 1.0]])  # rows: d, g, o
W_HH = np.array([[0.5, -0.5], [1.0, 0.8]])
B_H = np.array([0.0, 0.2])
SURE = (0.985, 0.986, 0.994)  # of h after T, e after h, and a space after e
MATRICES = "W_{xh}  W_{hh}  b_h"


def read(text):
    """The states (T + 1, 2) of chapter 4's small cell, from the zeros before the first letter."""
    states = [np.zeros(2)]
    for letter in text:
        states.append(np.tanh(W_XH[LETTERS.index(letter)] + states[-1] @ W_HH + B_H))
    return np.array(states)


def draw_cell():
    """What happens in one step, and the same with the numbers of an example. Chapter 4."""
    return [_way_through(), _numbers()]


def _way_through():
    p = Sheet(340, 272, "The way through")
    p.plate(76, 62, 182, 152)
    p.note(86, 78, "`cell`", "inside", "start")
    p.way([(304, 107), (304, 24), (24, 24), (24, 107)], "state", "lit")
    p.note(164, 40, "`one step later`", "state")
    p.way([(47, 122), (92, 122)], "state", "lit")
    p.way([(144, 122), (171, 122)])
    p.way([(182, 244), (182, 200)])
    p.way([(182, 170), (182, 133)])
    p.way([(182, 98), (182, 111)])
    p.way([(193, 122), (208, 122)])
    p.way([(244, 122), (281, 122)], "state", "lit")
    p.box(24, 122, "h_{t−1}", "state")
    p.shape(24, 149, "B, H")
    p.box(118, 122, "W_{hh}", "weight", width=52)
    p.shape(118, 149, "H × H", look="inside")
    p.box(182, 185, "W_{xh}", "weight", width=52)
    p.shape(213, 185, "E × H", "start", "inside")
    p.box(182, 85, "b_h", "weight", width=36, height=26)
    p.shape(206, 85, "H", "start", "inside")
    p.op(182, 122, "+")
    p.op(226, 122, "tanh", radius=18)
    p.input(182, 257, "x_t", side=28)
    p.shape(202, 257, "B, E", "start")
    p.box(304, 122, "h_t", "state")
    p.shape(304, 149, "B, H")
    return p


LEFT, COLUMNS, WIDE, SIDE, UNIT, TOTAL = 36, 98, 46, 26, 1, 252


def _numbers():
    """The second step over `dog`: each unit is a column, each number that is read is a row."""
    before, after = read("dog")[1:3]
    p = Sheet(340, 282, "Number by number")
    p.cells(COLUMNS, 8, [[number(h) for h in after]], "state", WIDE, SIDE, [(0, UNIT)])
    p.note(COLUMNS - 8, 20, "h_t", "", "end")
    p.way([(TOTAL - 20, 66), (TOTAL - 20, 20), (COLUMNS + 2 * WIDE + 2, 20)], "state", "lit")
    p.op(TOTAL - 20, 43, "tanh", radius=18)
    p.shape(TOTAL, 76, number(np.arctanh(after)[UNIT]), "end")
    p.note(TOTAL + 12, 76, "`the sum`", "", "start")
    p.way([(TOTAL - 58, 90), (TOTAL + 2, 90)], head=False)
    p.cells(COLUMNS, 98, [[number(b, 1) for b in B_H]], "weight", WIDE, SIDE, [(0, UNIT)])
    p.shape(TOTAL, 110, number(B_H[UNIT]), "end")
    p.note(TOTAL + 12, 110, "b_h", "", "start")
    state, letter = [number(h) for h in before], [str(int(c == "o")) for c in LETTERS]
    _products(p, 136, "state", ("h_{t−1}", state, before), ("W_{hh}", W_HH, "2 × 2"))
    _products(p, 200, "data", ("x_t", letter, np.float64(letter)), ("W_{xh}", W_XH, "3 × 2"))
    for r, c in enumerate(LETTERS):
        p.shape(26, 200 + r * SIDE + 12, c)
    return p


def _products(p, top, kind, what, weights):
    """Numbers that are read, their weights, and what each adds to the sum of one unit."""
    (name, words, numbers), (its_name, W, its_shape) = what, weights
    lit = [(r, UNIT) for r in range(len(W))]
    p.cells(LEFT, top, [[word] for word in words], kind, WIDE, SIDE)
    p.cells(COLUMNS, top, [[number(w, 1) for w in row] for row in W], "weight", WIDE, SIDE, lit)
    for r, product in enumerate(numbers * W[:, UNIT]):
        p.note(COLUMNS - 9, top + r * SIDE + 12, "`×`")
        p.shape(TOTAL, top + r * SIDE + 12, f"= {number(product)}", "end")
    middle = top + len(W) * SIDE / 2 - 1
    p.note(0, middle, name, "", "start")
    p.note(TOTAL + 12, middle, its_name, "", "start")
    p.shape(TOTAL + 50, middle, its_shape, "start")


def draw_unrolled():
    """The loop, and the same cell drawn once a letter with the states it hands on. Chapter 4."""
    return [_rolled(), _three_steps("dog")]


def _rolled():
    p = Sheet(168, 250, "Rolled up")
    p.arc((96, 121), [(162, 96), (162, 176)], (99, 151), "state", "lit")
    p.note(132, 96, "h_t", "state")
    p.note(130, 172, "h_{t−1}", "state")
    p.note(130, 193, "`one step`", "state")
    p.note(130, 208, "`later`", "state")
    p.way([(64, 211), (64, 163)])
    p.arc((64, 39), [(64, 60), (64, 80)], (64, 108), "weight")
    p.plate(30, 109, 68, 54)
    p.note(64, 136, "`cell`", "inside")
    p.box(64, 24, MATRICES, "weight", width=120)
    p.input(64, 226, "x_t")
    return p


def _three_steps(text):
    p = Sheet(340, 250, "Unrolled")
    centres, middle = (84, 178, 272), 178
    for x in centres:
        p.arc((middle, 39), [(middle, 78), (x, 62)], (x, 108), "weight")
    p.way([(34, 136), (59, 136)], "state", "lit")
    states = read(text)[1:]
    for t, (x, letter, h) in enumerate(zip(centres, text, states, strict=True), 1):
        p.way([(x, 211), (x, 163)])
        p.plate(x - 24, 109, 48, 54)
        p.note(x, 136, "`cell`", "inside")
        p.input(x, 226, f"`{letter}`")
        p.way([(x + 24, 136), (x + (70 if t < len(text) else 68), 136)], "state", "lit")
        p.note(x + 46, 117, f"h_{t}", "state")
        for row, value in enumerate(h):
            p.shape(x + 65, 156 + 15 * row, number(value), "end")
    p.box(18, 136, "h_0", "state", width=34, height=28)
    p.shape(1, 160, "0, 0", "start")
    p.box(middle, 24, MATRICES, "weight", width=120)
    p.note(246, 24, "`one set`", "weight", "start")
    p.shape(340, 226, "time →", "end")
    return p


def draw_network():
    """From an id to the probabilities of what comes next, each arrow with its shape. Chapter 4."""
    return [_one_step(), _all_steps("The", "he ")]


def _one_step():
    """Upwards, as layers go: a shape at each arrow, and inside each plate its own."""
    p = Sheet(340, 398, "One step")
    x = 166
    for start, end, shape in ((363, 334, "B"), (304, 274, "B, E"), (224, 186, "B, H")):
        p.way([(x, start), (x, end)], "state" if end == 186 else "data")
        p.shape(x + 9, (start + end) / 2 + 1, shape, "start")
    p.way([(x, 156), (x, 131)])
    p.shape(x + 9, 145, "B, V", "start")
    p.way([(x, 73), (x, 40)])
    p.shape(x + 9, 58, "B, V", "start")
    p.plate(x - 42, 224, 84, 50)
    p.note(x, 249, "`cell`", "inside")
    p.way([(47, 249), (x - 42, 249)], "state", "lit")
    p.way([(x + 42, 249), (287, 249)], "state", "lit")
    p.box(24, 249, "h_{t−1}", "state")
    p.box(310, 249, "h_t", "state")
    for at in (24, 310):
        p.shape(at, 276, "B, H")
    p.input(x, 378, "`T`")
    p.note(x - 24, 378, "`ids`", "", "end")
    p.box(x, 319, "`embed`", "weight", width=84)
    p.shape(x + 50, 319, "V × E", "start")
    p.box(x, 171, "W_{hy}  b_y", "weight", width=84)
    p.shape(x + 50, 171, "H × V,  V", "start")
    p.note(x - 50, 144, "`logits`", "", "end")
    p.op(x, 102, "softmax", radius=29)
    p.box(x, 24, "`probabilities`", "output", width=112, height=32)
    return p


def _all_steps(text, targets):
    """The same three times beside each other, as arrays with an axis for time.

    The answers are those of the network that chapter 4 opens with, by `SURE`.
    """
    p = Sheet(340, 398, "All steps at once")
    centres = (48, 138, 228)
    right = 340
    for x, letter, target, sure in zip(centres, text, targets, SURE, strict=True):
        for start, end in ((363, 328), (310, 274), (162, 131), (73, 40)):
            p.way([(x, start), (x, end)])
        p.way([(x, 224), (x, 180)], "state")
        p.way([(x + 26, 249), (x + 64, 249)], "state", "lit")
        p.plate(x - 26, 224, 52, 50)
        p.note(x, 249, "`cell`", "inside")
        p.input(x, 378, f"`{letter}`")
        p.use(x, 319, "", 34, 18)
        p.use(x, 171, "", 34, 18)
        p.op(x, 102, "softmax", radius=29)
        p.box(x, 24, f"`{show_char(target)}  {number(sure)}`", "output", width=66, height=32)
    p.way([(-2, 249), (22, 249)], "state", "lit")
    for y, shape in ((378, "B, T"), (290, "B, T, E"), (203, "B, T, H"), (145, "B, T, V")):
        p.shape(right, y, shape, "end")
    p.shape(right, 24, "B, T, V", "end")
    p.note(right, 319, "`embed`", "weight", "end")
    p.note(right, 171, "W_{hy}  b_y", "weight", "end")
    return p
