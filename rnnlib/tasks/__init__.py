"""Problems whose right answer is known."""

from rnnlib.tasks.synthetic import AddingProblem, TemporalOrder, embedded_reber, knights_and_knaves
from rnnlib.tasks.synthetic_series import LinearSeries

__all__ = ["AddingProblem", "LinearSeries", "TemporalOrder", "embedded_reber", "knights_and_knaves"]
