"""Sequence models by the name of their engine, each loaded only when it is asked for."""

import importlib

from rnnlib.models.sequence.config import SequenceConfig

ENGINES = ("numpy", "keras", "torch")


def build(config: SequenceConfig, engine: str = "torch", seed: int = 0, device: str | None = None):
    """A SequenceModel of this SequenceConfig in "numpy", "keras" or "torch". Chapter 15.

    The same seed gives the same first weights in each. Raises ValueError for another engine.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}.")
    module = importlib.import_module(f"rnnlib.models.sequence.{engine}_model")
    return module.SequenceModel(config, seed, device)
