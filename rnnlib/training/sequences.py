"""Training and asking a sequence model: batches of about equally long sequences, padded."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnnlib.checks import check_whole
from rnnlib.models.update import Update
from rnnlib.text.padding import make_buckets, pad
from rnnlib.training.loop import Callback, train
from rnnlib.training.schedule import Schedule


def fit_sequences(
    model: Any,
    sequences: Sequence[np.ndarray],
    targets: ArrayLike,
    update: Update,
    epochs: int = 10,
    batch_size: int = 64,
    seed: int = 0,
    loss: str = "cross_entropy",
    callbacks: Sequence[Callback] = (),
) -> list[float]:
    """Train on sequences (T,) or (T, F) of any lengths and one target for each.

    The learning rate falls in a straight line from update.rate to zero at the end. Batches are
    buckets as text.make_buckets makes them, drawn from `seed`. `callbacks` are called after every
    step, as by loop.train. Returns the mean loss of every epoch. Raises ValueError for what does
    not fit the model, and where a loss is no longer a number. Chapter 15.
    """
    check_whole("epochs", epochs)
    targets = np.asarray(targets)
    if len(targets) != len(sequences):
        raise ValueError(
            f"there are {len(sequences)} sequences and {len(targets)} targets. "
            "Give one target for each sequence."
        )
    rng, lengths = np.random.default_rng(seed), [len(row) for row in sequences]
    drawn = [make_buckets(lengths, batch_size, rng) for _ in range(epochs)]
    rows = [batch for epoch in drawn for batch in epoch]
    batches = ((*pad([sequences[j] for j in batch]), targets[batch]) for batch in rows)
    schedule = Schedule(len(rows), update.rate, decay="linear")
    step = partial(model.train_step, loss=loss)
    losses = train(model, batches, update, schedule, callbacks, train_step=step).losses
    found, means = list(zip(losses, map(len, rows), strict=False)), []  # it may have ended early
    for start in range(0, len(found), len(drawn[0])):
        epoch = found[start : start + len(drawn[0])]
        means.append(sum(value * size for value, size in epoch) / sum(size for _, size in epoch))
    return means


def ask(model: Any, sequences: Sequence[np.ndarray], batch_size: int = 500) -> np.ndarray:
    """The outputs (N, outputs) for sequences of any lengths, in their order. Chapter 15."""
    lengths = [len(row) for row in sequences]
    found = np.empty((len(sequences), model.config.outputs), model.config.dtype)
    for batch in make_buckets(lengths, batch_size, near=max(1, len(lengths) // batch_size + 1)):
        found[batch] = model.forward(*pad([sequences[j] for j in batch]))
    return found
