"""Series of real numbers that statsmodels carries: read by their hash, and none of its code is run.

What each file says of its source and licence, and what is done to it: SOURCES.
"""

import csv
import io
import math
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import numpy as np

from rnnlib.data.wheels import CorpusError
from rnnlib.files import sha256
from rnnlib.interface import Array


@dataclass(frozen=True)
class Series:
    """Numbers (N,) in the order of time, float64, read only.

    `season` is the number of steps after which the series is expected to repeat itself, 1 where
    nothing repeats; `times` names each step; `unit` says what is measured.
    """

    name: str
    values: Array = field(repr=False)
    times: tuple[str, ...] = field(repr=False)
    season: int
    unit: str

    def __post_init__(self):
        self.values.setflags(write=False)

    def __len__(self):
        return len(self.values)


@dataclass(frozen=True)
class Source:
    """A file of statsmodels: its path there, its sha256, and who measured what it holds."""

    path: str
    digest: str
    credit: str


SOURCES = {
    "sunspots": Source(
        "datasets/sunspots/sunspots.csv",
        "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b",
        "National Geophysical Data Center; public domain",
    ),
    "co2": Source(
        "datasets/co2/co2.csv",
        "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
        "Keeling and Whorf, Scripps Institution of Oceanography; public domain",
    ),
    "elnino": Source(
        "datasets/elnino/elnino.csv",
        "b647be00e0fd264be9764e317e6b963f35030014ecca2b21b204521716e463ad",
        "National Oceanic and Atmospheric Administration; public domain",
    ),
    "nile": Source(
        "datasets/nile/nile.csv",
        "88e97bea7249e5832a85e41aec6ce4b8f7b1b14aae930c8363da7f193286b598",
        "Cobb (1978); public domain",
    ),
    "fertility": Source(
        "datasets/fertility/fertility.csv",
        "2219a1b039b2da46cb8b7fd0e1692de51851e02bfee4a996d64c75c466228e28",
        "the World Bank, from the United Nations and national offices; its terms of use",
    ),
}

GROUPS = (
    "Latin America & Caribbean (all income levels)",
    "OECD members",
    "Other small states",
    "Pacific island small states",
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def load_series(name: str) -> Series:
    """One of the series "sunspots", "co2", "elnino" and "nile".

    Raises ValueError for another name, CorpusError where statsmodels or its file is missing.
    """
    if name not in READERS:
        raise ValueError(f"there is no series {name!r}; choose among {', '.join(READERS)}.")
    times, values, season, unit = READERS[name](read_rows(name))
    return Series(name, np.array(values), tuple(times), season, unit)


def load_collection(name: str) -> tuple[Series, ...]:
    """The many series of a collection; there is one, "fertility": children a woman, by country.

    Countries whose years 1960 to 2011 are all there, 188 of the file's 219 rows; groups of
    countries, which would count some of them twice, are left out. 138 of the curves are smooth,
    drawn through estimates for every five years, so that each year holds something of later ones;
    `rnnlib.data.scaling.curvature_correlation` tells them apart. Raises as load_series does.
    """
    if name != "fertility":
        raise ValueError(f"there is no collection {name!r}; there is one, 'fertility'.")
    rows = read_rows(name)
    years = [year for year in rows[0] if year.isdigit() and year <= "2011"]
    whole = [row for row in rows if all(row[year] for year in years)]
    whole = [row for row in whole if row["Country Name"] not in GROUPS]
    return tuple(
        Series(
            row["Country Name"],
            np.array([float(row[year]) for year in years]),
            tuple(years),
            1,
            "children a woman",
        )
        for row in whole
    )


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of statsmodels, each a {heading: text}, after a look at its hash."""
    source = SOURCES[name]
    spec = find_spec("statsmodels")
    if spec is None or spec.origin is None:
        raise CorpusError(
            f"the series {name!r} comes with statsmodels, which is not installed: "
            "run python -m pip install statsmodels."
        )
    path = Path(spec.origin).parent / source.path
    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    if sha256(data) != source.digest:
        raise CorpusError(
            f"the file {path} is missing or not the one this book was written with (its sha256 "
            "differs): install the version of statsmodels that pyproject.toml names."
        )
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


# one reader a file: rows -> times, values, season, unit


def _sunspots(rows):
    """One number a year; the sun's cycle takes about eleven of them."""
    years = [row["YEAR"] for row in rows]
    return years, [float(row["SUNACTIVITY"]) for row in rows], 11, "sunspots"


def _co2(rows):
    """The mean of the weeks of each month, from the first month after which none is empty."""
    found = {}
    for month, weeks in groupby(rows, key=lambda row: row["date"][:6]):
        measured = [float(week["co2"]) for week in weeks if week["co2"]]
        found[f"{month[:4]}-{month[4:]}"] = np.mean(measured) if measured else math.nan
    months, means = list(found), np.array(list(found.values()))
    start = np.flatnonzero(np.isnan(means))[-1] + 1
    return months[start:], means[start:], 12, "parts per million"


def _elnino(rows):
    """A row a year, a column a month."""
    cells = [
        (f"{row['YEAR']}-{number:02d}", float(row[month.upper()]))
        for row in rows
        for number, month in enumerate(MONTHS, start=1)
    ]
    return *zip(*cells, strict=True), 12, "degrees Celsius"


def _nile(rows):
    years, volumes = [row["year"] for row in rows], [float(row["volume"]) for row in rows]
    return years, volumes, 1, "100 million cubic metres"


READERS = {"sunspots": _sunspots, "co2": _co2, "elnino": _elnino, "nile": _nile}
