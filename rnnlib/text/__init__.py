"""Text as numbers and back: vocabulary, ways to cut a text up, and rows of unequal length."""

from rnnlib.text.padding import make_buckets, make_mask, pad, padding_share
from rnnlib.text.vocab import Vocab, one_hot, split_text
from rnnlib.text.windows import make_streams, make_windows

__all__ = [
    "Vocab",
    "make_buckets",
    "make_mask",
    "make_streams",
    "make_windows",
    "one_hot",
    "pad",
    "padding_share",
    "split_text",
]
