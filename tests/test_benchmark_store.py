"""What the benchmarks share: rows stored at once and found again, one for each planned run.

What the stored rows show, the cells of the pages print or assert (tests/test_claims.py).
"""

import importlib
import json
from collections import Counter

import pytest

from benchmarks import store
from tests.helpers import assert_none, raises_sentence

ROW_FILES = ("ablations", "adding", "long_lags", "quality", "same_loss", "state", "translating")


RUNS = {  # study: the runs that its rows are of, and those that it plans
    "drawing": lambda s, rows: ([(row["what"], row["setting"]) for row in rows], s.planned(rows)),
    "first_weights": lambda s, rows: (map(s.key, rows), s.plan(rows)),
    "forecasting": lambda s, rows: (map(s.key, rows), s.planned(rows)),
    "names": lambda s, rows: (map(s.key, rows), s.planned(rows)),
    "state": lambda s, rows: (map(s.key, rows), s.planned(rows)),
    "translating": lambda s, rows: (map(s.job_of, rows), s.JOBS),
}


def test_every_planned_run_is_stored_once_and_no_other():
    faults = []
    for name, both in RUNS.items():
        study = importlib.import_module(f"benchmarks.{name}")
        stored, planned = both(study, store.read(study.RESULTS)["rows"])
        count, planned = Counter(map(str, stored)), set(map(str, planned))
        faults += [f"{name}: {run} is stored {n} times" for run, n in count.items() if n > 1]
        faults += [f"{name}: {run} is not planned" for run in count.keys() - planned]
        faults += [f"{name}: {run} is not stored" for run in planned - count.keys()]
    assert_none(faults, "Run `python -m benchmarks.NAME`, or strike the row out of its results.")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "found.json"


@pytest.mark.parametrize("name", ROW_FILES)
def test_a_row_is_added_as_those_that_are_stored_were(name, path):
    whole = (store.FOLDER / f"{name}.json").read_bytes()
    head = json.loads(whole)
    *before, last = head.pop("rows")
    path.write_text(json.dumps({"rows": before}))
    store.append(path, last, **head)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["starts", "switches", "throughput", "writing", "parity"])
def test_what_is_measured_at_once_is_written_as_it_is_stored(name, path):
    whole = (store.FOLDER / f"{name}.json").read_bytes()
    store.write(path, json.loads(whole), indent=None if name == "parity" else 1)
    assert path.read_bytes() == whole


def test_there_are_no_rows_before_the_first(path):
    assert store.read(path) == {"rows": []}
    store.append(path, {"seed": 0})
    store.append(path, {"seed": 1}, floor=0.5)
    assert store.read(path) == {"floor": 0.5, "rows": [{"seed": 0}, {"seed": 1}]}


@pytest.mark.parametrize("text", ["", '{"rows": [', "[1]", '{"runs": []}', '{"rows": 3}', "null"])
def test_a_file_without_rows_is_refused_and_stays(path, text):
    path.write_text(text)
    with raises_sentence(ValueError, "found.json"):
        store.append(path, {"seed": 0})
    assert path.read_text() == text


def test_a_row_is_found_by_what_is_known_of_it():
    rows = [{"cell": "gru", "seed": 0}, {"cell": "gru", "seed": 1}, {"cell": "rnn", "seed": 1}]
    assert store.find(rows, seed=1) is rows[1]
    assert store.find(rows, cell="rnn", seed=1) is rows[2]
    assert store.find(rows, cell="rnn", seed=0) is None
    assert store.find(rows, rate=1) is None


def test_only_what_has_no_row_is_run_and_each_row_is_stored_at_once(path):
    ran = []

    def planned(rows):
        yield from [("a", 0), ("b", 1)]
        yield "last", len(rows)  # what is planned may depend on the rows so far

    def run(name, seed):
        ran.append((name, seed))
        return {"name": name, "seed": seed}

    def key(row):
        return row["name"], row["seed"]

    store.append(path, {"name": "b", "seed": 1}, head=2)
    filling = store.fill(path, planned, key, run, head=2)
    assert next(filling) == {"name": "a", "seed": 0}
    assert len(store.read(path)["rows"]) == 2  # before the next is begun
    assert [key(row) for row in filling] == [("last", 2)]
    assert ran == [("a", 0), ("last", 2)]
    assert store.read(path)["head"] == 2
    assert list(store.fill(path, lambda rows: map(key, rows), key, run, head=2)) == []
