"""A model of this book under examination, in any engine: by its interface alone."""

from contextlib import contextmanager

import numpy as np

from checkup.subject import Subject


class CharRNNSubject(Subject):
    """What a checkup does with a CharRNN; targets (B, 1) come after the last step."""

    takes_state = True

    def __init__(self, model, loss, batch):
        super().__init__(model, batch)
        if loss is not None:
            raise ValueError("a CharRNN has a loss of its own. Leave loss out.")
        self.last_only = batch.targets.shape[1] == 1

    def weights(self):
        return self.model.get_params()

    def assign(self, weights):
        self.model.set_params(self.model.get_params() | weights)

    @contextmanager
    def borrowed(self):
        self._kept = self.model.get_params()
        try:
            yield
        finally:
            self.restore()

    def restore(self, weights=True):
        if weights:
            self.model.set_params(self._kept)

    def run(self, batch, training=False, seed=0, fresh=True):
        logits, state = self.model.forward(batch.sequence, self.model.init_state(batch.size))
        return [logits[:, -1] if self.last_only else logits, np.asarray(state)]

    def gradients(self, batch):
        start = self.model.init_state(batch.size)
        return self.model.loss_and_grads(batch.sequence, batch.targets, start)[1]

    def read_step(self, batch, state, step):
        state = self.model.init_state(batch.size) if state is None else state
        return self.model.forward(batch.sequence, state)
