"""CTC: the loss and its gradient beside all paths, and what decodes it.

That both frameworks have the same loss and gradient, tests/test_listener.py shows.
"""

import itertools
from functools import partial

import numpy as np
import pytest

from rnnlib.functional import log_softmax
from rnnlib.models.ctc.ctc_decoding import beam_decode, greedy_decode
from rnnlib.models.ctc.numpy_ctc import (
    collapse,
    count_frames_needed,
    ctc_loss,
    ctc_loss_and_grad,
    extend,
)
from tests.helpers import assert_refused, raises_sentence


def spell(path):
    """The labels of a path, by the words of the definition."""
    merged = [c for c, _ in itertools.groupby(path)]
    return tuple(c for c in merged if c != 0)


def total_by_spelling(log_probs):
    """{labels: their total probability} over all C ** T paths."""
    totals = {}
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        probability = np.exp(sum(log_probs[t, c] for t, c in enumerate(path)))
        totals[spell(path)] = totals.get(spell(path), 0.0) + probability
    return totals


CASES = [(T, C, seed) for T, C in [(1, 2), (2, 3), (3, 3), (5, 3), (6, 4)] for seed in (0, 1)]


def test_the_loss_of_every_spelling_is_that_of_all_its_paths(subtests):
    for T, C, seed in CASES:
        with subtests.test(str(T)):
            logits = np.random.default_rng(seed).normal(size=(T, C)) * 2
            totals = total_by_spelling(log_softmax(logits))
            assert abs(sum(totals.values()) - 1) < 1e-12
            for labels, total in totals.items():
                loss, _ = ctc_loss(logits, labels)
                assert abs(loss + np.log(total)) < 1e-10, labels


def test_the_gradient_is_that_of_all_paths(subtests):
    for labels in [(), (1,), (2, 2), (1, 2, 1), (3, 3, 1)]:
        with subtests.test(str(labels)):
            rng, T, C = np.random.default_rng(3), 6, 4
            logits = rng.normal(size=(T, C))
            _, grad = ctc_loss(logits, labels)
            log_probs = log_softmax(logits)
            share, total = np.zeros((T, C)), 0.0
            for path in itertools.product(range(C), repeat=T):
                if spell(path) == labels:
                    probability = np.exp(sum(log_probs[t, c] for t, c in enumerate(path)))
                    share[np.arange(T), path] += probability
                    total += probability
            np.testing.assert_allclose(grad, np.exp(log_probs) - share / total, atol=1e-12)


def test_padded_frames_change_nothing():
    rng = np.random.default_rng(7)
    logits, targets = rng.normal(size=(2, 9, 4)), [[1, 2], [3, 3]]
    loss, grad = ctc_loss_and_grad(logits, [9, 6], targets)
    junk = logits.copy()
    junk[1, 6:] = 1e6
    other_loss, other = ctc_loss_and_grad(junk, [9, 6], targets)
    assert loss == other_loss
    np.testing.assert_array_equal(grad, other)
    assert not grad[1, 6:].any()
    alone = [ctc_loss(logits[0], [1, 2]), ctc_loss(logits[1, :6], [3, 3])]
    assert abs(loss - np.mean([value for value, _ in alone])) < 1e-12
    np.testing.assert_allclose(grad[1, :6], alone[1][1] / 2, atol=1e-14)


def test_a_thousand_frames_do_not_underflow():
    logits = np.random.default_rng(8).normal(size=(1000, 11)).astype(np.float32)
    loss, grad = ctc_loss(logits, np.arange(1, 11))
    assert 1000 < loss < 4000
    assert np.isfinite(grad).all()
    np.testing.assert_allclose(grad.sum(axis=1), 0, atol=1e-4)


def test_certainty_costs_nothing():
    logits = np.full((4, 3), -1e4)
    logits[range(4), [1, 0, 1, 2]] = 1e4
    loss, grad = ctc_loss(logits, [1, 1, 2])
    assert loss == 0
    assert not grad.any()


