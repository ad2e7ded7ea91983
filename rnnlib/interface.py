"""The interface that everything meets at: arrays, parameters, and what a CharRNN can do.

Arrays at the boundary are NumPy, and the state is a value that is handed in and out: no model hides
one. What each method does is said in models/base.py and models/char_rnn/methods.py.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike as ArrayLike  # what np.asarray takes

Array = np.ndarray
Params = dict[str, Array]  # every parameter, in the names and shapes of models/parts.py


class Model(Protocol):
    """A model of the next character. Every method that takes arrays copies them, and raises
    ValueError, with a sentence, for ids, states, targets or parameters that do not fit `config`.
    """

    config: Any  # a ModelConfig
    seed: int
    device: str  # "cpu" or "gpu"

    def init_state(self, batch_size: int) -> Array: ...

    def forward(self, ids: ArrayLike, state: ArrayLike) -> tuple[Array, Array]: ...

    def loss_and_grads(
        self, ids: ArrayLike, targets: ArrayLike, state: ArrayLike
    ) -> tuple[float, Params, Array]: ...

    def train_step(
        self, ids: ArrayLike, targets: ArrayLike, state: ArrayLike, update: Any
    ) -> tuple[float, Array]: ...

    def get_params(self) -> Params: ...

    def set_params(self, params: Params) -> None: ...

    def get_optimizer(self) -> dict[str, Any]: ...

    def set_optimizer(self, memory: dict[str, Any]) -> None: ...
