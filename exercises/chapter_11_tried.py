"""Other right and wrong answers to the exercises of chapter 11."""

import keras
import numpy as np
import tensorflow as tf
import torch

from exercises import Value
from exercises.chapter_11 import (
    entropy_at,
    find_temperature,
    gumbel_pick,
    keep_best_torch,
    keep_first,
    nucleus,
)
from rnnlib.functional import log_softmax, softmax

# 11.3


def nucleus_in_place(probs, p):
    order = np.argsort(-probs)
    sums = np.cumsum(probs[order])
    probs[order[sums - probs[order] >= p]] = 0
    probs /= probs.sum()
    return probs


def from_the_back(probs, p):
    order = np.argsort(probs)  # the least likely first: drop while enough is left
    kept = np.ones(len(probs), bool)
    for i in order:
        kept[i] = False
        if probs[kept].sum() < p:
            kept[i] = True
            break
    return np.where(kept, probs, 0) / probs[kept].sum()


def as_in_min_p(probs, p):
    shares = np.where(probs >= (1 - p) * probs.max(), probs, 0)
    return shares / shares.sum()


# 11.4


def top_k_by_mask(logits, k):
    places = keras.ops.top_k(logits, k)[1]
    kept = keras.ops.sum(keras.ops.one_hot(places, logits.shape[1]), axis=1) > 0
    return keras.ops.where(kept, logits, -np.inf)


def top_k_by_sorting(logits, k):
    return tf.where(logits < tf.sort(logits, axis=-1)[:, -k, None], -np.inf, logits)


def top_k_by_scatter(logits, k):
    values, places = torch.topk(logits, k, dim=1)
    return torch.full_like(logits, -torch.inf).scatter(1, places, values)


def top_k_in_place(logits, k):
    for row in logits:
        row[row < row.sort(descending=True).values[k - 1]] = -float("inf")
    return logits


def keep_above(bar, fill=-torch.inf):
    """Top-k in PyTorch that keeps the logits that reach `bar(logits, k)`."""
    return lambda logits, k: logits.masked_fill(logits < bar(logits, k), fill)


def kth(logits, k):
    """The lowest of the k largest logits of each row, (B, 1)."""
    return logits.topk(k).values[:, -1:]


def top_k_of_the_first_row(logits, k):
    lowest = tf.sort(logits[0], direction="DESCENDING")[k - 1]
    return tf.where(logits >= lowest, logits, -np.inf)


def top_k_without_nan(logits, k):
    kept = logits >= kth(logits, k)
    return logits * kept / kept  # 0 / 0


def top_k_in_order(logits, k):
    values = logits.topk(k).values
    return torch.nn.functional.pad(values, (0, logits.shape[1] - k), value=-torch.inf)


# 11.5


def pick_by(noise):
    """Picks by the logits and some other noise, `noise(rng, how many)`."""
    return lambda logits, tau, rng: int(np.argmax(logits / tau + noise(rng, len(logits))))


def as_a_race(logits, temperature, rng):
    """The smallest of exponential waits with the rates e^(l / t), compared by logarithms."""
    waits = np.log(rng.standard_exponential(logits.shape)) - logits / temperature
    return waits.argmin()


def by_cumulated_shares(logits, temperature, rng):
    return int(np.searchsorted(np.cumsum(softmax(logits / temperature)), rng.random()))


def choice_behind_idle_noise(logits, temperature, rng):
    rng.gumbel(size=len(logits))
    return int(rng.choice(len(logits), p=softmax(logits / temperature)))


def exponentials_multiplied(logits, temperature, rng):
    return int(np.argmax(np.exp(logits / temperature) * np.exp(rng.gumbel(size=len(logits)))))


# 11.6


def by_a_fine_table(logits, nats):
    temperatures = np.geomspace(0.01, 100, 12000)
    log_p = log_softmax(logits / temperatures[:, None])
    reached = -(np.exp(log_p) * log_p).sum(axis=1)
    return temperatures[np.abs(reached - nats).argmin()]


def by_halving(steps=60, middle=lambda low, high: (low * high) ** 0.5, entropy=entropy_at):
    """`find_temperature` with so many steps, another middle, or another entropy."""

    def version(logits, nats):
        low, high = 0.01, 100.0
        for _ in range(steps):
            tau = middle(low, high)
            low, high = (tau, high) if entropy(logits, tau) < nats else (low, tau)
        return (low + high) / 2

    return version


