"""Linear probes: what can be read from states by a weighted sum, beside what else could tell it.

Shapes: N places in a text, D numbers in a state, K outputs (1, or one for each class).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnlib.checks import check_choice, check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.probing.text_properties import KINDS, Property

PENALTIES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)  # 1 to 9 degrees of freedom


class Split(NamedTuple):
    """Which places fit a probe, which choose its penalty, which judge it: masks (N,); and the
    block, a number, that each place belongs to.
    """

    fit: Array
    choose: Array
    judge: Array
    blocks: Array


def split_blocks(N: int, block: int = 1000, seed: int = 0) -> Split:
    """Cut N places into blocks: about 8 in 15 to fit, 2 to choose, 5 to judge.

    Neighbours resemble each other, so whole blocks are drawn, never single places.
    """
    blocks = np.arange(check_whole("N", N)) // check_whole("block", block)
    count = blocks[-1] + 1
    if count < 3:
        raise ValueError(f"{N} places are {count} blocks of {block}; give at least 3 blocks.")
    order = np.random.default_rng(seed).permutation(count)
    first = min(round(count * 8 / 15), count - 2)
    second = max(round(count * 10 / 15), first + 1)
    fit, choose, judge = (np.isin(blocks, part) for part in np.split(order, [first, second]))
    return Split(fit, choose, judge, blocks)


@dataclass(frozen=True)
class Probe:
    """A weighted sum of the state, for each output: weights (D, K) and biases (K,)."""

    weights: Array
    biases: Array

    def __call__(self, states: Array) -> Array:
        """States (N, D) -> outputs (N, K)."""
        return states @ self.weights + self.biases


class Ridge:
    """Least squares with a penalty on the weights, prepared for states (N, D).

    Each number is brought to mean 0 and deviation 1, or less where it deviates by less than
    `least`; then (Z'Z / N + penalty) w = Z'y / N. One eigendecomposition of Z'Z serves every target
    and every penalty. All in float64, whatever the states are: in float32 the third digit of a
    score depends on the processor. Hoerl and Kennard (1970).
    """

    def __init__(self, states: Array, least: float = 1e-6):
        states = np.asarray(states, np.float64)
        self.mean, self.scale = states.mean(axis=0), np.maximum(states.std(axis=0), least)
        self.Z = (states - self.mean) / self.scale  # (N, D)
        squares, self.axes = np.linalg.eigh(self.Z.T @ self.Z / len(states))
        self.squares = np.maximum(squares, 0)  # the variance along each axis

    def fit(self, targets: Array, penalties: ArrayLike = PENALTIES) -> list[Probe]:
        """Targets (N, K) -> a Probe for each penalty."""
        middle = targets.mean(axis=0)
        along = self.axes.T @ (self.Z.T @ (targets - middle)) / len(self.Z)  # (D, K)
        found = []
        for penalty in np.atleast_1d(penalties):
            W = self.axes @ (along / (self.squares + penalty)[:, None]) / self.scale[:, None]
            found.append(Probe(W, middle - self.mean @ W))
        return found


def as_targets(kind: str, values: Array) -> Array:
    """The values (N,) of a property as what a probe should put out, (N, K): one-hot classes."""
    if kind == "class":
        return np.eye(int(values.max()) + 1)[values]
    return np.asarray(values, np.float64)[:, None]


def score(kind: str, values: Array, outputs: Array) -> float:
    """How well outputs (N, K) tell the values (N,) of a property.

    A number: R2, the share of the variance that is explained, 0 for the mean. A yes/no: AUC, how
    often a yes has a higher output than a no, 0.5 for chance. A class: the share that is right.
    """
    once = np.ones((1, 1), int)
    return float(scores_of(kind, values, outputs, np.zeros(len(values), int), once)[0])


def scores_of(kind: str, values: Array, outputs: Array, blocks: Array, counts: Array) -> Array:
    """The score when block b is there counts[r, b] times, for each r: counts (R, B) -> (R,).

    Every score is made of sums over blocks, so that drawing blocks anew costs next to nothing.
    """
    check_choice("kind", kind, KINDS)

    def total(numbers):
        return counts @ np.bincount(blocks, numbers, counts.shape[1])

    n = total(np.ones(len(values)))
    with np.errstate(invalid="ignore", divide="ignore"):  # no place at all: not a number
        if kind == "class":
            return total(outputs.argmax(axis=1) == values) / n
        if kind == "yes/no":
            yes = values.astype(bool)
            wins = wins_of(outputs[:, 0], yes, blocks, counts.shape[1])
            return ((counts @ wins) * counts).sum(axis=1) / (total(yes) * total(~yes))
        spread = total(values**2) - total(values) ** 2 / n
        return 1 - total((outputs[:, 0] - values) ** 2) / spread


def wins_of(outputs: Array, yes: Array, blocks: Array, count: int) -> Array:
    """wins[a, b]: pairs of a yes in block a and a no in block b, in which the yes has the higher
    output; a draw counts half.
    """
    wins = np.zeros((count, count))
    for b in range(count):
        below = np.sort(outputs[~yes & (blocks == b)])
        found = sum(np.searchsorted(below, outputs[yes], side) for side in ("left", "right")) / 2
        wins[:, b] = np.bincount(blocks[yes], found, count)
    return wins


def judge(prop: Property, outputs: Array, split: Split) -> float:
    """The score of outputs (N, K) on the places that judge."""
    at = split.judge & prop.mask
    return score(prop.kind, prop.values[at], outputs[at])


def interval(
    prop: Property,
    outputs: Array,
    split: Split,
    over: Array | None = None,
    n: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """The 95 % interval of that score over texts: the blocks are drawn anew n times (bootstrap).

    With `over`, other outputs (N, K), it is that of the lead over them in each draw. Efron (1979).
    """
    judged = split.judge & prop.mask
    names, at = np.unique(split.blocks[judged], return_inverse=True)
    counts = np.random.default_rng(seed).multinomial(len(names), [1 / len(names)] * len(names), n)
    values = prop.values[judged]
    found = scores_of(prop.kind, values, outputs[judged], at, counts)
    if over is not None:
        found = found - scores_of(prop.kind, values, over[judged], at, counts)
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def interval_of_mean(values: ArrayLike) -> tuple[float, float]:
    """The 95 % interval of the mean of 2 to 10 values, as of networks of several seeds.

    Student's t (1908): the values need be about normal.
    """
    values = np.asarray(values, np.float64)
    if not 2 <= values.size <= len(T_95) + 1:
        raise ValueError(f"give 2 to {len(T_95) + 1} values, not {values.size}.")
    half = T_95[values.size - 2] * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean() - half), float(values.mean() + half)


class Reader:
    """Probes for the properties of one text, from one set of states (N, D).

    The penalty of each is the one with the best score on the blocks that choose; work that
    properties with the same mask have in common is done once. `least` is that of `Ridge`.
    """

    def __init__(
        self, states: Array, split: Split, penalties: ArrayLike = PENALTIES, least: float = 1e-6
    ):
        self.states, self.split, self.penalties, self.least = states, split, penalties, least
        self._ridges: dict[bytes, Ridge] = {}

    def fit(self, prop: Property) -> Probe:
        """The probe for one property."""
        fit, choose = self.split.fit & prop.mask, self.split.choose & prop.mask
        key = fit.tobytes()
        if key not in self._ridges:
            self._ridges.clear()  # one at a time: they are large
            self._ridges[key] = Ridge(self.states[fit], self.least)
        targets = as_targets(prop.kind, prop.values)
        probes = self._ridges[key].fit(targets[fit], self.penalties)
        states, values = self.states[choose], prop.values[choose]
        return max(probes, key=lambda probe: score(prop.kind, values, probe(states)))

    def read(self, prop: Property) -> Array:
        """The outputs (N, K) of that probe for every place of the text."""
        return self.fit(prop)(self.states)
