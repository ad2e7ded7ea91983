"""A model of either kind of file: found, read and built, and refused in a sentence."""

import codecs
import os
import zipfile
from difflib import get_close_matches
from pathlib import Path

from rnnlib.cli.quiet import loading
from rnnlib.cli.shared import list_some
from rnnlib.models import weights_file
from rnnlib.models.engines import build
from rnnlib.models.weights_file import is_checkpoint
from rnnlib.training import checkpoint
from rnnlib.training.notes import check_notes, describe_run


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


def make_model(params, config, engine, device):
    """The model of what read_file gives."""
    with loading(engine):
        model = build(config, engine, device=device)
        model.set_params(params)
    return model


def check_known(text, vocab, name, hint=""):
    """Raise ValueError, with the characters, where a text holds some that the model lacks."""
    unknown = sorted(set(text) - set(vocab.chars))
    if unknown:
        raise ValueError(
            f"{name} holds {list_some(unknown)}, which this model does not know. "
            f"Use only its {len(vocab)} characters, which rnnlib info lists{hint}."
        )


def skip_unknown(text, vocab, name):
    """What of a text a model knows. Raises ValueError where that is nothing."""
    known = "".join(char for char in text if char in vocab.chars)
    if text and not known:
        raise ValueError(
            f"{name} holds no character that this model knows, so nothing is left of it. Give it "
            f"some of the {len(vocab)} characters that rnnlib info lists."
        )
    return known
