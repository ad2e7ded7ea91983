"""The learning rate of every update: how it rises and falls."""

import math
from dataclasses import dataclass

DECAYS = ("cosine", "linear", "none")


@dataclass(frozen=True)
class Schedule:
    """A learning rate for each of `steps` updates; call it with the update's number, from 0.

    It rises on a line to `rate` over the first `warmup`, a share of the steps. Then it falls to
    zero along half a cosine or on a line, or stays: `decay` is "cosine", "linear" or "none". With
    `overlap` it falls from the first step on, and the warm-up takes its share of that. Chapter 9.
    """

    steps: int
    rate: float
    warmup: float = 0.0
    decay: str = "cosine"
    overlap: bool = False

    def __call__(self, step: int) -> float:
        """The rate of update number `step`."""
        rising = self.warmup * self.steps
        if self.overlap:
            begin = 0
            rate = self.rate * min(1, (step + 1) / max(1, rising))
        else:
            rising = begin = round(rising)
            rate = self.rate * (step + 1) / rising if step < rising else self.rate
        if self.decay == "none" or step < begin:
            return rate
        done = (step - begin) / max(self.steps - begin, 1)
        if self.decay == "linear":
            return rate * (1 - done)
        return rate * 0.5 * (1 + math.cos(math.pi * done))
