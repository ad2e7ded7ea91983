"""The training loop of the benchmarks: an update a batch, with a say in its settings and the state."""

import numpy as np


def train(model, batches, settings, hand_on=np.zeros_like):
    """Train a model on batches of inputs and targets, each (B, T), and yield every loss.

    settings(update): the models.Update of an update, the first being 0. hand_on(state): the state
    (L, B, S) with which the next batch begins, given that after the last one; zeros unless told.
    """
    state = None
    for update, (ids, targets) in enumerate(batches):
        state = model.init_state(len(ids)) if state is None else hand_on(state)
        loss, state = model.train_step(ids, targets, state, settings(update))
        yield loss
