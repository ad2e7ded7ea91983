"""The models, and the only place that names all three engines."""

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, build, load

__all__ = ["ENGINES", "ModelConfig", "build", "load"]
