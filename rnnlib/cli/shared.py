"""What the commands share: a model from either kind of file, and ways to say what was found."""

import codecs
import json
import math
import os
import sys
import zipfile
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from rnnlib.cli.quiet import hushed
from rnnlib.models import weights_file
from rnnlib.models.engines import ENGINES, build
from rnnlib.models.parts import shapes
from rnnlib.models.weights_file import WeightsError, is_checkpoint
from rnnlib.training import checkpoint


def find_file(path):
    """The file itself, that of a run's folder, or of a model that comes with the book by its name.

    Raises FileNotFoundError where there is none, and for a folder that holds no run; ValueError
    for a file that is plainly of another kind.
    """
    named = book_models()
    if str(path) in named and not Path(path).exists():
        return named[str(path)]
    found = weights_file.find_file(path)
    if os.path.lexists(found) and not found.is_file():
        what = "is no file of bytes" if found.exists() else "is a link that leads nowhere"
        raise FileNotFoundError(f"{path} {what}. Give a file, or the folder of a run.")
    if not found.exists():
        near = get_close_matches(str(path), named, 1)
        nearest = f": the nearest is {near[0]}" if near else ""
        raise FileNotFoundError(
            f"there is no file or folder {path}, and no model of that name comes with the "
            f"book{nearest}. Check the path, or take a name that rnnlib models lists."
        )
    if kind := _other_kind(found):
        raise ValueError(
            f"{path} is {kind}, and a model is needed here: a weights file or a checkpoint, which "
            "end in .safetensors, or the folder of a run. " + HELP[kind].format(path)
        )
    return found


TEXT, EXPORTED = "a text", "It is for other programs; give what it was exported from."
HELP = {
    TEXT: "To get one, train on it: rnnlib train {} --folder FOLDER.",
    "a Keras file": EXPORTED,
    "a PyTorch file": EXPORTED,
    "an ONNX file": EXPORTED,
    "a zip archive": "Unpack it first.",
}


def _other_kind(path):
    """What kind of file it is, where it is certainly not one of safetensors; otherwise None."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if head[8:9] == b"{":  # as every safetensors file has it, complete or not
        return None
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
        kinds = {"model.weights.h5": "a Keras file", "data.pkl": "a PyTorch file"}
        return next((kinds[name] for name in kinds if name in names), "a zip archive")
    if head[:1] == b"\x08" and head[2:3] == b"\x12":
        return "an ONNX file"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # whose last sign may be cut in two
    except UnicodeDecodeError:
        return None
    return TEXT if len(head) > 3 and b"\0" not in head else None


def book_models():
    """{name: path} of the trained weights that come with the book; empty without its folder."""
    root = Path(__file__).parents[2]
    return {path.stem: path for path in sorted(root.glob("weights/*.safetensors"))}


NOTES = {
    "a text": {"text", "path", "text_sha256", "from"},
    "a number above 0 and at most 1": {"fraction"},
    "a list of engines": {"engines"},
    "'nfc'": {"normalize"},
    "a whole number": {"step"},
    "a number": {"held_out_loss"},
}


def check_notes(path, about):
    """Raise WeightsError unless what commands read of how a model was made is of its kind."""
    fits = {
        "a text": lambda value: isinstance(value, str),
        "a number above 0 and at most 1": lambda value: is_number(value) and 0 < value <= 1,
        "a list of engines": lambda value: (
            isinstance(value, list) and value and all(name in ENGINES for name in value)
        ),
        "'nfc'": lambda value: value == "nfc",
        "a whole number": lambda value: is_number(value) and value == int(value),
        "a number": is_number,
    }
    for kind, names in NOTES.items():
        for name in sorted(names & about.keys()):
            if not fits[kind](about[name]):
                raise WeightsError(
                    f"{path} says {str(about[name])[:40]!r} of its {name}, where {kind} is "
                    "expected. Take another copy of the file, or save it anew."
                )


def is_number(value):
    """Whether it is a number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_file(path):
    """(kind, parameters, config, vocab, about) of a file of either kind, without a framework.

    `about` tells how the model was made. Raises as weights_file.load and checkpoint.load do, and
    ValueError for a checkpoint without a vocabulary.
    """
    if not is_checkpoint(path):
        params, config, vocab, about = weights_file.load(path)
        check_notes(path, about)
        return "weights", params, config, vocab, about
    run = checkpoint.load(path, "numpy")
    if run.vocab is None:
        raise ValueError(
            f"{path} holds no vocabulary. Begin its run with Run(model, recipe, vocab)."
        )
    check_notes(path, run.notes)
    return "checkpoint", run.model.get_params(), run.model.config, run.vocab, describe_run(run)


def open_model(path, engine, device):
    """(model, vocab, about) of a file of either kind, or of the folder of a run."""
    _, params, config, vocab, about = read_file(find_file(path))
    return make_model(params, config, engine, device), vocab, about


def make_model(params, config, engine, device):
    """The model of what read_file gives."""
    with hushed(engine):
        model = build(config, engine, device=device)
        model.set_params(params)
    return model


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
    return sum(math.prod(shape) for shape in shapes(config).values())


def count_characters(text):
    """How long a text is, in words."""
    return f"{len(text):,} character{'s' * (len(text) != 1)}"


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
