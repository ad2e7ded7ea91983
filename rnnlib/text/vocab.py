"""Text as integers and back: the vocabulary."""

import numpy as np
from numpy.typing import ArrayLike

from rnnlib.checks import _count, check_ids


class Vocab:
    """The distinct characters of a text, in sorted order; a character's id is its place in it.

    Raises TypeError unless `text` is a string, ValueError below 2 distinct characters. Chapter 1.
    """

    def __init__(self, text: str):
        if not isinstance(text, str):
            raise TypeError(f"a vocabulary is made from a string, not from {type(text).__name__}.")
        self.chars = tuple(sorted(set(text)))
        if len(self.chars) < 2:
            raise ValueError(
                f"a vocabulary needs at least 2 distinct characters, and the text {text[:20]!r} "
                f"holds {len(self.chars)}. Give a longer text."
            )
        self._ids = {char: i for i, char in enumerate(self.chars)}

    def __len__(self) -> int:
        return len(self.chars)

    def __eq__(self, other):
        return isinstance(other, Vocab) and self.chars == other.chars

    def __hash__(self):
        return hash(self.chars)

    def __repr__(self):
        return f"Vocab({''.join(self.chars)!r})"

    def encode(self, text: str) -> np.ndarray:
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

    def decode(self, ids: ArrayLike) -> str:
        """Ids to characters: integers (N,) give a string of N characters.

        Raises ValueError for ids that are not integers or out of range.
        """
        ids = check_ids(ids, len(self))
        return "".join(self.chars[i] for i in ids.ravel())


def one_hot(ids: ArrayLike, vocab_size: int) -> np.ndarray:
    """Integers of any shape (...) to float32 (..., V): a 1 at each id, 0 elsewhere. Chapter 1."""
    return np.eye(vocab_size, dtype=np.float32)[check_ids(ids, vocab_size)]


def split_text(text: str, fraction: float = 0.9) -> tuple[str, str]:
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
