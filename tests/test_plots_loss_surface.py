"""Valleys: the curve is the loss, the dots are the steps, and later steps join earlier ones."""

import numpy as np

from rnnlib.plots.loss_surface import draw_contours, draw_valley, plot_descent, plot_held_out
from rnnlib.plots.style import COLORS
from tests.figures import draw, looks


def parabola(w):
    return (w - 1) ** 2 + 2


def bowl(w):
    return w[..., 0] ** 2 + 10 * (w[..., 1] + 1) ** 2


def names(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_valley_is_the_loss_with_the_steps_on_it(ax):
    assert draw_valley(ax, parabola, [0, 0.5, 2], span=(-1, 3)) is None
    curve, steps, start = ax.lines
    np.testing.assert_allclose(curve.get_ydata(), parabola(curve.get_xdata()))
    np.testing.assert_array_equal(steps.get_xdata(), [0, 0.5, 2])
    np.testing.assert_allclose(steps.get_ydata(), [3, 2.25, 3])
    np.testing.assert_allclose([start.get_xdata(), start.get_ydata()], [[0], [3]])
    assert ax.get_xlim() == (-1, 3)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weight", "loss (nats per letter)")
    assert names(ax) == ["steps", "start"]
    draw(ax)


def test_the_tangent_touches_the_valley_at_the_start_with_its_slope(ax):
    draw_valley(ax, parabola, [0, 0.5], tangent=True)
    tangent = ax.lines[-1]
    np.testing.assert_array_equal(tangent.get_xdata(), [-1, 1])
    np.testing.assert_allclose(tangent.get_ydata(), [5, 1])  # the slope at 0 is -2, the height 3
    assert names(ax) == ["steps", "start", "tangent at the start"]


def test_steps_that_are_numbered_have_their_numbers_beside_them(ax):
    draw_valley(ax, parabola, [0, 0.5, 2], numbered=True)
    assert [(text.get_text(), text.xy) for text in ax.texts] == [("1", (0.5, 2.25)), ("2", (2, 3))]
    draw(ax)


def test_steps_that_lie_on_one_another_share_their_numbers(ax):
    draw_valley(ax, parabola, [0, -1, 2.5, -1.01, 2], span=(-2, 3), numbered=True)
    assert [(text.get_text(), text.get_ha()) for text in ax.texts] == [
        ("1, 3", "right"),
        ("2", "left"),
        ("4", "left"),
    ]
    draw(ax)


def test_contours_number_the_steps_that_are_named_in_the_colour_of_their_walk(ax):
    walks = {"one": np.array([[1.0, 0.0], [0.5, -0.5]]), "two": np.array([[1.0, 0.0], [0, -1]])}
    draw_contours(ax, bowl, walks, span=((-1, 1), (-2, 0)), numbered={"two": (0, 1)})
    assert [(text.get_text(), *text.xy) for text in ax.texts] == [("0", 1, 0), ("1", 0, -1)]
    assert {text.get_color() for text in ax.texts} == {ax.lines[1].get_color()}
    draw(ax)


def test_contours_hold_each_walk_and_mark_the_lowest_point(ax):
    walks = {"short": np.array([[1.0, 0.0], [0.5, -0.5]]), "long": np.array([[1.0, 0.0], [0, -2]])}
    assert draw_contours(ax, bowl, walks, span=((-1, 1), (-2, 0))) is None
    short, long, lowest = ax.lines
    np.testing.assert_array_equal(short.get_xydata(), walks["short"])
    np.testing.assert_array_equal(long.get_xydata(), walks["long"])
    np.testing.assert_allclose(lowest.get_xydata(), [[0, -1]], atol=0.02)
    assert names(ax) == ["short", "long", "lowest point"]
    assert len({*looks(ax)}) == 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("first weight", "second weight")
    draw(ax)


def test_a_descent_starts_at_step_one_above_the_counted_loss(ax):
    losses = {"numpy": [3.0, 2.0, 1.0], "torch": [3.0, 2.0, 1.5], "a table": [4.0]}
    assert plot_descent(ax, losses, 0.5) is None
    *curves, floor = ax.lines
    for curve, values in zip(curves, losses.values(), strict=True):
        np.testing.assert_array_equal(curve.get_xdata(), np.arange(1, len(values) + 1))
        np.testing.assert_array_equal(curve.get_ydata(), values)
    assert [curve.get_color() for curve in curves[:2]] == [COLORS["numpy"], COLORS["torch"]]
    assert curves[0].get_linewidth() > curves[1].get_linewidth() > curves[2].get_linewidth()
    assert (set(floor.get_ydata()), floor.get_color()) == ({0.5}, COLORS["floor"])
    assert names(ax) == ["NumPy", "PyTorch", "a table", "counted"]
    assert ax.get_xscale() == "log"
    assert ax.xaxis.get_major_formatter()(100) == "100"
    assert ax.get_ylabel() == "loss (nats per character)"
    draw(ax)


def test_the_star_stands_at_the_lowest_held_out_loss(ax):
    assert plot_held_out(ax, [3.0, 2.0, 1.0], [3.0, 2.5, 2.75]) is None
    held_out, train, star = ax.lines
    np.testing.assert_array_equal(held_out.get_ydata(), [3.0, 2.5, 2.75])
    np.testing.assert_array_equal(train.get_xydata(), [[1, 3], [2, 2], [3, 1]])
    np.testing.assert_array_equal(star.get_xydata(), [[2, 2.5]])
    assert names(ax) == ["held-out text", "training text", "lowest held-out"]
    draw(ax)
