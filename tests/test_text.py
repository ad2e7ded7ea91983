"""Text as integers: round trips, windows, streams, the split, one clear sentence per mistake."""

import operator
import tracemalloc
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnnlib.checks import check_examples, check_ids
from rnnlib.models.config import ModelConfig
from rnnlib.text import vocab as vocab_module
from rnnlib.text.vocab import Vocab, one_hot, split_text
from rnnlib.text.windows import Streams, make_streams, make_windows
from tests.helpers import assert_refused, raises_sentence

PANGRAM = "The quick brown fox jumps over the lazy dog."
TEXTS = st.text(min_size=2, max_size=60).filter(lambda text: len(set(text)) > 1)
IDS = st.lists(st.integers(0, 64), min_size=2, max_size=60).map(np.array)


@st.composite
def texts_and_sizes(draw, rows=1):
    """Ids and the sizes (batch_size, length) of pieces that fit into them at least once."""
    batch_size, length = draw(st.integers(1, rows)), draw(st.integers(1, 8))
    needed = batch_size * length + 1
    return (
        draw(st.lists(st.integers(0, 64), min_size=needed, max_size=needed + 40)),
        batch_size,
        length,
    )


@given(TEXTS)
def test_decode_undoes_encode(text):
    vocab = Vocab(text)
    ids = vocab.encode(text)
    assert ids.dtype == np.int64
    assert ids.shape == (len(text),)
    assert vocab.decode(ids) == text


@given(TEXTS)
def test_encode_undoes_decode(text):
    vocab = Vocab(text)
    ids = np.arange(len(vocab))[::-1]
    assert vocab.decode(ids) == "".join(reversed(vocab.chars))
    np.testing.assert_array_equal(vocab.encode(vocab.decode(ids)), ids)


@given(TEXTS)
def test_vocabulary_is_sorted_distinct_and_complete(text):
    chars = Vocab(text).chars
    assert all(low < high for low, high in pairwise(chars))
    assert set(chars) == set(text)
    assert len(Vocab(text)) == len(set(text))


@given(TEXTS, st.randoms(use_true_random=False))
def test_vocabulary_depends_on_the_characters_alone(text, random):
    shuffled = list(text)
    random.shuffle(shuffled)
    again = Vocab("".join(shuffled) + text)
    assert again == Vocab(text)
    assert hash(again) == hash(Vocab(text))
    assert again.encode(text).tolist() == Vocab(text).encode(text).tolist()


def test_pangram_has_44_characters_29_of_them_distinct():
    vocab = Vocab(PANGRAM)
    assert (len(PANGRAM), len(vocab)) == (44, 29)
    assert vocab.chars == tuple(" .Tabcdefghijklmnopqrstuvwxyz")
    assert vocab.encode("The").tolist() == [2, 10, 7]
    assert vocab != Vocab(PANGRAM.replace("T", "é"))


def test_nothing_encodes_to_nothing_and_back():
    vocab = Vocab("ab")
    assert vocab.encode("").shape == (0,)
    assert vocab.decode([]) == ""


ANY_CHARS = st.characters(exclude_categories=())  # beyond 16 bits too, and halves of pairs
NARROW = [np.uint8, np.int8, np.uint16, np.int32, np.uint32]


@given(st.text(ANY_CHARS, min_size=2, max_size=30), st.text(ANY_CHARS, max_size=5), st.data())
def test_encode_in_pieces_is_the_plain_loop_or_names_the_first_unknown(known, strange, data):
    assume(len(set(known)) > 1)
    vocab, ids = Vocab(known), {char: i for i, char in enumerate(sorted(set(known)))}
    text = "".join(data.draw(st.permutations([*known, *strange])))
    unknown = [place for place, char in enumerate(text) if char not in ids]
    with mock.patch.object(vocab_module, "PIECE", data.draw(st.integers(1, 40))):
        if unknown:
            named = f"{text[unknown[0]]!r} at position {unknown[0]},"
            with raises_sentence(ValueError, named, f"{len(ids)} characters"):
                vocab.encode(text)
        else:
            assert vocab.encode(text).tolist() == [ids[char] for char in text]


def test_a_character_beside_above_or_far_above_the_known_ones_is_unknown():
    vocab = Vocab("bdf")
    for char in ("a", "c", "g", "h", "\uffff", "\U0001f600", "\U0010ffff"):
        with raises_sentence(ValueError, f"{char!r} at position 300000"):
            vocab.encode("b" * 300_000 + char + "a")


def test_the_smallest_type_holds_every_id(subtests):
    for size in [2, 255, 256, 257, 65_535, 65_536, 65_537]:
        with subtests.test(str(size)):
            vocab = Vocab("".join(map(chr, range(100, 100 + size))))
            ids = vocab.encode("".join(vocab.chars), vocab.smallest_dtype)
            assert ids.dtype == {size <= 256: "uint8", size > 65_536: "uint32"}.get(True, "uint16")
            assert ids.tolist() == list(range(size))
            assert vocab.decode(ids) == "".join(vocab.chars)


