"""Other right and wrong answers to the exercises of chapter 16."""

from fractions import Fraction

import numpy as np
import torch

from exercises import Value
from exercises import chapter_16 as exercises
from exercises.chapter_16 import lag_of

# 16.2


def error_by_loops(actual, forecast, history, season):
    above = sum(abs(a - f) for a, f in zip(actual, forecast, strict=True)) / len(actual)
    below = [abs(history[t] - history[t - season]) for t in range(season, len(history))]
    return above / (sum(below) / len(below))


def error_in_pytorch(actual, forecast, history, season):
    actual, forecast, history = map(torch.tensor, (actual, forecast, history))
    return (actual - forecast).abs().mean() / (history[season:] - history[:-season]).abs().mean()


def error_term_by_term(actual, forecast, history, season):
    scale = np.mean(np.abs(history[season:] - history[: len(history) - season]))
    return np.array([np.mean(np.abs((np.array(actual) - forecast) / scale))])[0]


def error_in_place(actual, forecast, history, season):
    actual -= forecast
    return np.abs(actual).mean() / np.abs(history[season:] - history[:-season]).mean()


def errors_of_each(actual, forecast, history, season):
    return np.abs(actual - forecast) / np.abs(history[season:] - history[:-season]).mean()


def error_by_median(actual, forecast, history, season):
    scale = np.median(np.abs(history[season:] - history[:-season]))
    return np.abs(actual - forecast).mean() / scale


# 16.3


def loss_by_loop(actual, forecast, q):
    total = 0.0
    for a, f in zip(actual, forecast, strict=True):
        total += q * (a - f) if a >= f else (1 - q) * (f - a)
    return total / len(actual)


def loss_by_maximum(actual, forecast, q):
    return np.maximum(q * (actual - forecast), (q - 1) * (actual - forecast)).mean()


def loss_in_pytorch(actual, forecast, q):
    gap = torch.tensor(actual) - torch.tensor(forecast)
    return (gap * (q - (gap < 0).double())).mean()


def loss_of_two_sides(actual, forecast, q):
    gap = actual - forecast
    return q * gap.mean() + np.clip(-gap, 0, None).mean()


def loss_of_each(actual, forecast, q):
    return np.maximum(q * (actual - forecast), (q - 1) * (actual - forecast))


# 16.4


def lag_by_loop(forecast, actual, most):
    best, found = np.inf, None
    for k in range(most + 1):
        gap = sum(abs(forecast[t] - actual[t - k]) for t in range(most, len(actual)))
        if gap < best:
            best, found = gap, k
    return found


def lag_in_pytorch(forecast, actual, most):
    f, a = torch.tensor(forecast), torch.tensor(actual)
    t = torch.arange(most, len(a))
    return torch.stack([(f[t] - a[t - k]).abs().mean() for k in range(most + 1)]).argmin()


def lag_by_min(forecast, actual, most):
    t = np.arange(most, len(actual))
    return min(range(most + 1), key=lambda k: np.abs(forecast[t] - actual[t - k]).sum())


def lag_rolled_and_cut(forecast, actual, most):
    gaps = [np.abs(forecast - np.roll(actual, k))[most:].mean() for k in range(most + 1)]
    return int(np.argmin(gaps))


def lag_by_windows(forecast, actual, most):
    behind = np.lib.stride_tricks.sliding_window_view(actual, most + 1)[:, ::-1]
    return int(np.abs(forecast[most:, None] - behind).mean(axis=0).argmin())


def lag_negative(forecast, actual, most):
    return -lag_by_min(forecast, actual, most)


def lag_one_more(forecast, actual, most):
    return lag_by_min(forecast, actual, most) + 1


def lag_of_gap(forecast, actual, most):
    t = np.arange(most, len(actual))
    return min(np.abs(forecast[t] - actual[t - k]).mean() for k in range(most + 1))


# 16.5


def out_with_append(step, history, horizon):
    for _ in range(horizon):
        history = np.append(history, step(history))
    return history[-horizon:]


def out_as_list(step, history, horizon):
    found = []
    for _ in range(horizon):
        found.append(float(step(np.concatenate([history, found]))))
    return found


def out_by_recursion(step, history, horizon):
    new = step(history)
    rest = out_by_recursion(step, np.append(history, new), horizon - 1) if horizon > 1 else []
    return np.array([new, *rest])


def out_in_a_buffer(step, history, horizon):
    known = np.empty(len(history) + horizon)
    known[: len(history)] = history
    for i in range(len(history), len(known)):
        known[i] = step(known[:i])
    return known[len(history) :]


def out_the_last(step, history, horizon):
    return out_with_append(step, history, horizon)[-1]


def out_backwards(step, history, horizon):
    return out_with_append(step, history, horizon)[::-1]


RIGHT = {
    "16.1": {
        "a fraction": Fraction(1176, 100),
        "rounded": 11.8,
        "in full": Value("1.959964 * 6"),
    },
    "16.2": {
        "loops": error_by_loops,
        "in PyTorch": error_in_pytorch,
        "term by term": error_term_by_term,
    },
    "16.3": {
        "a loop": loss_by_loop,
        "a maximum": loss_by_maximum,
        "in PyTorch": loss_in_pytorch,
        "as a mean and what is below": loss_of_two_sides,
    },
    "16.4": {
        "a loop": lag_by_loop,
        "in PyTorch": lag_in_pytorch,
        "min with a key": lag_by_min,
        "rolled and cut": lag_rolled_and_cut,
        "windows": lag_by_windows,
    },
    "16.5": {
        "np.append": out_with_append,
        "a list": out_as_list,
        "recursion": out_by_recursion,
        "a buffer": out_in_a_buffer,
    },
}

WRONG = {
    "16.1": {
        "a string": ("11.8", "single number"),
        "not to one decimal": (11.85, "too large"),
    },
    "16.2": {
        "in place": (error_in_place, "changes what it was given"),
        "each step": (errors_of_each, "one number"),
        "a median": (error_by_median, "the answer is"),
    },
    "16.3": {
        "each outcome": (loss_of_each, "one number"),
    },
    "16.4": {
        "two digits": (lambda f, a, most: lag_of(np.round(f, 2), np.round(a, 2), most), "lags by"),
        "negative": (lag_negative, "lags by"),
        "counted from 1": (lag_one_more, "lags by"),
        "the difference": (lag_of_gap, "whole number"),
    },
    "16.5": {
        "the last alone": (out_the_last, "the shape ()"),
        "backwards": (out_backwards, "forecast number 1"),
    },
}

# narrow ones, right for small sizes or for most values

WRONG["16.2"] |= {
    "a season of 12 at most": (
        lambda a, f, h, m: exercises.scaled_error(a, f, h, min(m, 12)),
        "season of 24",
    ),
}
WRONG["16.3"] |= {
    "a level of 0.9 at most": (
        lambda a, f, q: exercises.quantile_loss(a, f, min(q, 0.9)),
        "for 90 outcomes and q = 0.97",
    ),
    "a level of 0.1 at least": (
        lambda a, f, q: exercises.quantile_loss(a, f, max(q, 0.1)),
        "for 90 outcomes and q = 0.02",
    ),
    "50 outcomes": (lambda a, f, q: exercises.quantile_loss(a[:50], f[:50], q), "for 90 outcomes"),
}
WRONG["16.5"] |= {
    "10 steps": (lambda s, h, n: exercises.roll_out(s, h, min(n, 10)), "for a horizon of 15"),
    "20 numbers": (lambda s, h, n: exercises.roll_out(s, h[-20:], n), "should be"),
}
