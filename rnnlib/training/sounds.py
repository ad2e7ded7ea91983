"""Training a listener: batches of sounds of about one length, and a rate that rises and falls."""

import numpy as np

from rnnlib.checks import check_loss, check_whole
from rnnlib.models.update import Update
from rnnlib.text.padding import make_buckets, pad
from rnnlib.training.schedule import Schedule


def fit_listener(
    model, draw, lengths, targets, updates, batch_size=16, learning_rate=3e-3, seed=0, step=None
):
    """Train on N sounds for a number of updates; returns the loss before each. Chapter 18.

    `draw(i)` gives the features (T, bands) of sound i, perhaps with other noise each time, and
    lengths (N,) say how long each is; targets are rows of labels. The rate rises over the first
    twentieth of the updates, then falls along half a cosine; gradients are clipped to norm 1.
    `step` takes the place of model.train_step. Raises ValueError for what does not fit, and when
    the loss stops being a number.
    """
    lengths = np.asarray(lengths)
    if len(lengths) != len(targets):
        raise ValueError(f"{len(lengths)} sounds need as many targets, not {len(targets)}.")
    rate = Schedule(check_whole("updates", updates), learning_rate, warmup=0.05)
    rng, losses = np.random.default_rng(seed), []
    step = step or model.train_step
    while len(losses) < updates:
        for batch in make_buckets(lengths, batch_size, rng):
            features, found = pad([draw(i) for i in batch])
            update = Update(rate(len(losses)), clip_norm=1.0)
            loss = step(features, found, [targets[i] for i in batch], update)
            losses.append(check_loss(loss, len(losses) + 1))
            if len(losses) == updates:
                break
    return losses
