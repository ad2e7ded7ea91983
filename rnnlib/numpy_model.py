"""A character RNN in NumPy, with the backward pass written out.

The same class, methods and numbers as keras_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units.
"""

import numpy as np

from rnnlib import weights
from rnnlib.config import ADAM_BETAS, ADAM_EPSILON
from rnnlib.numpy_cells import rnn_step, rnn_step_backward
from rnnlib.sampling import log_softmax


class CharRNN:
    """Embedding -> recurrent cell -> logits over the next character, from the same first weights
    in every engine. `learning_rate` is the step size of train_step. Chapters 3 and 4.
    """

    def __init__(self, config, seed=0):
        self.config = config
        self.learning_rate = 1e-3
        self.set_params(weights.initialise(config, seed))
        self._adam = Adam()

    def init_state(self, batch_size):
        """A hidden state of zeros, (num_layers, B, H)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and state (num_layers, B, H) -> logits (B, T, V) and the last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        hs, _ = self._run(ids, state)
        return hs[:, 1:] @ self._params["W_hy"] + self._params["b_y"], hs[None, :, -1]

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        ids, state, targets = self.config.check_batch(ids, state, targets)
        hs, xs = self._run(ids, state)
        dhs, loss, grads = self._output_loss(hs[:, 1:], targets)
        grads = self._backward(ids, xs, hs, dhs) | grads
        return loss, {name: grads[name] for name in self._params}, hs[None, :, -1]

    def train_step(self, ids, targets, state):
        """One Adam update (Kingma and Ba, 2015) on one batch; returns the loss before it, state."""
        loss, grads, state = self.loss_and_grads(ids, targets, state)
        rate = float(np.float32(self.learning_rate))  # as Keras stores it
        self._adam.update(self._params, grads, rate)
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of weights.py."""
        return {name: value.copy() for name, value in self._params.items()}

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._params = weights.check_params(params, self.config)

    def _run(self, ids, state):
        """All hidden states (B, T + 1, H), the first being h_0, and the embedded ids (B, T, E)."""
        p = self._params
        xs = p["embed"][ids]  # (B, T, E)
        hs = [state[0]]
        for t in range(ids.shape[1]):
            hs.append(rnn_step(xs[:, t], hs[-1], p["W_xh"], p["W_hh"], p["b_h"]))
        return np.stack(hs, axis=1), xs

    def _output_loss(self, hs, targets):
        """The loss, its gradient for every hidden state, and for the output layer."""
        p, K = self._params, targets.shape[1]
        last = hs[:, -K:]  # (B, K, H)
        log_probs = log_softmax(last @ p["W_hy"] + p["b_y"])  # (B, K, V)
        picked = np.take_along_axis(log_probs, targets[..., None], axis=-1)
        d_logits = np.exp(log_probs)
        np.put_along_axis(d_logits, targets[..., None], np.exp(picked) - 1, axis=-1)
        d_logits /= targets.size
        dhs = np.zeros_like(hs)
        dhs[:, -K:] = d_logits @ p["W_hy"].T
        flat = d_logits.reshape(-1, d_logits.shape[-1])
        grads = {"W_hy": last.reshape(len(flat), -1).T @ flat, "b_y": flat.sum(axis=0)}
        return dhs, float(-picked.mean()), grads

    def _backward(self, ids, xs, hs, dhs):
        """Backpropagation through time: from the last step to the first, adding up gradients."""
        p = self._params
        grads = {name: np.zeros_like(p[name]) for name in ("embed", "W_xh", "W_hh", "b_h")}
        dh_next = np.zeros_like(hs[:, 0])
        for t in reversed(range(ids.shape[1])):
            dx, dh_next, step = rnn_step_backward(
                dhs[:, t] + dh_next, xs[:, t], hs[:, t], hs[:, t + 1], p["W_xh"], p["W_hh"]
            )
            np.add.at(grads["embed"], ids[:, t], dx)  # a row read twice collects both gradients
            for name, value in step.items():
                grads[name] += value
        return grads


class Adam:
    """Adam as Kingma and Ba (2015) write it at the end of section 2: epsilon beside sqrt(v)."""

    def __init__(self):
        self.step, self.m, self.v = 0, {}, {}

    def update(self, params, grads, learning_rate):
        """Move every parameter (in place) by one step."""
        self.step += 1
        beta1, beta2 = ADAM_BETAS
        rate = learning_rate * (1 - beta2**self.step) ** 0.5 / (1 - beta1**self.step)
        for name, grad in grads.items():
            m, v = self.m.get(name, 0.0), self.v.get(name, 0.0)
            self.m[name] = m + (1 - beta1) * (grad - m)
            self.v[name] = v + (1 - beta2) * (grad**2 - v)
            params[name] -= rate * self.m[name] / (np.sqrt(self.v[name]) + ADAM_EPSILON)
