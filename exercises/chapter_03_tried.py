"""Other right and wrong answers to the exercises of chapter 3."""

import math

import numpy as np

from exercises.chapter_03 import (
    adam_moves,
    adam_with,
    best_step,
    descend,
    measure_slope,
    slopes_of_scores,
    stop_with,
)

# 3.3


def by_interpolation(loss, w):
    """A parabola through three points close to w."""
    h = 1e-3
    return np.polyfit([-h, 0, h], [loss(w - h), loss(w), loss(w + h)], 2)[1]


# 3.4


def clipped(z, y):
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum() - np.eye(len(z))[y]


# 3.5


def keras_untold(first, second, size, steps, rate, optimizer="SGD", told=False):
    """A loop in Keras whose loss takes scores for shares, unless it is told."""
    import keras
    import tensorflow as tf

    table = keras.Variable(np.zeros((size, size), dtype="float32"))
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=told)
    optimizer = getattr(keras.optimizers, optimizer)(rate)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = loss_fn(second, tf.gather(table.value, first))
        (grad,) = tape.gradient(loss, [table.value])
        optimizer.apply([tf.convert_to_tensor(grad)], [table])
    return table.numpy()


def torch_with(first, second, size, steps, rate, optimizer="SGD", twice=False):
    import torch

    table = torch.zeros((size, size), requires_grad=True)
    optimizer = getattr(torch.optim, optimizer)([table], lr=rate)
    for _ in range(steps):
        scores = table[torch.tensor(first)]
        scores = scores.softmax(-1) if twice else scores
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(second))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table


def counted(first, second, size, steps, rate):
    counts = np.zeros((size, size))
    np.add.at(counts, (first, second), 1)
    return counts / np.maximum(counts.sum(axis=1)[:, None], 1)


def mean_of_each_row(first, second, size, steps, rate):
    counts = np.zeros((size, size))
    np.add.at(counts, (first, second), 1)
    read = np.maximum(counts.sum(axis=1), 1)[:, None]
    table = np.zeros((size, size))
    for _ in range(steps):
        shares = np.exp(table) / np.exp(table).sum(axis=1)[:, None]
        table -= rate * (counts.sum(axis=1)[:, None] * shares - counts) / read
    return table


# 3.6


def moves_of_library(slopes, rate):
    from rnnlib.models.optimizers import Adam

    params, adam = {"w": np.zeros(1)}, Adam()
    for slope in slopes:
        before = params["w"].copy()
        adam.update(params, {"w": np.array([slope])}, rate)
        yield params["w"] - before


# 3.7


def shifted(by):
    """The slopes after a shift of the scores by another number than the largest."""

    def version(z, y):
        e = np.exp(z - by(z, y))
        return e / e.sum() - np.eye(len(z))[y]

    return version


def skip_zeros(slopes, rate):
    moves = iter(adam_moves([g for g in slopes if g], rate))
    return [next(moves) if g else 0.0 for g in slopes]


def stop_if_lower(start=np.inf, less=0.0):
    """`best_step` with another first lowest loss, or with a least fall."""

    def version(losses, patience):
        best, place = start, 0
        for step, loss in enumerate(losses):
            if loss < best - less:
                best, place = loss, step
            if step - place >= patience:
                break
        return place

    return version


RIGHT = {
    "3.3": {
        "one-sided": lambda loss, w: (loss(w + 1e-6) - loss(w)) / 1e-6,
        "backwards, in an array": lambda loss, w: np.array([(loss(w) - loss(w - 1e-5)) / 1e-5]),
        "by a parabola": by_interpolation,
    },
    "3.6": {"a generator over the library's": moves_of_library},
}

