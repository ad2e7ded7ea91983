"""New text from a trained model: drawn, filtered, or searched for."""

from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import (
    filter_logits,
    generate,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    stream,
)

__all__ = [
    "beam_search",
    "filter_logits",
    "generate",
    "keep_min_p",
    "keep_top_k",
    "keep_top_p",
    "stream",
]
