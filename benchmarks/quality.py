"""How good a model gets for so many characters, and for so many seconds: Tiny Shakespeare.

    python -m benchmarks.quality

takes three hours on one thread, and writes benchmarks/results/quality.json: one row a run, with its
settings, its cost and its held-out loss. A row is written as soon as it is known; rows already
stored are not run again. Budgets in characters are the same on every machine. Budgets in
seconds are processor seconds of one thread, so that other programs on the machine count less; each
is spent by the library's recipe and by the plainest loops that a tutorial has, all three at the
rate that serves them best. That rate is found for each program and budget on the last tenth of the
training text: 0.008 is doubled and halved until the loss there is higher on both sides. The plain
loops are also run at the 0.001 that tutorials give them. A row that only searches has a
`tuning_loss` and no other.
"""

import sys
import time
from dataclasses import replace
from functools import cache
from itertools import product

from benchmarks import store
from benchmarks.plain import keras_fit, row, torch_loop
from benchmarks.weights import PLANS, Plan, keep, steps, texts, train
from rnnlib.models.char_rnn.fast.malloc import keep_memory
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text.vocab import split_text
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

RESULTS = store.FOLDER / "quality.json"
SHORT = Plan("shakespeare", "lstm", 384, 64, Recipe(8, 48, 1, 5e-3))  # the steps come below
CHARACTERS = {"1 pass": 1_003_854, "2.8 M": 2_800_000}
LARGEST, SECONDS = "10 M", ("60 s", "300 s")
BUDGETS = (*CHARACTERS, LARGEST, *SECONDS)
RATES = [0.001 * 2**n for n in range(7)]
SEEDS = 3
PEERS = {"plain PyTorch loop": torch_loop, "plain Keras fit": keras_fit}


def plan_for(budget):
    """The plan that spends a budget in characters."""
    if budget == LARGEST:
        return PLANS["shakespeare_lstm"]
    recipe = SHORT.recipe
    number = steps(CHARACTERS[budget], recipe.batch_size, recipe.length)
    return replace(SHORT, recipe=replace(recipe, steps=number))


def run_characters(budget, seed):
    """One row: the library's recipe for a budget in characters."""
    plan = plan_for(budget)
    run, made = train(plan, seed)
    if budget == LARGEST and seed == 0:
        keep("shakespeare_lstm", run, made)
    began = {"what": "rnnlib", "budget": budget, "cell": plan.cell, "hidden": plan.hidden_size}
    return began | {"state": int(run.state[:, 0].size)} | made


def run_seconds(what, budget, rate, train_ids, held_out):
    """What a budget in processor seconds brings at this rate, to the library or a plain loop."""
    seconds = int(budget.removesuffix(" s"))
    vocab, _, _ = texts("shakespeare")
    config = ModelConfig(len(vocab), SHORT.embed_size, SHORT.hidden_size, cell=SHORT.cell)
    if what in PEERS:
        return PEERS[what](config, train_ids, held_out, seconds, rate)
    recipe = replace(SHORT.recipe, learning_rate=rate)
    number = steps(int(measure_speed() * seconds), recipe.batch_size, recipe.length)
    run = Run(build(config, "torch"), replace(recipe, steps=number), vocab)
    began = time.process_time()
    fit_stream(run, train_ids)
    spent = time.process_time() - began  # which says what it really took
    return row(run.model.get_params(), config, held_out, run.characters, spent)


def run(what, budget, rate, seed):
    """One row: of a budget in characters without a rate, of one that searches without a seed."""
    if rate is None:
        return run_characters(budget, seed)
    settings = {"what": what, "budget": budget}
    _, train_ids, held_out = texts("shakespeare")
    if seed is None:
        made = run_seconds(what, budget, rate, *split_text(train_ids))
        made["tuning_loss"] = made.pop("held_out_loss")
        del made["held_out_characters"]
        return settings | {"rate": rate} | made
    made = run_seconds(what, budget, rate, train_ids, held_out)
    return settings | {"seed": seed, "rate": rate} | made


def key(row):
    """The settings by which a row was made."""
    return row["what"], row["budget"], row.get("rate"), row.get("seed")


def planned(rows, budgets=BUDGETS):
    """The settings of every run of these budgets; the rate of a program is searched for first."""
    for budget, seed in product([*CHARACTERS, LARGEST], range(SEEDS)):
        if budget in budgets:
            yield "rnnlib", budget, None, seed
    for budget, what in product(SECONDS, ("rnnlib", *PEERS)):
        if budget not in budgets:
            continue
        while missing := untried(what, budget, rows):
            yield what, budget, missing[0], None
        losses = tried(what, budget, rows)
        best = min(losses, key=losses.get)
        for rate in sorted({best} if what == "rnnlib" else {best, RATES[0]}):
            yield what, budget, rate, 0


def tried(what, budget, rows):
    """{rate: loss on the text's end} of the search for this program and budget."""
    found = [row for row in rows if key(row)[:2] == (what, budget) and "tuning_loss" in row]
    return {row["rate"]: row["tuning_loss"] for row in found}


def untried(what, budget, rows):
    """The rates beside the best so far that have not been tried; to begin with, the middle one."""
    losses = tried(what, budget, rows)
    best = RATES.index(min(losses, key=losses.get)) if losses else len(RATES) // 2
    return [rate for rate in RATES[max(best - 1, 0) : best + 2] if rate not in losses]


@cache
def measure_speed(number=400):
    """Characters that the short plan reads in a processor second here; once, so that all rates
    get as many.
    """
    _, made = train(replace(SHORT, recipe=replace(SHORT.recipe, steps=number)))
    return made["characters"] / made["cpu_seconds"]


def main():
    """Run what is not stored yet, and store it; budgets may be named."""
    keep_memory()
    budgets = sys.argv[1:] or BUDGETS
    for found in store.fill(RESULTS, lambda rows: planned(rows, budgets), key, run):
        print(*found.values(), flush=True)


if __name__ == "__main__":
    main()
