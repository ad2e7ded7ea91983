"""What is trained where nothing is asked for: the width, rows, length, steps and learning rate.

N is the number of characters to train on, V that of different characters, H the width: the numbers
in the hidden state.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from rnnlib.models.config import ModelConfig
from rnnlib.models.parts import shapes
from rnnlib.training.recipe import Recipe

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
COPIES = 4  # of each weight in training: itself, its slope, and Adam's two


@dataclass(frozen=True)
class Plan:
    """A model and a recipe, and why: {setting: a sentence part} for each that was chosen."""

    config: ModelConfig
    recipe: Recipe
    reasons: Mapping[str, str] = field(default_factory=dict)


def make_plan(
    vocab_size: int,
    count: int,
    given: Mapping[str, Any] | None = None,
    config: ModelConfig | None = None,
) -> Plan:
    """The Plan for `count` characters to train on, `vocab_size` of them different.

    What is `given`, by its name in ModelConfig or Recipe, stays as it is. `config` is that of a
    trained model to start from. Raises ValueError for a setting out of range, and for a model that
    this machine has no memory for.
    """
    given = dict(given or {})
    reasons: dict[str, str] = {}
    tuned = config is not None and count_parameters(config) > count
    if config is None:
        config = _choose_model(given, vocab_size, count, reasons)
    recipe = _choose_recipe(given, config.hidden_size, count, tuned, reasons)
    check_memory(config)
    return Plan(config, recipe, reasons)


def round_steps(steps: int) -> int:
    """So many steps that each tenth of them ends with a score."""
    return steps // SCORES * SCORES or steps


def choose_scored(held_out: int, recipe: Recipe) -> int:
    """How many of the held-out characters are scored on the way, so that it takes little time."""
    return min(held_out, max(recipe.characters // 50, FEWEST), SCORED)


def count_parameters(config: ModelConfig) -> int:
    """How many numbers a model of this config learns."""
    return sum(math.prod(shape) for shape in shapes(config).values())


def check_memory(config: ModelConfig) -> None:
    """Raise ValueError where the weights that training keeps are more than the whole memory."""
    count = count_parameters(config)
    size = np.dtype(config.dtype).itemsize * COPIES * count
    if hasattr(os, "sysconf") and size > os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"):
        raise ValueError(
            f"{count:,} weights take {size / 2**30:,.0f} GiB of memory in training, more than this "
            "machine has. Give a smaller --hidden, --embed or --layers."
        )


def _choose_model(given, vocab_size, count, reasons):
    """The ModelConfig, with what is given of it; its width is the largest of WIDTHS that gives no
    more weights than there are characters to learn from, or else the smallest.
    """
    cell, layers = given.get("cell", "gru"), given.get("num_layers", 1)

    def make(width):
        embed = given.get("embed_size", max(min(width // 2, EMBED), 1))
        return ModelConfig(vocab_size, embed, width, layers, cell)

    if "hidden_size" in given:
        return make(given["hidden_size"])
    fitting = (width for width in WIDTHS if count_parameters(make(width)) <= count)
    width = next(fitting, WIDTHS[-1])
    why = "the widest that is tried unasked"
    if width < WIDTHS[0]:
        why = f"since more would be more weights than the {count:,} characters to learn from"
    reasons["hidden_size"] = f"{width} units, {why}"
    return make(width)


def _choose_recipe(given, width, count, tuned, reasons):
    """The Recipe for a model of this width; `tuned` says that it is a trained one, which would soon
    know so short a text by heart.
    """
    settings = {f.name: given[f.name] for f in fields(Recipe) if f.name in given}
    settings.setdefault("reset", RESET)
    settings.setdefault("length", max(min(LENGTH, (count - 1) // 8), 1))  # eight steps a pass
    if "batch_size" not in settings:
        rows = ROWS
        while rows > 1 and rows * 8 * settings["length"] > count:
            rows //= 2
        settings["batch_size"] = rows
        if rows < ROWS:
            plural = "s" if rows > 1 else ""
            reasons["batch_size"] = f"{rows} row{plural}, so that a pass has eight steps or more"
    recipe = Recipe(**settings)
    if "steps" not in given:
        passes = TUNED if tuned else PASSES
        most = passes * count // (recipe.batch_size * recipe.length)
        minute = max(WORK // width, SCORES)
        recipe = replace(recipe, steps=round_steps(min(minute, max(most, 1))))
        why = f"{passes} passes over so short a text" if most < minute else "for about a minute"
        reasons["steps"] = f"{recipe.steps:,} steps, {why}"
    if "validate_every" not in given:
        recipe = replace(recipe, validate_every=max(recipe.steps // SCORES, 1))
    if "learning_rate" not in given:
        rate, why = min(RATE / width, HIGHEST), f"{RATE} / {width}: the wider, the smaller"
        if RATE / width > HIGHEST:
            why = f"the most that is taken, since {RATE} / {width} is more"
        if tuned and recipe.batch_size < ROWS:
            factor = math.sqrt(recipe.batch_size / ROWS)
            rate *= factor
            why += f", times {factor:.2g}, as so few rows would soon undo what is learnt already"
        recipe = replace(recipe, learning_rate=float(f"{rate:.2g}"))
        reasons["learning_rate"] = f"learning rate {recipe.learning_rate:g}, {why}"
    return recipe
