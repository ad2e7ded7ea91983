"""The learning rate of every update: how it rises and falls."""

import math
from dataclasses import dataclass

DECAYS = ("cosine", "linear", "none")


@dataclass(frozen=True)
class Schedule:
    """A learning rate for each of `steps` updates; call it with the update's number, from 0.

    It rises on a line to `rate` over the first `warmup`, a share of the steps. Then it falls to
    zero along half a cosine or on a line, or stays: `decay` is "cosine", "linear" or "none".
    Chapter 9.
    """

    steps: int
    rate: float
    warmup: float = 0.0
    decay: str = "cosine"

    def __call__(self, step):
        """The rate of update number `step`."""
        rising = round(self.warmup * self.steps)
        if step < rising:
            return self.rate * (step + 1) / rising
        if self.decay == "none":
            return self.rate
        done = (step - rising) / max(self.steps - rising, 1)
        if self.decay == "linear":
            return self.rate * (1 - done)
        return self.rate * 0.5 * (1 + math.cos(math.pi * done))
