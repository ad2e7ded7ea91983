"""Drawings of what things cost: each has its dot, its time with a unit, and its colour."""

import pytest
from matplotlib.colors import to_rgba

from rnnlib.plots.ablations import plot_prices, show_time
from rnnlib.plots.style import COLORS
from tests.figures import draw

GROUPS = {
    "write": {"state, NumPy": 0.18, "predict, Keras": 42.0},
    "train": {"10 M characters": 1210.0},
}


def test_each_thing_has_its_row_with_one_dot_under_the_title_of_its_group(ax):
    assert plot_prices(ax, GROUPS) is None
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["write", "state, NumPy", "predict, Keras", "train", "10 M characters"]
    at = dict(zip(names, ax.get_yticks(), strict=True))
    found = {line.get_ydata()[0]: line.get_xdata()[0] for line in ax.lines}
    prices = {name: seconds for group in GROUPS.values() for name, seconds in group.items()}
    assert found == {at[name]: seconds for name, seconds in prices.items()}
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == list(GROUPS)
    draw(ax)


def test_times_are_written_beside_the_dots_and_the_axis_has_units(ax):
    plot_prices(ax, GROUPS)
    assert [text.get_text() for text in ax.texts] == ["0.18 s", "42 s", "20 min"]
    assert ax.get_xscale() == "log"
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert all(tick.endswith((" s", " min")) for tick in ticks)
    assert "processor" in ax.get_xlabel()
    assert ax.get_xlim()[1] > 1210 * 2


def test_a_framework_keeps_its_colour(ax):
    plot_prices(ax, GROUPS)
    colors = [to_rgba(line.get_color()) for line in ax.lines]
    assert colors == [to_rgba(COLORS[name]) for name in ("numpy", "keras", "accent")]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.02, "0.02 s"), (3.81, "3.8 s"), (59.9, "60 s"), (60, "1 min"), (93, "1.6 min")],
)
def test_a_time_has_two_digits_and_a_unit(seconds, shown):
    assert show_time(seconds) == shown
