"""Learning through time: one weight used at every step, the way back, its cut, and what is fed."""

from itertools import pairwise

import numpy as np

from rnnlib.plots.style import show_char
from website.diagrams.sheet import Sheet, number

W_X, W_H, INPUTS = 0.5, 0.8, (1, -1, 1)


def walk():
    """Chapter 6's three steps: states (4,), deltas (3,), shares (3,)."""
    h = [0.5]
    for x in INPUTS:
        h.append(np.tanh(W_X * x + W_H * h[-1]))
    deltas = [(h[3] - 1) * (1 - h[3] ** 2)]
    for t in (2, 1):
        deltas.insert(0, deltas[0] * W_H * (1 - h[t] ** 2))
    return np.array(h), np.array(deltas), np.array(deltas) * h[:-1]


STATES, USES = (24, 124, 224, 316), (74, 174, 270)


def draw_graph():
    """The computation of chapter 6's small network, in which one weight is used three times."""
    p = Sheet(340, 306)
    for use in USES:
        p.arc((172, 44), [(172, 92), (use, 66)], (use, 134), "weight")
    for t in range(3):
        p.way([(STATES[t] + 21, 146), (STATES[t + 1] - 21, 146)], "state", "lit")
    p.way([(316, 130), (316, 46)])
    p.shape(308, 72, number((walk()[0][3] - 1) ** 2 / 2), "end")
    for t, (x, h) in enumerate(zip(STATES, walk()[0], strict=True)):
        p.box(x, 146, f"h_{t}", "state", width=42)
        p.shape(x - 8 if t else x, 122, number(h), "end" if t == 3 else "middle")
    for use in USES:
        p.use(use, 146)
    for x, value in zip(STATES[1:], INPUTS, strict=True):
        p.way([(x, 264), (x, 162)])
        p.use(x, 216, "", 20, 16)
        p.input(x, 280, f"`{value}`".replace("-", "−"), side=32)
    for n, x in enumerate(STATES[1:]):
        p.note(x - 16, 216, f"w_x = `{W_X}`" if n == 0 else "w_x", "weight", "end")
    p.note(STATES[1] - 24, 280, "`inputs`", "", "end")
    p.box(316, 28, "L", "loss", width=24, height=24)
    p.box(172, 27, f"w_h = `{W_H}`", "weight", width=84, height=32)
    p.note(122, 27, "`one weight`", "weight", "end")
    return [p]


def draw_chain():
    """The way back: the rule for one step, and the three steps with their numbers. Chapter 6."""
    return [_one_step_back(), _three_steps_back()]


def _one_step_back():
    p = Sheet(340, 272, "One step back")
    p.way([(65, 118), (275, 118)], "state", "dim")
    p.arc((340, 62), [(336, 82), (322, 82)], (310, 101), "gradient")
    p.note(340, 50, "`from the loss`", "gradient", "end")
    p.arc((286, 100), [(250, 34), (90, 34)], (50, 99), "gradient", "lit")
    p.note(150, 32, "× w_h (1 − h_{t−1}²)", "gradient")
    p.way([(170, 130), (170, 217)], "gradient", "lit")
    p.note(180, 176, "δ_t h_{t−1}", "gradient", "start")
    p.note(160, 176, "`share`", "gradient", "end")
    p.box(40, 118, "h_{t−1}", "state", width=50)
    p.box(300, 118, "h_t", "state", width=50)
    p.box(170, 118, "w_h", "weight", width=36, height=26)
    p.note(40, 150, "δ_{t−1}", "gradient")
    p.note(300, 150, "δ_t", "gradient")
    p.box(170, 236, "∂L/∂w_h", "sum", width=92, height=32)
    p.note(226, 236, "`+ share`", "gradient", "start")
    return p


