"""The benchmark of forecasts: floors and a network again, no look ahead, and what is claimed."""

from collections import Counter

import numpy as np
import pytest

from benchmarks import forecasting, store
from benchmarks.forecasting import COLLECTION, KEYS, SERIES
from rnnlib.tasks import LinearSeries

ROWS = store.read(forecasting.RESULTS)["rows"]
QUICK = ("naive", "seasonal naive", "autoregression", "same change", "pooled linear")


def errors(name, kind, measure="mase"):
    """The stored scores on the test part, one a seed."""
    rows = [r for r in ROWS if (r["series"], r["forecaster"], r["part"]) == (name, kind, "test")]
    return [row[measure] for row in rows]


def floors(name):
    """Every stored floor of a series on its test part."""
    kinds = [kind for kind in forecasting.settings(name) if kind != "network"]
    return {kind: errors(name, kind)[0] for kind in kinds}


def test_every_planned_run_has_one_row_and_no_row_is_left_over():
    found = Counter(map(forecasting.key, ROWS))
    assert found == Counter(dict.fromkeys(forecasting.planned(ROWS), 1))
    assert {tuple(row)[: len(KEYS)] for row in ROWS} == {KEYS}


def test_no_setting_was_chosen_on_the_test_part():
    for name in (*SERIES, "fertility"):
        for kind, tried in forecasting.settings(name).items():
            trials = [
                row
                for row in ROWS
                if (row["series"], row["forecaster"], row["part"]) == (name, kind, "trial")
            ]
            assert len(trials) == (len(tried) if len(tried) > 1 else 0)
            best = min(trials, key=lambda row: row["mase"], default={"setting": tried[0]})
            used = {
                row["setting"]
                for row in ROWS
                if (row["series"], row["forecaster"], row["part"]) == (name, kind, "test")
            }
            assert used == {best["setting"]}
    assert 100 not in forecasting.SEEDS


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["part"] == "test" and row["forecaster"] in QUICK],
    ids=lambda row: f"{row['series']}, {row['forecaster']}",
)
def test_a_floor_is_the_stored_one_again(row):
    if row["series"] == "fertility" and row["forecaster"] == "autoregression":
        pytest.skip("half a minute; the other series have it")
    again = forecasting.run(*forecasting.key(row))
    assert again.keys() == row.keys()
    for measure in row.keys() - set(KEYS):
        assert again[measure] == pytest.approx(row[measure], rel=1e-3, abs=2e-3), measure


def test_a_network_is_the_stored_one_again():
    row = store.find(ROWS, series="nile", forecaster="network", part="test", seed=0)
    again = forecasting.run(*forecasting.key(row))
    assert again["mase"] == pytest.approx(row["mase"], abs=0.02)
    assert again["crps"] == pytest.approx(row["crps"], abs=0.02)


@pytest.mark.parametrize("kind", ["autoregression", "same change", "pooled linear"])
def test_another_test_part_changes_no_trial_of_the_collection(monkeypatch, kind):
    values = np.abs(LinearSeries().draw(12, 52, seed=0)) + 5
    other = values.copy()
    other[:, COLLECTION[0] :] *= 100
    found = []
    for table in (values, other):
        monkeypatch.setattr(forecasting, "countries", lambda table=table: table)
        setting = 5 if kind == "pooled linear" else 1
        found.append(forecasting.judge_collection(kind, setting, "trial", 0))
    assert found[0] == found[1]


def test_the_deviations_of_the_same_change_are_those_of_a_walk_of_changes():
    values = LinearSeries((2.0, -1.0)).draw(1, 40, seed=1, burn=0)[0]
    found = forecasting.same_change(values, values, 4)
    mean, sd = LinearSeries((2.0, -1.0), np.sqrt(np.mean(np.diff(values, 2) ** 2))).best(values, 4)
    np.testing.assert_allclose(found.mean, mean)
    np.testing.assert_allclose(found.sd, sd)


# what chapter 16 says


def test_the_network_beats_every_floor_on_the_sea_with_every_seed():
    assert max(errors("elnino", "network")) < min(floors("elnino").values())


@pytest.mark.parametrize("name", ["co2", "nile"])
def test_the_network_loses_to_the_autoregression_and_to_smoothing_with_every_seed(name):
    found = floors(name)
    assert min(errors(name, "network")) > max(found["autoregression"], found["smoothing"])


def test_the_networks_of_the_sun_lie_about_the_autoregression():
    found = errors("sunspots", "network")
    assert min(found) < floors("sunspots")["autoregression"] < max(found)


def test_reading_levels_alone_is_worse_where_the_series_climbs():
    trials = {
        row["setting"]: row["mase"]
        for row in ROWS
        if (row["series"], row["forecaster"], row["part"]) == ("co2", "network", "trial")
    }
    assert trials["level"] > 2 * max(trials["change"], trials["both"])
