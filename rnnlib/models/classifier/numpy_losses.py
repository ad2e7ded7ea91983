"""The losses of sequence models in NumPy, each with its gradient.

The same names and numbers as keras_losses.py and torch_losses.py. Outputs (..., N) are compared to
targets as SequenceConfig.check_targets returns them, and averaged over all that counts.
"""

from collections.abc import Sequence

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.interface import Array


def measure(
    name: str,
    outputs: Array,
    targets: Array,
    counts: Array | None = None,
    levels: Sequence[float] = (),
) -> tuple[float, Array]:
    """The mean of a loss, and its gradient for the outputs, (..., N).

    `counts` (B, T) says which steps do; without it, all.
    """
    values, grads = FUNCTIONS[name](outputs, targets, levels)
    if counts is not None:
        wide = counts.reshape(*counts.shape, *[1] * (values.ndim - counts.ndim))
        values, grads = values * wide, grads * counts[..., None]
    share = 1 if counts is None else counts.sum() / counts.size
    total = values.size * share
    return float(values.sum() / total), (grads / total).astype(outputs.dtype)


def cross_entropy(outputs: Array, targets: Array, levels: Sequence[float]) -> tuple[Array, Array]:
    """-log softmax(outputs)[target], in nats."""
    log_probs = log_softmax(outputs)
    values = -np.take_along_axis(log_probs, targets[..., None], axis=-1)[..., 0]
    one_hot = np.arange(outputs.shape[-1]) == targets[..., None]
    return values, np.exp(log_probs) - one_hot


def squares(outputs: Array, targets: Array, levels: Sequence[float]) -> tuple[Array, Array]:
    """(output - target)^2."""
    return (outputs - targets) ** 2, 2 * (outputs - targets)


def gaussian(outputs: Array, targets: Array, levels: Sequence[float]) -> tuple[Array, Array]:
    """-log of the normal density whose mean and log variance stand in the two halves, in nats."""
    mean, log_variance = np.split(outputs, 2, axis=-1)
    gap, precision = mean - targets, np.exp(-log_variance)
    values = 0.5 * (np.log(2 * np.pi) + log_variance + gap**2 * precision)
    return values, np.concatenate([gap * precision, 0.5 * (1 - gap**2 * precision)], axis=-1)


def quantiles(outputs: Array, targets: Array, levels: Sequence[float]) -> tuple[Array, Array]:
    """The pinball loss: max(q e, (q - 1) e) of e = target - quantile, for each level q.

    The outputs of one target stand side by side, one for each level. Koenker and Bassett (1978).
    """
    found = outputs.reshape(*targets.shape, len(levels))
    q = np.asarray(levels, outputs.dtype)
    gap = targets[..., None] - found
    slope = np.where(gap > 0, -q, np.where(gap < 0, 1 - q, 0))
    return np.maximum(q * gap, (q - 1) * gap), slope.reshape(outputs.shape)


FUNCTIONS = {each.__name__: each for each in (cross_entropy, squares, gaussian, quantiles)}
