"""The benchmark of names and vowels: what is stored comes again."""

import json

import numpy as np
import pytest

from benchmarks import names
from rnnlib import models
from rnnlib.functional import log_softmax
from rnnlib.training.sequences import ask

ROWS = json.loads(names.RESULTS.read_text(encoding="utf-8"))["rows"]


def runs(**wanted):
    return [row for row in ROWS if wanted.items() <= row.items()]


def test_a_floor_comes_out_again():
    (row,) = runs(what="bayes 2")
    assert names.run_floor("bayes 2") == row
    (row,) = runs(what="tempered 3", data="names")
    assert names.run_floor("tempered 3") == row
    (row,) = runs(what="bayes 3", data="names 2")
    assert names.run_floor("bayes 3", data="names 2") == row


def test_other_splits_share_the_names_out_otherwise():
    parts = {data: names.names(data)[0]["test"][0] for data in names.SPLITS}
    for data in ("names 2", "names 3"):
        shared = len(set(parts[data]) & set(parts["names"])) / len(set(parts["names"]))
        assert 0.1 < shared < 0.2  # as many as chance gives


def test_trials_were_judged_by_the_names_for_choosing_alone():
    trials = [row for row in ROWS if row["what"].endswith("trial")]
    assert len(trials) == 12 + 6 + 4 * len(names.TUNED["tempered"]) + len(names.TUNED["logistic"])
    assert all("choose" in row and "test" not in row for row in trials)
    assert all("test" in row for row in ROWS if row not in trials)


def test_the_settings_are_those_of_the_trial_with_the_fewest_nats():
    assert names.chosen("names", ROWS) == [64, 0.01, 0.5, 12]
    assert names.chosen("vowels", ROWS) == [32, 0.01, 0.1, 30]
    (fewest,) = [row for row in runs(what="trial", settings=[64, 0.01, 0.5, 12])]
    nats = [row["choose"]["nats"] for row in runs(data="names", what="trial")]
    assert fewest["choose"]["nats"] == min(nats) < sorted(nats)[1]


def test_the_file_is_the_network_that_the_rows_tell_of():
    model, about = models.load(names.FILE, "numpy")
    parts, vocab = names.names()
    assert about["classes"] == list(names.CLASSES)
    assert about["vocab"] == "".join(vocab.chars)
    texts, labels = parts["test"]
    outputs = ask(model, [vocab.encode(name) for name in texts]).astype(np.float64)
    found = names.judge(log_softmax(outputs), labels)
    (row,) = runs(data="names", what="network", pooling="attention", bidirectional=True, seed=0)
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
    (row,) = runs(data="vowels", what="network", pooling="max", bidirectional=True, seed=0)
    np.testing.assert_allclose(found["losses"], row["losses"], rtol=0, atol=0.02)
    assert found["test"]["accuracy"] == pytest.approx(row["test"]["accuracy"], abs=0.02)
