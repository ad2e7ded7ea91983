"""The ways to cut a text into training data.

Letters used for shapes in the whole library: N examples, B sequences in a batch, T time steps,
V characters in the vocabulary, S batches in a stream.
"""

from typing import Any

import numpy as np

from rnnlib.checks import check_text, check_whole
from rnnlib.interface import Array, ArrayLike
from rnnlib.text.shards import Part


def make_windows(ids: ArrayLike, length: int) -> tuple[Array, Array]:
    """Every window of `length` ids, and the one id that follows each.

    ids (M,) give inputs (M - length, length) and targets (M - length,), of the same integer type.
    Raises ValueError for a length below 1, and for a text too short for a window and its target.
    """
    ids = check_text(ids, check_whole("length", length))
    inputs = np.lib.stride_tricks.sliding_window_view(ids, length)[:-1].copy()
    return inputs, ids[length:].copy()


def make_streams(ids: ArrayLike, batch_size: int, length: int) -> tuple[Array, Array]:
    """Cut a text into `batch_size` long rows, and the rows into consecutive pieces of `length`.

    ids (M,) give inputs and targets, both (S, B, T) and of the same integer type, where targets are
    the next characters. Row b of batch s + 1 continues row b of batch s, so a state can be carried
    from one to the next. The last ids, fewer than B x T of them, that do not fill a whole batch are
    left out. Raises ValueError for sizes below 1, and for a text too short for one batch.
    """
    streams = Streams(ids, batch_size, length)
    inputs, targets = zip(*(streams[s] for s in range(len(streams))), strict=True)
    return np.stack(inputs), np.stack(targets)


class Streams:
    """What make_streams gives, batch by batch: each is cut when it is asked for, and no sooner.

    `ids` is an array (M,), or a Part of Shards. len() is S, and streams[s] are the inputs
    and targets of batch s, both (B, T), or of those `rows` of it that are asked for. Raises
    ValueError as make_streams does.
    """

    def __init__(
        self, ids: ArrayLike | Part, batch_size: int, length: int, rows: slice = slice(None)
    ):
        needed = check_whole("batch_size", batch_size) * check_whole("length", length)
        if not isinstance(ids, Part):
            ids = check_text(ids, needed)
        elif len(ids) <= needed:
            check_text(ids[:], needed)
        self._ids: Any = ids
        self._length = length
        self._steps = (len(ids) - 1) // needed
        self._starts = range(0, batch_size * self._steps * length, self._steps * length)[rows]

    def __len__(self):
        return self._steps

    def __getitem__(self, s):
        first, T = range(self._steps)[s] * self._length, self._length
        read = np.stack([self._ids[b + first : b + first + T + 1] for b in self._starts])
        return read[:, :-1], read[:, 1:]

    def begin_anew(self, s: int) -> list[bool]:
        """For each row, whether another text begins in it after batch s - 1 does, and not after
        batch s does; `ids` must be a Part.
        """
        place = s * self._length
        return [self._ids.begins(b + place - self._length, b + place) for b in self._starts]
