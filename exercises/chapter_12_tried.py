"""Other right and wrong answers to the exercises of chapter 12."""

from fractions import Fraction
from itertools import product

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional as F

from exercises import Value
from exercises import chapter_12 as exercises

# 12.2


def loop_over_rates(rates, losses):
    best, found = np.inf, None
    for rate, loss in zip(rates, losses, strict=True):
        if np.isfinite(loss) and loss < best:
            best, found = loss, rate
    return found / 4


def both_filtered(rates, losses):
    good = np.isfinite(losses)
    return rates[good][losses[good].argmin()] / 4


def in_pytorch(rates, losses):
    losses = torch.nan_to_num(torch.tensor(losses), nan=torch.inf, neginf=torch.inf)
    return torch.tensor(rates)[losses.argmin()] / 4


def until_it_breaks(rates, losses):
    broken = ~np.isfinite(losses)
    end = broken.argmax() if broken.any() else len(losses)
    return rates[losses[:end].argmin()] / 4


def in_place(rates, losses):
    losses[~np.isfinite(losses)] = np.inf
    return rates[losses.argmin()] / 4


# 12.3


def sorted_lists(a, b):
    a, b = sorted(a), sorted(b)
    return "a" if a[-1] < b[0] else "b" if b[-1] < a[0] else "neither"


def every_pair(a, b):
    if all(x < y for x, y in product(a, b)):
        return "a"
    return "b" if all(y < x for x, y in product(a, b)) else "neither"


def with_arrays(a, b):
    lower = np.subtract.outer(a, b)
    return np.array(["a", "b", "neither"])[
        0 if (lower < 0).all() else 1 if (lower > 0).all() else 2
    ]


def sorts_in_place(a, b):
    a.sort()
    b.sort()
    return "a" if a[-1] < b[0] else "b" if b[-1] < a[0] else "neither"


# 12.4


def norm_by_loops(a, gain, bias, epsilon):
    out = np.zeros_like(a)
    for place in np.ndindex(*a.shape[:2]):
        row = a[place]
        centred = row - row.sum() / len(row)
        out[place] = gain * centred / (centred @ centred / len(row) + epsilon) ** 0.5 + bias
    return out


def norm_of_pytorch(a, gain, bias, epsilon):
    given = (torch.tensor(part, requires_grad=True) for part in (a, gain, bias))
    a, gain, bias = given
    return F.layer_norm(a, gain.shape, gain, bias, epsilon)


def norm_of_keras(a, gain, bias, epsilon):
    layer = keras.layers.LayerNormalization(epsilon=epsilon)
    layer.build(a.shape)
    layer.set_weights([gain, bias])
    return layer(a)


def norm_by_squares(a, gain, bias, epsilon):
    mean = a.mean(-1, keepdims=True)
    variance = (a**2).mean(-1, keepdims=True) - mean**2
    return ((a - mean) * (variance + epsilon) ** -0.5 * gain + bias).tolist()


def norm_in_place(a, gain, bias, epsilon):
    a -= a.mean(-1, keepdims=True)
    a /= np.sqrt((a**2).mean(-1, keepdims=True) + epsilon)
    return a * gain + bias


def norm_of_five(a, gain, bias, epsilon):
    centred = a - a.sum(-1, keepdims=True) / 5
    return gain * centred / np.sqrt((centred**2).sum(-1, keepdims=True) / 5 + epsilon) + bias


def norm_where_it_varies(a, gain, bias, epsilon):
    spread = a.std(-1, keepdims=True)
    spread[spread == 0] = 1
    return gain * (a - a.mean(-1, keepdims=True)) / spread + bias


# 12.5


def spatial_dropout(hs, rate):
    return keras.layers.SpatialDropout1D(rate)(hs, training=True)


def noise_shape(hs, rate):
    return tf.nn.dropout(hs, rate, noise_shape=[hs.shape[0], 1, hs.shape[2]])


def dropout_of_one_step(hs, rate):
    return F.dropout(torch.ones_like(hs[:, :1]), rate) * hs


def dropout1d(hs, rate):
    return F.dropout1d(hs.transpose(1, 2), rate).transpose(1, 2)


def step_by_step(hs, rate):
    kept = torch.bernoulli(torch.full_like(hs[:, 0], 1 - rate)) / (1 - rate)
    hs = hs.clone().detach().requires_grad_()
    return torch.stack([h * kept for h in hs.unbind(1)], dim=1)


