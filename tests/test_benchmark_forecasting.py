"""The benchmark of forecasts: floors and a network again, and no look ahead."""

import numpy as np
import pytest

from benchmarks import forecasting, store
from benchmarks.forecasting import COLLECTION, GROUPS, KEYS, KINDS, SERIES
from rnnlib.data import load_collection, load_series
from rnnlib.evaluation import ExponentialSmoothing, LinearAutoregression
from rnnlib.tasks import LinearSeries

ROWS = store.read(forecasting.RESULTS)["rows"]
QUICK = ("naive", "seasonal naive", "autoregression", "of changes", "same change")
QUICK += ("damped change", "pooled linear", "pooled linear, one scale")


def errors(name, kind, measure="mase"):
    """The stored scores on the test part, one a seed."""
    rows = [r for r in ROWS if (r["series"], r["forecaster"], r["part"]) == (name, kind, "test")]
    return [row[measure] for row in rows]


def trials(name, kind):
    """{setting: stored error of its trial}."""
    rows = [r for r in ROWS if (r["series"], r["forecaster"], r["part"]) == (name, kind, "trial")]
    return {forecasting.plain(row["setting"]): row["mase"] for row in rows}


def test_a_trial_holds_no_score_but_its_own_error():
    for row in ROWS:
        assert tuple(row)[: len(KEYS)] == KEYS
        assert (row["part"] == "trial") == (row["seed"] >= 100)
        if row["part"] == "trial":
            assert tuple(row) == (*KEYS, "mase")


def test_no_setting_was_chosen_on_the_test_part():
    for name in (*SERIES, *GROUPS):
        for kind in (*forecasting.settings(name), *forecasting.searching(name), "searched"):
            tried = trials(name, kind)
            best = min(tried, key=tried.get, default=None)
            used = {
                forecasting.plain(row["setting"])
                for row in ROWS
                if (row["series"], row["forecaster"], row["part"]) == (name, kind, "test")
            }
            untried = ("searched", "network, PyTorch") if name in SERIES else ("searched",)
            assert used == {best} or (kind in untried and not used), (name, kind)
    for kind in forecasting.settings("grown"):
        tried = trials("grown", kind)
        rows = [r for r in ROWS if r["forecaster"] == kind and r["part"] != "trial"]
        used = {forecasting.plain(row["setting"]) for row in rows}
        assert used == {min(tried, key=tried.get)}, kind
    assert max(*forecasting.SEEDS, *forecasting.DRAWS) < 100


def test_a_search_goes_on_until_the_best_updates_stand_between_others_or_at_the_end():
    for name, kind in ((n, k) for n in (*SERIES, *GROUPS) for k in forecasting.searching(n)):
        tried = trials(name, kind)
        *head, best = min(tried, key=tried.get)
        updates = sorted(setting[-1] for setting in tried if list(setting[:-1]) == head)
        ends = (forecasting.FEWEST, forecasting.MOST)
        assert updates[0] < best < updates[-1] or best in ends, (name, updates, best)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["part"] == "test" and row["forecaster"] in QUICK],
    ids=lambda row: f"{row['series']}, {row['forecaster']}",
)
def test_a_floor_is_the_stored_one_again(row):
    again = forecasting.run(*forecasting.key(row))
    assert again.keys() == row.keys()
    for measure in row.keys() - set(KEYS):
        assert again[measure] == pytest.approx(row[measure], rel=2e-3, abs=2e-3), measure


def test_a_network_is_the_stored_one_again():
    row = store.find(ROWS, series="nile", forecaster="network", part="test", seed=0)
    again = forecasting.run(*forecasting.key(row))
    assert again["mase"] == pytest.approx(row["mase"], abs=0.02)
    assert again["crps"] == pytest.approx(row["crps"], abs=0.02)


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("kind", ["autoregression", "damped change", "pooled linear"])
def test_another_test_part_changes_no_trial_of_the_collection(monkeypatch, kind, name):
    values = LinearSeries().draw(12, 52, seed=0)
    values[:6] = values[:6].cumsum(axis=1).cumsum(axis=1)  # half of them smooth
    values = values - values.min() + 5
    other = values.copy()
    other[:, COLLECTION[0] :] *= 100
    found = []
    for table in (values, other):
        monkeypatch.setattr(forecasting, "countries", lambda table=table: table)
        setting = (5, "absolute", "own") if kind == "pooled linear" else 1
        found.append(forecasting.run(name, kind, setting, "trial", 0))
    assert found[0] == found[1]


def test_every_country_that_moved_is_of_one_kind_by_what_was_known():
    begin = COLLECTION[0]
    smooth, jagged = (
        forecasting.of_kind(kind, forecasting.countries()[:, :begin]) for kind in KINDS
    )
    assert (smooth ^ jagged).all()
    moved = {row.tobytes() for row in forecasting.countries()}
    left = [one.name for one in load_collection("fertility") if one.values.tobytes() not in moved]
    assert left == ["Afghanistan"]
    assert len(errors("smooth", "naive", "errors")[0]) == smooth.sum() == 150
    assert len(errors("jagged", "naive", "errors")[0]) == jagged.sum() == 37


def test_a_share_of_the_last_change_is_fitted_to_the_training_part_alone():
    changes = 0.7 ** np.arange(30)
    values = 5 + np.append(0, np.cumsum(changes))
    found = forecasting.local("damped change", None, values[:20])(values[:20], 5)
    np.testing.assert_allclose(found.mean, values[20:25])
    whole = forecasting.same_change(values, values, 3)
    half = forecasting.same_change(values, values, 3, share=0.5)
    np.testing.assert_allclose(whole.mean - values[-1], changes[-1] * np.array([1, 2, 3]))
    np.testing.assert_allclose(half.mean - values[-1], changes[-1] * np.array([0.5, 0.75, 0.875]))
    rough = values + np.random.default_rng(0).normal(0, 1, 31)  # its changes turn back
    still = forecasting.local("damped change", None, rough)(rough, 4)
    np.testing.assert_array_equal(still.mean, rough[-1])


