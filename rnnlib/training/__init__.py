"""Training: separate examples, one long text, windows of series; stopped and resumed exactly."""

from rnnlib.training.epochs import fit
from rnnlib.training.forecasting import ForecastPlan, fit_forecaster, fit_forecasters
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

__all__ = [
    "ForecastPlan",
    "Recipe",
    "Run",
    "fit",
    "fit_forecaster",
    "fit_forecasters",
    "fit_stream",
]
