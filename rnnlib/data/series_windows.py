"""Windows: pieces of a series, each with the numbers that come after it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnnlib.checks import check_whole
from rnnlib.data.scaling import check_series


def cut_windows(values, length, horizon=1, stride=1) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, length) and targets (N, horizon): what follows each window. Copies, float64.

    Windows begin at 0, stride, 2 stride, ...; every target lies inside `values`, so whoever passes
    a training part gets no number from beyond it. Raises ValueError for a series that is shorter
    than one window with its targets. Chapter 16.
    """
    length, horizon = check_whole("length", length), check_whole("horizon", horizon)
    check_whole("stride", stride)
    values = check_series(values)
    if len(values) < length + horizon:
        raise ValueError(
            f"the series has {len(values)} numbers, but one window of {length} with the {horizon} "
            f"after it needs {length + horizon}. Give a longer series, or ask for a shorter window."
        )
    both = sliding_window_view(values, length + horizon)[::stride]
    return both[:, :length].copy(), both[:, length:].copy()


def lag_rows(values, lags) -> tuple[np.ndarray, np.ndarray]:
    """The design of an autoregression: rows (N - lags, lags), the latest number first, and what
    follows each (N - lags,). Chapter 16.
    """
    inputs, targets = cut_windows(values, lags)
    return inputs[:, ::-1].copy(), targets[:, 0]
