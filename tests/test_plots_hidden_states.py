"""Drawings of the state: boxes hold the text given, arrows join the rows they should."""

import numpy as np
import pytest

from rnnlib.plots.hidden_states import draw_moves, draw_states, plot_by_place
from rnnlib.plots.style import STATE_COLORS
from tests.figures import draw
from tests.helpers import raises_sentence

STATES = np.array([[0.1, -0.2, 0.9], [1.0, -1.0, 0.0]])  # two characters, three units


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


def test_moves_are_a_grid_each_on_one_scale():
    from matplotlib.figure import Figure

    axes = Figure().subplots(1, 2)
    grids = {"before": np.array([[0, 0.001, 2.0], [3.0, 0.25, 5.0]]), "after": np.zeros((2, 3))}
    assert draw_moves(axes, grids) is None
    for ax, (title, grid) in zip(axes, grids.items(), strict=True):
        (image,) = ax.images
        np.testing.assert_array_equal(image.get_array(), grid)
        assert image.get_clim() == (0, 10)
        numbers = {text.get_position()[::-1]: text.get_text() for text in ax.texts}
        assert numbers == {tuple(at): f"{grid[*at]:.2f}" for at in np.argwhere(grid > 0.005)}
        assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == (title, "step", "row")
        assert (list(ax.get_xticks()), list(ax.get_yticks())) == ([0, 1, 2], [0, 1])


def test_losses_by_place_are_means_over_stretches_that_grow(ax):
    losses = np.arange(1, 201, dtype=float)
    assert plot_by_place(ax, {"zero": losses, "carried": 2 * losses}) is None
    zero, carried = ax.lines
    np.testing.assert_array_equal(zero.get_ydata()[:5], [1, 2, 3, 4, 5.5])
    assert zero.get_ydata()[-1] == np.arange(129, 201).mean()
    np.testing.assert_array_equal(zero.get_xdata(), zero.get_ydata())  # loss n at place n
    np.testing.assert_array_equal(carried.get_ydata(), 2 * zero.get_ydata())
    assert [line.get_color() for line in ax.lines] == [STATE_COLORS[n] for n in ("zero", "carried")]
    assert ax.get_xscale() == "log"
    assert ax.get_ylabel() == "loss (nats per character)"
    draw(ax)


def test_shorter_pieces_end_where_they_end(ax):
    plot_by_place(ax, {"zero": np.ones(16)})
    assert ax.lines[0].get_xdata()[-1] == 14.5
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "4", "8", "16"]


def test_a_warm_loss_is_a_line_at_the_edge(ax):
    plot_by_place(ax, {"zero": np.ones(200)}, warm={"zero": 0.5})
    curve, edge = ax.lines
    np.testing.assert_array_equal(edge.get_ydata(), [0.5, 0.5])
    assert min(edge.get_xdata()) > max(curve.get_xdata())
    assert [(text.get_text(), text.xy[1]) for text in ax.texts] == [("warm", 0.5)]
