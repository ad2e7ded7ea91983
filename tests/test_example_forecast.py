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
        ("month,2021,2022", True, ["2021", "2022"]),
        ("Monat,2021,2022", True, ["2021", "2022"]),
    ],
)
def test_names_and_dates_are_told_from_numbers(tmp_path, head, dates, names):
    table = example.read_table(write(tmp_path, as_csv(waves(), head, dates)))
    assert list(table) == names
    np.testing.assert_array_equal(np.stack(list(table.values())), waves())


@pytest.mark.parametrize(
    ("head", "start", "kept"),
    [
        ("year,sales", 1950, ["sales"]),
        ("season,sales", 1950, ["sales"]),
        ("", 7, ["column 2"]),
        ("Year,2021", 0, ["2021"]),
    ],
)
def test_a_first_column_that_counts_is_passed_over_and_named(tmp_path, capsys, head, start, kept):
    counted = np.stack([start + np.arange(60), waves()[0]])
    table = example.read_table(write(tmp_path, as_csv(counted, head)))
    assert list(table) == kept
    np.testing.assert_array_equal(table[kept[0]], waves()[0])
    assert "taken for times and passed over" in capsys.readouterr().out


def test_a_first_column_of_numbers_that_does_not_count_is_a_series(tmp_path, capsys):
    rising = np.stack([np.append(np.arange(59), 60), waves()[0]])
    assert list(example.read_table(write(tmp_path, as_csv(rising)))) == ["column 1", "column 2"]
    assert not capsys.readouterr().out


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
        ("sales\n" + "\n".join(["5"] * 80), "'sales' is constant"),
        ("n/a,2\n3,4\n", "line 1, 'column 1': 'n/a' is not a finite number"),
        ("1,\n3,4\n", "line 1, 'column 2': the cell is empty"),
        ("a;b\n1;2\n", "semicolons"),
        ("1,5;2,5\n1,5;2,5\n", "semicolons"),
        ("1\t2\n3\t4\n", "tabs"),
        ("sales,visits, sales\n1,2,3\n", "two columns are called 'sales'"),
        ("sales\n" + "1" * 140_000, "is no CSV"),
        ("day,sales\n2024-01-02,1\n2024-01-01,2\n", "line 3: its date, 2024-01-01, lies before"),
        ("day,sales\n2024-01-01,1\n2024-01-01,2\n", "is that of the line before"),
    ],
)
def test_what_cannot_be_forecast_gets_one_sentence(tmp_path, text, piece):
    with pytest.raises(SystemExit) as stopped:
        example.main([str(write(tmp_path, text)), "--horizon", "3", "--window", "4"])
    message = str(stopped.value).removeprefix("forecast.py: ")
    assert piece in message
    assert_sentence(message)


@pytest.mark.parametrize(
    ("season", "piece"), [("0", "season"), ("60", "need 124"), ("4", "repeats exactly every 4")]
)
def test_a_season_that_fits_no_error_is_refused_before_the_training(tmp_path, season, piece):
    path = write(tmp_path, "\n".join(["1", "2", "3", "5"] * 20))
    with pytest.raises(SystemExit) as stopped:
        example.main([str(path), "--season", season, "--steps", "1000000"])
    assert piece in str(stopped.value)


def test_floors_and_network_are_told_the_season(tmp_path, capsys):
    t = np.arange(96)
    shop = 100 + t + 20 * (t % 12 == 11) + np.random.default_rng(1).normal(0, 1, 96)
    path = write(tmp_path, as_csv(shop[None], "shop"))
    example.main([str(path), *("--horizon", "6", "--season", "12", "--steps", "5")])
    lines = capsys.readouterr().out.splitlines()
    naive, seasonal, linear, smoothing, network, _ = map(float, lines[2].split()[1:])
    assert max(linear, smoothing) < min(naive, seasonal, network)
    assert lines[0].endswith("14 origins")
    assert "floor is ahead" in lines[-1]
    plan = example.ForecastPlan(4, 3, season=12)
    assert example.make_floors("shop", shop, plan)["linear"].constants.shape == (12,)


def test_what_is_tested_never_saw_the_last_fifth_and_what_forecasts_has(monkeypatch):
    """A naive forecaster in place of the network, whose numbers can be had without the example."""
    values, floors, trained, made = waves()[0], [], [], example.make_floors

    def fit(series, plan, engine, seed):
        trained.append((engine, seed, *map(len, series)))
        return [example.Naive(known) for known in series]

    def make_floors(name, train, plan):
        floors.append(len(train))
        return made(name, train, plan)

    monkeypatch.setattr(example, "fit_forecasters", fit)
    monkeypatch.setattr(example, "make_floors", make_floors)
    plan = example.ForecastPlan(4, 3, season=4)
    _, _, errors, _, *ahead = list(example.run({"sales": values}, plan, "keras", 5))
    assert floors == [48]
    assert trained == [("keras", 5, 48), ("keras", 5, 60)]
    test = example.backtest(example.Naive(values[:48]), values, 48, 3, season=4)
    shown = errors.split()
    assert shown[1] == shown[5] == f"{test.mase():.2f}"
    assert shown[6] == f"{test.coverage(0.8):.2f}"
    found = example.Naive(values)(values, 3)
    for line, mean, low, high in zip(ahead, found.mean, *found.interval(0.8), strict=False):
        assert line == f"{mean:12.4g} {low:12.4g} {high:12.4g}"
        assert low < mean < high


def test_what_is_asked_for_reaches_the_forecast(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(example, "run", lambda *given: seen.append(given) or [])
    sizes = ["--horizon", "3", "--season", "4", "--window", "5", "--steps", "6"]
    sizes += ["--engine", "numpy", "--seed", "7"]
    example.main([str(write(tmp_path, as_csv(waves()))), *sizes])
    ((_, *given),) = seen
    assert given == [example.ForecastPlan(5, 3, steps=6, season=4), "numpy", 7]


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (0.3, "the network is ahead (0.30 against 0.50)"),
        (0.8, "the b floor is ahead (0.50 against 0.80)"),
    ],
)
def test_whoever_has_the_lowest_error_is_ahead(network, said):
    assert example.ahead({"a": 0.6, "b": 0.5, "network": network}) == said


def test_missing_days_are_told_and_the_forecast_is_made(tmp_path, capsys):
    days = [np.datetime64("2024-01-01") + n for n in range(80) if n not in (50, 51)]
    rows = [f"{day},{value}" for day, value in zip(days, waves()[0][: len(days)], strict=False)]
    table = example.read_table(write(tmp_path, "\n".join(["day,sales", *rows])))
    assert list(table) == ["sales"]
    said = capsys.readouterr().out
    assert "1 are longer than usual: line 52, 2024-02-22, follows 2024-02-19." in said


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
    heads = ["MASE", "naive", "seasonal", "linear", "smoothing", "network", "in", "80", "%"]
    assert lines[1].split() == heads
    assert [line.split()[0] for line in lines[2:4]] == ["sales", "visits"]
    assert "in the test, from 10 origins" in lines
    assert [line.split(":")[0] for line in lines[-2:]] == ["sales", "visits"]
    assert "sales, the next 3" in found["torch"]

    def numbers(text):
        cells = [cell for cell in text.split() if example.is_number(cell)]
        return np.array(cells, float)

    np.testing.assert_allclose(numbers(found["keras"]), numbers(found["torch"]), rtol=0.01)
