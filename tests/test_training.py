"""The training loop: the order read, what is recorded, clipping, stopping before harm is done."""

import math

import numpy as np
import pytest

from rnnlib.engines import ENGINES, build
from rnnlib.evaluation import mean_loss
from rnnlib.training import History, fit
from tests.helpers import (
    TOLERANCE,
    assert_params_equal,
    every_engine,
    raises_sentence,
    small_config,
)

RNG = np.random.default_rng(0)
INPUTS = RNG.integers(7, size=(10, 4))
TARGETS = RNG.integers(7, size=10)
ALL_TARGETS = RNG.integers(7, size=(10, 4))


class Recorder:
    """A model that learns nothing and writes down what it is given."""

    config = small_config()

    def __init__(self, losses=()):
        self.read, self.states, self.losses = [], [], iter(losses)

    def init_state(self, batch_size):
        return self.config.init_state(batch_size)

    def train_step(self, ids, targets, state):
        self.read.append((ids.copy(), targets.copy()))
        self.states.append(state)
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
    assert history == History([1, 2, 3, 4, 5, 6, 7, 8], [2.5, 6.5], [])


def test_no_epochs_train_nothing():
    model = Recorder()
    assert fit(model, INPUTS, TARGETS, epochs=0) == History([], [], [])
    assert not model.read


def test_fit_is_the_loop_one_would_write_by_hand():
    model, ours = (build(small_config("float64"), "numpy") for _ in range(2))
    history = fit(model, INPUTS, ALL_TARGETS, 3, batch_size=4, learning_rate=0.01, shuffle_seed=2)
    rng, losses, ours.learning_rate = np.random.default_rng(2), [], 0.01
    for _ in range(3):
        order = rng.permutation(10)
        for rows in (order[:4], order[4:8], order[8:]):
            state = np.zeros((1, len(rows), 5))
            losses.append(ours.train_step(INPUTS[rows], ALL_TARGETS[rows], state)[0])
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


def test_clipping_reaches_the_model_and_does_not_outlast_the_call():
    model, ours, free = (build(small_config("float64"), "numpy") for _ in range(3))
    ours.learning_rate, ours.clip_norm = 0.01, 1e-6
    losses = [ours.train_step(INPUTS, ALL_TARGETS, ours.init_state(10))[0] for _ in range(5)]
    assert fit(model, INPUTS, ALL_TARGETS, 5, 10, 0.01, clip_norm=1e-6).losses == losses
    assert fit(free, INPUTS, ALL_TARGETS, 5, 10, 0.01).losses[-1] < losses[-1] - 0.01
    fit(model, INPUTS, TARGETS, epochs=0)
    assert model.clip_norm == math.inf


def test_validation_is_measured_after_each_epoch_and_teaches_nothing():
    held_out = INPUTS[:4, ::-1], TARGETS[:4]
    model, without = (build(small_config(), "numpy") for _ in range(2))
    expected = []
    history = fit(model, INPUTS, TARGETS, 3, learning_rate=0.01, validation=held_out)
    for _ in range(3):
        fit(without, INPUTS, TARGETS, 1, learning_rate=0.01)
        expected.append(mean_loss(without, *held_out))
    assert history.validation_losses == expected
    assert_params_equal(model.get_params(), without.get_params())


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_no_number_stops_with_its_step(loss):
    model = Recorder([1.0] * 13 + [loss])
    with raises_sentence(ValueError, f"became {loss} at step 14.", "smaller learning rate"):
        fit(model, INPUTS, TARGETS, epochs=5)
    assert len(model.read) == 14


GOOD = {"inputs": INPUTS, "targets": TARGETS, "epochs": 1}


@every_engine
@pytest.mark.parametrize(
    ("change", "piece"),
    [
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
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_does_not_fit_is_refused_before_the_first_step(models, engine, change, piece):
    model = models[engine]
    before = model.get_params()
    with raises_sentence(ValueError, piece):
        fit(model, **GOOD | change)
    assert_params_equal(model.get_params(), before)


@pytest.fixture(scope="module")
def models():
    """One model of each engine, which no test changes."""
    return {engine: build(small_config(), engine) for engine in ENGINES}
