"""Other right and wrong answers to the exercises of chapter 4."""

from fractions import Fraction

import numpy as np

from exercises import Value
from exercises import chapter_04 as exercises

CRITICAL = Value("""
    top = np.sqrt(1 - 1 / 2)  # where 2 h - artanh(h) is greatest
    answer = (9.0, 2.0, -(2 * top - np.arctanh(top)) - {below})
    """).code


def near_the_edge(below):
    """Weights whose resting place above zero is missed, or reached, by very little."""
    return Value(CRITICAL.format(below=below))


def along_the_axis(hs, lengths):
    return np.take_along_axis(hs, lengths[:, None, None] - 1, axis=1)[:, 0]


def two_rows(hs, lengths):
    return np.stack([hs[0, lengths[0] - 1], hs[1, lengths[1] - 1]])


def padding_wiped(hs, lengths):
    for row, n in zip(hs, lengths, strict=True):
        row[n:] = 0
    return np.stack([row[n - 1] for row, n in zip(hs, lengths, strict=True)])


def largest(hs, lengths):
    return np.stack([row[:n].max(axis=0) for row, n in zip(hs, lengths, strict=True)])


def positive_only(hs, lengths):
    return np.maximum(0, along_the_axis(hs, lengths))


def sorted_rows(hs, lengths):
    order = np.argsort(lengths)
    return hs[order, lengths[order] - 1]


def joined_keras(layer, first, second):
    from keras import ops

    return layer(ops.concatenate([first, second], axis=1))[1]


def last_output_torch(layer, first, second):
    return layer(second, layer(first)[1])[0][:, -1]


def step_by_step_torch(layer, first, second):
    import torch

    h = None
    for x in torch.cat([first, second], dim=1).split(1, dim=1):
        _, h = layer(x, h)
    return h.squeeze(0).tolist()


def joined_along_the_batch(layer, first, second):
    import torch

    return layer(torch.cat([first, second], dim=0))[1]


def joined_along_the_batch_keras(layer, first, second):
    from keras import ops

    return layer(ops.concatenate([first, second], axis=0))[1]


def no_such_axis(layer, first, second):
    import torch

    return layer(torch.cat([first, second], dim=3))[1]


def second_first(layer, first, second):
    return read_on(layer, second, first)


def read_on(layer, first, second):
    return layer(second, layer(first)[1])[1]


def second_twice(layer, first, second):
    return read_on(layer, second, second)


def added(layer, first, second):
    return layer(first)[1] + layer(second)[1]


def without_batch(layer, first, second):
    return read_on(layer, first, second)[:, 0]


def both_results(layer, first, second):
    return layer(second, layer(first)[1])


def in_place(layer, first, second):
    h = layer(first)[1]
    second *= 0.5
    return layer(second, h)[1]


def five_steps(layer, first, second):
    return read_on(layer, first, second[:, :3])


