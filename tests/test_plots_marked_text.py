"""A text in boxes: each has the shade and the edge of its role."""

import matplotlib as mpl
from matplotlib.patches import Rectangle

from rnnlib.plots.style import COLORS
from rnnlib.plots.text import draw_marked


def boxes(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_marks_are_the_shade_and_the_edge_of_each_character(ax):
    draw_marked(ax, "a b", {"first": "it ", "second": "b t"})
    accent, grey = (mpl.colors.to_rgba(c) for c in (COLORS["accent"], "#BFBFBF"))
    edges = [patch.get_edgecolor() for patch in boxes(ax)]
    assert edges == [grey, accent, grey, accent, grey, accent]
    faces = [patch.get_facecolor() for patch in boxes(ax)]
    assert faces[0] == faces[3] != faces[1] == faces[5] != faces[2] == faces[4]
    assert {text.get_position(): text.get_text() for text in ax.texts}[2, 1] == "b"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
