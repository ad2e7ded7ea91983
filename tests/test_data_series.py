"""The series that statsmodels carries: as it reads them itself, and refused where they differ."""

import hashlib
import re
from types import SimpleNamespace

import numpy as np
import pytest

from rnnlib.data import CorpusError, curvature_correlation, load_collection, load_series
from rnnlib.data import series as module
from rnnlib.data.series import READERS, SOURCES
from tests.helpers import raises_sentence
from tests.notebooks import ROOT

SHAPES = {  # name: length, first, last, season
    "sunspots": (309, "1700", "2008", 11),
    "co2": (452, "1964-05", "2001-12", 12),
    "elnino": (732, "1950-01", "2010-12", 12),
    "nile": (100, "1871", "1970", 1),
}


def test_the_table_names_every_series():
    assert set(SHAPES) == set(READERS)
    assert set(SOURCES) == {*READERS, "fertility"}


@pytest.mark.parametrize("name", SHAPES)
def test_a_series_has_its_length_its_times_and_finite_numbers(name):
    series = load_series(name)
    assert (len(series), series.times[0], series.times[-1], series.season) == SHAPES[name]
    assert series.values.dtype == np.float64
    assert np.isfinite(series.values).all()
    assert len(set(series.times)) == len(series.times)
    assert list(series.times) == sorted(series.times)
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 1


def test_the_numbers_are_those_that_statsmodels_reads_from_its_files():
    data = pytest.importorskip("statsmodels.datasets")
    same = np.testing.assert_array_equal
    same(load_series("nile").values, data.nile.load_pandas().data["volume"])
    same(load_series("sunspots").values, data.sunspots.load_pandas().data["SUNACTIVITY"])
    same(load_series("elnino").values, data.elnino.load_pandas().data.to_numpy()[:, 1:].ravel())
    weeks = data.co2.load_pandas().data["co2"]
    months = weeks.resample("MS").mean()["1964-05":]
    assert months.notna().all()
    np.testing.assert_allclose(load_series("co2").values, months, rtol=1e-12)
    assert np.isnan(weeks.resample("MS").mean()["1964-04"]).all()  # why it begins there


def test_three_quarters_of_the_curves_are_drawn_through_every_fifth_year():
    table = np.stack([country.values for country in load_collection("fertility")])
    follow = curvature_correlation(table)
    drawn, counted = follow > 0.8, follow < 0
    assert (drawn.sum(), counted.sum(), len(table)) == (138, 48, 188)
    for those, low, high in ((drawn, 0, 0.001), (counted, 0.02, 0.2)):
        rows = table[those]
        read = np.column_stack([rows[:, 3:49:5], np.ones(len(rows))])  # 1963, 1968, ..., 2008
        weights = np.linalg.lstsq(read[::2], rows[::2, 30], rcond=None)[0]  # 1990
        error = np.median(np.abs(rows[1::2, 30] - read[1::2] @ weights))
        assert low < error < high


def test_the_collection_is_every_whole_country_and_no_group_of_them():
    data = pytest.importorskip("statsmodels.datasets").fertility.load_pandas().data
    years = [str(year) for year in range(1960, 2012)]
    whole = data.dropna(subset=years).set_index("Country Name")[years]
    collection = load_collection("fertility")
    assert len(collection) == 188 == len(whole) - len(module.GROUPS)
    for series in collection:
        np.testing.assert_array_equal(series.values, whole.loc[series.name])
        assert series.times == tuple(years)
    words = re.compile(r"income|members|states\b|world|region|classification", re.IGNORECASE)
    named = [series.name for series in collection if words.search(series.name)]
    assert named == ["United States"]


def test_another_name_is_refused_with_the_names_that_there_are():
    with raises_sentence(ValueError, "'tides'", "sunspots", "nile"):
        load_series("tides")
    with raises_sentence(ValueError, "'tides'", "fertility"):
        load_collection("tides")


def test_without_statsmodels_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with raises_sentence(CorpusError, "statsmodels", "pip install"):
        load_series("nile")


@pytest.mark.parametrize("data", [b"year,volume\n1871,1121\n", None])
def test_another_file_or_none_is_refused(tmp_path, monkeypatch, data):
    found = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(module, "find_spec", lambda name: found)
    if data:
        path = tmp_path / SOURCES["nile"].path
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    with raises_sentence(CorpusError, "sha256", "pyproject.toml"):
        load_series("nile")


def test_one_changed_digit_of_the_real_file_is_seen(tmp_path, monkeypatch):
    spec = module.find_spec("statsmodels")
    source = SOURCES["nile"]
    data = (ROOT.__class__(spec.origin).parent / source.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == source.digest
    path = tmp_path / source.path
    path.parent.mkdir(parents=True)
    path.write_bytes(data.replace(b"1120", b"1130", 1))
    found = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(module, "find_spec", lambda name: found)
    with raises_sentence(CorpusError, "sha256"):
        load_series("nile")
