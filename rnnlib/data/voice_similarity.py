"""How alike two synthetic voices are, by the pictures of the ten digits that they say.

A name is no guard: two voices of different names can be nearer than two variants of one name. So
each voice says each digit once, each log-mel picture is stretched to the same number of frames, and
two voices are compared number by number.
"""

from collections.abc import Sequence

import numpy as np

from rnnlib.data.spectra import log_mel
from rnnlib.data.speech import DIGITS, say_digits
from rnnlib.interface import Array

FRAMES = 20  # to which every picture is stretched


def compare_voices(voices: Sequence[str]) -> Array:
    """Distances (N, N) between N voices: 0 for the same voice, 1 for a whole deviation apart.

    The mean difference of their pictures, each band in its own standard deviations over all of
    these voices, plus the mean difference of the logarithms of their lengths.
    """
    if len(voices) < 2:
        raise ValueError(f"likeness compares two voices at least, not {len(voices)}.")
    said = [[log_mel(say_digits([d], name).samples) for d in range(len(DIGITS))] for name in voices]
    lengths = np.log([[len(picture) for picture in row] for row in said])  # (N, 10)
    deviation = np.concatenate([picture for row in said for picture in row]).std(axis=0)
    pictures = np.array([[stretch(picture) / deviation for picture in row] for row in said])
    return np.array(
        [
            np.abs(pictures - picture).mean(axis=(1, 2, 3)) + np.abs(lengths - length).mean(axis=1)
            for picture, length in zip(pictures, lengths, strict=True)
        ]
    )


def stretch(picture: Array, frames: int = FRAMES) -> Array:
    """A picture (T, bands) of `frames` frames, read in a straight line between its own."""
    places = np.linspace(0, len(picture) - 1, frames)
    low = places.astype(int)
    high = np.minimum(low + 1, len(picture) - 1)
    return picture[low] + (places - low)[:, None] * (picture[high] - picture[low])
