"""Drawings of text: each character where it belongs, in the shade of its number, with its unit."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.plots.style import COLORS, MOST
from rnnlib.plots.text import (
    SHADES,
    draw_filters,
    draw_one_hot,
    draw_pairs,
    draw_surprise,
    draw_surprises,
    draw_temperatures,
    lay_out,
    plot_positions,
)
from rnnlib.writing import Sampler
from tests.figures import draw, looks, luminance
from tests.helpers import raises_sentence

LOGITS = np.log([0.1, 0.5, 0.15, 0.25])


# text in lines


def test_a_row_ends_at_a_line_break_and_when_it_is_full():
    assert lay_out("ab\nc", 10) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert lay_out("abcde", 2) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]
    assert lay_out("ab\nc", 3) == [(0, 0), (0, 1), (0, 2), (1, 0)]  # not two rows at once
    assert lay_out("\n\na", 5) == [(0, 0), (1, 0), (2, 0)]


@given(st.text("ab \n", min_size=1, max_size=40), st.integers(1, 9))
def test_every_character_has_a_place_of_its_own_in_reading_order(text, width):
    places = lay_out(text, width)
    assert places == sorted(set(places))
    assert max(column for _, column in places) < width
    rows = [
        "".join(c for c, (r, _) in zip(text, places, strict=True) if r == row)
        for row in range(places[-1][0] + 1)
    ]
    assert "".join(rows) == text
    assert all(len(row) == width or row.endswith("\n") for row in rows[:-1])


def test_surprise_is_the_shade_of_each_character(ax):
    assert draw_surprise(ax, "ab c\nd", [np.nan, 1.0, 2.0, 3.0, 9.0, 0.5], width=3) is None
    grid = ax.images[0].get_array().filled(np.nan)
    expected = [[np.nan, 1, 2], [3, 9, np.nan], [0.5, np.nan, np.nan]]
    np.testing.assert_array_equal(grid, expected)
    drawn = {text.get_text(): text.get_position() for text in ax.texts}
    assert drawn == {"a": (0, 0), "b": (1, 0), "c": (0, 1), "⏎": (1, 1), "d": (0, 2)}
    assert ax.images[0].get_clim() == (0, 6)
    (bar,) = [other for other in ax.figure.axes if other is not ax]
    assert bar.get_ylabel() == "surprise (nats)"
    draw(ax)


@pytest.mark.parametrize("nats", [[1.0], [[1.0, 2.0]], [1.0, 2.0, 3.0], 1.0])
def test_a_surprise_that_does_not_fit_the_text_is_refused(ax, nats):
    with raises_sentence(ValueError, str(np.shape(nats)), "2 characters"):
        draw_surprise(ax, "ab", nats)
    with raises_sentence(ValueError, "0 characters"):
        draw_surprise(ax, "", [])
    with raises_sentence(ValueError, "width"):
        draw_surprise(ax, "ab", [1, 2], width=0)


def test_several_texts_share_their_columns_and_one_bar():
    with plt.style.context("rnnlib.plots.book"):
        figure, axes = plt.subplots(2, 1)
    texts = {"one": ("abcd\ne", np.arange(6.0)), "two": ("ab", [9.0, 0.5])}
    assert draw_surprises(axes, texts, width=5) is None
    assert [ax.get_title(loc="left") for ax in axes] == ["one", "two"]
    shades = [ax.images[0].get_array().filled(np.nan) for ax in axes]
    np.testing.assert_array_equal(shades[0], [[0, 1, 2, 3, 4], [5, *4 * [np.nan]]])
    np.testing.assert_array_equal(shades[1], [[9, 0.5]])
    assert [ax.get_xlim() for ax in axes] == 2 * [(-0.5, 4.5)]
    (bar,) = [other for other in figure.axes if other not in set(axes)]
    assert bar.get_ylabel() == "surprise (nats)"
    with raises_sentence(ValueError, "1 texts", "not 2"):
        draw_surprises(axes, {"one": ("a", [1.0])})
    with raises_sentence(ValueError, "(1,)", "2 characters"):
        draw_surprises(axes[0], {"one": ("ab", [1.0])})
    draw(axes[0])
    plt.close(figure)


def test_black_can_be_read_on_every_shade_and_more_is_darker():
    shades = [luminance(SHADES(value)) for value in np.linspace(0, 1, 11)]
    assert (np.diff(shades) < 0).all()
    assert (min(shades) + 0.05) / 0.05 > 4.5  # contrast with black, WCAG 2


# curves and bars


def test_losses_by_position_are_what_was_given(ax):
    curves = {"zero": [3.0, 2.0, 1.0], "carried": (1.5, 1.0)}
    assert plot_positions(ax, curves) is None
    for line, values in zip(ax.lines, curves.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(values) + 1))
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(curves)
    assert ax.lines[0].get_color() != ax.lines[1].get_color()
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert ax.get_xscale() == "log"
    assert "100" in [ax.xaxis.get_major_formatter()(value) for value in (1, 10, 100)]
    assert ax.get_ylabel() == "loss (nats per character)"
    draw(ax)


def test_temperatures_are_bars_of_their_probabilities(ax):
    assert draw_temperatures(ax, LOGITS, [0.5, 1.0], "ab\nc", most=3) is None
    assert [label.get_text() for label in ax.get_xticklabels()] == ["b", "c", "⏎"]
    squares = np.array([0.1, 0.5, 0.15, 0.25]) ** 2
    expected = [squares[[1, 3, 2]] / squares.sum(), [0.5, 0.25, 0.15]]
    for bars, probs in zip(ax.containers, expected, strict=True):
        np.testing.assert_allclose([bar.get_height() for bar in bars], probs, atol=1e-12)
    centres = np.mean([[b.get_x() + b.get_width() / 2 for b in bars] for bars in ax.containers], 0)
    np.testing.assert_allclose(centres, [0, 1, 2], atol=1e-12)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["τ = 0.5", "τ = 1.0"]
    draw(ax)


def test_filters_are_rows_of_what_is_left_in_hundredths(ax):
    filters = {"all": Sampler(), "two": Sampler(top_k=2), "cold": Sampler(0.01)}
    assert draw_filters(ax, LOGITS, filters, "abcd") is None
    assert [label.get_text() for label in ax.get_yticklabels()] == ["all", "two", "cold"]
    assert [label.get_text() for label in ax.get_xticklabels()] == list("bdca")
    drawn = {text.get_position(): text.get_text() for text in ax.texts}
    expected = {(0, 0): "50", (1, 0): "25", (2, 0): "15", (3, 0): "10"}
    expected |= {(0, 1): "67", (1, 1): "33", (0, 2): "100"}
    rest = {place: text for place, text in drawn.items() if place not in expected}
    assert drawn | expected == drawn
    assert set(rest.values()) <= {"·"}  # possible, but under half a hundredth
    assert all(row == 2 for _, row in rest)
    draw(ax)


@pytest.mark.parametrize("function", [draw_temperatures, draw_filters])
def test_every_character_can_be_shown_below_its_column(ax, function):
    function(ax, LOGITS, {"a": Sampler()} if function is draw_filters else [1.0], "Il \n")
    assert {label.get_fontfamily()[0] for label in ax.get_xticklabels()} == {"monospace"}
    draw(ax)


@pytest.mark.parametrize("function", [draw_temperatures, draw_filters])
def test_logits_of_more_than_one_step_are_refused(ax, function):
    with raises_sentence(ValueError, "(2, 4)", "4 characters"):
        function(ax, [LOGITS, LOGITS], {"a": Sampler()}, "abcd")
    with raises_sentence(ValueError, "most"):
        function(ax, LOGITS, {"a": Sampler()}, "abcd", most=0)


@pytest.mark.parametrize("n", [1, 4, 5, MOST])
def test_every_curve_is_drawn_and_looks_like_no_other(ax, n):
    plot_positions(ax, {f"curve {i}": [3.0, 2.0 + i] for i in range(n)})
    assert [line.get_ydata()[1] for line in ax.lines] == [2.0 + i for i in range(n)]
    assert len(set(looks(ax))) == n


def test_more_than_can_be_told_apart_is_refused(ax):
    for n in (0, MOST + 1):
        with raises_sentence(ValueError, f"1 and {MOST}", f"not {n}"):
            plot_positions(ax, {f"curve {i}": [1.0] for i in range(n)})
    for temperatures in ([], [0.5, 1.0, 1.5, 2.0, 3.0]):
        with raises_sentence(ValueError, "1 and 4", f"not {len(temperatures)}"):
            draw_temperatures(ax, LOGITS, temperatures, "abcd")


def test_bars_of_four_temperatures_have_four_colours(ax):
    draw_temperatures(ax, LOGITS, [0.5, 1.0, 1.5, 2.0], "abcd")
    assert len({bars[0].get_facecolor() for bars in ax.containers}) == len(ax.containers) == 4


def test_colours_come_from_the_table_of_the_book(ax):
    plot_positions(ax, {name: [1.0, 2.0] for name in "abcd"})
    assert {line.get_color() for line in ax.lines} <= set(COLORS.values())


def test_pairs_are_a_grid_with_the_character_read_in_the_rows(ax):
    probs = np.array([[0.25, 0.75], [1.0, 0.0]])
    draw_pairs(ax, probs, "a ")
    np.testing.assert_array_equal(ax.images[0].get_array(), probs)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "␣"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("character read", "character that comes")
    assert ax.images[0].get_clim() == (0, 1)
    draw(ax)


def test_the_grey_of_a_pair_goes_with_the_square_root_of_its_probability_and_the_bar_says_so(ax):
    draw_pairs(ax, np.array([[0.25, 0.75], [1.0, 0.0]]), "a ")
    np.testing.assert_allclose(ax.images[0].norm([0, 0.01, 0.25, 1]), [0, 0.1, 0.5, 1])
    (bar,) = (other for other in ax.figure.axes if other is not ax)
    assert "square-root scale" in bar.get_xlabel()
    assert [label.get_text() for label in bar.get_xticklabels()][::5] == ["0", "1"]
    assert min(label.get_fontsize() for label in ax.get_xticklabels()) >= 9


def test_one_hot_vectors_are_columns_with_their_one_in_the_character_s_row(ax):
    draw_one_hot(ax, "abca", "abc")
    (image,) = ax.images
    assert image.get_array().tolist() == [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert [label.get_text() for label in ax.get_xticklabels()] == list("abca")
