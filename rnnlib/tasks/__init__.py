"""Problems whose right answer is known."""

from rnnlib.tasks.grammars import Grammar
from rnnlib.tasks.synthetic import (
    AddingProblem,
    CopyMemory,
    TemporalOrder,
    brackets,
    embedded_reber,
    knights_and_knaves,
    reber,
)

__all__ = [
    "AddingProblem",
    "CopyMemory",
    "Grammar",
    "TemporalOrder",
    "brackets",
    "embedded_reber",
    "knights_and_knaves",
    "reber",
]
