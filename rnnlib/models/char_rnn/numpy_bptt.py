"""Backpropagation through time: whole sequences read forwards, and the chain rule backwards.

Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

from typing import Any

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.interface import Array, Params
from rnnlib.models.char_rnn.numpy_cells import BACKWARD_STEPS, STEPS
from rnnlib.models.config import ModelConfig

Layers = list[tuple[Array, Array]]  # the inputs and the states of each


def forward(params: Params, config: ModelConfig, ids: Array, state: Array) -> tuple[Layers, Array]:
    """Every state that reading ids (B, T) from `state` (num_layers, B, H or 2H) leads through.

    Returns for each layer its inputs (B, T, E or H) and its states (B, T + 1, S), the first being
    the one given; and the hidden states of the top layer, hs (B, T, H).
    """
    layers: Layers = []
    hs, step = params["embed"][ids], STEPS[config.cell]
    for part, start in zip(config.layers(), state, strict=True):
        xs, after, weights = hs, [start], part.weights(params)
        for t in range(ids.shape[1]):
            after.append(step(xs[:, t], after[-1], **weights))
        states = np.stack(after, axis=1)
        layers.append((xs, states))
        hs = states[:, 1:, : config.hidden_size]  # what the next layer reads
    return layers, hs


def last_state(layers: Layers) -> Array:
    """The state after the last step, (num_layers, B, H or 2H), from what `forward` returns."""
    return np.stack([states[:, -1] for _, states in layers])


def output_loss(params: Params, hs: Array, targets: Array) -> tuple[float, Array, Params]:
    """The loss of targets (B, K) after the last K steps, from the hidden states hs (B, T, H).

    Returns it in nats per character, its gradient for hs, and for the output layer {name: array}.
    """
    K = targets.shape[1]
    last = hs[:, -K:]  # (B, K, H)
    log_probs = log_softmax(last @ params["W_hy"] + params["b_y"])  # (B, K, V)
    picked = np.take_along_axis(log_probs, targets[..., None], axis=-1)
    d_logits = np.exp(log_probs)
    np.put_along_axis(d_logits, targets[..., None], np.exp(picked) - 1, axis=-1)
    d_logits /= targets.size
    dhs = np.zeros_like(hs)
    dhs[:, -K:] = d_logits @ params["W_hy"].T
    flat = d_logits.reshape(-1, d_logits.shape[-1])
    grads = {"W_hy": last.reshape(len(flat), -1).T @ flat, "b_y": flat.sum(axis=0)}
    return float(-picked.mean()), dhs, grads


def backward(
    params: Params, config: ModelConfig, ids: Array, layers: Layers, dhs: Array, d_last: Array
) -> tuple[Params, Array]:
    """Backpropagation through time: from the top layer down, from the last step to the first.

    dhs (B, T, H) arrives at the hidden states of the top layer, d_last (num_layers, B, H or 2H) at
    the last states. Returns the gradients {name: array} of the embedding and the layers, and the
    gradient for the state before every step, (num_layers, B, T, H or 2H). Werbos (1990).
    """
    grads: Params = {}
    befores = []
    for layer, part in reversed([*enumerate(config.layers())]):
        weights = part.weights(params)
        dhs, found, before = backward_layer(config, *layers[layer], dhs, d_last[layer], weights)
        grads |= {part.names()[name]: grad for name, grad in found.items()}
        befores.append(before)
    grads["embed"] = np.zeros_like(params["embed"])
    np.add.at(grads["embed"], ids, dhs)  # a row read twice collects both gradients
    return grads, np.stack(befores[::-1])


def backward_layer(
    config: Any, xs: Array, states: Array, dhs: Array, d_state: Array, weights: Params
) -> tuple[Array, Params, Array]:
    """`backward` for one layer with these weights; also returns the gradient of its xs."""
    dxs, before = np.empty_like(xs), np.empty_like(states[:, 1:])
    grads = {name: np.zeros_like(value) for name, value in weights.items()}
    for t in reversed(range(xs.shape[1])):
        d_state = d_state.copy()
        d_state[:, : config.hidden_size] += dhs[:, t]  # what the step's own output sends back
        dxs[:, t], d_state, step = BACKWARD_STEPS[config.cell](
            d_state, xs[:, t], states[:, t], states[:, t + 1], **weights
        )
        before[:, t] = d_state
        for name, value in step.items():
            grads[name] += value  # the steps share their weights, so their gradients add up
    return dxs, grads, before
