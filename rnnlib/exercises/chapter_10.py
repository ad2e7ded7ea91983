"""Exercises of chapter 10: temperatures, a nucleus, a batch filtered, draws without a softmax."""

import numpy as np

from rnnlib.exercises import Exercise, Value, number
from rnnlib.sampling import keep_top_k, log_softmax, softmax


def not_written(*arguments):
    raise NotImplementedError


# 10.3: top-p on shares


def nucleus(probs, p):
    order = np.argsort(-probs)  # the likeliest first
    sums = np.cumsum(probs[order])
    kept = order[sums - probs[order] < p]
    shares = np.zeros(len(probs))
    shares[kept] = probs[kept]
    return shares / shares.sum()


def unsorted(probs, p):
    sums = np.cumsum(probs)
    kept = sums - probs < p
    return np.where(kept, probs, 0) / probs[kept].sum()


def left_sorted(probs, p):
    return np.sort(nucleus(probs, p))[::-1]


def without_the_last(probs, p):
    order = np.argsort(-probs)
    shares = np.zeros(len(probs))
    kept = order[np.cumsum(probs[order]) < p]
    shares[kept] = probs[kept]
    return shares / shares.sum()


def not_divided(probs, p):
    return np.where(nucleus(probs, p) > 0, probs, 0)


def least_likely(probs, p):
    return np.where(nucleus(probs, p) > 0, 0, probs) / probs.sum()


NUCLEUS_MISTAKES = {
    "the shares are still added up in the order of the alphabet: begin with the largest.": unsorted,
    "the numbers are right, but each belongs in the place of its own character.": left_sorted,
    "the character with which the sum reaches p belongs to the nucleus too.": without_the_last,
    "what is kept no longer sums to 1: divide it by its sum.": not_divided,
}


def judge_nucleus(function):
    rng = np.random.default_rng(0)
    cases = [(np.array([0.1, 0.2, 0.3, 0.4]), 0.6), (np.array([0.3, 0.1, 0.4, 0.2]), 0.35)]
    cases += [(rng.dirichlet(np.ones(9)), p) for p in (0.2, 0.5, 0.8, 0.95)]
    for probs, p in cases:
        given = probs.copy()
        with np.errstate(all="ignore"):
            found = np.asarray(function(given, p), dtype=float)
        if not np.array_equal(given, probs):
            return "leave the shares that you are given as they are, and return others."
        if found.shape != probs.shape:
            return f"{probs.shape} shares should come out, not {found.shape}."
        if not np.allclose(found, nucleus(probs, p), rtol=0, atol=1e-9):
            return hint_nucleus(found, probs, p)
    return None


def hint_nucleus(found, probs, p):
    for hint, mistake in NUCLEUS_MISTAKES.items():
        with np.errstate(all="ignore"):
            wrong = mistake(probs, p)
        if np.allclose(found, wrong, rtol=0, atol=1e-9, equal_nan=True):
            return hint
    shown = ", ".join(f"{value:.2f}" for value in probs)
    return f"with p = {p} it goes wrong for the shares {shown}."


# 10.4: top-k of a batch


def keep_best_keras(logits, k):
    import keras

    lowest = keras.ops.top_k(logits, k)[0][:, -1:]  # (B, 1)
    return keras.ops.where(logits >= lowest, logits, float("-inf"))


def keep_best_torch(logits, k):
    lowest = logits.topk(k).values[:, -1:]  # (B, 1)
    return logits.masked_fill(logits < lowest, float("-inf"))


def keep_best_torch_with(fill=float("-inf"), dim=-1, spare=0):
    """The solution in PyTorch with something wrong: the filling, the axis, or the number."""

    def wrong(logits, k):
        lowest = logits.topk(min(k, logits.shape[dim]), dim=dim).values
        lowest = lowest[:, -1:] if dim == -1 else lowest[-1:]
        return logits.masked_fill(logits < lowest + spare, fill)

    return wrong


def judge_batch(function):
    import tensorflow as tf
    import torch

    logits = np.random.default_rng(1).normal(size=(3, 8)).astype("float32")
    hints = []
    for to_tensor in (tf.constant, torch.tensor):
        hint = hint_batch(function, to_tensor, logits)
        if hint is None:
            return None
        hints.append(hint)
    return next((hint for hint in hints if "stopped" not in hint), hints[1])


def hint_batch(function, to_tensor, logits):
    """None when the function filters tensors of this kind."""
    for k in (1, 3, 8):
        try:
            found = function(to_tensor(logits), k)
            if isinstance(found, np.ndarray):
                return "a NumPy array came out: stay with the framework's tensors."
            found = np.asarray(found, dtype=float)
        except NotImplementedError:
            raise
        except Exception as error:
            return f"your answer stopped with {type(error).__name__}, in both frameworks."
        wanted = np.array([keep_top_k(row, k) for row in logits])
        if found.shape != wanted.shape:
            return f"a tensor of shape {wanted.shape} should come out, not {found.shape}."
        if np.array_equal(found, wanted):
            continue
        if np.isfinite(found).all() and k < 8:
            return "the others must be minus infinity: any other logit still has a share."
        kept = np.isfinite(found).sum(axis=1)
        if (kept != k).any():
            return f"with k = {k} the rows keep {kept.tolist()}: each should keep {k} of its own."
        return "the logits that stay should keep their values and their places."
    return None


# 10.5: Gumbel


