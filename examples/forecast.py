"""Forecast numbers of your own: a CSV file, a column a series, a row a step of time.

    python examples/forecast.py sales.csv --horizon 12 --season 12
    python examples/forecast.py sales.csv --horizon 12 --season 12 --engine keras

One network is trained on all columns (chapter 16), each with a scale of its own. The last fifth of
the file is kept for the test, and the errors there are printed beside three floors; then comes the
forecast of what follows the file, with the ends of the interval that should hold 80 per cent. The
first line may name the columns, and a first column of dates is passed over.
"""

import argparse
import csv
import sys

import numpy as np

from rnnlib.evaluation import LinearAutoregression, Naive, SeasonalNaive, backtest
from rnnlib.training import ForecastPlan, fit_forecasters


def read_table(path):
    """{name of a column: its numbers (N,)} of a CSV file.

    Raises ValueError, with the line and the column, for what is empty, ragged or not a number.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = [(n, row) for n, row in enumerate(csv.reader(file), start=1) if row]
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"the file {path} is not UTF-8; save it as UTF-8 CSV.") from None
    if not lines:
        raise ValueError(f"the file {path} is empty; give one with a row for each step of time.")
    width = len(lines[0][1])
    for n, row in lines:
        if len(row) != width:
            raise ValueError(
                f"line {n} has {len(row)} cells and line {lines[0][0]} has {width}; give every "
                "line as many."
            )
    named = not any(is_number(cell) for cell in lines[0][1])
    names = lines[0][1] if named else [f"column {i + 1}" for i in range(width)]
    rows = lines[1:] if named else lines
    if not rows:
        raise ValueError(f"the file {path} holds a line of names and no numbers below it.")
    first = 0 if width == 1 or any(is_number(row[0]) for _, row in rows) else 1  # a date
    return {
        name.strip(): np.array([number(row[i], n, name) for n, row in rows])
        for i, name in enumerate(names)
        if i >= first
    }


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


def run(table, plan, season=1, engine="torch", seed=0):
    """The lines to print: errors on the last fifth, then the forecast after the end."""
    length = len(next(iter(table.values())))
    first = length - max(length // 5, plan.horizon)
    needed = plan.window + 1 + plan.horizon
    if first < needed:
        raise ValueError(
            f"{length} rows leave {max(first, 0)} to train on, and a window of {plan.window} with "
            f"a horizon of {plan.horizon} needs {needed}; give a longer file, or make one smaller."
        )
    trained = fit_forecasters([values[:first] for values in table.values()], plan, engine, seed)
    heads = ("naive", "seasonal", "linear", "network", "in 80 %")
    yield " ".join(["MASE".ljust(16), *(head.rjust(9) for head in heads)])
    for (name, values), network in zip(table.items(), trained, strict=True):
        train = values[:first]
        lags = min(plan.window, (first - 2) // 3)
        floors = (Naive(train), SeasonalNaive(train, season), LinearAutoregression(train, lags))
        tests = [
            backtest(one, values, first, plan.horizon, season=season) for one in (*floors, network)
        ]
        scores = [*(test.mase() for test in tests), tests[-1].coverage(0.8)]
        yield " ".join([name[:16].ljust(16), *(f"{score:9.2f}" for score in scores)])
    again = fit_forecasters(list(table.values()), plan, engine, seed)  # with the last fifth
    for (name, values), network in zip(table.items(), again, strict=True):
        found = network(values, plan.horizon)
        low, high = found.interval(0.8)
        yield f"\n{name}, the next {plan.horizon}: mean, and the interval of 80 per cent"
        for mean, bottom, top in zip(found.mean, low, high, strict=True):
            yield f"{mean:12.4g} {bottom:12.4g} {top:12.4g}"


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
        plan = ForecastPlan(given.window, given.horizon, steps=given.steps)
        for line in run(read_table(given.file), plan, given.season, given.engine, given.seed):
            print(line)
    except ValueError as error:
        sys.exit(f"forecast.py: {error}")


if __name__ == "__main__":
    main()
