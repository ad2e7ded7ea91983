"""Scores of forecasts: closed forms against integrals, and origins that see no future."""

import numpy as np
import pytest

from rnnlib.checks import check_levels
from rnnlib.evaluation import (
    Forecast,
    LinearAutoregression,
    Naive,
    SeasonalNaive,
    backtest,
    block_interval,
    crps_gaussian,
    mase,
    pinball,
)
from rnnlib.evaluation.forecasts import STANDARD, coverage, naive_scale
from tests.helpers import raises_sentence

RNG = np.random.default_rng(0)


# points


def test_mase_of_the_seasonal_naive_forecast_over_its_own_history_is_1():
    history = RNG.normal(size=60)
    for season in (1, 4):
        assert mase(history[season:], history[:-season], history, season) == pytest.approx(1)


def test_mase_by_hand():
    history = [1.0, 3.0, 2.0, 6.0]  # naive errors 2, 1, 4
    assert naive_scale(history) == pytest.approx(7 / 3)
    assert naive_scale(history, 2) == pytest.approx((1 + 3) / 2)
    assert mase([5.0, 8.0], [6.0, 8.5], history) == pytest.approx(0.75 * 3 / 7)


def test_mase_knows_no_unit_and_no_level():
    history, actual, forecast = RNG.normal(size=(3, 20))
    found = mase(actual, forecast, history)
    again = mase(5 - 9 * actual, 5 - 9 * forecast, 5 - 9 * history)
    assert again == pytest.approx(found)


@pytest.mark.parametrize(("history", "season"), [([2.0] * 9, 1), ([1.0, 2.0, 3.0] * 4, 3)])
def test_a_history_that_repeats_exactly_has_no_scale(history, season):
    with raises_sentence(ValueError, "repeats itself exactly"):
        mase([1.0], [1.0], history, season)


def test_a_history_of_one_season_is_too_short():
    with raises_sentence(ValueError, "12 numbers", "13 are the least"):
        naive_scale(np.arange(12.0), 12)


# quantiles


def test_pinball_by_hand():
    assert pinball([3.0], [[1.0]], [0.9]) == pytest.approx([1.8])  # twice too low
    assert pinball([1.0], [[3.0]], [0.9]) == pytest.approx([0.2])
    assert pinball([3.0], [[1.0, 4.0]], [0.5, 0.9]) == pytest.approx([(1.0 + 0.1) / 2])


@pytest.mark.parametrize("level", [0.1, 0.5, 0.8])
def test_what_minimises_the_pinball_loss_is_the_quantile(level):
    drawn = np.random.default_rng(1).gamma(2, size=20_000)
    tried = np.linspace(0, 6, 1201)
    losses = [pinball(drawn, np.full((len(drawn), 1), q), [level]).mean() for q in tried]
    assert tried[np.argmin(losses)] == pytest.approx(np.quantile(drawn, level), abs=0.02)


def test_twice_the_mean_pinball_loss_over_many_levels_is_the_crps():
    levels = (np.arange(2000) + 0.5) / 2000
    forecast = Forecast(np.array([1.0, -2.0]), np.array([2.0, 0.5]))
    found = 2 * pinball([0.3, -1.0], forecast.quantiles(levels), levels)
    np.testing.assert_allclose(
        found, crps_gaussian([0.3, -1.0], *vars(forecast).values()), rtol=1e-3
    )


@pytest.mark.parametrize("levels", [[], [0.0], [1.0], [0.5, 0.2], [0.5, 0.5], [np.nan]])
def test_levels_must_rise_between_0_and_1(levels):
    with raises_sentence(ValueError, "levels"):
        check_levels(levels)


def test_quantiles_must_be_as_many_as_levels():
    with raises_sentence(ValueError, "(2, 3)", "2 levels"):
        pinball([1.0, 2.0], np.zeros((2, 3)), [0.1, 0.9])


# distributions


def integral(actual, mean, sd):
    """CRPS from its definition: the integral of (P(X <= x) - [actual <= x]) squared."""
    x = np.linspace(min(actual, mean) - 9 * sd, max(actual, mean) + 9 * sd, 200_001)
    below = np.array([STANDARD.cdf(z) for z in (x - mean) / sd])
    return np.trapezoid((below - (actual <= x)) ** 2, x)


