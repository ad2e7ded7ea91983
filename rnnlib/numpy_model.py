"""A character RNN in NumPy; bptt.py supplies the backward pass.

The same class, methods and numbers as keras_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import math

import numpy as np

from rnnlib import bptt, weights
from rnnlib.optimizers import Adam, clip_by_global_norm


class CharRNN:
    """Embedding -> recurrent layers -> logits over the next character, from the same first weights
    in every engine. `learning_rate` is the step size of train_step, and `clip_norm` the largest
    global norm of a gradient it follows, infinite at first. Chapters 3 to 7.
    """

    def __init__(self, config, seed=0):
        self.config = config
        self.learning_rate, self.clip_norm = 1e-3, math.inf
        self.set_params(weights.initialise(config, seed))
        self._adam = Adam()

    def init_state(self, batch_size):
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        layers, hs = bptt.read(self._params, self.config, ids, state)
        return hs @ self._params["W_hy"] + self._params["b_y"], bptt.last_state(layers)

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        ids, state, targets = self.config.check_batch(ids, state, targets)
        layers, hs = bptt.read(self._params, self.config, ids, state)
        loss, dhs, grads = bptt.output_loss(self._params, hs, targets)
        more, _ = bptt.backward(self._params, self.config, ids, layers, dhs, np.zeros_like(state))
        grads |= more
        return loss, {name: grads[name] for name in self._params}, bptt.last_state(layers)

    def train_step(self, ids, targets, state):
        """One Adam update (Kingma and Ba, 2015) on one batch; returns the loss before it, state."""
        loss, grads, state = self.loss_and_grads(ids, targets, state)
        rate = float(np.float32(self.learning_rate))  # as Keras stores it
        self._adam.update(self._params, clip_by_global_norm(grads, self.clip_norm), rate)
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of layout.py."""
        return {name: value.copy() for name, value in self._params.items()}

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._params = weights.check_params(params, self.config)
