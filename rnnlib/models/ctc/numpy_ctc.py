"""The loss of connectionist temporal classification (CTC) and its gradient, in logarithms.

A path names one class a frame: the blank (class 0) or a label (1 to K). Repeats are merged and
then blanks dropped, so many paths spell the same labels; the loss is -log of their total
probability. Graves, Fernández, Gomez and Schmidhuber (2006).

Shapes: B sequences, T frames, C = K + 1 classes, L labels, S = 2L + 1 places (a blank, a label,
a blank, ..., a label, a blank).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike

BLANK = 0


def collapse(path: ArrayLike) -> Array:
    """The labels that a path spells: repeats merged first, then blanks dropped."""
    path = np.asarray(path)
    fresh = np.append(True, path[1:] != path[:-1])[: len(path)]
    return path[fresh & (path != BLANK)]


def extend(labels: Array) -> Array:
    """Labels (L,) with a blank before, between and after them: (2L + 1,)."""
    places = np.full(2 * len(labels) + 1, BLANK)
    places[1::2] = labels
    return places


def count_frames_needed(labels: ArrayLike) -> int:
    """The fewest frames that can spell these labels: one each, and a blank in each repeat."""
    labels = np.asarray(labels)
    return len(labels) + int(np.sum(labels[1:] == labels[:-1]))


def check_ctc(
    logits: ArrayLike, lengths: Sequence[int] | Array, targets: Sequence[ArrayLike]
) -> tuple[Array, Array, list[Array]]:
    """Return logits (B, T, C), lengths (B,) and targets, a list of B arrays of labels.

    Raises ValueError for what does not fit, as for targets that need more frames than there are.
    """
    logits = np.asarray(logits)
    if logits.ndim != 3 or 0 in logits.shape:
        raise ValueError(f"logits must be of shape (batch, frames, classes), not {logits.shape}.")
    B, T, C = logits.shape
    if len(lengths) != B or len(targets) != B:
        raise ValueError(
            f"{B} sequences need as many lengths and targets, not {len(lengths)} and "
            f"{len(targets)}."
        )
    lengths = np.asarray(lengths)
    if not np.issubdtype(lengths.dtype, np.integer) or lengths.min() < 1 or lengths.max() > T:
        raise ValueError(
            f"every length must be a whole number from 1 to the {T} frames there are, not "
            f"{lengths.tolist()}."
        )
    pairs = zip(targets, lengths, strict=True)
    return logits, lengths, [check_labels(*pair, C - 1) for pair in pairs]


def check_labels(labels: ArrayLike, length: int, count: int) -> Array:
    """Return labels as an array; ValueError unless they are 1 to `count` and fit into `length`."""
    labels = np.asarray(labels)
    if labels.size == 0:
        return np.zeros(0, int)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"a target must be one row of whole numbers, not {labels.tolist()}.")
    if labels.min() < 1 or labels.max() > count:
        raise ValueError(
            f"labels must lie between 1 and {count}, since 0 is the blank; {labels.tolist()} "
            "does not."
        )
    needed = count_frames_needed(labels)
    if needed > length:
        raise ValueError(
            f"the target {labels.tolist()} needs at least {needed} frames (one for each label, and "
            f"a blank in each repeat), but the sequence has {length}: give shorter targets or "
            "skip fewer frames."
        )
    return labels


def ctc_loss(logits: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
    """One sequence: logits (T, C) and labels (L,) -> the loss in nats, its gradient (T, C).

    The gradient at a frame is softmax(logits) minus the share of each class among the paths that
    spell the labels, each path weighted by its probability.
    """
    logits = np.asarray(logits)
    loss, grad = ctc_loss_and_grad(logits[None], [len(logits)], [labels])
    return loss, grad[0]


def ctc_loss_and_grad(
    logits: ArrayLike, lengths: Sequence[int] | Array, targets: Sequence[ArrayLike]
) -> tuple[float, Array]:
    """Mean loss of B sequences in nats, and its gradient for the logits (B, T, C).

    Frames from a sequence's length on count for nothing, and their gradient is 0. Sums are kept in
    float64, because logarithms near -1000 leave float32 few digits; the gradient comes back in the
    type of the logits.
    """
    logits, lengths, targets = check_ctc(logits, lengths, targets)
    log_probs = log_softmax(logits.astype(float))
    losses, grad = np.empty(len(logits)), np.zeros_like(log_probs)
    for b, (length, labels) in enumerate(zip(lengths, targets, strict=True)):
        mine = log_probs[b, :length]
        alpha, beta = run_forward(mine, labels), run_backward(mine, labels)
        log_total = np.logaddexp.reduce(alpha[-1, -2:])
        losses[b] = -log_total
        share = np.exp(alpha + beta - log_total)  # (T, S): how often a path is there, then
        grad[b, :length] = np.exp(mine)
        places: Any = (slice(None), extend(labels))
        np.subtract.at(grad[b, :length], places, share)
    return float(losses.mean()), (grad / len(logits)).astype(np.result_type(logits, np.float32))


def run_forward(log_probs: Array, labels: Array) -> Array:
    """log alpha (T, S): the total probability of all ways to be at place s after frame t.

    A way stays, moves on by one place, or skips the blank between two different labels.
    """
    places, skips = extend(labels), may_skip(labels)
    alpha = np.full((len(log_probs), len(places)), -np.inf, log_probs.dtype)
    alpha[0, :2] = log_probs[0, places[:2]]
    for t in range(1, len(log_probs)):
        before = alpha[t - 1]
        moved = np.append(-np.inf, before[:-1])
        skipped = np.where(skips, np.append([-np.inf] * 2, before[:-2])[: len(places)], -np.inf)
        alpha[t] = np.logaddexp(np.logaddexp(before, moved), skipped) + log_probs[t, places]
    return alpha


def run_backward(log_probs: Array, labels: Array) -> Array:
    """log beta (T, S): the total probability of all ways from place s at frame t to the end.

    The frame t itself is not counted, so that alpha and beta multiply.
    """
    places, skips = extend(labels), may_skip(labels)
    beta = np.full((len(log_probs), len(places)), -np.inf, log_probs.dtype)
    beta[-1, -2:] = 0
    for t in reversed(range(len(log_probs) - 1)):
        after = beta[t + 1] + log_probs[t + 1, places]
        moved = np.append(after[1:], -np.inf)
        open_to = np.append(np.where(skips, after, -np.inf), [-np.inf] * 2)[2:]
        beta[t] = np.logaddexp(np.logaddexp(after, moved), open_to)
    return beta


def may_skip(labels: Array) -> Array:
    """For each place whether it may be entered from two places before: (S,) of truth values.

    That is so for a label that differs from the label before it.
    """
    places = extend(labels)
    skips = np.zeros(len(places), bool)
    skips[3::2] = places[3::2] != places[1:-2:2]
    return skips
