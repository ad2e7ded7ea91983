"""Text as integers and back: the vocabulary, and the ways to cut a text into training data.

Letters used for shapes in the whole library: N examples, B sequences in a batch, T time steps,
V characters in the vocabulary, S batches in a stream.
"""

import numpy as np


class Vocab:
    """The distinct characters of a text, in sorted order; a character's id is its place in it.

    Raises TypeError unless `text` is a string, ValueError below 2 distinct characters. Chapter 1.
    """

    def __init__(self, text):
        if not isinstance(text, str):
            raise TypeError(f"a vocabulary is made from a string, not from {type(text).__name__}.")
        self.chars = tuple(sorted(set(text)))
        if len(self.chars) < 2:
            raise ValueError(
                f"a vocabulary needs at least 2 distinct characters, and the text {text[:20]!r} "
                f"holds {len(self.chars)}. Give a longer text."
            )
        self._ids = {char: i for i, char in enumerate(self.chars)}

    def __len__(self):
        return len(self.chars)

    def __eq__(self, other):
        return isinstance(other, Vocab) and self.chars == other.chars

    def __hash__(self):
        return hash(self.chars)

    def __repr__(self):
        return f"Vocab({''.join(self.chars)!r})"

    def encode(self, text):
        """Characters to ids: a string of N characters gives int64 (N,).

        Raises TypeError unless `text` is a string, ValueError for a character outside the
        vocabulary.
        """
        if not isinstance(text, str):
            raise TypeError(f"encode takes a string, not {type(text).__name__}.")
        try:
            return np.array([self._ids[char] for char in text], dtype=np.int64)
        except KeyError as error:
            place = text.index(error.args[0])
            raise ValueError(
                f"the text holds {error.args[0]!r} at position {place}, which is not among the "
                f"{len(self)} characters of this vocabulary. Remove it, or make a new vocabulary."
            ) from None

    def decode(self, ids):
        """Ids to characters: integers (N,) give a string of N characters.

        Raises ValueError for ids that are not integers or out of range.
        """
        ids = check_ids(ids, len(self))
        return "".join(self.chars[i] for i in ids.ravel())


def check_ids(ids, vocab_size):
    """Return `ids` as an int64 array; raise ValueError unless all lie in 0 .. vocab_size - 1."""
    ids = _as_integers(ids)
    wrong = ids[(ids < 0) | (ids >= vocab_size)]
    if wrong.size:
        raise ValueError(
            f"id {wrong[0]} is out of range: {vocab_size} characters have the ids 0 to "
            f"{vocab_size - 1}. Encode the text with the vocabulary the model was made for."
        )
    return ids


def check_whole(name, size, least=1):
    """Return `size`; raise ValueError unless it is a whole number of at least `least`."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {size!r}.")
    return int(size)


def one_hot(ids, vocab_size):
    """Integers of any shape (...) to float32 (..., V): a 1 at each id, 0 elsewhere. Chapter 1."""
    return np.eye(vocab_size, dtype=np.float32)[check_ids(ids, vocab_size)]


def make_windows(ids, length):
    """Every window of `length` ids, and the one id that follows each.

    ids (M,) give inputs (M - length, length) and targets (M - length,). Raises ValueError for a
    length below 1, and for a text too short to hold one window and its target. Chapter 1.
    """
    ids = _check_text(ids, check_whole("length", length))
    inputs = np.lib.stride_tricks.sliding_window_view(ids, length)[:-1].copy()
    return inputs, ids[length:]


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


def split_text(text, fraction=0.9):
    """Cut a text (or an array of ids) once: the first `fraction` to train, the rest held out.

    Raises ValueError when either part would be empty. Chapter 1.
    """
    cut = int(len(text) * fraction) if 0 < fraction < 1 else 0
    if not 0 < cut < len(text):
        raise ValueError(
            f"a split at {fraction} of {_count(text)} leaves a part empty. "
            "Use a fraction between 0 and 1, and a longer text."
        )
    return text[:cut], text[cut:]


def check_examples(inputs, targets):
    """Return inputs as (N, T) and targets as (N, K), K <= T; targets (N,) become (N, 1).

    Raises ValueError for every other pair of shapes, and when there is no example.
    """
    inputs, targets = _as_integers(inputs), _as_integers(targets)
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
    """`ids` as an int64 array; an empty list counts as integers, floats and strings do not."""
    try:
        ids = np.asarray(ids)
    except ValueError:  # rows of unequal length
        raise ValueError("ids must be an array of integers whose rows are equally long.") from None
    if ids.size and not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"ids must be integers, not {ids.dtype.name}. Encode the text first.")
    return ids.astype(np.int64)


def _check_text(ids, needed):
    """Return `ids` as int64 (M,); raise ValueError unless `needed` inputs and a target fit in."""
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