def gumbel_pick(logits, temperature, rng):
    noise = rng.gumbel(size=len(logits))
    return int(np.argmax(logits / temperature + noise))


def judge_gumbel(function):
    logits, draws = np.array([0.0, 2.0, -1.0, 1.0]), 4000
    for temperature in (1.0, 0.5, 3.0):
        rng = np.random.default_rng(2)
        found = [int(function(logits.copy(), temperature, rng)) for _ in range(draws)]
        shares = np.bincount(found, minlength=4) / draws
        if len(shares) > 4:
            return f"it returned {max(found)}, which is no id of four characters."
        if shares.max() == 1:
            return "it always takes the same character: each needs a new random number."
        if not np.abs(shares - softmax(logits / temperature)).max() < 0.04:
            return hint_gumbel(shares, logits, temperature)
    return None


def hint_gumbel(shares, logits, temperature):
    if np.abs(shares - softmax(logits)).max() < 0.04:
        return "the temperature has no effect: divide before you add the noise, not after."
    shown, wanted = (np.round(each, 2).tolist() for each in (shares, softmax(logits / temperature)))
    return f"at T = {temperature} the shares should be near {wanted}, and they are {shown}."


# 10.6: the temperature for an entropy


def find_temperature(logits, nats):
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        log_p = log_softmax(logits / middle)
        if -(np.exp(log_p) * log_p).sum() < nats:
            low = middle
        else:
            high = middle
    return low


def entropy_at(logits, temperature):
    log_p = log_softmax(logits / temperature)
    return float(-(np.exp(log_p) * log_p).sum())


def judge_temperature(function):
    logits = np.random.default_rng(3).normal(0, 3, 20)
    for nats in (1.0, 0.3, 2.5):
        found = float(function(logits.copy(), nats))
        if not 0 < found < np.inf:
            return f"a temperature is a positive number, not {found}."
        reached = entropy_at(logits, found)
        if abs(reached - nats) < 0.002:
            continue
        if abs(entropy_at(logits, 1 / found) - nats) < 0.002:
            return "that is 1/T: the logits are divided by the temperature."
        if abs(reached / np.log(2) - nats) < 0.002:
            return "that is the entropy in bits: use the natural logarithm."
        return f"for {nats} nats it gives a temperature with {reached:.3f} nats."
    return None


def constant(value):
    return lambda *arguments: value


EXERCISES = {
    "10.1": Exercise(
        judge=number(
            16,
            wrong={
                4: "that is the ratio at T = 1.",
                1 / 16: "that is how many times as likely as `e` is `a`: turn the ratio round.",
                2: "that is the ratio at T = 2: the root, not the square.",
                8: "the logits double, so their difference doubles, and the ratio is squared.",
            },
        ),
        solutions={"": Value("(0.6 / 0.15) ** (1 / 0.5)")},
        wrong={"ratio at T = 1": 4, "the root": 2, "is squared": 8, "turn the ratio": 0.0625},
    ),
    "10.2": Exercise(
        judge=number(
            0.529,
            tolerance=0.001,
            wrong={
                0.643: "the two largest hold 0.70, and at least 0.75 is needed.",
                0.45: "what is kept must sum to 1 again.",
                0.6: "divide by the mass that is kept, not by p.",
            },
        ),
        solutions={"": Value("0.45 / (0.45 + 0.25 + 0.15)  # two hold 0.70, too little")},
        wrong={"two largest": 0.643, "sum to 1 again": 0.45, "not by p": 0.6},
    ),
    "10.3": Exercise(
        judge=judge_nucleus,
        solutions={"": nucleus},
        wrong=NUCLEUS_MISTAKES
        | {
            "it goes wrong for the shares": least_likely,
            "shares should come out": lambda probs, p: nucleus(probs, p)[:-1],
            "leave the shares": lambda probs, p: np.divide(probs, 2, out=probs),
        },
        stub=unsorted,
    ),
    "10.4": Exercise(
        judge=judge_batch,
        solutions={"keras": keep_best_keras, "torch": keep_best_torch},
        wrong={
            "minus infinity": keep_best_torch_with(fill=0.0),
            "of its own": keep_best_torch_with(dim=0),
            "the rows keep [0, 0, 0]": keep_best_torch_with(spare=1e-6),
            "should come out": lambda logits, k: logits[:, :2],
            "keep their values": lambda logits, k: keep_best_torch(logits, k) + 1,
            "a NumPy array came out": lambda logits, k: np.asarray(keep_best_torch(logits, k)),
            "in both frameworks": lambda logits, k: logits.keep(k),
        },
        stub=not_written,
    ),
    "10.5": Exercise(
        judge=judge_gumbel,
        solutions={"": gumbel_pick},
        wrong={
            "has no effect": lambda logits, T, rng: np.argmax((logits + rng.gumbel(size=4)) / T),
            "should be near": lambda logits, T, rng: np.argmax(logits / T + rng.normal(size=4)),
            "always takes the same": lambda logits, T, rng: np.argmax(logits / T + rng.gumbel()),
            "no id of four": constant(4),
        },
        stub=not_written,
    ),
    "10.6": Exercise(
        judge=judge_temperature,
        solutions={"": find_temperature},
        wrong={
            "that is 1/T": lambda logits, nats: 1 / find_temperature(logits, nats),
            "in bits": lambda logits, nats: find_temperature(logits, nats * np.log(2)),
            "it gives a temperature with": constant(1.0),
            "a positive number": constant(-1.0),
        },
        stub=not_written,
    ),
}
