"""The command info: what is in a file, and the losses of a checkpoint as bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnlib.cli.model_file import find_file, read_file
from rnnlib.cli.options import InfoOptions
from rnnlib.cli.shared import describe_config, emit
from rnnlib.training import checkpoint
from rnnlib.training.defaults import count_parameters

BARS = "▁▂▃▄▅▆▇█"
CURVE = 60  # bars of a curve


def command(options: InfoOptions) -> None:
    """Print what is in a file: the model, its characters, how it was made, and its losses."""
    path = find_file(options.file)
    kind, _, config, vocab, about = read_file(path)
    width = max([16, *(len(name) + 2 for name in about)])
    lines = [
        f"{path}: a {kind} file",
        f"{'model':{width}}{describe_config(config)}",
        f"{'vocabulary':{width}}{len(vocab)}: {''.join(vocab.chars)!r}",
    ]
    for name, value in about.items():
        lines.append(f"{name.replace('_', ' '):{width}}{_show(value)}")
    losses = {}
    if kind == "checkpoint":
        history = checkpoint.load(path, "numpy").history
        losses = {"training": history.losses, "held out": history.validation_losses}
    for name, found in losses.items():
        if found:
            lines.append(f"{name:{width}}{draw_curve(found)}  {found[0]:.2f} to {found[-1]:.2f}")
    record: dict[str, Any] = {"file": str(path), "kind": kind, "config": config.to_dict()}
    record |= {"parameters": count_parameters(config), "vocab": "".join(vocab.chars)}
    emit(options, record | {"training": about} | ({"losses": losses} if losses else {}), *lines)


def draw_curve(losses: Sequence[float], width: int = CURVE) -> str:
    """Losses as at most `width` bars, each the mean of its part; the highest bar is the highest."""
    parts = np.array_split(np.asarray(losses, float), min(width, len(losses)))
    means = np.array([part.mean() for part in parts])
    span = np.ptp(means)
    heights = (means - means.min()) / (span if span > 0 else 1)
    return "".join(BARS[round(height * (len(BARS) - 1))] for height in heights)


def _show(value):
    """A value of a file's metadata as a reader likes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_show(v)}" for name, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(_show, value))
    return f"{value:,}" if isinstance(value, int) else "none" if value is None else str(value)