RIGHT = {
    "4.1": {"two digits that are right to three": 0.450},
    "4.4": {"three digits": 0.607},
    "4.5": {
        "joined, in Keras": joined_keras,
        "the last output, in PyTorch": last_output_torch,
        "step by step, as lists": step_by_step_torch,
    },
    "4.6": {
        "a list of whole numbers": [8, 4, -2],
        "large": (1000.0, 300.0, -100.0),
        "barely pushed down": (3.0, 1.5, -0.01),
        "a resting place that only just exists": near_the_edge(-1e-6),
        "computed": Value("answer = [3 * (1 + 0.95), 3.0, -1.0]"),
    },
}
WRONG = {
    "4.1": {
        "the first letter, its second number": (0.604, "too large"),
        "without the bias": (0.346, "too small"),
        "both units": ((0.4504, 0.8624), "a single number"),
        "two digits": (0.46, "too large"),
        "as a string": ("0.450", "a single number"),
    },
    "4.2": {
        "time first": ((1, 10, 16), "wrong sizes"),
        "the embedding": ((1, 32, 8), "wrong sizes"),
        "the layer last": ((32, 16, 1), "wrong sizes"),
        "the state itself": (
            Value("""
            import torch

            answer = torch.nn.RNN(8, 16, batch_first=True)(torch.zeros(32, 10, 8))[1]
            """),
            "give the shape of `h`",
        ),
        "all that the layer returns": (
            Value("""
            import torch

            answer = torch.nn.RNN(8, 16, batch_first=True)(torch.zeros(32, 10, 8))
            """),
            "give the shape of `h`",
        ),
        "written out": ("(1, 32, 16)", "a shape was expected"),
        "one number": (512, "has 1 axes"),
        "halves": ((1, 32, 16.5), "a shape was expected"),
    },
    "4.3": {
        "two rows": (two_rows, "not (2, 7)"),
        "in place": (padding_wiped, "changes what it was given"),
        "the largest": (largest, "not the states after"),
        "cut off at zero": (positive_only, "not the states after"),
        "in order of length": (sorted_rows, "not the states after"),
        "the first unit": (lambda hs, lengths: along_the_axis(hs, lengths)[:, 0], "not (3,)"),
        "time kept": (lambda hs, lengths: along_the_axis(hs, lengths)[:, None], "not (3, 1, 7)"),
        "every length for every row": (
            lambda hs, lengths: hs[:, lengths - 1],
            "pair rows with lengths",
        ),
        "all states": (lambda hs, lengths: hs, "the answer should be"),
    },
    "4.4": {
        "two digits": (0.61, "too large"),
        "the sum": (6.068, "too large"),
        "without the sign": (-0.607, "too small"),
        "a fraction of it": (Fraction(1, 2), "too small"),
    },
    "4.5": {
        "every state for the first": (
            lambda layer, first, second: layer(second, initial_state=layer(first)[0])[1],
            "handed its states after every",
        ),
        "every state for the first, by place": (
            lambda layer, first, second: layer(second, layer(first)[0])[1],
            "handed its states after every",
        ),
        "joined along the batch": (joined_along_the_batch, "joined along the batch"),
        "joined along the batch, in Keras": (joined_along_the_batch_keras, "along the batch"),
        "PyTorch's own error": (no_such_axis, "stops with an error (nn.RNN: IndexError"),
        "second before first": (second_first, "second part was read first"),
        "second twice": (second_twice, "second part was read twice"),
        "added": (added, "read apart and added"),
        "one row only": (without_batch, "has the shape"),
        "both results": (both_results, "array, the last state"),
        "its text changed": (in_place, "changes what it was given"),
        "one length": (five_steps, "not that after both"),
        "started again": (lambda layer, first, second: layer(second)[1], "from zeros"),
        "nothing": (lambda layer, first, second: None, "returns nothing"),
        "zeros": (lambda layer, first, second: np.zeros((2, 6)), "not that after both"),
        "a word": (lambda layer, first, second: "h", "should hold numbers"),
        "every state": (exercises.every_state, "only the last state"),
        "the first part": (exercises.only_the_first, "second was not read"),
        "no such method": (lambda layer, first, second: layer.read(first), "fits neither"),
    },
    "4.6": {
        "forgets at step 74": (
            Value("""
            top = np.sqrt(1 - 1 / 2)
            answer = (9.0, 2.0, -(2 * top - np.arctanh(top)) - 0.0024)
            """),
            "forgotten 74 steps later",
        ),
        "forgets after 300 steps": (near_the_edge(1.5e-4), "steps later"),
        "forgets after 11,812 steps": (near_the_edge(1e-7), "goes on falling"),
        "no push down": ((6.0, 3.0, 0.0), "not negative while"),
        "too weak a push up, when zeros came first": ((3.0, 3.0, -1.0), "unnoticed after"),
        "a sum of exactly 0": ((1.0, 5.0, -1.0), "does not become positive"),
        "lifted, but below the edge": ((4.4, 3.0, -1.0), "forgotten"),
        "one that swings": ((3.0, -2.0, -0.5), "not negative while"),
        "no feedback": ((6.0, 0.0, -1.0), "forgotten 1 step later"),
        "feedback of 1": ((6.0, 1.0, -0.001), "steps later"),
        "upside down": ((-6.0, 3.0, 1.0), "not negative while"),
        "two numbers": ((6.0, 3.0), "three numbers"),
        "infinite": ((np.inf, 3.0, -1.0), "finite"),
        "in words": (("6", "3", "-1"), "should hold numbers"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["4.3"] |= {
    "8 rows": (
        lambda hs, n: np.vstack([exercises.last_states(hs, n)[:8], hs[8:, -1]]),
        "lengths [3, 9, 1",
    ),
    "6 steps": (lambda hs, n: exercises.last_states(hs, np.minimum(n, 6)), "lengths [3, 9, 1"),
}
