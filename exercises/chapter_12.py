"""Exercises of chapter 12: sizes, rates, differences that count, and parts of better networks."""

import operator
from functools import partial

import numpy as np

from exercises import Exercise, Value
from exercises.judges import (
    ALTERED,
    Hint,
    array,
    call,
    close,
    either,
    find_mistake,
    function,
    knows,
    number,
    results_in,
)

# 12.1: as many weights


judge_width = number(
    78,
    tolerance=0,
    wrong={
        73: "more fits in: the lower layer reads 32 numbers, not as many as it is wide.",
        64: "more fits in: half the width leaves a third of the numbers unused.",
        79: "that is nineteen numbers too many.",
        128: "that is the width of the one layer; two of them have 224,481 numbers.",
    },
    question="how many numbers has a network of the width that you gave: the embedding, two layers "
    "of four gates each, and the output layer?",
    whole="a layer has a whole number of units: the largest one that still fits.",
)


# 12.2: a learning rate from a range test


def pick_rate(rates, losses):
    losses = np.where(np.isfinite(losses), losses, np.inf)
    return rates[np.argmin(losses)] / 4


RATE_MISTAKES = {
    "that is the rate at the lowest loss: return a quarter of it.": lambda rates, losses: (
        4 * pick_rate(rates, losses)
    ),
    "that is a position in the array; the rate at that position is wanted.": lambda rates, losses: (
        np.where(np.isfinite(losses), losses, np.inf).argmin()
    ),
    "that is a quarter of a loss, not of a rate.": lambda rates, losses: (
        losses[np.isfinite(losses)].min() / 4
    ),
    "a quarter of the way to the lowest loss is not a quarter of its rate.": lambda rates, losses: (
        rates[np.where(np.isfinite(losses), losses, np.inf).argmin() // 4]
    ),
    """once losses that do not count are dropped, the positions have moved: drop the rates that
    belong to them as well.""": lambda rates, losses: (
        rates[losses[np.isfinite(losses)].argmin()] / 4
    ),
}


def range_tests():
    """(what the losses hold, rates, losses), of several lengths and scales."""
    rng = np.random.default_rng(11)

    def made(N, lowest, scale=1.0):
        rates = np.geomspace(1e-4, 1, N) * np.sort(rng.uniform(0.5, 2, N))
        losses = 2 + 0.2 * np.abs(np.arange(N) - lowest) + rng.uniform(0, 0.1, N)
        return rates, scale * losses

    yield "no nan", *made(9, 5)
    yield "a lowest loss at the first rate", *made(6, 0)
    yield "one rate alone", *made(1, 0)
    yield "losses of about a hundred", *made(30, 21, 40.0)
    yield "a lowest loss at the last rate", *made(90, 89)
    rates, losses = made(12, 7)
    yield "negative losses", rates, losses - 3
    for name, broken, places in [
        ("nan at the end", np.nan, [-2, -1]),
        ("inf at the end", np.inf, [-3, -2, -1]),
        ("-inf at the end", -np.inf, [-1]),
        ("nan in the middle", np.nan, [4, 5]),
        ("nan at the start", np.nan, [0, 1, 2]),
        ("-inf in the middle", -np.inf, [3, 8]),
    ]:
        scale = 4e4 if "middle" in name else 1.0  # above a number that stands in for nan
        rates, losses = made(int(rng.integers(12, 60)), 10, scale)
        losses[places] = broken
        yield name, rates, losses


@knows(RATE_MISTAKES)
def judge_rate(function):
    for name, rates, losses in range_tests():
        found = call(function, rates, losses)
        if found is None or isinstance(found, bool | str) or np.ndim(found) != 0:
            return "return one number, a learning rate."
        rate, expected = float(array(found, "what it returns")), pick_rate(rates, losses)
        if not close(rate, expected):
            place = np.where(np.isfinite(losses), losses, np.inf).argmin()
            said = f"""with {name}, the lowest loss that counts is number {place + 1} of
            {len(rates)}, at the rate {rates[place]:.4g}: the answer is {expected:.4g},
            not {rate:.4g}."""
            given = results_in([(rates, losses)])
            return find_mistake(RATE_MISTAKES, [rate], given) or said
    return None


# 12.3: a difference that counts


def better(a, b):
    if max(a) < min(b):
        return "a"
    if max(b) < min(a):
        return "b"
    return "neither"


def by(measure, tie):
    """The verdict that goes by one number of each list alone."""

    def verdict(a, b):
        one, other = measure(a), measure(b)
        return "a" if one < other else "b" if other < one else tie

    return verdict


def pair_by_pair(a, b):
    if all(x < y for x, y in zip(a, b, strict=False)):
        return "a"
    if all(y < x for x, y in zip(a, b, strict=False)):
        return "b"
    return "neither"


def clearly(a, b):
    """The verdict by means that are two standard deviations apart."""
    gap = np.mean(a) - np.mean(b)
    if abs(gap) < 2 * max(np.std(a), np.std(b)):
        return "neither"
    return "a" if gap < 0 else "b"


def touching(a, b):
    if max(a) <= min(b):
        return "a"
    return "b" if max(b) <= min(a) else "neither"


ONE_NUMBER = {
    "a mean decides nothing while ranges overlap.": np.mean,
    "a median decides nothing while ranges overlap.": np.median,
    "one lucky seed decides nothing: look at all of them.": min,
    "the worst seed alone decides nothing: look at all of them.": max,
    "the first seed alone decides nothing: look at all of them.": lambda losses: losses[0],
}
VERDICT_MISTAKES = [
    (hint, by(measure, tie))
    for hint, measure in ONE_NUMBER.items()
    for tie in ("neither", "a", "b")
]
VERDICT_MISTAKES += {
    """seed by seed is not enough: every loss of one must lie below every loss of the other, not
    only below its neighbour in the list.""": pair_by_pair,
    "a loss is better when it is lower: you have them the wrong way round.": lambda a, b: {
        "a": "b",
        "b": "a",
    }.get(better(a, b), "neither"),
    "equal losses make no winner: lower, not at most as high.": touching,
    "means and deviations are another measure: the ranges decide here.": clearly,
}.items()


def pairs_of_losses():
    """Two lists of losses: apart, nested, overlapping, touching, of unequal lengths."""
    yield [1.5, 1.6, 1.4], [1.9, 1.8, 2.0]
    yield [1.9, 1.8, 2.0], [1.5, 1.6, 1.4]
    yield [1.60, 1.62, 1.30], [1.51, 1.49, 1.40]
    yield [1.40, 1.50, 1.60], [1.45, 1.55, 1.65]  # lower seed by seed
    yield [1.45, 1.55, 1.65], [1.40, 1.50, 1.60]
    yield [1.5], [1.5]
    yield [1.3, 1.5, 1.4], [1.5, 1.7, 1.6]
    yield [1.2, 1.3], [1.4, 1.5, 1.6]
    yield [0.0101, 0.0102, 0.0103], [0.0104, 0.0105]
    yield [41.0], [40.0, 12.0, 35.5, 40.9]
    yield [2.0, 2.1, 2.2, 2.9], [2.4, 2.5, 2.6]
    yield [2.4, 2.5, 2.6], [2.0, 2.1, 2.2, 2.9]
    yield [2.9, 2.0, 2.1], [2.5, 2.6, 2.4]
    yield [1.00, 1.01, 1.02], [1.03, 3.00, 5.00]
    yield [1.4, 1.5, 1.45, 1.42, 1.41, 1.43, 2.5], [1.6, 1.7, 1.65, 1.66, 1.67, 1.68, 1.69, 1.3]
    rng = np.random.default_rng(3)
    for _ in range(40):
        a, b = (rng.normal(2, 0.1, rng.integers(1, 6)) for _ in range(2))
        yield a.round(3).tolist(), (b + rng.choice([-0.2, 0, 0.2])).round(3).tolist()


def ask_verdict(function, a, b):
    found = call(function, a, b)
    if not isinstance(found, str) or found not in ("a", "b", "neither"):
        raise Hint('return one of the three strings "a", "b" and "neither".')
    return found


def explain_verdict(found, a, b):
    spans = f"a reaches from {min(a)} to {max(a)}, b from {min(b)} to {max(b)}"
    return f"for {a} and {b} the answer is {better(a, b)!r}, not {found!r}: {spans}."


# 12.4: layer normalisation


def layer_norm(a, gain, bias, epsilon):
    mean = a.mean(axis=-1, keepdims=True)
    variance = a.var(axis=-1, keepdims=True)
    return gain * (a - mean) / np.sqrt(variance + epsilon) + bias


def norm_with(
    over=-1,
    centre=np.mean,
    variance=np.var,
    divide=lambda variance, epsilon: np.sqrt(variance + epsilon),
):
    """`layer_norm` over another axis, or with something else that is taken away or divided by.

    divide(variance, epsilon): what the centred numbers are divided by.
    """

    def version(a, gain, bias, epsilon):
        mean, spread = (of(a, axis=over, keepdims=True) for of in (centre, variance))
        return gain * (a - mean) / divide(spread, epsilon) + bias

    return version


def nothing(a, axis, keepdims):
    return 0


def mean_square(a, axis, keepdims):
    return (a**2).mean(axis=axis, keepdims=keepdims)


NORM_MISTAKES = {
    "each time step is its own row: do not mix the steps of a text.": norm_with(1),
    "each row of the batch is for itself: that would be batch normalisation.": norm_with(0),
    "one mean for everything lets the rows of a batch change each other.": norm_with(None),
    "each step has a mean of its own: do not take it over time as well.": norm_with((1, 2)),
    "divide the squares by H, not by H - 1, as both frameworks do.": norm_with(
        variance=partial(np.var, ddof=1)
    ),
    "epsilon stands under the root, beside the variance.": norm_with(
        divide=lambda variance, epsilon: np.sqrt(variance) + epsilon
    ),
    "epsilon is missing, so a row of equal numbers becomes nan.": norm_with(
        divide=lambda variance, epsilon: np.sqrt(variance)
    ),
    "epsilon is given: use that, not 0.00001 or less.": norm_with(
        divide=lambda variance, epsilon: np.sqrt(variance + 1e-5)
    ),
    "epsilon is given: use that, not the 0.001 of Keras.": norm_with(
        divide=lambda variance, epsilon: np.sqrt(variance + 1e-3)
    ),
    "the mean must be taken away before you divide.": norm_with(centre=nothing),
    "you take the mean away nowhere: neither a nor the squares are measured from it.": norm_with(
        centre=nothing, variance=mean_square
    ),
    "the mean is missing under the root: the squares are measured from it too.": norm_with(
        variance=mean_square
    ),
    "divide by the root of the variance, not by the variance.": norm_with(divide=operator.add),
    "gain multiplies after the division, and bias is added last.": lambda a, gain, bias, epsilon: (
        layer_norm(gain * a + bias, 1, 0, epsilon)
    ),
    "bias is added last: gain does not multiply it.": lambda a, gain, bias, epsilon: (
        gain * (layer_norm(a, 1, 0, epsilon) + bias)
    ),
    "gain and bias are missing.": lambda a, gain, bias, epsilon: layer_norm(a, 1, 0, epsilon),
}


def hidden_states():
    """(a, gain, bias, epsilon) of several sizes, in 64 and 32 bits; some rows are all equal."""
    rng = np.random.default_rng(4)
    for (B, T, H), epsilon in [
        ((3, 4, 5), 0.1),
        ((1, 6, 2), 2.0),
        ((4, 1, 7), 1e-4),
        ((2, 3, 1), 1.0),
        ((6, 9, 12), 0.2),
    ]:
        a = rng.normal(rng.normal(0, 2, (B, T, 1)), 1.5, (B, T, H))
        a[0, 0] = a[0, 0, 0]
        gain, bias = rng.normal(1, 1, (2, H))
        yield a, gain, bias, epsilon
    yield *(part.astype("float32") for part in (a, gain, bias)), 0.5


def explain_norm(found, a, gain, bias, epsilon):
    return f"""for a of the shape {a.shape} and an epsilon of {epsilon:g} the numbers are not those
    of the equation."""


# 12.5: a mask that stays


def drop_keras(hs, rate):
    import keras

    B, _, H = hs.shape
    mask = keras.random.uniform((B, 1, H)) >= rate
    return hs * keras.ops.cast(mask, hs.dtype) / (1 - rate)


def drop_torch(hs, rate):
    import torch

    B, _, H = hs.shape
    mask = torch.rand(B, 1, H) >= rate  # on a GPU: device=hs.device as well
    return hs * mask / (1 - rate)


NO_TENSOR = "return a tensor of the same framework and the same shape as hs."


def drop_in_torch(function):
    import torch

    return judge_masks(function, torch.tensor, torch.is_tensor)


def drop_in_keras(function):
    import tensorflow as tf

    return judge_masks(function, tf.constant, tf.is_tensor)


def farthest(hints):
    """That of the framework in which it got further."""
    return next((hint for hint in hints.values() if hint != NO_TENSOR), NO_TENSOR)


def judge_masks(function, make, is_tensor):
    """The hint for what is wrong with what it does to tensors of one framework, or None."""
    rng = np.random.default_rng(5)
    for (B, T, H), rate in [((60, 5, 80), 0.25), ((40, 1, 90), 0.6), ((1, 7, 900), 0.4)]:
        hs = (rng.uniform(0.5, 2, (B, T, H)) * rng.choice([-1, 1], (B, T, H))).astype("float32")
        if hint := judge_mask(function, hs, rate, make, is_tensor):
            return hint
    hs = rng.normal(size=(3, 4, 5)).astype("float32")
    if not close(drawn(function, hs, 0.0, make, is_tensor), hs):
        return "at a rate of 0 nothing is dropped, and hs comes back as it was."
    return None


def drawn(function, hs, rate, make, is_tensor):
    """What the function gives for these hidden states, as an array; a Hint if it changes them."""
    given = make(hs)
    found = function(given, rate)
    if not np.array_equal(array(given), hs):
        raise Hint(ALTERED)
    if not (is_tensor(found) and tuple(found.shape) == hs.shape):
        raise Hint(NO_TENSOR)
    return array(found)


def judge_mask(function, hs, rate, make, is_tensor):
    """None when a share `rate` is dropped, each unit through all steps, and the rest grows."""
    B, _, H = hs.shape
    first, again = (drawn(function, hs, rate, make, is_tensor) / hs for _ in range(2))
    dropped, share = first == 0, (first == 0).mean()
    slack = 5 * np.sqrt(rate * (1 - rate) / (B * H))
    if not dropped.any():
        return "nothing was dropped."
    if (dropped != dropped[:, :1]).any():
        return "a unit must be dropped at every step of a piece, or at none."
    if B > 1 and (dropped == dropped[:1]).all():
        return "each row of the batch needs a mask of its own."
    if B > 1 and (hint := alike(dropped[:, 0])):
        return hint
    if (dropped == dropped[..., :1]).all():
        return "each unit must be drawn for itself, or a whole row goes dark."
    counts = dropped[:, 0].sum(axis=-1)
    if B > 1 and (counts == counts[0]).all():
        return "every row drops equally many units: draw for each of them by itself."
    if abs(share - (1 - rate)) < slack < abs(share - rate):
        return "you keep what should be dropped: each unit is dropped with the probability `rate`."
    if abs(share - rate) > slack:
        return f"a fraction of {share:.2f} was dropped; the rate was {rate}."
    if not np.allclose(first[~dropped], 1 / (1 - rate), rtol=1e-4):
        return "what is kept must grow by 1 / (1 - rate), so that the mean stays."
    if (dropped == (again == 0)).all():
        return "two calls dropped the same units: draw the mask anew at every call."
    return None


def alike(dropped):
    """The hint where rows or units of (B, H) always go together, or one of them never goes."""
    if not len(np.unique(dropped, axis=1).T) > 1 or (dropped == dropped[:, :1]).all():
        return None
    if len(np.unique(dropped, axis=0)) < len(dropped):
        return "two rows of a batch have the same mask: each needs one of its own."
    if len(np.unique(dropped, axis=1).T) < dropped.shape[1]:
        return "two units are always dropped together: draw for each of them by itself."
    if not dropped.any(axis=0).all():
        return "a unit is dropped in no row: each unit has the same probability."
    return None


EXERCISES = {
    "12.1": Exercise(
        judge=judge_width,
        solutions={
            "": Value("""
                def count(H):
                    lower = 4 * H * (32 + H + 1)
                    upper = 4 * H * (H + H + 1)
                    return 65 * 32 + lower + upper + (H + 1) * 65

                answer = max(H for H in range(1, 128) if count(H) <= 92_897)
                """)
        },
    ),
    "12.2": Exercise(judge=judge_rate, solutions={"": pick_rate}),
    "12.3": Exercise(
        judge=function(
            pairs_of_losses, better, explain_verdict, VERDICT_MISTAKES, ask_verdict, operator.eq
        ),
        solutions={"": better},
    ),
    "12.4": Exercise(
        judge=function(hidden_states, layer_norm, explain_norm, NORM_MISTAKES, wanted="an array"),
        solutions={"": layer_norm},
    ),
    "12.5": Exercise(
        judge=either(  # in Keras `*=` makes a new tensor, and in PyTorch it does not
            {"on a tensor of PyTorch": drop_in_torch, "on a tensor of Keras": drop_in_keras},
            choose=farthest,
        ),
        solutions={"keras": drop_keras, "torch": drop_torch},
    ),
}
