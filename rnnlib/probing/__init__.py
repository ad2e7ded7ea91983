"""What goes on inside a trained model."""

from rnnlib.probing.automaton import extract, first_errors, recogniser
from rnnlib.probing.fading import influence, jacobians
from rnnlib.probing.fixed_points import find_points, hold
from rnnlib.probing.gating import gates
from rnnlib.probing.patching import leace, read_changed
from rnnlib.probing.probes import Reader, Ridge, interval, score, split_blocks
from rnnlib.probing.properties import Property, describe_play
from rnnlib.probing.reach import reach_by_deleting, reach_by_replacing
from rnnlib.probing.states import principal_components, record

__all__ = [
    "Property",
    "Reader",
    "Ridge",
    "describe_play",
    "extract",
    "find_points",
    "first_errors",
    "gates",
    "hold",
    "influence",
    "interval",
    "jacobians",
    "leace",
    "principal_components",
    "reach_by_deleting",
    "reach_by_replacing",
    "read_changed",
    "recogniser",
    "record",
    "score",
    "split_blocks",
]
