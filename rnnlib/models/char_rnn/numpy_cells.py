"""The equations of the recurrent cells: one time step forward, one time step backward.

Shapes: B sequences in a batch, E inputs, H hidden units. The state of the plain cell and of the
GRU is h (B, H); that of the LSTM is (B, 2H), h and then c side by side. Weights of several gates
stand side by side as well: z, r, g in the GRU and i, f, g, o in the LSTM.
"""

from collections.abc import Callable

import numpy as np

from rnnlib.functional import sigmoid
from rnnlib.interface import Array, Params

Gates = tuple[Array, Array, Array, Array]
Backward = tuple[Array, Array, Params]  # the gradients of x, of the state before, of the weights


def rnn_step(x: Array, h_prev: Array, W_xh: Array, W_hh: Array, b_h: Array) -> Array:
    """One step of the plain (Elman) cell: h = tanh(x W_xh + h_prev W_hh + b_h).

    x (B, E), h_prev (B, H) -> h (B, H). Elman (1990).
    """
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)  # (B, H)


def rnn_step_backward(
    dh: Array, x: Array, h_prev: Array, h: Array, W_xh: Array, W_hh: Array, b_h: Array
) -> Backward:
    """The chain rule through `rnn_step`: from dh = dL/dh (B, H) to the gradients of its inputs.

    Returns dx (B, E), dh_prev (B, H) and {"W_xh": ..., "W_hh": ..., "b_h": ...}.
    """
    da = dh * (1 - h**2)  # (B, H), since tanh' = 1 - tanh^2
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return da @ W_xh.T, da @ W_hh.T, grads


def gru_gates(x: Array, h_prev: Array, W_xh: Array, W_hh: Array, b_x: Array, b_h: Array) -> Gates:
    """The update gate z, the reset gate r, and the candidate g of a GRU, each (B, H).

    Also returns the candidate's recurrent part before the reset, (B, H), for the backward pass.
    """
    x_z, x_r, x_g = np.split(x @ W_xh + b_x, 3, axis=-1)
    h_z, h_r, h_g = np.split(h_prev @ W_hh + b_h, 3, axis=-1)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    return z, r, np.tanh(x_g + r * h_g), h_g


def gru_step(x: Array, h_prev: Array, W_xh: Array, W_hh: Array, b_x: Array, b_h: Array) -> Array:
    """One step of the gated recurrent unit: h = z h_prev + (1 - z) g.

    x (B, E), h_prev (B, H) -> h (B, H). Cho et al. (2014), with the reset gate after the matrix
    product, as in Keras (`reset_after=True`) and PyTorch.
    """
    z, _, g, _ = gru_gates(x, h_prev, W_xh, W_hh, b_x, b_h)
    return z * h_prev + (1 - z) * g  # (B, H)


def gru_step_backward(
    dh: Array, x: Array, h_prev: Array, h: Array, W_xh: Array, W_hh: Array, b_x: Array, b_h: Array
) -> Backward:
    """The chain rule through `gru_step`, arguments and results as in `rnn_step_backward`.

    The gates are computed again instead of being kept.
    """
    z, r, g, h_g = gru_gates(x, h_prev, W_xh, W_hh, b_x, b_h)
    dz, dg = dh * (h_prev - g), dh * (1 - z)
    a_g = dg * (1 - g**2)  # gradients before tanh and sigmoid: sigmoid' = s (1 - s)
    a_z, a_r = dz * z * (1 - z), a_g * h_g * r * (1 - r)
    da_x = np.concatenate([a_z, a_r, a_g], axis=-1)  # (B, 3H)
    da_h = np.concatenate([a_z, a_r, a_g * r], axis=-1)
    grads = {"W_xh": x.T @ da_x, "W_hh": h_prev.T @ da_h}
    grads |= {"b_x": da_x.sum(axis=0), "b_h": da_h.sum(axis=0)}
    return da_x @ W_xh.T, dh * z + da_h @ W_hh.T, grads


def lstm_gates(x: Array, h_prev: Array, W_xh: Array, W_hh: Array, b_h: Array) -> Gates:
    """The input gate i, forget gate f, candidate g and output gate o of an LSTM, each (B, H)."""
    a_i, a_f, a_g, a_o = np.split(x @ W_xh + h_prev @ W_hh + b_h, 4, axis=-1)
    return sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)


def lstm_step(x: Array, state_prev: Array, W_xh: Array, W_hh: Array, b_h: Array) -> Array:
    """One step of the long short-term memory: c = f c_prev + i g, and h = o tanh(c).

    x (B, E), state_prev (B, 2H) -> state (B, 2H), each h and c side by side. Hochreiter and
    Schmidhuber (1997), with the forget gate of Gers et al. (2000).
    """
    h_prev, c_prev = np.split(state_prev, 2, axis=-1)
    i, f, g, o = lstm_gates(x, h_prev, W_xh, W_hh, b_h)
    c = f * c_prev + i * g
    return np.concatenate([o * np.tanh(c), c], axis=-1)  # (B, 2H)


def lstm_step_backward(
    d_state: Array, x: Array, state_prev: Array, state: Array, W_xh: Array, W_hh: Array, b_h: Array
) -> Backward:
    """The chain rule through `lstm_step`; d_state (B, 2H) holds dL/dh and dL/dc side by side.

    Returns dx (B, E), d_state_prev (B, 2H) and {name: gradient}.
    """
    dh, dc = np.split(d_state, 2, axis=-1)
    h_prev, c_prev = np.split(state_prev, 2, axis=-1)
    i, f, g, o = lstm_gates(x, h_prev, W_xh, W_hh, b_h)
    tanh_c = np.tanh(state[..., state.shape[-1] // 2 :])
    dc = dc + dh * o * (1 - tanh_c**2)  # c acts through h as well
    a_i, a_f = dc * g * i * (1 - i), dc * c_prev * f * (1 - f)
    a_g, a_o = dc * i * (1 - g**2), dh * tanh_c * o * (1 - o)
    da = np.concatenate([a_i, a_f, a_g, a_o], axis=-1)  # (B, 4H)
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return da @ W_xh.T, np.concatenate([da @ W_hh.T, dc * f], axis=-1), grads


# Every step takes (x, state, **weights); every backward step takes dL/d(state) before these.
STEPS: dict[str, Callable[..., Array]] = {"rnn": rnn_step, "gru": gru_step, "lstm": lstm_step}
BACKWARD_STEPS: dict[str, Callable[..., Backward]] = {
    "rnn": rnn_step_backward,
    "gru": gru_step_backward,
    "lstm": lstm_step_backward,
}
