"""A trained model as a file of another library, which reads it without anything of this book."""

import importlib
from typing import Any

from rnnlib.interface import Params
from rnnlib.models.engines import build
from rnnlib.text.vocab import Vocab

FORMATS = {"keras": "keras", "torch": "torch", "onnx": "numpy"}  # and the engine that it needs


def to_bytes(kind: str, params: Params, config: Any, vocab: Vocab) -> bytes:
    """The bytes of a "keras", "torch" or "onnx" file; ImportError if the framework is missing."""
    model = build(config, FORMATS[kind], device="cpu")
    model.set_params(params)
    return importlib.import_module(f"{__name__}.{kind}_file").to_bytes(model, vocab)
