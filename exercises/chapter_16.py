"""Exercises of chapter 16: errors of forecasts, their doubt, and one step rolled out."""

import numpy as np

from exercises import Exercise, Value
from exercises.judges import Hint, ask_numbers, function, number

# 16.1: how wide is a year

judge_width = number(
    11.76,
    digits=3,
    wrong={
        11.7: "the next digit is above 5: round it, do not cut it off.",
        18.0: "the deviation grows by the root of the steps, and 95 per cent reach 1.96 of it.",
        3.92: "that is the width one step ahead; nine steps add their variances.",
        35.28: "variances add over the steps, not deviations: nine steps are three times as wide.",
        6.0: "that is the deviation nine steps ahead; 95 per cent reach further than one of it.",
        23.52: "that is the whole width, from end to end; one side of it is wanted.",
        12.0: "a factor of 2 is a little too much: the interval ends at 1.96 deviations.",
        7.69: "that holds 80 per cent; for 95 the factor is larger than 1.28.",
        9.87: "that holds 90 per cent; five must be missing at both ends together.",
    },
    question="what is the variance nine steps ahead, and what is its root?",
)

# 16.2: an error without a unit


def scaled_error(actual, forecast, history, season):
    scale = np.abs(history[season:] - history[:-season]).mean()
    return np.abs(actual - forecast).mean() / scale


ERROR_MISTAKES = {
    "divide by the error of the naive forecast within the history: a scale is missing.": (
        lambda a, f, h, m: np.abs(a - f).mean()
    ),
    "the season does not count: compare each number of the history with the one a season before.": (
        lambda a, f, h, m: scaled_error(a, f, h, 1)
    ),
    "the scale comes from the history, not from what happened in the test.": (
        lambda a, f, h, m: np.abs(a - f).mean() / np.abs(a[m:] - a[:-m]).mean()
    ),
    "take absolute values before the mean, or errors of both signs cancel.": (
        lambda a, f, h, m: abs((a - f).mean()) / np.abs(h[m:] - h[:-m]).mean()
    ),
    "absolute errors are wanted above and below, not squared ones.": (
        lambda a, f, h, m: ((a - f) ** 2).mean() / ((h[m:] - h[:-m]) ** 2).mean()
    ),
    "absolute errors are wanted, not roots of mean squares.": (
        lambda a, f, h, m: np.sqrt(((a - f) ** 2).mean() / ((h[m:] - h[:-m]) ** 2).mean())
    ),
    "divide by the mean error of the naive forecast, not by the deviation of the history.": (
        lambda a, f, h, m: np.abs(a - f).mean() / h.std()
    ),
    "divide mean by mean: a sum over one and a mean over the other do not fit.": (
        lambda a, f, h, m: np.abs(a - f).sum() / np.abs(h[m:] - h[:-m]).mean()
    ),
    "divide mean by mean: two sums run over unequal numbers of steps.": (
        lambda a, f, h, m: np.abs(a - f).sum() / np.abs(h[m:] - h[:-m]).sum()
    ),
    "the second argument of np.diff is an order, not a distance: subtract h[:-m] from h[m:].": (
        lambda a, f, h, m: np.abs(a - f).mean() / np.abs(np.diff(h, m)).mean()
    ),
    "you have it upside down: the error of the forecast stands above.": (
        lambda a, f, h, m: 1 / scaled_error(a, f, h, m)
    ),
}


def forecasts():
    """(actual, forecast, history, season) of several lengths, units and levels."""
    rng = np.random.default_rng(16)
    for H, N, season, unit in (
        (7, 40, 1, 1.0),
        (9, 61, 4, 30.0),
        (30, 90, 12, 0.02),
        (15, 50, 7, 1),
        (20, 130, 24, 3.0),
    ):
        yield (
            *(10 * unit + unit * rng.normal(size=(2, H))),
            5 * unit + unit * rng.normal(size=N).cumsum(),
            season,
        )


def explain_error(found, actual, forecast, history, season):
    return f"""for {len(actual)} outcomes, a history of {len(history)} and a season of {season} the
    answer is {scaled_error(actual, forecast, history, season):.4g}, not {float(found):.4g}."""


# 16.3: the pinball loss


def quantile_loss(actual, forecast, q):
    gap = actual - forecast
    return np.where(gap > 0, q * gap, (q - 1) * gap).mean()


