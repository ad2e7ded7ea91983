"""The training loop of the benchmarks: an update a batch, with a say in the rate and the state."""

import numpy as np


def train(model, batches, rate, hand_on=np.zeros_like):
    """Train a model on batches of inputs and targets, each (B, T), and yield every loss.

    rate(update): the learning rate of an update, the first being 0. hand_on(state): the state
    (L, B, S) with which the next batch begins, given that after the last one; zeros unless told.
    """
    state = None
    for update, (ids, targets) in enumerate(batches):
        state = model.init_state(len(ids)) if state is None else hand_on(state)
        model.learning_rate = rate(update)
        loss, state = model.train_step(ids, targets, state)
        yield loss
