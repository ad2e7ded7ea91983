"""A training run as it stands between two steps: all that is needed to go on from there."""

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnlib.text.shards import Part
from rnnlib.text.vocab import Vocab
from rnnlib.training.recipe import Recipe


@dataclass
class History:
    """What a training run recorded, all in nats per character.

    losses: one a step, measured before the step's update; epoch_losses: their mean over each epoch
    (by `fit`); validation_losses: one for each of validation_steps, when held-out data was given.
    """

    losses: list = field(default_factory=list)
    epoch_losses: list = field(default_factory=list)
    validation_losses: list = field(default_factory=list)
    validation_steps: list = field(default_factory=list)

    @property
    def best(self) -> float:
        """The lowest held-out loss so far; infinite before the first."""
        return min(self.validation_losses, default=math.inf)

    @property
    def recent(self) -> float:
        """The mean of the last fifty losses."""
        return float(np.mean(self.losses[-50:]))

    @property
    def is_scored(self) -> bool:
        """Whether held-out data was scored after the last step."""
        return self.validation_steps[-1:] == [len(self.losses)]

    @property
    def is_best(self) -> bool:
        """Whether it was scored after the last step, and never lower before."""
        return self.is_scored and self.validation_losses[-1] == self.best

    def is_out_of_patience(self, patience: int | None) -> bool:
        """Early stopping: whether so many scores brought no new best (None: never)."""
        losses = self.validation_losses
        return bool(patience and losses and len(losses) - 1 - np.argmin(losses) >= patience)


@dataclass
class Run:
    """A model in training on one long text, after `step` updates. Chapter 9.

    `state` is what the model carries into the next step; `text_hash` the fingerprint of the ids
    it reads; `seconds` the time it has taken so far; `notes` whatever else is to be kept with it,
    plain numbers and text. A new Run needs a model and a recipe alone.
    """

    model: Any  # a Model
    recipe: Recipe
    vocab: Vocab | None = None
    step: int = 0
    state: np.ndarray | None = None
    history: History = field(default_factory=History)
    text_hash: str | None = None
    seconds: float = 0.0
    notes: dict = field(default_factory=dict)

    @property
    def best(self) -> float:
        """The lowest held-out loss so far, in nats per character; infinite before the first."""
        return self.history.best

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or the held-out loss has stopped falling."""
        stops_early = self.history.is_out_of_patience(self.recipe.patience)
        return self.step >= self.recipe.steps or stops_early

    @property
    def characters(self) -> int:
        """How many characters the model has read so far."""
        return self.step * self.recipe.batch_size * self.recipe.length

    def describe(self) -> dict[str, Any]:
        """How far it has come and what that took, without its place: plain values."""
        found = {name: value for name, value in self.notes.items() if name != "path"} | {
            "seed": self.model.seed,
            "recipe": self.recipe.to_dict(),
            "step": self.step,
            "characters": self.characters,
            "seconds": round(self.seconds, 1),
        }
        losses, scores = self.history.losses, self.history.validation_losses
        if losses:
            found["training_loss"] = round(float(np.mean(losses[-100:])), 4)
        if scores:
            found["held_out_loss"] = round(scores[-1], 4)
            found["held_out_step"] = self.history.validation_steps[-1]
        return found


def fingerprint(ids: np.ndarray | Part) -> str:
    """The SHA-256 of a text's ids, in hexadecimal."""
    if isinstance(ids, Part):  # of shards, which are hashed as they are made
        return ids.fingerprint
    digest = hashlib.sha256()
    for start in range(0, len(ids), 2**20):  # a long text in bytes is not widened at once
        digest.update(np.ascontiguousarray(ids[start : start + 2**20], np.int64).tobytes())
    return digest.hexdigest()
