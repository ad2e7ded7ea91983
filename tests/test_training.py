"""The training loop: the order read, what is recorded, clipping, stopping before harm is done."""

import contextlib
import math
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnlib.evaluation.scores import mean_loss, score
from rnnlib.models.dropout import draw_mask
from rnnlib.models.engines import ENGINES, build
from rnnlib.models.update import Update
from rnnlib.training import checkpoint
from rnnlib.training.distributed import Alone
from rnnlib.training.epochs import fit
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run, fingerprint
from rnnlib.training.signals import ENDINGS
from rnnlib.training.stream import _reset_some, fit_stream
from tests.helpers import (
    TOLERANCE,
    assert_none,
    assert_params_equal,
    every_engine,
    raises_sentence,
    refusal_faults,
    small_config,
)

RNG = np.random.default_rng(0)
INPUTS = RNG.integers(7, size=(10, 4))
TARGETS = RNG.integers(7, size=10)
ALL_TARGETS = RNG.integers(7, size=(10, 4))


class Recorder:
    """A model that learns nothing and writes down what it is given."""

    config, seed = small_config(), 0

    def __init__(self, losses=()):
        self.read, self.states, self.updates, self.losses = [], [], [], iter(losses)

    def init_state(self, batch_size):
        return self.config.init_state(batch_size)

    def train_step(self, ids, targets, state, update):
        self.read.append((ids.copy(), targets.copy()))
        self.states.append(state)
        self.updates.append(update)
        return next(self.losses, 1.0), state + 1

    def order(self):
        """The examples in the order read, found by their ids."""
        rows = np.concatenate([ids for ids, _ in self.read])
        return [int(np.flatnonzero((row == INPUTS).all(axis=1))[0]) for row in rows]


def test_examples_are_told_apart_by_their_ids():
    assert len(np.unique(INPUTS, axis=0)) == 10


def test_without_a_seed_the_order_is_that_given():
    model = Recorder()
    fit(model, INPUTS, TARGETS, epochs=2)
    assert model.order() == [*range(10)] * 2
    assert [targets.tolist() for _, targets in model.read[:10]] == [[[t]] for t in TARGETS]


def test_with_a_seed_each_epoch_reads_every_example_once_in_a_new_order():
    model, again, other = Recorder(), Recorder(), Recorder()
    fit(model, INPUTS, TARGETS, epochs=3, batch_size=3, shuffle_seed=5)
    fit(again, INPUTS, TARGETS, epochs=3, batch_size=3, shuffle_seed=5)
    fit(other, INPUTS, TARGETS, epochs=3, batch_size=3, shuffle_seed=6)
    epochs = [model.order()[start : start + 10] for start in (0, 10, 20)]
    assert all(sorted(epoch) == [*range(10)] for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, range(10)]}) == 4
    assert model.order() == again.order() != other.order()
    assert all((TARGETS[model.order()[i]] == t).all() for i, t in enumerate(targets_of(model)))


def targets_of(model):
    return np.concatenate([targets for _, targets in model.read])


def test_seed_0_shuffles():
    model = Recorder()
    fit(model, INPUTS, TARGETS, epochs=1, shuffle_seed=0)
    assert model.order() != [*range(10)]


def test_the_last_batch_of_an_epoch_holds_what_is_left():
    model = Recorder()
    fit(model, INPUTS, ALL_TARGETS, epochs=2, batch_size=4)
    assert [len(ids) for ids, _ in model.read] == [4, 4, 2] * 2
    assert [targets.shape for _, targets in model.read[:3]] == [(4, 4), (4, 4), (2, 4)]


def test_every_example_starts_from_a_state_of_zeros():
    model = Recorder()
    fit(model, INPUTS, TARGETS, epochs=2, batch_size=4)
    assert not any(state.any() for state in model.states)


def test_history_holds_a_loss_for_each_step_and_a_mean_for_each_epoch():
    history = fit(Recorder(range(1, 9)), INPUTS, TARGETS, epochs=2, batch_size=3)
    assert history == History([1, 2, 3, 4, 5, 6, 7, 8], [2.5, 6.5])


def test_no_epochs_train_nothing():
    model = Recorder()
    assert fit(model, INPUTS, TARGETS, epochs=0) == History()
    assert not model.read


