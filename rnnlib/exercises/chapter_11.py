"""Exercises of chapter 11: sizes, rates, differences that count, and parts of better networks."""

import numpy as np

from rnnlib.exercises import Exercise, Value, number


def not_written(*arguments):
    raise NotImplementedError


# 11.2: a learning rate from a range test


def pick_rate(rates, losses):
    losses = np.where(np.isfinite(losses), losses, np.inf)
    return rates[np.argmin(losses)] / 4


def judge_rate(function):
    rates = np.geomspace(1e-4, 1, 9)
    losses = np.array([4.1, 4.0, 3.6, 3.1, 2.7, 2.5, 2.9, 5.0, 9.0])
    found = function(rates, losses)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return "return one number, a learning rate."
    best = rates[5]
    for value, hint in {
        best: "that is the rate at the lowest loss: return a quarter of it.",
        5: "that is a place in the array; the rate that stands there is wanted.",
        losses.min() / 4: "that is a quarter of a loss, not of a rate.",
    }.items():
        if np.isclose(found, value):
            return hint
    if not np.isclose(found, best / 4):
        return f"with the lowest loss at {best:.4f} the answer is {best / 4:.4f}, not {found:.4g}."
    for broken in (np.nan, -np.inf):
        losses[-2:] = broken
        if not np.isclose(function(rates, losses), best / 4):
            return f"when the last losses are {broken}, it must still find the lowest real one."
    return None


# 11.3: a difference that counts


def better(a, b):
    if max(a) < min(b):
        return "a"
    if max(b) < min(a):
        return "b"
    return "neither"


def judge_better(function):
    if function([1.60, 1.62, 1.30], [1.51, 1.49, 1.40]) == "a":
        return "one lucky seed decides nothing: look at all of them."
    for a, b, hint in [
        ([1.5, 1.6, 1.4], [1.9, 1.8, 2.0], "a loss is better when it is lower, and all of a are."),
        ([1.9, 1.8, 2.0], [1.5, 1.6, 1.4], "now all of b are lower."),
        ([1.60, 1.62, 1.30], [1.51, 1.49, 1.40], "a mean decides nothing while ranges overlap."),
        ([1.5], [1.5], "equal losses make no winner."),
        ([1.2, 1.3], [1.4, 1.5, 1.6], "the two may have different numbers of seeds."),
    ]:
        found, expected = function(list(a), list(b)), better(a, b)
        if not isinstance(found, str) or found not in ("a", "b", "neither"):
            return 'return one of the three strings "a", "b" and "neither".'
        if found != expected:
            return f"for {a} and {b} the answer is {expected!r}: {hint}"
    return None


# 11.4: layer normalisation


def layer_norm(a, gain, bias, epsilon):
    mean = a.mean(axis=-1, keepdims=True)
    variance = a.var(axis=-1, keepdims=True)
    return gain * (a - mean) / np.sqrt(variance + epsilon) + bias


def normed_over(axis, **options):
    """Layer normalisation with the statistics of another axis, or other ones."""

    def wrong(a, gain, bias, epsilon):
        mean, variance = (f(axis=axis, keepdims=True) for f in (a.mean, a.var))
        variance = a.var(axis=axis, keepdims=True, **options)
        return gain * (a - mean) / np.sqrt(variance + epsilon) + bias

    return wrong


NORM_MISTAKES = {
    "each time step is its own row: do not mix the steps of a text.": normed_over(1),
    "each row of the batch is for itself: that would be batch normalisation.": normed_over(0),
    "one mean for everything lets the rows of a batch change each other.": normed_over(None),
    "divide the squares by H, not by H - 1, as both frameworks do.": normed_over(-1, ddof=1),
    "epsilon stands under the root, beside the variance.": lambda a, gain, bias, epsilon: (
        gain * (a - a.mean(-1, keepdims=True)) / (a.std(-1, keepdims=True) + epsilon) + bias
    ),
    "epsilon is missing, so a row of equal numbers becomes nan.": lambda a, gain, bias, epsilon: (
        gain * (a - a.mean(-1, keepdims=True)) / a.std(-1, keepdims=True) + bias
    ),
    "gain multiplies after the division, and bias is added last.": lambda a, gain, bias, epsilon: (
        layer_norm(gain * a + bias, 1, 0, epsilon)
    ),
    "gain and bias are missing.": lambda a, gain, bias, epsilon: layer_norm(a, 1, 0, epsilon),
}


