"""Forecast numbers of your own: a CSV file, a column a series, a row a step of time.

    python examples/forecast.py sales.csv --horizon 12 --season 12
    python examples/forecast.py sales.csv --horizon 12 --season 12 --engine keras

One network is trained on all columns (chapter 16), each with a scale of its own. The last fifth of
the file is kept for the test, and the errors there are printed beside four floors, which are told
the season as the network is. Then comes its forecast of what follows the file, with the ends of the
interval that should hold 80 per cent, and at last who was ahead in the test, and how many of the
outcomes there lay inside such intervals. The first line may name the columns. A first column is
passed over if it holds dates, has a name such as year or date, or rises by exactly 1. Dates must
rise from row to row, and it is said where some are missing.
"""

import argparse
import sys

import numpy as np

from rnnlib.data.csv_tables import check_dates, read_dates, read_rows
from rnnlib.evaluation import (
    ExponentialSmoothing,
    LinearAutoregression,
    Naive,
    SeasonalNaive,
    backtest,
)
from rnnlib.training import ForecastPlan, fit_forecasters

TIMES = ("date", "day", "hour", "month", "period", "quarter", "time", "week", "year")


def read_table(path):
    """{name of a column: its numbers (N,)} of a CSV file.

    Raises ValueError, with the line and the column, for what is empty, ragged or not a number.
    """
    lines = read_rows(path)
    if not lines:
        raise ValueError(f"the file {path} is empty; give one with a row for each step of time.")
    width = len(lines[0][1])
    for mark, name in {";": "semicolons", "\t": "tabs"}.items():
        if any(mark in cell for cell in lines[0][1]):
            raise ValueError(f"the cells seem to stand between {name}; save them with commas.")
    for n, row in lines:
        if len(row) != width:
            raise ValueError(
                f"line {n} has {len(row)} cells and line {lines[0][0]} has {width}; give every "
                "line as many."
            )
    named = has_names([row for _, row in lines])
    names = lines[0][1] if named else [f"column {i + 1}" for i in range(width)]
    rows = lines[1:] if named else lines
    if not rows:
        raise ValueError(f"the file {path} holds a line of names and no numbers below it.")
    names = [name.strip() for name in names]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two columns are called {name!r}; give each a name of its own.")
    first = 0 if width == 1 or not are_times(names[0], [row[0] for _, row in rows]) else 1
    if first and is_number(rows[0][1][0]):
        print(f"the first column, {names[0]!r}, is taken for times and passed over")
    dates = read_dates([row[0] for _, row in rows]) if first else None
    if dates is not None and (missing := check_dates(dates, [n for n, _ in rows])):
        print(missing)
    return {
        name: np.array([number(row[i], n, name) for n, row in rows])
        for i, name in enumerate(names)
        if i >= first
    }


def has_names(rows):
    """Whether the first row names the columns; a name may be a number, such as a year."""
    head, *below = rows
    if not any(is_number(cell) for cell in head) or head[0].strip().lower() in TIMES:
        return True
    dates = all(has_digit(row[0]) and not is_number(row[0]) for row in below)
    return bool(below) and dates and not has_digit(head[0])


def are_times(name, cells):
    """Whether a first column says when, not how much."""
    if not any(is_number(cell) for cell in cells) or name.strip().lower() in TIMES:
        return True
    if len(cells) < 3 or not all(is_number(cell) for cell in cells):
        return False
    return bool(np.all(np.diff([float(cell) for cell in cells]) == 1))


def has_digit(cell):
    """Whether a date may be meant."""
    return any(letter.isdigit() for letter in cell)