def test_fit_is_the_loop_one_would_write_by_hand():
    model, ours = (build(small_config("float64"), "numpy") for _ in range(2))
    history = fit(model, INPUTS, ALL_TARGETS, 3, batch_size=4, learning_rate=0.01, shuffle_seed=2)
    rng, losses = np.random.default_rng(2), []
    for _ in range(3):
        order = rng.permutation(10)
        for rows in (order[:4], order[4:8], order[8:]):
            state = np.zeros((1, len(rows), 5))
            batch = INPUTS[rows], ALL_TARGETS[rows], state
            losses.append(ours.train_step(*batch, Update(0.01))[0])
    assert history.losses == losses
    assert history.epoch_losses == [float(np.mean(losses[i : i + 3])) for i in (0, 3, 6)]
    assert_params_equal(model.get_params(), ours.get_params())


@pytest.mark.parametrize(
    ("dtype", "cell", "num_layers"),
    [("float32", "rnn", 1), ("float64", "rnn", 1), ("float64", "gru", 2), ("float32", "lstm", 2)],
)
def test_the_loss_curves_of_all_engines_are_the_same_with_clipping(dtype, cell, num_layers):
    found = {}
    for engine in ENGINES:
        model = build(small_config(dtype, cell, num_layers), engine, seed=2)
        held_out = INPUTS[:3], TARGETS[:3]
        history = fit(model, INPUTS, TARGETS, 3, 3, 0.02, 1, held_out, clip_norm=0.3)
        found[engine] = history.losses, history.validation_losses, history.epoch_losses
        assert history.losses[-1] < history.losses[0]
    for engine in ENGINES:
        for theirs, ours in zip(found[engine], found["numpy"], strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=TOLERANCE[dtype])


def test_clipping_reaches_the_model():
    model, ours, free = (build(small_config("float64"), "numpy") for _ in range(3))
    batch, update = (INPUTS, ALL_TARGETS, ours.init_state(10)), Update(0.01, 1e-6)
    losses = [ours.train_step(*batch, update)[0] for _ in range(5)]
    assert fit(model, INPUTS, ALL_TARGETS, 5, 10, 0.01, clip_norm=1e-6).losses == losses
    assert fit(free, INPUTS, ALL_TARGETS, 5, 10, 0.01).losses[-1] < losses[-1] - 0.01


def test_what_one_training_sets_does_not_reach_the_next():
    """Examples teach a model that has read a stream what they teach a fresh one like it."""
    model = build(small_config("float64", "gru"), "numpy", seed=2)
    fit_stream(Run(model, Recipe(3, 5, 6, 0.02, dropout=0.5, weight_decay=0.1)), IDS)
    fresh = build(model.config, "numpy", seed=2)
    fresh.set_params(model.get_params())
    fresh.set_optimizer(model.get_optimizer())
    ours, theirs = (fit(m, INPUTS, ALL_TARGETS, 2, 5, 0.01).losses for m in (model, fresh))
    assert ours == theirs
    assert_params_equal(model.get_params(), fresh.get_params())


def test_validation_is_measured_after_each_epoch_and_teaches_nothing():
    held_out = INPUTS[:4, ::-1], TARGETS[:4]
    model, without = (build(small_config(), "numpy") for _ in range(2))
    expected = []
    history = fit(model, INPUTS, TARGETS, 3, learning_rate=0.01, validation=held_out)
    for _ in range(3):
        fit(without, INPUTS, TARGETS, 1, learning_rate=0.01)
        expected.append(mean_loss(without, *held_out))
    assert (history.validation_losses, history.validation_steps) == (expected, [10, 20, 30])
    assert_params_equal(model.get_params(), without.get_params())


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_no_number_stops_with_its_step(loss):
    model = Recorder([1.0] * 13 + [loss])
    with raises_sentence(ValueError, f"became {loss} at step 14.", "smaller learning rate"):
        fit(model, INPUTS, TARGETS, epochs=5)
    assert len(model.read) == 14


