"""The benchmark of names and vowels: every planned row is there, and what is stored comes again."""

import json

import numpy as np
import pytest

from benchmarks import names
from rnnlib.functional import log_softmax
from rnnlib.models import families
from rnnlib.training.sequences import ask

ROWS = json.loads(names.RESULTS.read_text(encoding="utf-8"))["rows"]


def runs(**wanted):
    return [row for row in ROWS if wanted.items() <= row.items()]


def test_every_planned_run_is_stored_once():
    keys = [names.key(row) for row in ROWS]
    assert sorted(map(str, keys)) == sorted(str(key) for key in names.planned(ROWS))


def test_a_floor_comes_out_again():
    (row,) = runs(what="bayes 2")
    assert names.run_floor("bayes", 2) == row


def test_the_file_is_the_network_that_the_rows_tell_of():
    model, about = families.load(names.FILE, "numpy")
    parts, vocab = names.names()
    assert about["classes"] == list(names.CLASSES)
    assert about["vocab"] == "".join(vocab.chars)
    texts, labels = parts["test"]
    outputs = ask(model, [vocab.encode(name) for name in texts]).astype(np.float64)
    found = names.judge(log_softmax(outputs), labels)
    (row,) = runs(data="names", pooling="attention", bidirectional=True, seed=0)
    for name, value in found.items():
        assert value == pytest.approx(about["test"][name], abs=2e-3), name
        assert value == pytest.approx(row["test"][name], abs=0.02), name


def test_a_network_begins_as_stored_and_learns():
    """The first tenth of a run; the whole of one is trained by the test below."""
    _, losses = names.train("vowels", "max", True, "gru", 0, epochs=4)
    assert losses[0] == pytest.approx(np.log(9), abs=0.4)
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.slow
def test_a_row_of_the_vowels_comes_out_again():
    found = names.run_network("vowels", "max", True, "gru", 0)
    (row,) = runs(data="vowels", pooling="max", bidirectional=True, seed=0)
    np.testing.assert_allclose(found["losses"], row["losses"], rtol=0, atol=0.02)
    assert found["test"]["accuracy"] == pytest.approx(row["test"]["accuracy"], abs=0.02)


def macro(**wanted):
    return [row["test"]["macro_f1"] for row in runs(data="names", **wanted)]


def test_what_chapter_15_says_of_the_table_holds():
    best = max(runs(data="names"), key=lambda row: row["test"]["accuracy"])
    assert best["what"] == "logistic 4"
    logistic = [row["test"]["macro_f1"] for row in ROWS if row["what"].startswith("logistic")]
    networks = [
        score for way in names.WAYS[:5] for score in macro(pooling=way[0], bidirectional=way[1])
    ]
    assert len(networks) == 25
    assert min(networks) < min(logistic) < max(logistic) < max(networks)
