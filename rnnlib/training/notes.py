"""What is noted of a run beside its numbers: checked when it is read, told with its weights."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnnlib.models.engines import ENGINES
from rnnlib.models.weights_file import WeightsError
from rnnlib.training.run import Run


def is_number(value) -> bool:
    """Whether it is a number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list_of_engines(value):
    return isinstance(value, list) and value and all(name in ENGINES for name in value)


NOTES: dict[str, tuple[set[str], Callable[[Any], Any]]] = {  # names, and what tells their kind
    "a text": ({"text", "path", "text_sha256", "from"}, lambda value: isinstance(value, str)),
    "a number above 0 and at most 1": (
        {"fraction"},
        lambda value: is_number(value) and 0 < value <= 1,
    ),
    "a list of engines": ({"engines"}, _is_list_of_engines),
    "'nfc'": ({"normalize"}, lambda value: value == "nfc"),
    "a whole number": ({"step"}, lambda value: is_number(value) and value == int(value)),
    "a whole number above 0": (
        {"threads"},
        lambda value: is_number(value) and value == int(value) > 0,
    ),
    "a number": ({"held_out_loss"}, is_number),
}


def check_notes(path, about: Mapping[str, Any]) -> None:
    """Raise WeightsError unless what commands read of how a model was made is of its kind."""
    for kind, (names, fits) in NOTES.items():
        for name in sorted(names & about.keys()):
            if not fits(about[name]):
                raise WeightsError(
                    f"{path} says {str(about[name])[:40]!r} of its {name}, where {kind} is "
                    "expected. Take another copy of the file, or save it anew."
                )


def describe_run(run: Run) -> dict[str, Any]:
    """How far a run has come and what that took: a dictionary of plain values."""
    model: Any = run.model
    history = run.history
    found = {name: value for name, value in run.notes.items() if name != "path"} | {
        "seed": model.seed,
        "recipe": run.recipe.to_dict(),
        "step": run.step,
        "characters": run.characters,
        "seconds": round(run.seconds, 1),
    }
    if history.losses:
        found["training_loss"] = round(float(np.mean(history.losses[-100:])), 4)
    if history.validation_losses:
        found["held_out_loss"] = round(history.validation_losses[-1], 4)
        found["held_out_step"] = history.validation_steps[-1]
    return found
