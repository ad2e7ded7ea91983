"""CSV files: rows with their lines, and the steps between dates."""

import numpy as np
import pytest

from rnnlib.data.csv_tables import check_dates, read_dates, read_rows
from tests.helpers import assert_sentence, raises_sentence


def test_rows_come_with_the_number_of_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n\n"c,\nd",e\nf\n', encoding="utf-8-sig")
    assert read_rows(path) == [(1, ["a", "b"]), (4, ["c,\nd", "e"]), (5, ["f"])]


@pytest.mark.parametrize(
    ("content", "piece"),
    [(b"\xff", "is not UTF-8"), (b"a,b\n" + b"x" * 131_073, "line 2"), (None, "cannot be read")],
)
def test_what_is_no_table_gets_a_sentence(tmp_path, content, piece):
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    with raises_sentence(ValueError, piece):
        read_rows(path)


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-31", "2024-02-01"],
        ["31.01.2024", "01.02.2024"],
        ["31/01/2024", "01/02/2024"],
        ["01/31/2024", "02/01/2024"],
        [" 2024/01/31", "2024/02/01 "],
        ["2024-01-31T00:00", "2024-02-01T00:00"],
        ["2024-01-31T00:00Z", "2024-02-01T00:00Z"],
    ],
)
def test_dates_are_read_in_the_usual_forms(cells):
    found = read_dates(cells)
    assert found.astype("datetime64[D]").astype(str).tolist() == ["2024-01-31", "2024-02-01"]


def test_a_date_that_can_be_read_in_two_ways_has_its_day_first():
    found = read_dates(["01/02/2024", "01/03/2024"])
    assert found.astype("datetime64[D]").astype(str).tolist() == ["2024-02-01", "2024-03-01"]


def test_what_is_no_date_is_none():
    assert read_dates(["January", "February"]) is None
    assert read_dates(["2024-01-01", "later"]) is None
    assert read_dates(["2024-01"]).astype(str).tolist() == ["2024-01-01T00:00:00"]


REGULAR = {
    "days": np.arange("2024-02-20", "2024-03-10", dtype="datetime64[D]"),
    "hours": np.arange("2024-02-20T00", "2024-02-22T00", dtype="datetime64[h]"),
    "weeks": np.arange("2024-02-20", "2024-06-10", 7, dtype="datetime64[D]"),
    "months": np.arange("2024-01", "2026-01", dtype="datetime64[M]").astype("datetime64[D]"),
    "ends of months": np.arange("2024-02", "2026-01", dtype="datetime64[M]").astype(
        "datetime64[D]"
    ) - 1,
    "years": np.arange("1990", "2024", dtype="datetime64[Y]").astype("datetime64[D]"),
    "working days": np.busday_offset("2024-01-01", np.arange(40)),
}  # fmt: skip


@pytest.mark.parametrize("kind", REGULAR)
def test_steps_that_are_alike_are_said_nothing_of_and_one_that_is_missing_is(kind):
    dates = REGULAR[kind].astype("datetime64[s]")
    lines = list(range(2, len(dates) + 2))
    assert check_dates(dates, lines) is None
    holed = np.delete(dates, 7)
    told = check_dates(holed, lines[:-1])
    assert "1 are longer than usual: line 9," in told
    assert_sentence(told + ".")
    with raises_sentence(ValueError, "lies before the last one"):
        check_dates(dates[::-1], lines)
    with raises_sentence(ValueError, "line 3:", "is that of the line before"):
        check_dates(np.repeat(dates, 2), list(range(2, 2 * len(dates) + 2)))


def test_the_first_of_several_holes_is_named_though_a_later_one_is_longer():
    days = np.delete(np.arange("2024-01-01", "2024-02-01", dtype="datetime64[D]"), [5, 20, 21, 22])
    told = check_dates(days.astype("datetime64[s]"), list(range(2, len(days) + 2)))
    assert "2 are longer than usual: line 7, 2024-01-07, follows 2024-01-05" in told
