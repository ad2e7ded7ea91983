"""Automata: the languages against their descriptions, L* against what is known, and its limits."""

import re
import sys
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.probing import automaton
from rnnlib.probing.automaton import extract
from rnnlib.tasks.automata import Automaton, flip_flops, nested, shortest_difference, tomita
from tests.helpers import assert_refused, raises_sentence, random_params


def strings(alphabet, longest):
    """Every string up to a length, the empty one first."""
    for length in range(longest + 1):
        yield from map("".join, product(alphabet, repeat=length))


def runs_are_even_after_odd(string):
    """No odd run of 0s after an odd run of 1s."""
    runs = [(char, len(list(run)) % 2) for char, run in groupby(string)]
    return not any(
        a == ("1", 1) and b == ("0", 1) for i, a in enumerate(runs) for b in runs[i + 1 : i + 2]
    )


DESCRIPTIONS = {
    1: lambda s: "0" not in s,
    2: lambda s: bool(re.fullmatch("(10)*", s)),
    3: runs_are_even_after_odd,
    4: lambda s: "000" not in s,
    5: lambda s: s.count("0") % 2 == s.count("1") % 2 == 0,
    6: lambda s: (s.count("0") - s.count("1")) % 3 == 0,
    7: lambda s: bool(re.fullmatch("0*1*0*1*", s)),
}


# the languages


@pytest.mark.parametrize("number", DESCRIPTIONS)
def test_tomitas_languages_are_as_they_are_described(number):
    language = tomita(number)
    for string in strings("01", 10):
        assert language.accepts(string) == DESCRIPTIONS[number](string), string


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_nested_brackets_close_and_are_no_deeper(depth):
    plain, filled = nested(depth), nested(depth, ".")
    for string in strings("().", 7):
        bare, deepest = string.replace(".", ""), 0
        open_now = [bare[:i].count("(") - bare[:i].count(")") for i in range(len(bare) + 1)]
        deepest = max(open_now)
        right = min(open_now) == 0 == open_now[-1] and deepest <= depth
        assert filled.accepts(string) == right, string
        assert bare != string or plain.accepts(string) == right


@given(st.text(".AaBb", max_size=20))
def test_flip_flops_stay_as_they_were_set_last(string):
    language = flip_flops(2)
    wanted = sum(
        worth
        for worth, name in ((1, "A"), (2, "B"))
        if (re.findall(f"[{name}{name.lower()}]", string) or [""])[-1] == name
    )
    assert language.outputs[language.follow(language.encode(string))[-1]] == wanted


@pytest.mark.parametrize(
    "language", [*map(tomita, DESCRIPTIONS), nested(3), nested(2, "."), flip_flops(3)]
)
def test_no_automaton_has_a_state_too_many(language):
    """Every state is reached, and two states always differ on some continuation."""
    assert language.reach(0) == set(range(len(language.moves)))
    for s, t in product(range(len(language.moves)), repeat=2):
        if s < t:
            tails = [
                np.array(tail, int)
                for n in range(6)
                for tail in product(range(len(language.alphabet)), repeat=n)
            ]
            assert any(end(language, s, tail) != end(language, t, tail) for tail in tails)


def end(language, state, ids):
    """The output after reading ids from a state."""
    for i in ids:
        state = language.moves[state][i]
    return language.outputs[state]


def test_answers_follow_every_character():
    language = tomita(5)
    ids = language.draw(20, 9, seed=0)
    assert ids.shape == language.answers(ids).shape == (20, 9)
    for row, answers in zip(ids, language.answers(ids), strict=True):
        for t in range(9):
            assert answers[t] == language.accepts(language.decode(row[: t + 1]))


def test_one_half_of_the_strings_drawn_is_undecided_to_the_end():
    language = nested(3)
    ids = language.draw(1000, 40, seed=0)
    dead = language.follow(ids)[:, -1] == 4
    assert not dead[:500].any()
    assert dead[500:].mean() > 0.9
    assert set(np.unique(language.follow(ids)[:500])) == {0, 1, 2, 3}
    assert (language.draw(1000, 40, seed=1) != ids).any()
    free = tomita(5).draw(1000, 20, seed=0)[:500]
    assert free.mean() == pytest.approx(
        0.5, abs=0.02
    )  # where nothing is decided, all are as likely


def test_what_is_no_automaton_is_refused():
    assert_refused(
        Automaton,
        [
            ("ab", ((0, 1), (0, 2)), (0, 1), "state 1"),
            ("ab", ((0,),), (0,), "2 characters"),
            ("a", ((0,),), (), "0 outputs"),
        ],
    )
    assert_refused(tomita, [(8, "1 to 7")])
    assert_refused(nested, [(0, "depth")])
    assert_refused(flip_flops, [(9, "9")])
    assert_refused(tomita(1).accepts, [("012", "'2'")])
    assert_refused(shortest_difference, [(tomita(1), nested(1), "'()'")])
    assert_refused(extract, [(tomita(4).accepts, "01", "luck", "walk, w-method")])