def test_a_type_that_does_not_hold_every_id_is_refused(subtests):
    for size, holds, too_small in [
        (128, "int8", None),
        (129, "uint8", "int8"),
        (256, "int16", "int8"),
        (257, "int16", "uint8"),
    ]:
        with subtests.test(str(size)):
            vocab = Vocab("".join(map(chr, range(100, 100 + size))))
            assert vocab.encode(vocab.chars[-1], holds).tolist() == [size - 1]
            if too_small:
                with raises_sentence(ValueError, f"0 to {size - 1}", f"not {too_small}."):
                    vocab.encode("d", too_small)


def test_an_integer_type_is_kept_and_the_numbers_are_the_same(subtests):
    for dtype in NARROW:
        with subtests.test(str(dtype)):
            vocab = Vocab(PANGRAM)
            wide, ids = vocab.encode(PANGRAM), vocab.encode(PANGRAM, dtype)
            assert ids.dtype == dtype
            for cut in (lambda ids: make_windows(ids, 10), lambda ids: make_streams(ids, 2, 5)):
                for found, expected in zip(cut(ids), cut(wide), strict=True):
                    assert (found.dtype, expected.dtype) == (dtype, np.int64)
                    np.testing.assert_array_equal(found, expected)
            assert check_ids(ids, 29).dtype == dtype
            with raises_sentence(ValueError, "id 28 is out of range"):
                check_ids(ids, 28)
            assert check_ids(ids, 300).tolist() == wide.tolist()  # more than 8 bits can count


def test_a_batch_of_any_integer_type_is_read_as_int64(subtests):
    for dtype in NARROW:
        with subtests.test(str(dtype)):
            config = ModelConfig(7, 2, 3)
            ids = np.array([[1, 6], [0, 2]], dtype)
            read, _, targets = config.check_batch(ids, config.init_state(2), ids)
            for found in (read, targets):
                assert found.dtype == np.int64
                assert found.tolist() == ids.tolist()


def test_integers_that_int64_does_not_hold_do_not_spoil_what_is_computed_with_them():
    assert check_ids(np.array([1, 2], np.uint64), 3).dtype == np.int64


def test_a_long_text_is_encoded_in_little_more_memory_than_its_ids_take():
    text = "The fox. Ωμέγα 😀\n" * 200_000
    vocab = Vocab(text)
    tracemalloc.start()
    try:
        ids = vocab.encode(text, np.uint8)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(ids) == len(text)
    assert peak < 3 * ids.nbytes  # a list of its characters alone takes 8


def test_decode_takes_any_integers():
    vocab = Vocab("abc")
    assert vocab.decode(2) == "c"
    assert vocab.decode([1, 0]) == "ba"
    assert vocab.decode(np.array([2, 2], dtype=np.uint8)) == "cc"


@given(IDS, st.integers(65, 70))
def test_one_hot_rows(ids, vocab_size):
    rows = one_hot(ids, vocab_size)
    assert rows.dtype == np.float32
    assert rows.shape == (len(ids), vocab_size)
    np.testing.assert_array_equal(rows.sum(axis=-1), 1)
    np.testing.assert_array_equal(rows.argmax(axis=-1), ids)
    assert set(np.unique(rows)) == {0, 1}


def test_one_hot_keeps_leading_axes():
    ids = np.arange(6).reshape(2, 3)
    np.testing.assert_array_equal(one_hot(ids, 6), np.eye(6).reshape(2, 3, 6))


@given(texts_and_sizes())
def test_windows(case):
    ids, _, length = case
    inputs, targets = make_windows(ids, length)
    assert inputs.shape == (len(ids) - length, length)
    assert targets.shape == (len(ids) - length,)
    for start, (window, target) in enumerate(zip(inputs, targets, strict=True)):
        assert window.tolist() == ids[start : start + length]
        assert target == ids[start + length]


@given(texts_and_sizes(rows=5))
def test_streams(case):
    ids, batch_size, length = case
    inputs, targets = make_streams(ids, batch_size, length)
    steps = len(inputs)
    assert inputs.shape == targets.shape == (steps, batch_size, length)
    for b in range(batch_size):  # each row, read through all batches, is a stretch of the text
        row, answers = inputs[:, b].ravel(), targets[:, b].ravel()
        start = b * steps * length
        assert row.tolist() == ids[start : start + steps * length]
        assert answers.tolist() == ids[start + 1 : start + 1 + steps * length]
    rows = inputs.swapaxes(0, 1).ravel()  # one row after the other: the text, each id once
    assert rows.tolist() == ids[: len(rows)]
    assert 1 <= len(ids) - len(rows) <= batch_size * length  # what is left: a target, no batch
    streams, first = (Streams(ids, batch_size, length, r) for r in (slice(None), slice(1)))
    assert len(streams) == steps
    for s in range(steps):
        for part, row, whole in zip(streams[s], first[s], (inputs[s], targets[s]), strict=True):
            np.testing.assert_array_equal(part, whole)
            np.testing.assert_array_equal(row, whole[:1])


