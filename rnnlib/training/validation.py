"""Validation and early stopping: held-out data is scored on the way, and says when it is enough."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnnlib.checks import check_loss, check_whole
from rnnlib.training.run import History


@dataclass
class Validation:
    """A callback that scores held-out data every so many steps, and after step number `last`.

    `measure()` gives the held-out loss. Raises ValueError when it is no number, or not `below`.
    """

    measure: Callable[[], float]
    every: int
    last: int | None = None
    below: float = math.inf

    def __call__(self, history: History) -> None:
        """Write a score that is due into the History."""
        step = len(history.losses)
        if step % self.every == 0 or step == self.last:
            loss = check_loss(self.measure(), step, "held-out loss", below=self.below)
            history.validation_losses.append(loss)
            history.validation_steps.append(step)


class EarlyStopping:
    """A callback, behind a Validation, that ends a training after `patience` scores without a new
    best. `best_params` are the weights of the best score, for model.set_params.
    """

    def __init__(self, model: Any, patience: int):
        self.model, self.patience = model, check_whole("patience", patience)
        self.best_params = model.get_params()

    def __call__(self, history: History) -> bool:
        """Keep the weights of a new best; whether patience has run out."""
        if history.is_best:
            self.best_params = self.model.get_params()
        return history.is_out_of_patience(self.patience)
