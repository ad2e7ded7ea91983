"""Forecasts of real series from rolling origins: a network beside its floors, as in chapter 16.

    python -m benchmarks.forecasting

takes about a quarter of an hour on one thread, and writes benchmarks/results/forecasting.json: for
each series, kind of forecaster, setting and seed its errors, first over the last part of the
training part, which chooses a setting, then over the test part, which no choice has seen. For the
collection the errors are means over all countries; "grown" has networks that were trained on 1 to
188 countries, and all judged on the same 8; "rolled out" are networks trained for one step.
"""

from functools import cache

import numpy as np

from benchmarks import store
from rnnlib.corpus import load_collection, load_series
from rnnlib.evaluation import (
    ExponentialSmoothing,
    Forecast,
    LinearAutoregression,
    Naive,
    SeasonalNaive,
    backtest,
    crps_gaussian,
)
from rnnlib.evaluation.forecasts import coverage
from rnnlib.series import cut_windows
from rnnlib.training.forecasting import ForecastPlan, fit_forecasters

RESULTS = store.FOLDER / "forecasting.json"
SERIES = {  # name: where the test begins, steps ahead, window, steps between origins
    "sunspots": (220, 11, 22, 1),
    "co2": (332, 24, 24, 3),
    "elnino": (492, 12, 24, 3),
    "nile": (70, 5, 10, 1),
}
COLLECTION = (31, 5)  # from 1991 on; steps ahead
LAGS = (1, 2, 3, 5, 9, 13, 18, 25)
TRENDS = (None, "add", "damped")
READS = ("level", "change", "both")
WINDOWS = (5, 10, 15)  # years that a model of all countries reads
SEEDS = range(5)
SIZES = (1, 8, 47, 188)  # countries that a network of "grown" is trained on
JUDGED, GROWN_SEEDS = 8, range(3)
KEYS = ("series", "forecaster", "setting", "part", "seed")


def settings(name):
    """{kind of forecaster: its possible settings} for a series, or for the collection."""
    together = name == "fertility"
    found = {"naive": (None,)}
    found |= {} if together or load_series(name).season == 1 else {"seasonal naive": (None,)}
    found |= {"same change": (None,)} if together else {}
    found["autoregression"] = (1, 2, 3) if together else LAGS
    found["smoothing"] = TRENDS
    if together:
        return found | {"pooled linear": WINDOWS, "network": WINDOWS}
    return found | {"network": READS}


def planned(rows):
    """Every run: the trials on the end of the training part, then the chosen ones on the test."""
    names = (*SERIES, "fertility")
    for name in names:
        for kind, tried in settings(name).items():
            if len(tried) > 1:
                yield from ((name, kind, setting, "trial", 100) for setting in tried)
    for name in names:
        for kind in settings(name):
            seeds = SEEDS if kind == "network" else (0,)
            yield from ((name, kind, chosen(rows, name, kind), "test", seed) for seed in seeds)
    for name in SERIES:
        setting = chosen(rows, name, "network")
        yield from ((name, "rolled out", setting, "test", seed) for seed in SEEDS)
    for size in SIZES:
        setting = chosen(rows, "fertility", "network")
        yield from (("grown", "network", setting, size, seed) for seed in GROWN_SEEDS)


def chosen(rows, name, kind):
    """The setting with the lowest error in the trials."""
    tried = settings(name)[kind]
    if len(tried) == 1:
        return tried[0]
    errors = {
        setting: store.find(rows, series=name, forecaster=kind, setting=setting, part="trial")
        for setting in tried
    }
    return min(tried, key=lambda setting: errors[setting]["mase"])


def run(name, kind, setting, part, seed):
    """One row."""
    if name == "grown":
        found = judge_grown(setting, part, seed)
    elif name == "fertility":
        found = judge_collection(kind, setting, part, seed)
    else:
        found = judge_series(name, kind, setting, part, seed)
    key = dict(zip(KEYS, (name, kind, setting, part, seed), strict=True))
    return key | {measure: round(value, 4) for measure, value in found.items()}


def key(row):
    """The settings by which a row was made."""
    return tuple(row[name] for name in KEYS)


# one series


