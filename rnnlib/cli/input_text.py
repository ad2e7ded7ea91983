"""The text of a command: found, read, brought to one form, and looked at for what is odd."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from rnnlib.data.texts import load_corpus
from rnnlib.text.shards import CONTENTS, Shards
from rnnlib.training.text_source import ShardSource, TextSource

NAMES = ("shakespeare", "pangram")


def read(name: str, normalize: str | None = None) -> str:
    """The text called `name`, in normal form C where that is asked for ("nfc").

    Raises as load_corpus does, and ValueError for a device, whose text may never end.
    """
    if name not in NAMES and (Path(name).is_char_device() or Path(name).is_block_device()):
        raise ValueError(f"{name} is a device. Give the path of a UTF-8 text file.")
    return normalized(load_corpus(name), normalize)


def normalized(text: str, form: str | None) -> str:
    """The text in normal form C where `form` is "nfc"; as it is where it is None."""
    return text if form is None else unicodedata.normalize(form.upper(), text)  # type: ignore[arg-type]


def locate(name: str) -> str:
    """What finds the text again from any folder: its name, or the whole path of its file."""
    return name if name in NAMES else str(Path(name).resolve())


def open_source(name: str, normalize: str | None = None) -> TextSource:
    """The text called `name` as train reads it: whole, or out of a folder of shards."""
    if (Path(name) / CONTENTS).exists():
        if normalize:
            raise ValueError("shards keep their form: normalize the texts, then make them again.")
        return ShardSource(Shards(name))
    if Path(name).is_fifo():
        raise ValueError(f"{name} is a pipe, and train reads its text again at --resume. Save it.")
    return TextSource(read(name, normalize))


def find_oddities(text: str) -> Iterator[str]:
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
