"""What a listener can do, in every engine: checks, then what the engine computes.

Shapes: B sounds, T frames of `bands` numbers, A = T // stride answers, C convolved numbers, H
hidden units, K labels. No answer looks ahead.
"""

from collections.abc import Sequence

from rnnlib.interface import Array, ArrayLike, Params
from rnnlib.models import base
from rnnlib.models.ctc.config import ListenerState
from rnnlib.models.update import Update


class Methods(base.Model):
    """The public methods of every Listener; an engine supplies `_call` (logits, and the frames and
    the hidden state at the end of each sound) and what rnnlib/models/base asks for.
    """

    def init_state(self, batch_size: int) -> ListenerState:
        """What has been heard before anything is: zeros."""
        return self.config.init_state(batch_size)

    def forward(
        self, features: ArrayLike, lengths: ArrayLike, state: ListenerState | None = None
    ) -> tuple[Array, ListenerState]:
        """features (B, T, bands) of these lengths -> logits (B, A, K + 1), and what was heard.

        A sound of n frames has n // stride answers; what stands behind them means nothing.
        """
        features, lengths, state = self.config.check_sounds(features, lengths, state)
        found = self._evaluate(self._call, [features, lengths, *state])
        return found[0], ListenerState(*found[1:])

    def loss_and_grads(
        self, features: ArrayLike, lengths: ArrayLike, targets: Sequence[ArrayLike]
    ) -> tuple[float, Params]:
        """Mean CTC loss of B targets (rows of labels 1 to K), in nats per sound, and its gradient
        {name: array} for every parameter.
        """
        return self._gradients(self._check_batch(features, lengths, targets))

    def train_step(
        self, features: ArrayLike, lengths: ArrayLike, targets: Sequence[ArrayLike], update: Update
    ) -> float:
        """One AdamW update on one batch, as an Update says; the loss before it."""
        return self._train(self._check_batch(features, lengths, targets), update)

    def _check_batch(self, features, lengths, targets):
        features, lengths, state = self.config.check_sounds(features, lengths)
        return [features, lengths, *state, *self.config.check_targets(targets, lengths)]
