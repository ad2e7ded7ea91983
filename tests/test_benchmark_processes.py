"""The benchmarks of several processes and of long texts: what they count, and what is stored."""

import json
from itertools import product

import numpy as np
import pytest

from benchmarks import processes, shards
from rnnlib.data import load_corpus
from rnnlib.models.config import ModelConfig
from rnnlib.models.parts import shapes


def test_a_gain_is_how_many_times_as_fast_as_one_process():
    rows = [
        {"hidden": 8, "processes": count, "cut": cut, "alone": alone, "together": together}
        for count, cut, alone, together in (
            (1, False, 3.0, 3.5),
            (2, False, 1.0, 2.0),
            (2, True, 1.0, 4.0),
        )
        for _ in range(2)
    ]
    np.testing.assert_allclose(processes.gain(rows, 8, 2), [1.5, 1.5])
    np.testing.assert_allclose(processes.gain(rows, 8, 2, True), [0.75, 0.75])


def test_stored_starts_are_all_there_and_send_every_weight():
    rows = json.loads(processes.RESULTS.read_text())["rows"]
    planned = product(range(processes.ROUNDS), processes.WIDTHS, processes.STARTS)
    assert [(row["hidden"], (row["processes"], row["cut"])) for row in rows] == [
        (width, start) for _, width, start in planned
    ]
    for row in rows:
        config = ModelConfig(processes.V, processes.E, row["hidden"], cell="lstm")
        assert row["numbers"] == sum(np.prod(shape) for shape in shapes(config).values())
        assert min(row["sending"], row["alone"]) > 0


@pytest.mark.slow
def test_a_start_measures_each_part():
    row = processes.start(8, 2, True)
    assert (row["hidden"], row["processes"], row["cut"]) == (8, 2, True)
    assert min(row["alone"], row["together"], row["sending"]) > 0


def test_stored_texts_are_read_from_memory_and_from_shards():
    rows = json.loads(shards.RESULTS.read_text())["rows"]
    assert [(row["text"], row["from"]) for row in rows] == [
        ("10 MB", "memory"),
        ("10 MB", "shards"),
        ("10 GB", "shards"),
    ]
    for row in rows:
        assert len(row["trainings"]) == shards.ROUNDS
        assert all(each["plan_seconds"] < each["first_score_seconds"] for each in row["trainings"])


def test_a_text_is_written_until_it_is_long_enough(tmp_path):
    shards.write(tmp_path / "text", 2_000_000)
    size = (tmp_path / "text").stat().st_size
    assert 2_000_000 <= size < 2_000_000 + len(load_corpus("shakespeare"))
