"""Every refusal in one place: whole numbers, ids, rows and examples."""

import numpy as np


def check_ids(ids, vocab_size, dtype=np.int64):
    """Return `ids` as an int64 array; raise ValueError unless all lie in 0 .. vocab_size - 1.

    With dtype=None they stay as wide as they are, for a long text in bytes.
    """
    ids = _as_integers(ids)
    wrong = ids[(ids < 0) | (ids >= vocab_size)]
    if wrong.size:
        raise ValueError(
            f"id {wrong[0]} is out of range: {vocab_size} characters have the ids 0 to "
            f"{vocab_size - 1}. Encode the text with the vocabulary the model was made for."
        )
    return ids if dtype is None else ids.astype(dtype)


def check_whole(name, size, least=1):
    """Return `size`; raise ValueError unless it is a whole number of at least `least`."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {size!r}.")
    return int(size)


def check_examples(inputs, targets):
    """Return inputs as (N, T) and targets as (N, K), K <= T; targets (N,) become (N, 1).

    Raises ValueError for every other pair of shapes, and when there is no example.
    """
    inputs, targets = (_as_integers(ids).astype(np.int64) for ids in (inputs, targets))
    if targets.ndim == 1:
        targets = targets[:, None]
    if inputs.ndim != 2 or inputs.size == 0:
        raise ValueError(
            f"inputs must have the shape (examples, time) with at least one of each, "
            f"not {inputs.shape}. For a single sequence pass inputs[None]."
        )
    if (
        targets.ndim != 2
        or len(targets) != len(inputs)
        or not 0 < targets.shape[1] <= inputs.shape[1]
    ):
        raise ValueError(
            f"targets have the shape {targets.shape}, but inputs of shape {inputs.shape} need "
            f"({len(inputs)},) or ({len(inputs)}, K), K at most {inputs.shape[1]}."
        )
    return inputs, targets


def _as_integers(ids):
    """`ids` as an array of integers; an empty list counts as one, floats and strings do not."""
    try:
        ids = np.asarray(ids)
    except ValueError:  # rows of unequal length
        raise ValueError("ids must be an array of integers whose rows are equally long.") from None
    if ids.size and not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"ids must be integers, not {ids.dtype.name}. Encode the text first.")
    return ids if ids.size else ids.astype(np.int64)


def _check_text(ids, needed):
    """Return `ids` (M,); raise ValueError unless `needed` inputs and a target fit in."""
    ids = _as_integers(ids)
    if ids.ndim != 1:
        raise ValueError(f"ids must be one long row of shape (M,), not {ids.shape}.")
    if len(ids) <= needed:
        raise ValueError(
            f"the text has {_count(ids)}, too few for {needed} inputs and the target "
            f"after them. Give at least {needed + 1} characters, or ask for shorter pieces."
        )
    return ids


def _count(text):
    return f"{len(text)} character{'' if len(text) == 1 else 's'}"


def check_loss(loss, step):
    """The loss, unless it is no longer a number."""
    if not np.isfinite(loss):
        raise ValueError(
            f"the loss became {loss} at step {step}. Start again with a smaller learning rate."
        )
    return loss
