"""How good a model gets for so many characters, and for so many seconds: Tiny Shakespeare.

    python -m benchmarks.quality

takes some hours on one thread, and writes benchmarks/results/quality.json: one row a run, with its
settings, its cost and its held-out loss. A row is written as soon as it is known; rows already
stored are not run again. Budgets in characters are the same on every machine. Budgets in seconds
are processor seconds of one thread, so that other programs on the machine count less; each is
spent by the library's recipe and by the plainest loops that a tutorial has.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.plain import keras_fit, torch_loop
from benchmarks.weights import PLANS, Plan, keep, steps, texts, train
from rnnlib.config import ModelConfig
from rnnlib.files import write_atomically
from rnnlib.recipe import Recipe

RESULTS = Path(__file__).parent / "results" / "quality.json"
SHORT = Plan("shakespeare", "lstm", 384, 64, Recipe(8, 48, 1, 5e-3))  # the steps come below
CHARACTERS = {"1 pass": 1_003_854, "2.8 M": 2_800_000}
SEEDS = 3
PEERS = {"plain Keras fit": keras_fit, "plain PyTorch loop": torch_loop}


def plan_for(budget):
    """The plan that spends a budget in characters."""
    if budget == "10 M":
        return PLANS["shakespeare_lstm"]
    recipe = SHORT.recipe
    number = steps(CHARACTERS[budget], recipe.batch_size, recipe.length)
    return replace(SHORT, recipe=replace(recipe, steps=number))


def run_characters(budget, seed):
    """One row: the library's recipe for a budget in characters."""
    plan = plan_for(budget)
    run, made = train(plan, seed)
    if budget == "10 M" and seed == 0:
        keep("shakespeare_lstm", run, made)
    row = {"what": "rnnlib", "budget": budget, "cell": plan.cell, "hidden": plan.hidden_size}
    return row | {"state": int(run.state[:, 0].size)} | made


def run_seconds(what, seconds):
    """One row: a budget in processor seconds, spent by the library or by a plain loop."""
    vocab, train_ids, held_out = texts("shakespeare")
    row = {"what": what, "budget": f"{seconds} s", "seed": 0}
    if what in PEERS:
        config = ModelConfig(len(vocab), 64, 384, cell="lstm")
        return row | {"hidden": 384} | PEERS[what](config, train_ids, held_out, seconds)
    recipe = SHORT.recipe
    number = steps(int(measure_speed() * seconds), recipe.batch_size, recipe.length)
    _, made = train(replace(SHORT, recipe=replace(recipe, steps=number)))
    return row | {"hidden": SHORT.hidden_size} | made  # which says what it really took


def measure_speed(number=150):
    """Characters that the short plan reads in a processor second here."""
    _, made = train(replace(SHORT, recipe=replace(SHORT.recipe, steps=number)))
    return made["characters"] / made["cpu_seconds"]


def main():
    """Run what is not stored yet, and store it."""
    done = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    known = {(row["what"], row["budget"], row["seed"]) for row in done}
    wanted = [("rnnlib", b, s) for b in (*CHARACTERS, "10 M") for s in range(SEEDS)]
    wanted += [(what, f"{n} s", 0) for n in (60, 300) for what in ("rnnlib", *PEERS)]
    for what, budget, seed in wanted:
        if (what, budget, seed) in known or not set(sys.argv[1:]) <= {budget}:
            continue
        seconds = budget.removesuffix(" s")
        if seconds.isdecimal():
            row = run_seconds(what, int(seconds))
        else:
            row = run_characters(budget, seed)
        store(row)
        print(what, budget, seed, row["held_out_loss"], f"{row['cpu_seconds']:.0f} s", flush=True)


def store(row):
    """Add a row to those stored, which another run may have added to meanwhile."""
    done = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    rows = ",\n".join(map(json.dumps, [*done, row]))
    write_atomically(RESULTS, ('{"rows": [\n' + rows + "\n]}\n").encode())


if __name__ == "__main__":
    main()
