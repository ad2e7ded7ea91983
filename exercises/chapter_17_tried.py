"""Other right and wrong answers to the exercises of chapter 17."""

from fractions import Fraction

import numpy as np
import torch

from exercises import Value
from exercises import chapter_17 as exercises
from exercises.chapter_17 import pick

# 17.2


def turn_by_places(ids, lengths):
    t = np.arange(ids.shape[1])
    places = np.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)
    return np.take_along_axis(ids, places, axis=1)


def turn_lists(ids, lengths):
    return [[*row[:n][::-1], *row[n:]] for row, n in zip(ids.tolist(), lengths, strict=True)]


def turn_tensor(ids, lengths):
    rows = zip(torch.tensor(ids), lengths, strict=True)
    return torch.stack([torch.cat([row[:n].flip(0), row[n:]]) for row, n in rows])


def turn_in_place(ids, lengths):
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = row[:length][::-1].copy()
    return ids


def turn_the_first(ids, lengths):
    return np.concatenate([turn_by_places(ids[:1], lengths[:1]), ids[1:]])


# 17.3


def look_low(score):
    def found(query, keys, values, length):
        s = keys @ query / len(query) ** 0.5
        s[length:] = score(s)
        return torch.tensor(s).softmax(0).numpy() @ values

    return found


def look_with_infinity(query, keys, values, length):
    scores = keys @ query / len(query) ** 0.5
    scores[length:] = -np.inf
    return torch.tensor(scores).softmax(0).numpy() @ values


def look_by_loops(query, keys, values, length):
    scores = [sum(query * key) / np.sqrt(query.size) for key in keys[:length]]
    powers = [np.exp(score - max(scores)) for score in scores]
    return [
        sum(p * v for p, v in zip(powers, column, strict=False)) / sum(powers)
        for column in values.T
    ]


def look_in_torch(query, keys, values, length):
    parts = (torch.tensor(part)[None] for part in (query, keys[:length], values[:length]))
    query, keys, values = parts
    return torch.nn.functional.scaled_dot_product_attention(query[None], keys, values)[0, 0]


def look_at_the_best(query, keys, values, length):
    return values[(keys[:length] @ query).argmax()]


def look_evenly(query, keys, values, length):
    return values[:length].mean(axis=0)


def look_in_place(query, keys, values, length):
    keys[length:] = 0
    return look_by_loops(query, keys, values, length)


def look_at_values(query, keys, values, length):
    return look_with_infinity(query, keys, values, length)[None]


# 17.4


def gradient_by_matrices(weights, d_weights):
    rows = []
    for a, d in zip(weights, d_weights, strict=True):
        rows.append((np.diag(a) - np.outer(a, a)) @ d)
    return np.array(rows)


def gradient_of_torch(weights, d_weights):
    scores = torch.tensor(np.log(weights), requires_grad=True)
    scores.softmax(-1).backward(torch.tensor(d_weights))
    return scores.grad


def gradient_in_place(weights, d_weights):
    d_weights -= (weights * d_weights).sum(-1, keepdims=True)
    return weights * d_weights


def gradient_over_questions(weights, d_weights):
    return weights * (d_weights - (weights * d_weights).sum(axis=0))


def gradient_by_the_first(weights, d_weights):
    return weights * (d_weights - (weights[:1] * d_weights[:1]).sum())


# 17.5


def pick_by_max(log_probs, lengths, power):
    found = [(p / n**power, -i) for i, (p, n) in enumerate(zip(log_probs, lengths, strict=True))]
    return -max(found)[1]


def pick_in_logs(log_probs, lengths, power):
    return np.argmin(np.log(-log_probs) - power * np.log(lengths))


def pick_in_torch(log_probs, lengths, power):
    return (torch.tensor(log_probs) / torch.tensor(lengths) ** power).argmax()


def look_without_the_maximum(query, keys, values, length):
    with np.errstate(all="ignore"):
        powers = np.exp(keys[:length] @ query / np.sqrt(len(query)))
        return powers / powers.sum() @ values[:length]


