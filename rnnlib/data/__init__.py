"""Texts, series and sounds, out of packages by hash or of a reader's own, and how to scale them."""

from rnnlib.data.scaling import Scaler, check_series, curvature_correlation, cut_windows
from rnnlib.data.series import load_collection, load_series
from rnnlib.data.spectra import frame, log_mel, mel_filters, power_spectrum
from rnnlib.data.texts import PANGRAM, load_corpus
from rnnlib.data.wav import read_wav
from rnnlib.data.wheels import CorpusError

__all__ = [
    "PANGRAM",
    "CorpusError",
    "Scaler",
    "check_series",
    "curvature_correlation",
    "cut_windows",
    "frame",
    "load_collection",
    "load_corpus",
    "load_series",
    "log_mel",
    "mel_filters",
    "power_spectrum",
    "read_wav",
]
