"""What goes on inside a trained model."""

from rnnlib.probing.automaton import extract, first_errors, recogniser, share_right
from rnnlib.probing.controls import (
    NgramProbe,
    guess,
    leaky_sums,
    untrained,
)
from rnnlib.probing.fixed_points import draw_starts, find_points, hold_input
from rnnlib.probing.gate_activations import gates
from rnnlib.probing.hidden_states import principal_components, record
from rnnlib.probing.patching import (
    effects,
    leace,
    matched_moves,
    read_changed,
    typical_direction,
)
from rnnlib.probing.perturbation import reach_by_replacing
from rnnlib.probing.probes import Reader, interval, interval_of_mean, judge, split_blocks
from rnnlib.probing.state_jacobians import influence, jacobians
from rnnlib.probing.text_properties import CLASSES, Property, classify, describe_play

__all__ = [
    "CLASSES",
    "NgramProbe",
    "Property",
    "Reader",
    "classify",
    "describe_play",
    "draw_starts",
    "effects",
    "extract",
    "find_points",
    "first_errors",
    "gates",
    "guess",
    "hold_input",
    "influence",
    "interval",
    "interval_of_mean",
    "jacobians",
    "judge",
    "leace",
    "leaky_sums",
    "matched_moves",
    "principal_components",
    "reach_by_replacing",
    "read_changed",
    "recogniser",
    "record",
    "share_right",
    "split_blocks",
    "typical_direction",
    "untrained",
]
