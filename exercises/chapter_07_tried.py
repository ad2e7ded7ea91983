"""Other right and wrong answers to the exercises of chapter 7."""

import numpy as np
import torch

from exercises.chapter_07 import decay_rate, orthogonal, right_step, step_with

# 7.6


def drawn_as(make, draw=lambda rng, size: rng.normal(size=size)):
    """What `make` gives for a matrix that was drawn by `draw`."""
    return lambda size, seed: make(draw(np.random.default_rng(seed), (size, size)))


def first_of_qr(draw):
    return drawn_as(lambda drawn: np.linalg.qr(drawn)[0], draw)


def with_signs(drawn):
    Q, R = np.linalg.qr(drawn)
    return Q * np.sign(np.diag(R))


def by_svd(drawn):
    U, _, Vh = np.linalg.svd(drawn)
    return U @ Vh


def rows_of_length_one(table):
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def permutation(size, seed):
    return np.eye(size)[np.random.default_rng(seed).permutation(size)]


def signs(size, seed):
    return np.diag(np.random.default_rng(seed).choice([-1.0, 1.0], size))


def by_gram_schmidt(size, seed):
    rows = []
    for row in np.random.RandomState(seed).randn(size, size):
        for before in rows:
            row = row - row @ before * before
        rows.append(row / np.linalg.norm(row))
    return rows  # a list of arrays


def by_the_global_seed(size, seed):
    np.random.seed(seed)  # noqa: NPY002
    return np.linalg.qr(np.random.randn(size, size)).Q  # noqa: NPY002


def rotation_in_torch(size, seed):
    start = torch.empty(size, size)
    return torch.nn.init.orthogonal_(start, generator=torch.Generator().manual_seed(seed))


def rotation_in_keras(size, seed):
    import keras

    return keras.initializers.Orthogonal(seed=seed)((size, size))


def mirror(size, seed):
    v = np.random.default_rng(seed).normal(size=size)
    return np.eye(size) - 2 * np.outer(v, v) / (v @ v)


def turn_in_one_plane(size, seed):
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    found = np.eye(size)
    found[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return found


RIGHT = {
    "7.1": {"two digits": 0.00039},
    "7.2": {"three digits": 0.708},
    "7.3": {"one digit": 24.2},
    "7.6": {
        "float32 QR": first_of_qr(lambda rng, size: rng.standard_normal(size, dtype=np.float32)),
        "Gram and Schmidt, a list": by_gram_schmidt,
        "with the signs of R": drawn_as(with_signs),
        "SVD": drawn_as(by_svd),
        "eigenvectors": drawn_as(lambda drawn: np.linalg.eigh(drawn + drawn.T)[1]),
        "the global seed": by_the_global_seed,
        "turned over": lambda size, seed: orthogonal(size, seed).T,
        "torch": rotation_in_torch,
        "keras": rotation_in_keras,
    },
}
WRONG = {
    "7.1": {"cut off": (0.00038, "is close"), "one digit": (0.0004, "so many digits")},
    "7.2": {"too few digits": (0.71, "so many digits"), "cut off": (0.707, "is close")},
    "7.3": {"cut off": (24.1, "is close")},
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
        "70 norms": (lambda n: decay_rate(n[:70]), "100 norms"),
        "at most 1.5": (lambda n: min(decay_rate(n), 1.5), "100 norms"),
        "at least 0.3": (lambda n: max(decay_rate(n), 0.3), "12 norms"),
    },
    "7.6": {
        "a permutation": (permutation, "only swaps the axes"),
        "a permutation with signs": (
            lambda *case: permutation(*case) @ signs(*case),
            "only swaps the axes",
        ),
        "signs alone": (signs, "reverses them"),
        "one mirror": (mirror, "favour some directions"),
        "one plane": (turn_in_one_plane, "favour some directions"),
        "numbers above zero": (
            first_of_qr(lambda rng, size: rng.random(size)),
            "leans towards one side",
        ),
        "numbers between two bounds": (
            first_of_qr(lambda rng, size: rng.uniform(-1, 1, size)),
            "corners of a cube",
        ),
        "whole numbers between two bounds": (
            first_of_qr(lambda rng, size: rng.integers(-5, 6, size)),
            "corners of a cube",
        ),
        "the triangular part": (drawn_as(lambda drawn: np.linalg.qr(drawn)[1]), "length 1"),
        "symmetric": (drawn_as(lambda drawn: rows_of_length_one(drawn + drawn.T)), "right angles"),
        "one size": (lambda size, seed: orthogonal(5, seed), "for size 2"),
        "the seed is forgotten": (lambda size, seed: orthogonal(size, 0), "another seed"),
        "a new draw each time": (lambda size, seed: orthogonal(size, None), "same seed"),
        "not square": (lambda size, seed: orthogonal(size, seed)[:, 1:], "should be (5, 5)"),
        "both of a pair": (
            lambda size, seed: (orthogonal(size, seed), np.eye(size)),
            "the first is orthogonal",
        ),
        "a size too large": (lambda size, seed: orthogonal(size + 1, seed), "should be (5, 5)"),
    },
    "7.7": {
        "the first case alone": (
            step_with(lambda grads: [grad / 13 for grad in grads]),
            "length 1.2",
        ),
        "the first array alone": (
            lambda values, grads: right_step(values, grads)[:1],
            "a list of 2 arrays",
        ),
        "one long array": (
            lambda values, grads: np.concatenate([v.ravel() for v in values]),
            "a list of 2 arrays",
        ),
        "in another order": (
            lambda values, grads: right_step(values, grads)[::-1],
            "in their order",
        ),
        "a limit of 0.1": (
            lambda values, grads: right_step(
                values, [g * min(1, 0.1 / max(np.linalg.norm(grads[0]), 1e-9)) for g in grads]
            ),
            "should move the values by",
        ),
        "3 arrays": (
            lambda values, grads: right_step(values[:3], grads[:3]) + values[3:],
            "a gradient of length 3",
        ),
    },
}