@pytest.mark.parametrize(("actual", "mean", "sd"), [(0.0, 0.0, 1.0), (3.0, 1.0, 0.5), (-1, 2, 4)])
def test_the_crps_of_a_normal_distribution_is_the_integral_that_defines_it(actual, mean, sd):
    found = crps_gaussian(actual, mean, sd)
    assert found == pytest.approx(integral(actual, mean, sd), rel=1e-4)


def test_a_forecast_without_doubt_has_its_absolute_error_for_crps():
    np.testing.assert_array_equal(crps_gaussian([3.0, -1.0], [1.0, -1.0], [0.0, 0.0]), [2.0, 0.0])
    assert crps_gaussian(3.0, 1.0, 1e-9) == pytest.approx(2, abs=1e-6)


@pytest.mark.parametrize("sd", [-1.0, np.nan])
def test_a_deviation_below_0_is_refused(sd):
    with raises_sentence(ValueError, "deviation"):
        crps_gaussian(1.0, 0.0, sd)
    with raises_sentence(ValueError, "deviation"):
        Forecast(np.zeros(2), np.array([1.0, sd]))


def test_a_forecast_needs_a_deviation_for_each_mean():
    with raises_sentence(ValueError, "(2,)", "(3,)"):
        Forecast(np.zeros(2), np.ones(3))
    with raises_sentence(ValueError, "finite"):
        Forecast(np.array([np.nan]), np.ones(1))


def test_intervals_of_a_true_forecast_hold_what_they_promise():
    actual = np.random.default_rng(5).normal(3, 2, 100_000)
    forecast = Forecast(np.full_like(actual, 3), np.full_like(actual, 2))
    for share in (0.5, 0.8, 0.95):
        assert coverage(actual, *forecast.interval(share)) == pytest.approx(share, abs=0.005)
    low, high = Forecast(np.zeros(1), np.ones(1)).interval(0.95)
    assert high == -low == pytest.approx(1.959964)


def test_coverage_counts_the_ends():
    assert coverage([1.0, 2.0, 3.1, 0.9], [1.0] * 4, [3.0, 2.0, 3.0, 3.0]) == 0.5


@pytest.mark.parametrize(
    "score",
    [
        lambda a, f: mase(a, f, [1.0, 2.0, 4.0]),
        lambda a, f: crps_gaussian(a, f, 1.0),
        lambda a, f: coverage(a, f, f),
    ],
)
def test_nothing_is_broadcast_in_silence(score):
    with raises_sentence(ValueError, "(3,)", "(3, 1)"):
        score(np.zeros(3), np.zeros((3, 1)))
    with raises_sentence(ValueError, "(0,)"):
        score(np.zeros(0), np.zeros(0))


# rolling origins


def test_origins_leave_room_for_every_outcome():
    def begun(length, step=1):
        values = np.arange(length) ** 2
        return backtest(Naive(values[:4]), values, 4, 3, step).origins.tolist()

    assert begun(10) == [4, 5, 6, 7]
    assert begun(10, step=2) == [4, 6]
    assert begun(7) == [4]
    with raises_sentence(ValueError, "series of 6", "first 4"):
        begun(6)


def test_a_forecaster_is_given_the_past_alone():
    values, seen = np.arange(12.0), []

    def spy(history, horizon):
        seen.append(history.copy())
        history[:] = 99  # and a copy of it
        return Forecast(np.zeros(horizon), np.ones(horizon))

    found = backtest(spy, values, 6, 3)
    assert [list(history) for history in seen] == [list(range(o)) for o in (6, 7, 8, 9)]
    np.testing.assert_array_equal(found.actual[1], [7, 8, 9])
    np.testing.assert_array_equal(values, np.arange(12.0))


FLOORS = {
    "naive": Naive,
    "seasonal": lambda train: SeasonalNaive(train, 4),
    "linear": lambda train: LinearAutoregression(train, 3),
}


