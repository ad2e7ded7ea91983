"""Other right and wrong answers to the exercises of chapter 17."""

import numpy as np
import torch

from exercises.chapter_17 import look, look_with_a_low_score, pick, reverse, scores_gradient

# 17.2


def turn_by_places(ids, lengths):
    t = np.arange(ids.shape[1])
    places = np.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)
    return np.take_along_axis(ids, places, axis=1)


# 17.3


def look_with_infinity(query, keys, values, length):
    return look_with_a_low_score(query, keys, values, length, below=np.inf)


def look_in_torch(query, keys, values, length):
    query, keys, values = (
        torch.tensor(part)[None] for part in (query[None], keys[:length], values[:length])
    )
    return torch.nn.functional.scaled_dot_product_attention(query, keys, values)[0, 0]


def look_without_the_maximum(query, keys, values, length):
    with np.errstate(all="ignore"):
        powers = np.exp(keys[:length] @ query / np.sqrt(len(query)))
        return powers / powers.sum() @ values[:length]


# 17.4


def gradient_by_matrices(weights, d_weights):
    pairs = zip(weights, d_weights, strict=True)
    return [(np.diag(a) - np.outer(a, a)) @ d for a, d in pairs]


def gradient_of_torch(weights, d_weights):
    scores = torch.tensor(np.log(weights), requires_grad=True)
    scores.softmax(-1).backward(torch.tensor(d_weights))
    return scores.grad


RIGHT = {
    "17.2": {"places": turn_by_places},
    "17.3": {"minus infinity": look_with_infinity, "PyTorch's own": look_in_torch},
    "17.4": {"a matrix for each query": gradient_by_matrices, "PyTorch's own": gradient_of_torch},
    "17.5": {
        "in logarithms": lambda log_probs, lengths, power: np.argmin(
            np.log(-log_probs) - power * np.log(lengths)
        )
    },
}

WRONG = {
    "17.1": {"two of them seen": (2, "too small"), "one too many": (4, "too large")},
    "17.2": {
        "one row": (lambda ids, lengths: ids[0], "(3, 4) was expected"),
        "the first alone": (
            lambda ids, lengths: reverse(ids, lengths[:1]),
            "of length 2 should become",
        ),
        "8 rows": (lambda ids, lengths: reverse(ids, lengths[:8]), "of length 7 should become"),
        "10 symbols": (
            lambda ids, lengths: reverse(ids, np.minimum(lengths, 10)),
            "of length 15 should become",
        ),
        "8 bits": (
            lambda ids, lengths: reverse(ids, lengths).astype("uint8"),
            "of length 15 should become",
        ),
    },
    "17.3": {
        "no maximum taken off": (look_without_the_maximum, "overflows"),
        "the best key alone": (
            lambda query, keys, values, length: values[(keys[:length] @ query).argmax()],
            "should begin with",
        ),
        "evenly": (
            lambda query, keys, values, length: values[:length].mean(axis=0),
            "should begin with",
        ),
        "the values": (lambda query, keys, values, length: values, "(3,) was expected"),
        "an axis too many": (lambda *case: look(*case)[None], "(3,) was expected"),
        "another low score": (
            lambda *case: look_with_a_low_score(*case, below=8.0),
            "Padding has a weight",
        ),
        "below the least": (
            lambda query, keys, values, length: look_with_a_low_score(
                query, keys, values, length, below=50 - (keys @ query).min() / len(query) ** 0.5
            ),
            "Padding has a weight",
        ),
    },
    "17.4": {
        "over the questions": (
            lambda weights, d_weights: weights * (d_weights - (weights * d_weights).sum(axis=0)),
            "the gradient of score 0",
        ),
        "as it came": (lambda weights, d_weights: d_weights, "the gradient of score 0"),
        "the first row's average": (
            lambda weights, d_weights: weights * (d_weights - weights[0] @ d_weights[0]),
            "for row 1 of the weights",
        ),
        "5 rows": (
            lambda weights, d_weights: np.vstack(
                [scores_gradient(weights, d_weights)[:5], 0 * weights[5:]]
            ),
            "for row 5 of the weights",
        ),
        "at most 1": (lambda *case: np.clip(scores_gradient(*case), -1, 1), "not -1.0000"),
        "one row": (lambda *case: scores_gradient(*case)[0], "shape (2, 3) was expected"),
    },
    "17.5": {
        "the first five": (lambda p, n, power: pick(p[:5], n[:5], power), "number 6 is best"),
        "the shortest": (lambda p, n, power: int(np.argmin(n)), "number 0 is best"),
        "the second best": (lambda p, n, power: int(np.argsort(p / n**power)[-2]), "is best"),
        "in words": (lambda *case: str(pick(*case)), "numbers"),
        "in an array": (lambda *case: [pick(*case)], "a single number was expected"),
    },
}