def _three_steps_back():
    _, deltas, shares = walk()
    p = Sheet(340, 272, "Three steps back")
    for t in range(3):
        p.way([(STATES[t] + 21, 118), (STATES[t + 1] - 21, 118)], "state", "dim")
    p.way([(316, 57), (316, 101)], "gradient")
    for t in (2, 1):
        a, b = STATES[t + 1], STATES[t]
        p.arc((a - 10, 102), [(a - 26, 76), (b + 26, 76)], (b + 8, 101), "gradient", "lit")
        p.note((a + b) / 2, 68, f"`× {number(deltas[t - 1] / deltas[t])}`", "gradient")
    for use in USES:
        p.way([(use, 129), (use, 217)], "gradient")
    for share, use in zip(shares, USES, strict=True):
        p.note(use + 8, 184, f"`{number(share, 3)}`", "gradient", "start")
    for t, x in enumerate(STATES):
        p.box(x, 118, f"h_{t}", "state", width=42)
        if t:
            p.shape(x, 145, number(deltas[t - 1], 3), look="gradient")
    for use in USES:
        p.use(use, 118)
    p.box(316, 38, "L", "loss", width=24, height=24)
    p.box(172, 236, f"∂L/∂w_h = `{number(shares.sum(), 3)}`", "sum", width=236, height=32)
    return p


def draw_cut():
    """Two chunks of a text: with the state detached between them, and without. Chapter 6."""
    return [_chunks("Detached", is_cut=True), _chunks("Not detached", is_cut=False)]


def _chunks(title, is_cut):
    p = Sheet(340, 210, title)
    places = [19, 68, 117, 166, 223, 272, 321]
    cut = (places[3] + places[4]) / 2
    y = 112
    if is_cut:
        p.cut(cut, 56, 180)
    for t, (a, b) in enumerate(pairwise(places)):
        p.way([(a + 16, y), (b - 16, y)], "state", "lit")
        if t == 3 and is_cut:
            handles = [(b - 10, y - 36), (cut + 24, y - 36)]
            p.arc((b - 10, y - 15), handles, (cut + 4, y - 36), "gradient")
            p.stop(cut, y - 36)
        elif t:
            look = "lit" if t <= 3 and not is_cut else ""
            handles = [(b - 14, y - 38), (a + 14, y - 38)]
            p.arc((b - 10, y - 15), handles, (a + 9, y - 14), "gradient", look)
    for x in (places[3], places[6]):
        p.way([(x, 49), (x, y - 17)], "gradient")
        p.box(x, 30, "L", "loss", width=26, height=24)
    for t, x in enumerate(places):
        p.box(x, y, f"h_{t}", "state", width=33, height=28)
    for n in range(2):
        first, last = places[3 * n + 1] - 16, places[3 * n + 3] + 16
        p.way([(first, 152), (last, 152)], head=False)
        p.note((first + last) / 2, 168, f"`chunk {n}`")
    if is_cut:
        p.shape(cut, 194, "h.detach()")
    return p


FED = {"Fed the truth": ("The", "uo."), "Fed its own guesses": ("Tuv", "uv ")}  # read, said


def draw_fed():
    """What is read next: the true character, or what the network has said. Chapter 6."""
    return [_fed(title, *letters) for title, letters in FED.items()]


def _fed(title, read, said, targets="he "):
    """Letters read, and said by chapter 6's untrained network; the targets are the same."""
    p = Sheet(340, 330, title)
    centres = (63, 165, 267)
    is_true = read[1] == targets[0]
    for t, x in enumerate(centres):
        p.way([(x, 286), (x, 250)])
        p.way([(x, 203), (x, 166)], "state")
        p.way([(x, 133), (x, 98)])
        p.way([(x, 38), (x, 57)])
        p.way([(x - 76 if t else 18, 226), (x - 26, 226)], "state")
        if t < 2:
            edge, y = (x + 16, 22) if is_true else (x + 20, 149)
            ways = [(edge, y), (x + 50, y), (x + 50, 301), (centres[t + 1] - 16, 301)]
            p.way(ways, "data", "lit")
    for x, letter, guess, target in zip(centres, read, said, targets, strict=True):
        p.plate(x - 26, 203, 52, 46)
        p.note(x, 226, "`cell`", "inside")
        p.input(x, 301, f"`{letter}`")
        p.box(x, 149, f"`{show_char(guess)}`", "output", width=40, height=32)
        p.box(x, 77, "L", "loss", width=22, height=22)
        p.input(x, 22, f"`{show_char(target)}`")
    p.box(7, 226, "`0`", "state", width=22, height=22)
    for y, word in ((301, "read"), (149, "said"), (22, "true")):
        p.note(340, y, f"`{word}`", "", "end")
    return p
