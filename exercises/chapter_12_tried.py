"""Other right and wrong answers to the exercises of chapter 12."""

from itertools import product

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional as F

from exercises import Value
from exercises.chapter_12 import better, drop_torch, layer_norm, pick_rate

# 12.2


def loop_over_rates(rates, losses):
    best, found = np.inf, None
    for rate, loss in zip(rates, losses, strict=True):
        if np.isfinite(loss) and loss < best:
            best, found = loss, rate
    return found / 4


def until_it_breaks(rates, losses):
    broken = ~np.isfinite(losses)
    end = broken.argmax() if broken.any() else len(losses)
    return rates[losses[:end].argmin()] / 4


def nan_as(number):
    """The rate at the lowest loss where a number stands for each that is not finite."""
    return lambda rates, losses: pick_rate(
        rates, np.nan_to_num(losses, nan=number, posinf=number, neginf=number)
    )


def constant_growth(rates, losses):
    place = np.where(np.isfinite(losses), losses, np.inf).argmin() / max(len(rates) - 1, 1)
    return rates[0] * (rates[-1] / rates[0]) ** place / 4


# 12.3


def every_pair(a, b):
    if all(x < y for x, y in product(a, b)):
        return "a"
    return "b" if all(y < x for x, y in product(a, b)) else "neither"


def sorted_seed_by_seed(a, b):
    pairs = list(zip(sorted(a), sorted(b), strict=False))
    if all(x < y for x, y in pairs):
        return "a"
    return "b" if all(x > y for x, y in pairs) else "neither"


# 12.4


def norm_of_keras(a, gain, bias, epsilon):
    layer = keras.layers.LayerNormalization(epsilon=epsilon)
    layer.build(a.shape)
    layer.set_weights([gain, bias])
    return layer(a)


def norm_of_five(a, gain, bias, epsilon):
    centred = a - a.sum(-1, keepdims=True) / 5
    return gain * centred / np.sqrt((centred**2).sum(-1, keepdims=True) / 5 + epsilon) + bias


def norm_where_it_varies(a, gain, bias, epsilon):
    spread = a.std(-1, keepdims=True)
    spread[spread == 0] = 1
    return gain * (a - a.mean(-1, keepdims=True)) / spread + bias


# 12.5


def noise_shape(hs, rate):
    return tf.nn.dropout(hs, rate, noise_shape=[hs.shape[0], 1, hs.shape[2]])


def dropout_of_one_step(hs, rate):
    return F.dropout(torch.ones_like(hs[:, :1]), rate) * hs


def drawn_with(mask):
    """Dropout in PyTorch with the mask that `mask(B, T, H, rate)` makes."""
    return lambda hs, rate: hs * mask(*hs.shape, rate) / (1 - rate)


def one_seed(hs, rate):
    torch.manual_seed(0)
    return drop_torch(hs, rate)


def in_place_dropout(hs, rate):
    hs *= drop_torch(torch.ones_like(hs), rate)
    return hs


def equally_many(hs, rate):
    B, _, H = hs.shape
    order = np.argsort(np.random.default_rng().random((B, 1, H)), axis=-1)
    return hs * ((order >= round(rate * H)) / (1 - rate)).astype("float32")


def all_but_the_last(B, T, H, rate):
    mask = torch.rand(B, 1, H) >= rate
    mask[..., -1] = True
    return mask


RIGHT = {
    "12.1": {
        "the root of the equation, rounded down": Value(
            "answer = np.floor((-201 + np.sqrt(201**2 + 48 * 90_752)) / 24)"
        )
    },
    "12.2": {
        "a loop": loop_over_rates,
        "nan and infinity masked": lambda rates, losses: (
            rates[np.ma.masked_invalid(losses).argmin()] * 0.25
        ),
    },
    "12.3": {
        "every pair": every_pair,
        "a string of NumPy": lambda a, b: np.array([better(a, b)])[0],
    },
    "12.4": {
        "PyTorch's": lambda a, gain, bias, epsilon: F.layer_norm(
            torch.tensor(a), gain.shape, torch.tensor(gain), torch.tensor(bias), epsilon
        ),
        "Keras' layer": norm_of_keras,
    },
    "12.5": {
        "a layer of Keras": lambda hs, rate: keras.layers.SpatialDropout1D(rate)(hs, training=True),
        "noise_shape": noise_shape,
        "the dropout of one step": dropout_of_one_step,
        "dropout1d": lambda hs, rate: F.dropout1d(hs.mT, rate).mT,
    },
}