def test_a_path_spells_its_labels(subtests):
    for path, labels in [
        ([0, 1, 1, 0, 1, 2], [1, 1, 2]),
        ([0, 0], []),
        ([], []),
        ([3], [3]),
        ([1, 1, 1], [1]),
        ([2, 0, 2, 2, 0, 0, 1], [2, 2, 1]),
    ]:
        with subtests.test(str(path)):
            assert collapse(path).tolist() == labels == list(spell(path))


def test_places_and_frames_needed():
    assert extend([5, 5, 2]).tolist() == [0, 5, 0, 5, 0, 2, 0]
    assert extend([]).tolist() == [0]
    assert [count_frames_needed(x) for x in ([], [1], [1, 1], [1, 2, 2, 2])] == [0, 1, 3, 6]


def test_bad_input_gets_one_sentence():
    cases = [
        ([5, 3], [[1], [2, 2, 1]], "[2, 2, 1] needs at least 4 frames"),
        ([5, 3], [[1], [0]], "between 1 and 3, since 0 is the blank; [0] does not"),
        ([5, 3], [[4], [1]], "between 1 and 3"),
        ([5, 3], [["one"], [1]], "must be one row of whole numbers"),
        ([5, 0], [[1], []], "from 1 to the 5 frames there are, not [5, 0]"),
        ([6, 3], [[1], []], "from 1 to the 5 frames"),
        ([5], [[1], []], "2 sequences need as many lengths and targets, not 1 and 2"),
    ]
    assert_refused(partial(ctc_loss_and_grad, np.zeros((2, 5, 4))), cases)
    with raises_sentence(ValueError, "width must be a whole number of at least 1"):
        beam_decode(np.zeros((2, 2)), 0)


# decoding


def test_a_wide_beam_finds_the_best_of_all_spellings(subtests):
    for seed in range(12):
        with subtests.test(str(seed)):
            log_probs = log_softmax(
                np.random.default_rng(seed).normal(size=(6, 3)) * (1 + seed / 4)
            )
            totals = total_by_spelling(log_probs)
            best = max(totals, key=totals.get)
            labels, log_total = beam_decode(log_probs, width=1000)
            assert tuple(labels) == best
            assert abs(log_total - np.log(totals[best])) < 1e-10


def test_the_best_path_need_not_spell_the_best_labels():
    log_probs = np.log([[0.6, 0.4], [0.6, 0.4]])  # the blank twice: 0.36; the label: 0.64
    assert greedy_decode(log_probs).tolist() == []
    labels, log_total = beam_decode(log_probs)
    assert labels.tolist() == [1]
    assert abs(np.exp(log_total) - 0.64) < 1e-12


def beam_over_paths(log_probs, width):
    """The same search by brute force: all paths that have always spelled a beginning kept."""
    probs, paths = np.exp(log_probs), {(): 1.0}
    for frame in probs:
        paths = {(*path, c): p * frame[c] for path, p in paths.items() for c in range(len(frame))}
        totals = {}
        for path, p in paths.items():
            labels = tuple(collapse(np.array(path)))
            totals[labels] = totals.get(labels, 0.0) + p
        kept = sorted(totals, key=totals.get, reverse=True)[:width]
        paths = {path: p for path, p in paths.items() if tuple(collapse(np.array(path))) in kept}
    return kept[0], np.log(totals[kept[0]])


def test_the_beginnings_kept_are_those_of_greatest_total(subtests):
    for width in [1, 2, 3]:
        with subtests.test(str(width)):
            for seed in range(12):
                log_probs = log_softmax(np.random.default_rng(seed).normal(size=(6, 3)) * 1.5)
                labels, total = beam_decode(log_probs, width)
                wanted, sure = beam_over_paths(log_probs, width)
                assert tuple(labels) == wanted
                assert total == pytest.approx(sure)


def test_a_repeated_label_needs_its_blank():
    sure = np.log(np.full((5, 3), 0.01))
    sure[range(5), [1, 1, 0, 1, 2]] = np.log(0.98)
    assert greedy_decode(sure).tolist() == [1, 1, 2]
    assert beam_decode(sure)[0].tolist() == [1, 1, 2]
    assert beam_decode(sure[[0, 1, 3, 4]])[0].tolist() == [1, 2]
