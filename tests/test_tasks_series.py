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
