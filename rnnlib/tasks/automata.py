"""Languages of which every string is known to be in or out: finite automata, state by state."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_ids, check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.tasks.grammars import make_rng


@dataclass(frozen=True)
class Automaton:
    """A finite automaton: it starts in state 0, moves with every character, answers in each state.

    moves[state][c] is the state after the c-th character of the alphabet, outputs[state] the answer
    there: 1 for a string that is in the language and 0 for one that is not, or the number of a
    class. Raises ValueError where a move leads nowhere or an output is missing.
    """

    alphabet: str
    moves: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]

    def __post_init__(self):
        if len(self.moves) != len(self.outputs) or not self.moves:
            raise ValueError(
                f"{len(self.moves)} states have {len(self.outputs)} outputs; give one for each."
            )
        for state, ways in enumerate(self.moves):
            if len(ways) != len(self.alphabet) or not set(ways) <= set(range(len(self.moves))):
                raise ValueError(
                    f"state {state} has the moves {ways}; give a state from 0 to "
                    f"{len(self.moves) - 1} for each of {len(self.alphabet)} characters."
                )

    def encode(self, string: str) -> Array:
        """A string as ids (T,); ValueError for a character that is not in the alphabet."""
        return np.array([self._number(char) for char in string], np.int64)

    def decode(self, ids: ArrayLike) -> str:
        """ids (T,) as a string."""
        return "".join(self.alphabet[i] for i in np.asarray(ids))

    def follow(self, ids: ArrayLike) -> Array:
        """The states (..., T + 1) before the ids (..., T) and after each."""
        ids = check_ids(ids, len(self.alphabet))
        moves, states = np.array(self.moves), np.zeros((*ids.shape[:-1], ids.shape[-1] + 1), int)
        for t in range(ids.shape[-1]):
            states[..., t + 1] = moves[states[..., t], ids[..., t]]
        return states

    def answers(self, ids: ArrayLike) -> Array:
        """The answer (..., T) after each of the ids (..., T)."""
        return np.array(self.outputs)[self.follow(ids)[..., 1:]]

    def accepts(self, string: str) -> bool:
        """Whether a string, which may be empty, is in the language."""
        state = 0
        for char in string:
            state = self.moves[state][self._number(char)]
        return bool(self.outputs[state])

    def reach(self, state: int) -> set[int]:
        """The states that can be reached from one, itself included."""
        found, waiting = {state}, [state]
        while waiting:
            new = set(self.moves[waiting.pop()]) - found
            found |= new
            waiting += new
        return found

    def draw(self, n: int, length: int, seed: int) -> Array:
        """ids (n, length): one half of the strings undecided to the end, the other at random.

        The first half avoids states after which the answer is the same for ever, such as that
        after a bracket too many, where nearly all random strings end.
        """
        rng, length = make_rng(n, seed), check_whole("length", length)
        ahead = [{self.outputs[s] for s in self.reach(q)} for q in range(len(self.moves))]
        moves, undecided = np.array(self.moves), np.array([len(found) > 1 for found in ahead])
        ids, half = rng.integers(len(self.alphabet), size=(n, length)), n // 2
        states = np.zeros(half, int)
        for t in range(length):
            ways = undecided[moves[states]] * rng.random((half, len(self.alphabet)))  # 0: decided
            ids[:half, t] = np.where(ways.any(axis=1), ways.argmax(axis=1), ids[:half, t])
            states = moves[states, ids[:half, t]]
        return ids

    def _number(self, char):
        number = self.alphabet.find(char)
        if number < 0:
            raise ValueError(f"{char!r} is not in the alphabet {self.alphabet!r}.")
        return number


TOMITA = {  # (after 0, after 1) of every state, and which states accept
    1: (((1, 0), (1, 1)), (1, 0)),
    2: (((1, 2), (1, 1), (0, 1)), (1, 0, 0)),
    3: (((0, 1), (2, 0), (3, 4), (2, 1), (4, 4)), (1, 1, 0, 1, 0)),
    4: (((1, 0), (2, 0), (3, 0), (3, 3)), (1, 1, 1, 0)),
    5: (((1, 2), (0, 3), (3, 0), (2, 1)), (1, 0, 0, 0)),
    6: (((1, 2), (2, 0), (0, 1)), (1, 0, 0)),
    7: (((0, 1), (2, 1), (2, 3), (4, 3), (4, 4)), (1, 1, 1, 1, 0)),
}


def tomita(number: int) -> Automaton:
    """One of the seven languages over 0 and 1 of Tomita (1982), as smallest automata.

    1: only 1s; 2: (10)*; 3: no odd run of 0s after an odd run of 1s; 4: no 000; 5: an even number
    of 0s and of 1s; 6: as many 0s as 1s, up to a multiple of 3; 7: 0*1*0*1*. Number 5 is in the
    form that most papers use.
    """
    if number not in TOMITA:
        raise ValueError(f"number must be from 1 to 7, not {number!r}.")
    moves, outputs = TOMITA[number]
    return Automaton("01", moves, outputs)


def nested(depth: int, filler: str = "") -> Automaton:
    """Brackets that close in the right order, no more than `depth` open at once.

    A `filler`, one character, may stand anywhere and changes nothing.
    """
    dead = check_whole("depth", depth) + 1
    rest = (dead,) * len(filler)
    moves = [(n + 1, n - 1 if n else dead, *(n for _ in filler)) for n in range(dead)]
    return Automaton("()" + filler, (*moves, (dead, dead, *rest)), (1,) + (0,) * dead)


def flip_flops(bits: int = 2) -> Automaton:
    """Switches that stay as they were set last: 0s at first, A sets the first, a unsets it, ...

    The character "." leaves all as they are. The answer is the number of the state, the first
    switch being worth 1, the second 2. After Sussillo and Barak (2013).
    """
    names = "ABCDEFGH"
    if check_whole("bits", bits) > len(names):
        raise ValueError(f"bits must be at most {len(names)}, not {bits}.")
    alphabet = "." + "".join(name + name.lower() for name in names[:bits])
    switches, states = [1 << b for b in range(bits)], tuple(range(2**bits))
    ways = [(s, *(new for one in switches for new in (s | one, s & ~one))) for s in states]
    return Automaton(alphabet, tuple(ways), states)


def shortest_difference(a: Automaton, b: Automaton) -> str | None:
    """The shortest string on which two automata answer differently; None where none is.

    Raises ValueError for different alphabets.
    """
    if a.alphabet != b.alphabet:
        raise ValueError(f"the alphabets differ: {a.alphabet!r} and {b.alphabet!r}.")
    waiting, seen = deque([("", 0, 0)]), {(0, 0)}
    while waiting:
        string, s, t = waiting.popleft()
        if a.outputs[s] != b.outputs[t]:
            return string
        for char, after_a, after_b in zip(a.alphabet, a.moves[s], b.moves[t], strict=True):
            if (after_a, after_b) not in seen:
                seen.add((after_a, after_b))
                waiting.append((string + char, after_a, after_b))
    return None
