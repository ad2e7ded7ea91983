"""The training loop: every fit of this library is this one, over batches of its own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnlib.checks import check_loss
from rnnlib.models.update import Update
from rnnlib.training.run import History
from rnnlib.training.schedule import Schedule

Callback = Callable[[History], bool | None]
TrainStep = Callable[..., float]


def train(
    model: Any,
    batches: Iterable[tuple],
    update: Update,
    schedule: Schedule | None = None,
    callbacks: Sequence[Callback] = (),
    history: History | None = None,
    train_step: TrainStep | None = None,
) -> History:
    """Update a model once for each batch; the losses, and what callbacks measured, in a History.

    A batch holds what model.train_step takes before the Update; a `train_step(*batch, update)` that
    returns a loss may take its place. The settings are those of `update`, its rate that of the
    `schedule` where one is given. A `history` handed in is gone on with. After every step all
    callbacks are called with it, in their order; training ends with the batches, or when one
    returns True.
    Raises ValueError when a loss is no longer a number.
    """
    history = History() if history is None else history
    train_step = train_step or model.train_step
    for batch in batches:
        step = len(history.losses)
        settings = update if schedule is None else replace(update, rate=schedule(step))
        loss = train_step(*batch, settings)
        history.losses.append(check_loss(loss, step + 1))
        if any([callback(history) for callback in callbacks]):
            break
    return history


def carry_state(model: Any, hand_on: Callable[[np.ndarray], np.ndarray] | None = None) -> TrainStep:
    """A `train_step` for batches of inputs and targets, (B, T) and (B, K), of a CharRNN.

    The state (L, B, S) that a batch begins with is hand_on(state after the last batch); zeros for
    the first batch, and without `hand_on` for every batch.
    """
    state = None

    def train_step(inputs, targets, update):
        nonlocal state
        if state is None or hand_on is None:
            begin = model.init_state(len(inputs))
        else:
            begin = hand_on(state)
        loss, state = model.train_step(inputs, targets, begin, update)
        return loss

    return train_step
