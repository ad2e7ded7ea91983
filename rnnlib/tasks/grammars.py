"""A language whose entropy is known exactly: every text is a walk through a table of states."""

from bisect import bisect
from itertools import islice

import numpy as np

from rnnlib.checks import check_ids, check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.text.vocab import Vocab

Table = dict[str, dict[str, tuple[float, str]]]  # {state: {character: (probability, next state)}}


class Grammar:
    """A language given as {state: {character: (probability, next state)}} and a start state.

    A string is a walk from the start state back to it; a text is one string after another. State
    and character determine the next state, so whoever has read a text from its beginning knows the
    state. Attributes: `vocab`, `states` (in the order of their numbers), `chance` (the loss of the
    best model that sees nothing, not even the present character) and `optimum` (that of the best
    model), in nats per character. Every state must lead to every other. Shannon (1948).
    """

    def __init__(self, table: Table, start: str):
        self.states = tuple(table)
        self.vocab = Vocab("".join(char for edges in table.values() for char in edges))
        number = {state: s for s, state in enumerate(self.states)}
        self._start = number[start]
        self._probs = np.zeros((len(table), len(self.vocab)))  # (S, V), S states
        self._next = np.full(self._probs.shape, -1)  # -1: may not follow
        moves = np.zeros((len(table), len(table)))  # from state to state, by any character
        for state, edges in table.items():
            for char, (prob, following) in edges.items():
                place = number[state], self.vocab.chars.index(char)
                self._probs[place], self._next[place] = prob, number[following]
                moves[number[state], number[following]] += prob
        sums = self._probs.cumsum(axis=1)
        self._bounds = (sums / sums[:, -1:]).tolist()  # the last of a row is exactly 1
        self._following = self._next.tolist()  # lists, since `_walk` takes single steps
        shares = stationary(moves)  # (S,)
        self.chance = float(entropy(shares @ self._probs))
        self.optimum = float(shares @ entropy(self._probs))

    def entropy(self) -> float:
        """Nats per character of an endless text: the mean over its states of what comes next."""
        return self.optimum

    def draw(self, length: int, seed: int) -> Array:
        """ids (length,): the beginning of an endless text, from the start state on."""
        return self.draw_rows(1, length, seed)[0]

    def draw_rows(self, n: int, length: int, seed: int) -> Array:
        """ids (n, length): n separate texts, each from the start state on."""
        rng, length = make_rng(n, seed), check_whole("length", length)
        rows = [[char for char, _ in islice(self._walk(rng), length)] for _ in range(n)]
        return np.array(rows, np.int64)

    def draw_strings(self, n: int, seed: int) -> list[str]:
        """A list of n strings of the language, as Python strings."""
        walk, ids = self._walk(make_rng(n, seed)), []
        strings: list[str] = []
        while len(strings) < n:
            char, state = next(walk)
            ids.append(char)
            if state == self._start:
                strings.append(self.vocab.decode(ids))
                ids = []
        return strings

    def follow(self, ids: ArrayLike) -> Array:
        """Numbers (..., T + 1) of the states before the ids (..., T) and after each.

        The text must begin at the start state. ValueError for a character that may not follow.
        """
        ids = np.atleast_1d(check_ids(ids, len(self.vocab)))
        states = np.full((*ids.shape[:-1], ids.shape[-1] + 1), self._start)
        for t in range(ids.shape[-1]):
            states[..., t + 1] = self._next[states[..., t], ids[..., t]]
        if (states == -1).any():
            *row, t = np.argwhere(states == -1)[0]
            raise ValueError(
                f"{self.vocab.chars[ids[(*row, t - 1)]]!r} may not stand at position {t - 1}. "
                "Give a text of this language, from the beginning of a string."
            )
        return states

    def probs(self, ids: ArrayLike) -> Array:
        """The true distribution (..., T, V) of the character after each of the ids (..., T)."""
        return self._probs[self.follow(ids)[..., 1:]]

    def legal(self, ids: ArrayLike) -> Array:
        """Which characters may come after each of the ids (..., T): booleans (..., T, V)."""
        return self.probs(ids) > 0

    def nats(self, ids: ArrayLike) -> float:
        """Mean loss on ids (..., T), the first included, of a model that knows the grammar.

        For a long text it approaches `entropy()`. Raises ValueError as `follow`, and for no ids.
        """
        states = self.follow(ids)[..., :-1]
        if not states.size:
            raise ValueError("there are no characters to score; give at least one id.")
        return float(np.log(1 / self._probs[states, np.asarray(ids)]).mean())

    def _walk(self, rng):
        """Endlessly the id of the next character and the number of the state after it."""
        state = self._start
        while True:
            char = bisect(self._bounds[state], rng.random())
            state = self._following[state][char]
            yield char, state


def entropy(probs: Array) -> Array:
    """The entropy (...) in nats of distributions (..., V)."""
    probs = np.where(probs > 0, probs, 1)  # 0 log 0 counts as 0, and so does 1 log 1
    return (probs * np.log(1 / probs)).sum(axis=-1)


def stationary(moves: Array) -> Array:
    """The share (S,) of an endless text that each state takes: shares @ moves = shares.

    moves (S, S) are the probabilities to go from one state (row) to another (column).
    """
    equations = moves.T - np.eye(len(moves))
    equations[-1] = 1  # one equation follows from the others; instead, the shares sum to 1
    return np.linalg.solve(equations, np.eye(len(moves))[-1])


def make_rng(n: int, seed: int) -> np.random.Generator:
    """The generator for n draws; ValueError unless n and the seed are whole, from 1 and 0 up."""
    check_whole("n", n)
    return np.random.default_rng(check_whole("seed", seed, least=0))