@pytest.mark.parametrize(
    "cut", [lambda ids: make_windows(ids, 2), lambda ids: make_streams(ids, 1, 2)]
)
def test_windows_and_streams_are_copies(cut):
    ids = np.arange(9)
    inputs, targets = cut(ids)
    before = targets.copy()
    inputs[:] = 0
    np.testing.assert_array_equal(targets, before)
    targets[:] = 0
    assert ids.tolist() == list(range(9))


@given(TEXTS, st.floats(0.01, 0.99))
def test_split_is_by_position(text, fraction):
    assume(1 <= int(len(text) * fraction) < len(text))
    train, held_out = split_text(text, fraction)
    assert train + held_out == text
    assert len(train) == int(len(text) * fraction)


def test_split_of_the_benchmark_and_of_ids():
    train, held_out = split_text(np.arange(1_115_394))
    assert (len(train), len(held_out)) == (1_003_854, 111_540)
    assert held_out[0] == 1_003_854


VOCAB = Vocab("abc")


def test_a_mistake_gets_one_clear_message():
    cases = [
        (lambda: Vocab(""), "''"),
        (lambda: Vocab("a"), "'a'"),
        (lambda: Vocab("aaaa"), "holds 1"),
        (lambda: VOCAB.encode("abé"), "'é' at position 2"),
        (lambda: VOCAB.encode("a\n"), r"'\n' at position 1"),
        (lambda: VOCAB.encode("abc", float), "float64"),
        (lambda: VOCAB.encode("abc", bool), "bool"),
        (lambda: VOCAB.decode([0.0, 1.0]), "float64"),
        (lambda: VOCAB.decode("abc"), "str"),
        (lambda: VOCAB.decode([True]), "bool"),
        (lambda: VOCAB.decode([0, -1]), "id -1"),
        (lambda: VOCAB.decode([0, 3]), "id 3"),
        (lambda: check_ids([[1, 2], [1]], 5), "equally long"),
        (lambda: one_hot([0.5], 3), "float64"),
        (lambda: one_hot([3], 3), "id 3"),
        (lambda: make_windows(np.arange(10), 11), "10 characters"),
        (lambda: make_windows(np.arange(10), 10), "at least 11 characters"),
        (lambda: make_windows([], 1), "0 characters"),
        (lambda: make_windows([3], 1), "has 1 character, too few"),
        (lambda: make_windows(np.arange(9), 0), "not 0"),
        (lambda: make_windows(np.arange(9), True), "not True"),
        (lambda: make_windows(np.arange(9), -2), "not -2"),
        (lambda: make_windows(np.arange(9), 2.0), "not 2.0"),
        (lambda: make_windows([0.0, 1.0, 2.0], 1), "float64"),
        (lambda: make_windows("abcdef", 2), "str"),
        (lambda: make_windows(np.zeros((4, 4), int), 2), "(4, 4)"),
        (lambda: make_streams(np.arange(12), 3, 4), "at least 13"),
        (lambda: make_streams(np.arange(9), 2, 0), "length"),
        (lambda: make_streams(np.arange(9), 0, 2), "batch_size"),
        (lambda: make_streams(np.arange(9), -1, -2), "-1"),
        (lambda: make_streams(np.zeros(9), 2, 2), "float64"),
        (lambda: split_text(""), "0 characters"),
        (lambda: split_text("a"), "1 character"),
        (lambda: split_text("abcdef", 1.0), "1.0"),
        (lambda: split_text("abcdef", 0), "0 of 6"),
        (lambda: split_text("abcdef", -0.5), "-0.5"),
        (lambda: split_text("abcdef", float("nan")), "nan"),
    ]
    assert_refused(operator.call, cases)
    cases = [
        (lambda: Vocab(["a", "b"]), "list"),
        (lambda: VOCAB.encode(None), "NoneType"),
        (lambda: VOCAB.encode(b"abc"), "bytes"),
    ]
    assert_refused(operator.call, cases, TypeError)


# examples


def test_examples_of_any_number_are_taken_and_one_target_each_becomes_a_column():
    for N in (1, 300):  # 300 is no number that Python keeps a single copy of
        inputs = np.ones((N, 4), int)
        assert check_examples(inputs, np.ones(N, int))[1].shape == (N, 1)
        assert check_examples(inputs, np.ones((N, 4), int))[1].shape == (N, 4)


def test_no_example_or_another_number_of_axes_gets_one_sentence(subtests):
    for shape in [(0, 4), (4, 0), (4,), (2, 3, 4)]:
        said = str(shape)
        with subtests.test(said), raises_sentence(ValueError, "at least one of each", said):
            check_examples(np.ones(shape, int), np.ones(shape[:1], int))


def test_targets_that_do_not_fit_their_inputs_get_one_sentence(subtests):
    for shape in [(2,), (4,), (3, 0), (3, 5), (3, 2, 1)]:
        pieces = ("(3, 4)", "the last K of 4 steps")
        with subtests.test(str(shape)), raises_sentence(ValueError, *pieces):
            check_examples(np.ones((3, 4), int), np.ones(shape, int))


def test_a_vocabulary_shows_its_characters():
    assert repr(Vocab("ba\n")) == r"Vocab('\nab')"