GOOD = {"inputs": INPUTS, "targets": TARGETS, "epochs": 1}
BAD = [
    ({"batch_size": 0}, "batch_size"),
    ({"batch_size": 2.0}, "batch_size"),
    ({"epochs": -1}, "epochs must be a whole number of at least 0, not -1"),
    ({"epochs": 1.5}, "epochs"),
    ({"learning_rate": -1e-3}, "learning_rate"),
    ({"learning_rate": np.nan}, "learning_rate"),
    ({"learning_rate": np.inf}, "learning_rate"),
    ({"clip_norm": 0}, "clip_norm must be a number above 0, not 0."),
    ({"clip_norm": -1.0}, "clip_norm"),
    ({"clip_norm": np.nan}, "clip_norm"),
    ({"inputs": INPUTS[0]}, "(4,)"),
    ({"inputs": INPUTS[:0]}, "(0, 4)"),
    ({"targets": TARGETS[:9]}, "(9, 1)"),
    ({"targets": np.zeros((10, 5), int)}, "(10, 5)"),
    ({"targets": TARGETS.astype(float)}, "float64"),
    ({"inputs": np.vstack([INPUTS[:9], [[0, 0, 0, 7]]])}, "id 7"),
    ({"targets": np.array([0] * 9 + [-1])}, "id -1"),
    ({"validation": (INPUTS, TARGETS[:3])}, "(3, 1)"),
    ({"validation": (INPUTS + 7, TARGETS)}, "out of range"),
]


@every_engine
def test_what_does_not_fit_is_refused_before_the_first_step(models, engine):
    model = models[engine]
    before = model.get_params()
    cases = [(change, lambda change=change: fit(model, **GOOD | change), p) for change, p in BAD]
    assert_none(refusal_faults(cases), "Let fit in training/epochs.py refuse it, by its name.")
    assert_params_equal(model.get_params(), before)


@pytest.fixture(scope="module")
def models():
    """One model of each engine, which no test changes."""
    return {engine: build(small_config(), engine) for engine in ENGINES}


# along one long text

IDS = RNG.integers(7, size=100)
HELD_OUT = RNG.integers(7, size=40)
RECIPE = Recipe(3, 5, 14, 0.02, 0.2, clip_norm=0.5, dropout=0.3, validate_every=4)
PASS = 6  # steps: 99 // (3 * 5)


class StreamRecorder(Recorder):
    """A Recorder that may press Ctrl-C."""

    number = signal.SIGINT

    def __init__(self, presses=()):
        super().__init__()
        self.presses = dict(presses)

    def train_step(self, ids, targets, state, update):
        for _ in range(self.presses.get(len(self.read), 0)):
            signal.raise_signal(self.number)
        return super().train_step(ids, targets, state, update)


def stream_run(engine="numpy", recipe=RECIPE, dtype="float64", cell="gru"):
    return Run(build(small_config(dtype, cell), engine, seed=2), recipe)


def assert_same_end(ours, theirs):
    """Two runs that stand at the same place, with the same weights and losses to the last bit."""
    assert (ours.step, ours.history) == (theirs.step, theirs.history)
    assert_params_equal(ours.model.get_params(), theirs.model.get_params())
    np.testing.assert_array_equal(ours.state, theirs.state)


def test_each_step_reads_the_next_characters_of_every_row_pass_after_pass():
    model = StreamRecorder()
    fit_stream(Run(model, RECIPE), IDS)
    assert len(model.read) == RECIPE.steps
    for step, (ids, targets) in enumerate(model.read):
        start = step % PASS * 5
        for row in range(3):  # each is 30 characters long
            first = row * 30 + start
            assert ids[row].tolist() == IDS[first : first + 5].tolist()
            assert targets[row].tolist() == IDS[first + 1 : first + 6].tolist()


def test_the_state_is_carried_from_step_to_step_and_is_zero_at_each_pass():
    model = StreamRecorder()
    run = Run(model, RECIPE)
    fit_stream(run, IDS)
    assert {state.shape for state in model.states} == {(1, 3, 5)}
    # a Recorder adds 1 to the state at every step
    assert [state.max() for state in model.states] == [step % PASS for step in range(14)]
    assert [state.min() for state in model.states] == [step % PASS for step in range(14)]
    assert (run.state == 14 % PASS).all()


