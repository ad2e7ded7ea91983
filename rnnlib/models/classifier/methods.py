"""What a sequence model can do, in every engine: checks, then what the engine computes.

Shapes: B sequences, T steps of the longest, D numbers in a hidden state (2H in both directions), N
outputs. Padded steps change nothing: no state, no answer, no gradient.
"""

from typing import Any

import numpy as np

from rnnlib.interface import Array, ArrayLike, Params
from rnnlib.models import base
from rnnlib.models.dropout import draw_mask
from rnnlib.models.update import Update


class Methods(base.Model):
    """The public methods of every SequenceModel; an engine supplies `_call`, `_states`, `_weigh`,
    and what rnnlib/models/base asks for.
    """

    _states: Any  # the hidden states of the top layer (B, T, D), and its last ones (B, D)
    _weigh: Any  # the attention (B, T)

    def forward(self, inputs: ArrayLike, lengths: ArrayLike) -> Array:
        """inputs (B, T) or (B, T, F) and lengths (B,) -> outputs (B, N).

        With pooling "every" they are (B, T, N), zeros in the padding.
        """
        arrays = self.config.check_inputs(inputs, lengths)
        return self._evaluate(self._call, [*arrays, self._keep_all()])

    def states(self, inputs: ArrayLike, lengths: ArrayLike) -> Array:
        """The hidden states of the top layer, (B, T, D), zeros in the padding."""
        return self._evaluate(self._states, self.config.check_inputs(inputs, lengths))[0]

    def attention(self, inputs: ArrayLike, lengths: ArrayLike) -> Array:
        """How much each step counts, (B, T): rows of sum 1, zeros in the padding."""
        if self.config.pooling != "attention":
            raise ValueError(
                f"this model pools by {self.config.pooling!r} and weighs no steps. "
                'Build one with pooling="attention".'
            )
        return self._evaluate(self._weigh, self.config.check_inputs(inputs, lengths))

    def loss_and_grads(
        self, inputs: ArrayLike, lengths: ArrayLike, targets: ArrayLike, loss: str = "cross_entropy"
    ) -> tuple[float, Params]:
        """The mean loss of targets as check_targets takes them, and its gradient {name: array}.

        "cross_entropy" and "gaussian" are in nats; "quantiles" is the pinball loss.
        """
        arrays = self._batch(inputs, lengths, targets, loss)
        return self._gradients([*arrays, self._keep_all()], loss=loss)

    def train_step(
        self,
        inputs: ArrayLike,
        lengths: ArrayLike,
        targets: ArrayLike,
        update: Update,
        loss: str = "cross_entropy",
    ) -> float:
        """One AdamW update on one batch, as an Update says; returns the loss before it."""
        arrays = self._batch(inputs, lengths, targets, loss)
        rows = len(arrays[0])
        keep = draw_mask(self.config, update.dropout, rows, self.seed, self.steps)
        return self._train([*arrays, self._keep_all() if keep is None else keep], update, loss=loss)

    def _batch(self, inputs, lengths, targets, loss):
        inputs, lengths = self.config.check_inputs(inputs, lengths)
        return inputs, lengths, self.config.check_targets(targets, inputs.shape, lengths, loss)

    def _keep_all(self):
        """The mask of dropout that leaves nothing out."""
        return np.ones((1, 1, 1), self.config.dtype)
