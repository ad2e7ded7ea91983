"""Series of real numbers: scaled without looking ahead, and cut into windows."""

from rnnlib.series.curvature import curvature_correlation
from rnnlib.series.scaling import Scaler, check_series
from rnnlib.series.windows import cut_windows, lag_rows

__all__ = ["Scaler", "check_series", "curvature_correlation", "cut_windows", "lag_rows"]
