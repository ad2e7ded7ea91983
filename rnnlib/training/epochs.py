"""Training on separate examples: the epochs of a first network."""

import math

import numpy as np

from rnnlib.checks import check_loss, check_number, check_whole
from rnnlib.evaluation.scores import check_data, mean_loss
from rnnlib.models.update import Update
from rnnlib.training.run import History


def fit(
    model,
    inputs,
    targets,
    epochs,
    batch_size=1,
    learning_rate=1e-3,
    shuffle_seed=None,
    validation=None,
    clip_norm=math.inf,
):
    """Train on separate examples, each read from a state of zeros; returns a History.

    inputs (N, T) are ids; targets (N,) are the characters after each, or (N, K) those after each
    of the last K steps. The order is that given, or drawn anew each epoch from `shuffle_seed`, so
    that every engine reads the same. `validation` is another (inputs, targets). A gradient whose
    global norm exceeds `clip_norm` is scaled down to it. Chapters 5 and 6.
    Raises ValueError before the first step when anything does not fit, and when the loss stops
    being a number.
    """
    inputs, targets = check_data(model, inputs, targets)
    if validation is not None:
        validation = check_data(model, *validation)
    check_whole("epochs", epochs, least=0)
    check_whole("batch_size", batch_size)
    update = Update(check_number("learning_rate", learning_rate), clip_norm)
    history, rng = History(), np.random.default_rng(shuffle_seed)
    for _ in range(epochs):
        order = np.arange(len(inputs)) if shuffle_seed is None else rng.permutation(len(inputs))
        losses = _run_epoch(model, inputs, targets, order, batch_size, update, len(history.losses))
        history.losses += losses
        history.epoch_losses.append(float(np.mean(losses)))
        if validation is not None:
            history.validation_losses.append(mean_loss(model, *validation))
    return history


def _run_epoch(model, inputs, targets, order, batch_size, update, steps_before):
    losses = []
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        state = model.init_state(len(rows))
        loss, _ = model.train_step(inputs[rows], targets[rows], state, update)
        losses.append(check_loss(loss, steps_before + len(losses) + 1))
    return losses