def test_of_several_processes_each_goes_on_with_the_text_and_the_states_of_its_own_rows():
    class Second(Alone):
        rank, count = 1, 3

        def rows(self, batch_size):
            return slice(1, 2)

    model = StreamRecorder()
    model.group = Second()
    whole = np.arange(15.0).reshape(1, 3, 5)  # what a checkpoint holds, of all rows
    fit_stream(Run(model, RECIPE, None, 2, whole, History([1.0] * 2)), IDS, stop_at=3)
    np.testing.assert_array_equal(model.read[0][0], [IDS[40:45]])  # a row is 30 characters long
    np.testing.assert_array_equal(model.states[0], whole[:, 1:2])


def test_the_recipe_reaches_the_model():
    model = StreamRecorder()
    fit_stream(Run(model, RECIPE), IDS)
    assert model.updates == [Update(RECIPE.rate(step), 0.5, 0.1, 0.3) for step in range(14)]
    assert len({update.rate for update in model.updates}) > 10


@pytest.mark.parametrize(("dtype", "cell"), [("float32", "lstm"), ("float64", "gru")])
def test_fit_stream_is_the_loop_one_would_write_by_hand(dtype, cell):
    run = stream_run(dtype=dtype, cell=cell)
    history = fit_stream(run, IDS, HELD_OUT)
    model, losses, scores = build(small_config(dtype, cell), "numpy", seed=2), [], {}
    rows, targets, state = IDS[:90].reshape(3, 30), IDS[1:91].reshape(3, 30), None
    for step in range(14):
        place = slice(step % 6 * 5, step % 6 * 5 + 5)
        state = model.init_state(3) if step % 6 == 0 else state
        rising = 0.02 * (step + 1) / 3  # round(0.2 * 14) steps
        falling = 0.01 * (1 + math.cos(math.pi * (step - 3) / 11))
        update = Update(rising if step < 3 else falling, 0.5, 0.1, 0.3)
        loss, state = model.train_step(rows[:, place], targets[:, place], state, update)
        losses.append(loss)
        if step + 1 in (4, 8, 12, 14):
            scores[step + 1] = score(model, HELD_OUT).nats
    assert history.losses == losses
    assert dict(zip(history.validation_steps, history.validation_losses, strict=True)) == scores
    assert_params_equal(run.model.get_params(), model.get_params())
    np.testing.assert_array_equal(run.state, state)
    assert (run.step, run.text_hash) == (14, fingerprint(IDS))


def test_scoring_the_held_out_text_changes_nothing_else():
    scored, without = stream_run(), stream_run()
    fit_stream(scored, IDS, HELD_OUT)
    fit_stream(without, IDS)
    assert without.history.validation_losses == []
    assert scored.history.losses == without.history.losses
    assert_params_equal(scored.model.get_params(), without.model.get_params())
    np.testing.assert_array_equal(scored.state, without.state)


@pytest.mark.parametrize(("dtype", "cell"), [("float32", "lstm"), ("float64", "gru")])
def test_the_curves_along_a_stream_are_the_same_in_all_engines(dtype, cell):
    found = {}
    for engine in ENGINES:
        history = fit_stream(stream_run(engine, dtype=dtype, cell=cell), IDS, HELD_OUT)
        found[engine] = history.losses, history.validation_losses
    for engine in ENGINES:
        for theirs, ours in zip(found[engine], found["numpy"], strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=TOLERANCE[dtype])


@every_engine
def test_a_run_that_stops_on_the_way_and_goes_on_is_one_that_did_not_stop(engine):
    whole, parts = stream_run(engine), stream_run(engine)
    fit_stream(whole, IDS, HELD_OUT)
    for stop_at, step in ((1, 1), (6, 6), (3, 6), (11, 11), (99, 14), (None, 14)):
        fit_stream(parts, IDS, HELD_OUT, stop_at=stop_at)
        assert parts.step == step
    assert_same_end(parts, whole)


def test_patience_ends_a_run_that_gets_no_better():
    recipe = Recipe(3, 5, 200, 0.3, decay="none", validate_every=2, patience=3)
    run = stream_run(recipe=recipe)
    losses = fit_stream(run, IDS, HELD_OUT).validation_losses  # noise: nothing can be learned
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 3
    assert run.step == 2 * len(losses) < 200
    assert run.finished
    step = run.step
    fit_stream(run, IDS, HELD_OUT)  # it stays finished
    assert run.step == step


