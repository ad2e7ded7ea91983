"""Other right and wrong answers to the exercises of chapter 15."""

from fractions import Fraction

import keras
import numpy as np
import tensorflow as tf
import torch

from exercises import Value
from exercises import chapter_15 as exercises
from exercises.chapter_15 import mask_of

# 15.2


def with_loops(lengths, T):
    return [[t < n for t in range(T)] for n in lengths]


def in_pytorch(lengths, T):
    return torch.arange(T) < torch.tensor(np.array(lengths))[:, None]


def in_tensorflow(lengths, T):
    return tf.sequence_mask(lengths, T)


def as_numbers(lengths, T):
    return (np.arange(T)[None] < np.reshape(lengths, (-1, 1))).astype(float)


def by_broadcasting(lengths, T):
    return np.arange(T) < lengths[:, None]


# 15.3


def row_by_row(hs, lengths):
    return [row[:n].mean(axis=0) for row, n in zip(hs, lengths, strict=True)]


def mean_in_pytorch(hs, lengths):
    hs, lengths = torch.tensor(hs), torch.tensor(lengths)
    mask = torch.arange(hs.shape[1]) < lengths[:, None]
    return hs.masked_fill(~mask[..., None], 0).sum(dim=1) / lengths[:, None]


def mean_in_keras(hs, lengths):
    mask = np.arange(hs.shape[1]) < lengths[:, None]
    return keras.layers.GlobalAveragePooling1D(dtype="float64")(hs, mask=mask)


def by_running_sums(hs, lengths):
    return hs.cumsum(axis=1)[np.arange(len(hs)), lengths - 1] / lengths[:, None]


def zeroed_in_place(hs, lengths):
    hs[np.arange(hs.shape[1]) >= lengths[:, None]] = 0
    return hs.sum(axis=1) / lengths[:, None]


def times_the_mask(hs, lengths):
    mask = np.arange(hs.shape[1]) < lengths[:, None]
    return (hs * mask[..., None]).sum(axis=1) / lengths[:, None]


# 15.5


def ends_one_by_one(hs, lengths):
    H = hs.shape[2] // 2
    return [[*row[n - 1, :H], *row[0, H:]] for row, n in zip(hs, lengths, strict=True)]


def ends_in_pytorch(hs, lengths):
    hs = torch.tensor(hs)
    forward, backward = hs.chunk(2, dim=-1)
    return torch.cat([forward[torch.arange(len(hs)), lengths - 1], backward[:, 0]], dim=-1)


def ends_by_taking(hs, lengths):
    H = hs.shape[2] // 2
    forward = np.take_along_axis(hs[..., :H], (lengths - 1)[:, None, None], axis=1)[:, 0]
    return np.hstack([forward, hs[:, 0, H:]])


RIGHT = {
    "15.1": {
        "a fraction": Fraction(5, 12),
        "two digits": 0.42,
        "of NumPy": np.float32(15 / 36),
    },
    "15.2": {
        "loops": with_loops,
        "PyTorch": in_pytorch,
        "TensorFlow": in_tensorflow,
        "broadcasting": by_broadcasting,
    },
    "15.3": {
        "row by row": row_by_row,
        "PyTorch": mean_in_pytorch,
        "Keras": mean_in_keras,
        "running sums": by_running_sums,
    },
    "15.4": {
        "three digits": 0.662,
        "a fraction": (Fraction(18, 22) + Fraction(1, 2) + Fraction(2, 3)) / 3,
        "by precision and recall": Value("""
            p, r = np.array([9 / 10, 3 / 7, 2 / 3]), np.array([9 / 12, 3 / 5, 2 / 3])
            answer = np.mean(2 * p * r / (p + r))
            """),
    },
    "15.5": {
        "one by one": ends_one_by_one,
        "PyTorch": ends_in_pytorch,
        "taken": ends_by_taking,
    },
    "15.6": {
        "two digits": 0.73,
        "a sigmoid": Value("1 / (1 + np.exp(-1))"),
        "a softmax": Value("float(np.exp(1) / (np.exp(1) + np.exp(0)))"),
    },
}

WRONG = {
    "15.1": {
        "too small by a digit": (0.41, "too small"),
        "between the digits": (0.425, "too large"),
        "too large by a digit": (0.43, "too large"),
        "a text": ("5/12", "a single number"),
    },
    "15.2": {
        "eight steps": (lambda L, T: mask_of(L, T) if T <= 8 else None, "returns nothing"),
        "ones and zeros": (as_numbers, "True and False, not numbers"),
        "one row": (lambda lengths, T: np.arange(T) < max(lengths), "has the shape"),
        "the first row for all": (
            lambda lengths, T: np.repeat([np.arange(T) < lengths[0]], len(lengths), 0),
            "row 1 has 3 places",
        ),
        "T forgotten": (
            lambda lengths, T: np.arange(max(lengths)) < np.asarray(lengths)[:, None],
            "has the shape (1, 3)",
        ),
    },
    "15.3": {
        "times the mask": (times_the_mask, "choose with np.where"),
        "in place": (zeroed_in_place, "changes what it was given"),
        "rounded": (lambda hs, lengths: np.round(times_the_mask(hs, lengths), 3), "unrounded"),
        "half precision": (
            lambda hs, lengths: times_the_mask(hs, lengths).astype("float16"),
            "not in float16",
        ),
        "one number": (lambda hs, lengths: hs.mean(), "one vector for each"),
        "the first step left out": (
            lambda hs, lengths: [row[1:n].sum(0) / n for row, n in zip(hs, lengths, strict=True)],
            "has the mean",
        ),
    },
    "15.4": {
        "a digit too small": (0.661, "too small"),
        "a sum": (1.985, "too large"),
        "a text": ("0.66", "a single number"),
    },
    "15.5": {
        "the last column forwards": (
            lambda hs, lengths: np.hstack([hs[:, -1, :1], hs[:, 0, 1:]]),
            "the forward half is not",
        ),
        "one half": (lambda hs, lengths: hs[:, 0, hs.shape[2] // 2 :], "side by side"),
        "both halves the same": (
            lambda hs, lengths: np.repeat(hs[:, 0, hs.shape[2] // 2 :], 2, axis=1),
            "the forward half is not",
        ),
    },
    "15.6": {
        "a digit too large": (0.74, "too large"),
        "between the digits": (0.735, "too large"),
        "a digit too small": (0.72, "too small"),
        "a list": ([0.73, 0.27], "a single number"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["15.2"] |= {
    "10 rows": (
        lambda n, T: np.vstack(
            [exercises.mask_of(n, T)[:10], np.zeros((max(len(n), 10) - 10, T)) > 0]
        ),
        "row 11 has 0 places",
    ),
    "8 bits": (lambda n, T: exercises.mask_of(n.astype("int8"), T), "row 1 has 0 places"),
}
WRONG["15.5"] |= {
    "8 rows": (
        lambda hs, n: np.vstack([exercises.both_ends(hs, n)[:8], hs[8:, 0]]),
        "forward half is not the state",
    ),
}
