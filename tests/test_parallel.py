"""Several processes: the losses, states and files of one, and an end when one of them ends."""

import json
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from rnnlib.training import checkpoint
from rnnlib.training.parallel import ALONE, check_same, together
from tests.helpers import raises_sentence
from tests.parallel_program import Job, train

CELLS = ("rnn", "gru", "lstm")
CLOSE = {"float64": 1e-12, "float32": 1e-4}


def start(folder, jobs, count):
    """Train jobs in `count` processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(count), "-m", "tests.parallel_program"]
    done = subprocess.run(
        [*command, str(folder), json.dumps(jobs)], capture_output=True, text=True, timeout=600
    )
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
    for number, job in enumerate(jobs):
        alone = train(job._replace(shard=False), folder / f"alone{number}")
        assert_same(folder / "several", number, alone, job.dtype)


def test_two_processes_train_as_one_does(tmp_path):
    """States, dropout, resets, clipping, held-out losses and Adam, with whole weights and cut."""
    compare(tmp_path, [Job(cell, "float64", 30, s) for cell in CELLS for s in (False, True)], 2)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_a_hundred_steps_of_each_kind(tmp_path, count):
    jobs = [Job(*kind, 100, s) for kind in product(CELLS, CLOSE) for s in (False, True)]
    compare(tmp_path, jobs, count)


def test_a_run_goes_on_in_another_number_of_processes(tmp_path):
    """Begun in two, it ends in one, and the other way: as if it had never stopped."""
    jobs = [Job("lstm", "float64", 30, shard, 13) for shard in (False, True)]
    alone = train(jobs[0]._replace(stop_at=None), tmp_path / "alone")
    start(tmp_path, jobs, 2)
    for number, job in enumerate(jobs):
        train(job._replace(shard=False, stop_at=None), tmp_path / str(number))
        assert_same(tmp_path, number, alone, "float64")
    train(jobs[0], tmp_path / "back" / "0")
    start(tmp_path / "back", [jobs[0]._replace(stop_at=None)], 2)
    assert_same(tmp_path / "back", 0, alone, "float64")


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
    with raises_sentence(ValueError, "process 1 has another text than process 0"):
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
