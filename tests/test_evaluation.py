"""Scores against brute force and against languages whose entropy is known exactly."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.evaluation.overlap import (
    _fingerprints,
    _sums,
    diversity,
    longest_overlap,
    repeated,
    repetition,
)
from rnnlib.evaluation.scores import Score, accuracy, loss_by_position, mean_loss, score, surprise
from rnnlib.models.config import ModelConfig
from tests.helpers import assert_refused, every_engine, raises_sentence, random_params, shared_model

CHAIN = np.array([[0.5, 0.25, 0.25], [0.9, 0.1, 0.0], [0.2, 0.3, 0.5]])  # P[a, b]: b after a


class Chain:
    """A fake model that knows a Markov chain; its state is a constant added to every score."""

    config = ModelConfig(3, 1, 1)

    def init_state(self, batch_size):
        return np.zeros((1, batch_size, 1))

    def forward(self, ids, state):
        with np.errstate(divide="ignore"):
            return np.log(CHAIN)[ids] + state[0][:, None] + 3.0, state + 1.0


class Uniform(Chain):
    """A fake model to which all characters are alike."""

    config = ModelConfig(65, 1, 1)

    def forward(self, ids, state):
        return np.full((*np.shape(ids), 65), 7.0), state


class Counting(Chain):
    """A fake model that predicts how many characters it has read so far, modulo 3."""

    def forward(self, ids, state):
        read = state[0] + np.arange(1, np.shape(ids)[1] + 1)  # (B, T)
        return 2.0 * np.eye(3)[read.astype(int) % 3], state + np.shape(ids)[1]


def sample_chain(length, seed=0):
    """A text of the chain, as ids."""
    rng, ids = np.random.default_rng(seed), [0]
    for _ in range(length - 1):
        ids.append(int(rng.choice(3, p=CHAIN[ids[-1]])))
    return np.array(ids)


# score


def test_nats_bits_and_perplexity_are_three_names_for_one_loss():
    found = Score(np.log(8), 100)
    assert found.bits == pytest.approx(3)
    assert found.perplexity == pytest.approx(8)


def test_a_uniform_model_scores_the_logarithm_of_the_alphabet():
    found = score(Uniform(), np.arange(65))
    assert found.characters == 64
    assert found.nats == pytest.approx(np.log(65), abs=1e-12)
    assert found.bits == pytest.approx(np.log2(65), abs=1e-12)
    assert found.perplexity == pytest.approx(65, abs=1e-9)


def test_a_known_chain_scores_the_mean_of_minus_log_probability():
    ids = sample_chain(200)
    expected = np.mean([-np.log(CHAIN[a, b]) for a, b in pairwise(ids)])
    assert score(Chain(), ids).nats == pytest.approx(expected, abs=1e-12)


def test_what_was_called_impossible_costs_infinitely_much():
    assert score(Chain(), [1, 2]).nats == np.inf


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 22, 23, 24, 1000])
def test_the_state_is_carried_so_the_size_of_the_pieces_does_not_matter(piece):
    ids = np.arange(24) % 3  # exactly what Counting expects, while it can count
    exact = -np.log(np.exp(2) / (np.exp(2) + 2))
    found = score(Counting(), ids, piece=piece)
    assert (found.nats, found.characters) == (pytest.approx(exact, abs=1e-12), 23)


@every_engine
def test_a_real_model_scores_what_one_long_reading_gives(engine):
    model = shared_model(engine)
    kept = model.get_params()
    model.set_params(random_params(model.config))
    ids = np.random.default_rng(0).integers(7, size=40)
    logits, _ = model.forward(ids[None, :-1], model.init_state(1))
    logits = logits[0].astype("float64")
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(probs[np.arange(39), ids[1:]]).mean()
    found = [score(model, ids, piece=piece).nats for piece in (5, 1000)]
    model.set_params(kept)
    assert found == pytest.approx([expected] * 2, abs=1e-5)


def test_what_cannot_be_scored_gets_one_sentence():
    cases = [
        ([], 1000, "(0,)"),
        ([1], 1000, "(1,)"),
        ([[0, 1, 2]], 1000, "(1, 3)"),
        ([[0, 1], [1, 2]], 1000, "(2, 2)"),
        ([0, 1, 3], 1000, "id 3"),
        ([0, 1, -1], 1000, "id -1"),
        ([0.0, 1.0], 1000, "float64"),
        ("the text itself", 1000, "Encode the text first"),
        ([0, 1, 2], 0, "piece"),
        ([0, 1, 2], -5, "piece"),
        ([0, 1, 2], 2.0, "piece"),
    ]
    assert_refused(lambda ids, piece: score(Chain(), ids, piece=piece), cases)


# character by character


@pytest.mark.parametrize("piece", [1, 5, 199, 1000])
def test_the_surprise_at_each_character_is_minus_its_log_probability(piece):
    ids = sample_chain(200)
    expected = [-np.log(CHAIN[a, b]) for a, b in pairwise(ids)]
    np.testing.assert_allclose(surprise(Chain(), ids, piece), expected, atol=1e-12)
    assert surprise(Counting(), np.arange(24) % 3, piece).std() < 1e-12  # the state is carried


@every_engine
def test_the_mean_surprise_is_the_score(engine):
    model, ids = shared_model(engine), np.random.default_rng(0).integers(7, size=40)
    for piece in (7, 1000):
        found = surprise(model, ids, piece)
        assert found.shape == (39,)
        assert found.mean() == pytest.approx(score(model, ids, piece).nats, abs=1e-12)


class Forgetful(Chain):
    """A fake model that expects id 1 after an id 0, but only from its third step on."""

    def forward(self, ids, state):
        steps = state[0] + np.arange(1, np.shape(ids)[1] + 1)  # (B, T)
        logits = np.where(steps[..., None] >= 3, 3.0 * np.eye(3)[1], 0.0)
        return logits, state + np.shape(ids)[1]


def test_loss_by_position_shows_what_a_cold_state_costs():
    ids = np.ones(34, int)  # 33 targets: six pieces of 5, and three left out
    nats, pieces = loss_by_position(Forgetful(), ids, 5)
    warm = -np.log(np.exp(3) / (np.exp(3) + 2))
    assert pieces == 6
    np.testing.assert_allclose(nats, [np.log(3)] * 2 + [warm] * 3, atol=1e-12)


@every_engine
def test_loss_by_position_of_a_real_model_against_a_loop(engine):
    model, length, pieces = shared_model(engine), 6, 107  # more than are read at once
    ids = np.random.default_rng(1).integers(7, size=length * pieces + 3)
    expected = np.zeros((pieces, length))
    for i in range(pieces):
        state = model.init_state(1)
        for t in range(length):
            at = i * length + t
            logits, state = model.forward([[ids[at]]], state)
            probs = np.exp(logits[0, 0].astype(float))
            expected[i, t] = -np.log(probs[ids[at + 1]] / probs.sum())
    nats, counted = loss_by_position(model, ids, length)
    assert counted == pieces
    np.testing.assert_allclose(nats, expected.mean(axis=0), atol=1e-5)


@pytest.mark.parametrize(
    ("ids", "change", "message"),
    [
        ([0, 1, 2], {"length": 3}, "no piece of 3"),
        ([0, 1, 2], {"length": 0}, "length"),
        ([0, 1, 2], {"length": 1.5}, "length"),
        ([0, 1, 3], {}, "id 3"),
        ([[0, 1, 2]], {}, "(1, 3)"),
        ([1], {}, "(1,)"),
    ],
)
def test_pieces_that_cannot_be_scored_get_one_sentence(ids, change, message):
    with raises_sentence(ValueError, message):
        loss_by_position(Chain(), ids, **{"length": 1} | change)
    with raises_sentence(ValueError, "piece"):
        surprise(Chain(), [0, 1], piece=0)


# separate examples


class Watched(Chain):
    """A fake model that notes how many examples it is given at once."""

    def __init__(self):
        self.batches = []

    def forward(self, ids, state):
        self.batches.append(len(ids))
        return super().forward(ids, state)


@pytest.mark.parametrize("measure", [mean_loss, accuracy])
@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 3500])
def test_at_most_1000_examples_are_read_at_once_and_every_one_counts(measure, size):
    rng, model = np.random.default_rng(size), Watched()
    inputs, targets = rng.integers(3, size=(size, 4)), rng.integers(2, size=(size, 2))
    found = measure(model, inputs, targets)
    assert sum(model.batches) == size
    assert max(model.batches) == min(size, 1000)
    alone = [
        measure(Chain(), *pair) for pair in zip(inputs[:, None], targets[:, None], strict=True)
    ]
    assert found == pytest.approx(np.mean(alone), abs=1e-12)


def test_mean_loss_and_accuracy_against_brute_force():
    ids = sample_chain(401)[:400].reshape(100, 4)
    inputs, targets = ids[:, :3], ids[:, 1:]
    cells = [(a, b) for row in ids for a, b in pairwise(row)]
    assert mean_loss(Chain(), inputs, targets) == pytest.approx(
        np.mean([-np.log(CHAIN[a, b]) for a, b in cells]), abs=1e-12
    )
    right = [CHAIN[a].argmax() == b for a, b in cells]
    assert accuracy(Chain(), inputs, targets) == pytest.approx(np.mean(right), abs=1e-12)


def test_one_target_an_example_is_the_character_after_the_last():
    inputs, targets = [[2, 2, 0], [0, 0, 1], [0, 0, 2]], [0, 1, 2]
    expected = -np.log([CHAIN[0, 0], CHAIN[1, 1], CHAIN[2, 2]]).mean()
    assert mean_loss(Chain(), inputs, targets) == pytest.approx(expected, abs=1e-12)
    assert accuracy(Chain(), inputs, targets) == pytest.approx(2 / 3)


def test_each_example_starts_from_a_state_of_zeros():
    inputs = np.zeros((4, 2), int)
    assert accuracy(Counting(), inputs, [2, 2, 2, 2]) == 1
    assert accuracy(Counting(), inputs, np.tile([1, 2], (4, 1))) == 1
    assert accuracy(Counting(), inputs, np.tile([2, 1], (4, 1))) == 0


def test_a_loss_far_beyond_a_probability_of_zero_is_still_a_number():
    model = shared_model("numpy")
    kept = model.get_params()
    model.set_params(kept | {"b_y": np.array([2000, 0, 0, 0, 0, 0, 0])})
    loss = mean_loss(model, [[0]], [1])
    model.set_params(kept)
    assert loss == pytest.approx(2000, abs=1)


@pytest.mark.parametrize("measure", [mean_loss, accuracy])
def test_examples_that_do_not_fit_get_one_sentence(measure):
    cases = [
        ([0, 1], [1, 2], "(2,)"),
        ([[0, 1]], [1, 2], "(2, 1)"),
        ([[0, 1]], [[1, 2, 0]], "(1, 3)"),
        ([[0, 1]], [3], "id 3"),
        ([[0, 1]], [-1], "id -1"),
        ([[0, 5]], [1], "id 5"),
        ([[0.5, 1]], [1], "float64"),
    ]
    assert_refused(lambda inputs, targets: measure(Chain(), inputs, targets), cases)


# copying


def overlap_by_brute_force(text, training_text):
    """The longest piece, the first of several: every piece is looked up."""
    pieces = [text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)]
    found = [piece for piece in pieces if piece in training_text]
    return max(found, key=len, default="")


@settings(max_examples=300)
@given(st.text("ab\n", max_size=14), st.text("ab\n", max_size=30))
def test_longest_overlap_against_brute_force(text, training_text):
    assert longest_overlap(text, training_text) == overlap_by_brute_force(text, training_text)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_copied_piece_is_found_in_any_surroundings(before, piece, after):
    assert len(longest_overlap(before + piece + after, f"\0{piece}\0")) >= len(piece)


@pytest.mark.parametrize("length", [5000, 20_000])
def test_a_long_copy_is_found_in_a_long_text(length):
    training_text = "".join(np.random.default_rng(0).choice(list("abcdefgh"), 60_000))
    copied = training_text[777 : 777 + length]
    assert longest_overlap(f"zz{copied}zz{copied[:-1]}", training_text) == copied


def test_signs_beyond_the_alphabet_and_of_a_code_of_zero_are_compared_too():
    assert longest_overlap("x😀é中y", "z😀é中z") == "😀é中"
    assert longest_overlap("\0\0\0a", "b\0\0b") == "\0\0"
    assert longest_overlap("\0\0", "b") == ""
    assert longest_overlap("\ud800x", "\ud800") == "\ud800"  # half a sign, as files may hold


def test_texts_with_one_fingerprint_are_told_apart_letter_by_letter():
    """The sequence of Thue and Morse and its complement, whose sums agree modulo 2 ** 64."""
    ones = np.array([i.bit_count() % 2 for i in range(2048)])
    text, other = ("".join("ab"[bit] for bit in bits) for bits in (ones, 1 - ones))
    (found,), (alike,) = (_fingerprints(_sums(each), 2048) for each in (text, other))
    assert found == alike
    assert text != other
    found = longest_overlap(text + 2047 * "x", other + 2047 * "y")  # so that 2048 is tried
    assert len(found) == 1024  # each is the other's halves, exchanged


def test_longest_overlap_of_a_line_of_the_pangram():
    text = "A quick brown dog."
    assert longest_overlap(text, "The quick brown fox jumps over the lazy dog.") == " quick brown "
    assert longest_overlap("", "abc") == longest_overlap("abc", "") == ""


# repetition


@given(st.text("ab", min_size=4, max_size=30), st.integers(1, 4))
def test_repetition_against_counting_every_earlier_place(text, n):
    runs = [text[i : i + n] for i in range(len(text) - n + 1)]
    expected = [run in runs[:i] for i, run in enumerate(runs)]
    assert repeated(text, n).tolist() == expected
    assert repetition(text, n) == pytest.approx(np.mean(expected), abs=1e-12)
    assert diversity([text], n) == pytest.approx(len(Counter(runs)) / len(runs), abs=1e-12)
    assert repetition(text, n) + diversity([text], n) == pytest.approx(1, abs=1e-12)


def test_a_text_in_circles_repeats_and_a_text_without_repeats_does_not():
    assert repetition("abcdefgh", 1) == 0
    assert repetition("ab" * 50, 2) == pytest.approx(97 / 99)  # ab and ba are new once
    assert diversity(["aaaa"], 2) == pytest.approx(1 / 3)


def test_texts_that_are_alike_are_not_diverse_though_none_repeats_itself():
    assert diversity(["abcd", "efgh"], 2) == 1
    assert diversity(["abcd", "abcd"], 2) == 0.5
    assert diversity(["abcd", "abcx"], 2) == pytest.approx(
        4 / 6
    )  # no run crosses from text to text
    assert diversity(["abab"], 2) == pytest.approx(2 / 3)


@pytest.mark.parametrize("measure", [repetition, repeated])
@pytest.mark.parametrize(("n", "message"), [(0, "n must"), (1.0, "n must"), (4, "3 characters")])
def test_runs_that_do_not_exist_get_one_sentence(measure, n, message):
    with raises_sentence(ValueError, message):
        measure("abc", n)
    with raises_sentence(ValueError, "no text"):
        diversity([], 2)