def entropy_that_overflows(logits, temperature):
    shares = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
    return -(shares * np.log(shares)).sum()


def between(low, high):
    """The temperature, never outside of two bounds."""
    return lambda *case: float(np.clip(find_temperature(*case), low, high))


RIGHT = {
    "11.1": {"by logarithms": Value("np.exp(2 * (np.log(0.6) - np.log(0.15)))")},
    "11.2": {"to three digits": 0.529},
    "11.3": {"in place": nucleus_in_place, "drops from the back": from_the_back},
    "11.4": {
        "Keras, a mask of one-hot rows": top_k_by_mask,
        "TensorFlow, sorted": top_k_by_sorting,
        "PyTorch, scattered": top_k_by_scatter,
        "PyTorch, in place": top_k_in_place,
        "PyTorch, in double precision": lambda logits, k: top_k_by_scatter(logits.double(), k),
    },
    "11.5": {
        "from uniform numbers": pick_by(lambda rng, n: -np.log(-np.log(rng.random(n)))),
        "a race of exponential waits": as_a_race,
        "noise times the temperature": lambda logits, tau, rng: (
            logits + tau * rng.gumbel(size=len(logits))
        ).argmax(),
    },
    "11.6": {
        "halving another interval": by_halving(middle=lambda low, high: 0.6 * low + 0.4 * high),
        "a fine table": by_a_fine_table,
    },
}

