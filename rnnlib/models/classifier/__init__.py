"""One answer to a sequence, or one at each step, for sequences of unequal length."""

from rnnlib.models.classifier.config import POOLINGS as POOLINGS
from rnnlib.models.classifier.config import SequenceConfig as SequenceConfig
from rnnlib.models.engines import build as build
