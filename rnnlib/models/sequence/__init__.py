"""One answer to a sequence, or one at each step, for sequences of unequal length. Chapter 15."""

from rnnlib.models.sequence.config import LOSSES, POOLINGS, SequenceConfig
from rnnlib.models.sequence.engines import build

__all__ = ["LOSSES", "POOLINGS", "SequenceConfig", "build"]