WRONG = {
    "11.1": {"the difference of the shares doubled": (2 * (0.6 - 0.15), "too small")},
    "11.2": {
        "rounded too far": (0.5312, "is close"),
        "rounded up": (0.53, "so many digits"),
        "cut": (0.5285, "is close"),
    },
    "11.3": {
        "two, always": (lambda probs, p: keep_first(probs, 2), "goes wrong for the probabilities"),
        "at least two": (
            lambda probs, p: keep_first(probs, max(2, np.count_nonzero(nucleus(probs, p)))),
            "goes wrong for the probabilities",
        ),
        "four characters": (
            lambda probs, p: np.zeros(4) + nucleus(probs, p),
            "stopped with ValueError",
        ),
        "min-p": (as_in_min_p, "goes wrong for the probabilities"),
        "a softmax of shares": (
            lambda probs, p: softmax(np.where(nucleus(probs, p) > 0, probs, -np.inf)),
            "goes wrong for the probabilities",
        ),
        "one share less": (
            lambda probs, p: nucleus(probs, p)[:-1],
            "probabilities should come out",
        ),
        "strings": (lambda probs, p: ["much"] * len(probs), "should hold numbers"),
        "p below 0.99": (lambda probs, p: nucleus(probs, min(p, 0.99)), "with p = 0.999"),
        "p above 0.05": (lambda probs, p: nucleus(probs, max(p, 0.05)), "with p = 0.02"),
        "none below a thousandth": (
            lambda probs, p: nucleus(np.where((probs > 1e-3) | (p < 0.99), probs, 0), p),
            "with p = 0.999",
        ),
    },
    "11.4": {
        "positive logits only": (
            keep_above(lambda logits, k: kth(logits, k).clamp(min=0)),
            "of its own",
        ),
        "k in the whole batch": (
            keep_above(lambda logits, k: logits.flatten().topk(k).values[-1]),
            "of its own",
        ),
        "k of the batch": (
            keep_above(lambda logits, k: logits.topk(min(k, len(logits)), dim=0).values[-1:]),
            "of its own",
        ),
        "the bar of the first row": (top_k_of_the_first_row, "of its own"),
        "one less": (
            keep_above(lambda logits, k: kth(logits, k) + 1e-4),
            "the rows keep [0, 0, 0]",
        ),
        "zeros": (keep_above(kth, fill=0.0), "minus infinity"),
        "a very low number": (keep_above(kth, fill=-1e9), "minus infinity"),
        "nan": (top_k_without_nan, "minus infinity"),
        "one more for all": (lambda *case: keep_best_torch(*case) + 1, "should keep their values"),
        "sorted": (top_k_in_order, "their positions"),
        "the lowest": (
            lambda logits, k: logits.masked_fill(logits > -kth(-logits, k), -torch.inf),
            "their values and their positions",
        ),
        "one row without its batch": (
            lambda *case: top_k_by_scatter(*case).squeeze(),
            "should come out",
        ),
        "lists": (lambda *case: keep_best_torch(*case).tolist(), "not list"),
        "an array": (lambda *case: keep_best_torch(*case).numpy(), "a NumPy array came out"),
        "no such method": (
            lambda logits, k: logits.keep(k),
            "on a tensor of Keras with AttributeError",
        ),
    },
    "11.5": {
        "cumulated shares": (by_cumulated_shares, "could only go to the one that was raised"),
        "shares behind idle noise": (choice_behind_idle_noise, "could only go to"),
        "the logarithm of shares": (
            lambda logits, tau, rng: gumbel_pick(np.log(softmax(logits / tau)), 1, rng),
            "divide by zero",
        ),
        "exponentials": (
            lambda logits, tau, rng: gumbel_pick(np.log(np.exp(logits / tau)), 1, rng),
            "neither exponentials",
        ),
        "exponentials, multiplied": (exponentials_multiplied, "neither exponentials"),
        "the likeliest": (pick_by(lambda rng, n: 0), "no random number from rng"),
        "one number for all": (pick_by(lambda rng, n: rng.gumbel()), "always takes the same"),
        "noise of its own": (
            pick_by(lambda rng, n: np.random.default_rng().gumbel(size=n)),
            "come from rng",
        ),
        "noise of its own seed": (
            pick_by(lambda rng, n: np.random.default_rng(0).gumbel(size=n)),
            "no random number from rng",
        ),
        "four characters": (pick_by(lambda rng, n: rng.gumbel(size=4)), "stopped with"),
        "12 characters": (
            lambda logits, *more: gumbel_pick(logits[:12], *more),
            "the first fractions should be near",
        ),
        "normal noise of equal spread": (
            pick_by(lambda rng, n: rng.normal(0, np.pi / np.sqrt(6), n)),
            "should be near",
        ),
        "Laplace": (
            pick_by(lambda rng, n: rng.laplace(size=n)),
            "the first fractions should be near",
        ),
        "minus the noise": (pick_by(lambda rng, n: -rng.gumbel(size=n)), "should be near"),
        "zero for minus infinity": (
            lambda logits, *more: gumbel_pick(np.nan_to_num(logits, neginf=0), *more),
            "the fractions should be near [0.0, 0.73",
        ),
        "times the temperature": (
            lambda logits, tau, rng: gumbel_pick(logits, 1 / tau, rng),
            "should be near",
        ),
        "noise divided as well": (
            lambda logits, tau, rng: gumbel_pick(logits, 1, rng),
            "has no effect",
        ),
        "never below 1": (
            lambda logits, tau, rng: gumbel_pick(logits, max(tau, 1), rng),
            "at τ = 0.5 the temperature has no effect",
        ),
        "the sum": (
            lambda logits, tau, rng: float(np.max(logits / tau + rng.gumbel(size=len(logits)))),
            "one whole number",
        ),
        "a list": (lambda *case: [gumbel_pick(*case)], "one whole number"),
        "none of them": (lambda logits, tau, rng: 6, "no id of"),
    },
    "11.6": {
        "turned round": (
            by_halving(entropy=lambda logits, tau: -entropy_at(logits, tau)),
            "at which the entropy is",
        ),
        "overflow": (by_halving(entropy=entropy_that_overflows), "at which the entropy is"),
        "too few steps": (
            by_halving(10, middle=lambda low, high: (low + high) / 2),
            "at which the entropy is",
        ),
        "1/τ": (lambda *case: 1 / find_temperature(*case), "that is 1/τ"),
        "in bits": (lambda logits, nats: find_temperature(logits, nats * np.log(2)), "in bits"),
        "tenths": (lambda *case: round(find_temperature(*case), 1) or 0.1, "at which the entropy"),
        "three digits": (lambda *case: round(find_temperature(*case), 3), "it gives"),
        "at least 0.02": (between(0.02, 100), "it gives 0.02"),
        "at most 50": (between(0.01, 50), "it gives 50"),
        "of the perplexity": (
            lambda logits, nats: find_temperature(logits, np.log(nats)),
            "at which the entropy is",
        ),
        "the entropy itself": (lambda logits, nats: nats, "at which the entropy is"),
        "below zero": (lambda logits, nats: -1.0, "a positive number"),
        "a list": (lambda logits, nats: [1.0], "one number"),
        "a string": (lambda logits, nats: "warm", "should hold numbers"),
    },
}
