"""Text as integers and back: the vocabulary, and the ways to cut a text into training data.

Letters used for shapes in the whole library: N examples, B sequences in a batch, T time steps,
V characters in the vocabulary, S batches in a stream.
"""

import numpy as np


class Vocab:
    """The distinct characters of a text, in sorted order; a character's id is its place in it.

    Chapter 1 builds it.
    """

    def __init__(self, text):
        if not isinstance(text, str):
            raise TypeError(f"a vocabulary is made from a string, not from {type(text).__name__}.")
        self.chars = tuple(sorted(set(text)))
        if len(self.chars) < 2:
            raise ValueError(
                f"the text {text[:20]!r} holds {len(self.chars)} distinct characters; "
                "a vocabulary needs at least 2. Give a longer text."
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

        Raises ValueError for a character outside the vocabulary.
        """
        try:
            return np.array([self._ids[char] for char in text], dtype=np.int64)
        except KeyError as error:
            place = text.index(error.args[0])
            raise ValueError(
                f"the text holds {error.args[0]!r} at position {place}, which is not among the "
                f"{len(self)} characters of this vocabulary. Remove it, or make a new vocabulary."
            ) from None

    def decode(self, ids):
        """Ids to characters: integers (N,) give a string of N characters."""
        ids = check_ids(ids, len(self))
        return "".join(self.chars[i] for i in ids.ravel())


def check_ids(ids, vocab_size):
    """Return `ids` as an int64 array; raise ValueError unless all lie in 0 .. vocab_size - 1."""
    ids = np.asarray(ids)
    if ids.size == 0:
        return ids.astype(np.int64)
    if not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"ids must be integers, not {ids.dtype}. Encode the text with a Vocab.")
    low, high = ids.min(), ids.max()
    if low < 0 or high >= vocab_size:
        wrong = low if low < 0 else high
        raise ValueError(
            f"id {wrong} is out of range: {vocab_size} characters have the ids 0 to "
            f"{vocab_size - 1}. Encode the text with the vocabulary the model was made for."
        )
    return ids.astype(np.int64)


def one_hot(ids, vocab_size):
    """Integers of any shape (...) to float32 (..., V): a 1 at each id, 0 elsewhere. Chapter 1."""
    return np.eye(vocab_size, dtype=np.float32)[check_ids(ids, vocab_size)]


def make_windows(ids, length):
    """Every window of `length` ids, and the one id that follows each.

    ids (M,) give inputs (M - length, length) and targets (M - length,). Chapter 1.
    """
    ids = np.asarray(ids)
    _check_length(ids, length)
    inputs = np.lib.stride_tricks.sliding_window_view(ids, length)[:-1].copy()
    return inputs, ids[length:].copy()


def make_streams(ids, batch_size, length):
    """Cut a text into `batch_size` long rows, and the rows into consecutive pieces of `length`.

    ids (M,) give inputs and targets, both (S, B, T), where targets are the next characters.
    Row b of batch s + 1 continues row b of batch s, so a state can be carried from one to the next.
    The characters that do not fill a last whole piece are left out. Chapter 1.
    """
    ids = np.asarray(ids)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}.")
    _check_length(ids, length * batch_size)
    steps = (len(ids) - 1) // (batch_size * length)
    used = steps * batch_size * length

    def lay_out(part):
        return part.reshape(batch_size, steps, length).swapaxes(0, 1).copy()

    return lay_out(ids[:used]), lay_out(ids[1 : used + 1])


def split_text(text, fraction=0.9):
    """Cut a text (or an array of ids) once: the first `fraction` to train, the rest held out.

    Raises ValueError when either part would be empty. Chapter 1.
    """
    cut = int(len(text) * fraction)
    if not 0 < cut < len(text):
        raise ValueError(
            f"a split at {fraction} of {len(text)} characters leaves a part empty. "
            "Use a fraction between 0 and 1, and a longer text."
        )
    return text[:cut], text[cut:]


def _check_length(ids, length):
    if length < 1:
        raise ValueError(f"the length must be at least 1, not {length}.")
    if len(ids) <= length:
        raise ValueError(
            f"the text has {len(ids)} characters, too few for {length} inputs and one target. "
            f"Give at least {length + 1} characters, or ask for shorter pieces."
        )
