"""Figures: each function draws on the axes it is given and returns nothing."""

from rnnlib.plots.ablations import (
    draw_dropout,
    plot_both_losses,
    plot_changes,
    plot_costs,
    plot_sweep,
)
from rnnlib.plots.boxes import draw_marked
from rnnlib.plots.curves import (
    draw_floors,
    plot_budgets,
    plot_departures,
    plot_fading,
    plot_losses,
    plot_orders,
    plot_rates,
)
from rnnlib.plots.prices import plot_prices
from rnnlib.plots.states import (
    draw_states,
    plot_by_place,
    plot_losses_of_seeds,
)
from rnnlib.plots.style import CELL_COLORS, CELL_LABELS, COLORS, LABELS, STATE_COLORS, show_char
from rnnlib.plots.text import (
    draw_filters,
    draw_one_hot,
    draw_pairs,
    draw_surprise,
    draw_surprises,
    draw_temperatures,
    lay_out,
    plot_positions,
)
from rnnlib.plots.valleys import draw_contours, draw_valley, plot_descent, plot_held_out

__all__ = [
    "CELL_COLORS",
    "CELL_LABELS",
    "COLORS",
    "LABELS",
    "STATE_COLORS",
    "draw_contours",
    "draw_dropout",
    "draw_filters",
    "draw_floors",
    "draw_marked",
    "draw_one_hot",
    "draw_pairs",
    "draw_states",
    "draw_surprise",
    "draw_surprises",
    "draw_temperatures",
    "draw_valley",
    "lay_out",
    "plot_both_losses",
    "plot_budgets",
    "plot_by_place",
    "plot_changes",
    "plot_costs",
    "plot_departures",
    "plot_descent",
    "plot_fading",
    "plot_held_out",
    "plot_losses",
    "plot_losses_of_seeds",
    "plot_orders",
    "plot_positions",
    "plot_prices",
    "plot_rates",
    "plot_sweep",
    "show_char",
]
