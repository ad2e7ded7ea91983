"""Sound as numbers: recordings read and written, and what a listener makes of them."""

from rnnlib.sound.spectrum import frame, log_mel, mel_filters, power_spectrum
from rnnlib.sound.wav import read_wav, resample, write_wav

__all__ = [
    "frame",
    "log_mel",
    "mel_filters",
    "power_spectrum",
    "read_wav",
    "resample",
    "write_wav",
]
