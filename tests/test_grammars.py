"""The grammar's exact numbers against every text written out, and against long drawn texts."""

import math
import operator
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.tasks.grammars import Grammar
from tests.helpers import assert_refused

SEEDS = st.integers(0, 2**32)
GOLDEN = {"a": {"0": (0.5, "a"), "1": (0.5, "b")}, "b": {"0": (1.0, "a")}}  # never two 1s


@st.composite
def tables(draw):
    """A table of 1 to 5 states, in which x leads through all states in a circle."""
    size = draw(st.integers(1, 5))
    table = {}
    for state in range(size):
        others = draw(st.lists(st.sampled_from("ayz"), unique=True, min_size=size == 1))
        weights = draw(st.lists(st.integers(1, 9), min_size=4, max_size=4))
        nexts = {"x": (state + 1) % size}
        nexts |= {char: draw(st.integers(0, size - 1)) for char in others}
        total = sum(weights[: len(nexts)])
        table[state] = {
            c: (w / total, to) for (c, to), w in zip(nexts.items(), weights, strict=False)
        }
    return table


@st.composite
def grammars(draw):
    """A table, a start state, and the grammar made of them."""
    table = draw(tables().filter(lambda t: len({c for edges in t.values() for c in edges}) > 1))
    start = draw(st.sampled_from(sorted(table)))
    return table, start, Grammar(table, start)


def write_out(table, start, length):
    """Every text of so many characters from a state: {text: probability}."""
    texts = {("", start): 1.0}
    for _ in range(length):
        texts = {
            (text + char, to): prob * p
            for (text, state), prob in texts.items()
            for char, (p, to) in table[state].items()
        }
    return {text: prob for (text, _), prob in texts.items()}


def entropy_of(texts):
    return sum(prob * math.log(1 / prob) for prob in texts.values())


def visits(table, steps=3000):
    """The share of time in each state, by moving probability along many times."""
    now = dict.fromkeys(table, 1 / len(table))
    for _ in range(steps):
        after = dict.fromkeys(table, 0.0)
        for state, edges in table.items():
            for prob, to in edges.values():
                after[to] += now[state] * prob / 2
            after[state] += now[state] / 2  # standing still half the time, no circle stays
        now = after
    return now


@given(grammars())
@settings(max_examples=40)
def test_entropy_is_what_one_more_character_adds_to_all_texts(case):
    """Texts of n + 1 characters are less certain than those of n by exactly the entropy."""
    table, _, grammar = case
    mean = visits(table)
    sizes = [sum(mean[s] * entropy_of(write_out(table, s, n)) for s in table) for n in (2, 3, 4)]
    np.testing.assert_allclose(np.diff(sizes), grammar.entropy(), rtol=1e-9, atol=1e-12)
    assert grammar.optimum == grammar.entropy()
    letters = defaultdict(float)
    for state in table:
        for char, (prob, _) in table[state].items():
            letters[char] += mean[state] * prob
    assert grammar.chance == pytest.approx(entropy_of(letters), abs=1e-9)


@given(grammars(), SEEDS)
@settings(max_examples=25)
def test_a_long_text_has_the_entropy_and_the_frequencies_it_should(case, seed):
    table, start, grammar = case
    ids = grammar.draw(4000, seed)
    losses = -np.log([p for p in probabilities(table, start, grammar.vocab.decode(ids))])
    assert grammar.nats(ids) == pytest.approx(losses.mean(), abs=1e-12)
    pieces = losses.reshape(40, 100).mean(axis=1)  # nearly independent of each other
    assert abs(losses.mean() - grammar.entropy()) < 6 * pieces.std() / math.sqrt(40) + 1e-2
    shares = np.bincount(ids, minlength=len(grammar.vocab)) / 4000
    shares = shares[shares > 0]
    assert abs((shares * np.log(1 / shares)).sum() - grammar.chance) < 0.1


def probabilities(table, state, text):
    """The probability of each character of a text, walking through the table."""
    for char in text:
        prob, state = table[state][char]
        yield prob


@given(grammars(), SEEDS)
@settings(max_examples=25)
def test_each_character_comes_as_often_as_its_state_says(case, seed):
    table, start, grammar = case
    counts = defaultdict(lambda: defaultdict(int))
    state = start
    for char in grammar.vocab.decode(grammar.draw(4000, seed)):
        counts[state][char] += 1
        state = table[state][char][1]
    for state, seen in counts.items():
        total = sum(seen.values())
        for char, (prob, _) in table[state].items():
            assert abs(seen[char] - total * prob) <= 6 * math.sqrt(total * prob * (1 - prob)) + 1


@given(grammars(), st.integers(1, 4))
@settings(max_examples=40)
def test_legal_and_probs_against_all_texts(case, length):
    table, start, grammar = case
    texts, longer = (write_out(table, start, n) for n in (length, length + 1))
    for text, prob in texts.items():
        ids = grammar.vocab.encode(text)
        assert math.exp(-length * grammar.nats(ids)) == pytest.approx(prob)
        expected = [longer.get(text + char, 0) / prob for char in grammar.vocab.chars]
        np.testing.assert_allclose(grammar.probs(ids)[-1], expected, rtol=1e-9)
        assert grammar.legal(ids)[-1].tolist() == [p > 0 for p in expected]
        assert grammar.legal(ids).shape == (length, len(grammar.vocab))
        assert grammar.legal(ids).dtype == bool


