"""What every model has, in every engine: a configuration, weights, and the memory of AdamW.

numpy_base.py, keras_base.py and torch_base.py say how an engine keeps them, each in the same words:

    _has_gpu()                         whether the engine finds a GPU
    _set_up()                          makes the network, its first weights and the optimiser
    _get_weights(), _set_weights(params)
    _get_steps(), _get_moments(), _set_memory(step, m, v)

and offer a family of models what it computes with: `_evaluate`, `_gradients`, `_train`.
"""

from rnnlib.models.config import choose_device
from rnnlib.models.parts import check_params


class Model:
    """Weights that are the same at first in every engine, and AdamW; `config` is that of a family:
    it has `parts()`, a `dtype` and a `family`. `device` is "cpu" or "gpu"; unless told, a GPU where
    there is one.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        self.device = choose_device(device, self._has_gpu())
        self._set_up()

    def get_params(self):
        """A copy of every parameter, {name: array}, in canonical order."""
        return self._get_weights()

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._set_weights(check_params(params, self.config))

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        m, v = self._get_moments()
        return {"step": self.steps, "m": m, "v": v}

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        m, v = (check_params(memory[part], self.config) for part in ("m", "v"))
        self._set_memory(int(memory["step"]), m, v)

    @property
    def steps(self):
        """Updates so far."""
        return self._get_steps()
