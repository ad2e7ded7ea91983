"""Drawings of text: each character where it belongs, in the shade of its number, with its unit."""

import matplotlib as mpl
import numpy as np
from matplotlib.patches import Rectangle

from rnnlib.plots.style import COLORS
from rnnlib.plots.text import draw_marked, draw_one_hot, draw_pairs, draw_temperatures
from tests.figures import draw
from tests.helpers import raises_sentence

LOGITS = np.log([0.1, 0.5, 0.15, 0.25])


# curves and bars


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


def test_every_character_can_be_shown_below_its_column(ax):
    draw_temperatures(ax, LOGITS, [1.0], "Il \n")
    assert {label.get_fontfamily()[0] for label in ax.get_xticklabels()} == {"monospace"}
    draw(ax)


def test_logits_of_more_than_one_step_are_refused(ax):
    with raises_sentence(ValueError, "(2, 4)", "4 characters"):
        draw_temperatures(ax, [LOGITS, LOGITS], [1.0], "abcd")
    with raises_sentence(ValueError, "most"):
        draw_temperatures(ax, LOGITS, [1.0], "abcd", most=0)


def test_more_temperatures_than_can_be_told_apart_are_refused(ax):
    for temperatures in ([], [0.5, 1.0, 1.5, 2.0, 3.0]):
        with raises_sentence(ValueError, "1 and 4", f"not {len(temperatures)}"):
            draw_temperatures(ax, LOGITS, temperatures, "abcd")


def test_bars_of_four_temperatures_have_four_colours(ax):
    draw_temperatures(ax, LOGITS, [0.5, 1.0, 1.5, 2.0], "abcd")
    assert len({bars[0].get_facecolor() for bars in ax.containers}) == len(ax.containers) == 4


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


def test_marks_are_the_shade_and_the_edge_of_each_character(ax):
    draw_marked(ax, "a b", {"first": "it ", "second": "b t"})
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    accent, grey = (mpl.colors.to_rgba(c) for c in (COLORS["accent"], "#BFBFBF"))
    edges = [patch.get_edgecolor() for patch in boxes]
    assert edges == [grey, accent, grey, accent, grey, accent]
    faces = [patch.get_facecolor() for patch in boxes]
    assert faces[0] == faces[3] != faces[1] == faces[5] != faces[2] == faces[4]
    assert {text.get_position(): text.get_text() for text in ax.texts}[2, 1] == "b"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
