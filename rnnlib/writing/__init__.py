"""New text from a trained model: drawn, filtered, or searched for."""

from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import (
    GREEDY,
    Sampler,
    generate,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    stream,
)

__all__ = [
    "GREEDY",
    "Sampler",
    "beam_search",
    "generate",
    "keep_min_p",
    "keep_top_k",
    "keep_top_p",
    "stream",
]
