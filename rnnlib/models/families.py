"""Every family of models beside the CharRNN, by the name of its engine; its weights file."""

import importlib
import json
import os
from typing import Any

from rnnlib.checks import MISFIT, parse_json
from rnnlib.models import eight_bits
from rnnlib.models.layout import shapes
from rnnlib.models.weights_file import (
    FORMATS,
    WeightsError,
    as_json,
    check_finite,
    explain_parts,
    parse_about,
    read_arrays,
    unpack_params,
    write_arrays,
)

ENGINES = ("numpy", "keras", "torch")
FAMILIES = {  # family: its folder, its configuration, its model
    "sequence": ("sequence", "SequenceConfig", "SequenceModel"),
    "seq2seq": ("seq2seq", "Seq2SeqConfig", "Seq2Seq"),
    "listener": ("ctc", "ListenerConfig", "Listener"),
}


def build(config: Any, engine: str = "torch", seed: int = 0, device: str | None = None):
    """The model of a SequenceConfig, a Seq2SeqConfig or a ListenerConfig. Chapter 15.

    `engine` is "numpy", "keras" or "torch", loaded only when it is asked for. The same seed gives
    the same first weights in each. Raises ValueError for another engine.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}.")
    folder, _, model = FAMILIES[config.family]
    module = importlib.import_module(f"rnnlib.models.{folder}.{engine}_model")
    return getattr(module, model)(config, seed, device)


def save(
    path: str | os.PathLike[str],
    model: Any,
    about: dict[str, Any] | None = None,
    bits: int | None = None,
) -> None:
    """Write the weights of a model, its configuration, and what else is needed to use it.

    `about` is any dictionary that JSON can hold: the characters, the names of the classes, how it
    was trained. With bits=8 the matrices are rounded as eight_bits.py says. The file appears whole
    or not at all. Raises ValueError for what JSON cannot hold and for weights that are not finite,
    OSError when the file cannot be written. Chapter 15.
    """
    if bits not in (None, 8):
        raise ValueError(f"bits must be 8, or None for the weights as they are, not {bits!r}.")
    config, params = model.config, check_finite(model.get_params())
    metadata = {
        "format": FORMATS["family"],
        "family": config.family,
        "config": json.dumps(config.to_dict()),
        "about": as_json(about or {}),
    }
    if bits:
        params, metadata["bits"] = eight_bits.pack(params), "8"
    write_arrays(path, params, metadata)


def load(
    path: str | os.PathLike[str], engine: str = "torch", device: str | None = None
) -> tuple[Any, dict[str, Any]]:
    """A model with the weights of a file that `save` wrote, in any engine, and what it is about.

    Raises FileNotFoundError, or WeightsError for a file that is not safetensors, of another kind,
    cut short, changed since it was written, or with weights that are not finite. Chapter 15.
    """
    arrays, metadata = read_arrays(path, "family")
    try:
        folder, name, _ = FAMILIES[metadata["family"]]
        module = importlib.import_module(f"rnnlib.models.{folder}.config")
        config = getattr(module, name)(**parse_json(metadata["config"]))
        params = unpack_params(arrays, metadata, shapes(config), config.dtype)
        about = parse_about(metadata["about"])
    except MISFIT:
        raise WeightsError(explain_parts(path, "family")) from None
    model = build(config, engine, device=device)
    model.set_params(params)
    return model, about
