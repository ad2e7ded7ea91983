"""What the commands share: a model from either kind of file, and ways to say what was found."""

import json
import sys
from pathlib import Path

import numpy as np

from rnnlib.models import weights_file
from rnnlib.models.engines import build
from rnnlib.models.layout import shapes
from rnnlib.models.weights_file import is_checkpoint
from rnnlib.training import checkpoint


def find_file(path):
    """The file itself, that of a run's folder, or of a model that comes with the book by its name.

    Raises FileNotFoundError for a folder that holds no run.
    """
    named = book_models().get(str(path))
    return named if named and not Path(path).exists() else weights_file.find_file(path)


def book_models():
    """{name: path} of the trained weights that come with the book; empty without its folder."""
    root = Path(__file__).parents[2]
    found = [*(root / "weights").glob("*.safetensors"), *root.glob("_static/pangram.safetensors")]
    return {path.stem: path for path in sorted(found)}


def read_file(path):
    """(kind, parameters, config, vocab, about) of a file of either kind, without a framework.

    `about` tells how the model was made. Raises as weights_file.load and checkpoint.load do, and
    ValueError for a checkpoint without a vocabulary.
    """
    if not is_checkpoint(path):
        params, config, vocab, about = weights_file.load(path)
        return "weights", params, config, vocab, about
    run = checkpoint.load(path, "numpy")
    if run.vocab is None:
        raise ValueError(
            f"{path} holds no vocabulary. Begin its run with Run(model, recipe, vocab)."
        )
    return "checkpoint", run.model.get_params(), run.model.config, run.vocab, describe_run(run)


def open_model(path, engine, device):
    """(model, vocab, about) of a file of either kind, or of the folder of a run."""
    _, params, config, vocab, about = read_file(find_file(path))
    model = build(config, engine, device=device)
    model.set_params(params)
    return model, vocab, about


def describe_run(run):
    """How far a run has come and what that took: a dictionary of plain values."""
    history = run.history
    found = {name: value for name, value in run.notes.items() if name != "path"} | {
        "seed": run.model.seed,
        "recipe": run.recipe.to_dict(),
        "step": run.step,
        "characters": run.characters,
        "seconds": round(run.seconds, 1),
    }
    if history.losses:
        found["training_loss"] = round(float(np.mean(history.losses[-100:])), 4)
    if history.validation_losses:
        found["held_out_loss"] = round(history.validation_losses[-1], 4)
        found["held_out_step"] = history.validation_steps[-1]
    return found


def read_losses(path):
    """The losses that a checkpoint recorded: {"training": [...], "held out": [...]}."""
    history = checkpoint.load(path, "numpy").history
    return {"training": history.losses, "held out": history.validation_losses}


def describe_config(config):
    """The sizes of a model in words, and how many parameters that makes."""
    layers = f"{config.num_layers} layer{'s' if config.num_layers > 1 else ''}"
    sizes = f"embedding {config.embed_size}, hidden {config.hidden_size}"
    return f"{config.cell}, {layers}, {sizes}: {count_parameters(config):,} parameters"


def count_parameters(config):
    """How many numbers a model of this config learns."""
    return sum(int(np.prod(shape)) for shape in shapes(config).values())


def check_known(text, vocab, name, hint=""):
    """Raise ValueError, with the characters, where a text holds some that the model lacks."""
    unknown = sorted(set(text) - set(vocab.chars))
    if unknown:
        raise ValueError(
            f"{name} holds {list_some(unknown)}, which this model does not know. "
            f"Use only its {len(vocab)} characters, which rnnlib info lists{hint}."
        )


def list_some(chars, most=8):
    """Characters as Python writes them, and how many more there are: 'a', 'b' and 3 more."""
    shown = ", ".join(map(repr, chars[:most]))
    return shown if len(chars) <= most else f"{shown} and {len(chars) - most} more"


def show_loss(nats):
    """A loss in both units: 1.5165 nats (2.1878 bits) a character."""
    return f"{nats:.4f} nats ({nats / np.log(2):.4f} bits)"


def emit(args, record, *lines):
    """Print the record as one line of JSON where that was asked for, otherwise the lines."""
    for line in [json.dumps(record)] if args.json else lines:
        print(line, flush=True)


def warn(args, sentence):
    """A sentence on stderr that stops nothing."""
    print(f"rnnlib {args.name}: {sentence}", file=sys.stderr, flush=True)