WRONG = {
    "3.1": {"two steps": (-1.2201, "too small")},
    "3.3": {
        "a tiny step": (lambda loss, w: (loss(w + 1e-12) - loss(w - 1e-12)) / 2e-12, "slope of"),
        "not divided, and closer": (
            lambda loss, w: loss(w + 1e-5) - loss(w - 1e-5),
            "distance between the two points",
        ),
        "only the bag": (lambda loss, w: 1 / (1 + math.exp(-w)) - 0.75, "the slope of w squared"),
        "a step that rounding swallows": (
            lambda loss, w: (loss(w + 1e-17) - loss(w)) / 1e-17,
            "a hundred-thousandth apart",
        ),
        "times the weight": (lambda loss, w: measure_slope(loss, w) * w, "the slope of"),
        "rounded": (lambda loss, w: round(measure_slope(loss, w), 1), "the slope of"),
        "a list of both": (lambda loss, w: [loss(w), loss(w + 1)], "a single number"),
        "a tenth": (lambda loss, w: (loss(w + 0.1) - loss(w)) / 0.1, "a hundred-thousandth"),
        "at most 10": (lambda f, w: min(measure_slope(f, w), 10.0), "the slope of"),
        "w at most 3": (lambda f, w: measure_slope(f, min(w, 3)), "the slope of"),
        "w at least -2": (lambda f, w: measure_slope(f, max(w, -2)), "the slope of"),
    },
    "3.4": {
        "always the first": (lambda z, y: slopes_of_scores(z, 0), "should give"),
        "cut off at 700": (clipped, "wrong for"),
        "a column": (lambda z, y: slopes_of_scores(z, y)[:, None], "not an array of shape"),
        "no shift": (lambda z, y: np.exp(z) / np.exp(z).sum() - np.eye(len(z))[y], "largest score"),
        "less the mean": (shifted(lambda z, y: z.mean()), "take the largest"),
        "less the first": (shifted(lambda z, y: z[0]), "take the largest"),
        "four digits": (lambda z, y: slopes_of_scores(z, y).round(4), "should give"),
        "squeezed": (lambda z, y: slopes_of_scores(z, y).squeeze(), "should give 1 slopes"),
        "29 at most": (lambda z, y: slopes_of_scores(z, y)[:29], "65 scores should give"),
    },
    "3.5": {
        "as many rows as ids": (
            lambda a, b, size, *plan: descend(a, b, max(*a, *b) + 1, *plan),
            "shape",
        ),
        "twice the rate": (lambda *case: descend(*case[:4], 2 * case[4]), "should leave"),
        "a random start": (
            lambda *case: np.random.default_rng(0).normal(0, 0.1, case[2]) + descend(*case),
            "begin with zeros",
        ),
        "one step": (lambda *case: descend(*case[:3], 1, case[4]), "should leave"),
        "counted": (counted, "begin with zeros"),
        "flat": (lambda *case: np.ravel(descend(*case)), "shape"),
        "Keras, not told of scores": (keras_untold, "`from_logits=True`"),
        "Keras' Adam": (
            lambda *case: keras_untold(*case, optimizer="Adam", told=True),
            "as Adam does",
        ),
        "PyTorch's Adam": (lambda *case: torch_with(*case, optimizer="Adam"), "as Adam does"),
        "PyTorch's RMSprop": (lambda *case: torch_with(*case, optimizer="RMSprop"), "a sum of 0"),
        "softmax before PyTorch's loss": (
            lambda *case: torch_with(*case, twice=True),
            "two softmaxes",
        ),
        "a mean for each row": (mean_of_each_row, "should leave"),
        "ones": (lambda *case: descend(*case) if case[3] else np.ones((3, 3)), "all zeros"),
        "12 steps at most": (
            lambda a, b, n, steps, rate: descend(a, b, n, min(steps, 12), rate),
            "30 steps with a rate",
        ),
        "50 pairs at most": (lambda a, b, *more: descend(a[:50], b[:50], *more), "for 90 pairs"),
        "a rate of 5 at most": (
            lambda a, b, n, steps, rate: descend(a, b, n, steps, min(rate, 5)),
            "with a rate of 8",
        ),
        "nothing above 1": (lambda *a: descend(*a).clip(-1, 1), "in row"),
    },
    "3.6": {
        "an epsilon of 1e-3": (adam_with(epsilon=1e-3), "last move"),
        "no epsilon": (adam_with(epsilon=0.0), "add epsilon"),
        "momentum": (
            lambda slopes, rate: [
                -rate * sum(0.9 ** (t - s) * slopes[s] for s in range(t + 1))
                for t in range(len(slopes))
            ],
            "last move should be",
        ),
        "a little short": (
            lambda slopes, rate: 0.9 * np.array(adam_moves(slopes, rate)),
            "last move should be",
        ),
        "the first alone": (lambda slopes, rate: adam_moves(slopes, rate)[:1], "moves"),
        "one constant for both": (adam_with(betas=(0.9, 0.9)), "last move should be"),
        "20 slopes": (lambda g, r: adam_moves(g[:20], r), "40 slopes should give as many"),
        "slopes to 3": (lambda g, r: adam_moves(np.clip(g, -3, 3), r), "should be"),
        "two digits": (lambda g, r: adam_moves(np.round(g, 2), r), "should be"),
        "no move at a slope of 0": (skip_zeros, "the running means move on"),
    },
    "3.7": {
        "the lowest of the first": (
            lambda losses, patience: int(np.argmin(losses[: patience + 1])),
            "the index should be",
        ),
        "the last": (lambda losses, patience: len(losses) - 1, "the index should be"),
        "compared with an older one": (
            lambda losses, patience: stop_with(
                lambda before, loss: len(before) < patience or loss <= before[-patience]
            )(losses, 1),
            "the index should be",
        ),
        "lowest begins at 1,000": (stop_if_lower(start=1000.0), "should be 3, not 0"),
        "a least fall": (stop_if_lower(less=1e-4), "should be 4, not 1"),
        "30 losses": (
            lambda losses, patience: best_step(losses[:30], patience),
            "should be 48, not 24",
        ),
        "patience of 10": (
            lambda losses, patience: best_step(losses, min(patience, 10)),
            "should be 48, not 0",
        ),
    },
}
