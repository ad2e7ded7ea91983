"""The models, and the only place that names all three engines."""

from rnnlib.models.config import ModelConfig as ModelConfig
from rnnlib.models.engines import ENGINES as ENGINES
from rnnlib.models.engines import build as build
from rnnlib.models.engines import load as load
from rnnlib.models.engines import save as save
from rnnlib.models.update import Update as Update
