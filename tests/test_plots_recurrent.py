"""Diagrams of the cell: what is in them, where it stands, and how it is told apart."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch

from rnnlib.plots.recurrent import KINDS, SHAPE, WAYS, draw_cell, draw_unrolled
from tests.figures import draw
from tests.helpers import raises_sentence

STATES = np.array([[0.1, -0.2], [1.0, -1.0]])  # two characters, two units


def words(ax):
    return [text.get_text() for text in ax.texts]


def boxes(ax, kind):
    """The boxes of a kind, known by their colours."""
    face = mpl.colors.to_rgba(KINDS[kind][0]["facecolor"])
    edge = mpl.colors.to_rgba(KINDS[kind][0]["edgecolor"])
    found = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    return [p for p in found if (p.get_facecolor(), p.get_edgecolor()) == (face, edge)]


def ways(ax, kind):
    """Where each arrow of a kind starts and ends."""
    color = mpl.colors.to_rgba(WAYS[kind]["color"])
    found = [p for p in ax.patches if isinstance(p, FancyArrowPatch | PathPatch)]
    paths = [p.get_path() if isinstance(p, PathPatch) else p._path_original for p in found]
    ends = [(tuple(path.vertices[0]), tuple(path.vertices[-1])) for path in paths]
    return [end for p, end in zip(found, ends, strict=True) if p.get_edgecolor() == color]


def test_the_cell_holds_every_letter_of_its_equation(ax):
    assert draw_cell(ax) is None
    symbols = [word for word in words(ax) if word.startswith("$")]
    assert sorted(symbols) == ["$W_{hh}$", "$W_{xh}$", "$b_h$", "$h_t$", "$h_{t-1}$", "$x_t$"]
    assert {"+", "tanh"} < set(words(ax))
    counts = [len(boxes(ax, kind)) for kind in ("state", "weight", "input")]
    assert counts == [2, 3, 1]
    assert sum(isinstance(patch, Circle) for patch in ax.patches) == 2
    draw(ax)


def test_its_loop_leads_from_the_new_state_to_the_old_one(ax):
    draw_cell(ax)
    places = {text.get_text(): text.get_position() for text in ax.texts}
    (start, end), *_ = ways(ax, "state")
    assert start[0] == places["$h_t$"][0]
    assert end[0] == places["$h_{t-1}$"][0]
    assert places["$h_{t-1}$"][0] < places["+"][0] < places["tanh"][0] < places["$h_t$"][0]


def test_an_unrolled_cell_is_drawn_once_a_character_with_its_state(ax):
    assert draw_unrolled(ax, "a ", STATES) is None
    found = words(ax)
    assert found.count("cell") == 2
    assert found.index("a") < found.index("␣")
    numbers = [word for word in found if word.strip("−")[:1].isdigit()]
    assert numbers == ["0.10", "−0.20", "1.00", "−1.00"]
    assert {"$h_0$", "$h_{1}$", "$h_{2}$"} < set(found)
    draw(ax)


def test_one_set_of_weights_leads_to_every_copy(ax):
    draw_unrolled(ax, "abc", np.zeros((3, 2)))
    assert len(boxes(ax, "weight")) == 1
    starts, ends = zip(*ways(ax, "weight"), strict=True)
    assert len(set(starts)) == 1
    cells = [text.get_position()[0] for text in ax.texts if text.get_text() == "cell"]
    assert [end[0] for end in ends] == cells == sorted(cells)


@pytest.mark.parametrize("states", [STATES[0], STATES[:1], STATES[None]], ids=np.shape)
def test_states_that_do_not_fit_the_text_are_refused(ax, states):
    with raises_sentence(ValueError, str(states.shape), "2 characters"):
        draw_unrolled(ax, "ab", states)


@pytest.mark.parametrize("name", ["cell", "unrolled"])
def test_all_letters_are_large_enough_and_on_the_sheet(ax, name):
    if name == "cell":
        draw_cell(ax)
    else:
        draw_unrolled(ax, "dog", np.zeros((3, 2)))
    assert min(text.get_fontsize() for text in ax.texts) >= SHAPE >= 11
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for text in ax.texts:
        x, y = text.get_position()
        assert left < x < right, text
        assert top < y < bottom, text
