"""From samples to what an ear would notice: frames, their spectrum, and its logarithm by pitch.

Shapes: N samples, T frames of `size` samples, one every `step`, F = size / 2 + 1 frequencies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.data.wav import check_sound
from rnnlib.interface import Array, ArrayLike

SIZE, STEP, BANDS = 512, 256, 40  # at 22,050 samples a second: 23 ms, every 12 ms
QUIET = 1e-6  # added to a power before its logarithm, so that silence has one


def frame(samples: ArrayLike, size: int = SIZE, step: int = STEP) -> Array:
    """Overlapping pieces of a sound: (N,) -> (T, size), T = 1 + (N - size) // step.

    What fills no frame at the end is dropped. Raises ValueError for less than one frame.
    """
    samples = check_sound(samples)
    if len(samples) < check_whole("size", size):
        raise ValueError(
            f"the sound has {len(samples)} samples, and one frame needs {size}: give a longer one."
        )
    return np.lib.stride_tricks.sliding_window_view(samples, size)[:: check_whole("step", step)]


def hann(size: int) -> Array:
    """A window (size,) that fades each frame in and out: 0.5 - 0.5 cos(2 pi n / size)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def power_spectrum(samples: ArrayLike, size: int = SIZE, step: int = STEP) -> Array:
    """How much of each frequency is in each frame: (N,) -> (T, F), squared amplitudes.

    Column k is the frequency k * rate / size.
    """
    return np.abs(np.fft.rfft(frame(samples, size, step) * hann(size))) ** 2


def to_mel(frequency: ArrayLike) -> Array:
    """A frequency in Hz on the mel scale, where equal steps sound equally wide.

    2595 log10(1 + f / 700): O'Shaughnessy (1987), after Stevens, Volkmann and Newman (1937).
    """
    return 2595 * np.log10(1 + np.asarray(frequency) / 700)


@lru_cache(maxsize=8)
def mel_filters(bands: int = BANDS, size: int = SIZE, rate: int = 22_050) -> Array:
    """Weights (F, bands): each column a triangle on the mel scale, overlapping by half.

    Together they reach from 0 to rate / 2. ValueError where one falls between two frequencies.
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


def log_mel(
    samples: ArrayLike, rate: int = 22_050, bands: int = BANDS, size: int = SIZE, step: int = STEP
) -> Array:
    """What a listener reads: the logarithm of the power in each band, (N,) -> (T, bands) float32.

    Davis and Mermelstein (1980), without the last step of theirs.
    """
    power = power_spectrum(samples, size, step)
    return np.log(power @ mel_filters(bands, size, rate) + QUIET).astype(np.float32)


@dataclass(frozen=True)
class Scaling:
    """The mean and the standard deviation (bands,) of each band, measured once on training data.

    Measured on each recording instead, they would have to wait for its end.
    """

    mean: Array
    deviation: Array

    @classmethod
    def measure(cls, features: Sequence[Array]) -> "Scaling":
        """From a list of features (T, bands), each frame counting alike."""
        frames = np.concatenate(features).astype(float)
        return cls(frames.mean(axis=0), frames.std(axis=0) + 1e-3)

    def apply(self, features: Array) -> Array:
        """Features (..., bands) with mean 0 and deviation 1 in each band, float32."""
        return ((features - self.mean) / self.deviation).astype(np.float32)


class LogMelStream:
    """`log_mel` of a sound that arrives in pieces: the same frames, as soon as each is complete.

    It keeps only the samples that the next frame needs.
    """

    def __init__(self, rate: int = 22_050, bands: int = BANDS, size: int = SIZE, step: int = STEP):
        self.rate, self.bands, self.size, self.step = rate, bands, size, step
        self._left = np.zeros(0)

    def push(self, samples: ArrayLike) -> Array:
        """The features (T, bands) of all frames that these samples complete; T may be 0."""
        self._left = np.concatenate([self._left, check_sound(samples)])
        if len(self._left) < self.size:
            return np.zeros((0, self.bands), np.float32)
        features = log_mel(self._left, self.rate, self.bands, self.size, self.step)
        self._left = self._left[len(features) * self.step :]
        return features


def add_noise(samples: Array, decibels: float, rng: np.random.Generator) -> Array:
    """Samples with white noise whose power lies `decibels` below theirs (above, if negative).

    The signal-to-noise ratio of an utterance as a whole; the noise is Gaussian.
    """
    return mix(samples, rng.normal(size=len(samples)), decibels)


def mix(samples: Array, other: Array, decibels: float) -> Array:
    """Samples (N,) with another sound (N,) whose power lies `decibels` below theirs."""
    power, others = np.mean(np.square(samples)), np.mean(np.square(other))
    if power == 0 or others == 0:
        raise ValueError("one of the two sounds is silent, so their ratio cannot be set.")
    return samples + other * np.sqrt(power / others / 10 ** (decibels / 10))
