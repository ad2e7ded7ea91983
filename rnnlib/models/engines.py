"""The engines by name: the only place that knows all three, and loads each only when asked."""

import importlib
import os

from rnnlib.models import weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.interface import Model
from rnnlib.text.vocab import Vocab

ENGINES = ("numpy", "keras", "torch")
FAST = ("keras", "torch")  # those that have a faster model of the same numbers


def build(
    config: ModelConfig, engine: str = "torch", seed: int = 0, device: str | None = None
) -> Model:
    """A CharRNN of this ModelConfig in "numpy", "keras" or "torch". Chapter 5.

    The same seed gives the same first weights in each. `device` is "cpu" or "gpu"; unless told, a
    GPU where the engine finds one. Where it is faster, it is the FastCharRNN of that engine.
    Raises ValueError for another engine or device.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}.")
    if engine in FAST:
        fast = importlib.import_module(f"rnnlib.models.rnn.fast.{engine}_model")
        if fast.is_faster(config, device):
            return fast.FastCharRNN(config, seed, device)
    plain = importlib.import_module(f"rnnlib.models.rnn.{engine}_model")
    return plain.CharRNN(config, seed, device)


def join(device: str | None = None):
    """The processes that torchrun started, of which this is one: a Group."""
    return importlib.import_module("rnnlib.models.rnn.torch_parallel").Group(device)


def share_out(model: Model, group, shard: bool = False) -> Model:
    """A model of PyTorch's engine like this one whose rows the processes of a Group share out.

    With `shard` each of them keeps a part of the weights only.
    """
    parallel = importlib.import_module("rnnlib.models.rnn.torch_parallel")
    shared = parallel.build(model.config, model.seed, model.device, group, shard)
    shared.set_params(model.get_params())
    shared.set_optimizer(model.get_optimizer())
    return shared


def load(
    path: str | os.PathLike[str], engine: str = "torch", device: str | None = None
) -> tuple[Model, Vocab]:
    """A CharRNN with the weights of a file, and the Vocab that belongs to it. Chapter 5.

    `path` is a weights file, a checkpoint, or the folder of a run, which stands for its best
    checkpoint, or the last where none is best yet. Raises FileNotFoundError, WeightsError for a
    file that cannot be used, ValueError for a checkpoint without a vocabulary.
    """
    params, config, vocab = weights_file.load_model(path)
    model = build(config, engine, device=device)
    model.set_params(params)
    return model, vocab
