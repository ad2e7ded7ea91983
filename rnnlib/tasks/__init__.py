"""Problems whose right answer is known."""

from rnnlib.tasks.automata import Automaton, flip_flops, nested, shortest_difference, tomita
from rnnlib.tasks.grammars import Grammar
from rnnlib.tasks.synthetic import (
    AddingProblem,
    TemporalOrder,
    brackets,
    embedded_reber,
    knights_and_knaves,
    reber,
)
from rnnlib.tasks.synthetic_series import LinearSeries

__all__ = [
    "AddingProblem",
    "Automaton",
    "Grammar",
    "LinearSeries",
    "TemporalOrder",
    "brackets",
    "embedded_reber",
    "flip_flops",
    "knights_and_knaves",
    "nested",
    "reber",
    "shortest_difference",
    "tomita",
]
