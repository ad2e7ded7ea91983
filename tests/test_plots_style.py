"""What every figure shares: names, colours that can be told apart, a look for each curve."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlib import plots
from rnnlib.models.config import CELLS
from rnnlib.plots import style
from rnnlib.plots.style import COLORS, MOST, STATE_COLORS, show_char, tell_apart
from tests.figures import looks, luminance
from tests.helpers import assert_refused, raises_sentence


def test_a_space_and_a_line_break_can_be_seen():
    assert [show_char(char) for char in " \na"] == ["␣", "⏎", "a"]


def test_every_engine_has_a_name_and_a_colour_of_its_own():
    assert {"numpy", "keras", "torch"} == set(style.LABELS) <= set(COLORS)
    assert len(set(COLORS.values())) == len(COLORS)
    assert all(mpl.colors.is_color_like(color) for color in COLORS.values())


def test_every_cell_has_a_name_and_a_colour_that_nothing_else_has():
    assert set(CELLS) == set(style.CELL_LABELS) == set(style.CELL_COLORS)
    colors = [*style.CELL_COLORS.values(), *COLORS.values()]
    assert len({mpl.colors.to_hex(color) for color in colors}) == len(colors)
    assert len(set(style.CELL_LABELS.values())) == 3


def test_cells_can_be_told_apart_by_their_lightness_alone():
    """As in grey print, and for readers who see no colours: relative luminance, WCAG 2."""
    found = sorted(luminance(color) for color in style.CELL_COLORS.values())
    assert found[1] - found[0] > 0.2
    assert all(luminance(color) < 0.5 for color in style.CELL_COLORS.values())  # seen on white


def test_every_treatment_has_a_colour_that_nothing_else_has():
    colors = [*STATE_COLORS.values(), *style.COLORS.values(), *style.CELL_COLORS.values()]
    assert len({mpl.colors.to_hex(color) for color in colors}) == len(colors)
    assert all(luminance(color) < 0.5 for color in STATE_COLORS.values())  # seen on white


def test_the_style_of_the_book_is_found_by_its_name():
    with plt.style.context("rnnlib.plots.book"):
        assert plt.rcParams["figure.constrained_layout.use"]
        assert plt.rcParams["axes.spines.top"] is False


def test_no_two_looks_are_alike_even_without_their_colours(subtests):
    for n in range(1, MOST + 1):
        with subtests.test(str(n)):
            found = tell_apart(n, ("black",))
            assert len(found) == n
            for one, other in (("linestyle", "marker"), ("marker", "fillstyle")):
                assert len({(look[one], look[other]) for look in found}) == n


def test_colours_of_looks_come_round_and_are_no_framework_s():
    assert [look["color"] for look in tell_apart(3, ("red", "blue"))] == ["red", "blue", "red"]
    usual = {look["color"] for look in tell_apart(MOST)}
    assert len(usual) > 1
    assert not usual & {COLORS[framework] for framework in style.LABELS}


def test_more_looks_than_there_are_is_refused_in_a_sentence():
    for n in [-1, 0, MOST + 1]:
        with raises_sentence(ValueError, f"1 and {MOST}", f"not {n}"):
            tell_apart(n)


DRAWINGS = {  # of several curves, each a row of five numbers
    "budgets": lambda ax, curves: plots.plot_budgets(
        ax, ([1], [1]), {name: list(enumerate(values, 1)) for name, values in curves.items()}
    ),
    "costs": lambda ax, curves: plots.plot_costs(
        ax, {name: list(enumerate(values, 1)) for name, values in curves.items()}
    ),
    "departures": lambda ax, curves: plots.plot_departures(ax, curves, np.zeros(5), 1, smooth=1),
    "losses": lambda ax, curves: plots.plot_losses(ax, curves),
    "rates": lambda ax, curves: plots.plot_rates(ax, curves),
    "sweep": lambda ax, curves: plots.plot_sweep(
        ax, {name: dict(enumerate(values, 1)) for name, values in curves.items()}
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_curve_of_a_drawing_is_there_and_looks_like_no_other(ax, name):
    for n in (1, 5, MOST):
        ax.clear()
        DRAWINGS[name](ax, {f"curve {i}": np.full(5, i) for i in range(n)})
        lines = [line for line in ax.lines if line.get_label().startswith("curve")]
        assert [line.get_ydata()[0] for line in lines] == list(range(n))
        colors = [line.get_color() for line in lines] if name == "losses" else [None] * n
        assert len({*zip(colors, looks(ax)[-n:], strict=True)}) == n
    assert_refused(
        lambda n: DRAWINGS[name](ax, {f"curve {i}": np.ones(5) for i in range(n)}),
        [(0, "not 0"), (MOST + 1, f"between 1 and {MOST}")],
    )
