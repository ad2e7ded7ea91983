"""Series and their forecasts: lines over time, and fans that widen with what is not known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rnnlib.plots.style import COLORS, Curves, tell_apart


def plot_series(
    ax: Axes,
    lines: Curves,
    start: float = 0,
    unit: str | None = None,
    every: float = 1,
    time: str = "step",
) -> None:
    """Series over time; `lines` maps a name to numbers, the first in ink, all from `start` on, one
    `every` so many of what `time` names: steps, or a twelfth of a year.
    """
    looks = tell_apart(len(lines), (COLORS["plain"], COLORS["torch"], COLORS["keras"]))
    for look, (name, values) in zip(looks, lines.items(), strict=True):
        steps = start + every * np.arange(len(values))
        color, style = look["color"], look["linestyle"]
        ax.plot(steps, values, color=color, linestyle=style, linewidth=1.3, label=name)
    ax.set_xlabel(time)
    if unit:
        ax.set_ylabel(unit)
    if len(lines) > 1:
        ax.legend()


def plot_fan(
    ax: Axes, start: float, forecast: Any, shares: Sequence[float] = (0.95, 0.8), every: float = 1
) -> None:
    """A Forecast (H,) from `start` on, one `every` so many: its mean, and bands with the shares."""
    color = COLORS["torch"]
    steps = start + every * np.arange(len(forecast.mean))
    for share in sorted(shares, reverse=True):
        low, high = forecast.interval(share)
        ax.fill_between(steps, low, high, color=color, alpha=0.2, linewidth=0)
    ax.plot(steps, forecast.mean, "--", color=color, linewidth=1.5, label="forecast")
