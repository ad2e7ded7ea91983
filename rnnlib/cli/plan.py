"""What train chooses where nothing is asked for: the model, the rows, the steps and the rate."""

import math
import os
import time
from dataclasses import dataclass, fields, replace

import numpy as np

from rnnlib.cli.shared import count_parameters
from rnnlib.evaluation.scores import score
from rnnlib.models.config import ModelConfig
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

WIDTHS = (192, 128, 96, 64, 48, 32, 24, 16, 8)  # the first with no more weights than text
EMBED = 64  # numbers for a character at most; half the width in a narrow model
ROWS, LENGTH = 64, 32  # many short rows beat few long ones, as in chapter 12
WORK = 240_000  # width times steps: well under a minute of one processor
RESET = 0.05  # share of states that begin anew: a short run then writes from a cold start, too
PASSES = 20  # over the text; more of them learn it by heart
SCORES = 10  # of the held-out text, so that the first comes within the first tenth
SCORED, FEWEST = 20_000, 2_000  # held-out characters that are scored on the way at most
HELD_OUT = 200_000  # held-out characters that are scored at the end at most
RATE = 4  # over the width: what chapter 12 found for 64 to 256 units
HIGHEST = 0.1  # rate, where a width is so small that the rule asks for more
TUNED = 4  # passes over a text that is shorter than a trained model's weights are many
SAMPLED, SEEN = 2000, 3.0  # characters and seconds that are measured
TRIAL = 30_000  # width times steps, when rates are tried
COPIES = 4  # of each weight in training: itself, its slope, and Adam's two
MOST, MARGIN = 9, 0.05  # rates that are tried, and nats by which another must be better


@dataclass(frozen=True)
class Plan:
    """A model and a recipe, and the sentences that say what was chosen and why."""

    config: ModelConfig
    recipe: Recipe
    reasons: tuple = ()


def make_plan(given, vocab_size, count, config=None):
    """The Plan for `count` characters to train on; what is `given` by name stays as it is.

    `config` is that of a trained model to start from. Raises ValueError for a setting out of range,
    and for a model that this machine has no memory for.
    """
    reasons, tuned = [], config is not None and count_parameters(config) > count
    if config is None:
        config = _choose_model(given, vocab_size, count, reasons)
    recipe = _choose_recipe(given, config, count, reasons, tuned)
    check_memory(config)
    return Plan(config, recipe, tuple(reasons))


def check_memory(config):
    """Raise ValueError where the weights that training keeps are more than the whole memory."""
    count = count_parameters(config)
    size = np.dtype(config.dtype).itemsize * COPIES * count
    if hasattr(os, "sysconf") and size > os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"):
        raise ValueError(
            f"{count:,} weights take {size / 2**30:,.0f} GiB of memory in training, more than this "
            "machine has. Give a smaller --hidden, --embed or --layers."
        )


