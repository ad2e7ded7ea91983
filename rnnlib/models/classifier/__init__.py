"""One answer to a sequence, or one at each step, for sequences of unequal length."""

from rnnlib.models.classifier.config import LOSSES, POOLINGS, SequenceConfig
from rnnlib.models.engines import build

__all__ = ["LOSSES", "POOLINGS", "SequenceConfig", "build"]
