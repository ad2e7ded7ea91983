"""The folder of a run: one process at a time has it, and what is removed from it is put back."""

import os
import platform
import time
import warnings
from contextlib import suppress
from pathlib import Path

from rnnlib.files import lock, make_folder, remove_empty, write_atomically
from rnnlib.models.weights_file import BEST, LAST

LOCK = ".lock"  # says which process has the folder, and is gone when none has
TRIES = 20  # to read the name of the process that has the lock, or to make what others remove


class RunFolder:
    """A folder that this process has for itself within `with`, for the checkpoints of one run.

    It is made with those above it; those that were made are removed at the end if nothing was put
    in. The lock is the system's, so a process that is killed loses it. Where a network file system
    knows no locks, two processes can still meet. Raises OSError where the folder cannot be made or
    written to, and, with the name of the process, where another one has it.
    """

    def __init__(self, path):
        self.path, self._name = Path(path), Path(path) / LOCK
        self._depth, self._made, self._lock = 0, [], None
        self._best, self._last = None, None  # the best file, still open, and what tells the last

    def __enter__(self):
        if self._depth == 0:
            if self._take():
                self._clear()
            self.note(BEST)
        self._depth += 1
        return self

    def __exit__(self, *_):
        self._depth -= 1
        if self._depth == 0:
            self._free()

    @property
    def is_held(self):
        """Whether the folder is still there and this process's own."""
        return self._lock is not None and _identify(self._lock.fileno()) == _identify(self._name)

    def note(self, name):
        """Remember a file that was just saved, so that it is known again or can be put back."""
        path = self.path / name
        if name == LAST:
            self._last = _describe(path)
        elif os.name != "nt" and path.is_file():  # Windows removes no open file
            self._close_best()
            self._best = open(path, "rb")  # noqa: SIM115

    def mend(self):
        """Put back what was removed since it was written: the folder itself, and the best file.

        Raises OSError as `with` does, and where another run was begun in the folder meanwhile.
        """
        if not self.is_held:
            is_gone = not self.path.exists()
            self._take()
            if _describe(self.path / LAST) not in (None, self._last):
                self._free()
                raise OSError(
                    f"{self.path} was removed, and another run was begun there. Nothing of that "
                    "run is overwritten."
                )
            if is_gone:
                warnings.warn(
                    f"the folder {self.path} was removed while a run was kept there. It is made "
                    "anew, with its checkpoints.",
                    stacklevel=2,
                )
        if self._best is not None and not (self.path / BEST).exists():
            self._best.seek(0)
            write_atomically(self.path / BEST, self._best.read())
            self.note(BEST)

    def _take(self):
        """Make the folder and get its lock; whether it is one (see files.lock)."""
        for _ in range(50 * TRIES):
            file = self._open_lock()
            is_locked = lock(file)
            if is_locked is False:
                self._refuse(file)
            if _identify(file.fileno()) == _identify(self._name):
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

    def _open_lock(self):
        for _ in range(TRIES):
            try:
                self._made += make_folder(self.path)
                return open(self._name, "ab+", buffering=0)
            except OSError as error:
                problem = error
                if not isinstance(error, FileNotFoundError):  # that is: removed by another process
                    break
        reason, what = problem.strerror, "made"
        if os.path.isdir(self.path):
            what = "written to"
        elif os.path.exists(self.path):
            reason = f"{self.path} is a file"
        elif os.path.lexists(self.path):
            reason = f"{self.path} is a link that leads nowhere"
        raise OSError(f"the folder {self.path} cannot be {what} ({reason}). Choose another.")

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

    def _clear(self):
        """Remove what a save left over when its process was killed."""
        for name in (LAST, BEST):
            for leftover in self.path.glob(f"{name}.*.part"):
                leftover.unlink(missing_ok=True)

    def _free(self):
        self._close_best()
        ends = [self._name.unlink] * self.is_held
        if self._lock is not None:
            ends.append(self._lock.close)
        for end in reversed(ends) if os.name == "nt" else ends:  # Windows removes no open file
            with suppress(OSError):
                end()
        self._lock = None
        remove_empty(self._made)
        self._made = []

    def _close_best(self):
        if self._best is not None:
            self._best.close()
            self._best = None


def _identify(file):
    """What tells a file, by its name or open, from all others; None where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _describe(path):
    """The same and when it was written: a number is given again once its file is removed."""
    return (*_identify(path), os.stat(path).st_mtime_ns) if path.exists() else None
