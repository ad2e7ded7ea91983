"""Other right and wrong answers to the exercises of chapter 11."""

from fractions import Fraction

import keras
import numpy as np
import tensorflow as tf
import torch

from exercises import Value
from exercises import chapter_11 as exercises
from exercises.chapter_11 import find_temperature, gumbel_pick, nucleus

# 11.3


def by_searchsorted(probs, p):
    order = np.argsort(probs)[::-1]
    needed = 1 + np.searchsorted(np.cumsum(probs[order]), p)
    shares = np.zeros_like(probs)
    shares[order[:needed]] = probs[order[:needed]]
    return shares / np.sum(shares)


def by_a_loop(probs, p):
    left, kept = list(enumerate(probs)), {}
    while left and sum(kept.values()) < p:
        best = max(left, key=lambda pair: pair[1])
        left.remove(best)
        kept[best[0]] = best[1]
    return [kept.get(i, 0) / sum(kept.values()) for i in range(len(probs))]


def nucleus_in_place(probs, p):
    order = np.argsort(-probs)
    sums = np.cumsum(probs[order])
    probs[order[sums - probs[order] >= p]] = 0
    probs /= probs.sum()
    return probs


def nucleus_of_pytorch(probs, p):
    sorted_probs, order = torch.tensor(probs, requires_grad=True).sort(descending=True)
    kept = sorted_probs.cumsum(0) - sorted_probs < p
    shares = torch.zeros_like(sorted_probs).scatter(0, order, sorted_probs * kept)
    return shares / shares.sum()


def nucleus_of_keras(probs, p):
    values, order = keras.ops.top_k(keras.ops.convert_to_tensor(probs, "float32"), len(probs))
    kept = keras.ops.where(keras.ops.cumsum(values) - values < p, values, 0.0)
    return keras.ops.take(kept / keras.ops.sum(kept), keras.ops.argsort(order))


def from_the_back(probs, p):
    order = np.argsort(probs)  # the least likely first: drop while enough is left
    kept = np.ones(len(probs), bool)
    for i in order:
        kept[i] = False
        if probs[kept].sum() < p:
            kept[i] = True
            break
    return np.where(kept, probs, 0) / probs[kept].sum()


def one_by_one(probs, p):
    yield from nucleus(probs, p)


def never_more_than_two(probs, p):
    order = np.argsort(-probs)[:2]
    shares = np.zeros(len(probs))
    shares[order] = probs[order]
    return shares / shares.sum()


def of_four_characters(probs, p):
    order = np.argsort(-probs)
    sums = np.cumsum(probs[order])
    shares = np.zeros(4)
    kept = order[sums - probs[order] < p]
    shares[kept] = probs[kept]
    return shares / shares.sum()


def at_least_two(probs, p):
    order = np.argsort(-probs)
    sums = np.cumsum(probs[order])
    kept = np.union1d(order[:2], order[sums - probs[order] < p])
    shares = np.zeros(len(probs))
    shares[kept] = probs[kept]
    return shares / shares.sum()


def as_in_min_p(probs, p):
    shares = np.where(probs >= (1 - p) * probs.max(), probs, 0)
    return shares / shares.sum()


def softmax_of_shares(probs, p):
    kept = nucleus(probs, p) > 0
    scores = np.where(kept, np.exp(probs), 0)
    return scores / scores.sum()


# 11.4


def top_k_by_mask(logits, k):
    places = keras.ops.top_k(logits, k)[1]
    kept = keras.ops.sum(keras.ops.one_hot(places, logits.shape[1]), axis=1) > 0
    return keras.ops.where(kept, logits, -np.inf)


def top_k_by_sorting(logits, k):
    lowest = tf.sort(logits, axis=-1)[:, -k, None]
    return tf.where(logits < lowest, -float("inf"), logits)


def top_k_row_by_row(logits, k):
    rows = []
    for row in tf.unstack(logits):
        lowest = tf.reduce_min(tf.math.top_k(row, k).values)
        rows.append(tf.where(row >= lowest, row, tf.fill(row.shape, -np.inf)))
    return tf.stack(rows)


