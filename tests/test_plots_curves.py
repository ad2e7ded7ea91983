"""Curves of training: what is on the axes is what was given, named, with its unit."""

import numpy as np
import pytest

from rnnlib.plots.curves import (
    draw_floors,
    plot_budgets,
    plot_departures,
    plot_fading,
    plot_losses,
    plot_orders,
    plot_rates,
)
from rnnlib.plots.style import COLORS
from tests.figures import draw, looks
from tests.helpers import raises_sentence

LOSSES = {"numpy": [3.0, 2.0, 1.0, 0.5], "keras": (2.0, 2.0, 1.0), "mine": np.array([1.0, 4.0])}


def test_loss_curves_are_what_was_given(ax):
    assert plot_losses(ax, LOSSES) is None
    assert len(ax.lines) == 3
    for line, values in zip(ax.lines, LOSSES.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(values) + 1))
        np.testing.assert_array_equal(line.get_ydata(), values)
    draw(ax)


def test_loss_curves_are_named_coloured_and_have_units(ax):
    plot_losses(ax, LOSSES)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["NumPy", "Keras", "mine"]
    assert [line.get_color() for line in ax.lines[:2]] == [COLORS["numpy"], COLORS["keras"]]
    assert ax.lines[2].get_color() not in (COLORS["numpy"], COLORS["keras"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training step", "loss (nats per character)")


def test_smoothed_curves_are_means_at_the_step_where_each_ends(ax):
    plot_losses(ax, {"torch": [1.0, 3.0, 5.0, 7.0, 100.0]}, smooth=2)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [2, 4])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [2, 6])


@pytest.mark.parametrize("smooth", [0, -1, 2.0])
def test_smoothing_over_no_whole_number_of_steps_is_refused(ax, smooth):
    with raises_sentence(ValueError, "smooth", repr(smooth)):
        plot_losses(ax, LOSSES, smooth=smooth)


def test_floors_are_labelled_lines_at_their_height(ax):
    plot_losses(ax, LOSSES)
    assert draw_floors(ax, {"uniform": 3.37, "unigram": 2.9}) is None
    floors = ax.lines[3:]
    assert [line.get_ydata()[0] for line in floors] == [3.37, 2.9]
    assert all(line.get_color() == COLORS["floor"] for line in floors)
    assert [(text.get_text(), text.xy) for text in ax.texts] == [
        ("uniform", (1, 3.37)),
        ("unigram", (1, 2.9)),
    ]
    draw(ax)


def test_losses_by_order_start_at_order_one_and_name_the_best(ax):
    plot_orders(ax, [3.0, 2.0, 1.0], [3.5, 2.25, 2.5])
    held_out, counted = ax.lines
    np.testing.assert_array_equal(held_out.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(held_out.get_ydata(), [3.5, 2.25, 2.5])
    np.testing.assert_array_equal(counted.get_ydata(), [3.0, 2.0, 1.0])
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["held-out text", "text it has counted"]
    assert (ax.texts[0].get_text(), ax.texts[0].xy) == ("2.250", (2, 2.25))
    assert ax.get_ylabel() == "loss (nats per character)"
    draw(ax)


def test_rates_start_at_step_one_and_the_axis_at_zero(ax):
    assert plot_rates(ax, {"one": [0.1, 0.2], "two": [0.3, 0.3]}) is None
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [0.3, 0.3])
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]
    assert ax.get_ylim()[0] == 0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training step", "learning rate")
    draw(ax)


def test_departures_are_means_of_differences_at_the_step_where_each_ends(ax):
    losses = {"a": [1.0, 2.0, 3.0, 4.0, 9.0], "b": [0.0] * 5}
    assert plot_departures(ax, losses, [1.0, 1.0, 1.0, 1.0, 1.0], first=11, smooth=2) is None
    a, b, zero = ax.lines
    np.testing.assert_array_equal(a.get_xdata(), [12, 14])
    np.testing.assert_array_equal(a.get_ydata(), [0.5, 2.5])
    np.testing.assert_array_equal(b.get_ydata(), [-1, -1])
    assert set(zero.get_ydata()) == {0}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    draw(ax)


def test_budgets_are_a_curve_and_dots_in_the_colour_of_their_framework(ax):
    groups = {"this book": [(1e6, 1.5), (1e7, 1.4)], "plain Keras fit": [(1e5, 2.2)]}
    assert plot_budgets(ax, ([10, 100], [3.0, 2.5]), groups) is None
    curve, ours, theirs = ax.lines
    np.testing.assert_array_equal(curve.get_xdata(), [10, 100])
    np.testing.assert_array_equal(ours.get_xdata(), [1e6, 1e7])
    np.testing.assert_array_equal(ours.get_ydata(), [1.5, 1.4])
    assert ours.get_linestyle() == theirs.get_linestyle() == "None"
    assert [ours.get_color(), theirs.get_color()] == [COLORS["accent"], COLORS["keras"]]
    assert ax.get_xscale() == "log"
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["while training", "this book", "plain Keras fit"]
    assert ax.get_ylabel() == "loss (nats per character)"
    draw(ax)


def test_dots_of_one_framework_can_be_told_apart_by_their_shape(ax):
    groups = {f"Keras, {i}": [(10**i, 2.0)] for i in range(1, 8)}
    plot_budgets(ax, ([10, 100], [3.0, 2.5]), groups)
    dots = ax.lines[1:]
    assert {line.get_color() for line in dots} == {COLORS["keras"]}
    assert len({(line.get_marker(), line.get_fillstyle()) for line in dots}) == 7


def test_norms_stand_over_the_steps_before_the_end_on_a_logarithmic_axis(ax):
    assert plot_fading(ax, {"one": [1, 0.1, 0.01]}) is None
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(line.get_ydata(), [1, 0.1, 0.01])
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == (
        "steps before the end, k",
        "influence on the loss",
    )
    assert ax.get_legend() is None
    draw(ax)


def test_each_curve_has_its_name_and_its_look(ax):
    styles = {"before": {"linestyle": "--", "color": "red"}, "after": {"marker": "o"}}
    plot_fading(ax, {"before": [1, 2], "after": [2, 1], "free": [1, 1]}, styles, "norm")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["before", "after", "free"]
    assert looks(ax) == [("--", "None", "full"), ("-", "o", "full"), ("-", "None", "full")]
    assert ax.lines[0].get_color() == "red"
    assert ax.get_ylabel() == "norm"
    draw(ax)


@pytest.mark.parametrize("n", [1, 5])
def test_curves_may_differ_in_length(ax, n):
    plot_fading(ax, {"short": np.ones(n), "long": np.ones(7)})
    assert [len(line.get_xdata()) for line in ax.lines] == [n, 7]
