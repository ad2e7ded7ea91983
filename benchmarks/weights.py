"""The trained models of the book: each made again from its recipe, and written to weights/.

    python -m benchmarks.weights [NAME ...]

trains all of them, or those named, on one thread: about two hours. A file is written when
its model is ready, with the recipe, the seed, the cost and the held-out loss in its metadata.
The settings were chosen on the last tenth of the training text; the held-out text, the last tenth
of all, is scored once, after the last step, in one reading from a state of zeros.
"""

import os
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import long_runs, writer_texts
from rnnlib.evaluation.scores import score
from rnnlib.models import weights_file
from rnnlib.models.char_rnn.fast.malloc import keep_memory
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.tasks.synthetic import knights_and_knaves
from rnnlib.text.vocab import Vocab, split_text
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

FOLDER = Path(__file__).parents[1] / "weights"


def steps(characters, batch_size, length):
    """How many whole steps fit into so many characters."""
    return characters // (batch_size * length)


@dataclass(frozen=True)
class Plan:
    """Which model learns what, and how."""

    text: str
    cell: str
    hidden_size: int
    embed_size: int
    recipe: Recipe


def small(text, characters, **options):
    """A plan of a small network, for the page *Ten minutes*."""
    recipe = Recipe(16, 64, steps(characters, 16, 64), 5e-3, warmup=0.01, reset=0.05, **options)
    return Plan(text, "lstm", 128, 24, recipe)


LONG = steps(10_000_000, 16, 64)
LOOKING = steps(9_216_000, 16, 64)
PLANS = {
    "shakespeare_lstm": Plan(
        "shakespeare", "lstm", 512, 64, Recipe(16, 64, LONG, 4e-3, dropout=0.25)
    ),
    "shakespeare_gru": Plan(
        "shakespeare", "gru", 384, 64, Recipe(8, 48, steps(2_800_000, 8, 48), 3e-3)
    ),
    "shakespeare_rnn": Plan(
        "shakespeare", "rnn", 512, 64, Recipe(32, 64, steps(5_000_000, 32, 64), 1.5e-3)
    ),
    "looking_lstm": Plan(
        "shakespeare", "lstm", 256, 64, Recipe(16, 64, LOOKING, 4e-3, dropout=0.2)
    ),
    "looking_gru": Plan("shakespeare", "gru", 256, 64, Recipe(16, 64, LOOKING, 3e-3, dropout=0.2)),
    "looking_rnn": Plan("shakespeare", "rnn", 256, 64, Recipe(16, 64, LOOKING, 1.5e-3)),
    "writer_shakespeare": small("shakespeare", 24_000_000),
    "writer_python": small("Python code", 24_000_000),
    "writer_tunes": small("tunes in ABC", 12_000_000, dropout=0.2),
    "writer_names": small("family names", 6_000_000, dropout=0.2),
    "writer_openings": small("openings of chess", 12_000_000, dropout=0.1),
    "knights_lstm": Plan(
        "knights and knaves", "lstm", 32, 8, Recipe(8, 32, 4000, 3e-2, weight_decay=0.0)
    ),
}


@cache
def texts(name):
    """A vocabulary, the ids to train on, and the held-out ids."""
    if name == "knights and knaves":
        island = knights_and_knaves()
        return island.vocab, island.draw(1_000_000, seed=0), island.draw(100_000, seed=10**6)
    text = writer_texts.load(name)
    vocab = Vocab(text)
    return vocab, *(vocab.encode(part) for part in split_text(text))


def count(name, longest=64):
    """The best of the n-grams on a text, and its loss on the held-out part."""
    vocab, train_ids, held_out = texts(name)
    losses = long_runs.losses(train_ids, held_out, len(vocab), longest)
    return {"ngram": int(np.argmin(losses)) + 1, "ngram_held_out_loss": round(min(losses), 4)}


def train(plan, seed=0, engine="torch"):
    """A trained Run of this plan, and what its weights file says of how it was made."""
    vocab, train_ids, held_out = texts(plan.text)
    config = ModelConfig(len(vocab), plan.embed_size, plan.hidden_size, cell=plan.cell)
    run = Run(build(config, engine, seed), plan.recipe, vocab)
    began = time.process_time()
    fit_stream(run, train_ids)
    seconds = time.process_time() - began
    found = score(run.model, held_out)
    return run, {
        "text": plan.text,
        "engine": engine,
        "seed": seed,
        "recipe": plan.recipe.to_dict(),
        "characters": run.characters,
        "cpu_seconds": round(seconds, 1),
        "threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())),
        "training_loss": round(sum(run.history.losses[-100:]) / 100, 4),
        "held_out_loss": round(found.nats, 4),
        "held_out_characters": found.characters,
    }


def keep(name, run, made):
    """Write the file of a trained model."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.safetensors"
    weights_file.save(path, run.model.get_params(), run.model.config, run.vocab, made)


def main():
    """Train the models named on the command line, or all."""
    keep_memory()
    names = sys.argv[1:] or list(PLANS)
    unknown = [name for name in names if name not in PLANS]
    if unknown:
        sys.exit(f"there is no model {unknown[0]!r}; the models are {', '.join(PLANS)}.")
    for name in names:
        run, made = train(PLANS[name])
        if name.startswith("writer"):
            made |= count(PLANS[name].text)
        keep(name, run, made)
        print(name, made["held_out_loss"], f"{made['cpu_seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
