"""What every model has, in every engine: a configuration, weights, and the memory of AdamW.

numpy_base.py, keras_base.py and torch_base.py say how an engine keeps them, each in the same words.
A family derives its model from one of them, and supplies

    _call(*tensors)                what forward computes
    _gradients, in NumPy           as below
    _build(), in a framework       its layers, built: a net whose parts stand where parts() says,
                                   in Keras {name of the layer: layer}
    _loss(*tensors, **settings)    and the loss, from which the framework finds the gradients
"""

from collections.abc import Mapping
from typing import Any

from rnnlib.interface import ArrayLike, Params
from rnnlib.models.config import choose_device
from rnnlib.models.parts import check_params


class Model:
    """Weights that are the same at first in every engine, and AdamW; `config` is that of a family:
    it has `parts()`, a `dtype` and a `family`. `device` is "cpu" or "gpu"; unless told, a GPU where
    there is one.
    """

    config: Any
    seed: int
    device: str

    # what an engine supplies
    _has_gpu: Any  # whether it finds a GPU
    _set_up: Any  # makes the network, its initial weights and the optimiser
    _get_weights: Any
    _set_weights: Any
    _get_steps: Any  # updates so far, and Adam's two averages
    _get_moments: Any
    _set_memory: Any
    # what it offers a family to compute with, and what a family's forward computes
    _evaluate: Any  # (function, arrays): what it makes of arrays, without gradients: arrays again
    _gradients: Any  # (arrays, **settings): the loss, and its gradient {name: array}
    _train: Any  # (arrays, update, **settings): one AdamW update; the loss before it
    _apply: Any  # one step of the optimiser along the clipped gradients
    _canonical: Any  # gradients of the engine as {canonical name: array}: copies
    _call: Any

    def __init__(self, config: Any, seed: int = 0, device: str | None = None):
        self.config, self.seed = config, seed
        self.device = choose_device(device, self._has_gpu())
        self._set_up()

    def get_params(self) -> Params:
        """A copy of every parameter, {name: array}, in canonical order."""
        return self._get_weights()

    def set_params(self, params: Mapping[str, ArrayLike]) -> None:
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._set_weights(check_params(params, self.config))

    def get_optimizer(self) -> dict[str, Any]:
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        m, v = self._get_moments()
        return {"step": self.steps, "m": m, "v": v}

    def set_optimizer(self, memory: Mapping[str, Any]) -> None:
        """Go on as a model with this memory of Adam would; copies the arrays."""
        m, v = (check_params(memory[part], self.config) for part in ("m", "v"))
        self._set_memory(int(memory["step"]), m, v)

    @property
    def steps(self) -> int:
        """Updates so far."""
        return self._get_steps()
