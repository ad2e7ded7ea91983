"""A model of either kind of file: found, read and built, and refused in a sentence."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rnnlib.cli.quiet import loading
from rnnlib.cli.shared import list_some
from rnnlib.files import StrPath
from rnnlib.interface import Model, Params
from rnnlib.models import weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.weights_file import is_checkpoint
from rnnlib.text.vocab import Vocab
from rnnlib.training import checkpoint


def find_file(path: StrPath) -> Path:
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
    with open(found, "rb") as file:
        if file.read(9)[8:] != b"{":  # as every safetensors file has it, complete or not
            raise ValueError(
                f"{path} is no safetensors file, and a model is needed here. Give the folder of a "
                "run, or what an export was made from; train one on a text with rnnlib train."
            )
    return found


def book_models() -> dict[str, Path]:
    """{name: path} of the trained weights that come with the book; empty without its folder."""
    root = Path(__file__).parents[2]
    return {path.stem: path for path in sorted(root.glob("weights/*.safetensors"))}


def read_file(path: Path) -> tuple[str, Params, ModelConfig, Vocab, dict[str, Any]]:
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
    return "checkpoint", run.model.get_params(), run.model.config, run.vocab, run.describe()


def make_model(params: Params, config: ModelConfig, engine: str, device: str | None) -> Model:
    """The model of what read_file gives."""
    with loading(engine):
        model = build(config, engine, device=device)
        model.set_params(params)
    return model


def check_known(text: str, vocab: Vocab, name: str, hint: str = "") -> None:
    """Raise ValueError, with the characters, where a text holds some that the model lacks."""
    unknown = sorted(set(text) - set(vocab.chars))
    if unknown:
        raise ValueError(
            f"{name} holds {list_some(unknown)}, which this model does not know. "
            f"Use only its {len(vocab)} characters, which rnnlib info lists{hint}."
        )


def skip_unknown(text: str, vocab: Vocab, name: str) -> str:
    """What of a text a model knows. Raises ValueError where that is nothing."""
    known = "".join(char for char in text if char in vocab.chars)
    if text and not known:
        raise ValueError(
            f"{name} holds no character that this model knows, so nothing is left of it. Give it "
            f"some of the {len(vocab)} characters that rnnlib info lists."
        )
    return known
