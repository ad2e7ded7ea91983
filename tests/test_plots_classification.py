"""Drawings of a classifier: the shares, dots and letters that were given."""

import numpy as np

from rnnlib.evaluation.classification import calibration
from rnnlib.plots.classification import draw_attention, plot_calibration, plot_confusion
from tests.figures import draw


def test_a_row_of_the_confusion_adds_up_to_one(ax):
    assert plot_confusion(ax, [[8, 2, 0], [1, 18, 1], [0, 0, 0]], ["Aa", "Bbb", "Cccc"]) is None
    (image,) = ax.images
    np.testing.assert_allclose(image.get_array(), [[0.8, 0.2, 0], [0.05, 0.9, 0.05], [0, 0, 0]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Aa", "Bbb", "Cccc"]
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "80", (1, 0): "20", (0, 1): "5", (1, 1): "90", (2, 1): "5"}
    assert ax.texts[0].get_color() != ax.texts[1].get_color()  # on dark, on light
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("guessed", "true")
    draw(ax)


def test_each_bin_has_its_dot_beside_the_diagonal(ax):
    found = calibration([[0.95, 0.05], [0.91, 0.09], [0.45, 0.55]], [0, 1, 1])
    assert plot_calibration(ax, {"network": found}) is None
    diagonal, dots = ax.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    np.testing.assert_allclose(dots.get_xdata(), found.confidence)
    np.testing.assert_allclose(dots.get_ydata(), found.right)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["network"]
    draw(ax)


def test_the_bar_on_a_letter_is_the_higher_the_more_it_weighs(ax):
    assert draw_attention(ax, ["ab", "c"], np.array([[0.1, 0.9], [1.0, 0.0]])) is None
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    heights = [bar.get_height() for bar in ax.patches]
    np.testing.assert_allclose(heights, [0.06, 0.54, 0.6])
    assert (
        max(bar.get_y() + bar.get_height() for bar in ax.patches[2:])
        < ax.texts[0].get_position()[1]
    )
    draw(ax)
