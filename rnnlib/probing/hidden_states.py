"""The states of a network while it reads a text, and where they lie.

A state is written as one row of D numbers: the layers side by side, each as the network carries it
(in an LSTM h, then c). Every function takes a CharRNN of any engine.
"""

from typing import Any

import numpy as np

from rnnlib.checks import check_ids, check_whole
from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike, Model, Params
from rnnlib.models.char_rnn import numpy_bptt


def as_rows(state: Array) -> Array:
    """A state as the models carry it, (num_layers, B, S), as rows (B, D), D = num_layers * S."""
    return np.moveaxis(state, 0, 1).reshape(state.shape[1], -1)


def as_state(rows: Array, num_layers: int = 1) -> Array:
    """Rows (B, D) as a state that the models take, (num_layers, B, S): the way back."""
    return np.moveaxis(rows.reshape(len(rows), num_layers, -1), 1, 0)


def record(
    model: Model, ids: ArrayLike, length: int = 1000, warm: int = 250
) -> tuple[Array, Array]:
    """The state after each of the ids, and what the model then expects.

    ids (M,) are cut into rows of `length`, which are read side by side; each is warmed up on the
    `warm` characters before it, the first starts from zeros. What remains at the end is left out.
    Returns the states (N, D) and the natural log-probabilities (N, V) of the next character, N the
    characters of the whole rows. Computed with NumPy from the parameters. Raises ValueError where
    not one row fits, or for warm > length.
    """
    config, params = model.config, model.get_params()
    ids, length = check_ids(ids, config.vocab_size), check_whole("length", length)
    if check_whole("warm", warm, least=0) > length:
        raise ValueError(f"warm must be at most length, {length}, not {warm}.")
    if ids.ndim != 1 or len(ids) < length:
        raise ValueError(
            f"ids of shape {ids.shape} hold no row of {length} characters. "
            "Give one long text, or a smaller length."
        )
    rows = ids[: len(ids) // length * length].reshape(-1, length)
    state = model.init_state(len(rows))
    if len(rows) > 1 and warm:
        _, state[:, 1:] = model.forward(rows[:-1, length - warm :], state[:, 1:])
    layers, hs = numpy_bptt.forward(params, config, rows, state)
    states = np.concatenate([states[:, 1:] for _, states in layers], axis=-1)  # (rows, length, D)
    log_probs = log_softmax(hs @ params["W_hy"] + params["b_y"])
    return states.reshape(rows.size, -1), log_probs.reshape(rows.size, -1)


def principal_components(states: ArrayLike, n: int = 2) -> tuple[Array, Array, Array]:
    """The n directions in which states (N, D) spread most: to draw D numbers on a page.

    Returns the mean (D,), the directions (n, D), of length 1 and the widest first, and the share
    (n,) of the variance along each. Coordinates: (states - mean) @ directions.T. Pearson (1901).
    """
    states = np.asarray(states, np.float64)
    mean = states.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(states.T, bias=True).reshape(len(mean), -1))
    return mean, directions.T[::-1][:n], variances[::-1][:n] / variances.sum()


def prepare(
    model: Model, ids: ArrayLike, state: ArrayLike | None, targets: ArrayLike | None = None
) -> tuple[Params, Array, Array, Any]:
    """The model's parameters, and checked arrays; a state of zeros where none is given."""
    if state is None:
        ids = check_ids(ids, model.config.vocab_size)
        state = model.init_state(max(len(np.atleast_1d(ids)), 1))
    return model.get_params(), *model.config.check_batch(ids, state, targets)
