"""Diagrams of the way back: whose arrows lead where, what stands at them, and where they end."""

import matplotlib as mpl
import pytest
from matplotlib.patches import FancyArrowPatch

from rnnlib.plots.backwards import BACK, draw_cut, draw_way_back
from rnnlib.plots.recurrent import SHAPE
from tests.figures import draw
from tests.helpers import raises_sentence
from tests.test_plots_recurrent import boxes, ways

STATES, DELTAS, SHARES = [0.5, 0.25, -1.0], [-0.1, 0.4], [0.125, -0.5]


def words(ax):
    return [text.get_text() for text in ax.texts]


def back(ax):
    """Where each arrow of a gradient starts and ends."""
    pink = mpl.colors.to_rgba(BACK)
    found = [p for p in ax.patches if isinstance(p, FancyArrowPatch) and p.get_edgecolor() == pink]
    paths = [patch._path_original.vertices for patch in found]
    return [(tuple(path[0]), tuple(path[-1])) for path in paths]


def places(ax):
    """Where each state stands, by its name."""
    named = {t.get_text(): t.get_position()[0] for t in ax.texts}
    return [named[f"$h_{{{t}}}$"] for t in range(sum(name.startswith("$h_") for name in named))]


def test_each_use_sends_its_share_to_one_sum(ax):
    assert draw_way_back(ax, STATES, DELTAS, SHARES) is None
    found = words(ax)
    assert {"0.125", "−0.500", "0.50", "0.25", "−1.00", "−0.100", "0.400"} < set(found)
    assert "$\\partial L/\\partial w_h$ = −0.375" in found
    assert "× −0.25" in found  # -0.1 / 0.4
    assert len(boxes(ax, "state")) == 3
    assert len(boxes(ax, "weight")) == 2
    shares = [(start, end) for start, end in back(ax) if end[1] > 200]
    assert len(shares) == 2
    assert len({end for _, end in shares}) == 1
    draw(ax)


def test_a_state_hands_its_delta_to_the_state_before(ax):
    draw_way_back(ax, STATES, DELTAS, SHARES)
    xs = places(ax)
    assert xs == sorted(xs)
    arrows = [(start[0], end[0]) for start, end in back(ax) if start[1] == end[1]]
    assert len(arrows) == 1
    ((start, end),) = arrows
    assert xs[1] < end < start < xs[2]


@pytest.mark.parametrize(
    ("states", "deltas", "shares"),
    [(STATES[1:], DELTAS, SHARES), (STATES, DELTAS, SHARES[1:]), ([1, 2], [1], [1])],
)
def test_lengths_that_do_not_fit_are_refused(ax, states, deltas, shares):
    with raises_sentence(ValueError, f"{len(states)} states", "one state more"):
        draw_way_back(ax, states, deltas, shares)


@pytest.mark.parametrize(("length", "pieces"), [(3, 2), (2, 3), (1, 3)])
def test_the_state_goes_through_the_cut_and_the_gradient_ends_there(ax, length, pieces):
    assert draw_cut(ax, length, pieces) is None
    found, xs = words(ax), places(ax)
    assert len(xs) == length * pieces + 1
    assert xs == sorted(xs)
    assert len(ways(ax, "state")) == length * pieces  # no gap where a piece begins
    assert found.count("cut") == pieces - 1
    assert [word for word in found if word.startswith("piece")][-1] == f"piece {pieces}"
    cuts = [t.get_position()[0] for t in ax.texts if t.get_text() == "cut"]
    for start, end in back(ax):
        assert end[0] < start[0]
        for cut in cuts:  # none crosses one
            assert not end[0] < cut < start[0]
    for n, cut in enumerate(cuts, 1):
        assert xs[n * length] < cut < xs[n * length + 1]
    assert len(back(ax)) == length * pieces - 1
    draw(ax)


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0)])
def test_sizes_below_one_are_refused(ax, sizes):
    with pytest.raises(ValueError, match="0"):
        draw_cut(ax, *sizes)


@pytest.mark.parametrize("name", ["way back", "cut"])
def test_all_letters_are_large_enough_and_on_the_sheet(ax, name):
    if name == "cut":
        draw_cut(ax, 3)
    else:
        draw_way_back(ax, STATES, DELTAS, SHARES)
    assert min(text.get_fontsize() for text in ax.texts) >= SHAPE
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for text in ax.texts:
        x, y = text.get_position()
        assert left < x < right, text
        assert top < y < bottom, text