def top_k_by_scatter(logits, k):
    values, places = torch.topk(logits, k, dim=1)
    return torch.full_like(logits, -torch.inf).scatter(1, places, values)


def top_k_in_place(logits, k):
    for row in logits:
        row[row < row.sort(descending=True).values[k - 1]] = -float("inf")
    return logits


def top_k_with_a_gradient(logits, k):
    logits = logits.detach().requires_grad_()
    return torch.where(logits >= logits.kthvalue(logits.shape[1] - k + 1, dim=1, keepdim=True)[0],
                       logits, -torch.inf)  # fmt: skip


def top_k_in_double_precision(logits, k):
    logits = logits.double()
    return logits.masked_fill(logits.argsort(dim=1).argsort(dim=1) < logits.shape[1] - k, -np.inf)


def top_k_of_positive_ones(logits, k):
    lowest = logits.topk(k).values[:, -1:].clamp(min=0)
    return logits.masked_fill(logits < lowest, -torch.inf)


def top_k_of_the_batch(logits, k):
    lowest = logits.flatten().topk(k).values[-1]
    return logits.masked_fill(logits < lowest, -torch.inf)


def top_k_of_the_first_row(logits, k):
    lowest = tf.sort(logits[0], direction="DESCENDING")[k - 1]
    return tf.where(logits >= lowest, logits, -np.inf)


def top_k_very_low(logits, k):
    lowest = keras.ops.top_k(logits, k)[0][:, -1:]
    return keras.ops.where(logits >= lowest, logits, -1e9)


def top_k_without_nan(logits, k):
    kept = logits >= logits.topk(k).values[:, -1:]
    return logits * kept / kept  # 0 / 0


def top_k_one_less(logits, k):
    return logits.masked_fill(logits <= logits.topk(k).values[:, -1:], -torch.inf)


def top_k_in_order(logits, k):
    values = logits.topk(k).values
    return torch.nn.functional.pad(values, (0, logits.shape[1] - k), value=-torch.inf)


def top_k_without_the_batch(logits, k):
    return top_k_by_scatter(logits, k).squeeze()


def lowest_k(logits, k):
    return logits.masked_fill(logits > logits.kthvalue(k, dim=1, keepdim=True)[0], -torch.inf)


def top_k_as_lists(logits, k):
    return top_k_by_scatter(logits, k).tolist()


# 11.5


def from_uniform_numbers(logits, temperature, rng):
    return np.argmax(logits / temperature - np.log(-np.log(rng.random(len(logits)))))


def one_after_the_other(logits, temperature, rng):
    best, place = -np.inf, None
    for i, logit in enumerate(logits):
        score = logit / temperature + rng.gumbel()
        if score > best:
            best, place = score, i
    return place


def as_a_race(logits, temperature, rng):
    """The smallest of exponential waits with the rates e^(l / t), compared by logarithms."""
    waits = np.log(rng.standard_exponential(logits.shape)) - logits / temperature
    return waits.argmin()


def noise_times_temperature(logits, temperature, rng):
    return int((logits + temperature * rng.gumbel(size=logits.shape)).argmax())


def gumbel_in_pytorch(logits, temperature, rng):
    noise = torch.from_numpy(rng.gumbel(size=len(logits)))
    return (torch.from_numpy(logits) / temperature + noise).argmax()


def after_a_log_softmax(logits, temperature, rng):
    scores = logits / temperature
    scores = scores - scores.max() - np.log(np.exp(scores - scores.max()).sum())
    return int(np.argmax(scores + rng.gumbel(size=len(logits))))


def by_cumulated_shares(logits, temperature, rng):
    shares = np.exp((logits - logits.max()) / temperature)
    return int(np.searchsorted(np.cumsum(shares) / shares.sum(), rng.random()))


def choice_behind_idle_noise(logits, temperature, rng):
    rng.gumbel(size=len(logits))
    shares = np.exp((logits - logits.max()) / temperature)
    return int(rng.choice(len(logits), p=shares / shares.sum()))


