"""Series made ready for a model: scaled by their past alone, cut into windows, and checked."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnnlib.checks import check_whole
from rnnlib.interface import Array, ArrayLike


def check_series(values: ArrayLike, least: int = 1) -> Array:
    """Return a copy of `values` (N,) in float64; ValueError unless N finite numbers, N >= least."""
    try:
        found = np.array(values, np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            "a series must hold numbers alone, in one row; take out text and empty places."
        ) from None
    if found.ndim != 1:
        raise ValueError(f"a series must be one row of numbers (N,), not {found.shape}.")
    if len(found) < check_whole("least", least):
        raise ValueError(
            f"the series has {len(found)} numbers, and {least} are the least that this needs. "
            "Give a longer one, or ask for shorter windows."
        )
    wrong = np.flatnonzero(~np.isfinite(found))
    if len(wrong):
        raise ValueError(
            f"the series holds {found[wrong[0]]} at place {wrong[0]}, and {len(wrong)} such in "
            "all. Fill them in from what came before, or begin after the last."
        )
    return found


@dataclass(frozen=True)
class Scaler:
    """scaled = (value - shift) / scale, and back.

    Make one with `Scaler.fit(past)`; what comes later must have no part in it.
    """

    shift: float
    scale: float

    @classmethod
    def fit(cls, past: ArrayLike) -> "Scaler":
        """The mean and the standard deviation of `past` (N,).

        Raises ValueError for a constant series, whose scale would be 0, and for one that holds
        nan, infinity or fewer than two numbers.
        """
        past = check_series(past, least=2)
        scale = float(past.std())
        if scale <= 1e-12 * np.abs(past).max():
            raise ValueError(
                f"the series is constant, {past[0]:g} throughout, and has no scale. "
                "Forecast that number, or leave the series out."
            )
        return cls(float(past.mean()), scale)

    def scaled(self, values: ArrayLike) -> Array:
        """Values of any shape in the unit of the scale, about zero."""
        return (np.asarray(values, np.float64) - self.shift) / self.scale

    def undo_width(self, widths: ArrayLike) -> Array:
        """Scaled differences or standard deviations in their own unit: no shift is added."""
        return np.asarray(widths, np.float64) * self.scale


def cut_windows(values: ArrayLike, length: int, horizon: int = 1) -> tuple[Array, Array]:
    """Inputs (N, length) and targets (N, horizon): what follows each window. Copies, float64.

    A window begins at each number; every target lies inside `values`, so whoever passes
    a training part gets no number from beyond it. Raises ValueError for a series that is shorter
    than one window with its targets.
    """
    length, horizon = check_whole("length", length), check_whole("horizon", horizon)
    values = check_series(values)
    if len(values) < length + horizon:
        raise ValueError(
            f"the series has {len(values)} numbers, but one window of {length} with the {horizon} "
            f"after it needs {length + horizon}. Give a longer series, or ask for a shorter window."
        )
    both = sliding_window_view(values, length + horizon)
    return both[:, :length].copy(), both[:, length:].copy()


def lag_rows(values: ArrayLike, lags: int) -> tuple[Array, Array]:
    """Rows (N - lags, lags) to regress on, latest first, and what follows, (N - lags,)."""
    inputs, targets = cut_windows(values, lags)
    return inputs[:, ::-1].copy(), targets[:, 0]


def curvature_correlation(values: ArrayLike) -> Array:
    """The lag-1 autocorrelation (...) of the second differences of series (..., T), about zero.

    Independent errors of measurement have -2/3 in the long run, a random walk -1/2. A curve that
    was drawn through a few of its points bends a little at a time and has nearly 1: what lies
    between the points was then computed from those on both sides. Raises ValueError for fewer than
    four steps and for a straight line, which has no bends.
    """
    values = np.asarray(values, np.float64)
    if values.ndim == 0 or values.shape[-1] < 4:
        raise ValueError("bends that follow each other need series of at least four numbers.")
    bends = np.diff(values, 2)
    size = (bends**2).sum(axis=-1)
    if not (size > 1e-20 * (values**2).sum(axis=-1)).all():
        raise ValueError("a straight line has no bends that could follow each other; leave it out.")
    return (bends[..., 1:] * bends[..., :-1]).sum(axis=-1) / size
