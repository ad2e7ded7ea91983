"""What every forecast must beat: naive, seasonal naive, linear autoregression, smoothing.

Each is made with the training part and then called as `baseline(history, horizon)` for a Forecast;
the history may be longer than the training part, and what was learned stays as it was.
"""

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from rnnlib.checks import check_choice, check_number, check_whole
from rnnlib.data.scaling import check_series, lag_rows
from rnnlib.evaluation.forecasts import Forecast
from rnnlib.interface import Array, ArrayLike


class SeasonalNaive:
    """The same season of the last time round: this July is as last July."""

    def __init__(self, train: ArrayLike, season: int):
        self.season = check_whole("season", season)
        train = check_series(train, least=season + 2)
        self.sd = float(np.sqrt(np.mean((train[season:] - train[:-season]) ** 2)))

    def __call__(self, history: ArrayLike, horizon: int) -> Forecast:
        """The last season, again and again; the deviation grows from one season to the next."""
        history = check_series(history, least=self.season)
        steps = np.arange(check_whole("horizon", horizon))
        last = history[-self.season :]
        return Forecast(last[steps % self.season], self.sd * np.sqrt(steps // self.season + 1))


class Naive(SeasonalNaive):
    """Tomorrow is as today. For a random walk nothing is better.

    Its errors grow as the root of the steps, from their size one step ahead in the training part.
    """

    def __init__(self, train: ArrayLike):
        super().__init__(train, season=1)


class LinearAutoregression:
    """The next number as a weighted sum of the last `lags` and a constant, by least squares.

    `weights` (lags,), the latest first, and `constants` (season,): with a `season` of 12 each month
    has its own. A history must then begin at the same place in the season as the training part. The
    deviation of step h is that of one step times the root of the first h squared numbers of the
    response to one shock. `ridge` adds that many rows that pull every weight of the scaled series
    to zero. With `changes` it reads and forecasts the changes from step to step, and adds them up.
    Yule (1927) made the first, of sunspots.
    """

    def __init__(
        self,
        train: ArrayLike,
        lags: int,
        ridge: float = 0.0,
        season: int = 1,
        changes: bool = False,
    ):
        self.lags = check_whole("lags", lags)
        self.season = check_whole("season", season)
        check_number("ridge", ridge)
        self.changes = bool(changes)
        train = check_series(train, least=2 * lags + season + 1 + self.changes)
        train = np.diff(train) if changes else train
        rows, targets = lag_rows(train, lags)
        shift, scale = train.mean(), train.std() or 1.0
        rows, targets = (rows - shift) / scale, (targets - shift) / scale
        places = np.eye(season)[np.arange(lags, len(train)) % season]
        design = np.column_stack([rows, places])
        pull = np.sqrt(ridge) * np.eye(lags, lags + season)
        found = np.linalg.lstsq(
            np.vstack([design, pull]), np.append(targets, np.zeros(lags)), rcond=None
        )[0]
        self.weights = found[:lags]
        self.constants = shift * (1 - self.weights.sum()) + scale * found[lags:]
        left = max(1, len(rows) - lags - season)  # degrees of freedom
        self.sd = float(scale * np.sqrt(np.sum((targets - design @ found) ** 2) / left))

    def __call__(self, history: ArrayLike, horizon: int) -> Forecast:
        """Rolled out: each forecast is read as if it had happened."""
        history = check_series(history, least=self.lags + self.changes)
        read = np.diff(history) if self.changes else history
        known = list(read[-self.lags :])
        for step in range(len(read), len(read) + check_whole("horizon", horizon)):
            constant = self.constants[step % self.season]
            known.append(constant + self.weights @ known[: -self.lags - 1 : -1])
        mean, response = np.array(known[self.lags :]), self.response(horizon)
        if self.changes:  # a shock of a change stays in every later level
            mean, response = history[-1] + np.cumsum(mean), np.cumsum(response)
        return Forecast(mean, self.sd * np.sqrt(np.cumsum(response**2)))

    def response(self, horizon: int) -> Array:
        """What a shock of 1 has become 0, 1, ... steps later, (horizon,), in what is read."""
        found = [0.0] * (self.lags - 1) + [1.0]
        for _ in range(horizon - 1):
            found.append(self.weights @ found[: -self.lags - 1 : -1])
        return np.array(found[self.lags - 1 :])


class ExponentialSmoothing:
    """A level, and if asked for a trend and seasons, each following what was seen by a fixed share.

    `trend` is None, "add" or "damped"; a `season` of 1 has no seasons. The errors may grow with the
    level, `error="mul"`, and so may the seasons, `seasonal="mul"`; both need numbers above 0. The
    shares are fitted by the likelihood in statsmodels, whose formulas also give the deviations
    (those of multiplied errors it draws, always the same). Raises ImportError where it is not
    installed. Holt (1957), Winters (1960), Hyndman et al. (2008).
    """

    def __init__(
        self,
        train: ArrayLike,
        season: int = 1,
        trend: str | None = "add",
        error: str = "add",
        seasonal: str = "add",
    ):
        if trend not in (None, "add", "damped"):
            raise ValueError(f'trend must be None, "add" or "damped", not {trend!r}.')
        check_choice("error", error, ("add", "mul"))
        check_choice("seasonal", seasonal, ("add", "mul"))
        self.season = check_whole("season", season)
        train = check_series(train, least=max(8, 2 * season + 2))
        if "mul" in (error, seasonal) and train.min() <= 0:
            raise ValueError(
                "errors and seasons that grow with the level need numbers above 0, and the least "
                f'is {train.min():g}. Ask for "add".'
            )
        self.options = {
            "error": error,
            "trend": trend and "add",
            "damped_trend": trend == "damped",
            "seasonal": seasonal if season > 1 else None,
            "seasonal_periods": season if season > 1 else None,
        }
        with _quiet():
            found = fit_well(self._model(train))
        self.params, self.aicc = found.params, float(found.aicc)

    def __call__(self, history: ArrayLike, horizon: int) -> Forecast:
        """Smoothed through the whole history with the shares of the training part."""
        history, N = check_series(history), len(history)
        with _quiet():
            fitted = self._model(history).smooth(self.params)
            drawn = {"rng": 0} if self.options["error"] == "mul" else {}
            found = fitted.get_prediction(N, N + check_whole("horizon", horizon) - 1, **drawn)
        return Forecast(np.asarray(found.predicted_mean), np.sqrt(found.forecast_variance))

    def _model(self, values):
        if find_spec("statsmodels") is None:
            raise ImportError(
                "exponential smoothing needs statsmodels: run python -m pip install statsmodels."
            )
        from pandas import Series  # statsmodels forecasts an interval for nothing else
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        return ETSModel(Series(values), **self.options)


def fit_well(model: Any) -> Any:
    """The likeliest of the fits of a model of statsmodels from two starts.

    Its own start often ends on a far lower top of the likelihood, with a trend that never moves;
    the other start has shares near 1, as suits a smooth series.
    """
    first = model.fit(disp=False)
    start = np.array(first.params)
    for name, share in (("smoothing_level", 0.95), ("smoothing_trend", 0.9)):
        if name in model.param_names:
            start[model.param_names.index(name)] = share
    second = model.fit(start_params=start, disp=False)
    return max(first, second, key=lambda found: found.llf)


def _quiet():
    """statsmodels warns where its search ended early; the baseline stands all the same."""
    return warnings.catch_warnings(action="ignore")
