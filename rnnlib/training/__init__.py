"""Training: over separate examples or along one long text, stopped anywhere and resumed exactly."""

from rnnlib.training.epochs import fit
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run
from rnnlib.training.stream import fit_stream

__all__ = ["History", "Recipe", "Run", "fit", "fit_stream"]
