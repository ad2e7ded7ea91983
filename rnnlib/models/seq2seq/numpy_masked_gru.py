"""One GRU over padded sequences, forwards or backwards, and the chain rule back through it.

Shapes: B sequences, T time steps, E inputs, H hidden units. mask (B, T) is False at padding, where
a state stays as it is.
"""

import numpy as np

from rnnlib.interface import Array, Params
from rnnlib.models.char_rnn.numpy_cells import gru_step, gru_step_backward


def read(
    xs: Array, mask: Array, state: Array, weights: Params, backwards: bool = False
) -> tuple[Array, Array, Array]:
    """The state before and after each step, both (B, T, H), and the last one (B, H).

    xs (B, T, E); `state` (B, H) is the first. With `backwards` the last step is read first, so the
    last state is the one at the first step. Padding leaves a state as it is.
    """
    T = xs.shape[1]
    before = np.empty((len(xs), T, state.shape[1]), xs.dtype)
    after = np.empty_like(before)
    for t in reversed(range(T)) if backwards else range(T):
        before[:, t] = state
        state = np.where(mask[:, t, None], gru_step(xs[:, t], state, **weights), state)
        after[:, t] = state
    return before, after, state


def read_backward(
    d_after: Array,
    d_last: Array,
    xs: Array,
    mask: Array,
    before: Array,
    after: Array,
    weights: Params,
    backwards: bool = False,
) -> tuple[Array, Array, Params]:
    """Backpropagation through `read`: d_after (B, T, H) arrives at its states, d_last at the last.

    Returns the gradients of xs, of the first state, and of the weights {name: array}.
    """
    dxs, d_state = np.zeros_like(xs), d_last
    grads = {name: np.zeros_like(value) for name, value in weights.items()}
    for t in range(xs.shape[1]) if backwards else reversed(range(xs.shape[1])):
        real, d_state = mask[:, t, None], d_state + d_after[:, t]
        dxs[:, t], d_prev, step = gru_step_backward(
            np.where(real, d_state, 0), xs[:, t], before[:, t], after[:, t], **weights
        )
        d_state = np.where(real, d_prev, d_state)
        for name, value in step.items():
            grads[name] += value  # the steps share their weights, so their gradients add up
    return dxs, d_state, grads
