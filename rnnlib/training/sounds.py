"""Training a listener: batches of sounds of about one length, and a rate that rises and falls."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnnlib.checks import check_whole
from rnnlib.models.update import Update
from rnnlib.text.padding import make_buckets, pad
from rnnlib.training.loop import Callback, TrainStep, train
from rnnlib.training.schedule import Schedule


def fit_listener(
    model: Any,
    draw: Callable[[int], np.ndarray],
    lengths: ArrayLike,
    targets: Sequence[ArrayLike],
    updates: int,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    seed: int = 0,
    step: TrainStep | None = None,
    callbacks: Sequence[Callback] = (),
) -> list[float]:
    """Train on N sounds for a number of updates; returns the loss before each. Chapter 18.

    `draw(i)` gives the features (T, bands) of sound i, perhaps with other noise each time, and
    lengths (N,) say how long each is; targets are rows of labels. The rate rises over the first
    twentieth of the updates, then falls along half a cosine; gradients are clipped to norm 1.
    `step` takes the place of model.train_step; `callbacks` are called after each, as by loop.train.
    Raises ValueError for what does not fit, and when the loss stops being a number.
    """
    lengths = np.asarray(lengths)
    if len(lengths) != len(targets):
        raise ValueError(f"{len(lengths)} sounds need as many targets, not {len(targets)}.")
    schedule = Schedule(check_whole("updates", updates), learning_rate, warmup=0.05)
    update = Update(learning_rate, clip_norm=1.0)
    batches = islice(_draw_batches(draw, lengths, targets, batch_size, seed), updates)
    return train(model, batches, update, schedule, callbacks, train_step=step).losses


def _draw_batches(draw, lengths, targets, batch_size, seed):
    """Batches of sounds, padded, their lengths and labels, without end."""
    rng = np.random.default_rng(seed)
    while True:
        for rows in make_buckets(lengths, batch_size, rng):
            yield *pad([draw(i) for i in rows]), [targets[i] for i in rows]
