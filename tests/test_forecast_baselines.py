"""Baselines of forecasts: by hand, against made series whose truth is known, and statsmodels."""

import numpy as np
import pytest

from rnnlib.data import load_collection, load_series
from rnnlib.evaluation import (
    ExponentialSmoothing,
    LinearAutoregression,
    Naive,
    SeasonalNaive,
    backtest,
)
from rnnlib.evaluation import forecast_baselines as module
from rnnlib.tasks import LinearSeries
from tests.helpers import draw_wave, raises_sentence


def test_the_naive_forecast_is_the_last_number():
    found = Naive([1.0, 3.0, 2.0, 4.0])([7.0, 5.0], 3)
    np.testing.assert_array_equal(found.mean, [5, 5, 5])
    np.testing.assert_allclose(found.sd, np.sqrt((4 + 1 + 4) / 3) * np.sqrt([1, 2, 3]))


def test_the_seasonal_naive_forecast_is_the_last_season():
    train = [1.0, 2.0, 3.0, 2.0, 4.0, 3.0]
    found = SeasonalNaive(train, 3)([9.0, 1.0, 2.0, 3.0], 7)
    np.testing.assert_array_equal(found.mean, [1, 2, 3, 1, 2, 3, 1])
    sd = np.sqrt((1 + 4 + 0) / 3)
    np.testing.assert_allclose(found.sd, sd * np.sqrt([1, 1, 1, 2, 2, 2, 3]))


def test_a_season_of_one_is_the_naive_forecast():
    train = np.random.default_rng(0).normal(size=30)
    found, expected = SeasonalNaive(train, 1)(train, 5), Naive(train)(train, 5)
    np.testing.assert_array_equal(found.mean, expected.mean)
    np.testing.assert_allclose(found.sd, expected.sd)


def test_an_autoregression_is_that_of_statsmodels():
    autoreg = pytest.importorskip("statsmodels.tsa.ar_model").AutoReg
    values = load_series("sunspots").values
    theirs = autoreg(values, 9, trend="c").fit()
    baseline = LinearAutoregression(values, 9)
    np.testing.assert_allclose([*baseline.constants, *baseline.weights], theirs.params, rtol=1e-8)
    found = baseline(values, 12)
    np.testing.assert_allclose(found.mean, theirs.forecast(12), rtol=1e-8)
    their_sd = np.sqrt(theirs.get_prediction(len(values), len(values) + 11).var_pred_mean)
    left = len(values) - 9 - 10  # ours divides by what is free, theirs by all
    np.testing.assert_allclose(found.sd, their_sd * np.sqrt((left + 10) / left), rtol=1e-6)


def test_with_a_constant_for_each_month_it_is_that_of_statsmodels():
    autoreg = pytest.importorskip("statsmodels.tsa.ar_model").AutoReg
    values = load_series("elnino").values[:240]
    theirs = autoreg(values, 3, trend="c", seasonal=True, period=12).fit()
    baseline = LinearAutoregression(values, 3, season=12)
    np.testing.assert_allclose(baseline.weights, theirs.params[-3:], rtol=1e-7)
    found = baseline(values, 15)
    np.testing.assert_allclose(found.mean, theirs.forecast(15), rtol=1e-7)
    other = baseline(values[:-5], 15)  # five months earlier, with the same weights
    again = autoreg(values[:-5], 3, trend="c", seasonal=True, period=12)
    steps = again.predict(theirs.params, len(values) - 5, len(values) + 9)
    np.testing.assert_allclose(other.mean, steps, rtol=1e-7)


def test_each_weight_and_each_constant_takes_a_degree_of_freedom():
    values = np.random.default_rng(5).normal(size=26)
    baseline = LinearAutoregression(values, 2, season=4)
    left = [
        values[t] - baseline.constants[t % 4] - baseline.weights @ [values[t - 1], values[t - 2]]
        for t in range(2, 26)
    ]
    assert baseline.sd**2 == pytest.approx(np.sum(np.square(left)) / (24 - 2 - 4))


def test_the_response_to_a_shock_is_what_a_shock_does():
    values = np.random.default_rng(2).normal(size=50)
    baseline = LinearAutoregression(values, 3)
    pushed = values.copy()
    pushed[-1] += 1
    moved = baseline(pushed, 4).mean - baseline(values, 4).mean
    np.testing.assert_allclose(baseline.response(5), [1, *moved], atol=1e-12)


def test_an_autoregression_of_changes_is_that_of_statsmodels_and_adds_them_up():
    autoreg = pytest.importorskip("statsmodels.tsa.ar_model").AutoReg
    values = load_series("co2").values[:240]
    theirs = autoreg(np.diff(values), 2, trend="c", seasonal=True, period=12).fit()
    baseline = LinearAutoregression(values, 2, season=12, changes=True)
    np.testing.assert_allclose(baseline.weights, theirs.params[-2:], rtol=1e-7)
    for history in (values, values[:-5]):
        N = len(history) - 1
        again = autoreg(np.diff(history), 2, trend="c", seasonal=True, period=12)
        expected = history[-1] + np.cumsum(again.predict(theirs.params, N, N + 14))
        np.testing.assert_allclose(baseline(history, 15).mean, expected, rtol=1e-9)


def test_the_doubt_of_an_autoregression_of_changes_is_that_of_a_walk_of_them():
    made = LinearSeries((0.6,), 0.5)
    changes = made.draw(1, 20_000, seed=1)[0]
    baseline = LinearAutoregression(np.cumsum(changes), 1, changes=True)
    response = np.cumsum(0.6 ** np.arange(8))  # of the level to one shock
    expected = 0.5 * np.sqrt(np.cumsum(response**2))
    np.testing.assert_allclose(baseline(changes, 8).sd, expected, rtol=0.05)


