"""Made series: what they promise about their best forecast is what simulation finds."""

import numpy as np
import pytest

from rnnlib.tasks import LinearSeries
from tests.helpers import raises_sentence

MADE = [LinearSeries((0.5,), 2.0), LinearSeries((1.2, -0.6)), LinearSeries()]
every_made = pytest.mark.parametrize("made", MADE, ids=str)


def next_mean(made, before):
    """The mean of the next number given those before (N, P), written down by hand."""
    return sum(w * before[:, -k] for k, w in enumerate(made.weights, start=1))


@every_made
def test_the_same_seed_draws_the_same_and_rows_differ(made):
    found = made.draw(3, 50, seed=1)
    assert found.shape == (3, 50)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, made.draw(3, 50, seed=1))
    assert not np.isclose(found, made.draw(3, 50, seed=2)).any()
    assert not np.isclose(found[0], found[1]).any()


@every_made
def test_what_is_burned_is_the_beginning(made):
    longer = made.draw(3, 60, seed=4, burn=0)
    np.testing.assert_array_equal(made.draw(3, 20, seed=4, burn=40), longer[:, 40:])


@every_made
def test_what_is_new_at_each_step_has_the_variance_that_is_promised(made):
    found = made.draw(400, 102, seed=0)
    new = np.stack([found[:, t] - next_mean(made, found[:, :t]) for t in range(2, 102)])
    assert new.mean() == pytest.approx(0, abs=0.02 * made.sd)
    assert (new**2).mean() == pytest.approx(made.optimum, rel=0.02)
    assert abs(np.corrcoef(new[:-1].ravel(), new[1:].ravel())[0, 1]) < 0.02


@every_made
def test_the_best_forecast_is_what_many_futures_do_on_average(made):
    history = made.draw(1, 5, seed=3)[0]
    mean, sd = made.best(history, 4)
    rng = np.random.default_rng(0)
    known = np.tile(history, (100_000, 1))
    for _ in range(4):
        new = next_mean(made, known) + rng.normal(0, made.sd, len(known))
        known = np.column_stack([known, new])
    future = known[:, 5:]
    np.testing.assert_allclose(mean, future.mean(axis=0), atol=0.02 * future.std())
    np.testing.assert_allclose(sd, future.std(axis=0), rtol=0.02)


def test_the_deviations_of_a_random_walk_grow_as_the_root_of_the_steps():
    mean, sd = LinearSeries((1.0,), 3.0).best([4.0, 7.0], 9)
    np.testing.assert_array_equal(mean, np.full(9, 7.0))
    np.testing.assert_allclose(sd, 3 * np.sqrt(np.arange(1, 10)))


@pytest.mark.parametrize("weights", [(1.1,), (0.6, 0.6), (-1.5,)])
def test_weights_under_which_the_series_explodes_are_refused(weights):
    with raises_sentence(ValueError, "explodes"):
        LinearSeries(weights)


@pytest.mark.parametrize("weights", [(), (np.nan,)])
def test_weights_that_are_none_are_refused(weights):
    with raises_sentence(ValueError, "weight"):
        LinearSeries(weights)


@pytest.mark.parametrize("sd", [0, -1, np.nan, np.inf])
def test_a_deviation_must_be_above_0(sd):
    with raises_sentence(ValueError, "sd"):
        LinearSeries(sd=sd)


@every_made
def test_a_history_too_short_or_not_finite_is_refused(made):
    for history in ([], [np.nan], [[1.0, 2.0]]):
        with raises_sentence(ValueError, "history"):
            made.best(history, 2)
    with raises_sentence(ValueError, "horizon"):
        made.best([0.1, 0.2, 0.3], 0)
