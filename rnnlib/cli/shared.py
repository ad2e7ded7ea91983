"""How the commands say what was found: lines or JSON, warnings, and numbers in words."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from rnnlib.models.config import ModelConfig
from rnnlib.training.defaults import count_parameters


def describe_config(config: ModelConfig) -> str:
    """The sizes of a model in words, and how many parameters that makes."""
    layers = f"{config.num_layers} layer{'s' if config.num_layers > 1 else ''}"
    sizes = f"embedding {config.embed_size}, hidden {config.hidden_size}"
    return f"{config.cell}, {layers}, {sizes}: {count_parameters(config):,} parameters"


def list_some(chars: Sequence[str], most: int = 8) -> str:
    """Characters as Python writes them, and how many more there are: 'a', 'b' and 3 more."""
    shown = ", ".join(map(repr, chars[:most]))
    return shown if len(chars) <= most else f"{shown} and {len(chars) - most} more"


def show_loss(nats: float) -> str:
    """A loss in both units: 1.5165 nats (2.1878 bits) a character."""
    return f"{nats:.4f} nats ({nats / np.log(2):.4f} bits)"


def emit(options: Any, record: Any, *lines: str) -> None:
    """Print the record as one line of JSON where that was asked for, otherwise the lines."""
    with tqdm.external_write_mode():  # where a bar is on the screen it moves aside
        for line in [json.dumps(record)] if options.json else lines:
            print(line, flush=True)


def warn(options: Any, sentence: object) -> None:
    """A sentence on stderr that stops nothing."""
    with tqdm.external_write_mode(sys.stderr):
        print(f"rnnlib {options.name}: {sentence}", file=sys.stderr, flush=True)
