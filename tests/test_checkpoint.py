"""Checkpoints: all comes back, in any engine; a file is whole or refused, even after kill -9."""

import json
import os
import re
import struct
import subprocess
import sys
import warnings
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib import models
from rnnlib.data.texts import load_corpus
from rnnlib.models import weights_file
from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.engines import ENGINES, build
from rnnlib.models.parts import shapes
from rnnlib.models.update import Update
from rnnlib.models.weights_file import WeightsError
from rnnlib.text.vocab import Vocab
from rnnlib.training import checkpoint
from rnnlib.training.checkpoint import BEST, LAST
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run
from rnnlib.training.stream import fit_stream
from tests.helpers import (
    assert_none,
    assert_params_equal,
    assert_sentence,
    every_engine,
    raises_sentence,
    random_batch,
    random_params,
    refusal_faults,
    small_config,
)

VOCAB = Vocab("abcdefg")
IDS = np.random.default_rng(1).integers(7, size=400)
FILES = (BEST, LAST)
RECIPE = Recipe(4, 8, 30, 0.01, dropout=0.2, validate_every=5)
SIZES = st.integers(1, 5)
NUMBERS = st.lists(st.floats(0, 10), max_size=5)


def new_run(engine="numpy", cell="lstm", recipe=RECIPE, **kwargs):
    return Run(build(small_config(cell=cell), engine, seed=3), recipe, VOCAB, **kwargs)


def train(run, folder=None, stop_at=None, **kwargs):
    return fit_stream(run, IDS[:300], IDS[300:], folder, stop_at=stop_at, progress=False, **kwargs)


def assert_same_run(ours, theirs, atol=0.0):
    """The same weights, memory, place, state and history, to the last bit unless told otherwise."""
    assert_params_equal(ours.model.get_params(), theirs.model.get_params(), atol)
    memory, expected = ours.model.get_optimizer(), theirs.model.get_optimizer()
    assert memory["step"] == expected["step"]
    for part in ("m", "v"):
        assert_params_equal(memory[part], expected[part], atol)
    np.testing.assert_allclose(ours.state, theirs.state, rtol=0, atol=atol)
    for name in ("recipe", "vocab", "step", "text_hash", "notes"):
        assert getattr(ours, name) == getattr(theirs, name), name
    if not atol:
        assert ours.history == theirs.history
    assert (ours.model.config, ours.model.seed) == (theirs.model.config, theirs.model.seed)


# everything comes back


@st.composite
def runs(draw):
    """A Run somewhere in its training, with any numbers in it."""
    dtype, cell = draw(st.sampled_from(["float32", "float64"])), draw(st.sampled_from(CELLS))
    vocab = draw(st.none() | st.text(min_size=2, max_size=9).filter(lambda t: len(set(t)) > 1))
    vocab = None if vocab is None else Vocab(vocab)
    size = draw(SIZES) if vocab is None else len(vocab)
    config = ModelConfig(size, draw(SIZES), draw(SIZES), draw(st.integers(1, 3)), cell, dtype)
    recipe = Recipe(draw(SIZES), steps=9, clip_norm=draw(st.sampled_from([1.0, np.inf])))
    model, rng = build(config, "numpy", draw(SIZES)), np.random.default_rng(draw(SIZES))
    model.set_params(random_params(config, draw(SIZES)))
    moments = [random_params(config, draw(SIZES)) for _ in "mv"]
    v = {name: np.abs(value) for name, value in moments[1].items()}
    model.set_optimizer({"step": draw(SIZES), "m": moments[0], "v": v})
    state = rng.normal(size=config.init_state(recipe.batch_size).shape).astype(dtype)
    step, scores = draw(SIZES), draw(NUMBERS)
    scores, losses = scores[:step], draw(st.lists(st.floats(0, 10), min_size=step, max_size=step))
    history = History(losses, draw(NUMBERS), scores, list(range(1, 1 + len(scores))))
    rest = draw(st.none() | st.text()), draw(st.floats(0, 1e9)), draw(st.just({"é": [1, 0.5]}))
    return Run(model, recipe, vocab, step, state, history, *rest)


