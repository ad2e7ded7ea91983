"""A gradient on its way back: what one step does to it, and what is left after many."""

import math
from itertools import accumulate, pairwise

import numpy as np

from website.diagrams.sheet import Sheet, head_of, number, polygon

STATES = (26, 98, 170, 242, 314)


def walk(steps=4, units=3):
    """States (T, H) of a small cell with orthogonal weights W_hh (H, H), and gradients (T + 1, H).

    The first gradient, of length 1, is the one at the last state; each next is a step further back.
    """
    rng = np.random.default_rng(8)
    W_hh, _ = np.linalg.qr(rng.normal(size=(units, units)))
    h, states = np.zeros(units), []
    for x in rng.normal(size=(steps, units)):
        h = np.tanh(x + h @ W_hh)
        states.append(h)
    g = rng.normal(size=units)
    gradients = [g / np.linalg.norm(g)]
    for h in reversed(states):
        gradients.append((gradients[-1] * (1 - h**2)) @ W_hh.T)
    return np.array(states), W_hh, np.array(gradients)


def draw_fading():
    """One step of the way back, number by number, and several steps, thinner each. Chapter 7."""
    return [_one_step(), _many_steps()]


def _one_step():
    p = Sheet(340, 262, "One step back")
    states, _, gradients = walk()
    slopes = 1 - states[-1] ** 2
    middles = (76, 104, 132)
    left, middle, right, wide = 2, 128, 246, 46
    for y in middles:
        p.way([(right - 3, y), (middle + wide + 3, y)], "gradient")
        for end in middles:
            p.way([(middle - 3, y), (left + wide + 3, end)], "gradient", head=y == end)
    p.arc((318, 40), [(322, 70), (318, 104)], (right + wide + 3, 104), "gradient")
    p.note(340, 28, "`from the loss`", "gradient", "end")
    for x, numbers, name in (
        (left, gradients[1], "g_{t−1}"),
        (middle, gradients[0] * slopes, "δ_t"),
        (right, gradients[0], "g_t"),
    ):
        p.cells(x, middles[0] - 13, [[number(n)] for n in numbers], "gradient", wide, 28)
        p.note(x + wide / 2, 50, name, "gradient")
    for y, slope in zip(middles, slopes, strict=True):
        p.note((middle + wide + right) / 2, y - 10, f"`× {number(slope)}`", "gradient")
    for x, how, what in (
        ((middle + wide + right) / 2, "(1 − h_{t}²)", "`shrinks each`"),
        ((left + wide + middle) / 2, "W_{hh}ᵀ", "`mixes all`"),
    ):
        p.note(x, 164, f"× {how}", "gradient")
        p.note(x, 184, what)
    y = 230
    p.way([(47, y), (293, y)], "state", "dim")
    p.box(24, y, "h_{t−1}", "state")
    p.box(88, y, "W_{hh}", "weight", width=52)
    p.op(211, y, "tanh", radius=18)
    p.box(314, y, "h_t", "state")
    return p


def _many_steps():
    p = Sheet(340, 262, "Four steps back")
    lengths = np.linalg.norm(walk()[2], axis=1)  # the last state's first
    thick, y = 11 * lengths, 184
    for a, b in pairwise(STATES):
        p.way([(a + 22, y), (b - 22, y)], "state", "dim")
    draw_thinning(p, (314, 62), [(314, 80), (314, 130)], (314, y - 19), thick[0], thick[0])
    for k, (b, a) in enumerate(pairwise(reversed(STATES))):
        handles = [(b - 20, y - 74), (a + 26, y - 74)]
        draw_thinning(p, (b - 15, y - 20), handles, (a + 8, y - 18), thick[k], thick[k + 1])
        p.note((a + b) / 2, y - 88, f"× J_{{T−{k}}}" if k else "× J_T", "gradient")
    for k, (x, length) in enumerate(zip(reversed(STATES), lengths, strict=True)):
        p.box(x, y, f"h_{{T−{k}}}" if k else "h_T", "state", width=44)
        p.shape(x, y + 32, number(length), look="gradient")
    p.note(170, y + 58, "`length of the gradient`", "gradient")
    p.box(314, 36, "L", "loss", width=24, height=24)
    return p


def draw_thinning(p, start, handles, end, before, after):
    """A gradient on its way back along a curve, in dashes from one thickness to another."""
    curve = [_cubic(start, *handles, end, n / 80) for n in range(81)]
    gone = [0, *accumulate(math.dist(a, b) for a, b in pairwise(curve))]
    big, code = 5 + 1.3 * after, ""
    for begin in range(0, int(gone[-1] - big), 13):  # dashes of 9, gaps of 4
        stop = min(begin + 9, gone[-1] - big + 1)
        dash = [n for n, way in enumerate(gone) if begin <= way <= stop]
        there, back = [], []
        for n in dash if len(dash) > 1 else []:
            (ax, ay), (bx, by) = curve[max(n - 1, 0)], curve[min(n + 1, 80)]
            half = (before + (after - before) * n / 80) / 2 / math.dist((ax, ay), (bx, by))
            (x, y), wx, wy = curve[n], (ay - by) * half, (bx - ax) * half
            there.append((x + wx, y + wy))
            back.insert(0, (x - wx, y - wy))
        code += polygon(there + back, "head") if there else ""
    last, length = curve[-6], math.dist(curve[-6], end)
    ux, uy = (end[0] - last[0]) / length, (end[1] - last[1]) / length
    p.add(code + head_of(*end, ux, uy, big), "way", "gradient")


def _cubic(a, b, c, d, t):
    """The point at t, from 0 to 1, of the curve from a to d with the handles b and c."""
    shares = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
    return tuple(sum(s * p[n] for s, p in zip(shares, (a, b, c, d), strict=True)) for n in (0, 1))
