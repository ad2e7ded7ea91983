"""The shape of a sequence model, and the check that a batch fits it."""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_choice, check_flag, check_ids, check_levels
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.config import check_cell, check_layers
from rnnlib.models.parts import Config, Dense, Part, Recurrent, Table
from rnnlib.text.padding import INTEGER, REAL, as_numbers, check_finite, check_padded, make_mask

POOLINGS = ("last", "mean", "max", "attention", "every")
LOSSES = ("cross_entropy", "squares", "gaussian", "quantiles")


@dataclass(frozen=True)
class SequenceConfig(Config):
    """Sizes of a SequenceModel, which reads a sequence and answers with `outputs` numbers.

    A step is one of `vocab_size` ids, embedded in `embed_size` numbers, or a vector of `features`
    numbers. `cell` is "rnn", "gru" or "lstm", of `hidden_size` units, in `num_layers` layers, each
    reading the one below; `bidirectional` ones read from both ends, with as many units each way.
    `pooling` makes one vector of the hidden states: the "last", their "mean" or "max", or the sum
    of them weighted by "attention"; "every" answers at each step instead. `levels` are those of the
    loss "quantiles". Raises ValueError for anything that does not fit.
    """

    outputs: int
    hidden_size: int
    vocab_size: int | None = None
    embed_size: int | None = None
    features: int | None = None
    cell: str = "gru"
    num_layers: int = 1
    bidirectional: bool = False
    pooling: str = "last"
    levels: tuple[float, ...] = ()
    dtype: str = "float32"

    family = "sequence"

    def __post_init__(self):
        reads_ids = self.vocab_size is not None and self.embed_size is not None
        reads_vectors = self.features is not None
        half = (self.vocab_size is None) != (self.embed_size is None)
        if reads_ids == reads_vectors or half:
            raise ValueError(
                "a sequence model reads ids or vectors: give vocab_size and embed_size, or "
                "features, and not both."
            )
        sizes = ("vocab_size", "embed_size") if reads_ids else ("features",)
        self._check_sizes("outputs", "hidden_size", "num_layers", *sizes)
        check_layers(self.num_layers)
        check_cell(self.cell, self.dtype)
        check_flag("bidirectional", self.bidirectional)
        check_choice("pooling", self.pooling, POOLINGS)
        object.__setattr__(self, "levels", check_levels(self.levels, least=0))

    @property
    def width(self) -> int:
        """Numbers in the hidden state that a step hands on: H, or 2H from both directions."""
        return self.hidden_size * (2 if self.bidirectional else 1)

    def recurrent(self) -> list[list[Recurrent]]:
        """The recurrent parts, layer by layer: a list of [forward] or [forward, backward]."""
        return [self._directions(layer) for layer in range(self.num_layers)]

    def _directions(self, layer):
        """The one or two parts of a layer: the second reads from the end."""
        H, below = self.hidden_size, self.width if layer else (self.embed_size or self.features)
        name, end = f"_l{layer}", f"_l{layer}" if layer else ""
        found = [Recurrent("rnn", self.cell, below, H, end, name, f"rnn{name}")]
        if self.bidirectional:
            ends = f"{end}_back", f"{name}_reverse", f"rnn{name}_back"
            found.append(Recurrent("rnn", self.cell, below, H, *ends))
        return found

    def parts(self) -> list[Part]:
        """Everything that has weights, in canonical order."""
        first: list[Part] = []
        if self.vocab_size and self.embed_size:
            first = [Table("embed", self.vocab_size, self.embed_size)]
        middle = [part for ways in self.recurrent() for part in ways]
        pool = [Dense("attention", self.width, 1, "W_a")] if self.pooling == "attention" else []
        return [*first, *middle, *pool, Dense("out", self.width, self.outputs, "W_hy", "b_y")]

    def check_inputs(self, inputs: ArrayLike, lengths: ArrayLike) -> tuple[Array, Array]:
        """Return inputs (B, T) or (B, T, F) with zeros in the padding, and lengths (B,): copies.

        What stands in the padding may be anything. Raises ValueError for ids out of range, for
        numbers that are not finite, and for every shape and length that does not fit.
        """
        found, lengths = check_padded(inputs, lengths, "inputs", self.features)
        if self.vocab_size:
            return check_ids(found, self.vocab_size).astype(np.int64), lengths
        return check_finite(found.astype(self.dtype), "inputs"), lengths

    def check_targets(
        self, targets: ArrayLike, shape: tuple[int, ...], lengths: Array, loss: str
    ) -> Array:
        """Return the targets that a loss compares the answers to, with zeros in the padding.

        Classes (B,) or, at every step, (B, T) for "cross_entropy"; else real numbers (B, n) or
        (B, T, n), where the outputs are n, for "gaussian" 2n, for "quantiles" n times the levels.
        Raises ValueError for another loss and for targets that do not fit.
        """
        check_choice("loss", loss, LOSSES)
        steps = tuple(shape[:2]) if self.pooling == "every" else (shape[0],)
        classes = loss == "cross_entropy"
        wanted = steps if classes else (*steps, self._target_size(loss))
        found = as_numbers(targets, "targets", INTEGER if classes else REAL)
        if found.shape != wanted:
            raise ValueError(
                f"targets have the shape {found.shape}, but the loss {loss!r} of this model and "
                f"batch needs {wanted}."
            )
        if self.pooling == "every":
            mask = make_mask(lengths, shape[1])
            found = np.where(mask if classes else mask[..., None], found, 0)
        if not classes:
            return check_finite(found.astype(self.dtype), "targets")
        if found.min() < 0 or found.max() >= self.outputs:
            wrong = found[(found < 0) | (found >= self.outputs)]
            raise ValueError(
                f"class {wrong[0]} is unknown: this model tells {self.outputs} classes apart, "
                f"0 to {self.outputs - 1}."
            )
        return found.astype(np.int64)

    def _target_size(self, loss):
        """How many real numbers a target holds."""
        if loss == "quantiles" and not self.levels:
            raise ValueError('the loss "quantiles" needs levels in the configuration.')
        share = {"squares": 1, "gaussian": 2, "quantiles": len(self.levels)}[loss]
        if self.outputs % share:
            raise ValueError(
                f"{self.outputs} outputs cannot be shared out: the loss {loss!r} reads {share} "
                "for each number of a target."
            )
        return self.outputs // share
