"""What every NumPy model has: its weights, Adam, and one step; a family adds what it computes.

The same methods and numbers as keras_base.py and torch_base.py.
"""

import numpy as np

from rnnlib.interface import Params
from rnnlib.models import base
from rnnlib.models.optimizers import Adam, clip_by_global_norm
from rnnlib.models.parts import initialise


def copy_params(params: Params) -> Params:
    """{name: array} with arrays of its own."""
    return {name: value.copy() for name, value in params.items()}


class Model(base.Model):
    """A model whose weights are arrays of NumPy."""

    def _has_gpu(self):
        return False

    def _set_up(self):
        self.set_params(initialise(self.config, self.seed))
        self._adam = Adam()

    def _get_weights(self):
        return copy_params(self._params)

    def _set_weights(self, params):
        self._params = params

    def _get_steps(self):
        return self._adam.step

    def _get_moments(self):
        empty = {name: np.zeros_like(value) for name, value in self._params.items()}
        return [copy_params(empty | memory) for memory in (self._adam.m, self._adam.v)]

    def _set_memory(self, step, m, v):
        self._adam.step, self._adam.m, self._adam.v = step, m, v

    def _evaluate(self, function, arrays, **settings):
        return function(*arrays, **settings)

    def _canonical(self, grads):
        return grads

    def _train(self, arrays, update, **settings):
        loss, grads = self._gradients(arrays, **settings)
        self._apply(grads, update)
        return loss

    def _apply(self, grads, update):
        rate = float(np.float32(update.rate))  # as Keras stores it
        grads = clip_by_global_norm(grads, update.clip_norm)
        self._adam.update(self._params, grads, rate, update.weight_decay)