def after_a_logarithm_of_shares(logits, temperature, rng):
    scores = (logits - logits.max()) / temperature
    shares = np.exp(scores) / np.exp(scores).sum()
    return int(np.argmax(np.log(shares) + rng.gumbel(size=len(logits))))


def after_exponentials(logits, temperature, rng):
    shares = np.exp(logits / temperature)
    return int(np.argmax(np.log(shares) + rng.gumbel(size=len(logits))))


def exponentials_multiplied(logits, temperature, rng):
    return int(np.argmax(np.exp(logits / temperature) * np.exp(rng.gumbel(size=len(logits)))))


def noise_of_its_own_seed(logits, temperature, rng):
    noise = np.random.default_rng(0).gumbel(size=len(logits))
    return int(np.argmax(logits / temperature + noise))


def noise_of_its_own(logits, temperature, rng):
    noise = np.random.default_rng().gumbel(size=len(logits))
    return int(np.argmax(logits / temperature + noise))


def noise_of_four(logits, temperature, rng):
    return int(np.argmax(logits / temperature + rng.gumbel(size=4)))


def noise_of_equal_spread(logits, temperature, rng):
    noise = rng.normal(0, np.pi / np.sqrt(6), len(logits))
    return int(np.argmax(logits / temperature + noise))


def noise_turned_round(logits, temperature, rng):
    return int(np.argmax(logits / temperature - rng.gumbel(size=len(logits))))


def temperature_multiplied(logits, temperature, rng):
    return int(np.argmax(logits * temperature + rng.gumbel(size=len(logits))))


def gumbel_in_place(logits, temperature, rng):
    logits /= temperature
    logits += rng.gumbel(size=len(logits))
    return int(logits.argmax())


def the_sum_instead_of_its_place(logits, temperature, rng):
    return float(np.max(logits / temperature + rng.gumbel(size=len(logits))))


def the_place_in_a_list(logits, temperature, rng):
    return [gumbel_pick(logits, temperature, rng)]


# 11.6


def entropy(logits, temperature):
    scores = (logits - logits.max()) / temperature
    shares = np.exp(scores) / np.exp(scores).sum()
    return -(shares * np.log(shares, where=shares > 0, out=np.zeros_like(shares))).sum()


def by_halving_the_logarithm(logits, nats):
    low, high = -6.0, 6.0
    while high - low > 1e-7:
        middle = (low + high) / 2
        if entropy(logits, np.exp(middle)) > nats:
            high = middle
        else:
            low = middle
    return np.exp(high)


def by_a_fine_table(logits, nats):
    temperatures = np.geomspace(0.01, 100, 12000)
    scores = (logits - logits.max()) / temperatures[:, None]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    reached = np.log(np.exp(scores).sum(axis=1)) - (shares * scores).sum(axis=1)
    return temperatures[np.abs(reached - nats).argmin()]


def by_tables_in_tables(logits, nats):
    low, high = 0.005, 200.0
    for _ in range(6):
        table = np.geomspace(low, high, 30)
        reached = [entropy(logits, each) for each in table]
        at = int(np.clip(np.searchsorted(reached, nats), 1, 29))
        low, high = table[at - 1], table[at]
    return np.float64(low)


def by_secants_of_the_logarithm(logits, nats):
    low, high = 0.005, 300.0
    for _ in range(200):
        middle = low * (high / low) ** 0.4
        low, high = (middle, high) if entropy(logits, middle) < nats else (low, middle)
    return np.array(high)


def in_pytorch(logits, nats):
    logits, low, high = torch.tensor(logits), torch.tensor(1e-2), torch.tensor(1e2)
    for _ in range(60):
        middle = (low * high).sqrt()
        shares = torch.distributions.Categorical(logits=logits / middle)
        low, high = (middle, high) if shares.entropy() < nats else (low, middle)
    return low.double().requires_grad_()


