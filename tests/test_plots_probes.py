"""What was seen inside: readings beside the truth, points by how they are left, an automaton."""

import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from rnnlib.plots.probes import draw_automaton, plot_erasure, plot_points, plot_reading
from rnnlib.tasks.automata import Automaton, tomita
from tests.figures import draw


def names(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_reading_stands_beside_the_truth_with_a_line_at_each_line_break(ax):
    plot_reading(ax, "ab\nc", [1, 2, 0, 1], [1.5, 2.5, 0.5, 1], "column")
    true, read, line_break = ax.lines
    np.testing.assert_array_equal(true.get_ydata(), [1, 2, 0, 1])
    np.testing.assert_array_equal(read.get_ydata(), [1.5, 2.5, 0.5, 1])
    assert list(line_break.get_xdata()) == [2, 2]
    assert (names(ax), ax.get_ylabel()) == (["true", "read by the probe"], "column")
    draw(ax)


def test_points_are_marked_by_the_directions_in_which_they_are_left(ax):
    points, unstable = np.array([[0, 0], [1, 0], [0.5, 0.5]]), np.array([0, 0, 2])
    plot_points(ax, np.zeros((2, 5, 2)), points, unstable)
    rest, one, two = ax.lines[-3:]
    np.testing.assert_array_equal(rest.get_xydata(), points[:2])
    assert len(one.get_xydata()) == 0
    np.testing.assert_array_equal(two.get_xydata(), points[2:])
    assert len({line.get_marker() for line in (rest, one, two)}) == 3
    assert rest.get_markerfacecolor() != "none" == two.get_markerfacecolor()
    assert not ax.texts
    plot_points(ax, np.zeros((2, 5, 2)), points, unstable, ["off", "on"])
    written = {text.get_text(): tuple(text.xy) for text in ax.texts}
    assert written == {"off": (0, 0), "on": (1, 0)}
    with pytest.raises(ValueError, match="longer"):
        plot_points(ax, np.zeros((2, 5, 2)), points, unstable, ["off"])
    draw(ax)


def test_an_erasure_shows_both_groups_and_their_means_before_and_after(ax):
    axes = ax.figure.subplots(1, 2)
    before, yes = np.array([[0, 0], [0, 2], [4, 1], [4, 3.0]]), np.array([False, False, True, True])
    plot_erasure(axes, before, before * [0, 1], yes)
    no, mean_no, there, mean_yes = axes[0].lines
    np.testing.assert_array_equal(no.get_xydata(), before[:2])
    np.testing.assert_array_equal(there.get_xydata(), before[2:])
    np.testing.assert_array_equal(mean_no.get_xydata(), [[0, 1]])
    np.testing.assert_array_equal(mean_yes.get_xydata(), [[4, 2]])
    np.testing.assert_array_equal(axes[1].lines[3].get_xydata(), [[0, 2]])
    assert names(axes[0]) == ["no", "yes"]
    draw(axes[0])


@pytest.mark.parametrize("automaton", [tomita(7), tomita(5), Automaton("ab", ((0, 0),), (1,))])
def test_an_automaton_has_a_circle_a_state_two_where_it_accepts_and_each_way_once(ax, automaton):
    draw_automaton(ax, automaton)
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    assert len(circles) == len(automaton.outputs) + sum(automaton.outputs)
    ways = {(s, after) for s, moves in enumerate(automaton.moves) for after in moves}
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == len(ways) + 1  # and the one to the start
    written = ", ".join(text.get_text() for text in ax.texts[len(automaton.outputs) :])
    drawn = [char for char in written if char in automaton.alphabet]
    assert len(drawn) == sum(map(len, automaton.moves))
    for text in ax.texts:
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        assert left < text.get_position()[0] < right
        assert low < text.get_position()[1] < high
    draw(ax)


@pytest.mark.parametrize(("count", "last"), [(26, "z"), (27, "26")])
def test_the_states_of_an_automaton_are_letters_while_there_are_enough(ax, count, last):
    moves = tuple((min(state + 1, count - 1),) for state in range(count))
    draw_automaton(ax, Automaton("a", moves, (1,) * count))
    assert [text.get_text() for text in ax.texts][count - 1] == last
