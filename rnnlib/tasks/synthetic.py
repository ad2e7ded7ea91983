"""Made-up problems and languages whose right answer is known, each with its chance level.

All have two attributes: `chance`, the loss of the best answer that does not look at the input, and
`optimum`, the lowest loss there can be. `draw` gives examples, the same ones for the same seed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array
from rnnlib.tasks.grammars import Grammar, Table, make_rng
from rnnlib.text.vocab import Vocab

# the Reber grammar's ways: state, character, next state
REBER = ("0B1", "1T2", "1P3", "2S2", "2X4", "3T3", "3V5", "4X3", "4S6", "5P4", "5V6", "6E7")


@dataclass(frozen=True)
class AddingProblem:
    """Add the two numbers that are marked among `length` numbers, one in each half.

    Losses are mean squared errors. The best constant answer is 1, and its error is the variance of
    the sum: each number, uniform between 0 and 1, has the variance 1/12. Hochreiter and Schmidhuber
    (1997), experiment 4, in the form of Arjovsky, Shah and Bengio (2016). Raises ValueError for a
    length below 2.
    """

    length: int
    chance = 1 / 12 + 1 / 12
    optimum = 0.0

    def __post_init__(self):
        check_whole("length", self.length, least=2)

    def draw(self, n: int, seed: int) -> tuple[Array, Array]:
        """Inputs (n, length, 2), a number and its marker (0 or 1), and sums (n,), both float32."""
        rng = make_rng(n, seed)
        half = self.length // 2
        inputs = np.zeros((n, self.length, 2), np.float32)
        inputs[..., 0] = rng.random((n, self.length), np.float32)
        first, second = rng.integers(half, size=n), rng.integers(half, self.length, size=n)
        inputs[np.arange(n), first, 1] = inputs[np.arange(n), second, 1] = 1
        return inputs, inputs.prod(axis=-1).sum(axis=-1)


@dataclass(frozen=True)
class TemporalOrder:
    """Say at the end in which order two letters, each X or Y, came among `length` characters.

    A text starts with E, ends with the trigger B, and else holds a, b, c and d at random. The two
    letters stand at 10 to 20 % and at 50 to 60 % of the length. The answer to XX is Q, to XY R, to
    YX S, to YY U; all four are as likely. Losses in nats. Hochreiter and Schmidhuber (1997),
    experiment 6a, at a fixed length. Raises ValueError for a length below 10.
    """

    length: int
    vocab = Vocab("EBabcdXYQRSU")
    chance = math.log(4)
    optimum = 0.0

    def __post_init__(self):
        check_whole("length", self.length, least=10)

    def draw(self, n: int, seed: int) -> tuple[Array, Array]:
        """Inputs (n, length) and targets (n, 1), the answers after B: ids, int64."""
        rng = make_rng(n, seed)
        inputs = self.vocab.encode("abcd")[rng.integers(4, size=(n, self.length))]
        inputs[:, 0], inputs[:, -1] = self.vocab.encode("EB")
        shares = np.array([[10, 50], [20, 60]])  # in percent; the last place counts as well
        low, high = shares * self.length // 100
        places = rng.integers(low, high + 1, size=(n, 2))
        is_y = rng.integers(2, size=(n, 2))
        np.put_along_axis(inputs, places, self.vocab.encode("XY")[is_y], axis=1)
        return inputs, self.vocab.encode("QRSU")[is_y @ [2, 1]][:, None]


def embedded_reber() -> Grammar:
    """B, then T or P, a Reber string, the same T or P again, E.

    To be sure of the last letter but one, a model must remember the second through at least five
    others. A string takes 7 choices between two in 12 characters in the mean: 7/12 bit per
    character. Hochreiter and Schmidhuber (1997), experiment 1.
    """
    ways = [("start", "B", "choice"), ("end", "E", "start")]
    for letter in "TP":
        ways += [("choice", letter, f"{letter}0"), (f"{letter}7", letter, "end")]
        ways += [(letter + a, char, letter + b) for a, char, b in REBER]
    return Grammar(equal_ways(ways), "start")


def knights_and_knaves() -> Grammar:
    """Someone comes, K or N, reports on the weather, and leaves with a full stop: KrRsSrS.

    Before each report we see rain, r, or sun, s. The report is R or S: true in 9 of 10 cases from a
    knight, false in 9 of 10 from a knave. In 1 of 8 cases the full stop comes instead, so that the
    first letter matters for 14 characters in the mean. After Smullyan (1978), but less reliable.
    """
    table = {"nobody": share(1, {"K": "K", "N": "N"})}
    for who, says in (("K", "RS"), ("N", "SR")):
        table[who] = share(7 / 8, {"r": f"{who}r", "s": f"{who}s"}) | {".": (1 / 8, "nobody")}
        for seen, usual, rare in zip("rs", says, says[::-1], strict=True):
            table[who + seen] = {usual: (0.9, who), rare: (0.1, who)}
    return Grammar(table, "nobody")


def share(prob: float, ways: Mapping[str, str]) -> dict[str, tuple[float, str]]:
    """Edges for {character: next state}, among which `prob` is split equally."""
    return {char: (prob / len(ways), following) for char, following in ways.items()}


def equal_ways(ways: Sequence[Sequence[str]]) -> Table:
    """A table from triples (state, character, next state), in which all ways out are as likely."""
    states = dict.fromkeys(state for state, _, _ in ways)
    return {state: share(1, {c: b for a, c, b in ways if a == state}) for state in states}
