"""Valleys: a loss over one weight or two, the steps that go down it, and the curves they leave."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rnnlib.plots.style import COLORS, LABELS, Curves, name_axes, note, tell_apart


def draw_valley(
    ax: Axes,
    loss: Callable,
    path: Sequence[float],
    span: tuple[float, float] = (-1.5, 3),
    tangent: bool = False,
    numbered: bool = False,
) -> None:
    """The curve of `loss` over one weight and the steps of `path`, a sequence of weights.

    loss takes an array of weights. The steps are dots on the curve, joined in the order in which
    they were made. With `tangent` the straight line of the slope at the first weight is drawn, and
    where they are `numbered` each step has its number beside it, or shares it with a step so near
    that the two could not be told apart.
    """
    at, weights = np.asarray(path, dtype=float), np.linspace(*span, 200)
    ax.plot(weights, loss(weights), color=COLORS["plain"], label="_valley")
    ax.plot(at, loss(at), "o--", color=COLORS["accent"], markersize=6, linewidth=1, label="steps")
    ax.plot(at[:1], loss(at[:1]), "s", color="black", markersize=8, label="start")
    if tangent:
        start, h = at[0], 1e-4
        slope = (loss(start + h) - loss(start - h)) / (2 * h)
        ends = np.array([start - 1.0, start + 1.0])
        heights = loss(start) + slope * (ends - start)
        ax.plot(ends, heights, ":", color="black", linewidth=2, label="tangent at the start")
    for weight, steps in _together(at[1:] if numbered else [], (span[1] - span[0]) / 100):
        falls = loss(weight + 1e-4) < loss(weight)  # outside the valley, so that no step is hidden
        away, ha = ((-7, -11), "right") if falls else ((7, -11), "left")
        note(ax, steps, (weight, float(loss(weight))), away, ha)
    ax.set_xlim(*span)
    name_axes(ax, "weight", "loss (nats per letter)")


def draw_contours(
    ax: Axes,
    loss: Callable,
    paths: Mapping[str, Any],
    span: tuple[tuple[float, float], tuple[float, float]] = ((-0.5, 3.0), (-2.0, 0.5)),
    numbered: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Lines of equal loss over two weights, and one walk for each of `paths`, {name: (n, 2)}.

    loss takes an array (..., 2). The lines lie closer together where the ground is steeper. The
    steps in `numbered`, {name: steps}, the start being 0, have their number beside them.
    """
    grid = np.stack(np.meshgrid(*(np.linspace(*ends, 120) for ends in span)), axis=-1)
    heights = loss(grid)
    low = float(heights.min())
    levels = low + (float(heights.max()) - low) * np.linspace(0.02, 1, 12) ** 2
    ax.contour(grid[..., 0], grid[..., 1], heights, levels, colors="#BBBBBB", linewidths=1)
    colors = (COLORS["accent"], COLORS["floor"], "black")
    for (name, path), look in zip(paths.items(), tell_apart(len(paths), colors), strict=True):
        ax.plot(*np.transpose(path), **look, markersize=5, linewidth=1.2, label=name)
        for step in (numbered or {}).get(name, ()):
            note(ax, f"{step}", path[step], (6, 6), ha="left", color=look["color"])
    lowest = grid.reshape(-1, 2)[heights.argmin()]
    ax.plot(*lowest, "*", color="black", markersize=14, label="lowest point")
    name_axes(ax, "first weight", "second weight")


def plot_descent(ax: Axes, losses: Curves, counted: float) -> None:
    """Loss over the training step, from 1 and on a logarithmic axis, above the counted loss.

    losses: {name: sequence}, nats per character, each measured before the step of that number.
    Later curves are drawn thinner, so that curves that agree can all be seen.
    """
    looks = tell_apart(len(losses), (COLORS["accent"],))
    widths = np.linspace(6, 1.5, len(looks)) if len(looks) > 1 else [2.5]
    for (name, values), look, width in zip(losses.items(), looks, widths, strict=True):
        look = {"color": COLORS.get(name, look["color"]), "linestyle": look["linestyle"]}
        steps = np.arange(1, len(values) + 1)
        ax.plot(steps, values, **look, linewidth=width, label=LABELS.get(name, name))
    ax.axhline(counted, color=COLORS["floor"], linestyle="-.", linewidth=2, label="counted")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    name_axes(ax, "training step", "loss (nats per character)")


def plot_held_out(ax: Axes, train: Sequence[float], held_out: Sequence[float]) -> None:
    """Loss on the text trained on and on held-out text over the training step, from 1.

    Two sequences, nats per character; a star marks the lowest held-out loss.
    """
    steps = np.arange(1, len(held_out) + 1)
    best = int(np.argmin(held_out))
    ax.plot(steps, held_out, color=COLORS["floor"], linewidth=2.5, label="held-out text")
    ax.plot(steps, train, "--", color=COLORS["plain"], linewidth=2.5, label="training text")
    ax.plot(best + 1, held_out[best], "*", color="black", markersize=14, label="lowest held-out")
    name_axes(ax, "training step", "loss (nats per character)")


def _together(weights, gap):
    """Pairs of a weight and the numbers, from 1, of the weights less than `gap` away from it."""
    places = {}
    for i, weight in enumerate(weights, start=1):
        near = next((place for place in places if abs(place - weight) < gap), weight)
        places.setdefault(near, []).append(f"{i}")
    return [(place, ", ".join(steps)) for place, steps in places.items()]