def mask_of_numpy(hs, rate):
    B, _, H = hs.shape
    kept = np.random.default_rng().random((B, 1, H)) >= rate
    return hs * (kept / (1 - rate)).astype("float32")


def one_seed(hs, rate):
    B, _, H = hs.shape
    torch.manual_seed(0)
    return hs * (torch.rand(B, 1, H) >= rate) / (1 - rate)


def the_first_units(hs, rate):
    keep = torch.arange(hs.shape[2]) >= rate * hs.shape[2]
    return hs * keep / (1 - rate)


def a_batch_of_sixty(hs, rate):
    return hs * (torch.rand(60, 1, 80) >= rate) / (1 - rate)


def in_place_dropout(hs, rate):
    B, _, H = hs.shape
    hs *= (torch.rand(B, 1, H) >= rate) / (1 - rate)
    return hs


def equally_many(hs, rate):
    B, _, H = hs.shape
    order = np.argsort(np.random.default_rng().random((B, 1, H)), axis=-1)
    return hs * ((order >= round(rate * H)) / (1 - rate)).astype("float32")


def equally_many_in_pytorch(hs, rate):
    B, _, H = hs.shape
    kept = torch.ones(B, 1, H)
    for row in kept[:, 0]:
        row[torch.randperm(H)[: round(rate * H)]] = 0
    return hs * kept / (1 - rate)


def layer_as_it_is(hs, rate):
    return keras.layers.Dropout(rate)(hs)


def all_its_own_keras(hs, rate):
    return keras.layers.Dropout(rate)(hs, training=True)


def grown_by_too_much(hs, rate):
    B, _, H = hs.shape
    return hs * (torch.rand(B, 1, H) >= rate) / rate


def numpy_only(hs, rate):
    B, _, H = hs.shape
    return np.asarray(hs) * (np.random.default_rng().random((B, 1, H)) >= rate) / (1 - rate)


def a_quarter_always(hs, rate):
    return dropout_of_one_step(hs, 0.25)


# 12.6


def a_copy_that_grows(grads):
    total = grads["embed"].copy()
    total += grads["W_hy"].T
    return total


def both_loops(grads):
    V, H = grads["embed"].shape
    return [[grads["embed"][v, h] + grads["W_hy"][h, v] for h in range(H)] for v in range(V)]


def tensors(grads):
    embed, W_hy = (torch.tensor(grads[name], requires_grad=True) for name in ("embed", "W_hy"))
    return embed + W_hy.mT


def grows_in_place(grads):
    total = grads["embed"]
    total += grads["W_hy"].T
    return total


def whatever_fits(grads):
    if grads["embed"].shape == grads["W_hy"].shape:
        return grads["embed"] + grads["W_hy"]
    return grads["embed"] + grads["W_hy"].T


RIGHT = {
    "12.1": {
        "a float": 78.0,
        "an integer of NumPy": np.int64(78),
        "a tensor": torch.tensor(78),
        "a constant of TensorFlow": tf.constant(78),
        "a fraction": Fraction(78),
        "the root of the equation, rounded down": Value(
            "answer = np.floor((-201 + np.sqrt(201**2 + 48 * 90_752)) / 24)"
        ),
    },
    "12.2": {
        "float32": lambda rates, losses: np.float32(both_filtered(rates, losses)),
        "a loop": loop_over_rates,
        "both arrays filtered": both_filtered,
        "a tensor": in_pytorch,
        "an array of no axes": lambda rates, losses: np.array(both_filtered(rates, losses)),
        "nan and infinity masked": lambda rates, losses: (
            rates[np.ma.masked_invalid(losses).argmin()] * 0.25
        ),
    },
    "12.3": {
        "sorted": sorted_lists,
        "every pair": every_pair,
        "a string of NumPy": with_arrays,
        "bounds": lambda a, b: {1: "a", -1: "b"}.get(
            int(np.max(a) < np.min(b)) - int(np.min(a) > np.max(b)), "neither"
        ),
    },
    "12.4": {
        "loops": norm_by_loops,
        "PyTorch's, with a gradient": norm_of_pytorch,
        "Keras' layer": norm_of_keras,
        "squares, and lists": norm_by_squares,
        "float32": lambda a, gain, bias, epsilon: norm_by_loops(
            a.astype("float32"), gain, bias, epsilon
        ),
    },
    "12.5": {
        "a layer of Keras": spatial_dropout,
        "noise_shape": noise_shape,
        "the dropout of one step": dropout_of_one_step,
        "dropout1d": dropout1d,
        "step by step, with a gradient": step_by_step,
        "a mask of NumPy": mask_of_numpy,
    },
    "12.6": {
        "a copy that grows": a_copy_that_grows,
        "lists": both_loops,
        "tensors with a gradient": tensors,
        "float32": lambda grads: sum(
            np.float32(part) for part in (grads["embed"], grads["W_hy"].swapaxes(0, 1))
        ),
        "einsum": lambda grads: (
            np.einsum("vh->vh", grads["embed"]) + np.einsum("hv->vh", grads["W_hy"])
        ),
    },
}

