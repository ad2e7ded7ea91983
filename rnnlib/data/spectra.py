"""From samples to what an ear would notice: frames, their spectrum, and its logarithm by pitch.

Shapes: N samples, T frames of `size` samples, one every `step`, F = size / 2 + 1 frequencies.
"""

from functools import lru_cache

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.data.wav import check_sound

SIZE, STEP, BANDS = 512, 256, 40  # at 22,050 samples a second: 23 ms, every 12 ms
QUIET = 1e-6  # added to a power before its logarithm, so that silence has one


def frame(samples, size=SIZE, step=STEP):
    """Overlapping pieces of a sound: (N,) -> (T, size), T = 1 + (N - size) // step.

    What is left at the end and fills no frame is dropped. Raises ValueError for a sound shorter
    than one frame. Chapter 18.
    """
    samples = check_sound(samples)
    if len(samples) < check_whole("size", size):
        raise ValueError(
            f"the sound has {len(samples)} samples, and one frame needs {size}: give a longer one."
        )
    return np.lib.stride_tricks.sliding_window_view(samples, size)[:: check_whole("step", step)]


def hann(size):
    """A window (size,) that fades each frame in and out: 0.5 - 0.5 cos(2 pi n / size)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def power_spectrum(samples, size=SIZE, step=STEP):
    """How much of each frequency is in each frame: (N,) -> (T, F), squared amplitudes.

    Column k is the frequency k * rate / size. Chapter 18.
    """
    return np.abs(np.fft.rfft(frame(samples, size, step) * hann(size))) ** 2


def to_mel(frequency):
    """A frequency in Hz on the mel scale, where equal steps sound equally wide.

    2595 log10(1 + f / 700): O'Shaughnessy (1987), after Stevens, Volkmann and Newman (1937).
    """
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


@lru_cache(maxsize=8)
def mel_filters(bands=BANDS, size=SIZE, rate=22_050):
    """Weights (F, bands): each column a triangle on the mel scale, overlapping by half.

    Together they reach from 0 to rate / 2. Raises ValueError where a triangle is so narrow that it
    falls between two frequencies. Chapter 18.
    """
    check_whole("bands", bands)
    frequencies = np.arange(size // 2 + 1) * rate / size
    edges = np.linspace(0, to_mel(rate / 2), bands + 2)
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    mels = to_mel(frequencies)[:, None]  # (F, 1)
    rising, falling = (mels - left) / (middle - left), (right - mels) / (right - middle)
    weights = np.maximum(0, np.minimum(rising, falling))
    if not weights.any(axis=0).all():
        raise ValueError(
            f"{bands} bands are too many for frames of {size} samples: band "
            f"{int(np.argmin(weights.any(axis=0)))} holds no frequency. Ask for fewer, or for "
            "longer frames."
        )
    weights.setflags(write=False)
    return weights


def log_mel(samples, rate=22_050, bands=BANDS, size=SIZE, step=STEP):
    """What a listener reads: the logarithm of the power in each band, (N,) -> (T, bands) float32.

    Davis and Mermelstein (1980), without the last step of theirs. Chapter 18.
    """
    power = power_spectrum(samples, size, step)
    return np.log(power @ mel_filters(bands, size, rate) + QUIET).astype(np.float32)