def for_shares_near_zero_nan(logits, nats):
    low, high = 1e-2, 1e2
    with np.errstate(all="ignore"):
        for _ in range(60):
            middle = np.sqrt(low * high)
            shares = np.exp(logits / middle) / np.exp(logits / middle).sum()
            reached = -(shares * np.log(shares)).sum()
            low, high = (middle, high) if reached < nats else (low, middle)
    return low


def turned_round(logits, nats):
    low, high = 1e-2, 1e2
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if entropy(logits, middle) > nats else (low, middle)
    return low


def too_few_steps(logits, nats):
    low, high = 0.01, 100.0
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if entropy(logits, middle) < nats else (low, middle)
    return (low + high) / 2


def in_tenths(logits, nats):
    temperatures = np.arange(0.1, 10, 0.1)
    return temperatures[np.argmin([abs(entropy(logits, each) - nats) for each in temperatures])]


def never_above_ten(logits, nats):
    return min(find_temperature(logits, nats), 10.0)


def temperature_in_place(logits, nats):
    logits -= logits.max()
    return find_temperature(logits, nats)


def of_the_perplexity(logits, nats):
    return find_temperature(logits, np.log(nats))


def the_entropy_itself(logits, nats):
    return entropy(logits, find_temperature(logits, nats))


RIGHT = {
    "11.1": {
        "a whole number": 16,
        "a float of NumPy": np.float32(16),
        "a fraction": Fraction(3, 5) ** 2 / Fraction(3, 20) ** 2,
        "by logarithms": Value("np.exp(2 * (np.log(0.6) - np.log(0.15)))"),
    },
    "11.2": {
        "to three digits": 0.529,
        "to four digits": 0.5294,
        "in full": 9 / 17,
        "a tensor": torch.tensor(0.5294),
    },
    "11.3": {
        "searchsorted": by_searchsorted,
        "a loop and a list": by_a_loop,
        "in place": nucleus_in_place,
        "PyTorch, with a gradient": nucleus_of_pytorch,
        "Keras, in single precision": nucleus_of_keras,
        "drops from the back": from_the_back,
        "a generator": one_by_one,
    },
    "11.4": {
        "Keras, a mask of one-hot rows": top_k_by_mask,
        "TensorFlow, sorted": top_k_by_sorting,
        "TensorFlow, row by row": top_k_row_by_row,
        "PyTorch, scattered": top_k_by_scatter,
        "PyTorch, in place": top_k_in_place,
        "PyTorch, with a gradient": top_k_with_a_gradient,
        "PyTorch, in double precision": top_k_in_double_precision,
    },
    "11.5": {
        "from uniform numbers": from_uniform_numbers,
        "one after the other": one_after_the_other,
        "a race of exponential waits": as_a_race,
        "noise times the temperature": noise_times_temperature,
        "PyTorch": gumbel_in_pytorch,
        "after a log-softmax, which moves all alike": after_a_log_softmax,
    },
    "11.6": {
        "halving the logarithm": by_halving_the_logarithm,
        "a fine table": by_a_fine_table,
        "tables in tables": by_tables_in_tables,
        "other steps, an array of no axes": by_secants_of_the_logarithm,
        "PyTorch": in_pytorch,
    },
}

