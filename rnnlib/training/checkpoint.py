"""Checkpoints: a training run in one file, written whole or not at all, in any engine's hands."""

import json
from dataclasses import fields

import numpy as np

from rnnlib.checks import MISFIT, check_number, check_whole, parse_json
from rnnlib.files import StrPath
from rnnlib.models.engines import build
from rnnlib.models.parts import shapes
from rnnlib.models.weights_file import (
    BEST,
    FORMATS,
    LAST,
    WeightsError,
    as_json,
    explain_parts,
    read_arrays,
    unpack,
    unpack_params,
    write_arrays,
)
from rnnlib.training.distributed import group_of, together
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run

__all__ = ["BEST", "LAST", "load", "save"]

HISTORY = [field.name for field in fields(History)]


def save(path: StrPath, run: Run) -> None:
    """Write a Run to one safetensors file: weights, Adam's memory, step, seed, hidden state, place
    in the text, losses. Chapter 9.

    Raises OSError where it cannot be written, ValueError when a weight is no longer a number, and
    for whatever `load` would refuse; a file that stood there is then as it was.
    """
    arrays, metadata = _pack(run)
    group = group_of(run.model)
    with together(group):
        if group.rank == 0:
            write_arrays(path, arrays, metadata)


def _pack(run):
    """What a file of a Run holds, (arrays, metadata)."""
    params, memory = run.model.get_params(), run.model.get_optimizer()
    arrays = dict(params)
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
        "run": as_json(plain | {"seed": run.model.seed, "adam_step": memory["step"]}),
    }
    try:
        _unpack(arrays, metadata)
    except MISFIT as error:
        raise ValueError(f"the run cannot be kept after step {run.step}: {error}") from None
    return arrays, metadata


def load(path: StrPath, engine: str = "torch", device: str | None = None) -> Run:
    """The Run of a checkpoint file, ready to go on in any engine. Chapter 9.

    Raises FileNotFoundError, WeightsError for a file that is damaged, foreign, or newer than this
    library, ValueError for an unknown engine.
    """
    arrays, metadata = read_arrays(path, "checkpoint")
    try:
        (config, seed, params, memory), rest = _unpack(arrays, metadata)
    except MISFIT:
        raise WeightsError(explain_parts(path, "checkpoint")) from None
    model = build(config, engine, seed, device)
    model.set_params(params)
    model.set_optimizer(memory)
    return Run(model, **rest)


def _unpack(arrays, metadata):
    """What a file holds: (config, seed, params, memory of Adam) for the model, and {field: value}
    for the rest of its Run.

    Raises one of MISFIT when the parts do not fit together.
    """
    config, vocab = unpack(metadata)
    recipe = Recipe.from_dict(parse_json(metadata["recipe"]))
    plain, arrays = parse_json(metadata["run"]), dict(arrays)
    state, lists = arrays.pop("state", None), {n: arrays.pop(f"history.{n}") for n in HISTORY}
    memory = [
        {name: arrays.pop(f"adam.{part}.{name}") for name in shapes(config)} for part in ("m", "v")
    ]
    params, m, v = (
        unpack_params(part, {}, shapes(config), config.dtype) for part in (arrays, *memory)
    )
    _check_plain(**plain)
    _check_place(plain["step"], config, recipe, state, lists)
    if any((value < 0).any() for value in v.values()):
        raise ValueError("Adam's mean of squares must be at least 0.")
    history = History(**{name: values.tolist() for name, values in lists.items()})
    history.validation_steps = [int(step) for step in history.validation_steps]
    rest = {name: plain[name] for name in ("step", "text_hash", "seconds", "notes")}
    rest |= {"recipe": recipe, "vocab": vocab, "state": state, "history": history}
    return (config, plain["seed"], params, {"step": plain["adam_step"], "m": m, "v": v}), rest


def _check_plain(*, step, seed, adam_step, seconds, text_hash, notes):
    """Raise TypeError or ValueError unless the plain values of a Run are what they must be."""
    for name, value in (("step", step), ("seed", seed), ("adam_step", adam_step)):
        check_whole(name, value, least=0)
    check_number("seconds", seconds)
    if not (isinstance(notes, dict) and isinstance(text_hash, str | None)):
        raise TypeError("notes must be a dictionary, and text_hash a text or None.")


def _check_place(step, config, recipe, state, lists):
    """Raise ValueError unless state and history are those of a Run after so many steps."""
    steps, losses = lists["validation_steps"], lists["validation_losses"]
    shape = (config.num_layers, recipe.batch_size, config.state_size)
    fits = [values.dtype == float and values.ndim == 1 for values in lists.values()]
    fits += [np.isfinite(values).all() for values in lists.values()]
    fits += [len(lists["losses"]) == step, len(steps) == len(losses)]
    fits += [(np.diff([0, *steps, step + 1]) > 0).all(), (steps == np.round(steps)).all()]
    if state is None:
        fits += [step == 0]
    else:
        fits += [state.shape == shape, state.dtype == config.dtype, np.isfinite(state).all()]
    if not all(fits):
        raise ValueError(f"the state and the history are not those of a run after step {step}.")
