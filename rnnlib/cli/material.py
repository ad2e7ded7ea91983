"""The text of a command: read, brought to one form, and turned into ids that take little memory."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnlib.corpus.texts import load_corpus
from rnnlib.files import sha256
from rnnlib.text.vocab import split_text

NAMES = ("shakespeare", "pangram")
PIECE = 1_000_000  # characters at most that are looked at for their form


def read(name, normalize=None):
    """The text called `name`, in normal form C where that is asked for ("nfc")."""
    return normalized(load_corpus(name), normalize)


def normalized(text, form):
    """The text in normal form C where `form` is "nfc"; as it is where it is None."""
    return text if form is None else unicodedata.normalize(form.upper(), text)


def locate(name):
    """What finds the text again from any folder: its name, or the whole path of its file."""
    return name if name in NAMES else str(Path(name).resolve())


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
            places = np.zeros(self.used[-1] + 1, self.ids.dtype)
            places[self.used] = np.arange(V)
            parts = (None if part is None else places[part] for part in parts)
        return *parts, V


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
