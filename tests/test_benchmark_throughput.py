"""The throughput benchmark: what it counts, and that its loops do what they say."""

import itertools
import json
import multiprocessing
import threading
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from benchmarks import same_loss, switches, throughput, writing
from benchmarks.throughput import operations, ratio, share
from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.parts import initialise, shapes


@pytest.mark.parametrize("cell", CELLS)
def test_operations_are_six_for_each_weight_that_multiplies_something(cell):
    config = ModelConfig(throughput.V, throughput.E, 32, cell=cell)
    found = shapes(config)
    weights = sum(found[name][0] * found[name][1] for name in ("W_xh", "W_hh", "W_hy"))
    assert operations(cell, 32) == 6 * weights


def is_traced(name, cell):
    """Keras traces each loop anew, for seconds; one cell shows most."""
    return name in throughput.PAIRS["keras"] and cell != "lstm"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param(*way, marks=pytest.mark.slow if is_traced(*way) else ())
        for way in itertools.product(throughput.LOOPS, CELLS)
    ],
)
def test_every_loop_runs(name, cell):
    if name == throughput.BFLOAT16 and not throughput.multiplies_16_bits():
        pytest.skip("this processor has no products of 16-bit numbers")
    assert throughput.seconds(throughput.LOOPS[name](cell, 8)) > 0


def test_a_loop_answers_each_turn_is_built_once_for_each_size_and_ends(monkeypatch):
    """Threads stand for the processes, which load PyTorch for seconds."""
    context = SimpleNamespace(Pipe=multiprocessing.Pipe, Process=threading.Thread)
    monkeypatch.setattr(multiprocessing, "get_context", lambda kind: context)
    monkeypatch.setattr(throughput, "keep_memory", lambda: None)
    built = []

    def build(name, cell, width):
        if cell == "lstm":
            raise RuntimeError("not here")
        return lambda: built.append((name, cell, width))

    before = set(threading.enumerate())
    loops = {name: partial(build, name) for name in "ab"}
    with throughput.processes(loops, clock=lambda: len(built)) as turns:
        started = set(threading.enumerate()) - before
        asked = [("rnn", 8), ("rnn", 8), ("gru", 8), ("gru", 9), ("lstm", 8)]
        assert [turns["a"](*turn) for turn in asked] == [1, 1, 1, 1, None]
        assert turns["b"]("rnn", 8) == 1
    assert len(started) == 2
    assert not any(thread.is_alive() for thread in started)
    sizes = [("rnn", 8)] * 3 + [("gru", 8)] * 2 + [("gru", 9)] * 2  # once uncounted
    assert built == [("a", *size) for size in sizes] + [("b", "rnn", 8)] * 2


@pytest.mark.slow
def test_each_loop_has_a_process_of_its_own_that_answers_and_ends():
    before = set(multiprocessing.active_children())
    loops = {name: throughput.LOOPS[name] for name in ("plain PyTorch", throughput.ALONE)}
    with throughput.processes(loops) as turns:
        started = set(multiprocessing.active_children()) - before
        assert len(started) == 2
        assert all(turn("rnn", 8) > 0 for turn in turns.values())
        assert all(turn("gru", 8) > 0 for turn in turns.values())
    assert not any(process.is_alive() for process in started)


def test_a_ratio_is_taken_within_the_rounds():
    row = {"cell": "rnn", "hidden": 256, "peak": 100.0}
    row["speeds"] = {"rnnlib, torch": [2, 30, 8], "plain PyTorch": [1, 10, 4]}
    assert ratio(row, "rnnlib, torch", "plain PyTorch") == (2, 2, 3)
    assert share(row, "rnnlib, torch") == pytest.approx(8 * operations("rnn", 256) / 1e11)


def test_stored_results_hold_every_cell_and_width():
    results = json.loads(throughput.RESULTS.read_text())
    wanted = [(cell, width) for cell in CELLS for width in throughput.WIDTHS]
    assert [(row["cell"], row["hidden"]) for row in results["rows"]] == wanted
    for row in results["rows"]:
        assert {len(speeds) for speeds in row["speeds"].values()} == {throughput.ROUNDS}
        assert set(row["speeds"]) | {throughput.BFLOAT16} == set(throughput.LOOPS)
        in_32_bits = set(row["speeds"]) - {throughput.BFLOAT16}
        assert all(0 < share(row, name) < 1.1 for name in in_32_bits)


def test_a_window_that_is_read_again_writes_the_same_compiled_or_predicted(monkeypatch):
    monkeypatch.setattr(writing, "BEGINNING", writing.BEGINNING[:10])
    texts = [writing.read_window(4, compiled)(6) for compiled in (False, True)]
    assert texts[0] == texts[1]


def test_what_predict_begins_with_fills_its_longest_window():
    """A shorter beginning would make a window of 100 characters one of 15."""
    assert len(writing.BEGINNING) == max(writing.WINDOWS)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "Keras, XLA" else ())
        for name in sorted(set(switches.LOOPS) - {"PyTorch, torch.compile"})
    ],
)
def test_every_switch_runs(name):
    policy = keras.config.dtype_policy()
    try:
        assert throughput.seconds(switches.LOOPS[name]("rnn", 8)) > 0
    finally:
        keras.config.set_dtype_policy(policy)


def test_what_a_machine_cannot_run_is_left_out():
    turns = {"fine": lambda cell, width: 0.5, "refused": lambda cell, width: None}
    row = switches.measure(turns, "rnn", 2, width=8)
    assert row["speeds"] == {"fine": [2 * 64 * 64 / 0.5] * switches.ROUNDS}
    assert (row["threads"], set(row["first_call"])) == (2, {"fine"})


@pytest.mark.parametrize("name", same_loss.LOOPS | same_loss.BITS)
def test_all_loops_begin_with_the_same_weights(name):
    config = ModelConfig(7, 4, 8, cell="gru")
    nothing = np.zeros((0, 4, 5), int)
    if name.endswith(" Keras"):  # fit refuses to read nothing
        nothing = np.zeros((1, 4, 5), int)
    params = (same_loss.LOOPS | same_loss.BITS)[name](config, nothing, nothing)
    for key, value in initialise(config, 0).items():
        np.testing.assert_allclose(params[key], value, atol=5 * same_loss.RATE)  # one update


def test_a_pass_of_every_loop_reads_each_piece_once():
    ids = np.arange(64 * 64 * 2 + 1)
    inputs, targets = same_loss.batches(ids)
    assert inputs.shape == targets.shape == (2, 64, 64)
    np.testing.assert_array_equal(np.sort(inputs, axis=None), ids[:-1])
    np.testing.assert_array_equal(targets, inputs + 1)
