"""Other right and wrong answers to the exercises of chapter 4."""

import numpy as np
import torch
from keras import ops

from exercises import Value
from exercises.chapter_04 import last_states

CRITICAL = Value("""
    top = np.sqrt(1 - 1 / 2)  # where 2 h - artanh(h) is greatest
    answer = (9.0, 2.0, -(2 * top - np.arctanh(top)) - {below})
    """).code


def near_the_edge(below):
    """Weights whose resting place above zero is missed, or reached, by very little."""
    return Value(CRITICAL.format(below=below))


def step_by_step_torch(layer, first, second):
    h = None
    for x in torch.cat([first, second], dim=1).split(1, dim=1):
        _, h = layer(x, h)
    return h.squeeze(0).tolist()


def joined_torch(axis):
    """Both parts joined along an axis, and read at once."""
    return lambda layer, first, second: layer(torch.cat([first, second], dim=axis))[1]


def joined_keras(axis):
    return lambda layer, first, second: layer(ops.concatenate([first, second], axis=axis))[1]


def read_on(layer, first, second):
    return layer(second, layer(first)[1])[1]


def in_place(layer, first, second):
    h = layer(first)[1]
    second *= 0.5
    return layer(second, h)[1]


RETURNED = torch.nn.RNN(8, 16, batch_first=True)(torch.zeros(32, 10, 8))  # hs and h


RIGHT = {
    "4.1": {"two digits that are right to three": 0.45},
    "4.4": {"three digits": 0.607},
    "4.5": {
        "joined, in Keras": joined_keras(1),
        "the last output, in PyTorch": lambda layer, first, second: layer(second, layer(first)[1])[
            0
        ][:, -1],
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
    "4.1": {"two digits": (0.46, "too large"), "the bias left out": (0.346, "too small")},
    "4.4": {"two digits": (0.61, "so many digits")},
    "4.2": {
        "time first": ((1, 10, 16), "wrong sizes"),
        "the embedding": ((1, 32, 8), "wrong sizes"),
        "the layer last": ((32, 16, 1), "wrong sizes"),
        "the state itself": (RETURNED[1], "give the shape of `h`"),
        "all that the layer returns": (RETURNED, "give the shape of `h`"),
        "written out": ("(1, 32, 16)", "a shape was expected"),
        "one number": (512, "has 1 axes"),
        "halves": ((1, 32, 16.5), "a shape was expected"),
    },
    "4.3": {
        "two rows": (lambda hs, lengths: last_states(hs[:2], lengths[:2]), "not (2, 7)"),
        "the largest": (
            lambda hs, lengths: [row[:n].max(axis=0) for row, n in zip(hs, lengths, strict=True)],
            "not the states after",
        ),
        "cut off at zero": (
            lambda hs, lengths: np.maximum(0, last_states(hs, lengths)),
            "not the states after",
        ),
        "in order of length": (
            lambda hs, n: last_states(hs[np.argsort(n)], np.sort(n)),
            "not the states after",
        ),
        "the first unit": (lambda hs, lengths: last_states(hs, lengths)[:, 0], "not (3,)"),
        "time kept": (lambda hs, lengths: last_states(hs, lengths)[:, None], "not (3, 1, 7)"),
        "every length for every row": (
            lambda hs, lengths: hs[:, lengths - 1],
            "pair rows with lengths",
        ),
        "all states": (lambda hs, lengths: hs, "the answer should be"),
        "8 rows": (
            lambda hs, n: np.vstack([last_states(hs, n)[:8], hs[8:, -1]]),
            "lengths [3, 9, 1",
        ),
        "6 steps": (lambda hs, n: last_states(hs, np.minimum(n, 6)), "lengths [3, 9, 1"),
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
        "joined along the batch": (joined_torch(0), "joined along the batch"),
        "joined along the batch, in Keras": (joined_keras(0), "along the batch"),
        "PyTorch's own error": (joined_torch(3), "stops with an error (nn.RNN: IndexError"),
        "second before first": (
            lambda layer, first, second: read_on(layer, second, first),
            "second part was read first",
        ),
        "second twice": (
            lambda layer, first, second: read_on(layer, second, second),
            "second part was read twice",
        ),
        "added": (
            lambda layer, first, second: layer(first)[1] + layer(second)[1],
            "read apart and added",
        ),
        "one row only": (lambda *given: read_on(*given)[:, 0], "has the shape"),
        "both results": (
            lambda layer, first, second: layer(second, layer(first)[1]),
            "array, the last state",
        ),
        "its text changed": (in_place, "changes what it was given"),
        "one length": (
            lambda layer, first, second: read_on(layer, first, second[:, :3]),
            "not the state after both",
        ),
        "started again": (lambda layer, first, second: layer(second)[1], "from zeros"),
        "nothing": (lambda layer, first, second: None, "returns nothing"),
        "zeros": (lambda layer, first, second: np.zeros((2, 6)), "not the state after both"),
        "a word": (lambda layer, first, second: "h", "should hold numbers"),
        "every state": (
            lambda layer, first, second: layer(second, layer(first)[1])[0],
            "only the last state",
        ),
        "the first part": (lambda layer, first, second: layer(first)[1], "second was not read"),
        "no such method": (lambda layer, first, second: layer.read(first), "fits neither"),
    },
    "4.6": {
        "forgets at step 74": (near_the_edge(0.0024), "forgotten 74 steps later"),
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
