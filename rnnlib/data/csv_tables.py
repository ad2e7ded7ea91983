"""Tables: the rows of a CSV file, and what a column of dates says about the steps between them."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from rnnlib.files import StrPath
from rnnlib.interface import Array

FORMS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d")  # besides those of ISO 8601


def read_rows(path: StrPath) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file in UTF-8 that are not blank: [(number of the line, cells)].

    Raises ValueError, in a sentence, for a file that cannot be read, is no UTF-8, or is no CSV.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            return [(rows.line_num, row) for row in rows if row]
    except OSError as error:
        raise ValueError(
            f"the file {path} cannot be read ({error.strerror}). Check the path."
        ) from None
    except UnicodeDecodeError:
        raise ValueError(f"the file {path} is not UTF-8. Save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise ValueError(
            f"line {rows.line_num} of {path} is no CSV ({error}). Look for a quote that is opened "
            "and never closed."
        ) from None


def read_dates(cells: Iterable[str]) -> Array | None:
    """The dates (N,) that cells of one form hold, datetime64[s], or None where they hold none."""
    cells = [cell.strip() for cell in cells]
    for read in (datetime.fromisoformat, _month, *map(_reader, FORMS)):
        try:
            found = [read(cell).replace(tzinfo=None) for cell in cells]
        except ValueError:
            continue
        return np.array(found, "datetime64[s]")
    return None


def _month(cell):
    return datetime.strptime(cell, "%Y-%m")


def _reader(form):
    return lambda cell: datetime.strptime(cell, form)


def check_dates(dates: Array, lines: Sequence[int]) -> str | None:
    """Refuse dates that do not rise from line to line; a sentence where some are missing, or None.

    A step is counted in months where all dates have one day of the month, or are the last of it;
    in working days where none falls on a weekend; otherwise as the time between.
    """
    for (before, after), line in zip(pairwise(dates), lines[1:], strict=True):
        if after <= before:
            how = "is that of the line before" if after == before else "lies before the last one"
            raise ValueError(
                f"line {line}: its date, {_shown(after)}, {how}. Give each step of time one row, "
                "the oldest first."
            )
    steps = _steps(dates)
    if len(steps) == 0 or (steps == np.median(steps)).all():
        return None
    at = int(np.argmax(steps > np.median(steps)))
    holes = int((steps > np.median(steps)).sum())
    return (
        f"the steps between the dates differ, {holes} are longer than usual: line {lines[at + 1]}, "
        f"{_shown(dates[at + 1])}, follows {_shown(dates[at])}. They are read as if nothing were "
        "missing; fill the rows in for a better forecast"
    )


def _steps(dates):
    days = dates.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_month = (days - months.astype("datetime64[D]")).astype(int)
    last = (months + 1).astype("datetime64[D]") - days == np.timedelta64(1, "D")
    if (dates == days).all() and len(dates) > 2:
        if len(set(of_month)) == 1 or last.all():
            return np.diff(months).astype(int)
        if np.is_busday(days).all():
            return np.busday_count(days[:-1], days[1:])
    return np.diff(dates).astype(int)


def _shown(moment):
    """A date, with its time of day where it has one."""
    return str(moment).removesuffix("T00:00:00").replace("T", " ")
