"""The text of a command: read, brought to one form, and turned into ids that take little memory."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnlib.cli.shared import count_characters
from rnnlib.data.texts import load_corpus
from rnnlib.files import sha256
from rnnlib.text.shards import CONTENTS, Part, Shards
from rnnlib.text.vocab import Vocab, split_text

NAMES = ("shakespeare", "pangram")
PIECE = 1_000_000  # characters at most that are looked at for their form


def read(name, normalize=None):
    """The text called `name`, in normal form C where that is asked for ("nfc").

    Raises as load_corpus does, and ValueError for a device, whose text may never end.
    """
    if name not in NAMES and (Path(name).is_char_device() or Path(name).is_block_device()):
        raise ValueError(f"{name} is a device. Give the path of a UTF-8 text file.")
    return normalized(load_corpus(name), normalize)


def normalized(text, form):
    """The text in normal form C where `form` is "nfc"; as it is where it is None."""
    return text if form is None else unicodedata.normalize(form.upper(), text)


def locate(name):
    """What finds the text again from any folder: its name, or the whole path of its file."""
    return name if name in NAMES else str(Path(name).resolve())


def open_source(name, normalize=None):
    """The text called `name` as train reads it: whole, or out of a folder of shards."""
    if (Path(name) / CONTENTS).exists():
        if normalize:
            raise ValueError("shards keep their form: normalize the texts, then make them again.")
        return ShardSource(Shards(name))
    if Path(name).is_fifo():
        raise ValueError(f"{name} is a pipe, and train reads its text again at --resume. Save it.")
    return TextSource(read(name, normalize))


class TextSource:
    """A text in memory: its vocabulary, how many characters it has, and a fingerprint of it."""

    def __init__(self, text):
        if len(set(text)) == 1:
            raise ValueError(
                f"the text is {count_characters(text)} long and holds none but {text[0]!r}. Give "
                "one with at least 2 distinct characters."
            )
        self._text, self.vocab, self.count = text, Vocab(text), len(text)

    @property
    def digest(self):
        return text_hash(self._text)

    def prepare(self, vocab, fraction):
        """The Material, in the ids of a vocabulary that has all its characters."""
        return prepare(self._text, vocab, fraction)


class ShardSource:
    """The same of a text in shards, of which memory holds what is being read."""

    def __init__(self, shards):
        self._shards, self.vocab, self.count = shards, shards.vocab, len(shards)
        self.digest = shards.fingerprint

    def prepare(self, vocab, fraction):
        """The Material, as that of a text."""
        used = vocab.encode("".join(self.vocab.chars), vocab.smallest_dtype)
        cut = self.count if fraction == 1 else len(split_text(range(self.count), fraction)[0])
        table = None if vocab == self.vocab else used
        ids, rest = (self._shards.part(*ends, table) for ends in ((0, cut), (cut, self.count)))
        first = self.vocab.decode(self._shards[:PIECE])
        return Material(ids, rest if len(rest) else None, used, tuple(_find_oddities(first)))


def text_hash(text):
    """The SHA-256 of a text."""
    return sha256(text.encode())


@dataclass(frozen=True)
class Material:
    """A text as ids: the part to train on, the part held out or None, and what is odd about it.

    `used` are the ids that the text has: all, unless the vocabulary is that of an older model too.
    """

    ids: np.ndarray
    held_out: np.ndarray | None
    used: np.ndarray
    oddities: tuple = ()

    def counted(self):
        """(ids, held_out, V) in the alphabet of the text alone."""
        parts, V = (self.ids, self.held_out), len(self.used)
        if self.used[-1] >= V:  # the vocabulary has more
            places = np.zeros(self.used[-1] + 1, np.min_scalar_type(V))
            places[self.used] = np.arange(V)
            parts = (None if part is None else _look_up(part, places) for part in parts)
        return *parts, V


def _look_up(part, table):
    return part.mapped(table) if isinstance(part, Part) else table[part]


def prepare(text, vocab, fraction):
    """The Material of a text. Raises ValueError where a part would be empty."""
    ids = vocab.encode(text, vocab.smallest_dtype)
    part, held_out = (ids, None) if fraction == 1 else split_text(ids, fraction)
    used = vocab.encode("".join(sorted(set(text))))
    return Material(part, held_out, used, tuple(_find_oddities(text[:PIECE])))


def _find_oddities(text):
    """Sentences on what will show in what the model writes."""
    if "\n" not in text:
        yield (
            f"the text has no line breaks, so the model learns none. Without a --prompt, write "
            f"begins after {min(text)!r}, the first of its characters in order."
        )
    if not any(unicodedata.is_normalized(form, text) for form in ("NFC", "NFD")):
        yield (
            "letters with marks stand in the text in two ways, as one character and as two, and "
            "the model has to learn both. Add --normalize nfc to make them one."
        )