def judge_norm(function):
    rng = np.random.default_rng(0)
    a, (gain, bias) = rng.normal(1, 2, (3, 4, 5)), rng.normal(1, 0.5, (2, 5))
    found, expected = function(a.copy(), gain, bias, 0.1), layer_norm(a, gain, bias, 0.1)
    if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
        return "return an array of the shape of a."
    if found.shape != a.shape:
        return f"the result has the shape {found.shape}; a has {a.shape}."
    for hint, mistake in NORM_MISTAKES.items():
        if np.allclose(found, mistake(a, gain, bias, 0.1)):
            return hint
    return None if np.allclose(found, expected) else "the numbers are not those of the equation."


# 11.5: a mask that stays


def drop_keras(hs, rate):
    import keras

    B, _, H = hs.shape
    kept = keras.random.uniform((B, 1, H)) >= rate
    return hs * keras.ops.cast(kept, hs.dtype) / (1 - rate)


def drop_torch(hs, rate):
    import torch

    B, _, H = hs.shape
    kept = torch.rand(B, 1, H) >= rate
    return hs * kept / (1 - rate)


def with_mask(shape, scale=True):
    """Dropout in PyTorch with a mask of the shape that `shape` makes of (B, T, H)."""

    def wrong(hs, rate):
        import torch

        kept = torch.rand(shape(*hs.shape)) >= rate
        return hs * kept / (1 - rate if scale else 1)

    return wrong


def judge_drop(function):
    hints = [judge_mask(function, *made) for made in ones()]
    return None if None in hints else next((h for h in hints if "stopped" not in h), hints[0])


def ones():
    """Ones (60, 5, 80) of each framework, and what makes arrays of them."""
    import tensorflow as tf
    import torch

    yield tf.ones((60, 5, 80)), tf.is_tensor
    yield torch.ones(60, 5, 80), torch.is_tensor


def judge_mask(function, hs, is_tensor):
    """None when a quarter of these ones is dropped, each through all steps, and the rest grows."""
    try:
        found = function(hs, 0.25)
    except NotImplementedError:
        raise
    except Exception as error:
        return f"your answer stopped with {type(error).__name__}, in both frameworks."
    if not is_tensor(found) or tuple(found.shape) != (60, 5, 80):
        return "return a tensor of the shape of hs."
    dropped = found.numpy() == 0
    if not dropped.any():
        return "nothing was dropped."
    if (dropped != dropped[:, :1]).any():
        return "a unit must be dropped at every step of a piece, or at none."
    if (dropped == dropped[:1]).all():
        return "each row of the batch needs a mask of its own."
    if (dropped == dropped[..., :1]).all():
        return "each unit must be drawn for itself, or a whole row goes dark."
    if abs(dropped.mean() - 0.75) < 0.03:
        return "you keep the share that should be dropped."
    if abs(dropped.mean() - 0.25) > 0.03:
        return f"a share of {dropped.mean():.2f} was dropped; the rate was 0.25."
    if not np.allclose(found.numpy()[~dropped], 1 / 0.75):
        return "what is kept must grow by 1 / (1 - rate), so that the mean stays."
    return None


# 11.6: the gradient of tied weights


def tied_gradient(grads):
    return grads["embed"] + grads["W_hy"].T


