"""The engines by name: the only place that knows all three, and loads each only when asked."""

import importlib
import os
from typing import Any

from rnnlib.checks import check_choice
from rnnlib.interface import Model
from rnnlib.models import weights_file
from rnnlib.text.vocab import Vocab

ENGINES = ("numpy", "keras", "torch")
FAMILIES = weights_file.FAMILIES | {"char_rnn": ("char_rnn", "ModelConfig", "CharRNN")}
FAST = ("keras", "torch")  # those that have a faster CharRNN of the same numbers


def build(config: Any, engine: str = "torch", seed: int = 0, device: str | None = None) -> Any:
    """The model of a configuration in "numpy", "keras" or "torch": a CharRNN of a ModelConfig, and
    so on.

    The same seed gives the same initial weights in each. `device` is "cpu" or "gpu"; unless told, a
    GPU where the engine finds one. Where it is faster, it is the FastCharRNN of that engine.
    Raises ValueError for another engine or device.
    """
    check_choice("engine", engine, ENGINES)
    folder, _, name = FAMILIES[config.family]
    if name == "CharRNN" and engine in FAST:
        fast = importlib.import_module(f"rnnlib.models.char_rnn.fast.{engine}_model")
        if fast.is_faster(config, device):
            return fast.FastCharRNN(config, seed, device)
    module = importlib.import_module(f"rnnlib.models.{folder}.{engine}_model")
    return getattr(module, name)(config, seed, device)


def join(device: str | None = None) -> Any:
    """The processes that torchrun started, of which this is one: a Group."""
    return importlib.import_module("rnnlib.models.char_rnn.torch_parallel").Group(device)


def share_out(model: Model, group: Any, shard: bool = False) -> Model:
    """A model of PyTorch's engine like this one whose rows the processes of a Group share out.

    With `shard` each of them keeps a part of the weights only.
    """
    parallel = importlib.import_module("rnnlib.models.char_rnn.torch_parallel")
    shared = parallel.build(model.config, model.seed, model.device, group, shard)
    shared.set_params(model.get_params())
    shared.set_optimizer(model.get_optimizer())
    return shared


def load(
    path: str | os.PathLike[str], engine: str = "torch", device: str | None = None
) -> tuple[Any, Vocab | dict[str, Any]]:
    """A model with the weights of a file, in any engine, and what belongs to it: the Vocab of a
    CharRNN, of another family the dictionary that it was saved with.

    `path` is a weights file, a checkpoint, or the folder of a run, which stands for its best
    checkpoint, or the last where none is best yet. Raises FileNotFoundError, WeightsError for a
    file that cannot be used, ValueError for a checkpoint without a vocabulary.
    """
    params, config, belongs = weights_file.load_model(path)
    model = build(config, engine, device=device)
    model.set_params(params)
    return model, belongs


def save(
    path: str | os.PathLike[str],
    model: Any,
    about: dict[str, Any] | None = None,
    bits: int | None = None,
    vocab: Vocab | None = None,
) -> None:
    """Write the weights of a model, its configuration, and what else is needed to use it.

    `about` is any dictionary that JSON can hold: the names of the classes, how it was trained. A
    CharRNN is saved with its Vocab. With bits=8 the matrices are rounded as eight_bits.py says. The
    file appears whole or not at all. Raises ValueError for what JSON cannot hold, for weights that
    are not finite and for a CharRNN without a vocabulary, OSError when it cannot be written.
    """
    weights_file.save(path, model.get_params(), model.config, vocab, about, bits)
