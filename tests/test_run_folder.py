"""The folder of a run: one process at a time, nothing of others removed, made anew if removed."""

import errno
import os
import shutil
import signal
import time
import warnings
from pathlib import Path

import pytest

from rnnlib.files import lock
from rnnlib.training import checkpoint
from rnnlib.training.checkpoint import BEST, LAST
from rnnlib.training.recipe import Recipe
from rnnlib.training.run_folder import LOCK, RunFolder
from tests.helpers import assert_sentence, raises_sentence
from tests.test_checkpoint import assert_same_run, new_run, train
from tests.test_files import Disk, posix

FALLING = Recipe(4, 8, 30, 0.01, validate_every=5)  # each score is a new best


def fork(function):
    """A process that calls a function and ends."""
    child = os.fork()
    if child == 0:
        try:
            function()
        finally:
            os._exit(0)
    return child


# one at a time


def test_a_folder_that_is_in_use_is_refused_with_the_name_of_the_process(tmp_path):
    said = f"is in use: a run is trained there by process {os.getpid()} on "
    with RunFolder(tmp_path), raises_sentence(OSError, str(tmp_path), said, "Wait for its end"):
        train(new_run(), tmp_path)
    assert list(tmp_path.iterdir()) == []
    train(new_run(), tmp_path)  # now it is free


