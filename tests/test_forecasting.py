"""A network that forecasts: the same in every engine, blind to the future, and able to learn."""

from functools import partial

import numpy as np
import pytest

from rnnlib.data import Scaler
from rnnlib.evaluation import backtest
from rnnlib.models.classifier import build
from rnnlib.training.forecasting import (
    READS,
    Forecaster,
    ForecastPlan,
    fit_forecaster,
    fit_forecasters,
)
from tests.helpers import assert_none, draw_wave, raises_sentence, refusal_faults

SMALL = ForecastPlan(window=5, horizon=3, hidden_size=4, steps=4, batch_size=6)


def walk(length=60, seed=0):
    """Some numbers that wander, not about zero."""
    return 50 + 3 * np.random.default_rng(seed).normal(size=length).cumsum()


def test_changes_are_scaled_by_their_size_and_a_step_to_another_series_is_none():
    trains = [5.0 * np.arange(20) + np.tile([0, 1], 10), 900 + walk(20)]  # both rise or wander
    changes = np.concatenate([np.diff(train) for train in trains])
    for one in fit_forecasters(trains, SMALL, "numpy", shared=True):
        assert one.change == Scaler(0.0, pytest.approx(np.sqrt((changes**2).mean())))
    alone = fit_forecaster(trains[0], SMALL, "numpy")  # changes of 6 and 4 in turn, the first 6
    assert alone.change.scale**2 == pytest.approx((10 * 36 + 9 * 16) / 19)


def test_examples_by_hand():
    plan = ForecastPlan(window=2, horizon=2)
    model = fit_forecaster(walk(), SMALL, "numpy").model
    one = Forecaster(model, plan, Scaler(10.0, 2.0), Scaler(0.0, 4.0))
    inputs, targets = one.examples([10.0, 14.0, 12.0, 20.0, 16.0, 10.0])
    np.testing.assert_allclose(inputs[0], [[2.0, 1.0], [1.0, -0.5]])  # of 10, then 14, 12
    np.testing.assert_allclose(targets[0], [(20 - 12) / 2, (16 - 12) / 2])
    np.testing.assert_allclose(inputs[1], [[1.0, -0.5], [5.0, 2.0]])
    np.testing.assert_allclose(targets[1], [(16 - 20) / 2, (10 - 20) / 2])
    assert inputs.shape == (2, 2, 2)
    assert inputs.dtype == targets.dtype == np.float32


@pytest.mark.parametrize(("engine", "cell"), [("keras", "gru"), ("torch", "rnn"), ("torch", "gru")])
def test_every_engine_trains_the_same_forecaster(engine, cell):
    plan = ForecastPlan(window=5, horizon=3, cell=cell, hidden_size=4, steps=4, batch_size=6)
    found, expected = (fit_forecaster(walk(), plan, name)(walk(), 3) for name in (engine, "numpy"))
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-5)
    np.testing.assert_allclose(found.sd, expected.sd, rtol=1e-4)


def test_another_future_changes_no_forecast_made_before_it():
    values = walk()
    other = values.copy()
    other[45:] = 1000 - 50 * other[45:]
    found, again = (
        backtest(fit_forecaster(series[:40], SMALL, "numpy"), series, 40, 3)
        for series in (values, other)
    )
    before = found.origins <= 45
    np.testing.assert_array_equal(found.forecast.mean[before], again.forecast.mean[before])
    np.testing.assert_array_equal(found.forecast.sd[before], again.forecast.sd[before])
    assert not np.isclose(found.forecast.mean[-1], again.forecast.mean[-1]).any()


def test_of_a_history_only_the_window_is_read():
    values = walk()
    one = fit_forecaster(values, SMALL, "numpy")
    found, short = one(values, 3), one(values[-6:], 3)
    np.testing.assert_array_equal(found.mean, short.mean)
    assert not np.array_equal(one(values[:-1], 3).mean, found.mean)
    np.testing.assert_array_equal(one(values, 2).mean, found.mean[:2])


