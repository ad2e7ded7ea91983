"""Other right and wrong answers to the exercises of chapter 3."""

import math

import numpy as np

from exercises import chapter_03 as exercises
from exercises.chapter_03 import numpy_train_table

# 3.3


def one_sided(loss, w):
    h = 1e-6
    return (loss(w + h) - loss(w)) / h


def backwards(loss, w):
    return np.array([(loss(w) - loss(w - 1e-5)) / 1e-5])


def by_interpolation(loss, w):
    """A parabola through three points close to w."""
    h = 1e-3
    return np.polyfit([-h, 0, h], [loss(w - h), loss(w), loss(w + h)], 2)[1]


def change_alone(loss, w):
    return loss(w + 1e-5) - loss(w - 1e-5)


def only_the_bag(loss, w):
    return 1 / (1 + math.exp(-w)) - 0.75


def too_small(loss, w):
    return (loss(w + 1e-17) - loss(w)) / 1e-17


def of_the_tangent(loss, w):
    return (loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5 * w


def rounded(loss, w):
    return round((loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5, 1)


# 3.4


def by_a_loop(z, y):
    largest = max(z)
    powers = [math.exp(score - largest) for score in z]
    return [power / sum(powers) - (j == y) for j, power in enumerate(powers)]


def always_the_first(z, y):
    return by_a_loop(z, 0)


def clipped(z, y):
    e = np.exp(np.clip(z, -700, 700))
    return e / e.sum() - np.eye(len(z))[y]


def kept_as_column(z, y):
    return np.array(by_a_loop(z, y))[:, None]


def in_place(z, y):
    z -= z.max()
    np.exp(z, out=z)
    z /= z.sum()
    z[y] -= 1
    return z


# 3.5


def from_counts(first, second, size, steps, rate):
    counts = np.zeros((size, size))
    np.add.at(counts, (first, second), 1)
    table = np.zeros((size, size))
    for _ in range(steps):
        shares = np.exp(table) / np.exp(table).sum(axis=1)[:, None]
        table -= rate * (counts.sum(axis=1)[:, None] * shares - counts) / counts.sum()
    return table.tolist()


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


def keras_adam(*case):
    return keras_untold(*case, optimizer="Adam", told=True)


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


def torch_adam(*case):
    return torch_with(*case, optimizer="Adam")


def torch_softmax_twice(*case):
    return torch_with(*case, twice=True)


def torch_rmsprop(*case):
    return torch_with(*case, optimizer="RMSprop")


def twice_as_fast(first, second, size, steps, rate):
    return from_counts(first, second, size, steps, 2 * rate)


def random_start(first, second, size, steps, rate):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(size, size)) / 10
    return table + from_counts(first, second, size, steps, rate)


def one_step_only(first, second, size, steps, rate):
    return from_counts(first, second, size, 1, rate)


def counted(first, second, size, steps, rate):
    counts = np.zeros((size, size))
    np.add.at(counts, (first, second), 1)
    return counts / np.maximum(counts.sum(axis=1)[:, None], 1)


def flat(first, second, size, steps, rate):
    return np.ravel(from_counts(first, second, size, steps, rate))


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


def moves_of_torch(slopes, rate):
    import torch

    weight = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer, moves = torch.optim.Adam([weight], lr=rate), []
    for slope in slopes:
        before, weight.grad = weight.item(), torch.tensor(slope, dtype=torch.float64)
        optimizer.step()
        moves.append(weight.item() - before)
    return moves


def moves_of_library(slopes, rate):
    from rnnlib.models.optimizers import Adam

    params, adam = {"w": np.zeros(1)}, Adam()
    for slope in slopes:
        before = params["w"].copy()
        adam.update(params, {"w": np.array([slope])}, rate)
        yield params["w"] - before


def of_momentum(slopes, rate):
    velocity, moves = 0.0, []
    for slope in slopes:
        velocity = 0.9 * velocity + slope
        moves.append(-rate * velocity)
    return moves


def epsilon_too_large(slopes, rate):
    return np.array(moves_of_torch(slopes, rate)) * 0.9


def first_only(slopes, rate):
    return moves_of_torch(slopes, rate)[:1]


def both_decays_equal(slopes, rate):
    m = v = 0.0
    moves = []
    for t, g in enumerate(slopes, 1):
        m, v = 0.9 * m + 0.1 * g, 0.9 * v + 0.1 * g * g
        moves.append(-rate * m / (1 - 0.9**t) / math.sqrt(v / (1 - 0.9**t)))
    return moves


# 3.7


def lowest_of_the_first(losses, patience):
    return int(np.argmin(losses[: patience + 1]))


def last(losses, patience):
    return len(losses) - 1


def looks_two_back(losses, patience):
    """Bad is what is above the loss `patience` steps before."""
    for step in range(patience, len(losses)):
        if losses[step] > losses[step - patience]:
            return int(np.argmin(losses[: step + 1]))
    return int(np.argmin(losses))


def no_silent_character(first, second, size, steps, rate):
    return numpy_train_table(first, second, max(*first, *second) + 1, steps, rate)


def moves_with(slopes, rate, epsilon):
    m = v = 0.0
    moves = []
    for t, g in enumerate(slopes, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        below = (v / (1 - 0.999**t)) ** 0.5 + epsilon
        moves.append(-rate * m / (1 - 0.9**t) / below)
    return moves


RIGHT = {
    "3.3": {
        "one-sided": one_sided,
        "backwards, in an array": backwards,
        "by a parabola": by_interpolation,
    },
    "3.6": {"a generator over the library's": moves_of_library},
}

WRONG = {
    "3.1": {"two steps": (-1.2201, "too small"), "a string": ("-0.8", "a single number")},
    "3.2": {"characters for pairs": (3 * 1_003_854, "too large")},
    "3.3": {
        "a tiny step": (lambda loss, w: (loss(w + 1e-12) - loss(w - 1e-12)) / 2e-12, "slope of"),
        "not divided, and closer": (change_alone, "distance between the two points"),
        "only the bag": (only_the_bag, "the slope of w squared"),
        "a step that rounding swallows": (too_small, "a hundred-thousandth apart"),
        "times the weight": (of_the_tangent, "the slope of"),
        "rounded": (rounded, "the slope of"),
        "a list of both": (lambda loss, w: [loss(w), loss(w + 1)], "one number"),
        "a tenth": (lambda loss, w: (loss(w + 0.1) - loss(w)) / 0.1, "a hundred-thousandth"),
    },
    "3.4": {
        "always the first": (always_the_first, "should give"),
        "cut off at 700": (clipped, "wrong for"),
        "a column": (kept_as_column, "not an array of shape"),
        "in place": (in_place, "changes what it was given"),
        "no shift": (lambda z, y: np.exp(z) / np.exp(z).sum() - np.eye(len(z))[y], "largest score"),
    },
    "3.5": {
        "as many rows as ids": (no_silent_character, "shape"),
        "twice the rate": (twice_as_fast, "should leave"),
        "a random start": (random_start, "begin with zeros"),
        "one step": (one_step_only, "should leave"),
        "counted": (counted, "begin with zeros"),
        "flat": (flat, "shape"),
        "Keras, not told of scores": (keras_untold, "`from_logits=True`"),
        "Keras' Adam": (keras_adam, "as Adam does"),
        "PyTorch's Adam": (torch_adam, "as Adam does"),
        "PyTorch's RMSprop": (torch_rmsprop, "a sum of 0"),
        "softmax before PyTorch's loss": (torch_softmax_twice, "two softmaxes"),
        "a mean for each row": (mean_of_each_row, "should leave"),
        "ones": (
            lambda *case: exercises.descend(*case) if case[3] else np.ones((3, 3)),
            "all zeros",
        ),
    },
    "3.6": {
        "an epsilon of 1e-3": (lambda slopes, rate: moves_with(slopes, rate, 1e-3), "last move"),
        "no epsilon": (lambda slopes, rate: moves_with(slopes, rate, 0.0), "add epsilon"),
        "momentum": (of_momentum, "last move should be"),
        "a little short": (epsilon_too_large, "last move should be"),
        "the first alone": (first_only, "moves"),
        "one constant for both": (both_decays_equal, "last move should be"),
    },
    "3.7": {
        "the lowest of the first": (lowest_of_the_first, "the index should be"),
        "the last": (last, "the index should be"),
        "compared with an older one": (looks_two_back, "the index should be"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["3.3"] |= {
    "at most 10": (lambda f, w: min(exercises.measure_slope(f, w), 10.0), "the slope of"),
    "w at most 3": (lambda f, w: exercises.measure_slope(f, min(w, 3)), "the slope of"),
    "w at least -2": (lambda f, w: exercises.measure_slope(f, max(w, -2)), "the slope of"),
}


def shifted(by):
    """The slopes after a shift of the scores by another number than the largest."""

    def version(z, y):
        e = np.exp(z - by(z, y))
        return e / e.sum() - np.eye(len(z))[y]

    return version


WRONG["3.4"] |= {
    "less the mean": (shifted(lambda z, y: z.mean()), "take the largest"),
    "less the first": (shifted(lambda z, y: z[0]), "take the largest"),
    "four digits": (lambda z, y: exercises.slopes_of_scores(z, y).round(4), "should give"),
    "squeezed": (lambda z, y: exercises.slopes_of_scores(z, y).squeeze(), "should give 1 slopes"),
    "29 at most": (lambda z, y: exercises.slopes_of_scores(z, y)[:29], "65 scores should give"),
}
WRONG["3.5"] |= {
    "12 steps at most": (
        lambda a, b, n, steps, rate: exercises.numpy_train_table(a, b, n, min(steps, 12), rate),
        "30 steps with a rate",
    ),
    "50 pairs at most": (
        lambda a, b, *more: exercises.numpy_train_table(a[:50], b[:50], *more),
        "for 90 pairs",
    ),
    "a rate of 5 at most": (
        lambda a, b, n, steps, rate: exercises.numpy_train_table(a, b, n, steps, min(rate, 5)),
        "with a rate of 8",
    ),
    "nothing above 1": (lambda *a: exercises.numpy_train_table(*a).clip(-1, 1), "in row"),
}


def skip_zeros(slopes, rate):
    moves = iter(exercises.adam_moves([g for g in slopes if g], rate))
    return [next(moves) if g else 0.0 for g in slopes]


WRONG["3.6"] |= {
    "20 slopes": (lambda g, r: exercises.adam_moves(g[:20], r), "40 slopes should give as many"),
    "slopes to 3": (lambda g, r: exercises.adam_moves(np.clip(g, -3, 3), r), "should be"),
    "two digits": (lambda g, r: exercises.adam_moves(np.round(g, 2), r), "should be"),
    "no move at a slope of 0": (skip_zeros, "the running means move on"),
}


def stop(start=np.inf, less=0.0, digits=9, most=None, patient=99):
    """`best_step` from another first lowest loss, with a least fall, or of rounded losses."""

    def version(losses, patience):
        best, place, bad = start, 0, 0
        for step, loss in enumerate(np.round(losses[:most], digits)):
            if loss < best - less:
                best, place, bad = loss, step, 0
            else:
                bad += 1
            if bad >= min(patience, patient):
                break
        return place

    return version


WRONG["3.7"] |= {
    "lowest begins at 1,000": (stop(start=1000.0), "should be 3, not 0"),
    "a least fall": (stop(less=1e-4), "should be 4, not 1"),
    "30 losses": (stop(most=30), "should be 48, not 24"),
    "patience of 10": (stop(patient=10), "should be 48, not 0"),
}
