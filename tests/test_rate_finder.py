"""The learning-rate finder proposes another rate only where that is clearly better."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.training import rate_finder
from rnnlib.training.defaults import make_plan
from rnnlib.training.rate_finder import count_trial, find_rate
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

CASES = [  # losses where they are not 3, and the rate to take
    ({0.1: 2.0, 0.2: 1.96}, 0.1),  # no better by 0.05: the usual rate stays
    ({0.1: 2.0, 0.2: 1.949}, 0.2),
    ({0.1: 2.0, 0.025: 1.9, 0.0125: 1.8, 0.00625: 1.95}, 0.0125),  # the best lies beyond
    ({0.1: math.inf, 0.05: 2.0}, 0.05),  # it breaks
]


@pytest.mark.parametrize(("losses", "advice"), CASES, ids=str)
def test_another_rate_is_proposed_only_where_it_is_clearly_better(monkeypatch, losses, advice):
    monkeypatch.setattr(rate_finder, "_try_rate", lambda plan, rate, *_: losses.get(rate, 3.0))
    found, proposed = find_rate(make_plan(60, 1_800), lambda: None, None)
    assert proposed == pytest.approx(advice)
    assert min(found, key=found.get) not in (min(found), max(found))


def test_no_larger_rate_is_proposed_by_runs_that_are_too_short_to_see_it_break(monkeypatch):
    monkeypatch.setattr(rate_finder, "_try_rate", lambda plan, rate, *_: 1 / rate)
    long = make_plan(65, 1_000_000)
    assert count_trial(long) < long.recipe.steps / 5
    found, proposed = find_rate(long, lambda: None, None)
    assert proposed == max(found) == long.recipe.learning_rate


def test_a_trial_is_a_run_of_the_plan_from_the_same_first_weights():
    plan = make_plan(5, 400, {"steps": 20, "batch_size": 2, "length": 5, "patience": 1})
    ids = np.random.default_rng(0).integers(5, size=500)
    found, _ = find_rate(plan, lambda: build(plan.config, "numpy"), ids[:400], ids[400:])
    for rate, nats in found.items():
        recipe = replace(plan.recipe, learning_rate=rate, validate_every=20, patience=None)
        run = Run(build(plan.config, "numpy"), recipe)
        fit_stream(run, ids[:400], ids[400:], progress=False)
        assert run.history.validation_losses == [nats]
    assert {plan.recipe.learning_rate * 2.0**power for power in range(-2, 3)} <= found.keys()
    assert list(found) == sorted(found)


def test_a_trial_warms_up_as_long_as_the_run_and_is_judged_by_its_end(monkeypatch):
    """Where nothing is held out, by the mean loss of its last tenth."""
    recipes = []

    def fit(run, ids, held_out, progress):
        recipes.append(run.recipe)
        last = run.recipe.steps // 10
        run.history.losses += [9.0] * (run.recipe.steps - last) + [1.0, 3.0] * (last // 2)

    monkeypatch.setattr(rate_finder, "fit_stream", fit)
    whole = make_plan(65, 1_000_000, {"hidden_size": 150})
    found, _ = find_rate(whole, lambda: build(ModelConfig(65, 4, 8), "numpy"), np.zeros(9, int))
    assert {*found.values()} == {2}
    assert recipes[0].steps == 200 < whole.recipe.steps / 5
    updates = whole.recipe.warmup * whole.recipe.steps
    assert recipes[0].warmup * 200 == pytest.approx(updates)
    assert updates > 0