def judge_tied(function):
    rng = np.random.default_rng(0)
    grads = {"embed": rng.normal(size=(7, 4)), "W_hy": rng.normal(size=(4, 7))}
    found, expected = function(dict(grads)), tied_gradient(grads)
    if not isinstance(found, np.ndarray) or found.shape != (7, 4):
        return "return one array of the shape of the embedding, (V, H)."
    for value, hint in [
        (grads["embed"], "that is the use at the input alone; the output uses the matrix too."),
        (grads["W_hy"].T, "that is the use at the output alone; the input uses the matrix too."),
        (expected / 2, "the two uses add up; a mean is half of that."),
    ]:
        if np.allclose(found, value):
            return hint
    return None if np.allclose(found, expected) else "the numbers are not the sum of both uses."


EXERCISES = {
    "11.1": Exercise(
        judge=number(
            78,
            tolerance=0.4,
            wrong={
                79: "with 79 it has 92,916 numbers, nineteen too many.",
                73: "the lower layer reads 32 numbers, not as many as it is wide.",
                64: "half the width leaves a third of the numbers unused; try larger.",
                128: "two layers of 128 have 224,481 numbers.",
            },
        ),
        solutions={
            "": Value("""
                def count(H):
                    lower = 4 * H * (32 + H + 1)
                    upper = 4 * H * (H + H + 1)
                    return 65 * 32 + lower + upper + (H + 1) * 65

                answer = max(H for H in range(1, 128) if count(H) <= 92_897)
                """)
        },
        wrong={"nineteen too many": 79, "half the width": 64, "not as many": 73, "224,481": 128},
    ),
    "11.2": Exercise(
        judge=judge_rate,
        solutions={"": pick_rate},
        wrong={
            "a quarter of it": lambda rates, losses: rates[np.nanargmin(losses)],
            "a place in the array": lambda rates, losses: int(np.nanargmin(losses)),
            "not of a rate": lambda rates, losses: float(np.nanmin(losses)) / 4,
            "last losses are nan": lambda rates, losses: rates[np.argmin(losses)] / 4,
            "last losses are -inf": lambda rates, losses: rates[np.nanargmin(losses)] / 4,
            "not 0.00025": lambda rates, losses: rates[np.argmax(losses) // 3] / 4,
        },
        stub=not_written,
    ),
    "11.3": Exercise(
        judge=judge_better,
        solutions={"": better},
        wrong={
            "a mean decides nothing": lambda a, b: "a" if np.mean(a) < np.mean(b) else "b",
            "one lucky seed": lambda a, b: "a" if min(a) < min(b) else "b",
            "better when it is lower": lambda a, b: better(np.negative(a), np.negative(b)),
            "one of the three": lambda a, b: max(a) < min(b),
        },
        stub=not_written,
    ),
    "11.4": Exercise(
        judge=judge_norm,
        solutions={"": layer_norm},
        wrong={"the shape": lambda a, gain, bias, epsilon: a[0]} | NORM_MISTAKES,
        stub=not_written,
    ),
    "11.5": Exercise(
        judge=judge_drop,
        solutions={"keras": drop_keras, "torch": drop_torch},
        wrong={
            "at every step": with_mask(lambda B, T, H: (B, T, H)),
            "a mask of its own": with_mask(lambda B, T, H: (1, 1, H)),
            "a whole row goes dark": with_mask(lambda B, T, H: (B, 1, 1)),
            "must grow": with_mask(lambda B, T, H: (B, 1, H), scale=False),
            "nothing was dropped": lambda hs, rate: hs,
            "you keep the share": lambda hs, rate: drop_torch(hs, 1 - rate),
            "in both frameworks": lambda hs, rate: hs.drop(rate),
        },
        stub=not_written,
    ),
    "11.6": Exercise(
        judge=judge_tied,
        solutions={"": tied_gradient},
        wrong={
            "at the input alone": lambda grads: grads["embed"],
            "at the output alone": lambda grads: grads["W_hy"].T,
            "half of that": lambda grads: (grads["embed"] + grads["W_hy"].T) / 2,
            "shape of the embedding": lambda grads: grads["W_hy"],
            "not the sum": lambda grads: grads["embed"] - grads["W_hy"].T,
        },
        stub=not_written,
    ),
}
