"""Checks that several modules share: numbers, choices, ids, texts, targets, losses, JSON."""

import json
import math
import re
from collections.abc import Iterable, Sized
from itertools import accumulate, pairwise
from numbers import Real
from typing import Any

import numpy as np

from rnnlib.interface import Array, ArrayLike

# what the parts of a file raise that is whole and says something else than it should
MISFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
DEEPEST = 32  # lists and objects within one another, in the JSON of a file
STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')


def check_ids(ids: ArrayLike, vocab_size: int) -> Array:
    """Return `ids` as an array of integers, without a copy of one that is; an integer type is kept.

    Raises ValueError unless all lie in 0 .. vocab_size - 1.
    """
    ids = _as_integers(ids)
    if ids.size and (ids.min() < 0 or ids.max() >= vocab_size):
        wrong = ids[(ids < 0) | (ids >= vocab_size)]
        raise ValueError(
            f"id {wrong[0]} is out of range: {vocab_size} characters have the ids 0 to "
            f"{vocab_size - 1}. Encode the text with the vocabulary the model was made for."
        )
    return ids


def check_whole(name: str, size: Any, least: int = 1) -> int:
    """Return `size`; raise ValueError unless it is a whole number of at least `least`."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {size!r}.")
    return int(size)


def check_number(name: str, value: Any, below: float = math.inf) -> Any:
    """Return `value`; raise ValueError unless it is a number of at least 0 and under `below`."""
    if not (isinstance(value, Real) and 0 <= float(value) < below):
        bound = "" if below == math.inf else f" and below {below}"
        raise ValueError(f"{name} must be a number of at least 0{bound}, not {value!r}.")
    return value


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value`; raise ValueError unless it is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def check_flag(name: str, value: Any) -> bool:
    """Return `value`; raise ValueError unless it is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, not {value!r}.")
    return value


def check_levels(levels: Iterable[float], least: int = 1) -> tuple[float, ...]:
    """Return levels of quantiles; ValueError unless they rise between 0 and 1, at least so many."""
    found = tuple(levels) if isinstance(levels, Iterable) else (0.0,)
    if not all(isinstance(level, Real) for level in found):
        found = (0.0,)
    if len(found) < least or not all(low < high for low, high in pairwise((0.0, *found, 1.0))):
        raise ValueError(
            "levels of quantiles must rise and lie between 0 and 1, such as (0.1, 0.5, 0.9), not "
            f"{levels!r}."
        )
    return tuple(float(level) for level in found)


def check_clip_norm(value: Any) -> Any:
    """Return `value`; raise ValueError unless it is a number above 0, infinity included."""
    if not (isinstance(value, Real) and float(value) > 0):
        raise ValueError(f"clip_norm must be a number above 0, not {value!r}.")
    return value


def check_examples(inputs: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    """Return inputs as (N, T) and targets as (N, K), K <= T; targets (N,) become (N, 1).

    Raises ValueError for every other pair of shapes, and when there is no example.
    """
    inputs, targets = _as_integers(inputs), _as_integers(targets)
    if inputs.ndim != 2 or inputs.size == 0:
        raise ValueError(
            f"inputs must have the shape (examples, time) with at least one of each, "
            f"not {inputs.shape}. For a single sequence pass inputs[None]."
        )
    return inputs, check_targets(targets[:, None] if targets.ndim == 1 else targets, inputs.shape)


def check_targets(targets: Array, shape: tuple[int, ...]) -> Array:
    """Return targets; raise ValueError unless they are (N, K), K <= T, for ids of this (N, T)."""
    N, T = shape
    if targets.ndim != 2 or len(targets) != N or not 0 < targets.shape[1] <= T:
        raise ValueError(
            f"targets have the shape {targets.shape}, but ids of shape {shape} need ({N}, K): "
            f"one target for each of the last K of {T} steps."
        )
    return targets


def check_row(ids: ArrayLike, vocab_size: int) -> Array:
    """Return ids (N,); ValueError unless they are one row, all in the vocabulary."""
    ids = check_ids(ids, vocab_size)
    if ids.ndim != 1:
        raise ValueError(f"ids must be one long row of shape (N,), not {ids.shape}; flatten them.")
    return ids


def check_scored(ids: ArrayLike, vocab_size: int) -> Array:
    """Return ids (N,); ValueError unless at least 2 in one row, all in the vocabulary."""
    ids = check_ids(ids, vocab_size)
    if ids.ndim != 1 or len(ids) < 2:
        raise ValueError(
            f"ids of shape {ids.shape} cannot be scored: one is read, the next is predicted. "
            "Give at least 2 in one row."
        )
    return ids


def _as_integers(ids: ArrayLike) -> Array:
    """`ids` as an array of a type whose integers int64 holds, int64 where they come without one.

    An empty list counts as integers; floats and strings do not.
    """
    try:
        ids = np.asarray(ids)
    except ValueError:  # rows of unequal length
        raise ValueError("ids must be an array of integers whose rows are equally long.") from None
    if ids.size and not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"ids must be integers, not {ids.dtype.name}. Encode the text first.")
    return ids if np.can_cast(ids.dtype, np.int64) else ids.astype(np.int64)


def check_text(ids: ArrayLike, needed: int) -> Array:
    """`ids` as integers (M,); ValueError unless `needed` inputs and a target fit in."""
    ids = _as_integers(ids)
    if ids.ndim != 1:
        raise ValueError(f"ids must be one long row of shape (M,), not {ids.shape}.")
    if len(ids) <= needed:
        raise ValueError(
            f"the text has {count_characters(ids)}, too few for {needed} inputs and the target "
            f"after them. Give at least {needed + 1} characters, or ask for shorter chunks."
        )
    return ids


def count_characters(text: Sized) -> str:
    """How long a text is, in words: "1 character", "20 characters"."""
    return f"{len(text)} character{'' if len(text) == 1 else 's'}"


def check_loss(loss: float, step: int, name: str = "loss", below: float = math.inf) -> float:
    """The loss, unless it is no longer a number, or not `below`; `name` says which loss it is."""
    if not -below < loss < below:
        raise ValueError(
            f"the {name} became {loss:.4g} at step {step}. "
            "Start again with a smaller learning rate."
        )
    return loss


def parse_json(text: str) -> Any:
    """What a file says in JSON. Raises ValueError for what is none, and for what two programs would
    read differently: a key that comes twice, a number that is not finite, a nesting of more than
    DEEPEST.
    """
    numbers = {"parse_int": _finite(int), "parse_float": _finite(float)}
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_finite(float), **numbers)
    except RecursionError:
        raise ValueError("the JSON is nested too deep.") from None
    turns = (1 if char in "[{" else -1 for char in STRING.sub("", text) if char in "[{]}")
    if max(accumulate(turns), default=0) > DEEPEST:
        raise ValueError(f"the JSON is nested deeper than {DEEPEST} levels.")
    return found


def _finite(kind):
    """A function that makes a number of this kind of a text, or raises ValueError."""

    def parse(text):
        if not math.isfinite(float(text)):
            raise ValueError(f"the JSON holds {text[:20]}, which is no finite number.")
        return kind(text)

    return parse


def _once(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key of the JSON comes twice.")
    return found
