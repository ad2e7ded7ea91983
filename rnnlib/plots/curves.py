"""Curves of training: losses and their floors, rates, gradients that fade, what a budget buys."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rnnlib.checks import check_whole
from rnnlib.plots.style import COLORS, LABELS, Curves, name_axes, note, tell_apart


def plot_losses(ax: Axes, losses: Curves, smooth: int = 1) -> None:
    """Loss curves, nats per character over steps; `losses` maps a name to a sequence.

    With `smooth` > 1 each point is the mean of that many steps.
    """
    check_whole("smooth", smooth)
    looks = tell_apart(len(losses))
    for i, (name, values) in enumerate(losses.items()):
        kept = _means(values, smooth)
        ax.plot(
            np.arange(1, len(kept) + 1) * smooth,
            kept,
            color=COLORS.get(name),
            linestyle=looks[i // 10]["linestyle"],  # ten colours come round
            label=LABELS.get(name, name),
        )
    name_axes(ax, "training step", "loss (nats per character)")


def _means(values, smooth):
    """The mean of each run of `smooth` values; what fills no run is left out."""
    whole = np.asarray(values, dtype=float)[: len(values) // smooth * smooth]
    return whole.reshape(-1, smooth).mean(axis=1)


def draw_floors(ax: Axes, floors: Mapping[str, float], side: str = "right") -> None:
    """Horizontal dashed lines, named at one `side`; `floors` maps a name to its loss."""
    for name, nats in floors.items():
        ax.axhline(nats, color=COLORS["floor"], linestyle="--", linewidth=1)
        ax.annotate(
            name,
            (float(side == "right"), nats),
            xycoords=("axes fraction", "data"),
            ha=side,
            va="bottom",
            fontsize=8,
        )


def plot_orders(ax: Axes, train: Sequence[float], held_out: Sequence[float]) -> None:
    """Loss of counting models, nats per character, over their order 1, 2, ...; two sequences."""
    orders = range(1, len(held_out) + 1)
    ax.plot(orders, held_out, "o-", color=COLORS["floor"], label="held-out text")
    ax.plot(orders, train, "s--", color=COLORS["plain"], label="text it has counted")
    best = int(np.argmin(held_out))
    note(ax, f"{held_out[best]:.3f}", (best + 1, held_out[best]), (0, 10))
    name_axes(ax, "order of the model", "loss (nats per character)")


def plot_rates(ax: Axes, rates: Curves) -> None:
    """Learning rates over the updates; `rates` maps a name to a sequence."""
    for (name, values), look in zip(rates.items(), tell_apart(len(rates)), strict=True):
        steps = range(1, len(values) + 1)
        ax.plot(steps, values, **look, markersize=4, markevery=0.1, label=name)
    ax.set_ylim(bottom=0)
    ax.set(xlabel="training step", ylabel="learning rate")
    if len(rates) > 1:
        ax.legend()


def plot_departures(
    ax: Axes, losses: Curves, straight: Sequence[float], first: int, smooth: int = 5
) -> None:
    """How far losses are from those of a straight run, each the mean of `smooth` updates.

    losses: {name: sequence}, each as long as `straight`; `first` is the number of their first step.
    """
    check_whole("smooth", smooth)
    for (name, values), look in zip(losses.items(), tell_apart(len(losses)), strict=True):
        means = _means(np.subtract(values, straight), smooth)
        steps = first + smooth * np.arange(1, len(means) + 1) - 1
        ax.plot(steps, means, linewidth=1.2, markersize=4, label=name, **look)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="training step", ylabel="loss above the straight run (nats)")
    ax.legend(fontsize=8)


def plot_budgets(
    ax: Axes,
    curve: tuple[Sequence[float], Sequence[float]],
    groups: Mapping[str, Sequence[tuple[float, float]]],
) -> None:
    """Loss over the characters read, on a logarithmic axis: a curve, and dots of finished runs.

    curve: (characters, losses) of one training; groups: {name: [(characters, loss), ...]}. A name
    that holds that of a framework is drawn in its colour.
    """
    ax.plot(*curve, color=COLORS["plain"], linewidth=1.2, label="while training")
    looks = tell_apart(len(groups), (COLORS["accent"],))
    for (name, points), look in zip(groups.items(), looks, strict=True):
        engines = [engine for engine, label in LABELS.items() if label in name]
        look |= {"linestyle": ""} | ({"color": COLORS[engines[0]]} if engines else {})
        ax.plot(*np.transpose(points), **look, label=name, markersize=5)
    ax.set(xscale="log", xlabel="characters read in training", ylabel="loss (nats per character)")
    ax.legend(loc="upper right", fontsize=8)


def plot_fading(
    ax: Axes,
    curves: Curves,
    looks: Mapping[str, dict[str, Any]] | None = None,
    label: str = "influence on the loss",
) -> None:
    """Norms of a gradient on a logarithmic axis; {name: norms}, the latest step first, from k = 1.

    `looks` maps a name to how Matplotlib draws its line; `label` says what the norms are.
    """
    for name, norms in curves.items():
        steps = np.arange(1, len(norms) + 1)
        ax.semilogy(steps, norms, **(looks or {}).get(name, {}), label=name)
    ax.set(xlabel="steps before the end, k", ylabel=label)
    if len(curves) > 1:
        ax.legend()
