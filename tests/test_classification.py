"""Confusion, F1 and calibration, beside counting by hand and closed forms; counters of letters."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.logistic import Logistic, descend
from rnnlib.evaluation.classification import (
    calibration,
    confusion,
    f1,
    fit_temperature,
    macro_f1,
    share_right,
)
from rnnlib.evaluation.letter_counts import NaiveBayes, pieces_of
from rnnlib.functional import log_softmax, softmax
from tests.helpers import assert_refused

TRUTHS, GUESSES = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2]
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


def test_confusion_has_truths_down_and_guesses_across():
    counts = confusion(TRUTHS, GUESSES, 3)
    assert counts.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    np.testing.assert_allclose(f1(counts), [0.8, 0.5, 2 / 3])
    assert macro_f1(TRUTHS, GUESSES, 3) == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert share_right(TRUTHS, GUESSES) == pytest.approx(4 / 6)


@given(rows=ROWS)
def test_f1_is_that_of_counting(rows):
    truths, guesses = map(list, zip(*rows, strict=True))
    scores = []
    for c in set(truths):
        right = sum(t == g == c for t, g in rows)
        scores.append(2 * right / (truths.count(c) + guesses.count(c)))
    assert macro_f1(truths, guesses, 4) == pytest.approx(np.mean(scores))


def test_a_class_that_is_never_guessed_counts_as_nothing_and_an_absent_one_not_at_all():
    counts = confusion([0, 0, 0, 1], [0, 0, 0, 0], 3)
    np.testing.assert_allclose(f1(counts), [6 / 7, 0, np.nan])
    assert macro_f1([0, 0, 0, 1], [0, 0, 0, 0], 3) == pytest.approx(3 / 7)
    assert share_right([0, 0, 0, 1], [0, 0, 0, 0]) == 0.75


def test_a_model_that_draws_from_its_own_probabilities_is_calibrated():
    rng = np.random.default_rng(0)
    probs = softmax(rng.normal(0, 2, size=(20000, 3)))
    truths = np.array([rng.choice(3, p=row) for row in probs])
    assert calibration(probs, truths).error < 0.01
    sharper = softmax(2 * np.log(probs))
    found = calibration(sharper, truths)
    assert found.error > 0.05
    assert (found.confidence > found.right).all()
    assert found.counts.sum() == 20000


def test_calibration_by_hand():
    probs = np.array([[0.95, 0.05], [0.91, 0.09], [0.45, 0.55]])
    found = calibration(probs, [0, 1, 1])
    np.testing.assert_allclose(found.confidence, [0.55, 0.93])
    np.testing.assert_allclose(found.right, [1, 0.5])
    assert found.counts.tolist() == [1, 2]
    assert found.error == pytest.approx((0.45 + 2 * 0.43) / 3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_applied_is_found(temperature):
    rng = np.random.default_rng(1)
    outputs = rng.normal(0, 2, size=(20000, 4))
    truths = np.array([rng.choice(4, p=row) for row in softmax(outputs)])
    found = fit_temperature(outputs * temperature, truths)
    assert found == pytest.approx(temperature, rel=0.05)

    def loss(t):
        return -log_softmax(outputs * temperature / t)[np.arange(len(truths)), truths].mean()

    assert loss(found) <= min(loss(found * 1.01), loss(found / 1.01))


def test_what_cannot_be_scored_is_refused():
    cases = [
        (lambda: confusion([0, 1], [0], 2), "2 truths and 1 guesses"),
        (lambda: confusion([], [], 2), "one long row"),
        (lambda: confusion([0, 2], [0, 1], 2), "whole numbers from 0 to 1"),
        (lambda: confusion([0, -1], [0, 1], 2), "whole numbers from 0 to 1"),
        (lambda: confusion([0.0], [0.0], 2), "whole numbers from 0 to 1"),
        (lambda: confusion([0], [0], 1), "classes must be a whole number of at least 2"),
        (lambda: calibration([[1.0, 2.0]], [0]), "sum to 1"),
        (lambda: calibration([0.5, 0.5], [0]), "sum to 1"),
        (lambda: calibration([[0.5, 0.5]], [0, 1]), "2 truths for 1 rows"),
        (lambda: calibration([[0.5, 0.5]], [2]), "whole numbers from 0 to 1"),
        (lambda: NaiveBayes([], [], 2), "0 names and 0 labels"),
        (lambda: NaiveBayes(["a"], [0, 1], 2), "1 names and 2 labels"),
        (lambda: Logistic(["a"], [2], 2), "id 2 is out of range"),
    ]
    assert_refused(operator.call, cases)


# counters of letters


def test_pieces_carry_the_marks_of_beginning_and_end():
    assert pieces_of("ab", 1) == ["a", "b"]
    assert pieces_of("ab", 2) == ["a", "b", "\x02a", "ab", "b\x03"]
    assert pieces_of("a", 3) == ["a", "\x02a", "a\x03", "\x02a\x03"]


def test_naive_bayes_is_the_formula():
    names, labels = ["ab", "aa", "b"], [0, 0, 1]
    found = np.exp(NaiveBayes(names, labels, 2, longest=1, alpha=1.0).log_probs(["ab", "c"]))
    # P(0) = 3/5; of class 0's letters a a a b with one added to each of two: 4/6 and 2/6
    scores = np.array([3 / 5 * 4 / 6 * 2 / 6, 2 / 5 * 1 / 3 * 2 / 3])
    np.testing.assert_allclose(found[0], scores / scores.sum())
    np.testing.assert_allclose(found[1], [3 / 5, 2 / 5])  # a letter never met says nothing


def test_logistic_regression_ends_where_the_loss_is_least():
    """Where a program of scipy ends, on tf-idf and a loss that are written out here."""
    minimize = pytest.importorskip("scipy.optimize").minimize
    rng, C = np.random.default_rng(0), 2.0
    names = ["".join(rng.choice(list("abcd"), size=n)) for n in rng.integers(2, 6, size=60)]
    labels = np.array([name.count("a") + rng.integers(0, 2) for name in names]).clip(max=2)
    counts = np.array([[name.count(letter) for letter in "abcd"] for name in names])
    rarity = np.log(61 / (1 + (counts > 0).sum(axis=0))) + 1
    rows = counts * rarity / np.linalg.norm(counts * rarity, axis=1, keepdims=True)
    rows = np.column_stack([rows, np.ones(60)])

    def log_probs(weights):
        return log_softmax(rows @ weights.reshape(5, 3))

    def loss(weights):
        pull = (weights.reshape(5, 3)[:4] ** 2).sum() / (2 * C * 60)
        return pull - log_probs(weights)[np.arange(60), labels].mean()

    theirs = minimize(loss, np.zeros(15), options={"gtol": 1e-8}).x
    model = Logistic(names, labels, 3, longest=1, C=C)
    np.testing.assert_allclose(model.log_probs(names), log_probs(theirs), atol=2e-3)
    assert loss(model.weights.ravel()) == pytest.approx(loss(theirs), abs=1e-6)
    other = Logistic(names, labels, 3, longest=1, C=0.1 * C).log_probs(names)
    assert np.abs(other - log_probs(theirs)).max() > 0.05


def test_a_name_without_a_known_piece_has_the_shares_of_the_classes():
    model = Logistic(["a", "b", "a", "ab"], [0, 1, 1, 1], 2, longest=1, C=1e-6)
    np.testing.assert_allclose(np.exp(model.log_probs(["x"])), [[1 / 4, 3 / 4]], atol=1e-3)


def test_l_bfgs_finds_the_floor_of_a_long_narrow_valley():
    steep = 10.0 ** np.linspace(-1, 2, 30)

    def loss(x):
        return (steep * (x - 1) ** 2).sum() / 2, steep * (x - 1)

    found = descend(loss, np.zeros(30), close=1e-14)
    np.testing.assert_allclose(found, 1, atol=1e-3)
    assert loss(descend(loss, np.zeros(30), rounds=2))[0] > 1  # two rounds are not enough


def test_both_learn_the_ending_of_a_name():
    rng = np.random.default_rng(0)
    stems = ["".join(rng.choice(list("klmnop"), size=4)) for _ in range(200)]
    labels = np.arange(200) % 2
    names = [stem + ("sen" if label else "nes") for stem, label in zip(stems, labels, strict=True)]
    for model in (NaiveBayes, Logistic):
        guesses = model(names[:150], labels[:150], 2).log_probs(names[150:]).argmax(axis=1)
        assert share_right(labels[150:], guesses) == 1
        letters = model(names[:150], labels[:150], 2, longest=1).log_probs(names[150:])
        assert share_right(labels[150:], letters.argmax(axis=1)) < 0.75  # the letters are the same


def test_a_descent_ends_after_three_small_gains_in_a_row_and_no_earlier():
    values = 1000 - np.cumsum([0, 0.5, 0.5, 10, 0.5, 0.5, 0.5, 10, 10])
    told = iter(zip(values, 1 / np.arange(1.0, 10), strict=True))
    asked = []

    def loss(x):
        value, slope = next(told)
        asked.append(value)
        return value, np.array([slope])

    descend(loss, np.zeros(1), close=1e-3)
    assert asked == values[:7].tolist()
