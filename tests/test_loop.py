"""The training loop that every fit runs: batches, losses, callbacks, validation, early stopping."""

import numpy as np
import pytest

from rnnlib.models import build, classifier, ctc, seq2seq
from rnnlib.models.ctc.config import ListenerConfig
from rnnlib.models.update import Update
from rnnlib.training import ForecastPlan, Recipe, Run, fit, fit_forecasters, fit_stream
from rnnlib.training.callbacks import show_progress
from rnnlib.training.loop import carry_state, train
from rnnlib.training.pairs import fit_pairs
from rnnlib.training.run import History
from rnnlib.training.schedule import Schedule
from rnnlib.training.sequences import fit_sequences
from rnnlib.training.sounds import fit_listener
from rnnlib.training.validation import EarlyStopping, Validation
from tests.helpers import assert_params_equal, raises_sentence, random_batch, small_config

RNG = np.random.default_rng(0)
ROWS = [RNG.integers(3, size=n) for n in (3, 4, 4, 2)] * 6
LABELS = [row[0] % 2 for row in ROWS]
SOUNDS = [RNG.normal(size=(8, 3)) for _ in range(8)]


def char_rnn():
    return build(small_config("float64"), "numpy", seed=1)


def train_examples(callbacks):
    model = char_rnn()
    fit(model, np.array(ROWS[1:3] * 6), np.ones(12, int), 4, 3, 0.1, callbacks=callbacks(model))
    return model


def train_stream(callbacks):
    model = char_rnn()
    ids = np.concatenate(ROWS)
    fit_stream(Run(model, Recipe(2, 4, 16, 0.1)), ids, progress=False, callbacks=callbacks(model))
    return model


def train_sequences(callbacks):
    model = classifier.build(
        classifier.SequenceConfig(2, 4, vocab_size=3, embed_size=2), "numpy", 1
    )
    fit_sequences(model, ROWS, LABELS, Update(0.1), 4, 6, callbacks=callbacks(model))
    return model


def train_pairs(callbacks):
    model = seq2seq.build(seq2seq.Seq2SeqConfig(3, 3, 3, 4), "numpy", 1)
    fit_pairs(model, ROWS, ROWS, 16, 6, 0.1, own_share=0.5, callbacks=callbacks(model))
    return model


def train_listener(callbacks):
    model = ctc.build(ListenerConfig(3, 2, 2, 3, width=3, stride=1), "numpy", 1)
    labels, sizes = [[1], [2]] * 4, [8] * 8
    fit_listener(model, SOUNDS.__getitem__, sizes, labels, 16, 4, 0.1, callbacks=callbacks(model))
    return model


def train_forecaster(callbacks):
    plan = ForecastPlan(3, 2, hidden_size=3, steps=16, batch_size=4)
    series, model = (
        np.random.default_rng(1).normal(size=30).cumsum(),
        classifier.build(plan.config, "numpy", 1),
    )
    fit_forecasters([series], plan, model=model, callbacks=callbacks(model))
    return model


FITS = [  # each of 16 steps
    train_examples,
    train_stream,
    train_sequences,
    train_pairs,
    train_listener,
    train_forecaster,
]
every_fit = pytest.mark.parametrize("train_some", FITS)


class Recorder:
    """Writes down when it was called, and ends the training after step number `last`."""

    def __init__(self, last=None, name="", calls=None, spoilt_after=None):
        self.last, self.name, self.spoilt_after = last, name, spoilt_after
        self.calls, self.losses, self.spoil = [] if calls is None else calls, [], None

    def __call__(self, history):
        step = len(history.losses)
        self.calls.append((self.name, step))
        self.losses.append(history.losses[-1])
        if step == self.spoilt_after:
            self.spoil()
        return step == self.last


# what comes for all: callbacks are given as a function of the model


@every_fit
def test_callbacks_follow_every_step_of_every_fit(train_some):
    recorder = Recorder()
    train_some(lambda model: [recorder])
    assert recorder.calls == [("", step) for step in range(1, 17)]
    assert len(set(recorder.losses)) > 10


@every_fit
def test_early_stopping_chooses_the_best_weights_in_every_fit(train_some):
    """Scores are 3, 2, 2.5, 4 after steps 2, 4, 6, 8: two without a new best, so 4 is taken."""
    recorder, scores = Recorder(), iter([3.0, 2.0, 2.5, 4.0])

    def callbacks(model):
        recorder.stopping = EarlyStopping(model, 2)
        return [Validation(lambda: next(scores), every=2), recorder.stopping, recorder]

    train_some(callbacks)
    assert recorder.calls[-1] == ("", 8)
    best = train_some(lambda model: [Recorder(last=4)])
    assert_params_equal(recorder.stopping.best_params, best.get_params())


@every_fit
def test_a_loss_that_is_no_number_is_refused_in_every_fit(train_some):
    def callbacks(model):
        params = model.get_params()
        broken = {name: np.full_like(value, np.nan) for name, value in params.items()}
        recorder.spoil = lambda: model.set_params(broken)
        return [recorder]

    recorder = Recorder(spoilt_after=3)
    with np.errstate(all="ignore"), raises_sentence(ValueError, "nan at step 4.", "smaller"):
        train_some(callbacks)


# the loop by itself