@pytest.mark.parametrize("name", FLOORS)
def test_another_future_changes_no_forecast_made_before_it(name):
    values = np.random.default_rng(6).normal(size=40)
    other = values.copy()
    other[28:] = 1000 * other[28:] + 7
    found, again = (
        backtest(FLOORS[name](series[:20]), series, 20, 4, season=4) for series in (values, other)
    )
    before = found.origins <= 28
    np.testing.assert_array_equal(found.forecast.mean[before], again.forecast.mean[before])
    np.testing.assert_array_equal(found.forecast.sd[before], again.forecast.sd[before])
    assert found.scale == again.scale
    assert not np.isclose(found.forecast.mean[-1], again.forecast.mean[-1]).any()


def test_a_backtest_that_cheats_is_seen_by_that_test():
    """A floor fitted to the whole series, future included, gives other forecasts of the past."""
    values = np.random.default_rng(6).normal(size=40)
    other = values.copy()
    other[28:] *= 1000
    found, again = (
        backtest(LinearAutoregression(series, 3), series, 20, 4) for series in (values, other)
    )
    assert not np.allclose(found.forecast.mean[:9], again.forecast.mean[:9])


def test_a_backtest_scores_as_its_parts_do():
    values = np.random.default_rng(7).normal(size=60).cumsum()
    found = backtest(Naive(values[:30]), values, 30, 5, step=2)
    assert found.actual.shape == found.forecast.mean.shape == (13, 5)
    assert found.mase() == pytest.approx(mase(found.actual, found.forecast.mean, values[:30]))
    assert found.mase(5) == pytest.approx(
        mase(found.actual[:, 4], found.forecast.mean[:, 4], values[:30])
    )
    scores = crps_gaussian(found.actual, found.forecast.mean, found.forecast.sd)
    assert found.crps() == pytest.approx(scores.mean() / naive_scale(values[:30]))
    low, high = found.forecast.interval(0.8)
    assert found.coverage(0.8) == coverage(found.actual, low, high)


def test_a_forecaster_of_the_wrong_length_is_refused():
    with raises_sentence(ValueError, "asked for 3 steps", "(2,)"):
        backtest(lambda history, horizon: Forecast(np.zeros(2), np.ones(2)), np.arange(9.0), 4, 3)


# how sure a lead is


def test_the_interval_of_independent_numbers_is_that_of_their_mean():
    values = np.random.default_rng(9).normal(3, 2, 400)
    low, high = block_interval(values)
    half = 1.96 * values.std() / np.sqrt(len(values))
    np.testing.assert_allclose([low, high], [values.mean() - half, values.mean() + half], atol=0.02)


def test_blocks_widen_the_interval_of_neighbours_that_are_alike_as_their_sum_says():
    made = np.random.default_rng(10).normal(size=(300, 40))
    alike = np.repeat(made, 4, axis=1)  # four times each: the mean is as sure as that of 40
    widths = {
        block: np.mean([np.ptp(block_interval(row, block, n=300)) for row in alike])
        for block in (1, 16)
    }
    true = 2 * 1.96 / np.sqrt(40)
    assert widths[1] == pytest.approx(true / 2, rel=0.1)
    assert widths[16] == pytest.approx(true, rel=0.15)


def test_every_value_is_drawn_equally_often_and_a_seed_gives_the_same_again():
    values = np.zeros(10)
    values[0] = 1  # at the edge; without the ring it would be drawn less often
    drawn = [np.mean(block_interval(values, 5, n=1, seed=seed)) for seed in range(800)]
    assert np.mean(drawn) == pytest.approx(0.1, abs=0.012)
    assert block_interval(values, 5) == block_interval(values, 5)


def test_a_block_longer_than_half_of_the_values_is_refused():
    with raises_sentence(ValueError, "9 numbers", "10 are the least"):
        block_interval(np.arange(9.0), 5)


def test_the_errors_of_the_origins_have_the_mase_as_their_mean():
    values = RNG.normal(size=50).cumsum()
    found = backtest(Naive(values[:30]), values, 30, 4, 2)
    assert found.errors().shape == found.origins.shape
    assert found.errors().mean() == pytest.approx(found.mase())
    by_hand = np.abs(values[30:34] - values[29]).mean() / naive_scale(values[:30])
    assert found.errors()[0] == pytest.approx(by_hand)
