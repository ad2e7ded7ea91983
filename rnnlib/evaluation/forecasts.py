"""How good a forecast is: errors beside a naive one, quantiles, distributions, rolling origins."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import erf, pi, sqrt
from statistics import NormalDist

import numpy as np

from rnnlib.checks import check_levels, check_whole
from rnnlib.data.scaling import check_series
from rnnlib.interface import Array, ArrayLike

STANDARD = NormalDist()
_erf = np.vectorize(erf, otypes=[np.float64])


@dataclass(frozen=True)
class Forecast:
    """A normal distribution for each coming step: mean (..., H) and standard deviation (..., H).

    Raises ValueError where the two differ in shape, or a deviation is negative or no number.
    """

    mean: Array
    sd: Array

    def __post_init__(self):
        mean, sd = np.asarray(self.mean, np.float64), np.asarray(self.sd, np.float64)
        if mean.shape != sd.shape or not mean.size:
            raise ValueError(
                f"a forecast needs a mean and a standard deviation for each step, not "
                f"{mean.shape} and {sd.shape}."
            )
        if not (np.isfinite(mean).all() and (sd >= 0).all() and np.isfinite(sd).all()):
            raise ValueError(
                "a forecast must hold finite means and standard deviations of at least 0."
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "sd", sd)

    def quantiles(self, levels: Sequence[float]) -> Array:
        """Quantiles (..., H, Q) at levels (Q,) between 0 and 1."""
        steps = np.array([STANDARD.inv_cdf(level) for level in check_levels(levels)])
        return self.mean[..., None] + self.sd[..., None] * steps

    def interval(self, share: float) -> tuple[Array, Array]:
        """The lower and upper end (..., H) of the middle interval that holds `share` of it all."""
        both = self.quantiles([(1 - share) / 2, (1 + share) / 2])
        return both[..., 0], both[..., 1]


def naive_scale(history: ArrayLike, season: int = 1) -> float:
    """The mean error of the seasonal naive forecast within the history: what MASE divides by.

    Raises ValueError for a history of at most one season, and for one that repeats exactly.
    """
    season = check_whole("season", season)
    history = check_series(history, least=season + 1)
    scale = float(np.abs(history[season:] - history[:-season]).mean())
    if scale <= 1e-12 * np.abs(history).max():
        raise ValueError(
            f"the history repeats itself exactly every {season} steps, so that a naive forecast "
            "has no error to compare with. Leave this series out."
        )
    return scale


def mase(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike, season: int = 1) -> float:
    """Mean absolute scaled error: the mean of |actual - forecast| over that of the seasonal naive
    forecast within the history, one step (or season) ahead. 1 is as good as that; lower is better.

    Hyndman and Koehler (2006) with a season of 1; by season as in Hyndman and Athanasopoulos
    (2021). Raises ValueError as naive_scale does.
    """
    actual, forecast = _alike(actual, forecast)
    return float(np.abs(actual - forecast).mean() / naive_scale(history, season))


def pinball(actual: ArrayLike, quantiles: ArrayLike, levels: Iterable[float]) -> Array:
    """The pinball loss (...) of quantiles (..., Q) at levels (Q,), the mean over levels.

    At one level q an outcome above costs q times the distance, one below (1 - q) times; what
    minimises it is the q-quantile. Koenker and Bassett (1978).
    """
    levels = np.array(check_levels(levels))
    quantiles = np.asarray(quantiles, np.float64)
    if quantiles.shape[-1:] != levels.shape:
        raise ValueError(
            f"quantiles of shape {quantiles.shape} do not end in one for each of "
            f"{len(levels)} levels."
        )
    actual, _ = _alike(actual, quantiles[..., 0])
    gap = actual[..., None] - quantiles
    return np.maximum(levels * gap, (levels - 1) * gap).mean(axis=-1)


def crps_gaussian(actual: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Array:
    """The continuous ranked probability score (...) of normal distributions, lower is better.

    It is in the unit of the series, and for sd 0 the absolute error. With z = (actual - mean) / sd
    it is sd (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)). Gneiting and Raftery (2007).
    """
    actual, mean = _alike(actual, mean)
    sd = np.broadcast_to(np.asarray(sd, np.float64), actual.shape)
    if not (sd >= 0).all():
        raise ValueError("a standard deviation must be a number of at least 0.")
    certain = sd == 0
    z = (actual - mean) / np.where(certain, 1, sd)
    inside = z * _erf(z / sqrt(2)) + 2 * np.exp(-z * z / 2) / sqrt(2 * pi) - 1 / sqrt(pi)
    return np.where(certain, np.abs(actual - mean), sd * inside)


def block_interval(
    values: ArrayLike, block: int = 1, n: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of the mean of values (N,) of which neighbours are alike (bootstrap).

    Blocks of `block` neighbours are drawn anew, n times, in a ring, so that each value is as likely
    as any other. Of two forecasters' errors, the difference gives that of the lead. Efron (1979).
    """
    values = check_series(values, least=2 * check_whole("block", block))
    rng = np.random.default_rng(seed)
    begun = rng.integers(len(values), size=(n, -(-len(values) // block)))
    places = (begun[..., None] + np.arange(block)).reshape(n, -1)[:, : len(values)]
    low, high = np.percentile(values[places % len(values)].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """The share of outcomes that lie between both ends, the ends included."""
    actual, low = _alike(actual, low)
    actual, high = _alike(actual, high)
    return float(((low <= actual) & (actual <= high)).mean())


Forecaster = Callable[[Array, int], Forecast]  # (history, horizon) -> Forecast of (horizon,)


@dataclass(frozen=True)
class Backtest:
    """What happened and what was forecast, (O, H) each, from O origins."""

    origins: Array
    actual: Array
    forecast: Forecast
    scale: float  # of MASE, from what came before the first origin

    def mase(self, step: int | None = None) -> float:
        """The mean absolute scaled error, over all steps ahead or at one of them, from 1."""
        columns = slice(None) if step is None else slice(check_whole("step", step) - 1, step)
        return float(np.abs(self.actual - self.forecast.mean)[:, columns].mean() / self.scale)

    def errors(self) -> Array:
        """The mean absolute scaled error of each origin, (O,)."""
        return np.abs(self.actual - self.forecast.mean).mean(axis=1) / self.scale

    def crps(self) -> float:
        """The mean CRPS over the same scale, so that series can be compared."""
        found = crps_gaussian(self.actual, self.forecast.mean, self.forecast.sd)
        return float(found.mean() / self.scale)

    def coverage(self, share: float) -> float:
        """The share of outcomes inside the intervals that should hold `share` of them."""
        return coverage(self.actual, *self.forecast.interval(share))


def backtest(
    forecaster: Forecaster,
    values: ArrayLike,
    first: int,
    horizon: int,
    step: int = 1,
    season: int = 1,
) -> Backtest:
    """Forecast `horizon` steps from each rolling origin, each time knowing what came before alone.

    Origins are first, first + step, ... as long as `horizon` values follow. The forecaster gets a
    copy of values[:origin], so nothing later can reach it. Raises ValueError where not one origin
    fits, and where it answers with another number of steps. Tashman (2000).
    """
    values = check_series(values)
    if check_whole("first", first) + check_whole("horizon", horizon) > len(values):
        raise ValueError(
            f"a series of {len(values)} has no {horizon} values after the first {first}. "
            "Begin earlier, or ask for fewer steps."
        )
    begun = np.arange(first, len(values) - horizon + 1, check_whole("step", step))
    found = [forecaster(values[:origin].copy(), horizon) for origin in begun]
    if any(forecast.mean.shape != (horizon,) for forecast in found):
        wrong = next(f.mean.shape for f in found if f.mean.shape != (horizon,))
        raise ValueError(f"the forecaster was asked for {horizon} steps and answered {wrong}.")
    together = Forecast(np.stack([f.mean for f in found]), np.stack([f.sd for f in found]))
    actual = np.stack([values[origin : origin + horizon] for origin in begun])
    return Backtest(begun, actual, together, naive_scale(values[:first], season))


def _alike(actual: ArrayLike, forecast: ArrayLike) -> tuple[Array, Array]:
    """Both in float64; ValueError unless they have one shape: nothing is broadcast in silence."""
    actual, forecast = np.asarray(actual, np.float64), np.asarray(forecast, np.float64)
    if actual.shape != forecast.shape or not actual.size:
        raise ValueError(
            f"outcomes of shape {actual.shape} cannot be compared with forecasts of shape "
            f"{forecast.shape}; give one forecast for each outcome."
        )
    return actual, forecast
