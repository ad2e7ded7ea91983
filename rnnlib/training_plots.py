"""Drawings of training on a long text: how it is laid out, its rate, what a budget buys."""

import numpy as np
from matplotlib.patches import Rectangle

from rnnlib.plots import COLORS, LABELS, show_char
from rnnlib.text import check_whole

SHADES = ("#D9D9D9", "white")  # of even and odd batches
MARKERS = "os^Dv"
LOOKS = (("floor", "-"), ("numpy", "--"), ("numpy", ":"), ("accent", "-"), ("accent", "--"))


def draw_stream(ax, text, batch_size, length):
    """A text laid out as text.make_streams does: a long row below the other, a box a character.

    Shades alternate from batch to batch; arrows hand the state on, a 0 stands where it starts. The
    box with a pink edge holds what follows a long row: the target of its last character. Raises
    ValueError for a text too short for one batch.
    """
    used = check_whole("batch_size", batch_size) * check_whole("length", length)
    steps = (len(text) - 1) // used
    if not steps:
        raise ValueError(f"{len(text)} characters hold no batch. Give at least {used + 1}.")
    for b in range(batch_size):
        row = text[b * steps * length : (b + 1) * steps * length + 1]
        for place, char in enumerate(row):
            s, t = divmod(place, length)
            is_next = place == steps * length
            edge = COLORS["accent"] if is_next else "#BFBFBF"
            face = "white" if is_next else SHADES[s % 2]
            _draw_box(ax, s * (length + 1) + t, b, char, face, edge)
        for s in range(steps):
            _hand_on(ax, s * (length + 1), b, is_start=s == 0)
    ax.set(xlim=(-2.1, steps * (length + 1) + 0.6), ylim=(batch_size - 0.4, -0.6))
    middles = np.arange(steps) * (length + 1) + (length - 1) / 2
    ax.set_xticks(middles, [f"batch {s}" for s in range(steps)], fontsize=8)
    ax.set_yticks(range(batch_size), [f"row {b}" for b in range(batch_size)], fontsize=8)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def _draw_box(ax, x, y, char, face, edge):
    box = {"facecolor": face, "edgecolor": edge, "linewidth": 0.8}
    ax.add_patch(Rectangle((x - 0.45, y - 0.38), 0.9, 0.76, **box))
    ax.text(x, y, show_char(char), ha="center", va="center", fontsize=8)


def _hand_on(ax, x, y, is_start):
    """What a piece that begins at x receives: zeros, or the state of the piece before."""
    if is_start:
        ax.text(x - 1.2, y, "0", ha="center", va="center", fontsize=9, color=COLORS["numpy"])
    arrow = {"arrowstyle": "-|>", "color": COLORS["numpy"], "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x - 0.5, y), (x - (0.9 if is_start else 1.5), y), arrowprops=arrow)


def plot_rates(ax, rates):
    """Learning rates over the updates; `rates` maps a name to a sequence."""
    for (name, values), style in zip(rates.items(), ("-", "--", ":", "-."), strict=False):
        ax.plot(range(1, len(values) + 1), values, style, color=COLORS["numpy"], label=name)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("training step")
    ax.set_ylabel("learning rate")
    if len(rates) > 1:
        ax.legend()


def plot_departures(ax, losses, straight, first, smooth=5):
    """How far losses are from those of a straight run, each the mean of `smooth` updates.

    losses: {name: sequence}, each as long as `straight`; `first` is the number of their first step.
    """
    check_whole("smooth", smooth)
    for (name, values), marker, look in zip(losses.items(), MARKERS, LOOKS, strict=False):
        apart = np.subtract(values, straight)
        kept = apart[: len(apart) // smooth * smooth].reshape(-1, smooth).mean(axis=1)
        steps = first + smooth * np.arange(1, len(kept) + 1) - 1
        style = {"color": COLORS[look[0]], "linestyle": look[1], "marker": marker}
        ax.plot(steps, kept, linewidth=1.2, markersize=4, label=name, **style)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_xlabel("training step")
    ax.set_ylabel("loss above the straight run (nats)")
    ax.legend(fontsize=8)


def plot_budgets(ax, curve, groups):
    """Loss over the characters read, on a logarithmic axis: a curve, and dots of finished runs.

    curve: (characters, losses) of one training; groups: {name: [(characters, loss), ...]}. A name
    that holds that of a framework is drawn in its colour.
    """
    ax.plot(*curve, color=COLORS["numpy"], linewidth=1.2, label="while training")
    for (name, points), marker in zip(groups.items(), MARKERS, strict=False):
        characters, losses = np.transpose(points)
        engines = [engine for engine, label in LABELS.items() if label in name]
        color = COLORS[engines[0] if engines else "accent"]
        ax.plot(characters, losses, marker, color=color, label=name, markersize=5)
    ax.set_xscale("log")
    ax.set_xlabel("characters read in training")
    ax.set_ylabel("loss (nats per character)")
    ax.legend(loc="upper right", fontsize=8)
