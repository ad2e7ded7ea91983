"""The counting models against a dictionary version of the same equations, and their floors."""

import math
import operator
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.data.texts import load_corpus
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.text.vocab import Vocab, split_text
from tests.helpers import assert_refused


class BruteForce:
    """Interpolated modified Kneser-Ney, one probability at a time, with dictionaries of tuples."""

    def __init__(self, ids, order, vocab_size):
        self.order, self.vocab_size = order, vocab_size
        ids = [int(i) for i in ids]
        self.counts, self.discounts = {}, {}
        for n in range(1, order + 1):
            if n == order:
                counts = Counter(self.runs(ids, n))
            else:
                before = defaultdict(set)
                for first, *rest in self.runs(ids, n + 1):
                    before[tuple(rest)].add(first)
                counts = {gram: len(chars) for gram, chars in before.items()}
            self.counts[n], self.discounts[n] = counts, self.estimate(counts)

    @staticmethod
    def runs(ids, n):
        return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]

    @staticmethod
    def estimate(counts):
        n1, n2, n3, n4 = (list(counts.values()).count(c) for c in (1, 2, 3, 4))
        if n1 and n2 and n3:
            y = n1 / (n1 + 2 * n2)
            found = {1: 1 - 2 * y * n2 / n1, 2: 2 - 3 * y * n3 / n2, 3: 3 - 4 * y * n4 / n3}
            if min(found.values()) > 0:
                return found
        return {1: 0.75, 2: 0.75, 3: 0.75}

    def prob(self, char, context):
        keep = self.order - 1
        return self.mixed(char, tuple(context)[-keep:] if keep else ())

    def mixed(self, char, context):
        lower = self.mixed(char, context[1:]) if context else 1 / self.vocab_size
        n = len(context) + 1
        after = {w: self.counts[n].get((*context, w), 0) for w in range(self.vocab_size)}
        total = sum(after.values())
        if total == 0:
            return lower
        off = {w: self.discounts[n][min(c, 3)] if c else 0 for w, c in after.items()}
        return (after[char] - off[char]) / total + sum(off.values()) / total * lower


@st.composite
def cases(draw):
    """A vocabulary size, an order, a text at least that long, and a context."""
    vocab_size, order = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    ids = st.integers(0, vocab_size - 1)
    return (
        vocab_size,
        order,
        draw(st.lists(ids, min_size=order, max_size=60)),
        draw(st.lists(ids, max_size=6)),
    )


@pytest.fixture(scope="module")
def shakespeare():
    text = load_corpus("shakespeare")
    return split_text(Vocab(text).encode(text))


@settings(max_examples=150)
@given(cases())
def test_probs_are_a_distribution_equal_to_brute_force(case):
    vocab_size, order, ids, context = case
    probs = NgramModel(order, vocab_size).fit(ids).probs(context)
    slow = BruteForce(ids, order, vocab_size)
    assert probs.dtype == np.float64
    assert probs.shape == (vocab_size,)
    assert probs.min() > 0
    assert probs.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(
        probs, [slow.prob(w, context) for w in range(vocab_size)], rtol=1e-10
    )


@settings(max_examples=150)
@given(cases(), cases())
def test_log_probs_are_the_probs_read_off_one_by_one(case, other):
    vocab_size, order, ids, context = case
    scored = [i % vocab_size for i in other[2]]
    model = NgramModel(order, vocab_size).fit(ids)
    one_by_one = [
        math.log(model.probs(context + scored[:i])[char]) for i, char in enumerate(scored)
    ]
    np.testing.assert_allclose(model.log_probs(scored, context), one_by_one, rtol=1e-10)
    assert model.nats(scored, context) == pytest.approx(-np.mean(one_by_one))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_estimated_discounts_match_brute_force(shakespeare, order):
    train, held_out = shakespeare
    train = train[:20_000]
    slow, model = BruteForce(train, order, 65), NgramModel(order, 65).fit(train)
    assert any(off[1] != 0.75 for off in slow.discounts.values()) or order == 1
    for start in range(0, 60, 6):
        context = held_out[start : start + 6]
        expected = [slow.prob(w, context.tolist()) for w in range(65)]
        np.testing.assert_allclose(model.probs(context), expected, rtol=1e-10)


def test_floors_on_shakespeare(shakespeare):
    train, held_out = shakespeare
    assert (len(train), len(held_out)) == (1_003_854, 111_540)
    assert uniform(65) == pytest.approx(4.1744, abs=1e-4)
    for order, known in {1: 3.3473, 2: 2.4835, 3: 2.0381, 4: 1.7190, 5: 1.5611}.items():
        nats = NgramModel(order, 65).fit(train).nats(held_out)
        assert nats == pytest.approx(known, abs=1e-4)


def test_the_7_gram_reaches_its_floor(shakespeare):
    train, held_out = shakespeare
    model = NgramModel(7, 65).fit(train)
    assert model.nats(held_out) <= 1.52
    assert model.nats(held_out) == pytest.approx(1.5165, abs=1e-4)
    assert model.nats(train) < 1  # it has seen this text: never quote the training loss
    assert model.probs(held_out[:20]).sum() == pytest.approx(1, abs=1e-12)


def test_the_longest_order_that_fits():
    ids = np.arange(65)
    assert NgramModel(10, 65).fit(ids).probs([64]).sum() == pytest.approx(1)
    probs = NgramModel(63, 2).fit([1] * 70).probs([1] * 70)
    assert probs.sum() == pytest.approx(1)
    assert probs[1] > 0.9


def test_a_mistake_gets_one_clear_message():
    cases = [
        (lambda: NgramModel(0, 5), "order must be a whole number of at least 1, not 0"),
        (lambda: NgramModel(2.5, 5), "order must be a whole number"),
        (lambda: NgramModel(2, 0), "vocab_size must be a whole number"),
        (lambda: NgramModel(11, 65), "give an order of at most 10"),
        (lambda: NgramModel(64, 2), "give an order of at most 63"),
        (lambda: NgramModel(3, 5).fit([1, 2]), "give a longer text or a lower order"),
        (lambda: NgramModel(1, 5).fit([0, 5]), "id 5 is out of range"),
        (lambda: NgramModel(1, 5).fit([0, -1]), "id -1 is out of range"),
        (lambda: NgramModel(1, 5).fit([0.5, 1]), "ids must be integers"),
        (lambda: NgramModel(1, 5).fit("abc"), "ids must be"),
        (lambda: NgramModel(1, 5).fit([[1, 2]]), "one long row"),
        (lambda: NgramModel(2, 5).probs([1]), "call fit(ids) first"),
        (lambda: NgramModel(2, 5).log_probs([1]), "call fit(ids) first"),
        (lambda: NgramModel(2, 5).fit([1, 2]).probs([7]), "id 7 is out of range"),
        (lambda: NgramModel(2, 5).fit([1, 2]).log_probs([7]), "id 7 is out of range"),
        (lambda: NgramModel(2, 5).fit([1, 2]).nats([]), "give at least one id"),
    ]
    assert_refused(operator.call, cases)
