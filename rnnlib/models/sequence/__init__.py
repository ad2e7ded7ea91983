"""One answer to a sequence, or one at each step, for sequences of unequal length. Chapter 15."""

from rnnlib.models.engines import build
from rnnlib.models.sequence.config import LOSSES, POOLINGS, SequenceConfig

__all__ = ["LOSSES", "POOLINGS", "SequenceConfig", "build"]
