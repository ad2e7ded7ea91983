"""The shape of a listener: everything needed to build one, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.config import check_cell
from rnnlib.models.ctc.numpy_ctc import check_labels
from rnnlib.models.parts import Config, Convolution, Dense, Part, Recurrent
from rnnlib.text.padding import check_finite, check_padded


class ListenerState(NamedTuple):
    """What a listener carries from one piece of sound to the next.

    `frames` (B, width - stride, bands) are the last that the convolution will look back at, and
    `hidden` (B, H) is the hidden state of the recurrent layer.
    """

    frames: Array
    hidden: Array


@dataclass(frozen=True)
class ListenerConfig(Config):
    """Sizes of a Listener: frames of `bands` numbers, of which a convolution makes one vector of
    `conv_size` for each `stride`, looking at `width` frames, the newest last; a recurrent layer
    ("rnn" or "gru") of `hidden_size`; and scores for the blank and `labels` labels.

    Nothing looks ahead, so a sound need not have ended. Raises ValueError for anything else.
    """

    bands: int = 40
    labels: int = 10
    conv_size: int = 64
    hidden_size: int = 96
    width: int = 8
    stride: int = 4
    cell: str = "gru"
    dtype: str = "float32"

    family = "listener"

    def __post_init__(self):
        self._check_sizes("bands", "labels", "conv_size", "hidden_size", "width", "stride")
        check_cell(self.cell, self.dtype)
        if self.cell == "lstm":
            raise ValueError('cell must be "rnn" or "gru", for a listener carries h alone.')
        if self.width < self.stride:
            raise ValueError(
                f"width must be at least stride, {self.stride}, not {self.width}: no frame may be "
                "skipped."
            )

    def parts(self) -> list[Part]:
        """The parts of the network, in canonical order."""
        C, H = self.conv_size, self.hidden_size
        return [
            Convolution("conv", self.bands, C, "W_c", "b_c", self.width),
            Recurrent("rnn", self.cell, C, H),
            Dense("out", H, self.labels + 1, "W_hy", "b_y"),
        ]

    def init_state(self, batch_size: int) -> ListenerState:
        """What has been heard before anything is: zeros."""
        check_whole("batch_size", batch_size)
        frames = np.zeros((batch_size, self.width - self.stride, self.bands), self.dtype)
        return ListenerState(frames, np.zeros((batch_size, self.hidden_size), self.dtype))

    def check_sounds(
        self, features: ArrayLike, lengths: ArrayLike, state: ListenerState | None = None
    ) -> tuple[Array, Array, ListenerState]:
        """Return features (B, T, bands), their lengths (B,) and the state: copies.

        Raises ValueError for every shape that does not fit, for numbers that are none within a
        length, and where a piece that others follow does not end with a whole stride.
        """
        found, lengths = check_padded(features, lengths, "features", self.bands)
        features = check_finite(found.astype(self.dtype), "features")
        if lengths.min() < self.stride:
            raise ValueError(
                f"sound {int(lengths.argmin())} has too few frames, {lengths.min()}: the listener "
                f"answers once in {self.stride}. Give a longer one."
            )
        if state is None:
            return features, lengths, self.init_state(len(features))
        if (lengths % self.stride).any():
            raise ValueError(
                f"pieces that follow one another must have a multiple of {self.stride} frames, not "
                f"{lengths.tolist()}: keep what is left over for the next piece."
            )
        expected = self.init_state(len(features))
        state = ListenerState(*(np.array(part, self.dtype) for part in state))
        for name, part, zeros in zip(ListenerState._fields, state, expected, strict=True):
            if part.shape != zeros.shape:
                raise ValueError(
                    f"the state's {name} have the shape {part.shape}, but {len(features)} sounds "
                    f"need {zeros.shape}. Start from init_state({len(features)})."
                )
        return features, lengths, state

    def check_targets(self, targets: Sequence[ArrayLike], lengths: Array) -> tuple[Array, Array]:
        """Return targets, B rows of labels, as one array (B, L) filled with 0, and their lengths.

        Raises ValueError for labels out of range, and rows that need more answers than there are.
        """
        if len(targets) != len(lengths):
            raise ValueError(f"{len(lengths)} sounds need as many targets, not {len(targets)}.")
        pairs = zip(targets, lengths // self.stride, strict=True)
        rows = [check_labels(*pair, self.labels) for pair in pairs]
        counts = np.array([len(row) for row in rows])
        padded = np.zeros((len(rows), max(counts.max(), 1)), np.int64)
        for place, row in zip(padded, rows, strict=True):
            place[: len(row)] = row
        return padded, counts
