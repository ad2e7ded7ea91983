"""Drawings of what things cost: seconds of one processor, from hundredths to an hour."""

from rnnlib.plots.style import COLORS, LABELS

TICKS = {0.01: "0.01 s", 0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min"}


def plot_prices(ax, groups):
    """A dot for each thing that costs seconds, on a logarithmic axis, its time written beside it.

    groups: {title: {name: seconds}}. A name that holds that of a framework is drawn in its colour.
    See what it costs.
    """
    y, names = 0, {}
    for title, prices in groups.items():
        names[y], y = title, y + 1
        for name, seconds in prices.items():
            engines = [engine for engine, label in LABELS.items() if label in name]
            color = COLORS[engines[0] if engines else "accent"]
            ax.plot(seconds, y, "o", color=color, markersize=6)
            ax.annotate(
                show_time(seconds),
                (seconds, y),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
            names[y], y = name, y + 1
    ax.set_yticks(list(names), list(names.values()), fontsize=8)
    for label in ax.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in groups else "normal")
    ax.set_xscale("log")
    ax.set_xticks(list(TICKS), list(TICKS.values()))
    ax.minorticks_off()
    low, high = ax.get_xlim()
    ax.set_xlim(low, 3 * high)  # room for the last time
    ax.set_ylim(y - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", linewidth=0.4)
    ax.set_xlabel("time of one processor core")


def show_time(seconds):
    """A time with two digits and its unit, seconds or minutes: 0.31 s, 4.5 min."""
    return f"{seconds:.2g} s" if round(seconds, 1) < 60 else f"{seconds / 60:.2g} min"
