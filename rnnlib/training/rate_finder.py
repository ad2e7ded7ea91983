"""The learning-rate finder: short runs at several rates, and the rate that they propose."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rnnlib.interface import Model
from rnnlib.text.shards import Part
from rnnlib.training.defaults import SCORED, SCORES, Plan
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

TRIAL = 30_000  # width times steps, when rates are tried
MOST, MARGIN = 9, 0.05  # rates that are tried, and nats by which another must be better


def find_rate(
    plan: Plan,
    make_model: Callable[[], Model],
    ids: np.ndarray | Part,
    held_out: np.ndarray | Part | None = None,
) -> tuple[dict[float, float], float]:
    """Short runs at rates around that of the Plan: {rate: nats per character} and the rate to take.

    Each is a run of the plan's recipe on ids (N,), shorter, from the same initial weights, which
    `make_model()` gives, and ends with its loss on held_out (M,); where nothing is held out, with
    that of its last tenth. The loss of a run that breaks is infinite. The plan's rate is left only
    for one that is better by MARGIN, and for a larger one only where the whole run was made: what
    is too large may do well for hundreds of steps before it breaks.
    """
    usual = plan.recipe.learning_rate
    whole = count_trial(plan) == plan.recipe.steps
    rates = [usual * 2.0**power for power in (range(-2, 3) if whole else range(-3, 1))]
    losses: dict[float, float] = {}
    while rates:
        losses |= {rate: _try_rate(plan, rate, make_model(), ids, held_out) for rate in rates}
        best = min(losses, key=losses.__getitem__)
        beyond = {min(losses): best / 2} | ({max(losses): best * 2} if whole else {})
        rates = [beyond[best]] if best in beyond and len(losses) < MOST else []
    is_better = losses[usual] - losses[best] >= MARGIN
    return dict(sorted(losses.items())), best if is_better else usual


def count_trial(plan: Plan) -> int:
    """The steps of a short run."""
    return min(plan.recipe.steps, max(TRIAL // plan.config.hidden_size, SCORES))


def _try_rate(plan, rate, model, ids, held_out):
    """The loss at the end of a short run; infinite where it breaks."""
    steps = count_trial(plan)
    warmup = min(plan.recipe.warmup * plan.recipe.steps / steps, 0.5)  # as many steps of it
    recipe = replace(plan.recipe, steps=steps, warmup=warmup, learning_rate=rate)
    run = Run(model, replace(recipe, validate_every=steps, patience=None))
    held_out = None if held_out is None else held_out[:SCORED]
    try:
        fit_stream(run, ids, held_out, progress=False)
    except ValueError:
        return math.inf
    last = run.history.losses[-max(steps // 10, 1) :]
    return run.history.validation_losses[-1] if held_out is not None else float(np.mean(last))
