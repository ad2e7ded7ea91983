"""Problems whose right answer is known."""

from rnnlib.tasks.synthetic import AddingProblem as AddingProblem
from rnnlib.tasks.synthetic import TemporalOrder as TemporalOrder
from rnnlib.tasks.synthetic import embedded_reber as embedded_reber
from rnnlib.tasks.synthetic import knights_and_knaves as knights_and_knaves
from rnnlib.tasks.synthetic_series import LinearSeries as LinearSeries
