"""Other right and wrong answers to the exercises of chapter 7."""

import numpy as np
import torch

from exercises import Value
from exercises import chapter_07 as exercises
from exercises.chapter_07 import decay_rate, keras_clipped_step, orthogonal

# 7.5


def by_closed_form(norms):
    k, logs = np.arange(len(norms)), np.log(norms)
    return np.exp(np.cov(k, logs, bias=True)[0, 1] / np.var(k))


def by_least_squares(norms):
    rows = np.column_stack([np.ones(len(norms)), range(len(norms))])
    return np.exp(np.linalg.lstsq(rows, np.log(norms)[:, None], rcond=None)[0][1])  # shape (1,)


def by_logarithms_to_base_2(norms):
    return 2.0 ** np.polyfit(range(len(norms)), np.log2(norms), 1)[0]


def in_float32(norms):
    logs = np.log(norms.astype(np.float32))
    k = np.arange(len(logs), dtype=np.float32) - np.float32(len(logs) - 1) / 2
    return np.exp((k * logs).sum() / (k * k).sum())


def rate_in_torch(norms):
    logs = torch.tensor(norms).log().requires_grad_()
    k = torch.arange(len(logs), dtype=logs.dtype)
    k = k - k.mean()
    return ((k * logs).sum() / k.square().sum()).exp()


def rate_in_keras(norms):
    from keras import ops

    logs, k = ops.log(ops.convert_to_tensor(norms)), ops.arange(len(norms), dtype="float64")
    k = k - ops.mean(k)
    return ops.exp(ops.sum(k * logs) / ops.sum(k * k))


def rate_of_a_changed_array(norms):
    np.log(norms, out=norms)
    return np.exp(np.polyfit(range(len(norms)), norms, 1)[0])


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


def step_of_detached(values, grads):
    weights = [torch.tensor(value).detach().requires_grad_() for value in values]
    loss = sum((w * torch.tensor(g)).sum() for w, g in zip(weights, grads, strict=True))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    with torch.no_grad():
        return [(weight - 0.1 * weight.grad).numpy() for weight in weights]


def step_in_float32_keras(values, grads):
    import keras

    weights = [keras.Variable(value, dtype="float32") for value in values]
    optimizer = keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=1)
    pairs = zip([grad.astype("float32") for grad in grads], weights, strict=True)
    optimizer.apply_gradients(
        [(keras.ops.convert_to_tensor(grad), weight) for grad, weight in pairs]
    )
    return [weight.value for weight in weights]


def step_in_tensorflow(values, grads):
    import tensorflow as tf

    clipped, _ = tf.clip_by_global_norm([tf.constant(grad) for grad in grads], 1.0)
    return (value - 0.1 * grad for value, grad in zip(values, clipped, strict=True))


def step_of_the_callers_arrays(values, grads):
    weights = [torch.from_numpy(value).requires_grad_() for value in values]  # shares the memory
    for weight, grad in zip(weights, grads, strict=True):
        weight.grad = torch.from_numpy(grad)
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    torch.optim.SGD(weights, 0.1).step()
    return [weight.detach().numpy() for weight in weights]


def step_for_the_first_case(values, grads):
    return [value - 0.1 * grad / 13 for value, grad in zip(values, grads, strict=True)]


def keras_step(**limit):
    def step(values, grads):
        import keras

        weights = [keras.Variable(value, dtype="float64") for value in values]
        optimizer = keras.optimizers.SGD(0.1, **limit)
        optimizer.apply([keras.ops.convert_to_tensor(grad) for grad in grads], weights)
        return [weight.numpy() for weight in weights]

    return step


def clipped_after_the_step(values, grads):
    weights = [torch.tensor(value, requires_grad=True) for value in values]
    for weight, grad in zip(weights, grads, strict=True):
        weight.grad = torch.tensor(grad)
    torch.optim.SGD(weights, 0.1).step()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    return [weight.detach().numpy() for weight in weights]


def torch_adam(values, grads):
    weights = [torch.tensor(value, requires_grad=True) for value in values]
    for weight, grad in zip(weights, grads, strict=True):
        weight.grad = torch.tensor(grad)
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    torch.optim.Adam(weights, 0.1).step()
    return [weight.detach().numpy() for weight in weights]


