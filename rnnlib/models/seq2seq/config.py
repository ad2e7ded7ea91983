"""The shape of an encoder and decoder, what it is made of, and what it can be given."""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_choice, check_flag, check_ids
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.config import DTYPES
from rnnlib.models.parts import Config, Dense, Part, Recurrent, Table, Vector
from rnnlib.text.padding import check_padded, make_mask

ATTENTIONS = ("none", "additive", "dot", "scaled")


@dataclass(frozen=True)
class Seq2SeqConfig(Config):
    """Sizes of a Seq2Seq: S source symbols, V target symbols, embeddings of E, states of H numbers.

    Encoder and decoder are GRUs. The encoder reads forwards, and with `bidirectional` a second one
    reads backwards; D, the numbers it gives for each source symbol, is H or 2H. `attention` is
    "none" (the decoder knows the encoder's last state alone), "additive", "dot" or "scaled". Beside
    its V symbols the decoder has one more, the mark with the id V: it is read before the first
    symbol, and written after the last. Raises ValueError for anything else.
    """

    source_size: int
    target_size: int
    embed_size: int
    hidden_size: int
    attention: str = "scaled"
    bidirectional: bool = True
    dtype: str = "float32"

    family = "seq2seq"

    def __post_init__(self):
        self._check_sizes("source_size", "target_size", "embed_size", "hidden_size")
        check_choice("attention", self.attention, ATTENTIONS)
        check_choice("dtype", self.dtype, DTYPES)
        check_flag("bidirectional", self.bidirectional)

    def parts(self) -> list[Part]:
        """What it is made of, in canonical order; parts.py knows where each weight stands.

        The readers' weights end in _fwd, _bwd and _dec. `start` leads from the encoder's last state
        to the decoder's first; `key` and `query` are what attention compares, and `out` joins the
        decoder's state with what it found.
        """
        S, V, E, H = self.source_size, self.target_size, self.embed_size, self.hidden_size
        D = self.memory_size
        found: list[Part] = [
            Table("source", S, E, "embed_source"),
            Table("target", V + 1, E, "embed_target"),
        ]
        found += [Recurrent("encoder", "gru", E, H, "_fwd", layer="forwards")]
        if self.bidirectional:
            found += [Recurrent("encoder", "gru", E, H, "_bwd", "_l0_reverse", layer="backwards")]
        found += [Recurrent("decoder", "gru", E, H, "_dec")]
        found += [Dense("start", D, H, "W_start", "b_start")]
        if self.attention != "none":
            found += [Dense("key", D, H, "W_key")]
        if self.attention == "additive":
            found += [Dense("query", H, H, "W_query"), Vector("attend", H, "v")]
        known = H if self.attention == "none" else H + D
        return [
            *found,
            Dense("out", known, H, "W_out", "b_out"),
            Dense("score", H, V + 1, "W_hy", "b_y"),
        ]

    @property
    def mark(self) -> int:
        """The id of the symbol that begins and ends what is written."""
        return self.target_size

    @property
    def memory_size(self) -> int:
        """D, the numbers that the encoder gives for each source symbol."""
        return self.hidden_size * (2 if self.bidirectional else 1)

    @property
    def scale(self) -> float:
        """What the products of queries and keys are multiplied by."""
        return self.hidden_size**-0.5 if self.attention == "scaled" else 1.0

    def check_sources(self, sources: ArrayLike, lengths: ArrayLike) -> tuple[Array, Array]:
        """Return source ids (B, T) and lengths (B,), copies; the ids beyond a length become 0.

        Raises ValueError for a shape or an id that does not fit, and for an empty sequence.
        """
        return _check_padded("source", sources, lengths, self.source_size)

    def check_targets(
        self, targets: ArrayLike, lengths: ArrayLike, rows: int, reads: ArrayLike | None = None
    ) -> tuple[Array, Array, Array]:
        """What the decoder reads, what it is to write, and which of that counts: each (B, U + 1).

        Targets (B, U) and their lengths (B,) come without the mark: it is put before and after.
        `reads` (B, U), where given, is read in place of the targets, and may hold the mark.
        """
        targets, lengths = _check_padded("target", targets, lengths, self.target_size)
        if len(targets) != rows:
            raise ValueError(
                f"there are {rows} sources and {len(targets)} targets. Give one target for each."
            )
        inputs = targets
        if reads is not None:
            inputs = check_ids(reads, self.target_size + 1).astype(np.int64)
        if inputs.shape != targets.shape:
            raise ValueError(
                f"what is read has the shape {inputs.shape}, but targets of shape {targets.shape} "
                "need one symbol for each of theirs."
            )
        mark = np.full((rows, 1), self.mark)
        places = np.arange(targets.shape[1] + 1)
        outputs = np.concatenate([targets, mark], axis=1)
        outputs[places >= lengths[:, None]] = self.mark
        return np.concatenate([mark, inputs], axis=1), outputs, places <= lengths[:, None]

    def check_decoding(
        self, symbols: ArrayLike, state: ArrayLike, memory: "Memory"
    ) -> tuple[Array, Array]:
        """Return symbols (B, K), the mark among them, and a state (B, H), for this memory."""
        symbols = check_ids(symbols, self.target_size + 1).astype(np.int64)
        rows, state = len(memory.lengths), np.array(state, self.dtype)
        if symbols.ndim != 2 or symbols.shape[1] == 0 or len(symbols) != rows:
            raise ValueError(
                f"the symbols have the shape {symbols.shape}, but a memory of {rows} sources needs "
                f"({rows}, K), at least one symbol each. Begin with the mark, {self.mark}."
            )
        if state.shape != (rows, self.hidden_size):
            raise ValueError(
                f"the state has the shape {state.shape}, but {rows} sequences need "
                f"{(rows, self.hidden_size)}. Start from the state that encode returns."
            )
        return symbols, state


@dataclass(frozen=True)
class Memory:
    """What the encoder knows after reading: states (B, T, D), and the lengths (B,) that count."""

    states: Array
    lengths: Array

    @property
    def mask(self) -> Array:
        """Where a symbol was read, (B, T)."""
        return make_mask(self.lengths, self.states.shape[1])

    def take(self, rows: Array) -> "Memory":
        """The memory of these sources, in this order, as often as they are named."""
        return Memory(self.states[rows], self.lengths[rows])


def _check_padded(name: str, ids: ArrayLike, lengths: ArrayLike, size: int) -> tuple[Array, Array]:
    found, lengths = check_padded(ids, lengths, f"{name} ids")
    return check_ids(found, size).astype(np.int64), lengths
