"""The problems solved by brute force, and the languages checked against their definitions."""

import math
import operator
import re
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.evaluation.ngrams import NgramModel
from rnnlib.tasks.synthetic import AddingProblem, TemporalOrder, embedded_reber, knights_and_knaves
from tests.helpers import assert_refused

SEEDS = st.integers(0, 2**32)
PROBLEMS = [AddingProblem(20), TemporalOrder(20)]
every_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: type(p).__name__)


@every_problem
def test_the_seed_alone_decides_the_data(problem):
    again = type(problem)(*vars(problem).values())
    assert again == problem
    for ours, same, other in zip(
        problem.draw(9, 1), again.draw(9, 1), problem.draw(9, 2), strict=True
    ):
        np.testing.assert_array_equal(ours, same)
        assert ours.shape == other.shape
        assert not np.array_equal(ours, other)


def test_the_first_examples_are_these_on_every_machine():
    inputs, sums = AddingProblem(4).draw(1, 0)
    assert inputs[0, :, 1].tolist() == [1, 0, 1, 0]
    np.testing.assert_allclose(inputs[0, :, 0], [0.850624, 0.636962, 0.511137, 0.269787], atol=1e-6)
    np.testing.assert_allclose(sums, [1.361761], atol=1e-6)
    order = TemporalOrder(10)
    assert [order.vocab.decode(ids[0]) for ids in order.draw(1, 0)] == ["EcYbbaYaaB", "U"]


@given(st.integers(2, 30), st.integers(1, 20), SEEDS)
def test_the_adding_problem_adds_what_is_marked(length, n, seed):
    inputs, targets = AddingProblem(length).draw(n, seed)
    assert inputs.shape == (n, length, 2)
    assert targets.shape == (n,)
    assert inputs.dtype == targets.dtype == np.float32
    numbers, markers = inputs[..., 0], inputs[..., 1]
    assert ((numbers >= 0) & (numbers < 1)).all()
    for row, marked, target in zip(numbers, markers, targets, strict=True):
        first, second = [t for t in range(length) if marked[t] != 0]
        assert marked[first] == marked[second] == 1
        assert 0 <= first < length // 2 <= second < length
        assert target == row[first] + row[second]


def test_the_adding_problem_marks_every_place():
    marked = AddingProblem(7).draw(2000, 0)[0][..., 1].mean(axis=0)
    np.testing.assert_allclose(marked, [1 / 3] * 3 + [1 / 4] * 4, atol=5 * math.sqrt(2 / 9 / 2000))


def test_the_chance_of_the_adding_problem_by_integral_and_by_sample():
    middles = (np.arange(1000) + 0.5) / 1000
    sums = middles[:, None] + middles  # both numbers, at the middles of a grid of squares
    errors = [((sums - answer) ** 2).mean() for answer in (0.99, 1, 1.01)]
    assert min(errors) == errors[1]
    assert abs(AddingProblem(9).chance - errors[1]) < 1e-6
    _, targets = AddingProblem(9).draw(100_000, 0)
    squares = (targets.astype(np.float64) - 1) ** 2
    assert abs(squares.mean() - AddingProblem(9).chance) < 5 * squares.std() / math.sqrt(100_000)


@given(st.integers(10, 120), st.integers(1, 20), SEEDS)
def test_temporal_order_asks_for_the_order_of_two_letters(length, n, seed):
    problem = TemporalOrder(length)
    inputs, targets = problem.draw(n, seed)
    assert (inputs.shape, targets.shape) == ((n, length), (n, 1))
    assert inputs.dtype == targets.dtype == np.int64
    for ids, target in zip(inputs, targets, strict=True):
        text = problem.vocab.decode(ids)
        assert re.fullmatch("E[abcd]*[XY][abcd]*[XY][abcd]*B", text)
        order = re.sub("[^XY]", "", text)
        assert problem.vocab.decode(target) == {"XX": "Q", "XY": "R", "YX": "S", "YY": "U"}[order]
        first, second = (place.start() for place in re.finditer("[XY]", text))
        assert 0.1 * length - 1 < first <= 0.2 * length
        assert 0.5 * length - 1 < second <= 0.6 * length


def test_temporal_order_uses_every_place_class_and_distractor():
    problem = TemporalOrder(100)
    inputs, targets = problem.draw(4000, 0)
    relevant = np.isin(inputs, problem.vocab.encode("XY"))
    assert np.flatnonzero(relevant.any(axis=0)).tolist() == [*range(10, 21), *range(50, 61)]
    counts = Counter(targets.ravel().tolist())
    assert sorted(counts) == sorted(problem.vocab.encode("QRSU"))
    shares = np.array(list(counts.values())) / 4000
    assert np.abs(shares - 1 / 4).max() < 5 * math.sqrt(3 / 16 / 4000)
    assert abs(problem.chance - -(shares * np.log(shares)).sum()) < 0.01
    distractors = (inputs[:, 1:10, None] == problem.vocab.encode("abcd")).mean(axis=(0, 1))
    np.testing.assert_allclose(distractors, 1 / 4, atol=5 * math.sqrt(3 / 16 / 36_000))


