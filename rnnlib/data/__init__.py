"""Texts, series and sounds, out of packages by hash or of a reader's own, and how to scale them."""

from rnnlib.data.scaling import Scaler as Scaler
from rnnlib.data.scaling import check_series as check_series
from rnnlib.data.scaling import curvature_correlation as curvature_correlation
from rnnlib.data.scaling import cut_windows as cut_windows
from rnnlib.data.series import load_collection as load_collection
from rnnlib.data.series import load_series as load_series
from rnnlib.data.spectra import frame as frame
from rnnlib.data.spectra import log_mel as log_mel
from rnnlib.data.spectra import mel_filters as mel_filters
from rnnlib.data.spectra import power_spectrum as power_spectrum
from rnnlib.data.texts import PANGRAM as PANGRAM
from rnnlib.data.texts import load_corpus as load_corpus
from rnnlib.data.wav import read_wav as read_wav
from rnnlib.data.wheels import CorpusError as CorpusError