@given(grammars(), st.integers(1, 5), st.integers(1, 12), SEEDS)
def test_rows_begin_at_the_start_and_are_read_together_or_alone(case, n, length, seed):
    table, start, grammar = case
    rows = grammar.draw_rows(n, length, seed)
    assert (rows.shape, rows.dtype) == ((n, length), np.int64)
    assert rows[0].tolist() == grammar.draw(length, seed).tolist()
    names = np.array(grammar.states)[grammar.follow(rows)]
    for row, states, legal in zip(rows, names, grammar.legal(rows), strict=True):
        expected = [start]
        for char in grammar.vocab.decode(row):
            expected.append(table[expected[-1]][char][1])
        assert states.tolist() == expected
        np.testing.assert_array_equal(legal, grammar.legal(row))
    losses = [grammar.nats(row) for row in rows]
    assert grammar.nats(rows) == pytest.approx(np.mean(losses), abs=1e-12)


@given(grammars(), st.integers(1, 6), SEEDS)
def test_strings_are_the_pieces_of_the_text(case, n, seed):
    _, start, grammar = case
    strings = grammar.draw_strings(n, seed)
    assert len(strings) == n
    text = "".join(strings)
    assert text == grammar.vocab.decode(grammar.draw(len(text), seed))
    for string in strings:
        states = [grammar.states[s] for s in grammar.follow(grammar.vocab.encode(string))]
        assert states[0] == states[-1] == start
        assert start not in states[1:-1]


@given(grammars(), SEEDS)
@settings(max_examples=20)
def test_the_seed_alone_decides_the_text(case, seed):
    table, start, grammar = case
    again = Grammar(table, start)
    assert again.draw(50, seed).tolist() == grammar.draw(50, seed).tolist()
    assert again.draw_strings(3, seed) == grammar.draw_strings(3, seed)
    if grammar.entropy() > 0.1:
        assert again.draw(400, seed).tolist() != grammar.draw(400, seed + 1).tolist()


def test_the_golden_mean_language_by_hand():
    grammar = Grammar(GOLDEN, "a")  # two thirds of the time in a, one third in b
    assert grammar.entropy() == pytest.approx(2 / 3 * math.log(2), rel=1e-14)
    assert grammar.chance == pytest.approx(math.log(3) - 2 / 3 * math.log(2), rel=1e-14)
    assert grammar.nats(grammar.vocab.encode("0010")) == pytest.approx(3 / 4 * math.log(2))
    assert grammar.legal(grammar.vocab.encode("0010")).tolist() == [
        [True, True],
        [True, True],
        [True, False],
        [True, True],
    ]
    text, state = "", "a"
    for number in np.random.default_rng(0).random(24):
        text, state = (text + "1", "b") if state == "a" and number >= 0.5 else (text + "0", "a")
    assert grammar.vocab.decode(grammar.draw(24, 0)) == text == "100010101010101010000010"


def test_a_language_without_choice_costs_nothing():
    grammar = Grammar({0: {"a": (1, 1)}, 1: {"b": (1.0, 0)}}, 1)
    assert (grammar.entropy(), grammar.nats([1, 0, 1])) == (0, 0)
    assert math.copysign(1, grammar.entropy()) == math.copysign(1, grammar.nats([1])) == 1
    assert grammar.draw_strings(2, 5) == ["ba", "ba"]
    assert grammar.chance == pytest.approx(math.log(2))


def test_the_highest_random_number_gives_a_legal_character():
    """Ten times 0.1 add up to less than 1 on a computer; what is left must not be an eleventh."""
    tenths = {char: (0.1, "a") for char in "0123456789"}
    tenths["9"] = (0.1, "b")
    grammar = Grammar({"a": tenths, "b": {"x": (1.0, "a")}}, "a")

    class Highest:
        random = staticmethod(lambda: math.nextafter(1, 0))

    walk = grammar._walk(Highest)
    assert [next(walk)[0] for _ in range(4)] == grammar.vocab.encode("9x9x").tolist()


def test_nothing_has_been_read_yet():
    grammar = Grammar(GOLDEN, "b")
    assert grammar.follow([]).tolist() == [1]
    assert grammar.probs([]).shape == grammar.legal([]).shape == (0, 2)
    assert grammar.follow(0).tolist() == [1, 0]


TEXT = Grammar(GOLDEN, "a")


def test_a_mistake_gets_one_clear_message():
    cases = [
        (lambda: Grammar({0: {"a": (1, 0)}}, 0), "at least 2"),
        (lambda: TEXT.nats(TEXT.vocab.encode("01011")), "'1' may not"),
        (lambda: TEXT.legal(TEXT.vocab.encode("0101100")), "position 4"),
        (lambda: TEXT.follow([[0, 0, 1], [1, 1, 0]]), "position 1"),
        (lambda: Grammar(GOLDEN, "b").probs([1, 0]), "'1' may not stand at position 0"),
        (lambda: TEXT.nats([]), "at least one id"),
        (lambda: TEXT.nats([0, 2]), "id 2"),
        (lambda: TEXT.legal("01"), "integers"),
        (lambda: TEXT.draw(0, 0), "length"),
        (lambda: TEXT.draw_rows(0, 5, 0), "n must be"),
        (lambda: TEXT.draw_strings(0, 0), "n must be"),
        (lambda: TEXT.draw(5, None), "seed"),
    ]
    assert_refused(operator.call, cases)
