"""A text as training reads it, whole or in shards: its alphabet, its parts as ids, and what it is
known again by.
"""

from dataclasses import dataclass

import numpy as np

from rnnlib.files import sha256
from rnnlib.text.shards import Part, Shards
from rnnlib.text.vocab import Vocab, split_text

PIECE = 1_000_000  # characters of a long text that are looked at


@dataclass(frozen=True)
class Material:
    """A text as ids: the part to train on (N,), and the part held out (M,) or None.

    `used` are the ids that the text has: all, unless the vocabulary is that of an older model too.
    """

    ids: np.ndarray | Part
    held_out: np.ndarray | Part | None
    used: np.ndarray

    def counted(self) -> tuple:
        """(ids, held_out, V) in the alphabet of the text alone."""
        V = len(self.used)
        if self.used[-1] < V:
            return self.ids, self.held_out, V
        places = np.zeros(int(self.used[-1]) + 1, np.min_scalar_type(V))  # the vocabulary has more
        places[self.used] = np.arange(V)
        held_out = None if self.held_out is None else _look_up(self.held_out, places)
        return _look_up(self.ids, places), held_out, V


def _look_up(part, table):
    return part.mapped(table) if isinstance(part, Part) else table[part]


class TextSource:
    """A text in memory: its vocabulary, how many characters it has, its beginning, a fingerprint.

    Raises ValueError for a text of less than 2 distinct characters.
    """

    def __init__(self, text: str):
        self._text = text
        self.vocab = Vocab(text)
        self.count = len(text)
        self.beginning = text[:PIECE]
        self.digest = sha256(text.encode())

    def prepare(self, vocab: Vocab, fraction: float) -> Material:
        """The Material, in the ids of a vocabulary that has all its characters: the first
        `fraction` to train on, the rest held out. Raises ValueError where a part would be empty.
        """
        used = vocab.encode("".join(self.vocab.chars), vocab.smallest_dtype)
        part = self._parts(vocab, used)
        if fraction == 1:
            return Material(part(0, self.count), None, used)
        cut = len(split_text(range(self.count), fraction)[0])  # type: ignore[arg-type]
        return Material(part(0, cut), part(cut, self.count), used)

    def _parts(self, vocab, used):
        ids = vocab.encode(self._text, vocab.smallest_dtype)
        return lambda start, end: ids[start:end]


class ShardSource(TextSource):
    """The same of a text in shards, of which memory holds what is being read."""

    def __init__(self, shards: Shards):
        self._shards = shards
        self.vocab = shards.vocab
        self.count = len(shards)
        self.beginning = shards.vocab.decode(shards[:PIECE])
        self.digest = shards.fingerprint

    def _parts(self, vocab, used):
        table = None if vocab == self.vocab else used
        return lambda start, end: self._shards.part(start, end, table)