LOOP = "T*V(?:PXT*V)*(?:V|PS)"  # from the bottom left to the last
REBER = f"B(?:TS*X(?:S|X{LOOP})|P{LOOP})E"
EMBEDDED = f"BT{REBER}TE|BP{REBER}PE"
LEGAL = ["BTSSXXTVVE", "BPVVE", "BTXXVPSE", "BPVPXVPXVPXVVE", "BTSXXVPSE", "BTXSE", "BPTVPSE"]
ILLEGAL = ["BTSSPXSE", "BPTVVB", "BTXXVVSE", "BPVSPSE", "BTSSSE", "BTXVE", "BVVE", "EB", "TXSE"]


def is_text(grammar, text):
    """Whether the grammar lets a text begin like this."""
    try:
        grammar.follow(grammar.vocab.encode(text))
    except ValueError:
        return False
    return True


def is_string(grammar, text):
    """Whether this is one whole string: it comes back to the start state, and not before."""
    return is_text(grammar, text) and np.flatnonzero(
        grammar.follow(grammar.vocab.encode(text)) == grammar.follow([])[0]
    ).tolist() == [0, len(text)]


def words(chars, longest):
    """Every word over these characters, from the empty one to those of `longest` characters."""
    return ("".join(word) for n in range(longest + 1) for word in product(chars, repeat=n))


def test_embedded_reber_strings_end_as_they_begin():
    grammar = embedded_reber()
    strings = grammar.draw_strings(2000, 0)
    assert all(re.fullmatch(EMBEDDED, string) for string in strings)
    assert all(string[1] == string[-2] for string in strings)
    assert min(map(len, strings)) == 9  # five characters between the letter and its repetition
    letters = Counter(string[1] for string in strings)
    assert set(letters) == set("TP")
    assert abs(letters["T"] - 1000) < 5 * math.sqrt(500)
    for inner in LEGAL:
        assert is_string(grammar, f"BT{inner}TE")
        assert is_string(grammar, f"BP{inner}PE")
        assert not is_text(grammar, f"BT{inner}P")
        assert not is_text(grammar, f"BP{inner}T")
    assert not any(is_text(grammar, f"BT{inner}TE") for inner in ILLEGAL)


def test_the_entropy_of_embedded_reber_is_a_simple_fraction_of_a_bit():
    assert embedded_reber().entropy() == pytest.approx(7 / 12 * math.log(2), rel=1e-12)
    lengths = np.array([len(string) for string in embedded_reber().draw_strings(5000, 1)])
    assert abs(lengths.mean() - 12) < 5 * lengths.std() / math.sqrt(5000)


def test_knights_and_knaves_speak_by_the_rules():
    grammar = knights_and_knaves()
    strings = grammar.draw_strings(4000, 0)
    assert all(re.fullmatch(r"[KN]([rs][RS])*\.", string) for string in strings)
    for who, truth in (("K", 0.9), ("N", 0.1)):
        spoken = "".join(string[1:-1] for string in strings if string[0] == who)
        pairs = [spoken[i : i + 2] for i in range(0, len(spoken), 2)]
        share = np.mean([seen.upper() == said for seen, said in pairs])
        assert abs(share - truth) < 5 * math.sqrt(0.09 / len(pairs))
    assert abs(np.mean([len(string) for string in strings]) - 16) < 5 * 15 / math.sqrt(4000)


def test_the_entropy_of_knights_and_knaves_by_hand():
    def entropy(*probs):
        return sum(p * math.log(1 / p) for p in probs)

    grammar = knights_and_knaves()
    string = math.log(2) + 8 * entropy(7 / 16, 7 / 16, 1 / 8) + 7 * entropy(0.9, 0.1)
    assert grammar.entropy() == pytest.approx(string / 16, rel=1e-12)
    shares = [1 / 32] * 2 + [1 / 16] + [3.5 / 16] * 4  # K and N, the stop, r s R S
    assert grammar.chance == pytest.approx(entropy(*shares), rel=1e-12)


def test_the_first_letter_counts_against_all_that_was_said_since():
    grammar = knights_and_knaves()
    R = grammar.vocab.chars.index("R")
    for who, truth in (("K", 0.9), ("N", 0.1)):
        for said in ("rSsR" * 6, "rRsS" * 6):
            text = grammar.vocab.encode(f"{who}{said}r")
            assert grammar.probs(text)[-1, R] == truth


def test_three_letters_are_not_enough_for_knights_and_knaves():
    grammar = knights_and_knaves()
    train, held_out = grammar.draw(100_000, 0), grammar.draw(30_000, 1)
    losses = [NgramModel(n, 7).fit(train).nats(held_out) / grammar.entropy() for n in (1, 2, 3)]
    assert losses[0] > losses[1] > losses[2] > 1.15
    assert losses[0] == pytest.approx(grammar.chance / grammar.entropy(), rel=0.02)


def test_a_mistake_gets_one_clear_message():
    cases = [
        (lambda: AddingProblem(1), "length"),
        (lambda: AddingProblem(10.0), "not 10.0"),
        (lambda: TemporalOrder(9), "at least 10"),
        (lambda: AddingProblem(5).draw(0, 0), "n must be"),
        (lambda: TemporalOrder(10).draw(0.5, 0), "not 0.5"),
        (lambda: AddingProblem(5).draw(1, None), "not None"),
        (lambda: AddingProblem(5).draw(1, -1), "seed"),
    ]
    assert_refused(operator.call, cases)