@settings(max_examples=40)
@given(run=runs())
def test_save_and_load_are_a_round_trip(tmp_path_factory, run):
    path = tmp_path_factory.mktemp("run") / LAST
    checkpoint.save(path, run)
    found = checkpoint.load(path, "numpy")
    assert_same_run(found, run)
    assert found.seconds == run.seconds
    assert found.state.dtype == run.state.dtype
    assert [p.name for p in path.parent.iterdir()] == [LAST]


@every_engine
def test_every_array_of_the_file_reaches_the_model_and_comes_back(tmp_path, engine):
    run = new_run()
    train(run, tmp_path, stop_at=7)
    first = safetensors.numpy.load_file(tmp_path / LAST)
    checkpoint.save(tmp_path / "again", checkpoint.load(tmp_path / LAST, engine))
    again = safetensors.numpy.load_file(tmp_path / "again")
    names = set(shapes(run.model.config))
    expected = names | {f"adam.{part}.{name}" for part in "mv" for name in names} | {"state"}
    expected |= {f"history.{field.name}" for field in fields(History)}
    assert set(first) == set(again) == expected
    for name, value in first.items():
        assert np.any(value) or name == "history.epoch_losses"  # training left no array at zero
        assert again[name].tobytes() == value.tobytes(), name


def test_before_its_first_step_a_run_has_no_state_and_keeps_none(tmp_path):
    checkpoint.save(tmp_path / LAST, new_run())
    found = checkpoint.load(tmp_path / LAST, "numpy")
    assert (found.state, found.step, found.text_hash, found.history) == (None, 0, None, History())


# going on


@pytest.mark.parametrize(
    ("engine", "stop_at"),
    [("numpy", 1), ("numpy", 9), ("numpy", 10), ("torch", 10), ("keras", 10)],  # a pass has 9 steps
)
def test_a_run_that_stops_and_goes_on_ends_as_one_that_never_stopped(tmp_path, engine, stop_at):
    whole, part = new_run(engine), new_run(engine)
    train(whole)
    train(part, tmp_path, stop_at=stop_at)
    found = checkpoint.load(tmp_path / LAST, engine)
    assert found.step == stop_at
    train(found, tmp_path)
    assert_same_run(found, whole)
    assert_same_run(checkpoint.load(tmp_path / LAST, engine), whole)


@pytest.fixture(scope="module")
def shakespeare():
    text = load_corpus("shakespeare")
    return Vocab(text), Vocab(text).encode(text[:120_000])


@pytest.mark.parametrize(
    "cell", ["lstm", *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("rnn", "gru"))]
)
def test_a_run_begun_in_one_engine_goes_on_in_every_other(tmp_path, shakespeare, cell):
    vocab, ids = shakespeare
    recipe = Recipe(16, 32, 150, 3e-3, dropout=0.1)
    config = ModelConfig(len(vocab), 32, 64, 1, cell)
    for beginner in ("keras", "torch"):
        run = Run(build(config, beginner, seed=1), recipe, vocab)
        fit_stream(run, ids, folder=tmp_path / beginner, stop_at=50, progress=False)
        losses = fit_stream(run, ids, progress=False).losses  # in the same engine to the end
        assert np.mean(losses[-10:]) < losses[0] - 0.2  # it learned meanwhile
        for engine in ("keras", "torch", "numpy"):
            if engine == beginner or (beginner, engine) == ("torch", "numpy"):
                continue
            found = checkpoint.load(tmp_path / beginner / LAST, engine)
            assert found.step == 50
            fit_stream(found, ids, progress=False)
            assert found.history.losses[:50] == losses[:50]
            np.testing.assert_allclose(found.history.losses, losses, rtol=0, atol=1e-4)


def test_the_best_is_the_file_of_the_lowest_held_out_loss(tmp_path):
    run = new_run(recipe=Recipe(4, 8, 60, 0.3, decay="none", validate_every=4))
    history = train(run, tmp_path)
    place = int(np.argmin(history.validation_losses))
    assert place < len(history.validation_losses) - 1  # the rate is far too high: it gets worse
    best = checkpoint.load(tmp_path / BEST, "numpy")
    assert best.step == history.validation_steps[place]
    assert best.history.validation_losses[-1] == run.best == min(history.validation_losses)
    again = new_run(recipe=run.recipe)
    train(again, stop_at=best.step)
    assert_same_run(best, again)
    assert checkpoint.load(tmp_path / LAST, "numpy").step == 60