def test_a_ridge_draws_the_weights_to_zero_and_a_huge_one_leaves_the_mean():
    values = 5 + LinearSeries((0.8,)).draw(1, 200, seed=3)[0]
    norms = [np.linalg.norm(LinearAutoregression(values, 4, ridge).weights) for ridge in (0, 9, 99)]
    assert norms == sorted(norms, reverse=True)
    flat = LinearAutoregression(values, 4, 1e12)(values, 3).mean
    np.testing.assert_allclose(flat, values.mean(), atol=0.2)


def test_no_autoregression_forecasts_the_wave():
    values = draw_wave(3000, turns=5)
    found = backtest(LinearAutoregression(values[:2000], 10), values, 2000, 1)
    error = np.mean((found.actual - found.forecast.mean) ** 2)
    assert error > 0.95 * values.var()


def test_smoothing_without_trend_is_the_mean_of_the_past_with_fading_weights():
    pytest.importorskip("statsmodels")
    values = load_series("nile").values
    baseline = ExponentialSmoothing(values[:70], trend=None)
    share, level = baseline.params[0], baseline.params[1]
    for value in values[:80]:
        level = level + share * (value - level)
    found = baseline(values[:80], 3)
    np.testing.assert_allclose(found.mean, level)
    assert found.sd[2] / found.sd[0] == pytest.approx(np.sqrt(1 + 2 * share**2))


def test_smoothing_follows_trend_and_season():
    pytest.importorskip("statsmodels")
    t = np.arange(80)
    values = 0.5 * t + 3 * np.sin(2 * np.pi * t / 4) + np.random.default_rng(5).normal(0, 0.05, 80)
    found = ExponentialSmoothing(values[:60], season=4)(values[:70], 10)
    np.testing.assert_allclose(found.mean, values[70:], atol=0.3)


@pytest.mark.parametrize("season", [1, 4])
@pytest.mark.parametrize("trend", [None, "add", "damped"])
def test_the_future_changes_nothing_in_smoothing(season, trend):
    pytest.importorskip("statsmodels")
    values = np.random.default_rng(6).normal(size=40).cumsum()
    other = np.append(values[:30], 1000 + values[30:])
    found = [ExponentialSmoothing(v[:24], season, trend)(v[:30], 5) for v in (values, other)]
    np.testing.assert_array_equal(found[0].mean, found[1].mean)
    np.testing.assert_array_equal(found[0].sd, found[1].sd)


def test_smoothing_finds_the_higher_top_that_statsmodels_alone_misses():
    ets = pytest.importorskip("statsmodels.tsa.exponential_smoothing.ets").ETSModel
    pandas = pytest.importorskip("pandas")
    (brazil,) = [c.values[:31] for c in load_collection("fertility") if c.name == "Brazil"]
    model = ets(pandas.Series(brazil), error="add", trend="add")
    found = model.loglike(module.ExponentialSmoothing(brazil).params)
    assert found > model.fit(disp=False).llf + 20
    assert found == pytest.approx(89.05, abs=0.1)  # the last change goes on: both shares near 1


def test_a_fit_by_aicc_pays_for_its_parameters():
    ets = pytest.importorskip("statsmodels.tsa.exponential_smoothing.ets").ETSModel
    pandas = pytest.importorskip("pandas")
    values = load_series("nile").values[:70]
    found = ExponentialSmoothing(values, trend=None)
    theirs = ets(pandas.Series(values), error="add").fit(disp=False)
    assert found.aicc == pytest.approx(theirs.aicc, abs=0.05)


def test_what_grows_with_the_level_needs_numbers_above_zero():
    values = np.random.default_rng(2).normal(size=40)
    for options in ({"error": "mul"}, {"season": 4, "seasonal": "mul"}):
        with raises_sentence(ValueError, "above 0", "the least is -"):
            ExponentialSmoothing(values, **options)
    with raises_sentence(ValueError, "'none'", "seasonal"):
        ExponentialSmoothing(values, seasonal="none")


def test_without_statsmodels_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with raises_sentence(ImportError, "statsmodels", "pip install"):
        ExponentialSmoothing(np.arange(20.0))


@pytest.mark.parametrize(
    "make",
    [
        Naive,
        lambda train: SeasonalNaive(train, 12),
        lambda train: LinearAutoregression(train, 9),
        lambda train: LinearAutoregression(train, 1, season=12),
        lambda train: LinearAutoregression(train, 9, changes=True),
        lambda train: ExponentialSmoothing(train, 12),
    ],
)
def test_a_series_too_short_or_with_holes_is_refused(make):
    with raises_sentence(ValueError, "2 numbers", "least"):
        make([1.0, 2.0])
    with raises_sentence(ValueError, "nan at place 3"):
        make([1.0, 2.0, 3.0, np.nan] * 20)


def test_a_history_shorter_than_what_is_read_is_refused():
    train = np.random.default_rng(7).normal(size=40)
    for baseline in (
        SeasonalNaive(train, 12),
        LinearAutoregression(train, 12),
        LinearAutoregression(train, 11, changes=True),
    ):
        with raises_sentence(ValueError, "5 numbers", "12 are the least"):
            baseline(train[:5], 3)
        with raises_sentence(ValueError, "horizon"):
            baseline(train, 0)


def test_another_trend_is_refused():
    with raises_sentence(ValueError, "'mul'", "damped"):
        ExponentialSmoothing(np.arange(20.0), trend="mul")
