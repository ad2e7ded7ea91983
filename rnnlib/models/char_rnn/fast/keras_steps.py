"""Backpropagation through time written out in TensorFlow, for wide layers on a processor.

The steps and their chain rule are those of numpy_cells.py. Keras' layers leave the way back to
TensorFlow, which repeats every small operation of every step; here it knows whole layers only.

- What a character adds to a step is looked up: a row of the table embed W_xh + b, (V, GH), as the
  product with a one-hot column.
- Inside a layer the sequences stand in columns, h (H, B), and a step is W^T h: in this order
  TensorFlow multiplies a large matrix by a narrow one in little more than half the time.
- The gradient of W_hh is one product for all steps, not one a step and T sums.

Shapes: B sequences, T time steps, V characters, I inputs, H hidden units, GH the width of W_hh. A
state is a tuple of columns (H, B): h, and in the LSTM c. Between layers arrays are (T, B, ...).
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from rnnlib.models.config import ModelConfig

State = Sequence[tf.Tensor]


def rnn_step(a_x: tf.Tensor, state: State, W_h: tf.Tensor) -> tuple[State, State]:
    """h = tanh(a), a = a_x + W_h h, where a_x is what the input adds, and W_h (GH, H).

    Returns the new state, and what the way back will need beside it.
    """
    return (tf.tanh(a_x + W_h @ state[0]),), ()


def rnn_step_backward(
    d_state: State, before: State, after: State, activations: State, W_hh: tf.Tensor
) -> tuple[State, tf.Tensor]:
    """From dL/d(state) after the step to dL/d(state) before it and da = dL/da_x.

    The last GH rows of da are also the gradient of W_h h.
    """
    da = d_state[0] * (1 - after[0] ** 2)
    return (W_hh @ da,), da


def gru_step(a_x: tf.Tensor, state: State, W_h: tf.Tensor) -> tuple[State, State]:
    """h = g + z (h_prev - g), g = tanh(x_g + r h_g); z, r and h_g read h_prev.

    a_x (4H, B) holds x_g, z, r, and h_g, which is a bias.
    """
    (h,), H = state, W_h.shape[1]
    sums = a_x[H:] + W_h @ h
    zr, h_g = tf.sigmoid(sums[: 2 * H]), sums[2 * H :]
    g = tf.tanh(a_x[:H] + zr[H:] * h_g)
    return (g + zr[:H] * (h - g),), (zr, g, h_g)


def gru_step_backward(
    d_state: State, before: State, after: State, activations: State, W_hh: tf.Tensor
) -> tuple[State, tf.Tensor]:
    """The chain rule through `gru_step`, arguments and results as in `rnn_step_backward`."""
    (dh,), (h,), (zr, g, h_g), H = d_state, before, activations, W_hh.shape[0]
    z, r = zr[:H], zr[H:]
    a_g, a_z = dh * (1 - z) * (1 - g**2), dh * (h - g) * z * (1 - z)
    da = tf.concat([a_g, a_z, a_g * h_g * r * (1 - r), a_g * r], 0)
    return (dh * z + W_hh @ da[H:],), da


def lstm_step(a_x: tf.Tensor, state: State, W_h: tf.Tensor) -> tuple[State, State]:
    """c = f c_prev + i g, h = o tanh(c), with the gates i, f, g, o in a_x (4H, B)."""
    (h, c), H = state, W_h.shape[1]
    a = a_x + W_h @ h
    i_f, g, o = tf.sigmoid(a[: 2 * H]), tf.tanh(a[2 * H : 3 * H]), tf.sigmoid(a[3 * H :])
    c = i_f[H:] * c + i_f[:H] * g
    tanh_c = tf.tanh(c)
    return (o * tanh_c, c), (i_f, g, o, tanh_c)


def lstm_step_backward(
    d_state: State, before: State, after: State, activations: State, W_hh: tf.Tensor
) -> tuple[State, tf.Tensor]:
    """The chain rule through `lstm_step`, arguments and results as in `rnn_step_backward`."""
    (dh, dc), (i_f, g, o, tanh_c), H = d_state, activations, W_hh.shape[0]
    i, f = i_f[:H], i_f[H:]
    dc = dc + dh * o * (1 - tanh_c**2)  # c acts through h as well
    a_i, a_f = dc * g * i * (1 - i), dc * before[1] * f * (1 - f)
    da = tf.concat([a_i, a_f, dc * i * (1 - g**2), dh * tanh_c * o * (1 - o)], 0)
    return (W_hh @ da, dc * f), da


# A step, its way back, and how many arrays a step keeps.
STEPS = {
    "rnn": (rnn_step, rnn_step_backward, 0),
    "gru": (gru_step, gru_step_backward, 3),
    "lstm": (lstm_step, lstm_step_backward, 4),
}


def forward_layer(
    cell: str, xs: tf.Tensor, W_x: tf.Tensor, W_hh: tf.Tensor, state: State
) -> tuple[State, State]:
    """Every step of a layer: its T + 1 states, the first being the one given, and what T keep.

    A list of arrays each, (T + 1, H, B) and (T, ..., B).
    """
    step, _, n = STEPS[cell]
    T, W_x, W_h = tf.shape(xs)[0], tf.transpose(W_x), tf.transpose(W_hh)

    def body(t, state, states, activations):
        a_x = tf.matmul(W_x, xs[t], transpose_b=True)
        state, now = step(a_x, state, W_h)
        return t + 1, state, _write(states, t + 1, state), _write(activations, t, now)

    states = _write(_arrays(xs, T + 1, len(state)), 0, state)
    start = (0, tuple(state), states, _arrays(xs, T, n))
    *_, states, activations = tf.while_loop(lambda t, *_: t < T, body, start)
    return [array.stack() for array in states], [array.stack() for array in activations]


def backward_layer(
    cell: str, states: State, activations: State, W_hh: tf.Tensor, dhs: tf.Tensor, d_state: State
) -> tuple[State, tf.Tensor]:
    """Every step again, from the last to the first, as `numpy_cells` goes back one.

    dhs (T, B, H) arrives at the hidden states, d_state at the last state. Returns the gradient of
    the first state, and da of every step, (T, GH or in the GRU 4H, B).
    """
    step_backward, T = STEPS[cell][1], tf.shape(dhs)[0]

    def body(t, d_state, das):
        d_state = (d_state[0] + tf.transpose(dhs[t]), *d_state[1:])  # what the output sends back
        before, after = [part[t] for part in states], [part[t + 1] for part in states]
        d_state, da = step_backward(d_state, before, after, [part[t] for part in activations], W_hh)
        return t - 1, d_state, _write(das, t, [da])

    start = (T - 1, tuple(d_state), _arrays(dhs, T, 1))
    _, d_state, (das,) = tf.while_loop(lambda t, *_: t >= 0, body, start)
    return d_state, das.stack()


def layer(cell: str, xs: tf.Tensor, W_x: tf.Tensor, W_hh: tf.Tensor, *state: tf.Tensor) -> State:
    """One layer for xs (T, B, I): its hidden states (T, B, H), and its last state."""

    @tf.custom_gradient
    def run(xs, W_x, W_hh, *state):
        states, activations = forward_layer(cell, xs, W_x, W_hh, state)
        hs = tf.transpose(states[0], (0, 2, 1))  # (T + 1, B, H)

        def run_backward(dhs, *d_state):
            d_state, das = backward_layer(cell, states, activations, W_hh, dhs, d_state)
            columns = tf.reshape(tf.transpose(das, (1, 0, 2)), (tf.shape(das)[1], -1))  # (GH, T B)
            dW_x = _weight_gradient(columns, xs)
            dW_hh = _weight_gradient(columns[-W_hh.shape[1] :], hs[:-1])
            return tf.transpose(W_x @ das, (0, 2, 1)), dW_x, dW_hh, *d_state

        return (hs[1:], *[part[-1] for part in states]), run_backward

    return run(xs, W_x, W_hh, *state)


def forward(
    config: ModelConfig, variables: Sequence[Any], ids: tf.Tensor, state: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """What the layers make of ids (B, T), with gradients: hs, now (T, B, H), and the last state.

    `variables` are the embedding, and of each layer kernel, recurrent kernel and bias.
    """
    embed, *cells = [tf.convert_to_tensor(variable) for variable in variables]
    hs, ends = None, []
    for i, start in enumerate(tf.unstack(state)):
        W_xh, W_hh, bias = cells[3 * i : 3 * i + 3]
        if i == 0:
            xs = tf.one_hot(tf.transpose(ids), len(embed), dtype=embed.dtype)  # (T, B, V)
            W_x = _with_one(embed) @ _with_bias(config.cell, W_xh, bias)
        else:
            xs, W_x = _with_one(hs), _with_bias(config.cell, W_xh, bias)
        parts = tf.split(tf.transpose(start), config.state_size // config.hidden_size)
        hs, *parts = layer(config.cell, xs, W_x, W_hh, *parts)
        ends.append(tf.transpose(tf.concat(parts, 0)))
    return hs, tf.stack(ends)


def _with_one(x):
    """A 1 after the numbers of each row, so that a product can add a bias."""
    return tf.concat([x, tf.ones_like(x[..., :1])], -1)


def _with_bias(cell, W_xh, bias):
    """W_xh and a row of biases below it, (I + 1, GH); the GRU's blocks as `gru_step` takes them."""
    if cell != "gru":
        return tf.concat([W_xh, bias[None]], 0)
    H = bias.shape[1] // 3
    zr, g = tf.split(tf.concat([W_xh, bias[:1]], 0), (2 * H, H), axis=1)
    b_zr, b_g = tf.split(tf.concat([tf.zeros_like(W_xh), bias[1:]], 0), (2 * H, H), axis=1)
    return tf.concat([g, zr + b_zr, b_g], 1)


def _weight_gradient(columns, xs):
    """The sum over steps and sequences of x^T da, as one product, (I, GH)."""
    return tf.transpose(columns @ tf.reshape(xs, (-1, xs.shape[-1])))


def _arrays(like, size, n):
    return [tf.TensorArray(like.dtype, size, element_shape=(None, None)) for _ in range(n)]


def _write(arrays, t, values):
    return [array.write(t, value) for array, value in zip(arrays, values, strict=True)]
