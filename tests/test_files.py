"""Files that a power cut, a crash or another writer leaves whole; a lock that its owner frees."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rnnlib import files
from rnnlib.files import lock, make_folder, remove_empty, write_atomically

posix = pytest.mark.skipif(os.name == "nt", reason="Windows opens no folder, and has no fork")


class Disk:
    """What of a folder lies on a disk that keeps nothing but what was synced to it.

    The system may bring a name to the disk at any time, before the bytes of its file too; so a
    power cut leaves either the names as they are or those that were synced, and of each file the
    bytes that were synced.
    """

    def __init__(self, root, monkeypatch):
        self.root, self.names, self.bytes, self.seen = root, {}, {}, []
        self._sync(root)
        self._wrap(monkeypatch, os, "fsync", lambda fd: self._sync(f"/proc/self/fd/{fd}"))
        self._wrap(monkeypatch, Path, "write_bytes", self._forget)
        self._wrap(monkeypatch, os, "replace", lambda *_: None)

    def _wrap(self, monkeypatch, owner, name, then):
        original = getattr(owner, name)

        def wrapped(*args):
            found = original(*args)
            then(*args)
            self.seen.append((name, self.after_a_power_cut()))
            return found

        monkeypatch.setattr(owner, name, wrapped)

    def _sync(self, path):
        number = os.stat(path).st_ino
        if os.path.isdir(path):
            self.names[number] = {entry.name: entry.inode() for entry in os.scandir(path)}
        else:
            self.bytes[number] = Path(path).read_bytes()

    def _forget(self, path, data):
        self.bytes.pop(os.stat(path).st_ino, None)

    def after_a_power_cut(self):
        """The two folders that may be left: {path: bytes, or None where they were not synced}."""
        now = {str(p.relative_to(self.root)): p.stat().st_ino for p in self.root.rglob("*")}
        early = {path: self.bytes.get(number) for path, number in now.items()}
        return early, dict(self._walk(os.stat(self.root).st_ino, ""))

    def _walk(self, number, place):
        for name, inner in self.names.get(number, {}).items():
            yield place + name, self.bytes.get(inner)
            yield from self._walk(inner, f"{place}{name}/")


@posix
def test_a_power_cut_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")
    disk = Disk(tmp_path, monkeypatch)
    disk._sync(path)
    write_atomically(path, b"new")
    assert [name for name, _ in disk.seen] == ["write_bytes", "fsync", "replace", "fsync"]
    for _, left in disk.seen:
        assert all(names["a.bin"] in (b"old", b"new") for names in left)
    assert all(names["a.bin"] == b"new" for names in disk.after_a_power_cut())


@posix
def test_a_file_in_new_folders_is_there_after_a_power_cut(tmp_path, monkeypatch):
    disk = Disk(tmp_path, monkeypatch)
    made = make_folder(tmp_path / "runs" / "cats")
    assert made == [tmp_path / "runs" / "cats", tmp_path / "runs"]
    assert make_folder(tmp_path / "runs" / "cats") == []
    write_atomically(tmp_path / "runs" / "cats" / "a.bin", b"new")
    assert all(names["runs/cats/a.bin"] == b"new" for names in disk.after_a_power_cut())


@pytest.mark.skipif(os.name == "nt", reason="a path is not so long there")
def test_a_folder_may_lie_very_deep(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "sync_folder", lambda folder: None)
    made = make_folder(tmp_path / ("y/" * 1100))
    assert len(made) == 1100
    remove_empty(made)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("owner", [Path, os])
def test_a_crash_before_the_move_leaves_the_old_file(tmp_path, owner):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    crash = "os.fsync" if owner is os else "Path.replace"
    program = "import os\nfrom pathlib import Path\nfrom rnnlib.files import write_atomically\n"
    program += f"{crash} = lambda *args: os._exit(9)\nwrite_atomically({str(path)!r}, b'new')"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 9
    assert path.read_bytes() == b"old"


def test_a_folder_that_cannot_be_synced_is_written_to_all_the_same(tmp_path, monkeypatch):
    def refuse(folder, mode):
        if os.path.isdir(folder):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(files, "_sync", refuse)
    write_atomically(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"


def test_two_writers_of_one_file_do_not_meet_in_its_temporary(tmp_path, monkeypatch):
    path, write_bytes, numbers = tmp_path / "a.bin", Path.write_bytes, iter((1, 2))
    monkeypatch.setattr(os, "getpid", lambda: next(numbers))

    def write(self, data):
        write_bytes(self, data)
        if data == b"first":  # the other process comes in between
            write_atomically(path, b"second")

    monkeypatch.setattr(Path, "write_bytes", write)
    write_atomically(path, b"first")
    assert path.read_bytes() == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


# a lock


def test_a_file_is_locked_once_until_it_is_closed(tmp_path):
    with open(tmp_path / "lock", "ab+") as one, open(tmp_path / "lock", "ab+") as other:
        assert lock(one) is True
        assert lock(other) is False
        one.close()
        assert lock(other) is True


@posix
def test_a_lock_is_freed_by_kill_9(tmp_path):
    path = tmp_path / "lock"
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        file = open(path, "ab+")  # noqa: SIM115
        os.write(tell, b"1" if lock(file) else b"0")
        signal.pause()
    assert os.read(told, 1) == b"1"
    with open(path, "ab+") as file:
        assert lock(file) is False
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert lock(file) is True


@posix
def test_a_file_system_without_locks_says_so(tmp_path, monkeypatch):
    def refuse(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with open(tmp_path / "lock", "ab+") as file:
        assert lock(file) is None
