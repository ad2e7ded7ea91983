"""Encoders and decoders by the name of their engine, each loaded only when it is asked for."""

import importlib

from rnnlib.models.seq2seq.config import Seq2SeqConfig

ENGINES = ("numpy", "keras", "torch")


def build(config: Seq2SeqConfig, engine: str = "torch", seed: int = 0, device: str | None = None):
    """A Seq2Seq of this Seq2SeqConfig in "numpy", "keras" or "torch". Chapter 17.

    The same seed gives the same first weights in each. Raises ValueError for another engine.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}.")
    module = importlib.import_module(f"rnnlib.models.seq2seq.{engine}_model")
    return module.Seq2Seq(config, seed, device)
