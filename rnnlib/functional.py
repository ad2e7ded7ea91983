"""The functions that everybody needs and nobody owns: sigmoid, softmax, cross-entropy."""

import numpy as np

from rnnlib.interface import Array, ArrayLike


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a)), written with tanh so that no number overflows."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def softmax(logits: ArrayLike) -> Array:
    """Scores (..., V) to probabilities (..., V) that sum to 1, without overflow."""
    logits = np.asarray(logits)
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def log_softmax(logits: ArrayLike) -> Array:
    """The logarithm of softmax(logits), finite even where a probability rounds to 0."""
    logits = np.asarray(logits)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits: Array, targets: Array) -> Array:
    """-log softmax(logits)[target]: logits (..., V) and targets (...) give (...), in float64."""
    log_probs = log_softmax(logits.astype(np.float64))
    return -np.take_along_axis(log_probs, targets[..., None], axis=-1)[..., 0]