WRONG = {
    "11.1": {
        "the difference of the shares doubled": (2 * (0.6 - 0.15), "too small"),
        "a share": (0.36, "too small"),
        "in words": ("sixteen", "a single number"),
        "in a list": ([16], "a single number"),
    },
    "11.2": {
        "rounded too far": (0.5312, "too large"),
        "two digits too few": (0.52, "too small"),
    },
    "11.3": {
        "two, always": (never_more_than_two, "goes wrong for the shares"),
        "four characters": (of_four_characters, "stopped with"),
        "at least two": (at_least_two, "goes wrong for the shares"),
        "min-p": (as_in_min_p, "goes wrong for the shares"),
        "a softmax of shares": (softmax_of_shares, "goes wrong for the shares"),
        "strings": (lambda probs, p: ["much"] * len(probs), "should hold numbers"),
    },
    "11.4": {
        "positive logits only": (top_k_of_positive_ones, "of its own"),
        "k in the whole batch": (top_k_of_the_batch, "of its own"),
        "the bar of the first row": (top_k_of_the_first_row, "of its own"),
        "a very low number": (top_k_very_low, "minus infinity"),
        "nan": (top_k_without_nan, "minus infinity"),
        "one less": (top_k_one_less, "each should keep"),
        "sorted": (top_k_in_order, "their places"),
        "one row without its batch": (top_k_without_the_batch, "should come out"),
        "the lowest": (lowest_k, "their values and their places"),
        "lists": (top_k_as_lists, "not list"),
    },
    "11.5": {
        "cumulated shares": (by_cumulated_shares, "could only go to the one that was raised"),
        "shares behind idle noise": (choice_behind_idle_noise, "could only go to"),
        "the logarithm of shares": (after_a_logarithm_of_shares, "divide by zero"),
        "exponentials": (after_exponentials, "neither exponentials"),
        "exponentials, multiplied": (exponentials_multiplied, "neither exponentials"),
        "noise of its own": (noise_of_its_own, "come from rng"),
        "noise of its own seed": (noise_of_its_own_seed, "no random number from rng"),
        "four characters": (noise_of_four, "stopped with"),
        "normal noise of equal spread": (noise_of_equal_spread, "should be near"),
        "minus the noise": (noise_turned_round, "should be near"),
        "times the temperature": (temperature_multiplied, "should be near"),
        "in place": (gumbel_in_place, "as they are"),
        "the sum": (the_sum_instead_of_its_place, "one whole number"),
        "a list": (the_place_in_a_list, "one whole number"),
    },
    "11.6": {
        "overflow": (for_shares_near_zero_nan, "at which the entropy is"),
        "turned round": (turned_round, "at which the entropy is"),
        "too few steps": (too_few_steps, "at which the entropy is"),
        "tenths": (in_tenths, "at which the entropy is"),
        "never above ten": (never_above_ten, "at which the entropy is"),
        "in place": (temperature_in_place, "changes what it was given"),
        "of the perplexity": (of_the_perplexity, "at which the entropy is"),
        "the entropy itself": (the_entropy_itself, "at which the entropy is"),
        "a list": (lambda logits, nats: [1.0], "one number"),
        "a string": (lambda logits, nats: "warm", "should hold numbers"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["11.2"] |= {"rounded up": (0.53, "too large"), "cut": (0.5285, "too small")}
WRONG["11.3"] |= {
    "p below 0.99": (lambda q, p: exercises.nucleus(q, min(p, 0.99)), "with p = 0.999"),
    "p above 0.05": (lambda q, p: exercises.nucleus(q, max(p, 0.05)), "with p = 0.02"),
    "none below a thousandth": (
        lambda q, p: exercises.nucleus(np.where(q > 1e-3, q, 0), p) if p > 0.99 else nucleus(q, p),
        "with p = 0.999",
    ),
}


def pick_by(noise):
    return lambda logits, tau, rng: int(np.argmax(logits / tau + noise(rng, len(logits))))


WRONG["11.5"] |= {
    "Laplace": (pick_by(lambda rng, n: rng.laplace(size=n)), "the first shares should be near"),
    "12 characters": (
        lambda logits, *a: exercises.gumbel_pick(logits[:12], *a),
        "the first shares should be near",
    ),
    "zero for minus infinity": (
        lambda logits, *a: exercises.gumbel_pick(np.nan_to_num(logits, neginf=0), *a),
        "the shares should be near [0.0, 0.73",
    ),
    "never below 1": (
        lambda logits, tau, rng: exercises.gumbel_pick(logits, max(tau, 1), rng),
        "at τ = 0.5 the temperature has no effect",
    ),
}


def between(low, high):
    """The temperature, never outside of two bounds."""
    return lambda *a: float(np.clip(exercises.find_temperature(*a), low, high))


WRONG["11.6"] |= {
    "at least 0.02": (between(0.02, 100), "it gives 0.02"),
    "at most 50": (between(0.01, 50), "it gives 50"),
    "three digits": (lambda *a: round(exercises.find_temperature(*a), 3), "it gives"),
}
