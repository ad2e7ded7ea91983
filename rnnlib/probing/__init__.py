"""What goes on inside a trained model."""

from rnnlib.probing.automaton import extract, first_errors, recogniser, share_right
from rnnlib.probing.controls import (
    NgramProbe,
    control_task,
    guess,
    leaky_sums,
    shuffle_labels,
    shuffle_weights,
    untrained,
    word_flags,
)
from rnnlib.probing.fixed_points import draw_starts, find_points, hold_input
from rnnlib.probing.gate_activations import gates
from rnnlib.probing.hidden_states import principal_components, record
from rnnlib.probing.patching import (
    effects,
    find_unit,
    leace,
    matched_moves,
    mean_difference,
    random_direction,
    read_changed,
    typical_direction,
    unit_direction,
)
from rnnlib.probing.perturbation import reach_by_deleting, reach_by_replacing
from rnnlib.probing.probes import Reader, interval, interval_of_mean, judge, score, split_blocks
from rnnlib.probing.state_jacobians import influence, jacobians
from rnnlib.probing.text_properties import CLASSES, Property, classify, describe_play

__all__ = [
    "CLASSES",
    "NgramProbe",
    "Property",
    "Reader",
    "classify",
    "control_task",
    "describe_play",
    "draw_starts",
    "effects",
    "extract",
    "find_points",
    "find_unit",
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
    "mean_difference",
    "principal_components",
    "random_direction",
    "reach_by_deleting",
    "reach_by_replacing",
    "read_changed",
    "recogniser",
    "record",
    "score",
    "share_right",
    "shuffle_labels",
    "shuffle_weights",
    "split_blocks",
    "typical_direction",
    "unit_direction",
    "untrained",
    "word_flags",
]
