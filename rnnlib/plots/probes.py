"""What was seen inside a network: what a probe reads, where states rest, an automaton."""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from rnnlib.interface import Array
from rnnlib.plots.style import COLORS, note, show_char

RADIUS = 0.3
ABOVE = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 3, "fontsize": 8}


def plot_reading(ax: Axes, text: str, truth: Array, reading: Array, label: str) -> None:
    """A property along a text: its true values (N,) and what a probe reads (N,)."""
    places = np.arange(len(text))
    ax.plot(places, truth, color=COLORS["plain"], drawstyle="steps-mid", label="true")
    ax.plot(places, reading, "--", color=COLORS["accent"], label="read by the probe")
    for place in np.flatnonzero([char == "\n" for char in text]):
        ax.axvline(place, color=COLORS["plain"], alpha=0.2, linewidth=0.8)
    ax.set(xlabel="character of the passage", ylabel=label)
    ax.legend(**ABOVE)


def plot_erasure(axes: Sequence[Axes], before: Array, after: Array, yes: Array) -> None:
    """States of two numbers (N, 2) before and after a property yes (N,) was erased.

    The places with a yes are filled, the others open; a large mark stands at the mean of each.
    """
    groups = ((~yes, "o", COLORS["numpy"], "no"), (yes, "s", COLORS["accent"], "yes"))
    for ax, states, title in zip(axes, (before, after), ("before", "after"), strict=True):
        for here, mark, color, name in groups:
            fill = color if name == "yes" else "none"
            style = {"markeredgecolor": color, "markerfacecolor": fill}
            ax.plot(*states[here].T, mark, **style, markersize=3, alpha=0.5, label=name)
            ax.plot(*states[here].mean(axis=0), mark, **style, markersize=11, markeredgewidth=2)
        ax.set_title(title, fontsize=10)
        ax.set_xlabel("first number of the state")
    axes[0].set_ylabel("second number")
    axes[0].legend(fontsize=8)


MARKS = {0: ("o", "stable"), 1: ("s", "unstable in one direction"), 2: ("D", "unstable in two")}


def plot_points(
    ax: Axes, paths: Array, points: Array, unstable: Array, names: Sequence[str] = ()
) -> None:
    """States on a plane, and the points where the network rests or nearly rests.

    `paths` (n, T, 2) are drawn as thin lines; `points` (P, 2) by the number of directions (P,) in
    which each is left: a filled circle is left in none, an open mark in one or in two.
    """
    for path in paths:
        ax.plot(*path.T, color=COLORS["numpy"], alpha=0.25, linewidth=0.7)
    for number, (mark, name) in MARKS.items():
        chosen = points[unstable == number]
        fill = COLORS["accent"] if number == 0 else "none"
        style = {"markeredgecolor": COLORS["accent"], "markerfacecolor": fill}
        ax.plot(*chosen.T, mark, **style, markersize=9, markeredgewidth=1.6, label=name)
    if names:
        middle, corners = points.mean(axis=0), points[unstable == 0]
        ax.margins(0.16)
        for name, point in zip(names, corners, strict=True):
            note(ax, name, point, 14 * np.sign(point - middle), va="center", fontsize=9)
    ax.set(xlabel="first principal component", ylabel="second principal component")
    ax.legend(**ABOVE | {"ncols": 2})


def draw_automaton(ax: Axes, automaton: Any) -> None:
    """A finite automaton as a row of circles, a double one for each state that accepts.

    An arrow leads from each state to the next one for each character. The states are called a, b, c
    and so on, by numbers where there are more than 26; the first is the start. Ways to the right
    run above the circles, ways back below.
    """
    count = len(automaton.outputs)
    names = ascii_lowercase if count <= len(ascii_lowercase) else range(count)
    for state, output in enumerate(automaton.outputs):
        for radius in (RADIUS, RADIUS - 0.06)[: 1 + bool(output)]:
            ax.add_patch(Circle((state, 0), radius, facecolor="none", edgecolor=COLORS["plain"]))
        ax.text(state, 0, str(names[state]), ha="center", va="center", fontsize=9)
    ways: dict[tuple[int, int], list[str]] = {}
    for state, moves in enumerate(automaton.moves):
        for char, after in zip(automaton.alphabet, moves, strict=True):
            ways.setdefault((state, after), []).append(show_char(char))
    for (state, after), chars in ways.items():
        _draw_way(ax, state, after, ", ".join(chars))
    start = FancyArrowPatch((-0.75, 0), (-RADIUS, 0), arrowstyle="-|>", mutation_scale=10)
    start.set_color(COLORS["plain"])
    ax.add_patch(start)
    ax.set_xlim(-0.85, len(automaton.moves) - 0.5)
    far = [abs(after - state) for state, after in ways]
    ax.set_ylim(-0.4 - 0.35 * any(a < s for s, a in ways) * max(far), 0.75 + 0.15 * max(far))
    ax.set_aspect("equal")
    ax.axis("off")


def _draw_way(ax, state, after, name):
    """The arrow from a state to another, or back to itself, and its characters."""
    side = 1 if after >= state else -1
    if after == state:
        ends, bend, label = ((state - 0.15, 0.26), (state + 0.15, 0.26)), -1.8, (state, 0.62)
    elif after == state + 1:
        ends, bend, label = ((state + RADIUS, 0), (after - RADIUS, 0)), 0, (state + 0.5, 0.14)
    else:
        far = abs(after - state)
        ends = ((state, side * RADIUS), (after, side * RADIUS))
        bend = -0.35 * side if after > state else -0.35
        label = ((state + after) / 2, side * (0.42 + 0.175 * far))
    way = FancyArrowPatch(
        *ends, arrowstyle="-|>", mutation_scale=9, connectionstyle=f"arc3,rad={bend}"
    )
    way.set_color(COLORS["accent"])
    ax.add_patch(way)
    ax.text(*label, name, ha="center", va="center", fontsize=9)
