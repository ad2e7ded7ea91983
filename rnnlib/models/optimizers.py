"""What turns gradients into new parameters: SGD, momentum and Adam, and clipping before them.

Each works in place on {name: array} and equals the frameworks' optimiser of that name.
"""

import numpy as np

from rnnlib.interface import Params
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON


def global_norm(grads: Params) -> float:
    """The length of all gradients {name: array} laid end to end as one vector."""
    return float(np.sqrt(sum(np.sum(grad**2, dtype=np.float64) for grad in grads.values())))


def clip_by_global_norm(grads: Params, limit: float) -> Params:
    """Gradients whose global norm is at most `limit`: all scaled alike, so the direction stays.

    Pascanu, Mikolov and Bengio (2013).
    """
    norm = global_norm(grads)
    if norm <= limit:
        return grads
    return {name: grad * (limit / norm) for name, grad in grads.items()}


class SGD:
    """Plain gradient descent: one step against the gradient."""

    def update(self, params: Params, grads: Params, learning_rate: float) -> None:
        """Move every parameter (in place) by one step."""
        for name, grad in grads.items():
            params[name] -= learning_rate * grad


class Momentum:
    """Gradient descent along a velocity that keeps `beta` of itself: v = beta v + gradient.

    Polyak (1964), as PyTorch writes it. Keras keeps the rate inside the velocity, which is the same
    while the learning rate does not change.
    """

    def __init__(self, beta: float = 0.9):
        self.beta = beta
        self.velocity: Params = {}

    def update(self, params: Params, grads: Params, learning_rate: float) -> None:
        """Move every parameter (in place) by one step."""
        for name, grad in grads.items():
            self.velocity[name] = self.beta * self.velocity.get(name, 0.0) + grad
            params[name] -= learning_rate * self.velocity[name]


class Adam:
    """Adam as Kingma and Ba (2015) write it at the end of section 2: epsilon beside sqrt(v).

    Keras does the same; PyTorch adds its epsilon after the bias correction (detour: why two
    frameworks disagree). With `weight_decay` it is the AdamW of Loshchilov and Hutter (2019): every
    parameter first shrinks by the share learning_rate * weight_decay of itself.
    """

    def __init__(self):
        self.step, self.m, self.v = 0, {}, {}

    def update(
        self, params: Params, grads: Params, learning_rate: float, weight_decay: float = 0.0
    ) -> None:
        """Move every parameter (in place) by one step."""
        self.step += 1
        beta1, beta2 = ADAM_BETAS
        rate = learning_rate * (1 - beta2**self.step) ** 0.5 / (1 - beta1**self.step)
        for name, grad in grads.items():
            m, v = self.m.get(name, 0.0), self.v.get(name, 0.0)
            self.m[name] = m + (1 - beta1) * (grad - m)
            self.v[name] = v + (1 - beta2) * (grad**2 - v)
            params[name] *= 1 - learning_rate * weight_decay
            params[name] -= rate * self.m[name] / (np.sqrt(self.v[name]) + ADAM_EPSILON)
