"""Scaling and windows: nothing from beyond the past, and clear words for what does not fit."""

import numpy as np
import pytest

from rnnlib.data import Scaler, check_series, curvature_correlation, cut_windows
from rnnlib.data.scaling import lag_rows
from tests.helpers import assert_refused, raises_sentence


def test_scaled_numbers_have_mean_0_and_deviation_1_and_come_back():
    past = np.array([3.0, 5.0, 4.0, 8.0])
    scaler = Scaler.fit(past)
    scaled = scaler.scaled(past)
    assert scaled.mean() == pytest.approx(0)
    assert scaled.std() == pytest.approx(1)
    np.testing.assert_allclose(scaled * scaler.scale + scaler.shift, past)
    assert scaler.undo_width(1.0) == pytest.approx(past.std())
    wide = np.ones((2, 3, 4))
    assert scaler.scaled(wide).shape == wide.shape


def test_another_future_changes_no_scaled_past():
    rng = np.random.default_rng(0)
    past, future = rng.normal(size=50), rng.normal(size=20)
    found = Scaler.fit(np.append(past, future)[:50])
    assert found == Scaler.fit(np.append(past, 1000 * future)[:50])
    assert found != Scaler.fit(np.append(past, future))  # what looking ahead would have given


@pytest.mark.parametrize("past", [[2.0, 2.0, 2.0], [0.0, 0.0], [0.1] * 7, [1e9] * 5])
def test_a_constant_series_is_refused_by_name(past):
    with raises_sentence(ValueError, "constant", "no scale"):
        Scaler.fit(past)


def test_what_is_no_series_is_refused():
    cases = [
        ([1.0, np.nan, 2.0, np.nan], "nan at place 1, and 2 such"),
        ([1.0, 2.0, -np.inf], "-inf at place 2"),
        ([[1.0, 2.0]], "(1, 2)"),
        (3.0, "()"),
        (["a", "b"], "numbers alone"),
        ([1.0, None, "x"], "numbers alone"),
        ([[1.0], [1.0, 2.0]], "numbers alone"),
        ([], "has 0 numbers"),
    ]
    assert_refused(check_series, cases)


def test_what_is_checked_is_a_copy():
    values = np.arange(4.0)
    check_series(values)[0] = 9
    assert values[0] == 0


def test_windows_are_pieces_with_what_follows_them():
    inputs, targets = cut_windows(np.arange(8.0), length=3, horizon=2)
    np.testing.assert_array_equal(inputs, [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]])
    np.testing.assert_array_equal(targets, [[3, 4], [4, 5], [5, 6], [6, 7]])


def test_windows_of_the_past_hold_nothing_of_the_future():
    values = np.arange(30.0)
    inputs, targets = cut_windows(values[:20], 5, 4)
    assert targets.max() == 19
    values[20:] = -1000
    again = cut_windows(values[:20], 5, 4)
    np.testing.assert_array_equal(inputs, again[0])
    np.testing.assert_array_equal(targets, again[1])
    inputs[:] = 0  # a copy, not a view of the series
    assert values[0] == 0
    assert values[1] == 1


def test_rows_of_lags_begin_with_the_latest():
    rows, targets = lag_rows([1.0, 2.0, 3.0, 4.0], 2)
    np.testing.assert_array_equal(rows, [[2, 1], [3, 2]])
    np.testing.assert_array_equal(targets, [3, 4])


def test_a_series_shorter_than_one_window_is_refused():
    with raises_sentence(ValueError, "6 numbers", "window of 5 with the 2", "needs 7"):
        cut_windows(np.arange(6.0), 5, 2)
    assert len(cut_windows(np.arange(7.0), 5, 2)[0]) == 1


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (1.5, 1)])
def test_sizes_must_be_whole(sizes):
    with raises_sentence(ValueError, "whole number"):
        cut_windows(np.arange(6.0), *sizes)


def test_the_bends_of_noise_of_a_walk_and_of_a_drawn_curve_follow_each_other_as_they_should():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(50, 2000))
    points = rng.normal(size=(50, 401))
    drawn = np.stack([np.interp(np.arange(2000) / 5, np.arange(401), row) for row in points])
    for _ in range(3):  # smoothed, so that nothing has a corner
        drawn = (drawn[:, :-2] + drawn[:, 1:-1] + drawn[:, 2:]) / 3
    found = [curvature_correlation(v).mean() for v in (noise, noise.cumsum(axis=1), drawn)]
    np.testing.assert_allclose(found[:2], [-2 / 3, -1 / 2], atol=0.01)
    assert found[2] > 0.6


def test_bends_do_not_depend_on_the_unit_and_are_counted_by_hand():
    values = np.array([0.0, 1, 1, 2, 4])  # changes 1, 0, 1, 2; bends -1, 1, 1
    assert curvature_correlation(values) == pytest.approx((-1 + 1) / 3)
    assert curvature_correlation(7 - 3 * values) == pytest.approx(0)
    assert curvature_correlation(np.array([values**2] * 2)).shape == (2,)


def test_what_has_no_bends_is_refused():
    cases = [
        ([1.0, 2, 4], "four"),
        (3.0, "four"),
        (np.arange(9), "straight"),
        (np.ones(9), "straight"),
    ]
    assert_refused(curvature_correlation, cases)
