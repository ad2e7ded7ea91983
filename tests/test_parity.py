"""The loss curves of the three engines over 1,000 Adam steps on Shakespeare, from one start.

GRU and LSTM stay together to the last digits of float32. The plain RNN does so for 100 steps; then
there are stretches of text in which its states amplify any difference a hundredfold. That this is
the dynamics and no mistake shows in float64, where the same stretches amplify far smaller ones.
A hundred steps are trained at every change, the thousand by `make test-all`.
"""

import json
from functools import cache

import numpy as np
import pytest

from benchmarks import parity

CURVES = ("rnn float32", "gru float32", "lstm float32", "rnn float64")
every_curve = pytest.mark.parametrize("name", CURVES)
again = pytest.param("now", marks=pytest.mark.slow)
every_source = pytest.mark.parametrize("source", ["stored", again])


@cache
def differences(source, name, steps=parity.STEPS[-1]):
    """The largest difference up to each of the stored steps, from the file or from training now."""
    kept = [step for step in parity.STEPS if step <= steps]
    if source == "stored":
        return np.array(json.loads(parity.RESULTS.read_text())[name])[: len(kept)]
    return parity.measure(name, steps)[np.array(kept) - 1]


def up_to(step):
    """Where the differences up to this step stand."""
    return parity.STEPS.index(step)


@every_curve
@pytest.mark.parametrize("source", ["stored", "now"])
def test_the_first_hundred_losses_agree_to_1e_5(source, name):
    found = differences(source, name, 100)
    assert 0 < found[up_to(100)] <= (1e-5 if name.endswith("float32") else 1e-12)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@every_source
def test_a_thousand_losses_of_the_gated_cells_agree_to_1e_4(source, cell):
    assert differences(source, f"{cell} float32")[up_to(1000)] <= 1e-4


@every_source
def test_the_plain_cell_amplifies_differences_after_the_first_hundred_steps(source):
    single, double = differences(source, "rnn float32"), differences(source, "rnn float64")
    assert single[up_to(1000)] > 5 * single[up_to(100)]
    assert double[up_to(1000)] > 5 * double[up_to(100)]
    assert single[up_to(1000)] < 0.01
    assert double[up_to(1000)] < 1e-10  # no formula differs: a mistake would not shrink so


def test_what_is_stored_is_what_chapter_7_draws():
    found = json.loads(parity.RESULTS.read_text())
    assert list(found) == ["recipe", "steps", *CURVES]
    assert (found["recipe"], found["steps"]) == (parity.RECIPE, parity.STEPS)
    assert found["steps"] == [1, *range(10, 1001, 10)]
    for name in CURVES:
        assert len(found[name]) == len(found["steps"])
        assert (np.diff(found[name]) >= 0).all()  # the largest so far


@every_curve
def test_the_curves_were_trained_to_something(name):
    """The first losses are ln 65, those of guessing; after 100 steps the model has learnt."""
    losses = parity.train(*name.split(), "numpy", 100)
    assert losses[0] == pytest.approx(np.log(65), abs=0.05)
    assert losses[-1] < 3.2
