"""The interface that everything meets at: what every model can do, in every engine.

Arrays at the boundary are NumPy, and the state is a value that is handed in and out: no model hides
one. Shapes: B sequences, T time steps, K targets, V characters, S numbers in the state of a layer.
"""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from rnnlib.models.config import ModelConfig

if TYPE_CHECKING:
    from rnnlib.models.update import Update

Params = dict[str, np.ndarray]  # every parameter, in the names and shapes of parts.py


class Model(Protocol):
    """A model of the next character. Every method that takes arrays copies them, and raises
    ValueError, with a sentence, for ids, states, targets or parameters that do not fit `config`.
    """

    config: ModelConfig
    seed: int
    device: str  # "cpu" or "gpu"

    def init_state(self, batch_size: int) -> np.ndarray:
        """A state of zeros, (num_layers, B, S)."""

    def forward(self, ids: ArrayLike, state: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """ids (B, T) and a state -> logits (B, T, V), last state."""

    def loss_and_grads(
        self, ids: ArrayLike, targets: ArrayLike, state: ArrayLike
    ) -> tuple[float, Params, np.ndarray]:
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient for every parameter, and the last state.
        """

    def train_step(
        self, ids: ArrayLike, targets: ArrayLike, state: ArrayLike, update: "Update"
    ) -> tuple[float, np.ndarray]:
        """One step on one batch, as the Update says; the loss before it, and the last state."""

    def get_params(self) -> Params:
        """A copy of every parameter."""

    def set_params(self, params: Params) -> None:
        """Replace every parameter."""

    def get_optimizer(self) -> dict[str, Any]:
        """The optimiser's memory: {"step": updates so far, "m": Params, "v": Params}."""

    def set_optimizer(self, memory: dict[str, Any]) -> None:
        """Go on as a model with this memory would."""
