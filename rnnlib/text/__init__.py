"""Text as numbers and back: the vocabulary, and the ways to cut a text into training data."""

from rnnlib.text.vocab import Vocab, one_hot, split_text
from rnnlib.text.windows import make_streams, make_windows

__all__ = ["Vocab", "make_streams", "make_windows", "one_hot", "split_text"]
