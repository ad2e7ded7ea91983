"""How one training step moves the weights: its settings, as one value that never changes."""

import math
from dataclasses import dataclass

from rnnlib.checks import check_clip_norm, check_number


@dataclass(frozen=True)
class Update:
    """The settings of one `train_step`.

    `rate` is the learning rate; a gradient whose global norm exceeds `clip_norm` is scaled down to
    it; every weight first shrinks by the share rate * weight_decay of itself; `dropout` is the
    share of hidden units left out. Raises ValueError for anything out of range, naming the setting.
    """

    rate: float
    clip_norm: float = math.inf
    weight_decay: float = 0.0
    dropout: float = 0.0

    def __post_init__(self):
        check_number("rate", self.rate)
        check_clip_norm(self.clip_norm)
        check_number("weight_decay", self.weight_decay)
        check_number("dropout", self.dropout, below=1)
