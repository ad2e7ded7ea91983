"""The folder of a run: one process at a time has it, and it is made anew where it was removed."""

import os
import platform
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from rnnlib.files import StrPath, lock, make_folder, remove_empty
from rnnlib.models.weights_file import BEST, LAST

LOCK = ".lock"  # says which process has the folder, and is gone when none has
TRIES = 20  # to read the name of the process that has the lock


class RunFolder:
    """A folder that this process has for itself within `with`, for the checkpoints of one run.

    It is made with those above it; those that were made are removed at the end if nothing was put
    in. The lock is the system's, so a process that is killed loses it. Where a network file system
    knows no locks, two processes can still meet. Raises OSError where the folder cannot be made or
    written to, and, with the name of the process, where another one has it.
    """

    def __init__(self, path: StrPath):
        self.path, self._name = Path(path), Path(path) / LOCK
        self._made: list[Path] = []
        self._lock: Any = None

    def __enter__(self):
        if self._take():  # what a save left over when its process was killed goes
            for name in (LAST, BEST):
                for leftover in self.path.glob(f"{name}.*.part"):
                    leftover.unlink(missing_ok=True)
        return self

    def __exit__(self, *_):
        ends = [self._name.unlink] * self.is_held
        if self._lock is not None:
            ends.append(self._lock.close)
        for end in reversed(ends) if os.name == "nt" else ends:  # Windows removes no open file
            with suppress(OSError):
                end()
        self._lock = None
        remove_empty(self._made)
        self._made = []

    @property
    def is_held(self) -> bool:
        """Whether the folder is still there and this process's own."""
        return self._lock is not None and self._is_named(self._lock)

    def mend(self) -> None:
        """Make the folder anew, with a warning, where it was removed since the last save.

        Raises OSError as `with` does, and where another run was begun in the folder meanwhile.
        """
        if self.is_held:
            return
        self._take()
        if (self.path / LAST).exists():
            self.__exit__()
            raise OSError(
                f"{self.path} was removed, and another run was begun there, or its {LOCK} was "
                "removed. Nothing in it is overwritten."
            )
        warnings.warn(
            f"the folder {self.path} was removed while a run was kept there. It is made anew, with "
            "the checkpoints from here on.",
            stacklevel=2,
        )

    def _take(self):
        """Make the folder and get its lock; whether it is one (see files.lock)."""
        for _ in range(50 * TRIES):
            try:
                self._made += make_folder(self.path)
                file = open(self._name, "ab+", buffering=0)  # noqa: SIM115
            except FileNotFoundError:  # another process has just removed it
                continue
            except OSError as error:
                raise OSError(
                    f"the folder {self.path} cannot be made or written to ({error.strerror}). "
                    "Choose another."
                ) from None
            is_locked = lock(file)
            if is_locked is False:
                self._refuse(file)
            if self._is_named(file):
                break
            file.close()  # who had it took it away meanwhile
        else:
            raise OSError(f"the folder {self.path} cannot be locked. Choose another.")
        if self._lock is not None:
            self._lock.close()
        self._lock, now = file, time.strftime("%H:%M")
        with suppress(OSError):  # the lock holds without a name, on a full disk for example
            file.truncate(0)
            file.write(f"process {os.getpid()} on {platform.node()}, since {now}".encode())
        return is_locked

    def _is_named(self, file):
        """Whether an open file is the one that bears the name of the lock."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), os.stat(self._name))
        except OSError:
            return False

    def _refuse(self, file):
        with file:
            for _ in range(TRIES):
                time.sleep(0.05)  # who takes a lock says its name next
                file.seek(0)
                if holder := file.read(200).decode(errors="replace"):
                    break
        raise OSError(
            f"{self.path} is in use: a run is trained there by {holder or 'another process'}. Wait "
            "for its end, stop it, or choose another folder."
        )
