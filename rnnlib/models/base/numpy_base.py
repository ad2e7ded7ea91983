"""What every NumPy model has: its weights, Adam, and one step; a family adds what it computes.

The same class, methods and numbers as keras_base.py and torch_base.py. A family derives its
model from it, and supplies

    _call(*arrays)                    what forward computes
    _gradients(arrays, **settings)    the loss, and its gradient {name: array} for every parameter
"""

import numpy as np

from rnnlib.models.base.parts import first_values, shapes
from rnnlib.models.config import choose_device
from rnnlib.models.initial import check_arrays
from rnnlib.models.optimizers import Adam, clip_by_global_norm


def copy_params(params):
    """{name: array} with arrays of its own."""
    return {name: value.copy() for name, value in params.items()}


class Model:
    """Weights that are the same at first in every engine, and AdamW; `config` is that of a family:
    it has `parts()`, a `dtype` and a `family`. `device` is "cpu" or "gpu"; unless told, a GPU where
    there is one. Chapter 15.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        self.device = choose_device(device, gpu=False)
        self.set_params(first_values(config.parts(), seed, config.dtype))
        self._adam = Adam()

    def get_params(self):
        """A copy of every parameter, {name: array}, in canonical order."""
        return copy_params(self._params)

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._params = check_arrays(params, shapes(self.config.parts()), self.config.dtype)

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        empty = {name: np.zeros_like(value) for name, value in self._params.items()}
        m, v = (copy_params(empty | memory) for memory in (self._adam.m, self._adam.v))
        return {"step": self.steps, "m": m, "v": v}

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        expected = shapes(self.config.parts())
        m, v = (check_arrays(memory[part], expected, self.config.dtype) for part in ("m", "v"))
        self._adam.step, self._adam.m, self._adam.v = int(memory["step"]), m, v

    @property
    def steps(self):
        """Updates so far."""
        return self._adam.step

    def _evaluate(self, function, arrays, **settings):
        """What a function of the model makes of arrays, without gradients: arrays again."""
        return function(*arrays, **settings)

    def _train(self, arrays, update, **settings):
        """One AdamW update along the clipped gradients, as an Update says; the loss before it.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        loss, grads = self._gradients(arrays, **settings)
        rate = float(np.float32(update.rate))  # as Keras stores it
        grads = clip_by_global_norm(grads, update.clip_norm)
        self._adam.update(self._params, grads, rate, update.weight_decay)
        return loss
