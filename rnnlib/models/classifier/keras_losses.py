"""The losses of sequence models in TensorFlow, which supplies the gradients.

The same names and numbers as numpy_losses.py and torch_losses.py.
"""

import math
from collections.abc import Sequence

import tensorflow as tf


def measure(
    name: str,
    outputs: tf.Tensor,
    targets: tf.Tensor,
    counts: tf.Tensor | None = None,
    levels: Sequence[float] = (),
) -> tf.Tensor:
    """The mean of a loss; `counts` (B, T) says which steps do; without it, all."""
    values = FUNCTIONS[name](outputs, targets, levels)
    return tf.reduce_mean(values if counts is None else tf.boolean_mask(values, counts))


def cross_entropy(outputs: tf.Tensor, targets: tf.Tensor, levels: Sequence[float]) -> tf.Tensor:
    """-log softmax(outputs)[target], in nats."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)


def squares(outputs: tf.Tensor, targets: tf.Tensor, levels: Sequence[float]) -> tf.Tensor:
    """(output - target)^2."""
    return (outputs - targets) ** 2


def gaussian(outputs: tf.Tensor, targets: tf.Tensor, levels: Sequence[float]) -> tf.Tensor:
    """-log of the normal density whose mean and log variance stand in the two halves, in nats."""
    mean, log_variance = tf.split(outputs, 2, axis=-1)
    squared = (mean - targets) ** 2 * tf.exp(-log_variance)
    return 0.5 * (math.log(2 * math.pi) + log_variance + squared)


def quantiles(outputs: tf.Tensor, targets: tf.Tensor, levels: Sequence[float]) -> tf.Tensor:
    """The pinball loss: max(q e, (q - 1) e) of e = target - quantile, for each level q."""
    found = tf.reshape(outputs, tf.concat([tf.shape(targets), [len(levels)]], 0))
    q = tf.constant(levels, outputs.dtype)
    gap = targets[..., None] - found
    return tf.maximum(q * gap, (q - 1) * gap)


FUNCTIONS = {each.__name__: each for each in (cross_entropy, squares, gaussian, quantiles)}