def _choose_model(given, vocab_size, count, reasons):
    """The widest model whose weights are no more than the characters that it learns from."""
    sizes = {"cell": "gru", "num_layers": 1} | {
        name: given[name] for name in ("cell", "num_layers") if name in given
    }
    wanted = given.get("hidden_size")
    for width in WIDTHS if wanted is None else (wanted,):
        embed = given.get("embed_size", max(min(width // 2, EMBED), 1))
        config = ModelConfig(vocab_size, embed, width, **sizes)
        if count_parameters(config) <= count:
            break
    if wanted is None:
        why = "the widest that is tried unasked"
        if width < WIDTHS[0]:
            why = f"since more would be more weights than the {count:,} characters to learn from"
        reasons.append(f"{width} units, {why}")
    return config


def _choose_recipe(given, config, count, reasons, tuned):
    """Rows, length, steps and rate that suit the text and the model; `tuned` says that the model is
    a trained one, which would soon know so short a text by heart.
    """
    passes = TUNED if tuned else PASSES
    settings = {name: given[name] for name in _names(Recipe) if name in given}
    settings.setdefault("reset", RESET)
    length = settings.setdefault("length", max(min(LENGTH, (count - 1) // 8), 1))
    if "batch_size" not in settings:
        settings["batch_size"] = rows = _halve(ROWS, 8 * max(length, 1), count)
        if rows < ROWS:
            reasons.append(f"{rows} row{'s' * (rows > 1)}, so that a pass has eight steps or more")
    recipe = Recipe(**settings)
    if "steps" not in given:
        most = max(passes * count // (recipe.batch_size * recipe.length), 1)
        usual = max(WORK // config.hidden_size, SCORES)
        recipe = replace(recipe, steps=_round(min(usual, most)))
        why = f"{passes} passes over so short a text" if most < usual else "for about a minute"
        reasons.append(f"{recipe.steps:,} steps, {why}")
    if "validate_every" not in given:
        recipe = replace(recipe, validate_every=max(recipe.steps // SCORES, 1))
    if "learning_rate" not in given:
        rate = min(RATE / config.hidden_size, HIGHEST)
        calm = math.sqrt(recipe.batch_size / ROWS) if tuned else 1
        rate *= min(calm, 1)
        recipe = replace(recipe, learning_rate=float(f"{rate:.2g}"))
        rule = f"{RATE} / {config.hidden_size}: the wider, the smaller"
        if RATE / config.hidden_size > HIGHEST:
            rule = f"the most that is taken, since {RATE} / {config.hidden_size} is more"
        if calm < 1:
            rule += f", times {calm:.2g}, as so few rows would soon undo what is learnt already"
        reasons.append(f"learning rate {recipe.learning_rate:g}, {rule}")
    return recipe


def _round(steps):
    """So many steps that each tenth of them ends with a score."""
    return steps // SCORES * SCORES or steps


def _halve(rows, each, count):
    """The rows, halved until so many characters each are no more than the text."""
    while rows > 1 and rows * each > count:
        rows //= 2
    return rows


def fit_minutes(plan, minutes, since, model, train_ids, held_out):
    """The Plan with as many steps as are done `minutes` after `since`, by the speed of the first.

    `since` is a time.perf_counter(); `model` is used up by the measurement. The recipe's schedule
    then ends with the last step.
    """
    each = _time_steps(model, plan.recipe, train_ids, min(SEEN, 3 * minutes))
    one = 0 if held_out is None else _time_scoring(model, held_out)
    spent = time.perf_counter() - since
    left, recipe = 60 * minutes - spent, replace(plan.recipe, steps=1)
    for _ in range(2):  # more steps, longer scores
        scoring = one * _count_scored(held_out, recipe)
        steps = _round(max(int((left - scoring) / each), SCORES))
        recipe = replace(plan.recipe, steps=steps, validate_every=max(steps // SCORES, 1))
    left -= scoring
    speed = recipe.batch_size * recipe.length / each
    kept = tuple(reason for reason in plan.reasons if " steps, " not in reason)
    reason = f"{steps:,} steps, what {minutes:g} minutes hold at {speed:,.0f} characters a second"
    reason += f" without the {spent:.1f} s that reading, counting and measuring took"
    reason += f" and {scoring:.1f} s for scores" if scoring else ""
    if left < SCORES * each:
        reason += f", or rather the fewest that are planned: {max(left, 0):.1f} s are left"
    return replace(plan, recipe=recipe, reasons=(*kept, reason))


def _time_steps(model, recipe, ids, seconds):
    """Seconds that an update takes: the first two, which prepare things, do not count.

    A hundred updates of text are enough: each call of fit_stream cuts and hashes all that it gets.
    """
    ids = ids[: 100 * recipe.batch_size * recipe.length + 1]
    run = Run(model, replace(recipe, steps=10**9, decay="none"))
    fit_stream(run, ids, progress=False, stop_at=2)
    began = time.perf_counter()
    while run.step == 2 or time.perf_counter() - began < seconds:
        fit_stream(run, ids, progress=False, stop_at=run.step + 5)
    return (time.perf_counter() - began) / (run.step - 2)


def choose_scored(held_out, recipe):
    """How many held-out characters are scored on the way, so that it takes little of the time."""
    most = min(max(recipe.characters // 50, FEWEST), SCORED)
    return 0 if held_out is None else min(len(held_out), most)


def _count_scored(held_out, recipe):
    """How many characters all scores read, those on the way and the last."""
    last = 0 if held_out is None else min(len(held_out), HELD_OUT)
    return SCORES * choose_scored(held_out, recipe) + last


def _time_scoring(model, held_out):
    """Seconds that scoring a character takes."""
    part = held_out[:SAMPLED]
    score(model, part[:200])
    began = time.perf_counter()
    score(model, part)
    return (time.perf_counter() - began) / len(part)


def find_rate(plan, make, found):
    """Short runs at rates around that of the Plan: {rate: loss} and the rate to take.

    Each is a run of the plan's recipe, shorter, from the same first weights, which `make()` gives,
    and ends with its held-out loss; where nothing is held out, with that of its last tenth. The
    plan's rate is left only for one that is better by MARGIN, and for a larger one only where the
    whole run was made: what is too large may do well for hundreds of steps before it breaks.
    """
    middle, losses = plan.recipe.learning_rate, {}
    whole = count_trial(plan) == plan.recipe.steps
    rates = [middle * 2.0**power for power in (range(-2, 3) if whole else range(-3, 1))]
    while rates:
        losses |= {rate: _try_rate(plan, rate, make(), found) for rate in rates}
        best = min(losses, key=losses.get)
        ends = {min(losses): best / 2} | ({max(losses): best * 2} if whole else {})
        rates = [ends[best]] if best in ends and len(losses) < MOST else []
    better = losses[middle] - losses[best] >= MARGIN
    return dict(sorted(losses.items())), best if better else middle


def count_trial(plan):
    """The steps of a short run."""
    return min(plan.recipe.steps, max(TRIAL // plan.config.hidden_size, SCORES))


def _try_rate(plan, rate, model, found):
    """The loss at the end of a short run; infinite where it breaks."""
    steps = count_trial(plan)
    warmup = min(plan.recipe.warmup * plan.recipe.steps / steps, 0.5)  # as many steps of it
    recipe = replace(plan.recipe, steps=steps, warmup=warmup, learning_rate=rate)
    run = Run(model, replace(recipe, validate_every=steps, patience=None))
    held_out = None if found.held_out is None else found.held_out[:SCORED]
    try:
        fit_stream(run, found.ids, held_out, progress=False)
    except ValueError:
        return math.inf
    last = run.history.losses[-max(steps // 10, 1) :]
    return run.history.validation_losses[-1] if held_out is not None else float(np.mean(last))


def _names(dataclass):
    return [field.name for field in fields(dataclass)]
