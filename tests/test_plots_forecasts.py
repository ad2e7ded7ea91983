"""Series and forecasts: what is on the axes is what was given."""

import numpy as np

from rnnlib.evaluation import Forecast
from rnnlib.plots.forecasts import plot_fan, plot_series
from tests.figures import draw


def test_series_are_what_was_given_and_told_apart_without_colour(ax):
    plot_series(ax, {"known": [1.0, 2.0, 4.0], "forecast": [3.0, 3.0]}, start=5, unit="degrees")
    assert [list(line.get_ydata()) for line in ax.lines] == [[1, 2, 4], [3, 3]]
    assert [list(line.get_xdata()) for line in ax.lines] == [[5, 6, 7], [5, 6]]
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["known", "forecast"]
    assert ax.get_ylabel() == "degrees"
    draw(ax)


def test_a_single_series_needs_no_legend(ax):
    plot_series(ax, {"known": [1.0, 2.0]})
    assert ax.get_legend() is None
    draw(ax)


def test_months_stand_at_twelfths_of_a_year(ax):
    plot_series(ax, {"known": [1.0, 2.0, 4.0]}, start=1950, every=1 / 12, time="year")
    plot_fan(ax, 1950.25, Forecast(np.ones(2), np.ones(2)), every=1 / 12)
    known, mean = ax.lines
    np.testing.assert_allclose(known.get_xdata(), [1950, 1950 + 1 / 12, 1950 + 2 / 12])
    np.testing.assert_allclose(mean.get_xdata(), [1950.25, 1950.25 + 1 / 12])
    assert ax.get_xlabel() == "year"
    draw(ax)


def test_a_fan_has_the_mean_and_bands_that_hold_the_shares(ax):
    forecast = Forecast(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    plot_fan(ax, 10, forecast, shares=(0.5, 0.8))
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), forecast.mean)
    np.testing.assert_array_equal(line.get_xdata(), [10, 11])
    for band, share in zip(ax.collections, (0.8, 0.5), strict=True):
        corners = band.get_paths()[0].vertices
        low, high = forecast.interval(share)
        np.testing.assert_allclose(corners[:, 1].min(), low.min())
        np.testing.assert_allclose(corners[:, 1].max(), high.max())
    draw(ax)
