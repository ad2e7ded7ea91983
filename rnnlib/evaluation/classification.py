"""How good a classifier is: confusion, F1 and its mean, and how far it is trusted.

Shapes: N examples, C classes. Truths and guesses are ids 0 .. C - 1.
"""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_ids, check_whole
from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike


def confusion(truths: ArrayLike, guesses: ArrayLike, classes: int) -> Array:
    """How often class i was taken for class j: counts (C, C), truths down, guesses across.

    Raises ValueError for no example, rows of unequal length, and unknown classes.
    """
    check_whole("classes", classes, least=2)
    true, guessed = (_check_classes(ids, classes) for ids in (truths, guesses))
    if true.shape != guessed.shape:
        raise ValueError(
            f"there are {len(true)} truths and {len(guessed)} guesses. Give one guess for each."
        )
    found = np.zeros((classes, classes), np.int64)
    np.add.at(found, (true, guessed), 1)
    return found


def f1(counts: Array) -> Array:
    """2 right / (true + guessed) for each class, (C,): the harmonic mean of precision and recall.

    0 for a class never guessed right, NaN for one neither there nor guessed. van Rijsbergen (1979).
    """
    total = counts.sum(axis=0) + counts.sum(axis=1)
    return np.divide(2 * np.diag(counts), total, out=np.full(len(counts), np.nan), where=total > 0)


def macro_f1(truths: ArrayLike, guesses: ArrayLike, classes: int) -> float:
    """The mean of f1 over the classes that occur: a rare class counts as much as a common one."""
    counts = confusion(truths, guesses, classes)
    return float(f1(counts)[counts.sum(axis=1) > 0].mean())


def share_right(truths: ArrayLike, guesses: ArrayLike) -> float:
    """The share of guesses that are right: accuracy, or micro F1."""
    return float(np.mean(np.asarray(truths) == np.asarray(guesses)))


@dataclass(frozen=True)
class Calibration:
    """Examples in bins by how sure the model was: its mean confidence, the share right, a count."""

    confidence: Array
    right: Array
    counts: Array

    @property
    def error(self) -> float:
        """The expected calibration error: the mean gap, weighted by the counts."""
        return float(np.average(np.abs(self.confidence - self.right), weights=self.counts))


def calibration(probs: ArrayLike, truths: ArrayLike, bins: int = 10) -> Calibration:
    """Whether a model that is 80 % sure is right in 80 % of those cases: a row for each full bin.

    probs (N, C) and truths (N,); the bins are equally wide from 0 to 1. Naeini et al. (2015).
    Raises ValueError for probabilities that do not sum to 1.
    """
    probs = np.asarray(probs, np.float64)
    check_whole("bins", bins)
    if probs.ndim != 2 or (probs < 0).any() or not np.allclose(probs.sum(axis=-1), 1, atol=1e-4):
        raise ValueError(
            f"probs must be rows of probabilities of shape (examples, classes) that sum to 1, not "
            f"{probs.shape}. Take the softmax of the outputs."
        )
    true = _check_classes(truths, probs.shape[1])
    if len(true) != len(probs):
        raise ValueError(
            f"there are {len(true)} truths for {len(probs)} rows of probabilities. "
            "Give one for each."
        )
    sure, right = probs.max(axis=1), probs.argmax(axis=1) == true
    place = np.minimum((sure * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    full = counts > 0
    means = [np.bincount(place, values, bins)[full] / counts[full] for values in (sure, right)]
    return Calibration(means[0], means[1], counts[full])


def fit_temperature(outputs: ArrayLike, truths: ArrayLike) -> float:
    """The temperature by which outputs (N, C) are divided for the least cross-entropy.

    Fitted on examples that were neither trained nor tested on. Above 1 it makes a model less sure;
    no guess changes. Guo et al. (2017).
    """
    outputs = np.asarray(outputs, np.float64)
    true = _check_classes(truths, outputs.shape[1])
    low, high = np.log(0.05), np.log(20)

    def loss(log_temperature):
        log_probs = log_softmax(outputs / np.exp(log_temperature))
        return -log_probs[np.arange(len(true)), true].mean()

    shrink = (np.sqrt(5) - 1) / 2  # golden section: the loss has a single valley
    for _ in range(60):
        a, b = high - shrink * (high - low), low + shrink * (high - low)
        low, high = (low, b) if loss(a) < loss(b) else (a, high)
    return float(np.exp((low + high) / 2))


def _check_classes(ids: ArrayLike, classes: int) -> Array:
    found = np.asarray(ids)
    if found.ndim != 1 or not found.size:
        raise ValueError(f"classes must be one long row of integers, not of shape {found.shape}.")
    if found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= classes:
        raise ValueError(f"classes must be whole numbers from 0 to {classes - 1}.")
    return check_ids(found, classes)
