"""A finite automaton out of anything that says yes or no to strings, such as a trained network.

L* asks for the answers to strings that it chooses, guesses the smallest automaton that fits, and
has the guess tested; every string on which it fails makes the next guess larger. Angluin (1987),
with AALpy (Muškardin et al. 2022), which `pip install "rnnlib[automata]"` installs.
"""

import importlib
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_choice, check_whole
from rnnlib.interface import Array, Model
from rnnlib.tasks.automata import Automaton

TESTS = ("walk", "w-method")


@dataclass(frozen=True)
class Extraction:
    """What L* came to: the last guess, whether a test had nothing left to object, every string
    asked with its answer, and the strings that refuted earlier guesses.
    """

    automaton: Automaton | None
    finished: bool
    answers: dict[str, bool]
    counterexamples: tuple[str, ...]


def recogniser(model: Model, alphabet: str, empty: bool) -> Callable[[str], bool]:
    """A function that tells whether a network accepts a string of the alphabet.

    The network reads the characters as ids and puts its yes as output 1, its no as output 0, after
    each; so its answer to the empty string is given. States reached before are remembered.
    """
    known = {"": (model.init_state(1), bool(empty))}

    def accepts(string: str) -> bool:
        done = len(string)
        while string[:done] not in known:
            done -= 1
        for t in range(done, len(string)):
            ids = np.array([[alphabet.index(string[t])]])
            logits, state = model.forward(ids, known[string[:t]][0])
            known[string[: t + 1]] = (state, bool(logits[0, 0, 1] > logits[0, 0, 0]))
        return known[string][1]

    return accepts


def extract(
    accepts: Callable[[str], bool],
    alphabet: str,
    test: str = "walk",
    most: int = 20_000,
    seed: int = 0,
) -> Extraction:
    """The automaton that L* makes of a yes/no function of strings.

    test "walk": a guess is tested by long random walks (5,000 characters in all, walks of 50 in the
    mean). test "w-method": by 25 walks of at most 15 characters from each of its states, a weak
    test that passes guesses which are wrong on longer strings. After `most` different strings the
    search is given up, and `finished` is False: a network whose errors follow no rule would make it
    go on without end. The same seed asks the same strings.
    Raises ValueError for another test, ImportError with a sentence where AALpy is missing.
    """
    check_choice("test", test, TESTS)
    learn, walk, w_method = _load_aalpy()
    asked = _Asked(accepts, check_whole("most", most))
    if test == "walk":
        oracle = walk(list(alphabet), asked, num_steps=5000, reset_prob=0.02)
    else:
        oracle = w_method(list(alphabet), asked, walks_per_state=25, walk_len=15)
    watched, before = _Watched(oracle, alphabet), random.getstate()
    random.seed(seed)
    try:
        learn(list(alphabet), asked, watched, "dfa", cache_and_non_det_check=False, print_level=0)
        finished = True
    except _Enough:
        finished = False
    finally:
        random.setstate(before)
    return Extraction(watched.guess, finished, asked.answers, tuple(watched.counterexamples))


def first_errors(model: Model, truth: Automaton, longest: int = 16) -> list[str]:
    """The shortest strings on which a network answers wrongly, all of that length.

    Every string up to `longest` characters is read; an empty list where all answers are right.
    """
    letters, state = len(truth.alphabet), model.init_state(1)
    strings = np.empty((1, 0), np.int64)
    for _ in range(longest):
        new = np.tile(np.arange(letters), len(strings))[:, None]
        strings = np.concatenate([np.repeat(strings, letters, axis=0), new], axis=1)
        logits, state = model.forward(new, np.repeat(state, letters, axis=1))
        wrong = logits[:, 0].argmax(axis=-1) != truth.answers(strings)[:, -1]
        if wrong.any():
            return [truth.decode(string) for string in strings[wrong]]
    return []


def share_right(model: Model, truth: Automaton, ids: Array) -> tuple[float, float]:
    """The share of answers that are right on ids (n, T), and of strings right from end to end."""
    logits, _ = model.forward(ids, model.init_state(len(ids)))
    right = logits.argmax(axis=-1) == truth.answers(ids)
    return float(right.mean()), float(right.all(axis=1).mean())


def _load_aalpy():
    try:
        learning = importlib.import_module("aalpy.learning_algs")
        oracles = importlib.import_module("aalpy.oracles")
    except ImportError:
        raise ImportError(
            'extracting an automaton needs AALpy. Install it with pip install "rnnlib[automata]".'
        ) from None
    return learning.run_Lstar, oracles.RandomWalkEqOracle, oracles.RandomWMethodEqOracle


class _Enough(Exception):
    """As many strings as were allowed have been asked."""


class _Asked:
    """A yes/no function as AALpy asks it, character by character, with a memory and a limit."""

    def __init__(self, accepts, most):
        self.accepts, self.most, self.answers, self.string = accepts, most, {}, ""
        self.num_queries = self.num_steps = self.num_cached_queries = 0  # which AALpy counts

    def pre(self):
        self.string = ""

    def post(self):
        pass

    def step(self, letter):
        self.string += letter or ""
        if self.string not in self.answers:
            if len(self.answers) >= self.most:
                raise _Enough
            self.answers[self.string] = bool(self.accepts(self.string))
        return self.answers[self.string]

    def query(self, word):
        self.pre()
        return [self.step(letter) for letter in word or [None]]


class _Watched:
    """A test of AALpy, with a note of the last guess and of what refuted those before."""

    def __init__(self, oracle, alphabet):
        self.oracle, self.sul, self.alphabet = oracle, oracle.sul, alphabet
        self.guess, self.counterexamples = None, []
        self.num_queries = self.num_steps = 0

    def find_cex(self, guess):
        self.guess = _as_automaton(guess, self.alphabet)
        found = self.oracle.find_cex(guess)
        if found is not None:
            self.counterexamples.append("".join(found))
        return found


def _as_automaton(dfa, alphabet):
    """An automaton of AALpy as ours: the start is state 0, others as they are met from there."""
    states = [dfa.initial_state]
    for state in states:  # which grows meanwhile
        new = [state.transitions[char] for char in alphabet]
        states += [s for s in dict.fromkeys(new) if s not in states]
    number = {state: n for n, state in enumerate(states)}
    moves = tuple(tuple(number[s.transitions[char]] for char in alphabet) for s in states)
    return Automaton(alphabet, moves, tuple(int(s.is_accepting) for s in states))
