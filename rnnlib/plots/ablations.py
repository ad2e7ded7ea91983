"""Drawings of comparisons: what each change is worth, learning rates, what things cost."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from rnnlib.interface import ArrayLike
from rnnlib.plots.style import COLORS, LABELS, Curves, note, tell_apart


def plot_changes(ax: Axes, groups: Mapping[str, Curves], usual: Sequence[float]) -> None:
    """A row for each change with a mark for each seed, beside a band: the range of `usual`.

    groups: {title: {name of the change: losses}}. A mark is filled where all seeds of its row lie
    on one side of the band, and hollow where the two ranges overlap.
    """
    low, high = min(usual), max(usual)
    ax.axvspan(low, high, color=COLORS["plain"], alpha=0.2, linewidth=0)
    for y, _, losses in _rows(groups):
        apart = max(losses) < low or min(losses) > high
        face = COLORS["accent"] if apart else "white"
        style = {"markerfacecolor": face, "markeredgecolor": COLORS["accent"], "markersize": 5}
        ax.plot(losses, [y] * len(losses), "o", **style)
    _name_rows(ax, groups)
    ax.set_xlabel("held-out loss\n(nats per character)")


def plot_sweep(
    ax: Axes, losses: Mapping[str, Mapping[float, float]], label: str = "learning rate"
) -> None:
    """Loss over learning rates, which stand on a logarithmic axis: {name: {rate: loss}}.

    The lowest point of each curve is circled.
    """
    for (name, found), look in zip(losses.items(), _in_order(losses), strict=True):
        rates, best = sorted(found), min(found, key=found.__getitem__)
        ax.plot(rates, [found[rate] for rate in rates], **look, markersize=4, label=name)
        ax.plot(best, found[best], "o", color=look["color"], markersize=9, fillstyle="none")
    ax.set(xscale="log", xlabel=label, ylabel="loss (nats per character)")
    if len(losses) > 1:
        ax.legend()


def plot_both_losses(
    ax: Axes,
    train: Sequence[float],
    held_out: Sequence[float],
    every: float = 1,
    label: str = "passes over the training text",
) -> None:
    """The loss on the training text and on held-out text, measured `every` so much of what `label`
    counts; the lowest held-out loss is marked.
    """
    at, best = every * np.arange(1, len(held_out) + 1), int(np.argmin(held_out))
    ax.plot(at, train, "--", color=COLORS["plain"], label="training text")
    ax.plot(at, held_out, "-", color=COLORS["accent"], label="held-out text")
    ax.plot(at[best], held_out[best], "o", color=COLORS["accent"], fillstyle="none")
    note(ax, f"{held_out[best]:.1f}", (at[best], held_out[best]), (0, 8), fontsize=8)
    ax.set_xlabel(label)


def plot_costs(ax: Axes, costs: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Loss over what a training took: {name: [(seconds, loss), ...]}, a curve for each name.

    A name with a single point is a mark alone. Seconds stand on a logarithmic axis.
    """
    for (name, points), look in zip(costs.items(), _in_order(costs), strict=True):
        ax.plot(*np.transpose(points), **look, markersize=5, label=name)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:,g}")
    ax.set(xlabel="seconds of one processor", ylabel="held-out loss (nats per character)")
    ax.legend(loc="lower left", frameon=True, facecolor="white", edgecolor="none", framealpha=1)


def _in_order(curves):
    """A look for each curve; colours that go from dark to light tell which comes first."""
    return tell_apart(len(curves), mpl.colormaps["viridis"](np.linspace(0, 0.8, len(curves))))


def draw_dropout(ax: Axes, kept: ArrayLike) -> None:
    """What multiplies each unit (columns) at each step (rows): dark is kept, white is dropped."""
    kept = np.asarray(kept)
    ax.imshow(kept > 0, cmap="Greys", vmin=0, vmax=1.4, aspect="auto")
    ax.set_xticks(np.arange(kept.shape[1] + 1) - 0.5, [], minor=True)
    ax.set_yticks(np.arange(kept.shape[0] + 1) - 0.5, [], minor=True)
    ax.grid(which="minor", color="white", linewidth=1)
    ax.set_xticks([])
    ax.set_yticks(range(len(kept)), range(1, len(kept) + 1), fontsize=8)
    ax.tick_params(which="both", length=0)
    ax.set(xlabel="unit", ylabel="step")


TICKS = {0.01: "0.01 s", 0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min"}


def plot_prices(ax: Axes, groups: Mapping[str, Mapping[str, float]]) -> None:
    """A dot for each thing that costs seconds, on a logarithmic axis, its time written beside it.

    groups: {title: {name: seconds}}. A name that holds that of a framework is drawn in its colour.
    """
    for y, name, seconds in _rows(groups):
        engines = [engine for engine, label in LABELS.items() if label in name]
        ax.plot(seconds, y, "o", color=COLORS[engines[0] if engines else "accent"], markersize=6)
        note(ax, show_time(seconds), (seconds, y), (8, 0), ha="left", va="center", fontsize=8)
    _name_rows(ax, groups)
    ax.set_xscale("log")
    ax.set_xticks(list(TICKS), list(TICKS.values()))
    ax.minorticks_off()
    low, high = ax.get_xlim()
    ax.set_xlim(low, 3 * high)  # room for the last time
    ax.set_xlabel("time of one processor core")


def _rows(groups):
    """The rows below their titles, from the top: (place, name, what it holds)."""
    place = 0
    for rows in groups.values():
        for name, found in rows.items():
            place += 1
            yield place, name, found
        place += 1  # the next title


def _name_rows(ax, groups):
    """Titles in bold and the names below them at the left, a line each."""
    names = [name for title, rows in groups.items() for name in (title, *rows)]
    ax.set_yticks(range(len(names)), names, fontsize=8)
    for label in ax.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in groups else "normal")
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", linewidth=0.4)


def show_time(seconds: float) -> str:
    """A time with two digits and its unit, seconds or minutes: 0.31 s, 4.5 min."""
    return f"{seconds:.2g} s" if round(seconds, 1) < 60 else f"{seconds / 60:.2g} min"
