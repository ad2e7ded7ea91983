"""What the commands share: a model from either kind of file, and ways to say what was found."""

import json
import sys

import numpy as np
from tqdm import tqdm

from rnnlib.models import weights_file
from rnnlib.models.engines import build
from rnnlib.models.layout import shapes
from rnnlib.models.weights_file import find_file, is_checkpoint
from rnnlib.training import checkpoint


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
    found = run.notes | {
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


def describe_config(config):
    """The sizes of a model in words, and how many parameters that makes."""
    layers = f"{config.num_layers} layer{'s' if config.num_layers > 1 else ''}"
    sizes = f"embedding {config.embed_size}, hidden {config.hidden_size}"
    return f"{config.cell}, {layers}, {sizes}: {count_parameters(config):,} parameters"


def count_parameters(config):
    """How many numbers a model of this config learns."""
    return sum(int(np.prod(shape)) for shape in shapes(config).values())


def check_known(text, vocab, name):
    """Raise ValueError, with the characters, where a text holds some that the model lacks."""
    unknown = sorted(set(text) - set(vocab.chars))
    if unknown:
        raise ValueError(
            f"{name} holds {list_some(unknown)}, which this model does not know. "
            f"Use only its {len(vocab)} characters: python -m rnnlib info lists them."
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
        tqdm.write(line)  # to stdout, above a progress bar
        sys.stdout.flush()


def warn(args, sentence):
    """A sentence on stderr that stops nothing."""
    tqdm.write(f"rnnlib {args.name}: {sentence}", file=sys.stderr)
