"""Other right and wrong answers to the exercises of chapter 7."""

import numpy as np
import torch

from exercises import chapter_07 as exercises
from exercises.chapter_07 import decay_rate, orthogonal

# 7.5


def by_least_squares(norms):
    rows = np.column_stack([np.ones(len(norms)), range(len(norms))])
    return np.exp(np.linalg.lstsq(rows, np.log(norms)[:, None], rcond=None)[0][1])  # shape (1,)


# 7.6


def by_gram_schmidt(size, seed):
    rows = []
    for row in np.random.RandomState(seed).randn(size, size):
        for before in rows:
            row = row - row @ before * before
        rows.append(row / np.linalg.norm(row))
    return rows  # a list of arrays


def by_float32_qr(size, seed):
    drawn = np.random.default_rng(seed).standard_normal((size, size), dtype=np.float32)
    return np.linalg.qr(drawn)[0]


def with_signs(size, seed):
    Q, R = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    return Q * np.sign(np.diag(R))


def by_svd(size, seed):
    U, _, Vh = np.linalg.svd(np.random.default_rng(seed).normal(size=(size, size)))
    return U @ Vh


def by_eigenvectors(size, seed):
    drawn = np.random.default_rng(seed).normal(size=(size, size))
    return np.linalg.eigh(drawn + drawn.T)[1]


def by_the_global_seed(size, seed):
    np.random.seed(seed)  # noqa: NPY002
    return np.linalg.qr(np.random.randn(size, size)).Q  # noqa: NPY002


def rotation_in_torch(size, seed):
    start = torch.empty(size, size)
    return torch.nn.init.orthogonal_(start, generator=torch.Generator().manual_seed(seed))


def rotation_in_keras(size, seed):
    import keras

    return keras.initializers.Orthogonal(seed=seed)((size, size))


def permutation(size, seed):
    return np.eye(size)[np.random.default_rng(seed).permutation(size)]


def signed_permutation(size, seed):
    return permutation(size, seed) * np.random.default_rng(seed).choice([-1, 1], size)


def mirror(size, seed):
    v = np.random.default_rng(seed).normal(size=size)
    return np.eye(size) - 2 * np.outer(v, v) / (v @ v)


