"""Training on separate examples: the epochs of a first network."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnnlib.checks import check_number, check_whole
from rnnlib.evaluation.scores import check_data, mean_loss
from rnnlib.models.update import Update
from rnnlib.training.loop import Callback, carry_state, train
from rnnlib.training.run import History
from rnnlib.training.validation import Validation


def fit(
    model: Any,
    inputs: ArrayLike,
    targets: ArrayLike,
    epochs: int,
    batch_size: int = 1,
    learning_rate: float = 1e-3,
    shuffle_seed: int | None = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    clip_norm: float = math.inf,
    callbacks: Sequence[Callback] = (),
) -> History:
    """Train on separate examples, each read from a state of zeros; returns a History.

    inputs (N, T) are ids; targets (N,) are the characters after each, or (N, K) those after each
    of the last K steps. The order is that given, or drawn anew each epoch from `shuffle_seed`, so
    that every engine reads the same. `validation` is another (inputs, targets), scored after each
    epoch. A gradient whose global norm exceeds `clip_norm` is scaled down to it. `callbacks` are
    called after every step, as by loop.train, for example validation.EarlyStopping. Chapters 5, 6.
    Raises ValueError before the first step when anything does not fit, and when the loss stops
    being a number.
    """
    ids, answers = check_data(model, inputs, targets)
    check_whole("epochs", epochs, least=0)
    steps = math.ceil(len(ids) / check_whole("batch_size", batch_size))  # of an epoch
    if validation is not None:
        held_out = check_data(model, *validation)
        callbacks = [Validation(lambda: mean_loss(model, *held_out), steps), *callbacks]
    update = Update(check_number("learning_rate", learning_rate), clip_norm)
    batches = _draw_batches(ids, answers, epochs, batch_size, shuffle_seed)
    history = train(model, batches, update, None, callbacks, train_step=carry_state(model))
    for start in range(0, len(history.losses), steps):
        history.epoch_losses.append(float(np.mean(history.losses[start : start + steps])))
    return history


def _draw_batches(inputs, targets, epochs, batch_size, shuffle_seed=None):
    """Batches of examples, inputs and targets: all of them in every epoch."""
    rng = np.random.default_rng(shuffle_seed)
    for _ in range(epochs):
        order = np.arange(len(inputs)) if shuffle_seed is None else rng.permutation(len(inputs))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            yield inputs[rows], targets[rows]