def test_windows_in_one_batch_are_forecast_as_one_by_one():
    values = walk()
    one = fit_forecaster(values, SMALL)
    windows = np.stack([values[o - 6 : o] for o in range(6, 20)])
    together = one.forecast(windows)
    alone = [one(values[:o], 3) for o in range(6, 20)]
    np.testing.assert_allclose(together.mean, [f.mean for f in alone], rtol=1e-6)
    np.testing.assert_allclose(together.sd, [f.sd for f in alone], rtol=1e-5)


def test_who_reads_changes_alone_follows_a_shift_and_a_new_unit_exactly():
    values = walk()
    plan = ForecastPlan(5, 3, "change", hidden_size=4, steps=4, batch_size=6)
    found = fit_forecaster(values, plan, "numpy")(values, 3)
    moved = fit_forecaster(1000 + 2 * values, plan, "numpy")(1000 + 2 * values, 3)
    np.testing.assert_allclose(moved.mean, 1000 + 2 * found.mean, rtol=1e-6)
    np.testing.assert_allclose(moved.sd, 2 * found.sd, rtol=1e-4)


def test_many_series_share_a_model_and_scales_only_where_asked():
    trains = [walk(seed=1), 10 * walk(40, seed=2)]
    own = fit_forecasters(trains, SMALL, "numpy")
    assert own[0].model is own[1].model
    assert own[1].level == Scaler.fit(trains[1])
    assert own[0].level == Scaler.fit(trains[0])
    shared = fit_forecasters(trains, SMALL, "numpy", shared=True)
    assert shared[0].level == shared[1].level == Scaler.fit(np.concatenate(trains))


def test_a_network_of_one_number_a_step_reads_that_number():
    values = walk()
    for reads, features in zip(READS, (1, 1, 2), strict=True):
        plan = ForecastPlan(5, 3, reads, hidden_size=4, steps=1)
        one = fit_forecaster(values, plan, "numpy")
        assert one.inputs(values[None, :6]).shape == (1, 5, features)
    both = fit_forecaster(values, ForecastPlan(5, 3, steps=1), "numpy").inputs(values[None, :6])
    np.testing.assert_allclose(both[0, :, 0] * values.std() + values.mean(), values[1:6], rtol=1e-5)


MONTHS = ForecastPlan(5, 3, hidden_size=4, steps=4, batch_size=6, season=4)


def test_a_plan_with_a_season_reads_the_place_of_every_step_in_it():
    values = walk()
    one = fit_forecaster(values, MONTHS, "numpy")
    inputs = one.inputs(values[None, 1:7], [7])  # steps 2 to 6, and the forecast begins at 7
    assert inputs.shape == (1, 5, 2 + 4)
    np.testing.assert_array_equal(inputs[0, :, 2:].argmax(axis=1), [2, 3, 0, 1, 2])
    np.testing.assert_array_equal(inputs[0, :, 2:].sum(axis=1), 1)
    examples, _ = one.examples(values)
    np.testing.assert_array_equal(examples[1], inputs[0])


def test_a_forecast_knows_its_season_from_the_length_of_the_history():
    values = walk()
    one = fit_forecaster(values, MONTHS, "numpy")
    windows = np.stack([values[o - 6 : o] for o in (20, 21)])
    together = one.forecast(windows, [20, 21])
    alone = [one(values[:o], 3).mean for o in (20, 21)]
    np.testing.assert_allclose(together.mean, alone, rtol=1e-6)
    same = one(np.append(values[:4], values), 3).mean  # a whole season more before it
    np.testing.assert_allclose(one(values, 3).mean, same, rtol=1e-6)
    moved = one(np.append(values[:1], values), 3).mean
    assert not np.allclose(one(values, 3).mean, moved, rtol=1e-6)


def test_windows_without_their_origins_are_refused_where_the_season_counts():
    one = fit_forecaster(walk(), MONTHS, "numpy")
    for origins in (None, [7]):
        with raises_sentence(ValueError, "season of 4", "origin"):
            one.forecast(np.stack([walk()[:6]] * 2), origins)


