"""One thing changed at a time: what width, depth, cell, data, batch and the rest are worth.

    python -m benchmarks.ablations

takes about half an hour on one thread, and writes benchmarks/results/ablations.json: one row a run,
with its settings, the characters it read, its seconds of processor time and its loss on held-out
Shakespeare, nats per character. Most important rows first; a row is written as soon as it is known,
and rows already stored are not run again.
"""

import math
import time
from dataclasses import asdict, dataclass, fields, replace
from functools import cache

import torch

from benchmarks import store
from benchmarks.variants import Variant
from benchmarks.weights import texts
from rnnlib.evaluation.scores import score
from rnnlib.models.config import ModelConfig
from rnnlib.text.vocab import split_text
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

RESULTS = store.FOLDER / "ablations.json"
SEEDS, MANY = range(3), range(10)  # of each setting; of the usual one
CHARACTERS, LONG = 400_000, 800_000  # read by a run; by one in which the text is read again
FEW = 100_000  # read by a run so short that it has rates of its own
LATER = {1: (0.128, 0.064, 0.032), 2: (0.128, 0.064)}  # tried again, by layers, for more reading
START = {"AdamW": 0.016, "SGD": 2.0, "momentum": 0.2}  # the first learning rate tried
GLIMPSE = 20_000  # characters on which a loss that goes into no table is measured
RECIPE = {field.name for field in fields(Recipe)}


@dataclass(frozen=True)
class Settings:
    """What a run may change; the defaults are the run that all others are compared with."""

    cell: str = "lstm"
    hidden_size: int = 64
    num_layers: int = 1
    embed_size: int = 32
    tied: bool = False
    normed: bool = False
    shortcuts: bool = False
    batch_size: int = 16
    length: int = 48
    characters: int = CHARACTERS
    data: float = 1.0  # the share of the training text that is used, from its start
    dropout: float = 0.0
    optimiser: str = "AdamW"
    decay: str = "cosine"
    warmup: float = 0.05
    weight_decay: float = 0.1
    clip_norm: float | None = 1.0


def changed(name, *values, **others):
    """The settings in which one thing, or another besides, differs from the defaults."""
    return [Settings(**({name: value} | others)) for value in values]


LITTLE = 1 / 30  # of the text, read 24 times
GROUPS = {  # the order in which they are run
    "width": changed("hidden_size", 64, 128, 32, 256),
    "cell": [*changed("cell", "gru", "rnn"), Settings("gru", 74), Settings("rnn", 128)],
    "depth": [Settings(hidden_size=H, num_layers=L) for H, L in ((41, 2), (33, 3), (64, 2))],
    "data": changed("data", LITTLE, 1.0, 1 / 3, 1 / 10, characters=LONG),
    "dropout": changed("dropout", 0.2, 0.5, data=LITTLE, characters=LONG)
    + changed("dropout", 0.2, 0.5, characters=LONG),
    "batch": [Settings(batch_size=B, length=T) for B, T in ((64, 48), (4, 48), (64, 12), (4, 192))],
    "schedule": [Settings(decay="none"), Settings(warmup=0.0), Settings(decay="none", warmup=0.0)],
    "tied": [Settings(embed_size=64), Settings(embed_size=64, tied=True)],
    "embedding": changed("embed_size", 8),
    "optimiser": [
        Settings(weight_decay=0.0),
        *changed("optimiser", "momentum", "SGD", weight_decay=0.0),
    ],
    "budget": [Settings(hidden_size=H, characters=FEW) for H in (64, 128, 256)],
    "clipping": changed("clip_norm", None, 0.1),
    "normed": [Settings(normed=True)],
    "depth at equal width": changed("num_layers", 3),
    "shortcuts": [
        Settings(hidden_size=H, num_layers=L, shortcuts=True)
        for H, L in ((41, 2), (33, 3), (64, 2))
    ],
    "more": [Settings(hidden_size=H, characters=1_600_000) for H in (64, 128, 256)],
    "more, deep": [Settings(hidden_size=H, num_layers=2, characters=1_600_000) for H in (41, 64)],
}


def tuned_as(settings):
    """The settings whose trials choose the learning rate: what hardly bears on it is as usual."""
    usual = Settings()
    same = ["embed_size", "tied", "data", "dropout", "clip_norm"]
    if settings.characters != FEW:
        same.append("characters")
    return replace(settings, **{name: getattr(usual, name) for name in same})


def next_rate(trials, start):
    """The learning rate to try next, given {rate: loss}; None when the best is known.

    Rates are doubled and halved until the best of them lies between two others.
    """
    if not trials:
        return start
    best = min(trials, key=trials.get)
    return next((rate for rate in (2 * best, best / 2) if rate not in trials), None)


@cache
def shakespeare():
    """The ids to train on, the end of them for choosing rates, and those of the held-out text."""
    _, train, test = texts("shakespeare")
    return train, split_text(train)[1], test