def test_going_on_keeps_the_best_of_before(tmp_path):
    run = new_run(recipe=Recipe(4, 8, 60, 0.3, decay="none", validate_every=4))
    train(run, tmp_path, stop_at=40)
    kept = (tmp_path / BEST).read_bytes()
    found = checkpoint.load(tmp_path / LAST, "numpy")
    assert found.best == run.best
    train(found, tmp_path)
    assert (tmp_path / BEST).read_bytes() == kept


def test_another_text_is_refused_before_anything_changes(tmp_path):
    train(new_run(), tmp_path, stop_at=3)
    kept = (tmp_path / LAST).read_bytes()
    found = checkpoint.load(tmp_path / LAST, "numpy")
    with raises_sentence(ValueError, "another training text"):
        fit_stream(found, IDS[1:300], folder=tmp_path)
    assert found.step == 3
    assert (tmp_path / LAST).read_bytes() == kept


# kill -9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the training is forked to be killed")
@pytest.mark.parametrize(
    ("engine", "times"),
    [
        ("numpy", 5),
        *(pytest.param(*kind, marks=pytest.mark.slow) for kind in (("torch", 20), ("keras", 3))),
    ],
)
def test_killed_at_random_moments_and_gone_on_it_ends_the_same_bit_for_bit(engine, times):
    command = [sys.executable, "-m", "tools.kill_and_resume", engine, "--times", str(times)]
    quiet = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    root = Path(__file__).parents[1]
    found = subprocess.run(
        command, capture_output=True, text=True, cwd=root, env=os.environ | quiet, timeout=600
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert re.match(rf"{engine}: killed {times} times, .* and gone on: the same", found.stdout)


def test_what_a_killed_save_left_over_is_removed_at_the_next_start(tmp_path):
    train(new_run(), tmp_path, stop_at=3)
    for name in (f"{LAST}.4711.part", f"{BEST}.4711.part"):
        (tmp_path / name).write_bytes(b"half a file")
    (tmp_path / "notes.part").write_bytes(b"the reader's own")
    train(checkpoint.load(tmp_path / LAST, "numpy"), tmp_path, stop_at=4)
    assert {path.name for path in tmp_path.iterdir()} == {LAST, "notes.part"}


# a model of it


def test_a_model_is_loaded_from_a_checkpoint_or_the_folder_of_a_run(tmp_path):
    run = new_run(recipe=Recipe(4, 8, 60, 0.3, decay="none", validate_every=4))
    train(run, tmp_path)
    params = {name: checkpoint.load(tmp_path / name, "numpy").model.get_params() for name in FILES}
    assert not np.array_equal(params[BEST]["W_hy"], params[LAST]["W_hy"])
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / LAST).write_bytes((tmp_path / LAST).read_bytes())
    for path, expected in (
        (tmp_path / LAST, LAST),
        (str(tmp_path / BEST), BEST),
        (tmp_path, BEST),
        (tmp_path / "last", LAST),  # where none is best yet
    ):
        model, vocab = models.load(path, "numpy")
        assert (model.config, vocab) == (run.model.config, VOCAB)
        assert_params_equal(model.get_params(), params[expected])


def test_a_checkpoint_or_folder_without_a_model_to_load_gets_one_sentence(tmp_path):
    with raises_sentence(FileNotFoundError, str(tmp_path), BEST, LAST):
        models.load(tmp_path, "numpy")
    checkpoint.save(tmp_path / LAST, Run(build(small_config(), "numpy"), RECIPE))
    with raises_sentence(ValueError, "holds no vocabulary"):
        models.load(tmp_path, "numpy")
    checkpoint.save(tmp_path / LAST, new_run())
    rewrite(tmp_path / LAST, drop=["W_hh"])
    with raises_sentence(WeightsError, str(tmp_path / LAST), "do not fit together"):
        models.load(tmp_path / LAST, "numpy")


# a file that cannot be used