RIGHT = {
    "17.1": {
        "a float": 3.0,
        "an integer of NumPy": np.int64(3),
        "a fraction": Fraction(3),
        "by recursion": Value("""
            def least(a, b):
                if not a or not b:
                    return len(a) + len(b)
                other = min(least(a[1:], b), least(a, b[1:])) + 1
                return min(other, least(a[1:], b[1:]) + (a[0] != b[0]))

            answer = least("sonntag", "zondag")
            """),
    },
    "17.2": {
        "places": turn_by_places,
        "lists": turn_lists,
        "a tensor": turn_tensor,
    },
    "17.3": {
        "minus infinity": look_with_infinity,
        "loops": look_by_loops,
        "PyTorch's own": look_in_torch,
    },
    "17.4": {
        "a matrix for each question": gradient_by_matrices,
        "PyTorch's own": gradient_of_torch,
        "lists": lambda weights, d_weights: gradient_by_matrices(weights, d_weights).tolist(),
    },
    "17.5": {
        "the largest pair": pick_by_max,
        "in logarithms": pick_in_logs,
        "a tensor": pick_in_torch,
    },
}

WRONG = {
    "17.1": {
        "in a list": ([3], "a single number"),
        "as a word": ("3", "a single number"),
        "two of them seen": (2, "too small"),
        "one too many": (4, "too large"),
    },
    "17.2": {
        "in place": (turn_in_place, "changes what it was given"),
        "the first alone": (turn_the_first, "should become"),
        "nothing back": (lambda ids, lengths: None, "returns nothing"),
    },
    "17.3": {
        "no maximum taken off": (look_without_the_maximum, "overflows"),
        "the best key alone": (look_at_the_best, "should begin with"),
        "evenly": (look_evenly, "should begin with"),
        "in place": (look_in_place, "changes what it was given"),
        "an axis too many": (look_at_values, "should have the shape"),
        "another low score": (look_low(lambda s: -8.0), "Padding has a weight"),
        "below the least": (look_low(lambda s: s.min() - 50), "Padding has a weight"),
    },
    "17.4": {
        "in place": (gradient_in_place, "changes what it was given"),
        "over the questions": (gradient_over_questions, "the gradient of score 0"),
        "as it came": (lambda weights, d_weights: d_weights, "the gradient of score 0"),
        "the first row's average": (gradient_by_the_first, "for row 1 of the weights"),
        "one row": (lambda weights, d_weights: weights[0] * d_weights[0], "the shape should be"),
    },
    "17.5": {
        "the first five": (lambda p, n, a: pick(p[:5], n[:5], a), "number 6 is best"),
        "the shortest": (lambda log_probs, lengths, power: int(np.argmin(lengths)), "is best"),
        "a score": (lambda log_probs, lengths, power: "2", "numbers"),
        "nothing back": (lambda log_probs, lengths, power: None, "returns nothing"),
        "in an array": (lambda p, n, power: np.array([np.argmax(p / n**power)]), "one place"),
        "the second best": (
            lambda log_probs, lengths, power: int(
                np.argsort(np.asarray(log_probs) / np.asarray(lengths) ** power)[-2]
            ),
            "is best",
        ),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["17.2"] |= {
    "8 rows": (
        lambda ids, n: np.vstack([exercises.turn(ids, n)[:8], ids[8:]]),
        "of length 7 should become",
    ),
    "10 symbols": (
        lambda ids, n: exercises.turn(ids, np.minimum(n, 10)),
        "of length 15 should become",
    ),
    "8 bits": (lambda ids, n: exercises.turn(ids, n).astype("uint8"), "of length 15 should become"),
}
WRONG["17.4"] |= {
    "5 rows": (
        lambda w, d: np.vstack([exercises.scores_gradient(w, d)[:5], 0 * d[5:]]),
        "for row 5 of the weights",
    ),
    "at most 1": (lambda w, d: np.clip(exercises.scores_gradient(w, d), -1, 1), "not -1.0000"),
}