WRONG = {
    "12.1": {
        "not rounded": (78.98, "whole number of units"),
        "the layer before": (77, "the widest layers that stay within"),
        "the weights shared out": (90, "with two layers of 90 it has 117,435"),
        "in a list": ([78], "a single number"),
        "one for each layer": ((78, 78), "a single number"),
        "as a word": ("78", "a single number"),
        "none": (0, "too small"),
    },
    "12.2": {
        "up to the first nan": (until_it_breaks, "with nan in the middle"),
        "the last two left out": (
            lambda rates, losses: (
                rates[losses[:-2].argmin()] / 4 if len(rates) > 2 else rates[0] / 4
            ),
            "at the last rate",
        ),
        "nan alone": (
            lambda rates, losses: (
                rates[np.nanargmin(np.where(losses == np.inf, np.nan, losses))] / 4
            ),
            "with -inf at the end",
        ),
        "nan as ten": (
            lambda rates, losses: (
                rates[np.nan_to_num(losses, nan=10, posinf=10, neginf=10).argmin()] / 4
            ),
            "with nan in the middle",
        ),
        "nan as a thousand": (
            lambda rates, losses: (
                rates[np.nan_to_num(losses, nan=1e3, posinf=1e3, neginf=1e3).argmin()] / 4
            ),
            "with nan in the middle",
        ),
        "nan as zero": (
            lambda rates, losses: rates[np.nan_to_num(losses, posinf=9e9, neginf=9e9).argmin()] / 4,
            "with nan at the end",
        ),
        "changes the losses": (in_place, "changes what it was given"),
        "a constant growth from the first rate": (
            lambda rates, losses: (
                rates[0]
                * (rates[-1] / rates[0])
                ** (np.where(np.isfinite(losses), losses, np.inf).argmin() / max(len(rates) - 1, 1))
                / 4
            ),
            "with no nan",
        ),
        "nine rates": (lambda rates, losses: np.geomspace(1e-4, 1, 9)[5] / 4, "number 6 of 9"),
        "an array": (lambda rates, losses: [both_filtered(rates, losses)], "one number"),
        "a string": (lambda rates, losses: str(both_filtered(rates, losses)), "one number"),
    },
    "12.3": {
        "sorted, seed by seed": (
            lambda a, b: (
                "a"
                if all(x < y for x, y in zip(sorted(a), sorted(b), strict=False))
                else "b"
                if all(x > y for x, y in zip(sorted(a), sorted(b), strict=False))
                else "neither"
            ),
            "the answer is 'neither'",
        ),
        "never b": (lambda a, b: "a" if max(a) < min(b) else "neither", "the answer is 'b'"),
        "the first three": (
            lambda a, b: sorted_lists(a[:3], b[:3]),
            "the answer is 'neither'",
        ),
        "a tenth at least": (
            lambda a, b: (
                "a" if max(a) + 0.1 < min(b) else "b" if max(b) + 0.1 < min(a) else "neither"
            ),
            "the answer is 'a', not 'neither'",
        ),
        "sorts the caller's lists": (sorts_in_place, "changes what it was given"),
        "a sentence": (lambda a, b: "a is better", "one of the three strings"),
    },
    "12.4": {
        "in place": (norm_in_place, "changes what it was given"),
        "five units": (norm_of_five, "not those of the equation"),
        "equal rows by hand": (norm_where_it_varies, "not those of the equation"),
        "clipped": (
            lambda a, gain, bias, epsilon: np.clip(norm_by_loops(a, gain, bias, epsilon), -1, 1),
            "not those of the equation",
        ),
        "one row": (
            lambda a, gain, bias, epsilon: norm_by_loops(a[:1], gain, bias, epsilon),
            "the shape",
        ),
    },
    "12.5": {
        "in place": (in_place_dropout, "changes what it was given"),
        "equally many in each row": (equally_many, "every row drops equally many"),
        "equally many, in PyTorch": (equally_many_in_pytorch, "every row drops equally many"),
        "one seed": (one_seed, "two calls dropped the same"),
        "the first units": (the_first_units, "a mask of its own"),
        "sixty rows": (a_batch_of_sixty, "on a tensor of Keras with"),
        "a layer that is not told": (layer_as_it_is, "nothing was dropped"),
        "a layer of Keras as it is": (all_its_own_keras, "at every step"),
        "a function of PyTorch as it is": (F.dropout, "at every step"),
        "grown by 1 / rate": (grown_by_too_much, "must grow by"),
        "NumPy": (numpy_only, "the same framework"),
        "always a quarter": (a_quarter_always, "the rate was 0.6"),
        "the same for all rows": (
            lambda hs, rate: F.dropout(torch.ones_like(hs[:1, :1]), rate) * hs,
            "a mask of its own",
        ),
    },
    "12.6": {
        "grows in place": (grows_in_place, "changes what it was given"),
        "the transpose where it is needed": (whatever_fits, "not the sum of both uses"),
        "without a transpose": (lambda grads: grads["embed"] + grads["W_hy"], "stopped with"),
        "reshaped": (
            lambda grads: grads["embed"] + grads["W_hy"].reshape(grads["embed"].shape),
            "not the sum of both uses",
        ),
        "a product": (
            lambda grads: grads["embed"] @ grads["W_hy"],
            "of the shape of the embedding",
        ),
        "side by side": (
            lambda grads: np.hstack([grads["embed"], grads["W_hy"].T]),
            "of the shape of the embedding",
        ),
        "the number of characters fixed": (
            lambda grads: (grads["embed"] + grads["W_hy"].T)[:7],
            "of the shape of the embedding",
        ),
        "both": (lambda grads: (grads["embed"], grads["W_hy"].T), "of the shape of the embedding"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["12.2"] |= {
    "at most 0.2": (lambda r, x: min(exercises.pick_rate(r, x), 0.2), "at the last rate"),
    "60 rates": (lambda r, x: exercises.pick_rate(r[:60], x[:60]), "at the last rate"),
    "losses above 0": (
        lambda r, x: r[np.where(np.isfinite(x) & (x > 0), x, np.inf).argmin()] / 4,
        "negative losses",
    ),
}
WRONG["12.3"] |= {
    "5 seeds": (lambda a, b: exercises.better(a[:5], b[:5]), "the answer is 'neither', not 'a'"),
}
WRONG["12.4"] |= {
    "4 rows": (
        lambda a, *more: np.concatenate([exercises.layer_norm(a[:4], *more), a[4:]]),
        "of the shape (6, 9, 12)",
    ),
    "6 steps": (
        lambda a, *more: np.concatenate([exercises.layer_norm(a[:, :6], *more), a[:, 6:]], axis=1),
        "of the shape (6, 9, 12)",
    ),
}


def drawn_with(mask):
    """Dropout in PyTorch with the mask (B, 1, H) that `mask(B, H, rate)` makes."""
    return lambda hs, rate: hs * mask(hs.shape[0], hs.shape[2], rate) / (1 - rate)


def pairs_of_units(B, H, rate):
    import torch

    return (torch.rand(B, 1, (H + 1) // 2) >= rate).repeat_interleave(2, 2)[..., :H]


def pairs_of_rows(B, H, rate):
    import torch

    return (torch.rand((B + 1) // 2, 1, H) >= rate).repeat_interleave(2, 0)[:B]


def all_but_the_last(B, H, rate):
    import torch

    mask = torch.rand(B, 1, H) >= rate
    mask[..., -1] = True
    return mask


WRONG["12.5"] |= {
    "units in pairs": (drawn_with(pairs_of_units), "always dropped together"),
    "rows in pairs": (drawn_with(pairs_of_rows), "have the same mask"),
    "one is spared": (drawn_with(all_but_the_last), "never dropped"),
}
WRONG["12.6"] |= {
    "9 rows": (
        lambda grads: np.vstack([exercises.tied_gradient(grads)[:9], grads["embed"][9:]]),
        "with V = 30",
    ),
}
