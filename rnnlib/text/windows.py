"""The ways to cut a text into training data.

Letters used for shapes in the whole library: N examples, B sequences in a batch, T time steps,
V characters in the vocabulary, S batches in a stream.
"""

import numpy as np

from rnnlib.checks import _check_text, check_whole


def make_windows(ids, length):
    """Every window of `length` ids, and the one id that follows each.

    ids (M,) give inputs (M - length, length) and targets (M - length,). Raises ValueError for a
    length below 1, and for a text too short to hold one window and its target. Chapter 1.
    """
    ids = _check_text(ids, check_whole("length", length))
    inputs = np.lib.stride_tricks.sliding_window_view(ids, length)[:-1].copy()
    return inputs, ids[length:].copy()


def make_streams(ids, batch_size, length):
    """Cut a text into `batch_size` long rows, and the rows into consecutive pieces of `length`.

    ids (M,) give inputs and targets, both (S, B, T), where targets are the next characters.
    Row b of batch s + 1 continues row b of batch s, so a state can be carried from one to the next.
    The last ids, fewer than B x T of them, that do not fill a whole batch are left out. Raises
    ValueError for sizes below 1, and for a text too short for one batch. Chapter 1.
    """
    needed = check_whole("batch_size", batch_size) * check_whole("length", length)
    ids = _check_text(ids, needed)
    steps = (len(ids) - 1) // needed
    used = steps * needed

    def lay_out(part):
        return part.reshape(batch_size, steps, length).swapaxes(0, 1).copy()

    return lay_out(ids[:used]), lay_out(ids[1 : used + 1])
