"""The shape of a character RNN: everything needed to build one, and nothing else."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnlib.checks import check_choice, check_ids, check_targets, check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.parts import Config, Dense, Part, Recurrent, Table

CELLS = ("rnn", "gru", "lstm")
DTYPES = ("float32", "float64")
MOST_LAYERS = 1000

# Adam's constants, the same in every engine. The betas are rounded to float32 beforehand: Keras
# rounds 0.999 in one place and not in another, which makes its first steps 2e-5 too long.
ADAM_BETAS = (float(np.float32(0.9)), float(np.float32(0.999)))
ADAM_EPSILON = 1e-7


@dataclass(frozen=True)
class ModelConfig(Config):
    """Sizes of a CharRNN: V characters, embedding of E numbers, hidden state of H numbers.

    `cell` is "rnn" (tanh), "gru" or "lstm", in `num_layers` layers, each reading the hidden states
    of the one below; `dtype` is "float32" or "float64". Raises ValueError for anything else.
    """

    vocab_size: int
    embed_size: int
    hidden_size: int
    num_layers: int = 1
    cell: str = "rnn"
    dtype: str = "float32"

    family = "char_rnn"

    def __post_init__(self):
        self._check_sizes("vocab_size", "embed_size", "hidden_size", "num_layers")
        check_layers(self.num_layers)
        check_cell(self.cell, self.dtype)

    def layers(self) -> list[Recurrent]:
        """The recurrent parts, from the bottom up."""
        E, H, found = self.embed_size, self.hidden_size, []
        for layer in range(self.num_layers):
            below, end = (H, f"_l{layer}") if layer else (E, "")
            found.append(Recurrent("rnn", self.cell, below, H, end, f"_l{layer}", f"rnn_l{layer}"))
        return found

    def parts(self) -> list[Part]:
        """Everything that has weights, in canonical order."""
        V, E, H = self.vocab_size, self.embed_size, self.hidden_size
        return [Table("embed", V, E), *self.layers(), Dense("out", H, V, "W_hy", "b_y")]

    @property
    def width(self) -> int:
        """Numbers that a step hands on to the output layer: H."""
        return self.hidden_size

    @property
    def state_size(self) -> int:
        """Numbers that a layer carries from step to step: H, or 2H in an LSTM (h, then c)."""
        return self.hidden_size * (2 if self.cell == "lstm" else 1)

    def init_state(self, batch_size: int) -> Array:
        """A state of zeros, (num_layers, B, state_size)."""
        check_whole("batch_size", batch_size)
        return np.zeros((self.num_layers, batch_size, self.state_size), self.dtype)

    def check_batch(
        self, ids: ArrayLike, state: ArrayLike, targets: ArrayLike | None = None
    ) -> tuple[Array, Array, Any]:
        """Return ids (B, T), state (num_layers, B, state_size) and targets (B, K), K <= T: copies.

        Ids and targets may have any integer type, and come back as int64.
        Raises ValueError for ids out of range and for every shape that does not fit.
        """
        ids = check_ids(ids, self.vocab_size).astype(np.int64)
        if ids.ndim != 2 or ids.size == 0:
            raise ValueError(
                f"ids must have the shape (batch, time) with at least one of each, not {ids.shape}."
                " For a single sequence pass ids[None]."
            )
        expected = (self.num_layers, len(ids), self.state_size)
        try:
            state = np.array(state, self.dtype)
        except (TypeError, ValueError):
            raise ValueError(
                f"the state must be an array of numbers of shape {expected}, not "
                f"{type(state).__name__}. Start from init_state({len(ids)})."
            ) from None
        if state.shape != expected:
            raise ValueError(
                f"the state has the shape {state.shape}, but {len(ids)} sequences need {expected}. "
                f"Start from init_state({len(ids)})."
            )
        if targets is not None:
            targets = check_ids(targets, self.vocab_size).astype(np.int64)
            check_targets(targets, ids.shape)
        return ids, state, targets


def choose_device(device: str | None, gpu: bool) -> str:
    """The device to use, "cpu" or "gpu"; `gpu` says whether there is one, and then it is taken
    unless told otherwise. Raises ValueError for another name, and for a GPU that is missing.
    """
    if device not in (None, "cpu", "gpu"):
        raise ValueError(f'device must be "cpu" or "gpu", not {device!r}.')
    if device == "gpu" and not gpu:
        raise ValueError(
            "this engine finds no GPU here. Leave device out, or install a build of the "
            "framework that supports the card."
        )
    return device or ("gpu" if gpu else "cpu")


def check_layers(num_layers: int) -> None:
    """Raise ValueError above MOST_LAYERS, before anything is made for each of them."""
    if num_layers > MOST_LAYERS:
        raise ValueError(f"num_layers must be at most {MOST_LAYERS}, not {num_layers}.")


def check_cell(cell: str, dtype: str) -> None:
    """Raise ValueError unless these are one of CELLS and one of DTYPES."""
    check_choice("cell", cell, CELLS)
    check_choice("dtype", dtype, DTYPES)