def test_what_depends_on_the_place_alone_is_learned_from_the_place():
    noise = np.random.default_rng(3).normal(size=400)
    values = np.tile([0.0, 9.0, -4.0, 2.0, 5.0], 80) + noise
    plan = ForecastPlan(1, 1, "level", hidden_size=8, steps=300, rate=0.02, season=5)
    found = backtest(fit_forecaster(values[:300], plan), values, 300, 1)
    assert np.abs(found.actual - found.forecast.mean).mean() < 1.1  # 0.8 at best, 3.9 without


def test_it_learns_a_wave_that_no_autoregression_can_and_its_own_doubt():
    values = draw_wave(1300, turns=3)
    plan = ForecastPlan(1, 1, "level", hidden_size=16, steps=600, batch_size=64, rate=0.02)
    found = backtest(fit_forecaster(values[:900], plan), values, 900, 1)
    error = np.mean((found.actual - found.forecast.mean) ** 2)
    assert error < 0.1 * values.var()
    assert 0.7 < found.coverage(0.8) < 0.9


def test_a_longer_horizon_than_planned_and_a_shorter_history_are_refused():
    one = fit_forecaster(walk(), SMALL, "numpy")
    with raises_sentence(ValueError, "planned for 3", "not 4"):
        one(walk(), 4)
    with raises_sentence(ValueError, "5 numbers", "6 are the least"):
        one(walk()[:5], 3)
    with raises_sentence(ValueError, "nan at place 9"):
        one(np.append(walk()[:9], np.nan), 3)


def test_what_cannot_be_trained_on_is_refused():
    bad = [
        (np.full(60, 2.0), "constant"),
        (np.append(walk(), np.nan), "nan at place 60"),
        (walk(8), "8 numbers, and 9 are the least"),
        (["a"] * 60, "numbers alone"),
    ]
    cases = []
    for train, piece in bad:
        cases.append((piece, partial(fit_forecaster, train, SMALL, "numpy"), piece))
        cases.append((piece, partial(fit_forecasters, [walk(), train], SMALL, "numpy"), piece))
    assert_none(refusal_faults(cases), "Let fit_forecasters in training/forecasting.py refuse it.")


def test_a_model_of_ones_own_brings_its_first_weights_and_must_fit_the_plan():
    def forecast(model):
        return fit_forecasters([walk()], SMALL, "numpy", model=model)[0](walk(), 3).mean

    np.testing.assert_array_equal(forecast(build(SMALL.config, "numpy", 0)), forecast(None))
    assert not np.allclose(forecast(build(SMALL.config, "numpy", 5)), forecast(None))
    wider = build(ForecastPlan(5, 3, hidden_size=9).config, "numpy")
    with raises_sentence(ValueError, "hidden_size=9", "plan needs"):
        fit_forecasters([walk()], SMALL, "numpy", model=wider)


def test_no_series_at_all_are_refused():
    with raises_sentence(ValueError, "no series"):
        fit_forecasters([], SMALL)


def test_a_plan_out_of_range_is_refused():
    for setting, piece in (
        ({"window": 0}, "window"),
        ({"reads": "all"}, "'all'"),
        ({"rate": -1}, "rate"),
    ):
        with raises_sentence(ValueError, piece):
            ForecastPlan(**({"window": 5, "horizon": 3} | setting))


def test_the_rate_falls_from_its_peak_to_zero_and_gradients_are_clipped(monkeypatch):
    plan = ForecastPlan(5, 3, hidden_size=4, steps=100, rate=0.01, weight_decay=0.2)
    model, updates = build(plan.config, "numpy"), []
    monkeypatch.setattr(model, "train_step", lambda *a, loss: updates.append(a[3]) or 1.0)
    fit_forecasters([walk()], plan, model=model)
    rates = 0.005 * (1 + np.cos(np.pi * np.arange(100) / 100))
    np.testing.assert_allclose([update.rate for update in updates], rates, rtol=1e-12)
    assert {(update.clip_norm, update.weight_decay) for update in updates} == {(1.0, 0.2)}
