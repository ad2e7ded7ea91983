"""Drawings of comparisons: on the axes is what was given, and the marks say what they should."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from rnnlib.plots.ablations import (
    draw_dropout,
    plot_both_losses,
    plot_changes,
    plot_costs,
    plot_prices,
    plot_sweep,
    show_time,
)
from rnnlib.plots.style import COLORS, MOST
from tests.figures import draw, looks

GROUPS = {
    "width": {"64 to 32": [2.2, 2.3, 2.1], "64 to 128": [1.8, 1.7]},
    "depth": {"1 to 2": [1.95, 2.2]},
}
USUAL = [1.9, 2.0, 2.05]


def test_each_change_has_its_row_with_a_mark_for_each_seed(ax):
    assert plot_changes(ax, GROUPS, USUAL) is None
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["width", "64 to 32", "64 to 128", "depth", "1 to 2"]
    at = dict(zip(names, ax.get_yticks(), strict=True))
    assert sorted(at.values(), reverse=True) == list(at.values())[::-1]
    found = {int(line.get_ydata()[0]): list(line.get_xdata()) for line in ax.lines}
    assert found == {
        at[name]: losses for group in GROUPS.values() for name, losses in group.items()
    }
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    assert "nats per character" in ax.get_xlabel()
    draw(ax)


def test_the_band_is_the_range_of_the_usual_network(ax):
    plot_changes(ax, GROUPS, USUAL)
    (band,) = ax.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((1.9, 2.05))


def test_only_marks_of_rows_apart_from_the_band_are_filled(ax):
    plot_changes(ax, GROUPS, USUAL)
    faces = [to_rgba(line.get_markerfacecolor()) for line in ax.lines]
    assert [face == to_rgba("white") for face in faces] == [False, False, True]


def test_rates_are_sorted_on_a_logarithmic_axis_and_the_lowest_is_marked(ax):
    found = {"64": {0.1: 2.0, 0.01: 2.5, 0.05: 1.9}, "128": {0.01: 1.5, 0.1: 3.0}}
    assert plot_sweep(ax, found) is None
    curves, marks = ax.lines[::2], ax.lines[1::2]
    assert list(curves[0].get_xdata()) == [0.01, 0.05, 0.1]
    assert list(curves[0].get_ydata()) == [2.5, 1.9, 2.0]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(0.05, 1.9), (0.01, 1.5)]
    assert curves[0].get_linestyle() != curves[1].get_linestyle()
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["64", "128"]
    draw(ax)


def test_one_curve_of_rates_needs_no_legend(ax):
    plot_sweep(ax, {"range test": {0.1: 2.0, 0.01: 2.5}}, label="rate of the step")
    assert ax.get_legend() is None
    assert ax.get_xlabel() == "rate of the step"


def test_losses_are_counted_in_passes_unless_told(ax):
    plot_both_losses(ax, [3, 2], [3.1, 2.5])
    assert list(ax.lines[0].get_xdata()) == [1, 2]
    assert "passes" in ax.get_xlabel()


def test_both_losses_with_the_lowest_held_out_one_marked(ax):
    assert plot_both_losses(ax, [3, 2, 1], [3.1, 2.5, 2.75], every=10, label="steps") is None
    train, held_out, mark = ax.lines
    assert list(train.get_xdata()) == list(held_out.get_xdata()) == [10, 20, 30]
    assert ax.get_xlabel() == "steps"
    assert list(train.get_ydata()) == [3, 2, 1]
    assert list(held_out.get_ydata()) == [3.1, 2.5, 2.75]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (20, 2.5)
    assert [text.get_text() for text in ax.texts] == ["2.5"]
    assert train.get_linestyle() != held_out.get_linestyle()
    draw(ax)


def test_costs_are_curves_of_losses_over_seconds(ax):
    costs = {"64": np.array([(1, 2.5), (9, 2.0)]), "128": [(4, 2.25)]}
    assert plot_costs(ax, costs) is None
    found = {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines
    }
    assert found == {"64": ([1, 9], [2.5, 2.0]), "128": ([4], [2.25])}
    assert len({line.get_marker() for line in ax.lines}) == 2
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert "seconds" in ax.get_xlabel()
    assert "nats per character" in ax.get_ylabel()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["64", "128"]
    draw(ax)


def test_a_mask_is_drawn_step_by_step(ax):
    kept = np.array([[2.0, 0.0, 2.0], [0.0, 0.0, 2.0]])
    assert draw_dropout(ax, kept) is None
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), kept > 0)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("unit", "step")
    draw(ax)


@pytest.mark.parametrize("n", [1, 4, 6, MOST])
def test_single_points_can_be_told_apart_without_their_lines(ax, n):
    plot_costs(ax, {f"{i} units": [(1.0 + i, 2.0)] for i in range(n)})
    assert [line.get_xdata()[0] for line in ax.lines] == [1.0 + i for i in range(n)]
    assert len({(marker, fill) for _, marker, fill in looks(ax)}) == n


# prices

PRICES = {
    "write": {"state, NumPy": 0.18, "predict, Keras": 42.0},
    "train": {"10 M characters": 1210.0},
}


def test_each_thing_has_its_row_with_one_dot_under_the_title_of_its_group(ax):
    assert plot_prices(ax, PRICES) is None
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["write", "state, NumPy", "predict, Keras", "train", "10 M characters"]
    at = dict(zip(names, ax.get_yticks(), strict=True))
    found = {line.get_ydata()[0]: line.get_xdata()[0] for line in ax.lines}
    prices = {name: seconds for group in PRICES.values() for name, seconds in group.items()}
    assert found == {at[name]: seconds for name, seconds in prices.items()}
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == list(PRICES)
    draw(ax)


def test_times_are_written_beside_the_dots_and_the_axis_has_units(ax):
    plot_prices(ax, PRICES)
    assert [text.get_text() for text in ax.texts] == ["0.18 s", "42 s", "20 min"]
    assert ax.get_xscale() == "log"
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert all(tick.endswith((" s", " min")) for tick in ticks)
    assert "processor" in ax.get_xlabel()
    assert ax.get_xlim()[1] > 1210 * 2


def test_a_framework_keeps_its_colour(ax):
    plot_prices(ax, PRICES)
    colors = [to_rgba(line.get_color()) for line in ax.lines]
    assert colors == [to_rgba(COLORS[name]) for name in ("numpy", "keras", "accent")]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.02, "0.02 s"), (3.81, "3.8 s"), (59.9, "60 s"), (60, "1 min"), (93, "1.6 min")],
)
def test_a_time_has_two_digits_and_a_unit(seconds, shown):
    assert show_time(seconds) == shown
