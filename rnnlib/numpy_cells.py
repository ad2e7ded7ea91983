"""The equations of the recurrent cells: one time step forward, one time step backward.

Shapes: B sequences in a batch, E inputs, H hidden units.
"""

import numpy as np


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    """One step of the plain (Elman) cell: h = tanh(x W_xh + h_prev W_hh + b_h).

    x (B, E), h_prev (B, H) -> h (B, H). Elman (1990). Chapter 3 builds it.
    """
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)  # (B, H)


def rnn_step_backward(dh, x, h_prev, h, W_xh, W_hh):
    """The chain rule through `rnn_step`: from dh = dL/dh (B, H) to the gradients of its inputs.

    Returns dx (B, E), dh_prev (B, H) and {"W_xh": ..., "W_hh": ..., "b_h": ...}. Chapter 3.
    """
    da = dh * (1 - h**2)  # (B, H), since tanh' = 1 - tanh^2
    grads = {"W_xh": x.T @ da, "W_hh": h_prev.T @ da, "b_h": da.sum(axis=0)}
    return da @ W_xh.T, da @ W_hh.T, grads
