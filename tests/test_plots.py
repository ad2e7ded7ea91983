"""Plots: what is on the axes is what was given, named, with its unit."""

import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlib.models.config import CELLS
from rnnlib.plots import style
from rnnlib.plots.curves import draw_floors, plot_losses, plot_orders
from rnnlib.plots.states import draw_states, draw_unrolled
from rnnlib.plots.style import COLORS, show_char
from rnnlib.plots.text import draw_pairs
from tests.helpers import raises_sentence

mpl.use("Agg")
LOSSES = {"numpy": [3.0, 2.0, 1.0, 0.5], "keras": (2.0, 2.0, 1.0), "mine": np.array([1.0, 4.0])}
STATES = np.array([[0.1, -0.2, 0.9], [1.0, -1.0, 0.0]])  # two characters, three units


@pytest.fixture
def ax():
    """Axes in the book's style."""
    with plt.style.context("rnnlib.plots.book"):
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def draw(ax):
    """Draw as a notebook does, warnings (a missing glyph, no room) being errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.canvas.draw()


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


def test_states_are_a_column_for_each_character_and_a_row_for_each_unit(ax):
    assert draw_states(ax, STATES, "a ") is None
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), STATES.T)
    assert image.get_clim() == (-1, 1)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "␣"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("character read", "hidden unit")
    (bar,) = [other for other in ax.figure.axes if other is not ax]
    assert bar.get_ylabel() == "activation"
    draw(ax)


@pytest.mark.parametrize("states", [STATES[0], STATES[:1], STATES[None]], ids=np.shape)
def test_states_that_do_not_fit_the_text_are_refused(ax, states):
    with raises_sentence(ValueError, str(states.shape), "2 characters"):
        draw_states(ax, states, "ab")
    with raises_sentence(ValueError, str(states.shape), "2 characters"):
        draw_unrolled(ax, "ab", states)


def test_an_unrolled_cell_is_drawn_once_a_character_with_its_state(ax):
    assert draw_unrolled(ax, "a ", STATES) is None
    words = [text.get_text() for text in ax.texts]
    assert words.count("cell") == 2
    assert words.index("reads 'a'") < words.index("reads '␣'")
    assert words.index("h = (0.10, -0.20, 0.90)") < words.index("h = (1.00, -1.00, 0.00)")
    draw(ax)


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


def luminance(color):
    """The relative luminance of a colour, 0 black to 1 white."""
    channels = np.array(mpl.colors.to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_style_of_the_book_is_found_by_its_name():
    with plt.style.context("rnnlib.plots.book"):
        assert plt.rcParams["figure.constrained_layout.use"]
        assert plt.rcParams["axes.spines.top"] is False


def test_pairs_are_a_grid_with_the_character_read_in_the_rows(ax):
    probs = np.array([[0.25, 0.75], [1.0, 0.0]])
    draw_pairs(ax, probs, "a ")
    np.testing.assert_array_equal(ax.images[0].get_array(), probs)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "␣"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("character read", "character that comes")
    assert ax.images[0].get_clim() == (0, 1)
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