@pytest.fixture
def path(tmp_path):
    """A checkpoint that is in order."""
    train(new_run(), tmp_path, stop_at=6)
    return tmp_path / LAST


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_cut_short_at_any_byte_is_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cut")
    checkpoint.save(folder / LAST, new_run())
    whole = (folder / LAST).read_bytes()
    (folder / LAST).write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with raises_sentence(WeightsError, str(folder / LAST), "not a complete safetensors file"):
        checkpoint.load(folder / LAST, "numpy")


@settings(max_examples=100)
@given(data=st.data())
def test_one_changed_bit_anywhere_is_noticed(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("bit")
    checkpoint.save(folder / LAST, new_run(recipe=Recipe(1)))
    changed = bytearray((folder / LAST).read_bytes())
    header = 8 + struct.unpack("<Q", changed[:8])[0]
    place = st.integers(0, header - 1) | st.integers(0, len(changed) - 1)
    changed[data.draw(place)] ^= 1 << data.draw(st.integers(0, 7))
    (folder / LAST).write_bytes(changed)
    with raises_sentence(WeightsError, str(folder / LAST)):
        checkpoint.load(folder / LAST, "numpy")


def rewrite(path, arrays=None, drop=(), **change):
    """Write the file again, signed, with some arrays or parts of the metadata changed."""
    found, metadata = weights_file.read_arrays(path, "checkpoint")
    found = {name: value for name, value in (found | (arrays or {})).items() if name not in drop}
    for name, alter in change.items():
        metadata[name] = json.dumps(alter(json.loads(metadata[name])))
    weights_file.write_arrays(path, found, {k: v for k, v in metadata.items() if k not in drop})


WRONG = [
    *({"step": value} for value in ("x", None, [], {}, 2.5, 10**30, True, -1, 5)),
    *({"seconds": value} for value in ("x", None, -1, [])),
    *({"notes": value} for value in (3, None, True, [], "x")),
    *({"text_hash": value} for value in (3, [], True)),
    *({"adam_step": value} for value in (-1, "7", None, 2.5, "many")),
    *({"seed": value} for value in ("x", 2.5, -1, None, [1])),
]


MISFITS = [
    {"drop": ["W_hh"]},
    {"drop": ["adam.v.b_y"]},
    {"drop": ["history.losses"]},
    {"drop": ["history.epoch_losses"]},
    {"drop": ["recipe"]},
    {"drop": ["run"]},
    {"arrays": {"W_hh": np.zeros((5, 19), "float32")}},
    {"arrays": {"adam.m.W_hh": np.zeros((4, 20), "float32")}},
    {"arrays": {"state": np.zeros((1, 3, 10), "float32")}},
    {"config": lambda config: config | {"hidden_size": 6}},
    {"config": lambda config: config | {"cell": "gru"}},
    {"config": lambda config: config | {"width": 6}},
    {"config": lambda config: [7, 4, 5]},
    {"vocab": lambda chars: chars[:-1]},
    {"vocab": lambda chars: [*chars, "h"]},
    {"vocab": lambda chars: [1, 2]},
    {"recipe": lambda recipe: recipe | {"steps": 0}},
    {"recipe": lambda recipe: recipe | {"momentum": 1}},
    {"recipe": lambda recipe: {"steps": 3}},
    {"recipe": lambda recipe: None},
    {"run": lambda run: {}},
    {"run": lambda run: run | {"more": 1}},
    *({"run": lambda run, change=change: run | change} for change in WRONG),
    {"recipe": lambda recipe: recipe | {"batch_size": 10**9}},
    {"config": lambda config: config | {"num_layers": 10**7}},
    {"arrays": {"adam.m.W_hh": np.full((5, 20), np.nan, "float32")}},
    {"arrays": {"adam.v.W_hh": np.full((5, 20), -1, "float32")}},
    {"arrays": {"adam.v.W_hh": np.zeros((5, 20), "float64")}},
    {"arrays": {"state": np.full((1, 4, 10), np.nan, "float32")}},
    {"arrays": {"state": np.zeros((1, 4, 10), "float64")}},
    {"arrays": {"more": np.zeros(3, "float32")}},
    {"arrays": {"history.losses": np.ones(5)}},
    {"arrays": {"history.losses": np.ones(6, "float32")}},
    {"arrays": {"history.losses": np.full(6, np.inf)}},
    {"arrays": {"history.epoch_losses": np.ones((1, 1))}},
    {"arrays": {"history.validation_losses": np.ones(2)}},
    {"arrays": {"history.validation_steps": np.array([7.0])}},
    {"arrays": {"history.validation_steps": np.array([2.5])}},
    {"arrays": {"history.validation_steps": np.array([np.inf])}},
    {"drop": ["state"]},
]


def test_parts_that_do_not_fit_together_are_refused(path, tmp_path):
    whole, other = path.read_bytes(), tmp_path / "other"

    def load(change):
        other.write_bytes(whole)
        rewrite(other, **change)
        checkpoint.load(other, "numpy")

    cases = [
        (
            f"misfit {n}: {'+'.join(change)}",
            partial(load, change),
            str(other),
            "do not fit together",
        )
        for n, change in enumerate(MISFITS)
    ]
    remedy = "Let _unpack in training/checkpoint.py refuse it: MISFITS holds what was changed."
    assert_none(refusal_faults(cases, WeightsError), remedy)


@pytest.mark.parametrize("value", ["NaN", "1e999", "[" * 100_000, '{"a": 1, "a": 1}'])
def test_json_that_two_programs_would_read_differently_is_refused(path, value):
    arrays, metadata = weights_file.read_arrays(path, "checkpoint")
    for name in ("seconds", "notes"):
        run = json.dumps(json.loads(metadata["run"]) | {name: "here"}).replace('"here"', value)
        weights_file.write_arrays(path, arrays, metadata | {"run": run})
        with raises_sentence(WeightsError, str(path), "do not fit together"):
            checkpoint.load(path, "numpy")


@pytest.mark.parametrize(
    "change",
    [{"notes": 3}, {"notes": {"loss": np.nan}}, {"step": 7}, {"seconds": np.inf}, {"state": None}],
    ids=str,
)
def test_a_run_that_could_not_be_read_back_is_not_saved(path, change):
    before, run = path.read_bytes(), checkpoint.load(path, "numpy")
    for name, value in change.items():
        setattr(run, name, value)
    with raises_sentence(ValueError):
        checkpoint.save(path, run)
    assert path.read_bytes() == before


def test_a_file_written_again_with_nothing_changed_is_believed(path):
    before = checkpoint.load(path, "numpy")
    rewrite(path)
    assert_same_run(checkpoint.load(path, "numpy"), before)


@pytest.mark.parametrize(
    ("form", "piece"),
    [
        ("rnnlib-checkpoint-2", "newer version of this book (rnnlib-checkpoint-2). Update rnnlib."),
        ("rnnlib-1", "is a weights file, and a checkpoint file is needed here."),
        ("rnnlib-checkpoint-x", "not one of this book"),
        ("pt", "not one of this book"),
        (None, "not one of this book"),
    ],
)
def test_a_foreign_or_newer_file_is_named(tmp_path, form, piece):
    metadata = None if form is None else {"format": form}
    safetensors.numpy.save_file({"x": np.zeros(3)}, tmp_path / LAST, metadata)
    with raises_sentence(WeightsError, str(tmp_path / LAST), piece):
        checkpoint.load(tmp_path / LAST, "numpy")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x80\x04\x95" + bytes(40)])
def test_what_is_no_safetensors_file_is_refused(tmp_path, data):
    (tmp_path / LAST).write_bytes(data)
    with raises_sentence(WeightsError, str(tmp_path / LAST)):
        checkpoint.load(tmp_path / LAST, "numpy")


def test_a_missing_file_an_unknown_engine_and_a_missing_device_are_refused(path):
    with raises_sentence(FileNotFoundError, "there is no checkpoint file", "Check the path."):
        checkpoint.load(path.parent / "missing", "numpy")
    with raises_sentence(ValueError, "engine must be one of", "'jax'"):
        checkpoint.load(path, "jax")
    with raises_sentence(ValueError, "finds no GPU"):
        checkpoint.load(path, "numpy", "gpu")


# a disk that fails


def break_disk(monkeypatch, when, error=28):
    """From now on a file is half written, then fails, while `when()` is true."""
    original = Path.write_bytes

    def write(self, data):
        if when():
            original(self, data[: len(data) // 2])
            raise OSError(error, os.strerror(error))
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)


def test_a_save_that_fails_in_mid_run_is_a_warning_and_is_tried_again(tmp_path, monkeypatch):
    run = new_run()
    break_disk(monkeypatch, lambda: 10 <= run.step <= 20)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(run, tmp_path, save_every=4)
    messages = [str(warning.message) for warning in caught]
    assert len([m for m in messages if LAST in m]) == 3  # at steps 12, 16 and 20
    for message in messages:
        assert "No space left on device" in message
        assert message.endswith("Training goes on, unsaved.")
        assert_sentence(message)
    whole = new_run()
    train(whole)
    assert_same_run(checkpoint.load(tmp_path / LAST, "numpy"), whole)
    assert {p.name for p in tmp_path.iterdir()} <= {LAST, BEST}


def test_a_save_that_fails_at_the_end_is_an_error_and_the_one_before_stays(tmp_path, monkeypatch):
    run = new_run()
    break_disk(monkeypatch, lambda: run.step == 30)
    with warnings.catch_warnings(), raises_sentence(OSError, LAST, "No space left on device"):
        warnings.simplefilter("ignore")
        train(run, tmp_path, save_every=4)
    assert run.step == 30  # it is still in hand
    assert checkpoint.load(tmp_path / LAST, "numpy").step == 28


@pytest.mark.parametrize("error", [28, 13, 30], ids=os.strerror)  # full, forbidden, read-only
def test_a_disk_that_fails_at_the_start_stops_before_the_first_step(tmp_path, monkeypatch, error):
    run = new_run()
    break_disk(monkeypatch, lambda: True, error)
    with raises_sentence(OSError, LAST, os.strerror(error)):
        train(run, tmp_path / "new")
    assert run.step == 0
    assert not (tmp_path / "new").exists()


def test_a_folder_is_made_with_all_that_lie_above_it(tmp_path):
    train(new_run(recipe=Recipe(4, 8, steps=1)), tmp_path / "runs" / "cats" / "first")
    assert (tmp_path / "runs" / "cats" / "first" / LAST).is_file()


def test_a_folder_that_cannot_be_made_or_written_stops_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "runs"):
        run = new_run()
        with raises_sentence(OSError, str(folder)):
            train(run, folder)
        assert run.step == 0


# a loss that is no number


def poison(run, step):
    """From this step on the model's loss is not a number."""
    original = run.model.train_step

    def train_step(*batch):
        loss, state = original(*batch)
        return (np.nan if run.step + 1 >= step else loss), state

    run.model.train_step = train_step


def test_a_loss_that_is_no_number_stops_and_the_last_good_file_stays(tmp_path):
    run = new_run()
    poison(run, 14)
    with raises_sentence(ValueError, "the loss became nan at step 14.", "smaller learning rate"):
        train(run, tmp_path, save_every=4)
    found = checkpoint.load(tmp_path / LAST, "numpy")
    assert found.step == 12
    train(found)
    whole = new_run()
    train(whole)
    assert_same_run(found, whole)


@every_engine
def test_weights_that_are_no_numbers_are_not_saved(tmp_path, engine):
    run = new_run(engine)
    train(run, tmp_path, stop_at=3)
    kept = (tmp_path / LAST).read_bytes()
    params = run.model.get_params()
    params["W_hy"][0, 0] = np.nan
    run.model.set_params(params)
    with raises_sentence(ValueError, "W_hy", "step 3", "smaller learning rate"):
        checkpoint.save(tmp_path / LAST, run)
    assert (tmp_path / LAST).read_bytes() == kept


def test_a_file_is_the_same_from_every_engine_but_for_rounding(tmp_path):
    found = {}
    ids, targets, _ = random_batch(small_config())
    for engine in ENGINES:
        run = new_run(engine)
        run.model.train_step(ids, targets, run.model.init_state(3), Update(1e-3))
        checkpoint.save(tmp_path / engine, run)
        found[engine] = weights_file.read_arrays(tmp_path / engine, "checkpoint")
    for arrays, metadata in found.values():
        assert metadata == found["numpy"][1]
        for name, value in arrays.items():
            np.testing.assert_allclose(value, found["numpy"][0][name], atol=1e-5, err_msg=name)
