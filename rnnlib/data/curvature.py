"""Curvature: how the bends of a series follow each other, which tells drawn curves from data."""

import numpy as np


def curvature_correlation(values) -> np.ndarray:
    """The lag-1 autocorrelation (...) of the second differences of series (..., T), about zero.

    Independent errors of measurement have -2/3 in the long run, a random walk -1/2. A curve that
    was drawn through a few of its points bends a little at a time and has nearly 1: what lies
    between the points was then computed from those on both sides. Raises ValueError for fewer than
    four steps and for a straight line, which has no bends. Chapter 16.
    """
    values = np.asarray(values, np.float64)
    if values.ndim == 0 or values.shape[-1] < 4:
        raise ValueError("bends that follow each other need series of at least four numbers.")
    bends = np.diff(values, 2)
    size = (bends**2).sum(axis=-1)
    if not (size > 1e-20 * (values**2).sum(axis=-1)).all():
        raise ValueError("a straight line has no bends that could follow each other; leave it out.")
    return (bends[..., 1:] * bends[..., :-1]).sum(axis=-1) / size
