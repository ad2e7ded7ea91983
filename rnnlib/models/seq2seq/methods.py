"""What can be asked of an encoder and decoder in every engine: arrays are checked, then computed.

Shapes: B pairs, T source symbols, U target symbols, K symbols read by the decoder (U + 1 with the
mark), V target symbols, H hidden units, D numbers in a state of the encoder.
"""

from typing import Any

from rnnlib.interface import Array, ArrayLike, Params
from rnnlib.models import base
from rnnlib.models.seq2seq.config import Memory
from rnnlib.models.update import Update


class Methods(base.Model):
    """The methods of a Seq2Seq, built from a Seq2SeqConfig; its engine supplies _encode, _decode,
    _call (logits and attention weights) and the gradients.
    """

    _encode: Any  # the encoder's states (B, T, D), 0 at padding, and the decoder's first (B, H)
    _decode: Any  # logits (B, K, V + 1), the last state (B, H), attention weights (B, K, T)

    def encode(self, sources: ArrayLike, lengths: ArrayLike) -> tuple[Memory, Array]:
        """Sources (B, T) and lengths (B,) -> what the encoder knows, and a first state (B, H)."""
        arrays = self.config.check_sources(sources, lengths)
        states, state = self._evaluate(self._encode, arrays)
        return Memory(states, arrays[1]), state

    def decode(
        self, symbols: ArrayLike, state: ArrayLike, memory: Memory
    ) -> tuple[Array, Array, Array]:
        """Symbols (B, K) -> logits (B, K, V + 1), last state, and attention weights (B, K, T).

        The first symbol is the mark, the state that of `encode`; both go on from the call before.
        Without attention all weights are 0.
        """
        symbols, state = self.config.check_decoding(symbols, state, memory)
        return self._evaluate(self._decode, [symbols, state, memory.states, memory.mask])

    def forward(
        self,
        sources: ArrayLike,
        lengths: ArrayLike,
        targets: ArrayLike,
        target_lengths: ArrayLike,
        reads: ArrayLike | None = None,
    ) -> tuple[Array, Array]:
        """Logits (B, U + 1, V + 1) and weights (B, U + 1, T) of a decoder that reads the targets.

        This is teacher forcing. Targets (B, U) have no mark: it is read before them. What stands
        behind the end of a target means nothing. `reads` (B, U), where given, is read instead.
        """
        arrays = self._checked(sources, lengths, targets, target_lengths, reads)
        return self._evaluate(self._call, arrays[:3])

    def loss_and_grads(
        self,
        sources: ArrayLike,
        lengths: ArrayLike,
        targets: ArrayLike,
        target_lengths: ArrayLike,
        reads: ArrayLike | None = None,
    ) -> tuple[float, Params]:
        """Mean cross-entropy of the targets and the mark behind each, in nats per symbol.

        Returns the loss and its gradient {name: array} for every parameter.
        """
        return self._gradients(self._checked(sources, lengths, targets, target_lengths, reads))

    def train_step(
        self,
        sources: ArrayLike,
        lengths: ArrayLike,
        targets: ArrayLike,
        target_lengths: ArrayLike,
        update: Update,
        reads: ArrayLike | None = None,
    ) -> float:
        """One AdamW update on one batch, as an Update says; returns the loss before it."""
        arrays = self._checked(sources, lengths, targets, target_lengths, reads)
        return self._train(arrays, update)

    def _checked(self, sources, lengths, targets, target_lengths, reads):
        sources, lengths = self.config.check_sources(sources, lengths)
        given = self.config.check_targets(targets, target_lengths, len(sources), reads)
        return [sources, lengths, *given]