def is_number(cell):
    """Whether float reads it."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def number(cell, line, name):
    """The cell as a number that is finite."""
    where = f"line {line}, {name.strip()!r}:"
    if not cell.strip():
        raise ValueError(f"{where} the cell is empty; fill it in, or begin below it.")
    if not is_number(cell) or not np.isfinite(float(cell)):
        raise ValueError(f"{where} {cell.strip()!r} is not a finite number.")
    return float(cell)


def make_floors(name, train, plan):
    """{name of a floor: the floor}, each told the season; refuses what no error can be made of."""
    season = plan.season
    if np.ptp(train) == 0:
        raise ValueError(f"the series {name!r} is constant before its last fifth; leave it out.")
    if np.array_equal(train[season:], train[:-season]):
        raise ValueError(
            f"the series {name!r} repeats exactly every {season} steps before its last fifth, so "
            "there is no error to compare with; leave it out."
        )
    lags = min(plan.window, max(1, (len(train) - season - 1) // 3))
    return {
        "naive": Naive(train),
        "seasonal": SeasonalNaive(train, season),
        "linear": LinearAutoregression(train, lags, season=season),
        "smoothing": ExponentialSmoothing(train, season, "damped"),
    }


def run(table, plan, engine="torch", seed=0):
    """The lines to print: errors on the last fifth, the forecast after the end, who was ahead."""
    length = len(next(iter(table.values())))
    first = length - max(length // 5, plan.horizon)
    needed = max(plan.window + 1 + plan.horizon, 2 * plan.season + 4, 8)
    if first < needed:
        raise ValueError(
            f"{length} rows leave {max(first, 0)} to train on, and a window of {plan.window}, a "
            f"horizon of {plan.horizon} and a season of {plan.season} need {needed}; give a longer "
            "file, or make one smaller."
        )
    floors = {name: make_floors(name, values[:first], plan) for name, values in table.items()}
    origins = length - first - plan.horizon + 1
    yield f"training on {first} rows of {length}; the test has forecasts from {origins} origins"
    trained = fit_forecasters([values[:first] for values in table.values()], plan, engine, seed)
    heads = ("naive", "seasonal", "linear", "smoothing", "network", "in 80 %")
    yield " ".join(["MASE".ljust(16), *(head.rjust(9) for head in heads)])
    verdicts = []
    for (name, values), network in zip(table.items(), trained, strict=True):
        tests = {
            kind: backtest(one, values, first, plan.horizon, season=plan.season)
            for kind, one in {**floors[name], "network": network}.items()
        }
        scores = {kind: test.mase() for kind, test in tests.items()}
        held = tests["network"].coverage(0.8)
        cells = (f"{score:9.2f}" for score in (*scores.values(), held))
        yield " ".join([name[:16].ljust(16), *cells])
        verdicts.append(f"{name}: {ahead(scores)}; the intervals of 80 per cent held {held:.0%}")
    again = fit_forecasters(list(table.values()), plan, engine, seed)  # with the last fifth
    for (name, values), network in zip(table.items(), again, strict=True):
        found = network(values, plan.horizon)
        low, high = found.interval(0.8)
        yield f"\n{name}, the next {plan.horizon}: mean, and the interval of 80 per cent"
        for mean, bottom, top in zip(found.mean, low, high, strict=True):
            yield f"{mean:12.4g} {bottom:12.4g} {top:12.4g}"
    yield f"\nin the test, from {origins} origins"
    yield from verdicts


def ahead(scores):
    """Who has the lowest error: the network, or a floor."""
    floor = min((kind for kind in scores if kind != "network"), key=scores.__getitem__)
    two = {"the network": scores["network"], f"the {floor} floor": scores[floor]}
    (best, low), (_, high) = sorted(two.items(), key=lambda item: item[1])
    return f"{best} is ahead ({low:.2f} against {high:.2f})"


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", help="a CSV file: a column a series, a row a step of time")
    parser.add_argument("--horizon", type=int, default=12, help="steps ahead (12)")
    parser.add_argument("--season", type=int, default=1, help="steps after which it repeats (1)")
    parser.add_argument("--window", type=int, default=24, help="steps that are read (24)")
    parser.add_argument("--steps", type=int, default=400, help="updates of the weights (400)")
    parser.add_argument("--engine", choices=("numpy", "keras", "torch"), default="torch")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    try:
        plan = ForecastPlan(given.window, given.horizon, steps=given.steps, season=given.season)
        for line in run(read_table(given.file), plan, given.engine, given.seed):
            print(line, flush=True)
    except (ValueError, ImportError) as error:
        sys.exit(f"forecast.py: {error}")


if __name__ == "__main__":
    main()