LOSS_MISTAKES = {
    "you have the two sides the wrong way round: an outcome above costs q times the distance.": (
        lambda a, f, q: quantile_loss(a, f, 1 - q)
    ),
    "an outcome below costs as well: 1 - q times the distance.": (
        lambda a, f, q: np.maximum(q * (a - f), 0).mean()
    ),
    "a loss is never negative: below the answer the distance is forecast - actual.": (
        lambda a, f, q: np.where(a > f, q * (a - f), (1 - q) * (a - f)).mean()
    ),
    "both sides cost the same here; q times the distance above, 1 - q times below.": (
        lambda a, f, q: q * np.abs(a - f).mean()
    ),
    "that is the mean absolute error, whatever q is.": lambda a, f, q: np.abs(a - f).mean(),
    "the mean is wanted, not the sum.": lambda a, f, q: quantile_loss(a, f, q) * len(a),
    "that is twice the loss: q and 1 - q are the whole weights.": (
        lambda a, f, q: 2 * quantile_loss(a, f, q)
    ),
    "the distance counts once, not squared.": (
        lambda a, f, q: np.where(a > f, q, 1 - q) @ (a - f) ** 2 / len(a)
    ),
    "the mean is taken last: every outcome has a side of its own.": (
        lambda a, f, q: max(q * (a - f).mean(), (q - 1) * (a - f).mean())
    ),
}