RIGHT = {
    "7.1": {
        "two digits": 0.00039,
        "written with an exponent": 3.9e-4,
        "four digits": 3.856e-4,
        "float32": np.float32(0.675) ** 20,
        "a tensor": torch.tensor(0.675) ** 20,
        "a loop": Value("""
            answer = 1.0
            for _ in range(20):
                answer *= 0.9 * (1 - 0.5**2)
            """),
        "an array of no axes": np.prod(np.full(20, 0.675)),
    },
    "7.2": {
        "three digits": 0.708,
        "logarithms": Value("np.exp(np.log(0.001) / 20)"),
        "powers of ten": Value("10 ** (-3 / 20)"),
        "a tensor with a gradient": torch.tensor(0.70795, requires_grad=True),
    },
    "7.3": {
        "one digit": 24.2,
        "two digits": 24.18,
        "float32": np.float32(24.179),
        "by the cosine": Value("""
            before, after = np.array([12, 0.5]), np.array([1, 0.5])
            lengths = np.linalg.norm(before) * np.linalg.norm(after)
            answer = np.degrees(np.arccos(before @ after / lengths))
            """),
        "by complex numbers": Value("np.angle((1 + 0.5j) / (12 + 0.5j), deg=True)"),
    },
    "7.4": {
        "a whole number": 1,
        "the formula": Value("3 * 2**2 / 12"),
        "a tensor": torch.tensor(1.0),
        "a sample of two million": Value(
            "(np.random.default_rng(2).uniform(-1, 1, (2_000_000, 3)).sum(1) ** 2).mean().round(2)"
        ),
        "true": np.float16(1),
    },
    "7.5": {
        "covariance over variance": by_closed_form,
        "least squares, an array of one number": by_least_squares,
        "base 2": by_logarithms_to_base_2,
        "float32": in_float32,
        "torch, with a gradient": rate_in_torch,
        "keras": rate_in_keras,
        "a Polynomial": lambda norms: np.exp(
            np.polynomial.Polynomial.fit(range(len(norms)), np.log(norms), 1).convert().coef[1]
        ),
        "counted from 1": lambda norms: np.exp(
            np.polyfit(1 + np.arange(len(norms)), np.log(norms), 1)[0]
        ),
        "a float": lambda norms: float(decay_rate(norms)),
    },
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
        "a list of lists": lambda size, seed: orthogonal(size, seed).tolist(),
    },
    "7.7": {
        "NumPy": step_in_numpy,
        "written by hand, in one line": lambda values, grads: [
            v - 0.1 * g / max(1, sum((h**2).sum() for h in grads) ** 0.5)
            for v, g in zip(values, grads, strict=True)
        ],
        "PyTorch in float32, parameters in a tuple": step_in_float32,
        "PyTorch with detach().requires_grad_()": step_of_detached,
        "Keras in float32, apply_gradients": step_in_float32_keras,
        "TensorFlow, a generator": step_in_tensorflow,
        "lists instead of arrays": lambda values, grads: [
            value.tolist() for value in keras_clipped_step(values, grads)
        ],
    },
}
WRONG = {
    "7.1": {
        "cut off": (0.00038, "too small"),
        "one digit": (0.0004, "too large"),
        "two places after the point": (0.0, "not nothing"),
        "per cent": (0.039, "per cent"),
        "19 steps": (0.675**19, "19 steps"),
        "21 steps": (0.675**21, "21 steps"),
        "added": (13.5, "not added"),
        "the weight alone, rounded": (0.12, "weight alone"),
        "h^2 for the slope": (0.225**20, "not h^2"),
        "a string": ("0.00039", "a single number"),
    },
    "7.2": {
        "too few digits": (0.71, "too large"),
        "cut off after three": (0.707, "too small"),
        "ten steps": (0.501, "takes 10 steps"),
        "21 factors": (0.7197, "not 21"),
        "growing": (1.41254, "grows"),
        "negative": (-0.708, "above 0"),
        "no exp": (-0.345, "exp is missing"),
        "divided": (0.00005, "the factors multiply"),
    },
    "7.3": {
        "cut off": (24.1, "too small"),
        "added": (28.95, "do not add"),
        "turned the other way": (-24.2, "without a sign"),
        "both cut to 1": (42.6, "only the 12"),
        "radians, rounded": (0.42, "radians"),
        "the sine": (0.4096, "its sine"),
        "the cosine": (0.912, "cosine"),
        "half of a right angle": (45, "too large"),
    },
    "7.4": {
        "a unit less": (0.999, "too small"),
        "a unit more": (1.001, "too large"),
        "the constant 1": (2, "always saying 1"),
        "mean of three": (1 / 9, "mean of the three"),
        "distances": (1.5, "mean distance"),
        "from 0 to 1": (0.25, "twice as wide"),
        "three times the floor": (3 / 6, "grows with the square"),
        "True": (True, "a single number"),
    },
    "7.5": {
        "clipped below 1": (lambda norms: min(decay_rate(norms), 0.999), "norms that grow"),
        "clipped at 1": (lambda norms: np.clip(decay_rate(norms), 0, 1), "norms that grow"),
        "twelve only": (
            lambda norms: np.exp(np.polyfit(range(12), np.log(norms[:12]), 1)[0]),
            "Your answer stopped",
        ),
        "the middle, as in the chapter": (
            lambda norms: decay_rate(norms[10:60]) if len(norms) > 12 else decay_rate(norms),
            "70 norms",
        ),
        "the intercept": (
            lambda norms: np.exp(
                np.linalg.lstsq(
                    np.column_stack([np.ones(len(norms)), range(len(norms))]),
                    np.log(norms),
                    rcond=None,
                )[0][0]
            ),
            "the line's height",
        ),
        "the intercept, without exp": (
            lambda norms: np.polyfit(range(len(norms)), np.log(norms), 1)[1],
            "the logarithm of the line's height",
        ),
        "rounded": (lambda norms: round(float(decay_rate(norms)), 1), "you give"),
        "changes the array": (rate_of_a_changed_array, "changes what it was given"),
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
        "the median of the ratios": (
            lambda norms: np.median(norms[1:] / norms[:-1]),
            "the middle one",
        ),
        "a ratio at the end": (lambda norms: norms[1] / norms[0], "you give"),
        "the sum of logs": (lambda norms: np.exp(np.diff(np.log(norms)).mean()), "two ends"),
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
    },
    "7.7": {
        "clipnorm": (keras_step(clipnorm=1.0), "each array is clipped by itself"),
        "clipvalue": (keras_step(clipvalue=1.0), "each number is clipped by itself"),
        "clipped after the step": (clipped_after_the_step, "not clipped"),
        "the caller's arrays": (step_of_the_callers_arrays, "changes what it was given"),
        "Adam": (torch_adam, "first step of Adam"),
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
    ),
}
