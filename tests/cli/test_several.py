"""The command train in several processes: one command, one voice, and refusals before any work."""

import json
import os
import subprocess
import sys

import pytest

from rnnlib.models.rnn.torch_parallel import Group
from rnnlib.training import checkpoint
from tests.cli.session import SMALL
from tests.helpers import raises_sentence


def torchrun(*argv, count=2):
    """Run the command line in several processes."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    start += ["--nproc-per-node", str(count), "-m", "rnnlib", *map(str, argv)]
    return subprocess.run(start, capture_output=True, text=True, timeout=300)


def test_the_same_command_in_two_processes_gives_the_same_run(session):
    """Only the first of them speaks, and what they keep is what one process would have kept."""
    folder = session.folder / "two"
    done = torchrun("train", session.text, "--folder", folder, *SMALL, "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    session.train("--engine", "torch", *SMALL)
    assert events == ["start", "score", "score", "score", "end"]
    several = checkpoint.load(folder / checkpoint.BEST, "numpy")
    alone = checkpoint.load(session.folder / "run" / checkpoint.BEST, "numpy")
    assert several.step == alone.step
    assert several.history.losses == pytest.approx(alone.history.losses, abs=1e-4)


@pytest.mark.slow
def test_a_refusal_is_said_once(session):
    done = torchrun("train", session.text, "--folder", session.folder / "r", *SMALL, count=3)
    assert done.returncode == 1
    assert done.stderr.count("4 rows cannot be shared out evenly among 3 processes.") == 1
    assert not (session.folder / "r").exists()


def test_rows_that_cannot_be_shared_out_are_refused():
    group = object.__new__(Group)
    group.rank, group.count = 1, 3
    assert group.rows(12) == slice(4, 8)
    with raises_sentence(ValueError, "Give --batch-size 3,"):
        group.rows(4)
    with raises_sentence(ValueError, "2 rows cannot be shared out"):
        group.rows(2)


def test_one_process_cannot_cut_its_model(session):
    error = session("train", session.text, "--folder", session.folder / "r", "--shard", code=1)[1]
    assert "--shard cuts a model into one part for each process, and this is one alone." in error


def test_several_processes_train_with_torch_alone(session, monkeypatch):
    monkeypatch.setitem(os.environ, "WORLD_SIZE", "2")
    command = ["train", session.text, "--folder", session.folder / "r", "--engine", "keras"]
    assert "several processes train with torch, not keras." in session(*command, code=1)[1]


def test_rates_are_looked_for_in_one_process(session, monkeypatch):
    monkeypatch.setitem(os.environ, "WORLD_SIZE", "2")
    error = session("train", session.text, "--lr-find", code=1)[1]
    assert "--lr-find tries rates in one process: leave torchrun out." in error
