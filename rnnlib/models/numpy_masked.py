"""One recurrent layer over padded sequences, forwards or backwards, and the chain rule back.

Shapes: B sequences, T time steps, E inputs, H hidden units, S numbers in a state: H, in an LSTM 2H.
mask (B, T) is False at padding, where a state stays as it is.
"""

import numpy as np

from rnnlib.interface import Array, Params
from rnnlib.models.char_rnn.numpy_cells import BACKWARD_STEPS, STEPS
from rnnlib.models.parts import Recurrent


def read(
    part: Recurrent,
    params: Params,
    xs: Array,
    mask: Array,
    state: Array | None = None,
    backwards: bool = False,
) -> Array:
    """The states (B, T + 1, S) around the steps of xs (B, T, E), from `state` (B, S) or zeros on.

    The last of them is the one after the last step. With `backwards` the last step is read first:
    then `state` is the last of them, and the first is the one after all steps.
    """
    width = part.hidden * (2 if part.cell == "lstm" else 1)
    state = np.zeros((len(xs), width), xs.dtype) if state is None else state
    states = np.empty((len(xs), xs.shape[1] + 1, width), xs.dtype)
    states[:, -1 if backwards else 0] = state
    weights = part.weights(params)
    for t in reversed(range(xs.shape[1])) if backwards else range(xs.shape[1]):
        new = STEPS[part.cell](xs[:, t], state, **weights)
        state = np.where(mask[:, t, None], new, state)
        states[:, t if backwards else t + 1] = state
    return states


def read_backward(
    part: Recurrent,
    params: Params,
    xs: Array,
    mask: Array,
    states: Array,
    dhs: Array,
    d_last: Array,
    backwards: bool = False,
) -> tuple[Array, Array, Params]:
    """The chain rule through `read`: dhs (B, T, H) arrives at the hidden states after each step,
    d_last (B, H) at the one after all.

    Returns the gradients of xs, of the first state, and of the weights {name: array}.
    """
    weights, d_state, dxs = part.weights(params), np.zeros_like(states[:, 0]), np.empty_like(xs)
    d_state[:, : part.hidden] = d_last
    grads = {name: np.zeros_like(value) for name, value in weights.items()}
    for t in range(xs.shape[1]) if backwards else reversed(range(xs.shape[1])):
        d_state[:, : part.hidden] += dhs[:, t]
        before, after = (t + 1, t) if backwards else (t, t + 1)
        real = mask[:, t, None]
        dxs[:, t], d_before, step = BACKWARD_STEPS[part.cell](
            np.where(real, d_state, 0), xs[:, t], states[:, before], states[:, after], **weights
        )
        d_state = np.where(real, d_before, d_state)  # past a padded step untouched
        for name, value in step.items():
            grads[name] += value  # the steps share their weights, so their gradients add up
    return dxs, d_state, {ours: grads[name] for name, ours in part.names().items()}
