"""Where a decoder looks: a row for each symbol written, frames for the truth, means by length."""

import numpy as np
import pytest

from rnnlib.plots.attention import draw_alignment, plot_by_length
from tests.figures import draw
from tests.helpers import raises_sentence

WEIGHTS = np.array([[0.7, 0.2, 0.1], [0, 0, 1], [0.3, 0.3, 0.4]])


def test_weights_are_a_row_for_each_symbol_and_the_truth_is_framed(ax):
    assert draw_alignment(ax, WEIGHTS, "a b", "xy", [(1, 3), (0, 0)]) is None
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), WEIGHTS)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "␣", "b"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y", "end"]
    (frame,) = ax.patches
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((0.5, -0.5), 2, 1)
    draw(ax)


@pytest.mark.parametrize(("source", "target"), [("ab", "xy"), ("a b", "x"), ("a b", "wxyz")])
def test_weights_that_do_not_fit_are_refused(ax, source, target):
    with raises_sentence(ValueError, "do not fit"):
        draw_alignment(ax, WEIGHTS, source, target)


def test_a_line_runs_through_the_means_and_every_seed_is_marked(ax):
    plot_by_length(ax, {"one": {1: [0.2, 0.4], 3: [1.0]}, "two": {1: [0.5]}}, "dates")
    means = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(means["one"].get_ydata(), [0.3, 1])
    assert list(means["one"].get_xdata()) == [1, 3]
    dots = [list(line.get_ydata()) for line in ax.lines if line.get_marker() == "."]
    assert dots == [[0.2, 0.4], [1.0], [0.5]]
    assert (ax.get_xlabel(), list(ax.get_xticks())) == ("dates", [1, 3])
    draw(ax)