def answers_for_quantiles():
    """(actual, forecast, q) at several levels; some outcomes are met exactly."""
    rng = np.random.default_rng(17)
    for N, q in ((40, 0.9), (31, 0.1), (9, 0.35), (1, 0.8), (50, 0.5), (90, 0.97), (90, 0.02)):
        actual, forecast = rng.normal(3, 2, (2, N))
        forecast[N // 2 :: 5] = actual[N // 2 :: 5] if N > 1 else forecast
        yield actual, forecast, q


def explain_loss(found, actual, forecast, q):
    return f"""for {len(actual)} outcomes and q = {q} the answer is
    {quantile_loss(actual, forecast, q):.4g}, not {float(found):.4g}."""


# 16.4: does it merely lag?


def lag_of(forecast, actual, most):
    later, N = forecast[most:], len(actual)
    gaps = [np.abs(later - actual[most - k : N - k]).mean() for k in range(most + 1)]
    return int(np.argmin(gaps))


def mean_gap(f, a):
    return np.abs(f - a).mean()


def lag_with(measure=mean_gap, pair=lambda f, a, k, most: (f[most:], a[most - k : len(a) - k])):
    """The lag with the smallest measure of what `pair` takes of the forecast and of the series."""
    return lambda forecast, actual, most: int(
        np.argmin([measure(*pair(forecast, actual, k, most)) for k in range(most + 1)])
    )


def lag_last(forecast, actual, most):
    """Of equal ones the larger."""
    later, N = forecast[most:], len(actual)
    gaps = [np.abs(later - actual[most - k : N - k]).mean() for k in range(most + 1)]
    return most - int(np.argmin(gaps[::-1]))


LAG_MISTAKES = {
    "of two equal ones the smaller k counts.": lag_last,
    "cut the first numbers off: np.roll brings the end to the front.": lag_with(
        pair=lambda f, a, k, most: (f, np.roll(a, k))
    ),
    "every k needs the same t, from most on; yours has more of them for a small k.": lag_with(
        pair=lambda f, a, k, most: (f[k:], a[: len(a) - k])
    ),
    "t begins at most, for every k; yours begins at k.": lag_with(
        pair=lambda f, a, k, most: (f[k : len(a) - most + k], a[: len(a) - most])
    ),
    "absolute differences are wanted, not squared ones.": lag_with(
        lambda f, a: np.mean((f - a) ** 2)
    ),
    "the mean of the differences is wanted, not their median.": lag_with(
        lambda f, a: np.median(np.abs(f - a))
    ),
    "the mean of the differences is wanted, not the largest.": lag_with(
        lambda f, a: np.abs(f - a).max()
    ),
    "a correlation does not see a forecast that is too low or too flat: take differences.": (
        lag_with(lambda f, a: -np.corrcoef(f, a)[0, 1])
    ),
    "leave the numbers as they are: what a forecast is too high or too low by counts.": (
        lambda f, a, most: lag_of(f - f.mean(), a - a.mean(), most)
    ),
    "you compare with what comes later: actual[t - k] lies before t.": lag_with(
        pair=lambda f, a, k, most: (f[: len(f) - most], a[k : len(a) - most + k])
    ),
    "a product is large where the numbers are, whether they agree or not: take differences.": (
        lag_with(lambda f, a: -f @ a)
    ),
    "a lag of 0 may win as well: begin with k = 0.": lambda f, a, most: (
        1 + lag_of(f[1:], a[:-1], most - 1)
    ),
    "the last lag is missing: k = most may win as well.": lambda f, a, most: lag_of(
        f[1:], a[1:], most - 1
    ),
    "of the mean differences the smallest is wanted, not the largest.": lag_with(
        lambda f, a: -mean_gap(f, a)
    ),
    "take absolute values before the mean, or differences of both signs cancel.": lag_with(
        lambda f, a: abs((f - a).mean())
    ),
}


def lagging():
    """(forecast, actual, most) with lags of 0 to most, far from zero; then what tells apart other
    ways to measure: ties, a ramp, noise, and forecasts that are biased, flat, or wrong at first.
    """
    rng = np.random.default_rng(18)
    for lag, most, N in ((1, 3, 60), (0, 2, 40), (4, 4, 50), (2, 5, 30), (3, 6, 80), (1, 1, 25)):
        actual = rng.normal(size=N + most)
        actual = 20 + (actual.cumsum() if N % 20 else actual)
        forecast = actual[most - lag : len(actual) - lag] + rng.normal(0, 0.1, N)
        yield forecast, actual[most:], most
        yield forecast / 1000, actual[most:] / 1000, most
    yield np.ones(6), np.array([0.0, 2, 0, 2, 0, 2]), 2
    yield np.arange(8.0) - 2, np.arange(8.0), 3
    yield np.array([9.0, 0, 1, 1, 2, 3, 4]), np.array([0.0, 0, 1, 1, 2, 3, 4]), 2
    for N in (12, 15, 18, 21, 24, 27, 30, 33):
        actual = 20 + rng.normal(size=N).cumsum()
        forecast = 0.6 * np.roll(actual, 1) + 9 + rng.normal(0, 0.8, N)
        forecast[:3] += 25
        yield forecast, actual, 4


def ask_lag(answer, *case):
    found = ask_numbers(answer, *case)
    if found.ndim or found.dtype.kind not in "iuf" or float(found) != round(float(found)):
        raise Hint("return one whole number, the lag k.")
    return found


def explain_lag(found, forecast, actual, most):
    return f"""for {len(actual)} numbers and most = {most} the forecast lags by
    {lag_of(forecast, actual, most)}, not {int(found)}."""


# 16.5: rolled out


def roll_out(step, history, horizon):
    known = list(history)
    for _ in range(horizon):
        known.append(step(np.array(known)))
    return np.array(known[len(history) :])


def roll_with(next_known):
    """`roll_out` that reads `next_known(what was read last, all forecasts so far)`."""

    def version(step, history, horizon):
        known, found = history, []
        for _ in range(horizon):
            found.append(step(known))
            known = next_known(known, found)
        return np.array(found)

    return version


OUT_MISTAKES = {
    "a history of whole numbers does not make the forecasts whole: let the array hold fractions.": (
        lambda step, history, horizon: roll_out(
            lambda known: history.dtype.type(step(known)), history, horizon
        )
    ),
    "nothing is dropped from the front: each forecast reads the whole history and those before.": (
        roll_with(lambda known, found: np.append(known[1:], found[-1]))
    ),
    "every step gives the same: put each forecast at the end of what the next one reads.": (
        lambda step, history, horizon: np.full(horizon, step(history))
    ),
    "the first of them is the last number of the history; the forecasts begin after it.": (
        lambda step, history, horizon: np.append(history[-1], roll_out(step, history, horizon - 1))
    ),
    "a new number belongs at the end of the history, not at its beginning.": roll_with(
        lambda known, found: np.append(found[-1], known)
    ),
    "only the forecasts are wanted, without the history before them.": (
        lambda step, history, horizon: np.append(history, roll_out(step, history, horizon))
    ),
    "that is one forecast too many.": (
        lambda step, history, horizon: roll_out(step, history, horizon + 1)
    ),
    "the next forecast reads the whole history again, not the forecasts alone.": (
        roll_with(lambda known, found: np.array(found))
    ),
}


def histories():
    """(step, history, horizon); the steps read up to three numbers, or all of them."""
    rng = np.random.default_rng(19)
    steps = (
        lambda h: 0.9 * h[-1] - 0.5 * h[-min(2, len(h))] + 1,
        lambda h: 0.5 * h.mean() + 0.7 * h[-1],
        lambda h: h[-1] + 0.1 * len(h),
    )
    for step in steps:
        for N, horizon in ((8, 5), (3, 1), (20, 9), (40, 15)):
            yield step, rng.normal(2, 1, N), horizon
    yield steps[1], np.array([3, 5, 4]), 4


def ask_rolled(answer, step, history, horizon):
    found = ask_numbers(answer, step, history, horizon)
    return found.ravel() if found.ndim == 2 and 1 in found.shape else found


def explain_rolled(found, step, history, horizon):
    right = roll_out(step, history, horizon)
    place = int(np.argmin(np.isclose(found, right)))
    return f"forecast number {place + 1} should be {right[place]:.4g}, not {found[place]:.4g}."


EXERCISES = {
    "16.1": Exercise(judge=judge_width, solutions={"": Value("1.96 * 2 * np.sqrt(9)")}),
    "16.2": Exercise(
        judge=function(forecasts, scaled_error, explain_error, ERROR_MISTAKES, wanted="a number"),
        solutions={"": scaled_error},
    ),
    "16.3": Exercise(
        judge=function(
            answers_for_quantiles, quantile_loss, explain_loss, LOSS_MISTAKES, wanted="a number"
        ),
        solutions={"": quantile_loss},
    ),
    "16.4": Exercise(
        judge=function(lagging, lag_of, explain_lag, LAG_MISTAKES, ask_lag), solutions={"": lag_of}
    ),
    "16.5": Exercise(
        judge=function(
            histories, roll_out, explain_rolled, OUT_MISTAKES, ask_rolled, wanted="an array"
        ),
        solutions={"": roll_out},
    ),
}
