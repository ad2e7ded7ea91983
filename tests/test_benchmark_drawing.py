"""Rules of drawing: the filters are the library's, and what they count."""

import numpy as np
import pytest

from benchmarks import drawing, store
from rnnlib.functional import softmax
from rnnlib.writing import Sampler

ROWS = store.read(drawing.RESULTS)["rows"]


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


def test_pairs_of_speakers_in_the_plays_are_counted_as_stored():
    (row,) = (row for row in ROWS if (row["what"], row["setting"]) == ("neighbours", "real"))
    assert drawing.write("real").items() <= row.items()