def test_patience_without_a_held_out_text_is_refused_before_the_first_step(tmp_path):
    run = stream_run(recipe=Recipe(3, 5, 14, patience=2))
    with raises_sentence(ValueError, "patience 2", "held-out text"):
        fit_stream(run, IDS, folder=tmp_path / "run")
    assert (run.step, run.text_hash) == (0, None)
    assert not (tmp_path / "run").exists()


# beginnings


def test_with_reset_1_every_piece_is_read_from_zeros():
    recipe = replace(RECIPE, reset=1)
    recorded = Run(StreamRecorder(), recipe)
    fit_stream(recorded, IDS)
    assert not any(state.any() for state in recorded.model.states)
    run, model = stream_run(recipe=recipe), stream_run().model
    rows, targets = IDS[:90].reshape(3, 30), IDS[1:91].reshape(3, 30)
    losses = []
    for step in range(14):
        place = slice(step % PASS * 5, step % PASS * 5 + 5)
        batch = rows[:, place], targets[:, place], model.init_state(3)
        losses.append(model.train_step(*batch, recipe.update(step))[0])
    assert fit_stream(run, IDS).losses == losses
    assert_params_equal(run.model.get_params(), model.get_params())


def test_a_share_of_the_rows_begins_anew_and_the_others_go_on():
    """A Recorder adds 1 at every step, so its state says how long ago a row last began."""
    recipe = Recipe(50, 1, 200, reset=0.3)
    model = StreamRecorder()
    fit_stream(Run(model, recipe), RNG.integers(7, size=50 * 200 + 1))
    ages = np.array([state[0] for state in model.states])  # (steps, rows, H)
    assert (ages == ages[..., :1]).all()  # a row is reset as a whole
    ages, begun = ages[..., 0], ages[1:, :, 0] == 0
    np.testing.assert_array_equal(ages[1:], np.where(begun, 0, ages[:-1] + 1))
    assert abs(begun.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / begun.size)
    assert abs(np.corrcoef(begun[1:].ravel(), begun[:-1].ravel())[0, 1]) < 4 / np.sqrt(begun.size)
    assert len({row.tobytes() for row in begun.T}) == 50


def test_a_row_that_begins_anew_forgets_in_every_layer():
    run = Run(StreamRecorder(), Recipe(20, 1, reset=0.5), step=1, state=np.ones((3, 20, 5)))
    states = _reset_some(run, None)
    assert 0 < states[0, :, 0].sum() < 20
    assert (states == states[:1, :, :1]).all()


def test_resets_and_dropout_are_drawn_apart():
    recipe = Recipe(200, 1, 1, reset=0.5, dropout=0.5)
    run = Run(StreamRecorder(), recipe, step=5, state=np.ones((1, 200, 5)))
    reset = ~_reset_some(run, None).any(axis=(0, 2))
    out = draw_mask(run.model.config, 0.5, 200, run.model.seed, 5).ravel()[:200] == 0
    assert abs(np.corrcoef(reset, out)[0, 1]) < 4 / np.sqrt(200)
    assert (run.state == 1).all()  # what was carried is not written into


def test_other_seeds_draw_other_resets():
    found = set()
    for seed in range(3):
        run = Run(StreamRecorder(), Recipe(20, 1, reset=0.5), step=1, state=np.ones((1, 20, 5)))
        run.model.seed = seed
        found.add(_reset_some(run, None).tobytes())
    assert len(found) == 3


def test_a_run_with_resets_goes_on_from_a_file_as_if_it_had_not_stopped(tmp_path):
    recipe = replace(RECIPE, reset=0.4)
    whole, part = stream_run(recipe=recipe), stream_run(recipe=recipe)
    fit_stream(whole, IDS, HELD_OUT)
    fit_stream(part, IDS, HELD_OUT, tmp_path, stop_at=8)
    found = checkpoint.load(tmp_path / checkpoint.LAST, "numpy")
    fit_stream(found, IDS, HELD_OUT)
    assert_same_end(found, whole)
    plain = fit_stream(stream_run(), IDS).losses
    assert whole.history.losses[0] == plain[0]
    assert whole.history.losses != plain


