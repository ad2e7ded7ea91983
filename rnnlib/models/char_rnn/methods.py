"""What a CharRNN can do, in every engine: checks, then what the engine computes.

Shapes: B sequences, T time steps, K targets, V characters, S numbers in the state of a layer.
"""

import numpy as np

from rnnlib.interface import Array, ArrayLike, Params
from rnnlib.models import base
from rnnlib.models.dropout import draw_mask
from rnnlib.models.update import Update


class Methods(base.Model):
    """The public methods of every CharRNN; an engine supplies `_call`, `_gradients`, `_apply`, and
    what rnnlib/models/base.py asks for.
    """

    def init_state(self, batch_size: int) -> Array:
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids: ArrayLike, state: ArrayLike) -> tuple[Array, Array]:
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        return self._evaluate(self._call, [ids, state])

    def loss_and_grads(
        self, ids: ArrayLike, targets: ArrayLike, state: ArrayLike
    ) -> tuple[float, Params, Array]:
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        loss, grads, last = self._gradients(*self.config.check_batch(ids, state, targets))
        return loss, self._canonical(grads), last

    def train_step(
        self, ids: ArrayLike, targets: ArrayLike, state: ArrayLike, update: Update
    ) -> tuple[float, Array]:
        """One AdamW update on one batch, as an Update says; the loss before it, and the state.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        ids, state, targets = self.config.check_batch(ids, state, targets)
        mask = self._draw_mask(update.dropout, len(np.asarray(ids)))
        return self._learn(ids, state, targets, mask, update)

    def _learn(self, ids, state, targets, mask, update):
        loss, grads, state = self._gradients(ids, state, targets, mask)
        self._apply(grads, update)
        return loss, state

    def _draw_mask(self, rate, rows):
        return draw_mask(self.config, rate, rows, self.seed, self.steps)
