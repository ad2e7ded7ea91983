"""Checkpoints: a training run in one file, written whole or not at all, in any engine's hands."""

import json
from dataclasses import fields

import numpy as np

from rnnlib.models.engines import build
from rnnlib.models.initial import check_params
from rnnlib.models.layout import shapes
from rnnlib.models.weights_file import (
    BEST,
    FORMATS,
    LAST,
    WeightsError,
    read_arrays,
    unpack,
    write_arrays,
)
from rnnlib.training.parallel import group_of, together
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run

__all__ = ["BEST", "LAST", "load", "save"]

HISTORY = [field.name for field in fields(History)]


def save(path, run):
    """Write a Run to one safetensors file: weights, Adam's memory, step, seed, hidden state, place
    in the text, losses. Chapter 9.

    Raises OSError where it cannot be written, ValueError when a weight is no longer a number; a
    file that stood there is then as it was.
    """
    arrays, metadata = _pack(run)
    group = group_of(run.model)
    with together(group):
        if group.rank == 0:
            write_arrays(path, arrays, metadata)


def _pack(run):
    """What a file of a Run holds, (arrays, metadata)."""
    params, memory = run.model.get_params(), run.model.get_optimizer()
    broken = [name for name, value in params.items() if not np.isfinite(value).all()]
    if broken:
        raise ValueError(
            f"the weights {', '.join(broken)} hold numbers that are not finite after step "
            f"{run.step}. Start again with a smaller learning rate."
        )
    arrays = {name: value for name, value in params.items()}
    for part in ("m", "v"):
        arrays |= {f"adam.{part}.{name}": value for name, value in memory[part].items()}
    for name in HISTORY:
        arrays[f"history.{name}"] = np.array(getattr(run.history, name), np.float64)
    if run.state is not None:
        arrays["state"] = group_of(run.model).whole(run.state)
    plain = {name: getattr(run, name) for name in ("step", "text_hash", "seconds", "notes")}
    metadata = {
        "format": FORMATS["checkpoint"],
        "config": json.dumps(run.model.config.to_dict()),
        "vocab": json.dumps(run.vocab.chars if run.vocab else None),
        "recipe": json.dumps(run.recipe.to_dict()),
        "run": json.dumps(plain | {"seed": run.model.seed, "adam_step": memory["step"]}),
    }
    return arrays, metadata


def load(path, engine="torch", device=None):
    """The Run of a checkpoint file, ready to go on in any engine. Chapter 9.

    Raises FileNotFoundError, WeightsError for a file that is damaged, foreign, or newer than this
    library, ValueError for an unknown engine.
    """
    arrays, metadata = read_arrays(path, "checkpoint")
    try:
        (config, seed, params, memory), rest = _unpack(arrays, metadata)
    except (KeyError, TypeError, ValueError):
        raise WeightsError(
            f"the parts of {path} do not fit together. "
            "Write it with rnnlib.training.checkpoint.save."
        ) from None
    model = build(config, engine, seed, device)
    model.set_params(params)
    model.set_optimizer(memory)
    return Run(model, **rest)


def _unpack(arrays, metadata):
    """What a file holds: (config, seed, params, memory of Adam) for the model, and {field: value}
    for the rest of its Run.

    Raises KeyError, TypeError or ValueError when the parts do not fit together.
    """
    config, vocab = unpack(metadata)
    recipe = Recipe.from_dict(json.loads(metadata["recipe"]))
    plain = json.loads(metadata["run"])
    params, m, v = (_part(arrays, prefix, config) for prefix in ("", "adam.m.", "adam.v."))
    state = arrays.get("state")
    if state is not None:
        config.check_batch(np.zeros((recipe.batch_size, 1), int), state)
    history = History(**{name: arrays[f"history.{name}"].tolist() for name in HISTORY})
    history.validation_steps = [int(step) for step in history.validation_steps]
    rest = {name: plain[name] for name in ("step", "text_hash", "seconds", "notes")}
    rest |= {"recipe": recipe, "vocab": vocab, "state": state, "history": history}
    return (config, plain["seed"], params, {"step": int(plain["adam_step"]), "m": m, "v": v}), rest


def _part(arrays, prefix, config):
    """The arrays of one prefix, {canonical name: array}; raises where one is missing or amiss."""
    return check_params({name: arrays[prefix + name] for name in shapes(config)}, config)
