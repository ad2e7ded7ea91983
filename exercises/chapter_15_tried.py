"""Other right and wrong answers to the exercises of chapter 15."""

from fractions import Fraction

import keras
import numpy as np
import tensorflow as tf

from exercises import Value
from exercises.chapter_15 import both_ends, mask_of, masked_mean

# 15.3


def row_by_row(hs, lengths):
    return [row[:n].mean(axis=0) for row, n in zip(hs, lengths, strict=True)]


def mean_in_keras(hs, lengths):
    mask = tf.sequence_mask(lengths, hs.shape[1])
    return keras.layers.GlobalAveragePooling1D(dtype="float64")(hs, mask=mask)


def times_the_mask(hs, lengths):
    return (hs * mask_of(lengths, hs.shape[1])[..., None]).sum(axis=1) / lengths[:, None]


# 15.5


def ends_one_by_one(hs, lengths):
    H = hs.shape[2] // 2
    return [[*row[n - 1, :H], *row[0, H:]] for row, n in zip(hs, lengths, strict=True)]


RIGHT = {
    "15.1": {"two digits": 0.42},
    "15.2": {
        "loops": lambda lengths, T: [[t < n for t in range(T)] for n in lengths],
        "TensorFlow": tf.sequence_mask,
    },
    "15.3": {
        "row by row": row_by_row,
        "Keras": mean_in_keras,
        "running sums": lambda hs, lengths: (
            hs.cumsum(axis=1)[np.arange(len(hs)), lengths - 1] / lengths[:, None]
        ),
    },
    "15.4": {
        "three digits": 0.662,
        "a fraction": (Fraction(18, 22) + Fraction(1, 2) + Fraction(2, 3)) / 3,
        "by precision and recall": Value("""
            p, r = np.array([9 / 10, 3 / 7, 2 / 3]), np.array([9 / 12, 3 / 5, 2 / 3])
            answer = np.mean(2 * p * r / (p + r))
            """),
    },
    "15.5": {"one by one": ends_one_by_one},
    "15.6": {"two digits": 0.73, "a sigmoid": Value("1 / (1 + np.exp(-1))")},
}

WRONG = {
    "15.1": {
        "too small by a digit": (0.41, "too small"),
        "between the digits": (0.425, "too large"),
        "too large by a digit": (0.43, "too large"),
        "per cent, rounded": (42, "in per cent"),
    },
    "15.2": {
        "ones and zeros": (lambda *case: 1.0 * mask_of(*case), "True and False, not numbers"),
        "one row": (lambda lengths, T: np.arange(T) < max(lengths), "a mask of shape (3, 3)"),
        "T forgotten": (lambda lengths, T: mask_of(lengths, max(lengths)), "of shape (1, 3)"),
        "the first row for all": (
            lambda lengths, T: mask_of(np.full(len(lengths), lengths[0]), T),
            "row 1 has 3 positions",
        ),
        "10 rows": (
            lambda lengths, T: mask_of(np.where(np.arange(len(lengths)) < 10, lengths, 0), T),
            "row 11 has 0 positions",
        ),
        "8 bits": (lambda lengths, T: mask_of(lengths.astype("int8"), T), "row 1 has 0 positions"),
        "eight steps": (lambda L, T: mask_of(L, T) if T <= 8 else None, "returns nothing"),
    },
    "15.3": {
        "times the mask": (times_the_mask, "choose with np.where"),
        "rounded": (lambda *case: np.round(masked_mean(*case), 3), "unrounded"),
        "half precision": (lambda *case: np.float16(masked_mean(*case)), "not in float16"),
        "one number": (lambda hs, lengths: hs.mean(), "one vector for each"),
        "the largest": (lambda hs, lengths: hs.max(axis=1), "has the mean"),
        "the first step left out": (
            lambda hs, lengths: [row[1:n].sum(0) / n for row, n in zip(hs, lengths, strict=True)],
            "has the mean",
        ),
    },
    "15.4": {
        "a digit too small": (0.661, "is close"),
        "geometric means": (0.6651, "harmonic mean"),
        "a sum": (1.985, "too large"),
    },
    "15.5": {
        "the last column forwards": (
            lambda hs, lengths: np.hstack([hs[:, -1, :1], hs[:, 0, 1:]]),
            "the forward half is not",
        ),
        "both halves the same": (
            lambda hs, lengths: np.repeat(hs[:, 0, hs.shape[2] // 2 :], 2, axis=1),
            "the forward half is not",
        ),
        "8 rows": (
            lambda hs, lengths: np.vstack([both_ends(hs, lengths)[:8], hs[8:, 0]]),
            "forward half is not the state",
        ),
        "one half": (lambda hs, lengths: hs[:, 0, hs.shape[2] // 2 :], "side by side"),
    },
    "15.6": {
        "a digit too large": (0.74, "is close"),
        "between the digits": (0.735, "is close"),
        "a digit too small": (0.72, "too small"),
        "halved afterwards, two digits": (0.44, "before the softmax"),
        "both classes": ([0.73, 0.27], "a single number"),
    },
}
