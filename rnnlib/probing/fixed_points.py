"""Fixed and slow points: the states that a network keeps while one input comes again and again.

With one character held, a step maps the state to the next one. Where it maps a state to itself the
network can rest; where it nearly does, it stays long. Sussillo and Barak (2013). All in float64.
Shapes: n states of S numbers each, as the cell carries them (in an LSTM h, then c).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_ids
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.models.char_rnn.numpy_cells import BACKWARD_STEPS, STEPS


@dataclass(frozen=True)
class StateMap:
    """A step with its input held: `step` maps states (n, S) to the next ones, (n, S), and
    `jacobians` gives the derivatives (n, S, S) there, [., i, j] that of number i by number j.
    """

    step: Callable[[Array], Array]
    jacobians: Callable[[Array], Array]

    def speeds(self, states: Array) -> Array:
        """How fast each state moves, (n,): half the squared length of a step."""
        return 0.5 * ((self.step(states) - states) ** 2).sum(axis=1)


def hold_input(model: Model, char_id: int) -> StateMap:
    """The map of a CharRNN of one layer, of any engine, while one character comes again and again.

    Raises ValueError for more layers, and for an id that the model does not know.
    """
    config = model.config
    if config.num_layers != 1:
        raise ValueError(f"fixed points are sought in one layer; this has {config.num_layers}.")
    params = {name: value.astype(np.float64) for name, value in model.get_params().items()}
    x = params["embed"][check_ids([char_id], config.vocab_size)]  # (1, E)
    weights = config.layers()[0].weights(params)
    forwards, backwards = STEPS[config.cell], BACKWARD_STEPS[config.cell]

    def step(states):
        return forwards(np.repeat(x, len(states), axis=0), states, **weights)

    def jacobians(states):
        n, S = states.shape
        before, rows = np.repeat(states, S, axis=0), np.tile(np.eye(S), (n, 1))
        inputs = np.repeat(x, n * S, axis=0)
        after = np.repeat(step(states), S, axis=0)
        return backwards(rows, inputs, before, after, **weights)[1].reshape(n, S, S)

    return StateMap(step, jacobians)


def draw_starts(states: ArrayLike, n: int, seed: int = 0) -> Array:
    """n places (n, S) to start the search from, each on the line between two of states (N, S).

    Saddles lie between the places where a network rests, so visited states alone miss some.
    """
    states, rng = np.asarray(states, np.float64), np.random.default_rng(seed)
    a, b = states[rng.integers(len(states), size=(2, n))]
    return a + rng.random((n, 1)) * (b - a)


@dataclass(frozen=True)
class Points:
    """Points of a map: states (n, S), their speeds (n,), and the eigenvalues (n, S) of the step's
    Jacobian there, the largest first.
    """

    states: Array
    speeds: Array
    eigenvalues: Array

    @property
    def unstable(self) -> Array:
        """The directions in which each point is left, (n,): eigenvalues above 1 in size."""
        return (np.abs(self.eigenvalues) > 1).sum(axis=1)


def find_points(
    held: StateMap, starts: ArrayLike, fastest: float = 1e-20, apart: float = 1e-3
) -> Points:
    """The points where a map is slowest, near the states starts (n, S): each once, slowest first.

    From every start the speed falls by damped Newton steps (Levenberg 1944, Marquardt 1963), which
    find saddles as well as resting places. Those with a speed of at most `fastest` are kept, of
    points less than `apart` from each other the first. Fixed points have speeds near 1e-30; a
    higher `fastest`, such as 1e-8, keeps slow points too.
    """
    states = descend(held, np.array(starts, np.float64))
    speeds = held.speeds(states)
    order = [at for at in np.argsort(speeds, kind="stable") if speeds[at] <= fastest]
    kept: list[int] = []
    for at in order:
        if all(np.linalg.norm(states[at] - states[other]) >= apart for other in kept):
            kept.append(at)
    found = np.linalg.eigvals(held.jacobians(states[kept])) if kept else np.empty((0, 0))
    largest = np.argsort(-np.abs(found), axis=1)
    return Points(states[kept], speeds[kept], np.take_along_axis(found, largest, axis=1))


def descend(held: StateMap, states: Array, rounds: int = 200) -> Array:
    """The states after so many damped Newton steps towards lower speed, each only if it helps."""
    S = states.shape[1]
    damping, moving = np.full(len(states), 1e-2), np.ones(len(states), bool)
    for _ in range(rounds):
        if not moving.any():
            break
        here, strength = states[moving], damping[moving]
        A = held.jacobians(here) - np.eye(S)  # the derivative of step(h) - h
        rest = held.step(here) - here
        curve = A.swapaxes(1, 2) @ A + strength[:, None, None] * np.eye(S)
        down = np.linalg.solve(curve, (A.swapaxes(1, 2) @ rest[..., None]))[..., 0]
        there = here - down
        better = held.speeds(there) < held.speeds(here)
        states[moving] = np.where(better[:, None], there, here)
        damping[moving] = np.clip(np.where(better, strength / 4, strength * 8), 1e-15, 1e12)
        moving[moving] = (held.speeds(states[moving]) > 1e-30) & (damping[moving] < 1e10)
    return states
