"""How fast a model trains: measured, and the steps that so many minutes hold."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace

import numpy as np

from rnnlib.evaluation.scores import score
from rnnlib.interface import Model
from rnnlib.text.shards import Part
from rnnlib.training.defaults import HELD_OUT, SCORES, Plan, choose_scored, round_steps
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

SAMPLED, SEEN = 2000, 3.0  # characters and seconds that are measured


@contextmanager
def put_back(model: Model) -> Iterator[None]:
    """Within it a model may be trained; after it weights and Adam's memory are as they were."""
    params, memory = model.get_params(), deepcopy(model.get_optimizer())
    try:
        yield
    finally:
        model.set_params(params)
        model.set_optimizer(memory)


def time_update(
    model: Model, recipe: Recipe, ids: np.ndarray | Part, seconds: float = SEEN
) -> float:
    """Seconds that an update of a Recipe takes, the mean of as many as are made in `seconds`.

    ids (N,) are a text to train on; the model is then as it was. The first two updates, which
    prepare things, do not count. A hundred updates of text are enough: each call of fit_stream cuts
    and hashes all that it gets.
    """
    ids = ids[: 100 * recipe.batch_size * recipe.length + 1]
    endless = replace(recipe, steps=10**9, decay="none", patience=None, documents=False)
    run = Run(model, endless)
    with put_back(model):
        fit_stream(run, ids, progress=False, stop_at=2)
        began = time.perf_counter()
        while run.step == 2 or time.perf_counter() - began < seconds:
            fit_stream(run, ids, progress=False, stop_at=run.step + 5)
        return (time.perf_counter() - began) / (run.step - 2)


def time_score(model: Model, held_out: np.ndarray | Part) -> float:
    """Seconds that scoring a character takes; held_out (N,) are ids."""
    part = held_out[:SAMPLED]
    score(model, part[:200])
    began = time.perf_counter()
    score(model, part)
    return (time.perf_counter() - began) / len(part)


def count_scored(held_out: int, recipe: Recipe) -> int:
    """How many of the held-out characters all scores read, those on the way and the last."""
    return SCORES * choose_scored(held_out, recipe) + min(held_out, HELD_OUT)


def plan_minutes(
    plan: Plan,
    minutes: float,
    since: float,
    model: Model,
    ids: np.ndarray | Part,
    held_out: np.ndarray | Part | None = None,
) -> Plan:
    """The Plan with as many steps as are done `minutes` after `since`, by the speed of the first.

    `since` is a time.perf_counter(). ids (N,) and held_out (M,) are the text to train on and the
    one to score; the model is then as it was. The recipe's schedule ends with the last step.
    """
    each = time_update(model, plan.recipe, ids, min(SEEN, 3 * minutes))
    one = 0 if held_out is None else time_score(model, held_out)
    spent = time.perf_counter() - since
    left, recipe = 60 * minutes - spent, replace(plan.recipe, steps=1)
    for _ in range(2):  # more steps, longer scores
        scoring = 0 if held_out is None else one * count_scored(len(held_out), recipe)
        steps = round_steps(max(int((left - scoring) / each), SCORES))
        recipe = replace(plan.recipe, steps=steps, validate_every=max(steps // SCORES, 1))
    left -= scoring
    speed = recipe.batch_size * recipe.length / each
    reason = f"{steps:,} steps, what {minutes:g} minutes hold at {speed:,.0f} characters a second"
    reason += f" without the {spent:.1f} s that reading, counting and measuring took"
    reason += f" and {scoring:.1f} s for scores" if scoring else ""
    if left < SCORES * each:
        reason += f", or rather the fewest that are planned: {max(left, 0):.1f} s are left"
    kept = {name: why for name, why in plan.reasons.items() if name != "steps"}
    return replace(plan, recipe=recipe, reasons=kept | {"steps": reason})