def test_either_framework_begins_in_its_own_way():
    plan = forecasting.ForecastPlan(4, 2, hidden_size=16)
    keras, torch = (
        forecasting.begin_with(plan, as_pytorch, seed=3).get_params() for as_pytorch in (0, 1)
    )
    np.testing.assert_allclose(keras["W_hh"] @ keras["W_hh"].T, np.eye(16), atol=1e-5)
    assert not keras["b_y"].any()
    for name in ("W_xh", "W_hh", "W_hy", "b_y"):
        assert 0.15 < np.abs(torch[name]).max() <= 1 / 4, name
    again = forecasting.begin_with(plan, True, seed=3).get_params()
    np.testing.assert_array_equal(again["W_hh"], torch["W_hh"])
    other = forecasting.begin_with(plan, True, seed=4).get_params()
    assert not np.allclose(other["W_hh"], torch["W_hh"])


def test_the_deviations_of_the_same_change_are_those_of_a_walk_of_changes():
    values = LinearSeries((2.0, -1.0)).draw(1, 40, seed=1, burn=0)[0]
    found = forecasting.same_change(values, values, 4)
    steps = np.arange(1, 5)
    np.testing.assert_allclose(found.mean, values[-1] + steps * (values[-1] - values[-2]))
    shock = np.sqrt(np.mean(np.diff(values, 2) ** 2))  # has become h times itself after h steps
    np.testing.assert_allclose(found.sd, shock * np.sqrt(np.cumsum(steps**2)))


def test_absolute_errors_are_smallest_where_statsmodels_has_them():
    quantreg = pytest.importorskip("statsmodels.regression.quantile_regression").QuantReg
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=(150, 3)) * [1, 20, 0.1], np.ones(150)])
    targets = rows @ [[1.0], [0.2], [5.0], [3.0]] + rng.standard_t(2, (150, 1))
    found, _ = forecasting.solve(rows, targets, "absolute", ridge=0.0)
    theirs = quantreg(targets[:, 0], rows).fit(0.5).params
    mine, best = (np.abs(targets[:, 0] - rows @ w).sum() for w in (found[:, 0], theirs))
    assert mine == pytest.approx(best, rel=1e-3)
    squares, _ = forecasting.solve(rows, targets, "squares", ridge=0.0)
    np.testing.assert_allclose(squares, np.linalg.lstsq(rows, targets, rcond=None)[0], atol=1e-9)
    assert np.abs(targets - rows @ squares).sum() > mine


def test_a_scale_for_each_country_makes_its_unit_no_matter():
    values = np.abs(LinearSeries().draw(6, 40, seed=1)) + 5
    unit = np.array([1.0, 10, 0.1, 5, 2, 1])[:, None]
    found, scaled = (
        forecasting.judge("pooled linear", (5, "absolute", "own"), v, v, 30, 0)
        for v in (values, unit * values)
    )
    for measure in ("mase", "crps", "cover_80"):
        assert scaled[measure] == pytest.approx(found[measure], rel=1e-6)
    shared = forecasting.judge("pooled linear", (5, "absolute", "shared"), unit * values,
                               unit * values, 30, 0)  # fmt: skip
    assert shared["mase"] != pytest.approx(found["mase"], rel=1e-3)


def test_told_eleven_years_smoothing_of_the_sun_is_far_behind_the_seasonal_naive_all_the_same():
    pytest.importorskip("statsmodels")
    row = store.find(ROWS, series="sunspots", forecaster="smoothing", part="test")
    again = forecasting.run(*forecasting.key(row))
    assert again["mase"] == pytest.approx(row["mase"], abs=0.02)
    assert row["mase"] > 1.4 * errors("sunspots", "seasonal naive")[0]


def test_rolled_out_an_autoregression_of_one_step_is_itself():
    values = 50 + 3 * np.random.default_rng(0).normal(size=60).cumsum()
    floor = LinearAutoregression(values, 3)
    found = forecasting.roll_out(floor)(values, 6)
    np.testing.assert_allclose(found.mean, floor(values, 6).mean)
    assert not found.sd.any()


def test_smoothing_is_chosen_by_the_likelihood_of_what_was_made():
    pytest.importorskip("statsmodels")
    rng, t = np.random.default_rng(1), np.arange(120)
    level = 100 * 1.02**t  # seasons and errors that grow with it
    values = level * (1 + 0.2 * np.sin(2 * np.pi * t / 4)) * (1 + rng.normal(0, 0.01, 120))
    found = forecasting.choose_smoothing(values[:100], season=4)
    assert (found.options["error"], found.options["seasonal"]) == ("mul", "mul")
    assert found.options["trend"] == "add"
    np.testing.assert_allclose(found(values[:110], 10).mean, values[110:], rtol=0.1)
    np.testing.assert_array_equal(found(values, 5).sd, found(values, 5).sd)
    flat = forecasting.choose_smoothing(rng.normal(size=80))  # not above 0: nothing is multiplied
    assert flat.options["error"] == "add"
    assert flat.options["trend"] is None
    nile = load_series("nile").values[:70]
    plain = ExponentialSmoothing(nile, trend=None)
    assert forecasting.choose_smoothing(nile).aicc == pytest.approx(plain.aicc, abs=1e-6)
