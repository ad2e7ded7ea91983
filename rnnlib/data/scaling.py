"""Scaling: a shift and a scale that are measured on the past alone, and undone in the forecast."""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_whole


def check_series(values, least=1) -> np.ndarray:
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
    """scaled = (value - shift) / scale, and back. Chapter 16.

    Make one with `Scaler.fit(past)`; what comes later must have no part in it.
    """

    shift: float
    scale: float

    @classmethod
    def fit(cls, past) -> "Scaler":
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

    def scaled(self, values) -> np.ndarray:
        """Values of any shape in the unit of the scale, about zero."""
        return (np.asarray(values, np.float64) - self.shift) / self.scale

    def undo(self, scaled) -> np.ndarray:
        """Scaled values of any shape in their own unit again."""
        return np.asarray(scaled, np.float64) * self.scale + self.shift

    def undo_width(self, widths) -> np.ndarray:
        """Scaled differences or standard deviations in their own unit: no shift is added."""
        return np.asarray(widths, np.float64) * self.scale
