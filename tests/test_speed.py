"""Speed is measured on a model that is given back as it was, and minutes become steps."""

import time
from dataclasses import replace

import numpy as np
import pytest

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text.shards import write_shards
from rnnlib.training import defaults, speed
from rnnlib.training.defaults import make_plan
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.speed import count_scored, plan_minutes, put_back, time_score, time_update
from rnnlib.training.stream import fit_stream
from tests.helpers import assert_params_equal, every_engine

IDS = np.random.default_rng(0).integers(26, size=3_000)
CONFIG = ModelConfig(26, 4, 8, 1, "gru")


@every_engine
def test_a_model_is_put_back_with_all_that_it_learnt(engine):
    """So that a run with an interruption is the run without it, also in its dropout."""
    recipe = Recipe(4, 16, 6, 0.1, dropout=0.3, reset=0.2)
    whole, broken = Run(build(CONFIG, engine), recipe), Run(build(CONFIG, engine), recipe)
    fit_stream(whole, IDS, progress=False)
    for stop_at in (0, 3, 6):
        fit_stream(broken, IDS, stop_at=stop_at, progress=False)
        with put_back(broken.model):
            fit_stream(Run(broken.model, replace(recipe, learning_rate=0.5)), IDS, progress=False)
    assert broken.history == whole.history
    assert_params_equal(broken.model.get_params(), whole.model.get_params())


def test_the_first_two_updates_which_prepare_things_are_not_measured(monkeypatch):
    now = [0.0]

    def fit(run, ids, progress, stop_at):
        for step in range(run.step, stop_at):
            now[0] += 100 if step < 2 else 0.25
        run.step = stop_at

    monkeypatch.setattr(speed.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(speed, "fit_stream", fit)
    assert time_update(build(CONFIG, "numpy"), Recipe(2, 4), IDS) == 0.25


def test_a_recipe_with_patience_or_documents_can_be_timed(tmp_path):
    """Neither a score nor a beginning of a text is among what is timed."""
    (tmp_path / "text").write_text("abcdefghijklmnopqrstuvwxyz" * 9, encoding="utf-8")
    part = write_shards([tmp_path / "text"], tmp_path / "cut").part(0, 200)
    for recipe, ids in ((Recipe(2, 4, patience=3), IDS), (Recipe(2, 4, documents=True), part)):
        assert time_update(build(CONFIG, "numpy"), recipe, ids, seconds=0) > 0


def test_the_time_of_scoring_counts_what_will_be_scored(monkeypatch):
    now = iter(np.arange(0, 100, 0.5))  # half a second between two looks at the clock
    monkeypatch.setattr(speed.time, "perf_counter", lambda: next(now))
    long = np.zeros(300_000, np.uint8)
    assert time_score(build(CONFIG, "numpy"), long) == pytest.approx(0.5 / 2000)
    short, many = Recipe(steps=1), Recipe(steps=10**6)
    assert count_scored(300_000, many) == 200_000 + 200_000
    assert count_scored(300_000, short) == 10 * 2_000 + 200_000
    assert count_scored(4_000, many) == 44_000


def test_minutes_become_as_many_steps_as_fit_and_the_schedule_ends_with_them(monkeypatch):
    monkeypatch.setattr(speed, "time_update", lambda *args: 0.25)  # seconds
    monkeypatch.setattr(speed, "time_score", lambda *args: 6 / (11 * len(IDS)))
    monkeypatch.setattr(defaults, "FEWEST", len(IDS))
    began, model = time.perf_counter(), build(CONFIG, "numpy")
    first = make_plan(26, 2_701, {"batch_size": 2, "length": 4})
    found = plan_minutes(first, 0.5, began, model, IDS, IDS)
    recipe, reason = found.recipe, found.reasons["steps"]
    assert 0 <= (30 - 10 * 0.6) / 0.25 - recipe.steps <= 12  # a multiple of ten
    assert recipe.rate(recipe.steps - 1) < 0.01 * recipe.learning_rate
    assert f"{recipe.steps} steps, what 0.5 minutes hold at 32 characters" in reason
    assert " s that reading, counting and measuring took and 6.0 s for scores" in reason
    assert list(found.reasons) == ["hidden_size", "learning_rate", "steps"]
    found = plan_minutes(first, 0.1, began, model, IDS, IDS)
    assert found.recipe.steps == 10
    assert found.reasons["steps"].endswith("the fewest that are planned: 0.0 s are left")
    assert found.recipe.validate_every == found.recipe.steps // 10
