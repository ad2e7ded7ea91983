"""Training and asking a sequence model: batches of about equally long sequences, padded."""

import dataclasses

import numpy as np

from rnnlib.checks import check_loss, check_whole
from rnnlib.text.padding import make_buckets, pad
from rnnlib.training.schedule import Schedule


def fit_sequences(
    model,
    sequences,
    targets,
    update,
    epochs=10,
    batch_size=64,
    seed=0,
    loss="cross_entropy",
    near=50,
    after_epoch=None,
):
    """Train on sequences (T,) or (T, F) of any lengths and one target for each.

    The learning rate falls in a straight line from update.rate to zero at the end. Batches are
    buckets as text.make_buckets makes them, drawn from `seed`; near=1 leaves their lengths to
    chance. After each epoch `after_epoch(epoch, mean loss)` is called. Returns the mean loss of
    every epoch. Raises ValueError for what does not fit the model, and where a loss is no longer a
    number. Chapter 15.
    """
    check_whole("epochs", epochs)
    targets = np.asarray(targets)
    if len(targets) != len(sequences):
        raise ValueError(
            f"there are {len(sequences)} sequences and {len(targets)} targets. "
            "Give one target for each sequence."
        )
    rng, lengths, losses, step = np.random.default_rng(seed), [*map(len, sequences)], [], 0
    for epoch in range(epochs):
        batches, total = make_buckets(lengths, batch_size, rng, near), 0.0
        rate = Schedule(epochs * len(batches), update.rate, decay="linear")
        for batch in batches:
            now = dataclasses.replace(update, rate=rate(step))
            inputs, sizes = pad([sequences[j] for j in batch])
            value = model.train_step(inputs, sizes, targets[batch], now, loss=loss)
            step += 1
            total += check_loss(value, step) * len(batch)
        losses.append(total / len(sequences))
        if after_epoch is not None:
            after_epoch(epoch + 1, losses[-1])
    return losses


def ask(model, sequences, batch_size=500):
    """The outputs (N, outputs) for sequences of any lengths, in their order. Chapter 15."""
    lengths = [len(row) for row in sequences]
    found = np.empty((len(sequences), model.config.outputs), model.config.dtype)
    for batch in make_buckets(lengths, batch_size, near=max(1, len(lengths) // batch_size + 1)):
        found[batch] = model.forward(*pad([sequences[j] for j in batch]))
    return found