def test_the_shortest_difference_is_the_first_of_all_strings():
    for a, b in product(DESCRIPTIONS, repeat=2):
        found = shortest_difference(tomita(a), tomita(b))
        differ = (s for s in strings("01", 8) if DESCRIPTIONS[a](s) != DESCRIPTIONS[b](s))
        assert found == next(differ, None)
    assert shortest_difference(nested(3), nested(4)) == "(((())))"


# extraction


@pytest.mark.parametrize("test", automaton.TESTS)
@pytest.mark.parametrize("language", [*map(tomita, DESCRIPTIONS), nested(3)])
def test_a_known_automaton_is_recovered_from_its_answers(language, test):
    found = extract(language.accepts, language.alphabet, test)
    assert found.finished
    assert len(found.automaton.moves) == len(language.moves)
    assert shortest_difference(found.automaton, language) is None
    assert all(language.accepts(string) == yes for string, yes in found.answers.items())


def test_a_planted_error_is_found_by_the_strong_test_and_missed_by_the_weak():
    def wrong_when_long(string):
        return tomita(5).accepts(string) != (len(string) >= 30)

    weak = extract(wrong_when_long, "01", "w-method")
    assert weak.finished
    assert shortest_difference(weak.automaton, tomita(5)) is None
    strong = extract(wrong_when_long, "01", "walk", most=5000)
    assert not strong.finished
    errors = [s for s, yes in strong.answers.items() if yes != tomita(5).accepts(s)]
    assert errors
    assert min(map(len, errors)) == 30
    assert strong.counterexamples[-1] in errors
    near = extract(lambda s: tomita(4).accepts(s) or s == "0001", "01", "walk")
    assert shortest_difference(near.automaton, tomita(4)) == "0001"


def test_the_limit_holds_and_the_last_guess_is_kept():
    def primes(string):  # no automaton accepts it
        n = len(string)
        return n > 1 and all(n % d for d in range(2, n))

    asked = []
    found = extract(lambda s: asked.append(s) or primes(s), "a", "walk", most=80)
    assert not found.finished
    assert len(asked) == len(set(asked)) == len(found.answers) == 80
    assert isinstance(found.automaton, Automaton)
    assert found.counterexamples
    assert extract(primes, "a", most=1).automaton is None


def test_the_same_seed_asks_the_same_and_leaves_the_worlds_chance_alone():
    import random

    random.seed(5)
    before = random.getstate()
    first, again, other = (extract(tomita(3).accepts, "01", seed=seed) for seed in (1, 1, 2))
    assert random.getstate() == before
    assert first.answers == again.answers
    assert set(first.answers) != set(other.answers)


def test_a_missing_library_is_named_with_the_way_to_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "aalpy.learning_algs", None)
    with raises_sentence(ImportError, "AALpy", "rnnlib[automata]"):
        extract(tomita(4).accepts, "01")


# networks


def network():
    """A small network with answers that vary."""
    config = ModelConfig(2, 3, 4, cell="gru", dtype="float64")
    model = build(config, "numpy", seed=0)
    model.set_params({name: 2 * value for name, value in random_params(config, seed=1).items()})
    return model


def said(model, string):
    """What a network says of a string that it reads from its beginning."""
    ids = np.array([["01".index(char) for char in string]])
    return bool(model.forward(ids, model.init_state(1))[0][0, -1].argmax())


def test_a_recogniser_says_what_the_network_says_and_reads_nothing_twice():
    model, read = network(), []
    forward = model.forward
    wanted = {string: said(model, string) for string in strings("01", 6) if string}
    assert len(set(wanted.values())) == 2
    model.forward = lambda ids, state: read.append(ids) or forward(ids, state)
    accepts = automaton.recogniser(model, "01", empty=True)
    assert accepts("") is True
    assert {string: accepts(string) for string in reversed(wanted)} == wanted
    assert len(read) == len(wanted)


def test_first_errors_are_the_shortest_of_all():
    model, truth = network(), tomita(5)
    found = automaton.first_errors(model, truth, longest=8)
    wrong = [s for s in strings("01", 8) if s and said(model, s) != truth.accepts(s)]
    shortest = min(map(len, wrong))
    assert sorted(found) == sorted(s for s in wrong if len(s) == shortest)
    constant = Automaton("01", ((0, 0),), (1,))
    model.set_params(model.get_params() | {"b_y": np.array([-50.0, 50.0])})
    assert automaton.first_errors(model, constant, longest=8) == []


def test_the_share_that_is_right_counts_answers_and_whole_strings():
    model, truth = network(), tomita(5)
    ids = truth.draw(30, 4, seed=0)
    right = np.array(
        [
            [said(model, s[: t + 1]) == truth.accepts(s[: t + 1]) for t in range(4)]
            for s in map(truth.decode, ids)
        ]
    )
    assert automaton.share_right(model, truth, ids) == (
        pytest.approx(right.mean()),
        pytest.approx(right.all(axis=1).mean()),
    )
