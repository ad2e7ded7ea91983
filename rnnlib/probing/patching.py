"""Cause and not only trace: change the state while a network reads, and see what it then expects.

A change is a function (states (B, D), t) -> states (B, D), called before the t-th character of
every row is read. Shapes as in hidden_states.py: B rows, T characters, D numbers in a state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.probing.hidden_states import as_rows, as_state

Change = Callable[[Array, int], Array]


class Reading(NamedTuple):
    """Natural log-probabilities (B, T, V) of each next character, the last states (B, D), and
    what was added to the state before each character, (B, T, D).
    """

    log_probs: Array
    states: Array
    moves: Array


def read_changed(
    model: Model, ids: ArrayLike, states: ArrayLike, change: Change | None = None
) -> Reading:
    """Read rows ids (B, T) from states (B, D), and change the state before every character.

    Works with every engine, step by step.
    """
    ids, states, found, moves = np.asarray(ids), np.asarray(states), [], []
    for t in range(ids.shape[1]):
        changed = states if change is None else change(states, t)
        moves.append(changed - states)
        state = as_state(changed, model.config.num_layers)
        logits, state = model.forward(ids[:, t : t + 1], state)
        states = as_rows(state)
        found.append(log_softmax(logits[:, 0].astype(np.float64)))
    return Reading(np.stack(found, axis=1), states, np.stack(moves, axis=1))


def nats_of_targets(log_probs: Array, targets: Array) -> Array:
    """-log p of the targets (B, T) under log-probabilities (B, T, V), in nats."""
    return -np.take_along_axis(log_probs, targets[..., None], axis=-1)[..., 0]


@dataclass(frozen=True)
class Direction:
    """A number that a state holds: what reads it, and along what it is written.

    The amount of a state is (state - mean) @ reader; to change it by 1 is to add `direction`, so
    direction @ reader is 1. All three are (D,).
    """

    mean: Array
    direction: Array
    reader: Array

    def amounts(self, states: Array) -> Array:
        """States (B, D) -> amounts (B,)."""
        return (states - self.mean) @ self.reader

    def erase(self, states: Array, t: int = 0) -> Array:
        """The states with an amount of 0, and otherwise as they were: a Change."""
        return self.put(states, 0)

    def put(self, states: Array, amounts: ArrayLike) -> Array:
        """The states with these amounts (B,), such as those of other states: a patch."""
        added = np.asarray(amounts) - self.amounts(states)
        return (states + np.multiply.outer(added, self.direction)).astype(states.dtype)


def leace(states: Array, values: Array, penalty: float = 1e-3) -> Direction:
    """The direction in which states (N, D) covary with the values (N,) of a number or a yes/no.

    Once it is erased no least-squares probe beats the mean on these states, and of all such
    erasures this one moves the states least, where `penalty`, relative to the variance of each
    unit, is 0. For more than one number see Belrose et al. (2023).
    """
    mean, scale = states.mean(axis=0), states.std(axis=0) + 1e-6
    Z = ((states - mean) / scale).astype(np.float64)
    y = values - values.mean()
    along = Z.T @ y / len(y)  # the covariance, (D,)
    reader = np.linalg.solve(Z.T @ Z / len(y) + penalty * np.eye(len(along)), along)
    reader *= y.var() / (along @ reader)  # so that amounts are in the unit of the values
    return Direction(
        mean,
        (along * scale / y.var()).astype(states.dtype),
        (reader / scale).astype(states.dtype),
    )


def matched_moves(moves: Array, direction: Array, other: Array) -> Change:
    """The control of an erasure: moves (B, T, D) along one direction, repeated along another.

    Every step of every row is moved as far as before, so that the effect of the size alone shows.
    """
    unit = direction / np.linalg.norm(direction)
    lengths, other = moves @ unit, other / np.linalg.norm(other)
    return lambda states, t: states + np.multiply.outer(lengths[:, t], other).astype(states.dtype)


def typical_direction(states: Array, rng: np.random.Generator) -> Array:
    """A direction (D,) in which states (N, D) really vary, drawn at random. Length 1.

    A random weighted sum of their distances from the mean: units that go together go together in it
    as well, so a push along it is a stricter control than one along a `random_direction`.
    """
    drawn = rng.normal(size=len(states)).astype(states.dtype) @ (states - states.mean(axis=0))
    return drawn / np.linalg.norm(drawn)


def effects(
    added: Array, classes: Array, names: Sequence[str]
) -> dict[str, tuple[float, float, float]]:
    """What a change adds to the loss of each class of characters: {name: (mean, low, high)}.

    `added` (B, T) are nats, `classes` (B, T) the numbers of the names. 95 % intervals over rows,
    drawn anew 1,000 times; nan for a class that does not occur.
    """
    counts = draw_rows(len(added))
    found = {}
    for number, name in enumerate(names):
        found[name] = with_interval(means_over(added, classes == number, counts))
    return found


def draw_rows(B: int, n: int = 1000, seed: int = 0) -> Array:
    """How often each of B rows counts, (1 + n, B): once each, then as drawn with replacement."""
    drawn = np.random.default_rng(seed).multinomial(B, [1 / B] * B, n)
    return np.concatenate([np.ones((1, B), int), drawn])


def means_over(added: Array, chosen: Array, counts: Array) -> Array:
    """The mean of the chosen numbers when the rows count so often, one for each row of counts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (counts @ (added * chosen).sum(axis=1)) / (counts @ chosen.sum(axis=1))


def with_interval(found: Array) -> tuple[float, float, float]:
    """The first number, and between what the middle 95 % of the others lie."""
    if np.isnan(found).all():
        return np.nan, np.nan, np.nan
    low, high = np.nanpercentile(found[1:], [2.5, 97.5])
    return float(found[0]), float(low), float(high)
