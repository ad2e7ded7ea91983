"""Dropout for every engine alike: which units one training step leaves out."""

from typing import Any

import numpy as np

from rnnlib.interface import Array


def draw_mask(config: Any, rate: float, batch_size: int, seed: int, step: int) -> Array | None:
    """What the last hidden states (B, T, H) are multiplied by: an array (B, 1, H), or None.

    A unit is 0, with the probability `rate`, through the whole piece of text, and 1 / (1 - rate)
    otherwise, so that its mean stays. Drawn from the seed of the model and the number of the update
    alone: the same in every engine, and after a resume. None when the rate is 0. Srivastava et al.
    (2014); one mask for all steps as in Gal and Ghahramani (2016). An Update checks the rate.
    """
    if rate == 0:
        return None
    drawn = np.random.default_rng([seed, step]).random((batch_size, 1, config.width))
    return ((drawn >= rate) / (1 - rate)).astype(config.dtype)
