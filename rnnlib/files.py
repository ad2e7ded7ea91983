"""Files that appear whole or not at all, and files that one process at a time has for itself."""

import errno
import hashlib
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

StrPath = str | os.PathLike[str]
TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # what a lock says that another process has
FAR = 2**30  # a place behind what a locked file says: Windows lets nobody read a locked byte


def write_atomically(path: StrPath, data: bytes) -> None:
    """Write bytes beside `path` and move them there, so that `path` never holds a part of them.

    They are on the disk before they are moved, and the move is on it before this returns: a power
    cut leaves the file of before or the new one. Raises OSError where that cannot be done; then
    `path` is as it was.
    """
    temporary = Path(f"{path}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        _sync(temporary, os.O_RDWR)
        temporary.replace(path)
    finally:
        with suppress(OSError):  # it is gone already when all went well
            temporary.unlink()
    sync_folder(temporary.parent)


def sync_folder(folder: StrPath) -> None:
    """Bring the names in a folder to the disk, where the system can: Windows opens no folder."""
    with suppress(OSError):
        _sync(folder, os.O_RDONLY)


def make_folder(folder: StrPath) -> list[Path]:
    """Make a folder that stays after a power cut; returns those that were made, the deepest first.

    Raises OSError where it cannot be made; then nothing is.
    """
    made: list[Path] = []
    folder = Path(folder)
    missing = [path for path in (folder, *folder.absolute().parents) if not os.path.exists(path)]
    try:
        for path in reversed(missing or [folder]):
            path.mkdir(exist_ok=True)
            made = [path, *made]
            sync_folder(path.parent)
    except OSError:
        remove_empty(made)
        raise
    return made if missing else []


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove those of some folders, the deepest first, in which nothing lies."""
    for path in folders:
        with suppress(OSError):
            path.rmdir()


def _sync(path, mode):
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(file: Any) -> bool | None:
    """Whether this process now has an open file for itself, until it closes it or ends, by kill -9
    too; None where the file system knows no locks, as some network ones do not.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in TAKEN else None
    return True


def sha256(data: bytes) -> str:
    """The fingerprint of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