def judge_series(name, kind, setting, part, seed):
    """The scores of a forecaster over rolling origins of the test, or of a fifth of the training
    part before it."""
    series = load_series(name)
    first, horizon, window, step = SERIES[name]
    values = series.values if part == "test" else series.values[:first]
    begin = first if part == "test" else first - max(first // 5, horizon + 1)
    forecaster = make(kind, setting, values[:begin], series.season, horizon, window, seed)
    found = backtest(forecaster, values, begin, horizon, step, series.season)
    return {
        "mase": found.mase(),
        "mase_1": found.mase(1),
        "crps": found.crps(),
        "cover_80": found.coverage(0.8),
        "cover_95": found.coverage(0.95),
    }


def make(kind, setting, train, season, horizon, window, seed):
    """A forecaster of one series, fitted to its training part."""
    match kind:
        case "naive":
            return Naive(train)
        case "seasonal naive":
            return SeasonalNaive(train, season)
        case "autoregression":
            return LinearAutoregression(train, setting)
        case "smoothing":
            return ExponentialSmoothing(train, season if season == 12 else 1, setting)
    steps = 1 if kind == "rolled out" else horizon
    found = fit_forecasters([train], ForecastPlan(window, steps, setting), seed=seed)[0]
    return roll_out(found) if kind == "rolled out" else found


def roll_out(single):
    """A forecaster that reads its own forecasts of one step; it says nothing of its doubt."""

    def forecast(history, horizon):
        known = list(history)
        for _ in range(horizon):
            known.append(single(np.array(known), 1).mean[0])
        return Forecast(np.array(known[len(history) :]), np.zeros(horizon))

    return forecast


# the collection


@cache
def countries():
    """The values of all countries, (N, 52)."""
    return np.stack([series.values for series in load_collection("fertility")])


def plan_for(window):
    """How a network forecasts the collection."""
    return ForecastPlan(window, COLLECTION[1], hidden_size=32, batch_size=64)


def judge_collection(kind, setting, part, seed):
    """The scores over all countries and origins; the trials end where the test begins."""
    begin, horizon = COLLECTION
    values = countries() if part == "test" else countries()[:, :begin]
    begin = begin if part == "test" else begin - horizon - 3
    origins = range(begin, values.shape[1] - horizon + 1)
    histories = [values[:, :origin] for origin in origins]
    train = values[:, :begin]
    if kind in ("network", "pooled linear"):
        windows = np.stack([past[:, -setting - 1 :] for past in histories], axis=1)
        forecast = pooled(kind, setting, train, windows, seed)
    else:
        fitted = [local(kind, setting, one) for one in train]
        rows = [[one(past[i], horizon) for past in histories] for i, one in enumerate(fitted)]
        forecast = Forecast(
            *(np.array([[getattr(f, k) for f in row] for row in rows]) for k in ("mean", "sd"))
        )
    actual = np.stack([values[:, o : o + horizon] for o in origins], axis=1)
    return scores(actual, forecast, train)


def local(kind, setting, train):
    """A floor of one country: what changes slowly is modelled by its changes."""
    if kind == "naive":
        return Naive(train)
    if kind == "same change":
        return lambda history, horizon: same_change(train, history, horizon)
    if kind == "smoothing":
        return ExponentialSmoothing(train, 1, setting)
    floor = LinearAutoregression(np.diff(train), setting, ridge=0.1)

    def forecast(history, horizon):
        found = floor(np.diff(history), horizon)
        growth = np.sqrt(np.cumsum(np.cumsum(floor.response(horizon)) ** 2))
        return Forecast(history[-1] + np.cumsum(found.mean), floor.sd * growth)

    return forecast


def same_change(train, history, horizon):
    """The last change, again and again; shocks of the changes add up, and their sums too."""
    steps = np.arange(1, horizon + 1)
    sd = np.sqrt(np.mean(np.diff(train, 2) ** 2))
    mean = history[-1] + (history[-1] - history[-2]) * steps
    return Forecast(mean, sd * np.sqrt(np.cumsum(steps**2)))


def pooled(kind, setting, train, windows, seed):
    """One model for all countries, of windows (N, O, window + 1): a Forecast of (N, O, H)."""
    shape = windows.shape[:2]
    flat = windows.reshape(-1, windows.shape[-1])
    if kind == "network":
        one = fit_forecasters(list(train), plan_for(setting), seed=seed, shared=True)[0]
        found = one.forecast(flat)
        mean, sd = found.mean, found.sd
    else:
        cut = [cut_windows(row, windows.shape[-1], COLLECTION[1]) for row in train]
        past, future = (np.concatenate(part) for part in zip(*cut, strict=True))
        weights, sd = solve(read(past), future - past[:, -1:], ridge=0.01)
        mean = flat[:, -1:] + read(flat) @ weights
        sd = np.broadcast_to(sd, mean.shape)
    return Forecast(mean.reshape(*shape, -1), sd.reshape(*shape, -1))


def read(windows):
    """What the pooled straight lines read: last level, all changes, and a constant."""
    return np.column_stack([windows[:, -1], np.diff(windows), np.ones(len(windows))])


def solve(rows, targets, ridge):
    """Least squares with a ridge on scaled columns: weights, and the deviation of each step."""
    scale = np.maximum(rows.std(axis=0), 1e-9)
    scale[-1] = 1
    scaled = rows / scale
    pull = ridge * np.eye(rows.shape[1])
    pull[-1, -1] = 0
    weights = np.linalg.solve(scaled.T @ scaled + pull, scaled.T @ targets) / scale[:, None]
    return weights, (targets - rows @ weights).std(axis=0)


def judge_grown(setting, size, seed):
    """Networks that are trained on `size` countries each, judged on the 8 that all share."""
    begin, horizon = COLLECTION
    order = np.random.default_rng(seed).permutation(len(countries()))
    values = countries()[order]
    origins = range(begin, values.shape[1] - horizon + 1)
    parts = []
    for start in range(0, JUDGED, size):
        rows = slice(start, start + size)
        judged = values[start : min(start + size, JUDGED)]
        windows = np.stack([judged[:, o - setting - 1 : o] for o in origins], axis=1)
        found = pooled("network", setting, values[rows, :begin], windows, seed)
        actual = np.stack([judged[:, o : o + horizon] for o in origins], axis=1)
        parts.append((actual, found.mean, found.sd))
    actual, mean, sd = (np.concatenate(part) for part in zip(*parts, strict=True))
    return scores(actual, Forecast(mean, sd), values[:JUDGED, :begin])


def scores(actual, forecast, train):
    """Means over countries; MASE and CRPS over each country's own scale."""
    scale = np.abs(np.diff(train)).mean(axis=1)[:, None, None]
    error = np.abs(actual - forecast.mean) / scale
    crps = crps_gaussian(actual, forecast.mean, forecast.sd) / scale
    return {
        "mase": error.mean(),
        "mase_1": error[..., 0].mean(),
        "crps": crps.mean(),
        "cover_80": coverage(actual, *forecast.interval(0.8)),
        "cover_95": coverage(actual, *forecast.interval(0.95)),
    }


def main():
    """Run what has no row yet."""
    for row in store.fill(RESULTS, planned, key, run):
        print(row, flush=True)


if __name__ == "__main__":
    main()
