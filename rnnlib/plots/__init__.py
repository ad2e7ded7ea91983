"""Figures: each function draws on the axes it is given and returns nothing."""

from rnnlib.plots.ablations import (
    draw_dropout,
    plot_both_losses,
    plot_changes,
    plot_costs,
    plot_prices,
    plot_sweep,
)
from rnnlib.plots.classification import draw_attention, plot_calibration, plot_confusion
from rnnlib.plots.curves import (
    draw_floors,
    plot_budgets,
    plot_departures,
    plot_fading,
    plot_losses,
    plot_orders,
    plot_rates,
)
from rnnlib.plots.forecasts import plot_fan, plot_series
from rnnlib.plots.hidden_states import draw_moves, draw_states, plot_by_place, plot_losses_of_seeds
from rnnlib.plots.html import as_table, filter_tables, shade_surprise, shade_values, show_players
from rnnlib.plots.loss_surface import draw_contours, draw_valley, plot_descent, plot_held_out
from rnnlib.plots.style import CELL_COLORS, CELL_LABELS, COLORS, show_char, use_style
from rnnlib.plots.text import (
    draw_marked,
    draw_one_hot,
    draw_pairs,
    draw_temperatures,
    plot_positions,
)

__all__ = [
    "CELL_COLORS",
    "CELL_LABELS",
    "COLORS",
    "as_table",
    "draw_attention",
    "draw_contours",
    "draw_dropout",
    "draw_floors",
    "draw_marked",
    "draw_moves",
    "draw_one_hot",
    "draw_pairs",
    "draw_states",
    "draw_temperatures",
    "draw_valley",
    "filter_tables",
    "plot_both_losses",
    "plot_budgets",
    "plot_by_place",
    "plot_calibration",
    "plot_changes",
    "plot_confusion",
    "plot_costs",
    "plot_departures",
    "plot_descent",
    "plot_fading",
    "plot_fan",
    "plot_held_out",
    "plot_losses",
    "plot_losses_of_seeds",
    "plot_orders",
    "plot_positions",
    "plot_prices",
    "plot_rates",
    "plot_series",
    "plot_sweep",
    "shade_surprise",
    "shade_values",
    "show_char",
    "show_players",
    "use_style",
]
