"""Other right and wrong answers to the exercises of chapter 16."""

import numpy as np

from exercises import Value
from exercises.chapter_16 import lag_of, quantile_loss, roll_out, scaled_error

# 16.2


def error_by_loops(actual, forecast, history, season):
    above = sum(abs(a - f) for a, f in zip(actual, forecast, strict=True)) / len(actual)
    below = [abs(history[t] - history[t - season]) for t in range(season, len(history))]
    return above / (sum(below) / len(below))


def error_by_median(actual, forecast, history, season):
    scale = np.median(np.abs(history[season:] - history[:-season]))
    return np.abs(actual - forecast).mean() / scale


# 16.3


def loss_of_two_sides(actual, forecast, q):
    gap = actual - forecast
    return q * gap.mean() + np.clip(-gap, 0, None).mean()


# 16.4


def lag_rolled_and_cut(forecast, actual, most):
    gaps = [np.abs(forecast - np.roll(actual, k))[most:].mean() for k in range(most + 1)]
    return int(np.argmin(gaps))


def lag_of_gap(forecast, actual, most):
    t = np.arange(most, len(actual))
    return min(np.abs(forecast[t] - actual[t - k]).mean() for k in range(most + 1))


# 16.5


def out_by_recursion(step, history, horizon):
    new = step(history)
    rest = out_by_recursion(step, np.append(history, new), horizon - 1) if horizon > 1 else []
    return np.array([new, *rest])


RIGHT = {
    "16.1": {"rounded": 11.8, "in full": Value("1.959964 * 6")},
    "16.2": {"loops": error_by_loops},
    "16.3": {"as a mean and what is below": loss_of_two_sides},
    "16.4": {"rolled and cut": lag_rolled_and_cut},
    "16.5": {"recursion": out_by_recursion, "a column": lambda *case: roll_out(*case)[:, None]},
}

WRONG = {
    "16.1": {
        "cut off, with a digit more": (11.66, "round it"),
        "not to one decimal": (11.85, "is close"),
    },
    "16.2": {
        "each step": (
            lambda actual, forecast, *more: [
                scaled_error(a, f, *more) for a, f in zip(actual, forecast, strict=True)
            ],
            "a single number was expected",
        ),
        "a median": (error_by_median, "the answer is"),
        "a season of 12 at most": (
            lambda a, f, h, m: scaled_error(a, f, h, min(m, 12)),
            "season of 24",
        ),
    },
    "16.3": {
        "each outcome": (
            lambda actual, forecast, q: np.maximum(q * (actual - forecast), 0),
            "a single number was expected",
        ),
        "a level of 0.9 at most": (
            lambda actual, forecast, q: quantile_loss(actual, forecast, min(q, 0.9)),
            "for 90 outcomes and q = 0.97",
        ),
        "a level of 0.1 at least": (
            lambda actual, forecast, q: quantile_loss(actual, forecast, max(q, 0.1)),
            "for 90 outcomes and q = 0.02",
        ),
        "50 outcomes": (
            lambda actual, forecast, q: quantile_loss(actual[:50], forecast[:50], q),
            "for 90 outcomes",
        ),
    },
    "16.4": {
        "two digits": (lambda f, a, most: lag_of(np.round(f, 2), np.round(a, 2), most), "lags by"),
        "negative": (lambda *case: -lag_of(*case), "not -1"),
        "counted from 1": (lambda *case: lag_of(*case) + 1, "not 2"),
        "the difference": (lag_of_gap, "whole number"),
    },
    "16.5": {
        "the last alone": (lambda *case: roll_out(*case)[-1], "not a single number"),
        "backwards": (lambda *case: roll_out(*case)[::-1], "forecast number 1"),
        "10 steps": (
            lambda step, history, horizon: roll_out(step, history, min(horizon, 10)),
            "of shape (15,) was expected",
        ),
        "20 numbers": (
            lambda step, history, horizon: roll_out(step, history[-20:], horizon),
            "should be",
        ),
    },
}