class Scripted:
    """A model whose losses are given; it writes down what it is given."""

    def __init__(self, losses):
        self.losses, self.updates, self.params = iter(losses), [], {"W": np.zeros(1)}

    def train_step(self, batch, update):
        self.updates.append(update)
        self.params["W"] = self.params["W"] + 1
        return next(self.losses)

    def get_params(self):
        return dict(self.params)

    def set_params(self, params):
        self.params = params


def batches(count):
    return [(n,) for n in range(count)]


def test_the_settings_stay_and_the_rate_is_that_of_the_schedule():
    model, update = Scripted([3, 2, 1, 1]), Update(9.0, 0.5, 0.1, 0.2)
    train(model, batches(4), update, Schedule(4, 0.8, decay="linear"))
    assert model.updates == [Update(rate, 0.5, 0.1, 0.2) for rate in (0.8, 0.8 * 0.75, 0.4, 0.2)]
    model = Scripted([3, 2])
    assert train(model, batches(2), update) == History([3, 2])
    assert model.updates == [update] * 2


def test_a_history_is_gone_on_with():
    model, history = Scripted([1.0, np.nan]), History([3.0, 2.0], [], [2.5], [2])
    validation = Validation(lambda: 2.0, every=3)
    with raises_sentence(ValueError, "loss became nan at step 4."):
        train(model, batches(2), Update(0), Schedule(4, 0.8), [validation], history)
    assert history == History([3.0, 2.0, 1.0], [], [2.5, 2.0], [2, 3])
    assert [update.rate for update in model.updates] == [Schedule(4, 0.8)(n) for n in (2, 3)]


def test_every_callback_is_called_in_its_order_also_when_the_first_ends_the_training():
    calls = []
    order = [Recorder(2, "first", calls), Recorder(None, "second", calls)]
    assert train(Scripted([3, 2, 1]), batches(3), Update(0), callbacks=order).losses == [3, 2]
    assert calls == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


def test_no_batch_is_drawn_after_the_end():
    drawn = []
    given = (drawn.append(n) or (n,) for n in range(9))
    train(Scripted(range(9)), given, Update(0), callbacks=[Recorder(last=3)])
    assert drawn == [0, 1, 2]


# validation and early stopping


def test_held_out_data_is_scored_every_so_many_steps_and_after_the_last():
    scores = iter([5.0, 4.0, 3.0])
    validation = Validation(lambda: next(scores), every=3, last=7)
    history = train(Scripted(range(8)), batches(8), Update(0), callbacks=[validation])
    assert (history.validation_steps, history.validation_losses) == ([3, 6, 7], [5.0, 4.0, 3.0])


@pytest.mark.parametrize(("score", "said"), [(np.nan, "nan"), (2000.0, "2000")])
def test_a_score_that_is_no_number_or_too_high_is_refused(score, said):
    validation = Validation(lambda: score, every=2, below=1000)
    with raises_sentence(ValueError, f"held-out loss became {said} at step 2.", "smaller"):
        train(Scripted(range(3)), batches(3), Update(0), callbacks=[validation])


def test_the_best_weights_are_those_of_the_lowest_score_also_where_the_batches_end_first():
    model, scores = Scripted(range(4)), iter([3.0, 1.0, 2.0, 1.5])
    stopping = EarlyStopping(model, 9)
    callbacks = [Validation(lambda: next(scores), every=1), stopping]
    assert len(train(model, batches(4), Update(0), callbacks=callbacks).losses) == 4
    assert stopping.best_params["W"] == 2  # the weights after step 2
    with raises_sentence(ValueError, "patience must be a whole number of at least 1, not 0."):
        EarlyStopping(model, 0)


def test_patience_begins_anew_with_every_new_best():
    model, scores = Scripted(range(9)), iter([3.0, 3.5, 2.0, 2.5, 2.1, 9.0])
    stopping = EarlyStopping(model, 3)
    callbacks = [Validation(lambda: next(scores), every=1), stopping]
    assert len(train(model, batches(9), Update(0), callbacks=callbacks).losses) == 6
    assert stopping.best_params["W"] == 3


# progress


def test_a_bar_moves_with_every_step_of_any_training():
    class Bar:
        disable, n, said = False, 0, ""

        def set_postfix_str(self, text, refresh):
            self.said = text

        def update(self, more):
            self.n += more

    bar = Bar()
    train(Scripted([3.0, 2.0]), batches(2), Update(0), callbacks=[show_progress(bar, 5)])
    assert (bar.n, bar.said) == (10, "loss 2.500")
    bar.disable = True
    train(Scripted([3.0, 2.0]), batches(2), Update(0), callbacks=[show_progress(bar, 5)])
    assert bar.n == 10


# a state that is carried


@pytest.mark.parametrize("carried", [True, False])
def test_the_loop_is_the_one_that_one_would_write_by_hand(carried):
    config = small_config(cell="lstm")
    ours, theirs = (build(config, "numpy", seed=1) for _ in range(2))
    given = [random_batch(config, seed=seed)[:2] for seed in range(3)]
    step = carry_state(ours, (lambda state: 2 * state) if carried else None)
    losses = train(ours, given, Update(0.1), train_step=step).losses
    state, expected = theirs.init_state(3), []
    for ids, targets in given:
        begin = 2 * state if carried else 0 * state
        loss, state = theirs.train_step(ids, targets, begin, Update(0.1))
        expected.append(loss)
    assert losses == expected
    assert_params_equal(ours.get_params(), theirs.get_params())
