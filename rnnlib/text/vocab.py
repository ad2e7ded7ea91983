"""Text as integers and back: the vocabulary of characters, one-hot vectors, a split."""

import numpy as np
from numpy.typing import DTypeLike

from rnnlib.checks import check_ids, count_characters
from rnnlib.interface import Array, ArrayLike

PIECE = 2**18  # characters that encode looks up at once: it takes no more memory for a longer text


class Vocab:
    """The distinct characters of a text, in sorted order; a character's id is its place in it.

    Raises TypeError unless `text` is a string, ValueError below 2 distinct characters.
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
        codes = [ord(char) for char in self.chars]
        self._table = np.full(codes[-1] + 2, len(codes), np.min_scalar_type(len(codes)))
        self._table[codes] = np.arange(len(codes))  # every other character has the number V

    def __len__(self) -> int:
        return len(self.chars)

    def __eq__(self, other):
        return isinstance(other, Vocab) and self.chars == other.chars

    def __hash__(self):
        return hash(self.chars)

    def __repr__(self):
        return f"Vocab({''.join(self.chars)!r})"

    @property
    def smallest_dtype(self) -> np.dtype:
        """The smallest integer type that holds every id: uint8 up to 256 characters."""
        return np.min_scalar_type(len(self) - 1)

    def encode(self, text: str, dtype: DTypeLike = np.int64) -> Array:
        """Characters to ids: a string of N characters gives integers (N,) of type `dtype`.

        A long text takes an eighth of the memory where `dtype` is `smallest_dtype`, and every
        model reads it the same. Raises TypeError unless `text` is a string, ValueError for a
        character outside the vocabulary and for a type that does not hold every id.
        """
        if not isinstance(text, str):
            raise TypeError(f"encode takes a string, not {type(text).__name__}.")
        dtype = np.dtype(dtype)
        if dtype.kind not in "iu" or np.iinfo(dtype).max < len(self) - 1:
            raise ValueError(
                f"dtype must be an integer type that holds the ids 0 to {len(self) - 1}, "
                f"not {dtype}. The smallest is {self.smallest_dtype}."
            )
        ids = np.empty(len(text), dtype)
        for start in range(0, len(text), PIECE):
            piece = text[start : start + PIECE].encode("utf-32-le", "surrogatepass")
            found = self._table.take(np.frombuffer(piece, "<u4"), mode="clip")
            if found.max() == len(self):
                place = start + int(found.argmax())
                raise ValueError(
                    f"the text holds {text[place]!r} at position {place}, which is not among the "
                    f"{len(self)} characters of this vocabulary. Remove it, or make a new "
                    "vocabulary."
                )
            ids[start : start + PIECE] = found
        return ids

    def decode(self, ids: ArrayLike) -> str:
        """Ids to characters: integers (N,) give a string of N characters.

        Raises ValueError for ids that are not integers or out of range.
        """
        ids = check_ids(ids, len(self))
        return "".join(self.chars[i] for i in ids.ravel())


def one_hot(ids: ArrayLike, vocab_size: int) -> Array:
    """Integers of any shape (...) to float32 (..., V): a 1 at each id, 0 elsewhere."""
    return np.eye(vocab_size, dtype=np.float32)[check_ids(ids, vocab_size)]


def split_text(text: str, fraction: float = 0.9) -> tuple[str, str]:
    """Cut a text (or an array of ids) once: the first `fraction` to train, the rest held out.

    Raises ValueError when either part would be empty.
    """
    cut = int(len(text) * fraction) if 0 < fraction < 1 else 0
    if not 0 < cut < len(text):
        raise ValueError(
            f"a split at {fraction} of {count_characters(text)} leaves a part empty. "
            "Use a fraction between 0 and 1, and a longer text."
        )
    return text[:cut], text[cut:]