def test_all_engines_reset_the_same_rows():
    losses = {}
    for engine in ENGINES:
        run = stream_run(engine, replace(RECIPE, reset=0.4))
        losses[engine] = fit_stream(run, IDS).losses
    for found in losses.values():
        np.testing.assert_allclose(found, losses["numpy"], rtol=0, atol=TOLERANCE["float64"])


def test_a_report_follows_every_score():
    run, told = stream_run(), []
    fit_stream(run, IDS, HELD_OUT, report=lambda run: told.append((run.step, run.best)))
    losses = run.history.validation_losses
    assert told == [(step, min(losses[: i + 1])) for i, step in enumerate([4, 8, 12, 14])]
    fit_stream(stream_run(), IDS, report=told.append)
    assert len(told) == 4


def test_time_goes_on_counting_and_nothing_is_printed(capfd):
    run = stream_run()
    fit_stream(run, IDS, stop_at=5)
    before = run.seconds
    fit_stream(run, IDS)
    assert 0 < before < run.seconds
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("on_a_terminal", [True, False])
def test_a_terminal_sees_the_characters_read_and_the_mean_loss(monkeypatch, on_a_terminal):
    class Bar(contextlib.nullcontext):
        disable = not on_a_terminal

        def __init__(self, total, initial, disable, **_):
            super().__init__(self)
            self.total, self.n, self.off, self.said = total, initial, disable, []
            bars.append(self)

        def set_postfix_str(self, text, refresh):
            self.said.append(text)

        def update(self, more):
            self.n += more

    bars, run = [], stream_run()
    monkeypatch.setattr("rnnlib.training.stream.tqdm", Bar)
    fit_stream(run, IDS, stop_at=5)
    fit_stream(run, IDS, progress=False)
    losses = run.history.losses
    expected = [f"loss {np.mean(losses[: i + 1]):.3f}" for i in range(len(losses))]
    assert bars[0].said + bars[1].said == expected * on_a_terminal
    assert [bar.total for bar in bars] == [RECIPE.characters] * 2
    assert [bar.off for bar in bars] == [None, True]  # None: only where there is no terminal
    assert bars[1].n == (
        RECIPE.characters if on_a_terminal else 5 * RECIPE.batch_size * RECIPE.length
    )


def test_ctrl_c_ends_the_step_saves_and_the_run_goes_on_as_if_nothing_had_been(tmp_path):
    whole, run, pressed = stream_run(), stream_run(), []
    fit_stream(whole, IDS, HELD_OUT)
    step = run.model.train_step

    def train_step(*batch):
        if run.step == 7 and not pressed:
            pressed.append(signal.raise_signal(signal.SIGINT))
        return step(*batch)

    run.model.train_step = train_step
    with pytest.raises(KeyboardInterrupt):
        fit_stream(run, IDS, HELD_OUT, tmp_path)
    found = checkpoint.load(tmp_path / checkpoint.LAST, "numpy")
    assert run.step == found.step == 8
    fit_stream(found, IDS, HELD_OUT)
    assert_same_end(found, whole)
    fit_stream(run, IDS, HELD_OUT)  # nor was the run in hand hurt
    assert_same_end(run, whole)


def test_a_second_ctrl_c_stops_in_the_midst_of_the_step():
    model = StreamRecorder({4: 2})
    run = Run(model, RECIPE)
    with pytest.raises(KeyboardInterrupt):
        fit_stream(run, IDS)
    assert (run.step, len(model.read)) == (4, 4)