WRONG = {
    "12.1": {
        "too wide": (79, "nineteen numbers too many"),
        "half the width": (64, "half the width"),
        "both layers read as much as they are wide": (73, "reads 32 numbers, not as many"),
        "the width of one layer": (128, "have 224,481 numbers"),
        "not rounded": (78.98, "whole number of units"),
        "the layer before": (77, "too small"),
        "none": (0, "too small"),
    },
    "12.2": {
        "nan as the lowest": (
            lambda rates, losses: rates[losses.argmin()] / 4,
            "with nan at the end",
        ),
        "nan alone left out": (
            lambda rates, losses: rates[np.nanargmin(losses)] / 4,
            "with -inf at the end",
        ),
        "nan as ten": (nan_as(10), "with nan in the middle"),
        "nan as a thousand": (nan_as(1e3), "with nan in the middle"),
        "nan as zero": (nan_as(0), "with nan at the end"),
        "up to the first nan": (until_it_breaks, "with nan in the middle"),
        "the last two left out": (
            lambda rates, losses: pick_rate(rates, losses[:-2] if len(rates) > 2 else losses),
            "at the last rate",
        ),
        "a constant growth from the first rate": (constant_growth, "with no nan"),
        "nine rates": (lambda rates, losses: np.geomspace(1e-4, 1, 9)[5] / 4, "number 6 of 9"),
        "at most 0.2": (lambda *case: min(pick_rate(*case), 0.2), "at the last rate"),
        "60 rates": (lambda rates, losses: pick_rate(rates[:60], losses[:60]), "at the last rate"),
        "losses above 0": (
            lambda rates, losses: pick_rate(rates, np.where(losses > 0, losses, np.nan)),
            "negative losses",
        ),
        "an array": (lambda *case: [pick_rate(*case)], "one number"),
        "a string": (lambda *case: str(pick_rate(*case)), "one number"),
    },
    "12.3": {
        "sorted, seed by seed": (sorted_seed_by_seed, "the answer is 'neither'"),
        "never b": (lambda a, b: "a" if max(a) < min(b) else "neither", "the answer is 'b'"),
        "the first three": (lambda a, b: better(a[:3], b[:3]), "the answer is 'neither'"),
        "5 seeds": (lambda a, b: better(a[:5], b[:5]), "the answer is 'neither', not 'a'"),
        "a tenth at least": (
            lambda a, b: better([x + 0.1 for x in a], b) if max(a) < min(b) else better(a, b),
            "the answer is 'a', not 'neither'",
        ),
        "a sentence": (lambda a, b: "a is better", "one of the three strings"),
        "true or false": (lambda a, b: max(a) < min(b), "one of the three strings"),
    },
    "12.4": {
        "one row": (lambda a, *more: layer_norm(a[:1], *more), "(3, 4, 5) was expected"),
        "five units": (norm_of_five, "not those of the equation"),
        "equal rows by hand": (norm_where_it_varies, "not those of the equation"),
        "clipped": (lambda *case: np.clip(layer_norm(*case), -1, 1), "not those of the equation"),
        "4 rows": (
            lambda a, *more: np.concatenate([layer_norm(a[:4], *more), a[4:]]),
            "of the shape (6, 9, 12)",
        ),
        "6 steps": (
            lambda a, *more: np.concatenate([layer_norm(a[:, :6], *more), a[:, 6:]], axis=1),
            "of the shape (6, 9, 12)",
        ),
    },
    "12.5": {
        "nothing": (lambda hs, rate: hs, "nothing was dropped"),
        "a layer that is not told": (
            lambda hs, rate: keras.layers.Dropout(rate)(hs),
            "nothing was dropped",
        ),
        "a layer of Keras as it is": (
            lambda hs, rate: keras.layers.Dropout(rate)(hs, training=True),
            "at every step",
        ),
        "a function of PyTorch as it is": (F.dropout, "at every step"),
        "the same for all rows": (
            drawn_with(lambda B, T, H, rate: torch.rand(1, 1, H) >= rate),
            "a mask of its own",
        ),
        "the first units": (
            drawn_with(lambda B, T, H, rate: torch.arange(H) >= rate * H),
            "a mask of its own",
        ),
        "whole rows": (
            drawn_with(lambda B, T, H, rate: torch.rand(B, 1, 1) >= rate),
            "a whole row goes dark",
        ),
        "units in pairs": (
            drawn_with(
                lambda B, T, H, rate: (torch.rand(B, 1, H // 2) >= rate).repeat_interleave(2, 2)
            ),
            "always dropped together",
        ),
        "rows in pairs": (
            drawn_with(
                lambda B, T, H, rate: (torch.rand((B + 1) // 2, 1, H) >= rate).repeat_interleave(
                    2, 0
                )[:B]
            ),
            "have the same mask",
        ),
        "one is spared": (drawn_with(all_but_the_last), "dropped in no row"),
        "equally many in each row": (equally_many, "every row drops equally many"),
        "the share that is kept": (
            lambda hs, rate: drop_torch(hs, 1 - rate),
            "you keep what should be dropped",
        ),
        "always a quarter": (lambda hs, rate: drop_torch(hs, 0.25), "the rate was 0.6"),
        "not grown": (lambda hs, rate: drop_torch(hs, rate) * (1 - rate), "must grow by"),
        "grown by 1 / rate": (
            lambda hs, rate: drop_torch(hs, rate) * (1 - rate) / rate,
            "must grow by",
        ),
        "one seed": (one_seed, "two calls dropped the same"),
        "in place": (in_place_dropout, "changes what it was given"),
        "sixty rows": (
            drawn_with(lambda B, T, H, rate: torch.rand(60, 1, 80) >= rate),
            "on a tensor of Keras with",
        ),
        "NumPy": (lambda *case: drop_torch(*case).numpy(), "the same framework"),
        "no such method": (
            lambda hs, rate: hs.drop(rate),
            "on a tensor of Keras with AttributeError",
        ),
    },
}
