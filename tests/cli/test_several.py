"""The command train in several processes: one command, one voice, and refusals before any work."""

import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from rnnlib.training import checkpoint
from rnnlib.training.run_folder import RunFolder
from tests.cli.programs import python
from tests.cli.session import SMALL
from tests.helpers import raises_sentence


@pytest.fixture
def torch():
    """The framework, which is slow to import, where a test needs it."""
    return pytest.importorskip("torch")


@pytest.fixture
def Group(torch):
    """The class of the processes that torchrun started."""
    return importlib.import_module("rnnlib.models.char_rnn.torch_parallel").Group


def torchrun(*argv, count=2):
    """Run the command line in several processes."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    start += ["--nproc-per-node", str(count), "-m", "rnnlib", *map(str, argv)]
    return subprocess.run(start, capture_output=True, text=True, timeout=300)


@pytest.mark.slow  # the page "Train in several processes" does it too
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


def test_rows_that_cannot_be_shared_out_are_refused(Group):
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


def free_port():
    """The number of a port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def by_hand(*commands):
    """Start a process for each command as torchrun would; what each says on its error stream."""
    meet = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    started = []
    for rank, argv in enumerate(commands):
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(len(commands))}
        started.append(python("-m", "rnnlib", *argv, env=meet | place, stdout=subprocess.DEVNULL))
    return [process.communicate(timeout=120)[1] for process in started]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["options", "text"])
def test_processes_that_were_started_otherwise_are_refused(session, what):
    (session.folder / "other.txt").write_text("Quite another text. " * 200, encoding="utf-8")
    first = ["train", session.text, "--folder", session.folder / "r", *SMALL]
    second = [*first, "--dropout", "0.1"] if what == "options" else list(first)
    second[1] = second[1] if what == "options" else session.folder / "other.txt"
    assert by_hand(first, second) == [
        f"rnnlib train: process 1 and process 0 differ in their {what}. Start all processes with "
        "the same command, text and version.\n",
        "",
    ]
    assert not (session.folder / "r").exists()


@pytest.mark.slow
def test_two_machines_train_as_one_does(session):
    """Each starts its own torchrun, and they meet at an address and a port."""
    start = ["-m", "torch.distributed.run", "--nnodes", "2", "--master-addr"]
    start += ["127.0.0.1", "--master-port", str(free_port()), "--nproc-per-node", "1"]
    train = ["-m", "rnnlib", "train", str(session.text), "--folder", str(session.folder / "two")]
    machines = [python(*start, "--node-rank", n, *train, *SMALL) for n in range(2)]
    said = [machine.communicate(timeout=120)[0] for machine in machines]
    assert [bool(text) for text in said] == [True, False]
    session.train("--engine", "torch", *SMALL)
    several, alone = (
        checkpoint.load(session.folder / name / checkpoint.LAST, "numpy") for name in ("two", "run")
    )
    assert several.history.losses == pytest.approx(alone.history.losses, abs=1e-4)


def test_processes_that_cannot_meet_say_where(monkeypatch, Group):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": "0", "WORLD_SIZE": "2"}
        for name, value in place.items():
            monkeypatch.setenv(name, value)
        with raises_sentence(OSError, f"cannot meet at 127.0.0.1:{port} by gloo"):
            Group("cpu")
    monkeypatch.delenv("MASTER_ADDR")
    with raises_sentence(OSError, "cannot meet at ?:"):
        Group("cpu")


def test_each_process_wants_a_card_of_its_own(monkeypatch, torch, Group):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with raises_sentence(ValueError, "this engine finds no GPU here."):
        Group("gpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    for device in ("gpu", None):
        with raises_sentence(ValueError, "2 processes want a GPU each, and this machine has 1."):
            Group(device)


@pytest.mark.slow
def test_a_folder_that_is_in_use_is_refused_once_by_all(session):
    session.train("--engine", "torch", *SMALL)
    folder = session.folder / "run"
    with RunFolder(folder):
        done = torchrun("train", "--folder", folder, "--resume", "--steps", 90)
    assert done.returncode == 1
    assert done.stderr.count(f"is in use: a run is trained there by process {os.getpid()} on") == 1
    assert checkpoint.load(folder / checkpoint.LAST, "numpy").step == 20


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_to_torchrun_save_and_are_told_once(session, name):
    start = ["-m", "torch.distributed.run", "--standalone"]
    start += ["--nproc-per-node", "2", "-m", "rnnlib", "train", str(session.text), "--folder"]
    start += [str(session.folder / "two"), *SMALL, "--steps", "1000000", "--save-every", "1000000"]
    process = python(*start, start_new_session=True)
    while not process.stdout.readline().startswith("step 8"):
        assert process.poll() is None
    os.killpg(process.pid, getattr(signal, name))  # torchrun passes it on as well
    _, err = process.communicate(timeout=300)
    assert err.count(f"ended by {name}") == 1
    step = int(re.search(r"The checkpoint of step ([\d,]+) is in", err)[1].replace(",", ""))
    path = session.folder / "two" / checkpoint.LAST
    assert checkpoint.load(path, "numpy").step == step >= 8
