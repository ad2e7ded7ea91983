"""Sequences of unequal length in one array, and every wrong one refused with a sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.text.padding import check_lengths, make_buckets, make_mask, pad, padding_share
from tests.helpers import assert_refused, raises_sentence

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=12)


def test_short_rows_end_in_padding():
    padded, lengths = pad([[3, 1, 2], [4]])
    assert padded.tolist() == [[3, 1, 2], [4, 0, 0]]
    assert lengths.tolist() == [3, 1]
    assert padded.dtype == lengths.dtype == np.int64
    assert pad([[3, 1], [4]], -1)[0].tolist() == [[3, 1], [4, -1]]


def test_rows_of_vectors_keep_their_features_and_their_kind():
    rows = [np.ones((2, 3), "float32"), np.full((4, 3), 2, "float32")]
    padded, lengths = pad(rows)
    assert padded.shape == (2, 4, 3)
    assert padded.dtype == np.float32
    assert lengths.tolist() == [2, 4]
    assert padded[0].sum() == 6
    assert pad([[1], [0.5]])[0].dtype == np.float64


@given(lengths=LENGTHS)
def test_the_lengths_give_the_rows_back(lengths):
    rows = [np.arange(10 * i, 10 * i + n) for i, n in enumerate(lengths)]
    padded, found = pad(rows, 99)
    assert found.tolist() == lengths
    for row, back in zip(rows, padded, strict=True):
        np.testing.assert_array_equal(back[: len(row)], row)
        assert (back[len(row) :] == 99).all()
    mask = make_mask(found)
    assert mask.shape == padded.shape
    assert mask.sum(axis=1).tolist() == lengths
    assert (padded[mask] == np.concatenate(rows)).all()


@given(lengths=LENGTHS, size=st.integers(1, 4), near=st.integers(1, 3), seed=st.integers(0, 9))
def test_every_sequence_is_in_one_batch(lengths, size, near, seed):
    batches = make_buckets(lengths, size, np.random.default_rng(seed), near)
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size


def test_buckets_hold_less_padding_than_chance():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 21, size=1000)
    shuffled = make_buckets(lengths, 20, np.random.default_rng(1), near=1)
    buckets = make_buckets(lengths, 20, np.random.default_rng(1))
    # the mean of 1 .. 20 is 10.5, the longest of a batch about 19.5; sorted, two lengths at most
    assert padding_share(lengths, shuffled) == pytest.approx(1 - 10.5 / 19.5, abs=0.03)
    assert padding_share(lengths, buckets) < 0.05
    assert [len(batch) for batch in buckets] == [20] * 50


def test_buckets_are_shuffled_by_the_generator_alone():
    lengths = np.arange(1, 101)
    draws = [make_buckets(lengths, 10, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert all(np.array_equal(a, b) for a, b in zip(*draws[:2], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(*draws[1:], strict=True))
    starts = [lengths[batch].min() for batch in draws[0]]
    assert starts != sorted(starts)  # short batches do not all come first
    plain = make_buckets(lengths, 10)
    assert np.concatenate(plain).tolist() == list(range(100))


def test_padding_share_by_hand():
    assert padding_share([1, 3, 2], [np.array([0, 1]), np.array([2])]) == pytest.approx(2 / 8)


def test_what_cannot_be_padded_is_refused():
    cases = [
        ([], "there is no sequence to pad"),
        ([[1], []], "sequence 1 is empty"),
        ([[1], np.zeros((0, 3))], "sequence 1 is empty"),
        ([[[1, 2]], [[1, 2, 3]]], "differ in size: (2,) and (3,)"),
        ([[1], [[1]]], "differ in size"),
        ([[[1, 2], [1]]], "the steps of sequence 0 differ in size"),
        ([["a"], ["b"]], "Encode text with a vocabulary first"),
        (["abc"], "Encode text with a vocabulary first"),
        ([[True]], "sequence 0 must be numbers"),
        ([3], "sequence 0 must be numbers"),
        ([np.zeros((1, 1, 1))], "of shape (1, 1, 1)"),
    ]
    assert_refused(pad, cases)


def test_lengths_that_do_not_fit_are_refused():
    cases = [
        ([2, 0], "sequence 1 has the length 0, but a length must be 1 to 4"),
        ([5, 1], "sequence 0 has the length 5"),
        ([2, -1], "sequence 1 has the length -1"),
        ([1, 2, 3], "there are 3 lengths for 2 sequences"),
        ([1.0, 2.0], "not float64"),
        ([[1], [2]], "of shape (2, 1)"),
        (2, "of shape ()"),
        ([], "of shape (0,)"),
    ]
    assert_refused(lambda lengths: check_lengths(lengths, (2, 4)), cases)


def test_a_mask_needs_room_for_the_longest():
    assert make_mask([1, 2], 3).tolist() == [[True, False, False], [True, True, False]]
    with raises_sentence(ValueError, "sequence 1 has the length 3"):
        make_mask([1, 3], 2)
    with raises_sentence(ValueError, "sequence 0 has the length 0"):
        make_mask([0, 3])
    with raises_sentence(ValueError, "steps must be a whole number"):
        make_mask([1], 0)
    with raises_sentence(ValueError, "batch_size must be"):
        make_buckets([1], 0)
    with raises_sentence(ValueError, "near must be"):
        make_buckets([1], 1, near=0)
    with raises_sentence(ValueError, "sequence 1 has the length 0"):
        make_buckets([1, 0], 1)