def turn_in_one_plane(size, seed):
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    found = np.eye(size)
    found[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return found


def from_numbers_above_zero(size, seed):
    return np.linalg.qr(np.random.default_rng(seed).random((size, size)))[0]


def between_two_bounds(size, seed):
    return np.linalg.qr(np.random.default_rng(seed).uniform(-1, 1, (size, size)))[0]


def whole_numbers(size, seed):
    return np.linalg.qr(np.random.default_rng(seed).integers(-5, 6, (size, size)))[0]


def triangular(size, seed):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[1]


def symmetric(size, seed):
    drawn = np.random.default_rng(seed).normal(size=(size, size))
    return (drawn + drawn.T) / np.linalg.norm(drawn + drawn.T, axis=1, keepdims=True)


# 7.7


def step_in_numpy(values, grads):
    norm = np.linalg.norm(np.concatenate([grad.ravel() for grad in grads]))
    return [
        value - 0.1 * grad * min(1, 1 / (norm + 1e-12))
        for value, grad in zip(values, grads, strict=True)
    ]


def step_in_float32(values, grads):
    weights = [torch.nn.Parameter(torch.tensor(value).float()) for value in values]
    for weight, grad in zip(weights, grads, strict=True):
        weight.grad = torch.tensor(grad).float()
    torch.nn.utils.clip_grad_norm_(weights, max_norm=1)
    torch.optim.SGD(weights, lr=0.1).step()
    return tuple(weights)  # that still ask for a gradient


def step_for_the_first_case(values, grads):
    return [value - 0.1 * grad / 13 for value, grad in zip(values, grads, strict=True)]


RIGHT = {
    "7.1": {"two digits": 0.00039},
    "7.2": {"three digits": 0.708},
    "7.3": {"one digit": 24.2},
    "7.4": {"a whole number": 1},
    "7.5": {"least squares, an array of one number": by_least_squares},
    "7.6": {
        "float32 QR": by_float32_qr,
        "Gram and Schmidt, a list": by_gram_schmidt,
        "with the signs of R": with_signs,
        "SVD": by_svd,
        "eigenvectors": by_eigenvectors,
        "the global seed": by_the_global_seed,
        "turned over": lambda size, seed: orthogonal(size, seed).T,
        "torch": rotation_in_torch,
        "keras": rotation_in_keras,
    },
    "7.7": {"PyTorch in float32, parameters in a tuple": step_in_float32},
}
WRONG = {
    "7.1": {"cut off": (0.00038, "too small"), "one digit": (0.0004, "too large")},
    "7.2": {"too few digits": (0.71, "too large"), "cut off after three": (0.707, "too small")},
    "7.3": {"cut off": (24.1, "too small"), "half of a right angle": (45, "too large")},
    "7.4": {"a unit less": (0.999, "too small"), "a unit more": (1.001, "too large")},
    "7.5": {
        "twelve only": (
            lambda norms: np.exp(np.polyfit(range(12), np.log(norms[:12]), 1)[0]),
            "Your answer stopped",
        ),
        "the middle, as in the chapter": (
            lambda norms: decay_rate(norms[10:60]) if len(norms) > 12 else decay_rate(norms),
            "70 norms",
        ),
        "rounded": (lambda norms: round(float(decay_rate(norms)), 1), "you give"),
        "no starting point": (
            lambda norms: np.exp(
                np.polyfit(np.arange(len(norms)), np.log(norms / norms[0]), 1)[0]
                + np.log(norms[0]) / len(norms)
            ),
            "you give",
        ),
        "both coefficients": (
            lambda norms: np.exp(np.polyfit(range(len(norms)), np.log(norms), 1)),
            "a single number",
        ),
        "a ratio at the end": (lambda norms: norms[1] / norms[0], "you give"),
    },
    "7.6": {
        "a permutation": (permutation, "only swaps the axes"),
        "a permutation with signs": (signed_permutation, "only swaps the axes"),
        "signs alone": (
            lambda size, seed: np.diag(np.random.default_rng(seed).choice([-1.0, 1.0], size)),
            "turns them round",
        ),
        "one mirror": (mirror, "favour some directions"),
        "one plane": (turn_in_one_plane, "favour some directions"),
        "numbers above zero": (from_numbers_above_zero, "leans towards one side"),
        "numbers between two bounds": (between_two_bounds, "corners of a cube"),
        "whole numbers between two bounds": (whole_numbers, "corners of a cube"),
        "the triangular part": (triangular, "length 1"),
        "symmetric": (symmetric, "right angles"),
        "one size": (lambda size, seed: orthogonal(5, seed), "for size 2"),
        "the seed is forgotten": (lambda size, seed: orthogonal(size, 0), "another seed"),
        "a new draw each time": (lambda size, seed: orthogonal(size, None), "same seed"),
        "not square": (lambda size, seed: orthogonal(size, seed)[:, 1:], "should be (5, 5)"),
        "both of a pair": (
            lambda size, seed: (exercises.orthogonal(size, seed), np.eye(size)),
            "the first is orthogonal",
        ),
        "a size too large": (
            lambda size, seed: exercises.orthogonal(size + 1, seed),
            "should be (5, 5)",
        ),
    },
    "7.7": {
        "the first case alone": (step_for_the_first_case, "length 1.2"),
        "the first array alone": (
            lambda values, grads: step_in_numpy(values, grads)[:1],
            "a list of 2 arrays",
        ),
        "one long array": (
            lambda values, grads: np.concatenate([v.ravel() for v in values]),
            "a list of 2 arrays",
        ),
        "in another order": (
            lambda values, grads: step_in_numpy(values, grads)[::-1],
            "in their order",
        ),
        "a limit of 0.1": (
            lambda values, grads: step_in_numpy(
                values, [g * min(1, 0.1 / max(np.linalg.norm(grads[0]), 1e-9)) for g in grads]
            ),
            "should move the values by",
        ),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["7.5"] |= {
    "70 norms": (lambda n: exercises.decay_rate(n[:70]), "100 norms"),
    "at most 1.5": (lambda n: min(exercises.decay_rate(n), 1.5), "100 norms"),
    "at least 0.3": (lambda n: max(exercises.decay_rate(n), 0.3), "12 norms"),
}
WRONG["7.7"] |= {
    "3 arrays": (
        lambda values, grads: exercises.right_step(values[:3], grads[:3]) + values[3:],
        "a gradient of length 3",
    )
}
