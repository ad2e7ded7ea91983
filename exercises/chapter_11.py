"""Exercises of chapter 11: temperatures, a nucleus, a batch filtered, draws without a softmax."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import (
    Hint,
    array,
    call,
    check_function,
    close,
    either,
    find_mistake,
    in_turn,
    knows,
    number,
    results_in,
)
from rnnlib.functional import log_softmax, softmax
from rnnlib.writing import keep_top_k

# 11.3: top-p on shares


def nucleus(probs, p):
    order = np.argsort(-probs)  # the likeliest first
    sums = np.cumsum(probs[order])
    kept = order[sums - probs[order] < p]
    shares = np.zeros(len(probs))
    shares[kept] = probs[kept]
    return shares / shares.sum()


def shares_of(probs, kept):
    """The shares that are kept, a mask, divided by their sum."""
    return np.where(kept, probs, 0) / probs[kept].sum()


def keep_first(probs, number, sign=-1):
    """The `number` likeliest shares, or the least likely, divided by their sum."""
    return shares_of(probs, np.isin(np.arange(len(probs)), np.argsort(sign * probs)[:number]))


def sums_of(probs):
    """What the shares add up to, the largest first."""
    return np.cumsum(np.sort(probs)[::-1])


def unsorted(probs, p):
    return shares_of(probs, np.cumsum(probs) - probs < p)


def all_that_equal_the_last(probs, p):
    return shares_of(probs, probs >= probs[nucleus(probs, p) > 0].min())


def not_divided(probs, p):
    return np.where(nucleus(probs, p) > 0, probs, 0)


NUCLEUS_MISTAKES = {
    "the sums still follow the order of the alphabet: begin with the largest.": unsorted,
    "the numbers are right, but each belongs at the position of its own character.": (
        lambda probs, p: np.sort(nucleus(probs, p))[::-1]
    ),
    "the character with which the sum reaches p belongs to the nucleus too.": (
        lambda probs, p: keep_first(probs, np.count_nonzero(sums_of(probs) < p))
    ),
    "where the sum is exactly p the nucleus is complete: it takes no further one.": (
        lambda probs, p: keep_first(probs, 1 + np.count_nonzero(sums_of(probs) <= p))
    ),
    "of equal probabilities only as many belong to the nucleus as it takes to reach p.": (
        all_that_equal_the_last
    ),
    "what is kept no longer sums to 1: divide it by its sum.": not_divided,
    "divide by the sum that is kept, not by p.": lambda probs, p: not_divided(probs, p) / p,
    "the sum begins with the smallest probability: begin with the largest.": (
        lambda probs, p: keep_first(
            probs, 1 + np.count_nonzero(np.cumsum(np.sort(probs)) < p), sign=1
        )
    ),
}


def nucleus_cases():
    """(shares, p): sums that reach p exactly, in numbers that float32 holds too; then any."""
    exact = np.array([0.0625, 0.5, 0.125, 0.3125])
    cases = [(exact, p) for p in (0.5, 0.8125, 0.9375, 1.0)]
    cases += [(np.array([0.1, 0.2, 0.3, 0.4]), 0.6), (np.array([0.3, 0.1, 0.4, 0.2]), 0.35)]
    cases += [(np.full(8, 0.125), 0.375), (np.array([0.25, 0.0, 0.75]), 1.0), (np.ones(1), 0.5)]
    cases += [(np.array([0.01, 0.97, 0.02]), 0.9)]
    rng = np.random.default_rng(0)
    sizes = ((9, 0.2), (2, 0.5), (30, 0.8), (9, 0.95), (65, 0.01))
    cases += [(rng.dirichlet(np.full(V, 0.7)), p) for V, p in sizes]
    return [*cases, (rng.dirichlet(np.full(300, 2)), 0.02), (rng.dirichlet(np.ones(300)), 0.999)]


def is_nucleus(found, probs, p):
    """Whether `found` is the nucleus, whichever of equal shares it keeps."""
    wanted = nucleus(probs, p)
    mass = probs[wanted > 0].sum()
    return close(np.sort(found), np.sort(wanted)) and close(
        found, np.where(found > 0, probs / mass, 0)
    )


@knows(NUCLEUS_MISTAKES)
def judge_nucleus(function):
    check_function(function)
    cases = nucleus_cases()
    with np.errstate(all="ignore"):
        found = [array(function(probs.copy(), p), "what comes out") for probs, p in cases]
    for answer, (probs, _) in zip(found, cases, strict=True):
        if answer.shape != probs.shape:
            return f"{probs.shape} probabilities should come out, not {answer.shape}."

    def same(answer, other):
        return np.allclose(answer, other, rtol=0, atol=1e-4, equal_nan=True)

    if hint := find_mistake(NUCLEUS_MISTAKES, found, results_in(cases), same):
        return hint
    for answer, (probs, p) in zip(found, cases, strict=True):
        if not is_nucleus(answer, probs, p):
            shown = ", ".join(f"{value:.4g}" for value in probs[:9])
            more = ", ..." if len(probs) > 9 else ""
            return f"with p = {p} it goes wrong for the probabilities {shown}{more}."
    return None


# 11.4: top-k of a batch


def keep_best_keras(logits, k):
    import keras

    lowest = keras.ops.top_k(logits, k)[0][:, -1:]  # (B, 1)
    return keras.ops.where(logits >= lowest, logits, float("-inf"))


def keep_best_torch(logits, k):
    lowest = logits.topk(k).values[:, -1:]  # (B, 1)
    return logits.masked_fill(logits < lowest, float("-inf"))


def batch_cases():
    """(logits (B, V), k): of both signs, all positive, all negative; one row, one character."""
    rng = np.random.default_rng(1)
    for shape, k, shift in (
        ((3, 8), 1, 0), ((3, 8), 3, 0), ((3, 8), 8, 0), ((1, 5), 2, -9), ((6, 4), 3, 9),
        ((2, 30), 7, 0), ((4, 1), 1, 0), ((1, 1), 1, -2), ((9, 90), 20, 0),
    ):  # fmt: skip
        yield (rng.normal(0, 2, shape) + shift).astype("float32"), k


def filter_batches(function, to_tensor):
    """None when the function filters tensors of this kind."""
    for logits, k in batch_cases():
        found = function(to_tensor(logits), k)
        if isinstance(found, np.ndarray):
            return "a NumPy array came out: stay with the framework's tensors."
        if not hasattr(found, "shape"):
            return f"a tensor should come out, not {type(found).__name__}."
        found = array(found, "the tensor that comes out").astype(float)
        wanted = np.array([keep_top_k(row, k) for row in logits])
        if found.shape != wanted.shape:
            return f"a tensor of shape {wanted.shape} should come out, not {found.shape}."
        if np.array_equal(found, wanted):
            continue
        lost = ~np.isfinite(wanted)
        if np.array_equal(found[~lost], wanted[~lost]) and not np.isneginf(found[lost]).any():
            return "the others must be minus infinity, not any other number."
        kept = (~np.isneginf(found)).sum(axis=1)
        if (kept != k).any():
            return f"with k = {k} the rows keep {kept.tolist()}: each should keep {k} of its own."
        return "the logits that stay should keep their values and their positions."
    return None


def filter_keras(function):
    import tensorflow as tf

    return filter_batches(function, tf.constant)


def filter_torch(function):
    import torch

    return filter_batches(function, torch.tensor)


# 11.5: Gumbel


def gumbel_pick(logits, temperature, rng):
    noise = rng.gumbel(size=len(logits))
    return int(np.argmax(logits / temperature + noise))


GUMBEL_CASES = [  # logits, a temperature, and how many draws; 802 overflows in an exponential
    (np.array([0.0, 2.0, -1.0, 1.0]), 1.0, 1000),
    (np.array([0.0, 2.0, -1.0, 1.0]), 3.0, 1000),
    (np.array([0.5, -0.5]), 0.5, 1000),
    (np.array([3.0, *np.zeros(11)]), 1.0, 6000),  # enough to tell other noise
    (np.array([3.0, *np.zeros(39)]), 1.0, 6000),
    (np.array([-np.inf, 0.5, -np.inf, -0.5]), 1.0, 1000),
    (np.array([-np.inf, 802.0, -900.0, 800.0, 801.0]), 1.0, 1000),
    (np.array([5.0]), 0.7, 10),
]


def pick_with(function, logits, temperature, rng):
    """The id that the function picks, checked; a Hint where it is none or the logits changed."""
    given = logits.copy()
    found = function(given, temperature, rng)
    found = found if isinstance(found, np.integer) else array(found, "what comes out")
    if found.ndim or found.dtype.kind not in "iu":
        raise Hint("an id should come out, one whole number.")
    if not np.array_equal(given, logits):
        raise Hint("leave the logits that you are given as they are: they are drawn from again.")
    if not 0 <= found < len(logits):
        raise Hint(f"it returned {found}, which is no id of {len(logits)} characters.")
    return int(found)


def judge_gumbel(function):
    check_function(function)
    with np.errstate(all="ignore"):
        return hint_source(function) or hint_shares(function)


def hint_source(function):
    """None when the noise is one number for each logit, taken from rng."""
    logits, rng = np.array([0.0, 1.0, 0.5, -0.5, 0.2, 0.8]), np.random.default_rng
    picks = [pick_with(function, logits, 1.0, rng(seed)) for seed in range(100)]
    again = [pick_with(function, logits, 1.0, rng(seed)) for seed in range(100)]
    if len(set(picks)) == 1:
        if leaves_alone(function, logits, rng(0)):
            return "it takes no random number from rng, and so always the same character."
        return "it always takes the same character: each needs a random number of its own."
    if picks != again:
        return "the random numbers should come from rng, and from nothing else."
    for raised in range(6):
        higher = logits + 1.5 * np.eye(6)[raised]
        for seed, before in enumerate(picks):
            after = pick_with(function, higher, 1.0, rng(seed))
            if after not in (before, raised):
                return (
                    f"with the same random numbers and a higher logit of character {raised}, the "
                    f"pick goes from {before} to {after}. Where each logit has a random number of "
                    "its own and the highest sum wins, it could only go to the one that was raised."
                )
    return None


def leaves_alone(function, logits, rng):
    """Whether one pick takes no random number from rng."""
    before = rng.bit_generator.state
    pick_with(function, logits, 1.0, rng)
    return rng.bit_generator.state == before


def hint_shares(function):
    """None when the shares of many draws are those of softmax(logits / temperature)."""
    for logits, temperature, draws in GUMBEL_CASES:
        rng, strict = np.random.default_rng(2), "raise" if logits.max() > 100 else "ignore"
        try:
            with np.errstate(divide=strict, over=strict, invalid=strict):
                found = [pick_with(function, logits, temperature, rng) for _ in range(draws)]
        except FloatingPointError as error:
            return (
                f"a logit of 802, -900 or minus infinity stops it: {error}. "
                "Neither exponentials nor probabilities are needed."
            )
        shares = np.bincount(found, minlength=len(logits)) / draws
        if far(shares, softmax(logits / temperature), draws):
            return hint_gumbel(shares, logits, temperature, draws)
    return None


def far(shares, wanted, draws):
    """Whether shares of so many draws are further from the wanted ones than luck takes them."""
    return bool((np.abs(shares - wanted) > 5 * np.sqrt(wanted * (1 - wanted) / draws) + 1e-3).any())


def hint_gumbel(shares, logits, temperature, draws):
    if temperature != 1 and not far(shares, softmax(logits), draws):
        return (
            f"at τ = {temperature} the temperature has no effect: divide before you add the noise, "
            "not after."
        )
    pair = shares, softmax(logits / temperature)
    shown, wanted = (np.round(each, 2)[:12].tolist() for each in pair)
    first = "first fractions" if len(logits) > 12 else "fractions"
    return f"at τ = {temperature} the {first} should be near {wanted}, and they are {shown}."


# 11.6: the temperature for an entropy


def find_temperature(logits, nats):
    low, high = 0.01, 100
    for _ in range(40):
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


def temperature_cases():
    """(logits, nats) for a temperature between 0.02 and 50, of several sizes and scales."""
    rng = np.random.default_rng(3)
    for V, scale, shift, temperature in (
        (20, 3, 0, 1.3), (20, 3, 0, 0.4), (2, 1, -5, 0.8), (65, 4, 0, 6.0), (7, 60, 900, 45.0),
        (7, 0.05, -900, 0.025), (5, 2, 3, 1.0), (300, 3, 0, 0.7),
    ):  # fmt: skip
        logits = rng.normal(0, scale, V) + shift
        yield logits, entropy_at(logits, temperature)


def edge_temperatures():
    """(logits, nats) for temperatures near the ends, beyond which a usual mistake may have none."""
    rng = np.random.default_rng(4)
    for scale, temperature in ((0.03, 0.0113), (150, 93)):
        logits = rng.normal(0, scale, 7)
        yield logits, entropy_at(logits, temperature)


def judge_temperature(function, draw=temperature_cases):
    cases = list(draw())
    found = []
    for logits, nats in cases:
        answer = array(call(function, logits, nats), "what comes out")
        if answer.ndim or answer.dtype.kind not in "iuf":
            return "a temperature should come out, one number."
        if not 0 < answer < np.inf:
            return f"a temperature is a positive number, not {answer:.4g}."
        found.append(float(answer))

    def all_near(of):
        pairs = zip(cases, found, strict=True)
        return all(abs(of(logits, t) - nats) <= 0.001001 for (logits, nats), t in pairs)

    if all_near(entropy_at):
        return None
    if all_near(lambda logits, t: entropy_at(logits, 1 / t)):
        return "that is 1/τ: the logits are divided by the temperature."
    if all_near(lambda logits, t: entropy_at(logits, t) / np.log(2)):
        return "that is the entropy in bits: use the natural logarithm."
    for (logits, nats), temperature in zip(cases, found, strict=True):
        reached = entropy_at(logits, temperature)
        if abs(reached - nats) > 0.001001:
            return (
                f"for {len(logits)} logits and {nats:.4f} nats it gives {temperature:.5g}, "
                f"at which the entropy is {reached:.4f} nats."
            )
    return None


EXERCISES = {
    "11.1": Exercise(
        judge=number(
            16,
            wrong={
                4: "that is the ratio at τ = 1.",
                1 / 16: "that is how many times as likely as `e` is `a`: divide the other way.",
                2: "that is the ratio at τ = 2: the root, not the square.",
                8: "the logits double, so their difference doubles, and the ratio is squared.",
            },
            question="what becomes of the difference of two logits when both are divided by 0.5?",
        ),
        solutions={"": Value("(0.6 / 0.15) ** (1 / 0.5)")},
    ),
    "11.2": Exercise(
        judge=number(
            0.45 / 0.85,
            tolerance=0.0005,
            wrong={
                0.45 / 0.7: "the two largest sum to 0.70, and at least 0.75 is needed.",
                0.45: "what is kept must sum to 1 again.",
                0.45 / 0.75: "divide by the sum that is kept, not by p.",
                0.45 / 0.9: "that adds up in the order given: begin with the largest.",
                0.45 / 0.95: "the three largest sum to 0.85, which is enough.",
            },
            question=(
                "which characters are kept, if you add up from the likeliest one until 0.75 is "
                "reached?"
            ),
        ),
        solutions={"": Value("0.45 / (0.45 + 0.25 + 0.15)  # two sum to 0.70, too little")},
    ),
    "11.3": Exercise(judge=judge_nucleus, solutions={"": nucleus}),
    "11.4": Exercise(
        judge=either(
            {"on a tensor of Keras": filter_keras, "on a tensor of PyTorch": filter_torch}
        ),
        solutions={"keras": keep_best_keras, "torch": keep_best_torch},
    ),
    "11.5": Exercise(judge=judge_gumbel, solutions={"": gumbel_pick}),
    "11.6": Exercise(
        judge=in_turn(judge_temperature, lambda f: judge_temperature(f, edge_temperatures)),
        solutions={"": find_temperature},
    ),
}
