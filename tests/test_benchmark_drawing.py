"""Rules of drawing: the filters are the library's, and the stored rows show what the pages say."""

from collections import Counter

import numpy as np
import pytest

from benchmarks import drawing, store
from rnnlib.functional import softmax
from rnnlib.writing import Sampler

ROWS = store.read(drawing.RESULTS)["rows"]


def rows_of(what):
    """The rows of one study, in their order."""
    return [row for row in ROWS if row["what"] == what]


def test_every_run_has_one_row_and_no_row_is_left_over():
    jobs = Counter(str((row["what"], row["setting"])) for row in ROWS)
    assert jobs == Counter(map(str, drawing.planned(ROWS)))
    assert set(jobs.values()) == {1}


@pytest.mark.parametrize("rule", drawing.RULES, ids=str)
def test_each_rule_draws_from_the_shares_of_the_library(rule):
    logits = np.random.default_rng(0).normal(0, 3, (40, 65))
    named = {"temperature" if name == "tau" else name: value for name, value in rule.items()}
    expected = [softmax(Sampler(**named).filter(row)) for row in logits]
    np.testing.assert_allclose(drawing.narrow(logits, **rule), expected, atol=1e-12)


def test_known_words_are_counted_scene_by_scene(monkeypatch):
    monkeypatch.setattr(drawing, "plays", lambda: ("", "", {"to", "be"}))
    assert drawing.known([["to be", "or to"], ["to be", "be not"]]) == (0.75, 0.0)
    assert drawing.known([["to be"], ["or not"]]) == (0.5, 0.3536)


def test_a_penalty_looks_at_the_last_characters_only():
    logits, written = np.array([[2.0, -1.0, 3.0]]), np.array([[0, 1, 1]])
    np.testing.assert_array_equal(drawing.penalise(logits, written, 2, 2), [[2, -2, 3]])
    np.testing.assert_array_equal(drawing.penalise(logits, written, 2, None), [[1, -2, 3]])


def test_neighbours_are_two_different_speakers():
    text = "\n\nROMEO:\nNo.\n\nJULIET:\nYes.\n\nJULIET:\nYes.\n\nROMEO:\nSo."
    assert drawing.neighbours(text) == [frozenset({"ROMEO", "JULIET"})] * 2


def test_heat_and_min_p_lie_above_the_temperatures_by_more_than_chance():
    heat = [row for row in rows_of("draw") if set(row["setting"]) == {"tau"}]
    line = [[row[key] for row in heat] for key in ("nats", "known", "error")]
    for row in rows_of("draw"):
        if set(row["setting"]) == {"tau", "min_p"}:
            known, error = (np.interp(row["nats"], line[0], values) for values in line[1:])
            assert row["known"] - known > 4 * np.hypot(row["error"], error), row
    assert {row["scenes"] for row in heat} == {len(drawing.scenes(5))}


def test_in_the_texts_of_network_and_7_gram_speakers_meet_as_if_drawn_from_a_hat():
    found = {row["setting"]: row for row in rows_of("neighbours")}
    for name in ("7-gram", "LSTM"):
        error = np.hypot(found[name]["error"], found["names"]["error"])
        assert abs(found[name]["known"] - found["names"]["known"]) < 2 * error
    assert drawing.write("real").items() <= found["real"].items()