def begin(settings, rate, seed=0):
    """A Run that has not begun."""
    config = ModelConfig(
        65, settings.embed_size, settings.hidden_size, settings.num_layers, settings.cell
    )
    parts = settings.tied, settings.normed, settings.shortcuts, settings.optimiser
    model = Variant(config, seed, *parts)
    each = settings.batch_size * settings.length
    steps = settings.characters // each
    given = {name: value for name, value in asdict(settings).items() if name in RECIPE}
    given["clip_norm"] = given["clip_norm"] or math.inf
    one_pass = int(settings.data * len(shakespeare()[0])) // each
    return Run(model, Recipe(**given, steps=steps, learning_rate=rate, validate_every=one_pass))


def run(settings, rate, seed=0, final=True):
    """One run, as a row for the results; a loss that is not a number becomes None.

    A trial trains on the first nine tenths of the training text and is scored on the rest. Where
    only a part of the text is used, the row also tells both losses after each pass.
    """
    train, end, test = shakespeare()
    train = train[: int(settings.data * len(train))] if final else train[: -len(end)]
    some = settings.data < 1
    began, this = time.process_time(), begin(settings, rate, seed)
    row = asdict(settings) | {"rate": rate, "seed": seed, "final": final}
    try:
        history = fit_stream(this, train, end[:GLIMPSE] if some else None)
        seconds = time.process_time() - began
        found = {"loss": score(this.model, test if final else end[: 2 * GLIMPSE]).nats}
        found["train"] = score(this.model, train[:GLIMPSE]).nats
    except ValueError:  # the loss became nan
        return row | {"steps": this.step, "loss": None}
    row |= {"parameters": this.model.parameters, "steps": this.step, "seconds": round(seconds, 1)}
    row |= {name: round(value, 4) for name, value in found.items()}
    return row | (after_each_pass(history) if some else {})


def after_each_pass(history):
    """Both losses after each whole pass: of that pass, and on text that is not trained on."""
    ends = history.validation_steps
    starts = [0, *ends[:-1]]
    passes = [history.losses[a:b] for a, b in zip(starts, ends, strict=True)]
    return {
        "pass_steps": ends,
        "pass_train": [round(sum(part) / len(part), 3) for part in passes],
        "pass_held_out": [round(loss, 3) for loss in history.validation_losses],
    }


def key(row):
    """The settings by which a row was made, as `planned` gives them."""
    settings = Settings(**{name: row[name] for name in Settings.__dataclass_fields__})
    return settings, row["rate"], row["seed"], row["final"]


def trials(rows, settings, seeds=SEEDS[:1]):
    """{rate: mean loss of these seeds on the end of the training text} of what was tried."""
    wanted, found = (asdict(tuned_as(settings)) | {"final": False}).items(), {}
    for row in rows:
        if wanted <= row.items() and row["seed"] in seeds:
            loss = math.inf if row["loss"] is None else row["loss"]
            found.setdefault(row["rate"], []).append(loss)
    return {rate: sum(each) / len(seeds) for rate, each in found.items() if len(each) == len(seeds)}


def planned(rows):
    """(settings, rate, seed, final) of every run: before the seeds of each settings its trials."""
    for settings in dict.fromkeys(s for group in GROUPS.values() for s in group):
        while rate := next_rate(trials(rows, settings), START[settings.optimiser]):
            yield tuned_as(settings), rate, 0, False
        for seed in SEEDS:
            yield settings, best_rate(rows, settings), seed, True
    for seed in MANY:
        yield Settings(), best_rate(rows, Settings()), seed, True
    for settings in (s for group in GROUPS.values() for s in group if s.characters == FEW):
        kept = best_rate(rows, replace(settings, characters=CHARACTERS))
        for seed in SEEDS:  # once more, with the rate of longer runs
            yield settings, kept, seed, True
        start = START[settings.optimiser]  # and with one found from three starts at each rate
        while rate := next_rate(trials(rows, settings, SEEDS), start):
            for seed in SEEDS:
                yield tuned_as(settings), rate, seed, False
        for seed in SEEDS:
            yield settings, best_rate(rows, settings, SEEDS), seed, True
    for layers, rates in LATER.items():
        for rate in rates:
            yield Settings(num_layers=layers, characters=1_600_000), rate, 0, False


def best_rate(rows, settings, seeds=SEEDS[:1]):
    """The learning rate whose trials, of these seeds, ended lowest."""
    tried = trials(rows, settings, seeds)
    return min(tried, key=tried.get)


def main():
    """Run what is not stored yet, and store it."""
    torch.set_num_threads(1)
    usual = asdict(Settings())
    for row in store.fill(RESULTS, planned, key, run, usual=usual):
        changes = {name: row[name] for name in usual if row[name] != usual[name]}
        settings = {name: row[name] for name in ("rate", "seed", "final")}
        print(changes | settings, row["loss"], row.get("seconds"), flush=True)


if __name__ == "__main__":
    main()