def test_ctrl_c_in_the_last_save_lets_it_finish(tmp_path, monkeypatch):
    run, write_bytes = stream_run(), Path.write_bytes

    def write(self, data):
        if run.step == 14:
            signal.raise_signal(signal.SIGINT)
        return write_bytes(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(KeyboardInterrupt):
        fit_stream(run, IDS, folder=tmp_path, save_every=10)
    assert checkpoint.load(tmp_path / checkpoint.LAST, "numpy").step == 14


others = pytest.mark.parametrize(
    "number", [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
)


@others
@pytest.mark.usefixtures("hears_signals")
def test_other_signals_save_as_ctrl_c_does_though_they_come_together(tmp_path, number):
    run = stream_run()
    step, before = run.model.train_step, signal.getsignal(number)

    def train_step(*batch):
        if run.step == 7:
            for _ in range(2):  # a system that shuts down sends several
                signal.raise_signal(number)
        return step(*batch)

    run.model.train_step = train_step
    with pytest.raises(SystemExit) as stop:
        fit_stream(run, IDS, HELD_OUT, tmp_path)
    assert stop.value.code == 128 + number
    assert run.step == checkpoint.load(tmp_path / checkpoint.LAST, "numpy").step == 8
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_of_another_process_ends_this_one_in_the_same_way(tmp_path, number):
    class Two(Alone):
        def mean(self, loss, *shares):
            assert shares == (0,) * len(ENDINGS)
            return [loss, *(0.5 * (n == number and run.step == 7) for n in ENDINGS)]

    run = stream_run()
    run.model.group = Two()
    with pytest.raises(KeyboardInterrupt if number == signal.SIGINT else SystemExit) as stop:
        fit_stream(run, IDS, HELD_OUT, tmp_path)
    assert getattr(stop.value, "code", 130) == 128 + number
    assert checkpoint.load(tmp_path / checkpoint.LAST, "numpy").step == 8


@others
def test_a_signal_that_is_ignored_stays_so(number):
    model, before = StreamRecorder({3: 1}), signal.signal(number, signal.SIG_IGN)
    model.number = number
    try:
        assert len(fit_stream(Run(model, RECIPE), IDS).losses) == 14  # as nohup wants it
    finally:
        signal.signal(number, before)


def test_ctrl_c_ends_a_run_also_where_it_was_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell starts what ends in &
    try:
        with pytest.raises(KeyboardInterrupt):
            fit_stream(Run(StreamRecorder({3: 1}), RECIPE), IDS)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_report_that_cannot_be_printed_loses_no_step(tmp_path):
    def report(run):
        raise OSError("the terminal is closed.")

    run = stream_run()
    with raises_sentence(OSError, "the terminal is closed."):
        fit_stream(run, IDS, HELD_OUT, tmp_path, save_every=100, report=report)
    assert run.step == checkpoint.load(tmp_path / checkpoint.LAST, "numpy").step == 4


def test_afterwards_ctrl_c_means_what_it_did_before():
    before = signal.getsignal(signal.SIGINT)
    fit_stream(Run(StreamRecorder(), RECIPE), IDS)
    with pytest.raises(KeyboardInterrupt):
        fit_stream(Run(StreamRecorder({3: 1}), RECIPE), IDS)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_that_is_not_the_main_one_trains_too():
    run = Run(StreamRecorder(), RECIPE)
    thread = threading.Thread(target=fit_stream, args=(run, IDS))
    thread.start()
    thread.join()
    assert run.step == 14


def test_a_loss_along_a_stream_that_is_no_number_stops_with_its_step():
    run = Run(StreamRecorder(), RECIPE)
    run.model.losses = iter([1.0] * 8 + [np.nan])
    with raises_sentence(ValueError, "became nan at step 9.", "smaller learning rate"):
        fit_stream(run, IDS)
    assert run.history.losses == [1.0] * 8


BAD_STREAMS = [
    ({"ids": IDS[:15]}, "15 characters"),
    ({"ids": np.append(IDS, 7)}, "id 7"),
    ({"ids": IDS[None]}, "(1, 100)"),
    ({"ids": IDS.astype(float)}, "float64"),
    ({"validation": IDS[:1]}, "(1,)"),
    ({"validation": IDS[None]}, "(1, 100)"),
    ({"validation": IDS.reshape(2, 50)}, "(2, 50)"),
    ({"validation": IDS + 7}, "out of range"),
    ({"save_every": 0}, "save_every"),
]


@every_engine
def test_a_stream_that_does_not_fit_is_refused_before_the_first_step(tmp_path, models, engine):
    run = Run(models[engine], RECIPE)
    before = models[engine].get_params()
    good = {"ids": IDS, "folder": tmp_path / "run"}
    cases = [
        (change, lambda change=change: fit_stream(run, **good | change), piece)
        for change, piece in BAD_STREAMS
    ]
    assert_none(refusal_faults(cases), "Let fit_stream in training/stream.py refuse it.")
    assert_params_equal(models[engine].get_params(), before)
    assert (run.step, run.text_hash) == (0, None)
    assert not (tmp_path / "run").exists()
