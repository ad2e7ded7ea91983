"""What a listener reads while it listens: log-mel frames on one scale, whole or as they arrive."""

from dataclasses import dataclass

import numpy as np

from rnnlib.data.spectra import BANDS, SIZE, STEP, log_mel
from rnnlib.data.wav import check_sound


@dataclass(frozen=True)
class Scaling:
    """The mean and the standard deviation (bands,) of each band, measured once on training data.

    Measured on each recording instead, they would have to wait for its end. Chapter 18.
    """

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def measure(cls, features):
        """From a list of features (T, bands), each frame counting alike."""
        frames = np.concatenate(features).astype(float)
        return cls(frames.mean(axis=0), frames.std(axis=0) + 1e-3)

    def apply(self, features):
        """Features (..., bands) with mean 0 and deviation 1 in each band, float32."""
        return ((features - self.mean) / self.deviation).astype(np.float32)


class LogMelStream:
    """`log_mel` of a sound that arrives in pieces: the same frames, as soon as each is complete.

    It keeps only the samples that the next frame needs. Chapter 18.
    """

    def __init__(self, rate=22_050, bands=BANDS, size=SIZE, step=STEP):
        self.rate, self.bands, self.size, self.step = rate, bands, size, step
        self._left = np.zeros(0)

    def push(self, samples):
        """The features (T, bands) of all frames that these samples complete; T may be 0."""
        self._left = np.concatenate([self._left, check_sound(samples)])
        if len(self._left) < self.size:
            return np.zeros((0, self.bands), np.float32)
        features = log_mel(self._left, self.rate, self.bands, self.size, self.step)
        self._left = self._left[len(features) * self.step :]
        return features


def add_noise(samples, decibels, rng):
    """Samples with white noise whose power lies `decibels` below theirs (above, if negative).

    The signal-to-noise ratio of an utterance as a whole; the noise is Gaussian. Chapter 18.
    """
    return mix(samples, rng.normal(size=len(samples)), decibels)


def mix(samples, other, decibels):
    """Samples (N,) with another sound (N,) whose power lies `decibels` below theirs. Chapter 18."""
    power, others = np.mean(np.square(samples)), np.mean(np.square(other))
    if power == 0 or others == 0:
        raise ValueError("one of the two sounds is silent, so their ratio cannot be set.")
    return samples + other * np.sqrt(power / others / 10 ** (decibels / 10))
