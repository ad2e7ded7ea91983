"""The models, and the only place that names all three engines."""

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, build, load, save
from rnnlib.models.update import Update

__all__ = ["ENGINES", "ModelConfig", "Update", "build", "load", "save"]
