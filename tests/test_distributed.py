"""Several processes: the losses, states and files of one, and an end when one of them ends."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rnnlib.training import checkpoint
from rnnlib.training.distributed import ALONE, check_same, together
from tests.helpers import raises_sentence
from tests.parallel_program import Job, train

CELLS = ("rnn", "gru", "lstm")
CLOSE = {"float64": 1e-11, "float32": 1e-4}


def command(folder, jobs, count):
    """What trains jobs in `count` processes."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    start += ["--nproc-per-node", str(count), "-m", "tests.parallel_program"]
    return [*start, str(folder), json.dumps(jobs)]


def start(folder, jobs, count):
    """Train jobs in `count` processes."""
    done = subprocess.run(command(folder, jobs, count), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def assert_same(folder, number, alone, dtype):
    """The checkpoint of a job is that of a Run in one process."""
    run = checkpoint.load(folder / str(number) / checkpoint.LAST, "numpy")
    close = {"rtol": 0, "atol": CLOSE[dtype]}
    assert run.step == alone.step
    assert len(run.history.validation_losses) >= 3
    for name in ("losses", "validation_losses"):
        np.testing.assert_allclose(
            getattr(run.history, name), getattr(alone.history, name), **close
        )
    np.testing.assert_allclose(run.state, alone.state, **close)
    ours, theirs = run.model.get_params(), alone.model.get_params()
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], **close, err_msg=name)


def compare(folder, jobs, count):
    start(folder / "several", jobs, count)
    alone = {}
    for number, job in enumerate(jobs):
        plain = job._replace(shard=False)
        if plain not in alone:
            alone[plain] = train(plain, folder / f"alone{number}")
        assert_same(folder / "several", number, alone[plain], job.dtype)


def test_two_processes_train_as_one_does(tmp_path):
    """States, dropout, resets, clipping, held-out losses and Adam, with whole weights and cut."""
    compare(tmp_path, [Job(cell, "float64", 30, s) for cell in CELLS for s in (False, True)], 2)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_a_hundred_steps_of_each_kind(tmp_path, count):
    jobs = [Job(*kind, 100, s) for kind in product(CELLS, CLOSE) for s in (False, True)]
    compare(tmp_path, jobs, count)


def test_a_run_goes_on_in_another_number_of_processes(tmp_path):
    """Begun in two, it ends in one: as if it had never stopped."""
    jobs = [Job("lstm", "float64", 30, shard, 13) for shard in (False, True)]
    alone = train(jobs[0]._replace(stop_at=None), tmp_path / "alone")
    start(tmp_path, jobs, 2)
    shutil.copytree(tmp_path / "0", tmp_path / "2")
    train(jobs[0]._replace(stop_at=None), tmp_path / "2", engine="numpy")
    assert_same(tmp_path, 2, alone, "float64")
    for number, job in enumerate(jobs):
        train(job._replace(shard=False, stop_at=None), tmp_path / str(number))
        assert_same(tmp_path, number, alone, "float64")


@pytest.mark.slow
def test_a_run_goes_on_in_more_processes(tmp_path):
    job = Job("lstm", "float64", 30, False, 13)
    alone = train(job._replace(stop_at=None), tmp_path / "alone")
    train(job, tmp_path / "0")
    start(tmp_path, [job._replace(stop_at=None)], 2)
    assert_same(tmp_path, 0, alone, "float64")


def kill_one(folder, job, count, rng, kill=signal.SIGKILL):
    """Start, and kill -9 one of the processes some time after a save; the seconds until all end,
    and what they said.
    """
    path = folder / "0" / checkpoint.LAST
    before = path.stat().st_mtime_ns if path.exists() else 0
    said = (folder / "said").open("w+")
    whole = subprocess.Popen(command(folder, [job], count), stdout=said, stderr=said)
    while not path.exists() or path.stat().st_mtime_ns == before:
        assert whole.poll() is None
        time.sleep(0.01)
    time.sleep(rng.random())
    found = subprocess.run(["pgrep", "-P", str(whole.pid)], capture_output=True, text=True)
    processes = [int(pid) for pid in found.stdout.split()]
    assert len(processes) == count
    os.kill(rng.choice(processes), kill)
    began = time.monotonic()
    assert whole.wait(timeout=120) != 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)
    checkpoint.load(path, "numpy")  # whole
    said.seek(0)
    return time.monotonic() - began, said.read()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_a_killed_process_ends_all_and_nothing_is_lost(tmp_path):
    job, rng = Job("gru", "float64", 3000), random.Random(0)
    for _ in range(10):
        assert kill_one(tmp_path, job, rng.choice([2, 4]), rng)[0] < 10
    alone = train(job, tmp_path / "alone")
    for count in (1, 2, 4):
        folder = tmp_path / f"end{count}"
        shutil.copytree(tmp_path / "0", folder / "0")
        train(job, folder / "0") if count == 1 else start(folder, [job], count)
        assert_same(folder, 0, alone, "float64")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_a_process_that_hangs_ends_all(tmp_path, monkeypatch):
    """After the others have waited for it, and torchrun for its goodbye, 30 seconds long."""
    monkeypatch.setenv("PATIENCE", "10")
    job = Job("gru", "float64", 100_000)
    seconds, said = kill_one(tmp_path, job, 2, random.Random(0), signal.SIGSTOP)
    assert 10 <= seconds < 60
    assert "has not answered" in said


class Two:
    """A group that is only played: this process is the first, and the other hands in `other`."""

    rank, count = 0, 2

    def __init__(self, other):
        self.other = other

    def of_all(self, thing):
        return [thing, self.other]


def test_processes_that_disagree_are_told_in_what():
    check_same(ALONE, text="a", step=3)
    check_same(Two({"text": "a", "step": 3}), text="a", step=3)
    with raises_sentence(ValueError, "process 1 and process 0 differ in their text."):
        check_same(Two({"text": "b", "step": 3}), text="a", step=3)


def test_what_one_refuses_all_refuse():
    with (
        raises_sentence(OSError, "process 1: the text is gone."),
        together(Two((True, "the text is gone."))),
    ):
        pass
    with raises_sentence(ValueError, "mine"), together(Two((True, "the text is gone."))):
        raise ValueError("This one is mine.")
    with together(Two(None)):
        pass
