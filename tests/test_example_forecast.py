"""The example that forecasts a reader's own numbers: what it reads, refuses and prints."""

import importlib.util

import numpy as np
import pytest

from tests.helpers import assert_sentence
from tests.notebooks import ROOT

SPEC = importlib.util.spec_from_file_location("forecast", ROOT / "examples" / "forecast.py")
example = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(example)


def write(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def waves(rows=60):
    t = np.arange(rows)
    noise = np.random.default_rng(0).normal(0, 0.1, (2, rows))
    return np.stack([10 + np.sin(t), 500 + 9 * np.cos(t)]) + noise


def as_csv(columns, head="", dates=False):
    lines = [head] if head else []
    for i, row in enumerate(columns.T):
        lines.append(",".join([*([f"2020-{i}"] if dates else []), *map(str, row)]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("head", "dates", "names"),
    [
        ("", False, ["column 1", "column 2"]),
        ("sales,visits", False, ["sales", "visits"]),
        ("day,sales,visits", True, ["sales", "visits"]),
        ("", True, ["column 2", "column 3"]),
    ],
)
def test_names_and_dates_are_told_from_numbers(tmp_path, head, dates, names):
    table = example.read_table(write(tmp_path, as_csv(waves(), head, dates)))
    assert list(table) == names
    np.testing.assert_array_equal(np.stack(list(table.values())), waves())


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("sales,visits\n", "no numbers below"),
        ("1,2\n3\n", "line 2 has 1 cells and line 1 has 2"),
        ("sales,visits\n1,2\n3,many\n", "line 3, 'visits': 'many' is not a finite number"),
        ("sales\n1\nnan\n", "line 3, 'sales': 'nan' is not a finite number"),
        ("sales,visits\n1,2\n,4\n", "line 3, 'sales': the cell is empty"),
        ("1,2\n3,4\n", "leave 0 to train on"),
        ("\n".join(["5"] * 80), "constant"),
    ],
)
def test_what_cannot_be_forecast_gets_one_sentence(tmp_path, text, piece):
    with pytest.raises(SystemExit) as stopped:
        example.main([str(write(tmp_path, text)), "--horizon", "3", "--window", "4"])
    message = str(stopped.value).removeprefix("forecast.py: ")
    assert piece in message
    assert_sentence(message)


def test_a_file_that_is_not_there_or_not_text_gets_one_sentence(tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\xff\xfe1,2")
    for path, piece in ((tmp_path / "none.csv", "cannot be read"), (broken, "not UTF-8")):
        with pytest.raises(SystemExit) as stopped:
            example.main([str(path)])
        assert piece in str(stopped.value)


def test_both_frameworks_print_the_same_errors_and_forecasts(tmp_path, capsys):
    path = write(tmp_path, as_csv(waves(), "sales,visits"))
    found = {}
    for engine in ("keras", "torch"):
        sizes = ["--horizon", "3", "--window", "4", "--steps", "5"]
        example.main([str(path), *sizes, "--engine", engine])
        found[engine] = capsys.readouterr().out
    lines = found["torch"].splitlines()
    assert lines[0].split() == ["MASE", "naive", "seasonal", "linear", "network", "in", "80", "%"]
    assert [line.split()[0] for line in lines[1:3]] == ["sales", "visits"]
    assert "sales, the next 3" in found["torch"]

    def numbers(text):
        cells = [cell for cell in text.split() if example.is_number(cell)]
        return np.array(cells, float)

    np.testing.assert_allclose(numbers(found["keras"]), numbers(found["torch"]), rtol=0.01)