@posix
def test_a_process_that_was_killed_has_the_folder_no_more(tmp_path):
    told, tell = os.pipe()

    def hold():
        with RunFolder(tmp_path):
            os.write(tell, b"1")
            signal.pause()

    child = fork(hold)
    os.read(told, 1)
    with raises_sentence(OSError, f"by process {child} on"):
        train(new_run(), tmp_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    train(new_run(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {BEST, LAST}


@posix
def test_however_many_come_and_go_two_are_never_inside(tmp_path, monkeypatch):
    """Each that is inside makes a file that must not be there yet."""
    monkeypatch.setattr("rnnlib.training.run_folder.time.sleep", lambda seconds: None)
    folder, end = tmp_path / "run", time.time() + 1

    def come_and_go():
        entered = 0
        while time.time() < end:
            try:
                with RunFolder(folder):
                    os.close(os.open(tmp_path / "inside", os.O_CREAT | os.O_EXCL))
                    entered += 1
                    os.unlink(tmp_path / "inside")
            except FileExistsError:
                (tmp_path / f"told{os.getpid()}").write_text("two were inside")
                return
            except OSError:
                continue
        (tmp_path / f"told{os.getpid()}").write_text(f"{entered}")

    for child in [fork(come_and_go) for _ in range(3)]:
        os.waitpid(child, 0)
    said = [path.read_text() for path in tmp_path.glob("told*")]
    assert len(said) == 3
    assert "two were inside" not in said
    assert sum(map(int, said)) > 10


def test_a_lock_that_its_owner_takes_away_meanwhile_is_not_trusted(tmp_path, monkeypatch):
    first = RunFolder(tmp_path)
    first.__enter__()

    def late(file):
        if first.is_held:  # it leaves between the opening of its file and the locking
            first.__exit__()
        return lock(file)

    monkeypatch.setattr("rnnlib.training.run_folder.lock", late)
    with RunFolder(tmp_path) as second:
        assert second.is_held


@posix
def test_a_lock_is_taken_away_before_it_is_free(tmp_path, monkeypatch):
    unlink, found = Path.unlink, []

    def watched(self):
        with open(self, "ab+") as file:
            found.append(lock(file))
        unlink(self)

    with RunFolder(tmp_path):
        monkeypatch.setattr(Path, "unlink", watched)
    assert found == [False]


def test_it_may_be_entered_again_by_the_one_that_has_it(tmp_path):
    with RunFolder(tmp_path) as folder:
        train(new_run(), folder)
        assert folder.is_held
    assert not folder.is_held


def test_folders_that_were_made_for_nothing_are_removed(tmp_path):
    (tmp_path / "runs").mkdir()
    with RunFolder(tmp_path / "runs" / "cats" / "first"):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["runs"]


def test_what_another_process_is_writing_is_left_alone(tmp_path, monkeypatch):
    other = tmp_path / "first.safetensors.4711.part"  # an export
    other.write_bytes(b"half a file")
    mine = tmp_path / f"{LAST}.4711.part"
    mine.write_bytes(b"half a file")
    with RunFolder(tmp_path):
        assert (other.exists(), mine.exists()) == (True, False)
    if os.name == "nt":
        return

    def refuse(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    mine.write_bytes(b"half a file")
    monkeypatch.setattr("fcntl.flock", refuse)
    with RunFolder(tmp_path):  # who knows whose it is
        assert mine.exists()


def test_a_folder_that_cannot_be_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "at all")
    for name, piece in (
        ("file", "File exists"),
        ("link", "File exists"),
        ("x" * 256, "File name too long"),
        ("a/b/" + "x" * 256, "File name too long"),
    ):
        with raises_sentence(OSError, f"{name} cannot be made or written to ({piece}"):
            train(new_run(), tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "link"}


# nothing is lost


@posix
def test_after_a_power_cut_the_last_and_the_best_are_there(tmp_path, monkeypatch):
    disk, save, checked = Disk(tmp_path, monkeypatch), checkpoint.save, []

    def watched(path, run):
        save(path, run)
        name = str(path.relative_to(tmp_path))
        assert all(left[name] == path.read_bytes() for left in disk.after_a_power_cut())
        checked.append(path.name)

    monkeypatch.setattr(checkpoint, "save", watched)
    train(new_run(), tmp_path / "runs" / "cats", save_every=10)
    assert checked.count(LAST) == 5
    assert BEST in checked


def remove_at(run, steps, remove):
    """At the begin of these steps something is removed."""
    original = run.model.train_step

    def train_step(*batch):
        if run.step in steps:
            remove()
        return original(*batch)

    run.model.train_step = train_step


def whole():
    run = new_run(recipe=FALLING)
    train(run)
    return run


@posix
@pytest.mark.parametrize("times", [1, 2])
def test_a_folder_that_is_removed_is_made_anew_and_the_run_is_kept_there(tmp_path, times):
    folder, run = tmp_path / "runs" / "cats", new_run(recipe=FALLING)
    remove_at(run, (7, 17)[:times], lambda: shutil.rmtree(tmp_path / "runs"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(run, folder, save_every=5)
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == times
    assert_sentence(messages[0])
    assert "was removed while a run was kept there" in messages[0]
    assert_same_run(checkpoint.load(folder / LAST, "numpy"), whole())
    best = checkpoint.load(folder / BEST, "numpy")  # of those found since
    assert best.history.validation_losses[-1] == run.best
    assert {path.name for path in folder.iterdir()} == {BEST, LAST}


@posix
def test_where_the_lock_was_removed_nothing_is_overwritten(tmp_path):
    run = new_run(recipe=FALLING)
    remove_at(run, (7,), (tmp_path / LOCK).unlink)
    with warnings.catch_warnings(), raises_sentence(OSError, f"or its {LOCK} was removed"):
        warnings.simplefilter("ignore")
        train(run, tmp_path, save_every=5)
    assert run.step == 30
    assert checkpoint.load(tmp_path / LAST, "numpy").step == 5


@posix
@pytest.mark.parametrize("is_over", [True, False])
def test_a_run_that_was_begun_anew_in_the_same_place_is_not_overwritten(tmp_path, is_over):
    folder, run, other = tmp_path / "run", new_run(recipe=FALLING), new_run("numpy", "gru")
    held = RunFolder(folder)

    def begin_another():
        shutil.rmtree(folder)
        held.__enter__()
        train(other, held, stop_at=3)
        if is_over:
            held.__exit__()

    remove_at(run, (7,), begin_another)
    said = "another run was begun there" if is_over else "is in use: a run is trained there by"
    with warnings.catch_warnings(record=True) as caught, raises_sentence(OSError, said):
        warnings.simplefilter("always")
        train(run, folder, save_every=5)
    assert all(str(found.message).endswith("Training goes on, unsaved.") for found in caught)
    assert checkpoint.load(folder / LAST, "numpy").model.config.cell == "gru"
    if not is_over:
        held.__exit__()
