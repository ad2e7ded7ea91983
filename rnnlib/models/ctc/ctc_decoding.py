"""From probabilities a frame to one answer: the best path, and the best labels over all paths."""

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.ctc.numpy_ctc import BLANK, collapse

Beam = dict[tuple[int, ...], tuple[float, float]]  # labels: ends in a blank, ends in a label


def greedy_decode(logits: ArrayLike) -> Array:
    """The labels that the most probable class of each frame spells: (T, C) -> (L,)."""
    return collapse(np.argmax(logits, axis=-1))


def beam_decode(log_probs: ArrayLike, width: int = 8) -> tuple[Array, float]:
    """The labels with the greatest total probability over their paths, and its logarithm.

    log_probs (T, C) are logarithms of probabilities. After each frame the `width` most probable
    beginnings are kept, each with two numbers: the probability of its paths that end in a blank,
    and of those that end in its last label. With no beginning dropped the answer is exact. Graves
    (2012), section 7.5, and Hannun et al. (2014).
    """
    check_whole("width", width)
    beam: Beam = {(): (0.0, -np.inf)}
    for frame in np.asarray(log_probs, dtype=float):
        grown: Beam = {}
        for labels, (blank, last) in beam.items():
            both = np.logaddexp(blank, last)
            add(grown, labels, both + frame[BLANK], -np.inf)
            if labels:  # the last label again, without a blank, adds nothing
                add(grown, labels, -np.inf, last + frame[labels[-1]])
            for label in range(1, len(frame)):
                start = blank if labels and label == labels[-1] else both
                add(grown, (*labels, label), -np.inf, start + frame[label])
        best = sorted(grown, key=lambda labels: np.logaddexp(*grown[labels]), reverse=True)
        beam = {labels: grown[labels] for labels in best[:width]}
    answer = next(iter(beam))
    return np.array(answer, int), float(np.logaddexp(*beam[answer]))


def add(beam: Beam, labels: tuple[int, ...], blank: float, last: float) -> None:
    """Add to the two logarithms that a beginning has."""
    had = beam.get(labels, (-np.inf, -np.inf))
    beam[labels] = np.logaddexp(had[0], blank), np.logaddexp(had[1], last)
