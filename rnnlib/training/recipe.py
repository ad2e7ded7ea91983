"""How a model is trained on one long text: every setting, in one value that never changes."""

import math
from dataclasses import asdict, dataclass, fields

from rnnlib.checks import check_clip_norm, check_number, check_whole
from rnnlib.models.update import Update

DECAYS = ("cosine", "none")


@dataclass(frozen=True)
class Recipe:
    """The settings of `training.fit_stream`. Chapter 8.

    batch_size rows are read side by side, `length` characters a step, for `steps` updates of AdamW.
    The learning rate rises on a line over the first `warmup` (a share of the steps), then falls to
    zero along half a cosine, unless `decay` is "none". `clip_norm`, `weight_decay` and `dropout`
    are those of models.Update. Every `validate_every` steps, and after the last, the held-out text
    is scored; after `patience` scores without a new best the run ends early (None: never).
    Raises ValueError for anything out of range, naming the setting.
    """

    batch_size: int = 16
    length: int = 48
    steps: int = 1000
    learning_rate: float = 5e-3
    warmup: float = 0.05
    decay: str = "cosine"
    clip_norm: float = 1.0
    weight_decay: float = 0.1
    dropout: float = 0.0
    validate_every: int = 500
    patience: int | None = None

    def __post_init__(self):
        for name in ("batch_size", "length", "steps", "validate_every"):
            object.__setattr__(self, name, check_whole(name, getattr(self, name)))
        if self.patience is not None:
            object.__setattr__(self, "patience", check_whole("patience", self.patience))
        for name in ("learning_rate", "weight_decay"):
            check_number(name, getattr(self, name))
        for name in ("warmup", "dropout"):
            check_number(name, getattr(self, name), below=1)
        check_clip_norm(self.clip_norm)
        if self.decay not in DECAYS:
            raise ValueError(f"decay must be one of {', '.join(DECAYS)}, not {self.decay!r}.")

    @property
    def characters(self):
        """How many characters all steps read."""
        return self.steps * self.batch_size * self.length

    def rate(self, step):
        """The learning rate of update number `step`, counted from 0."""
        rising = round(self.warmup * self.steps)
        if step < rising:
            return self.learning_rate * (step + 1) / rising
        if self.decay == "none":
            return self.learning_rate
        done = (step - rising) / max(self.steps - rising, 1)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def update(self, step):
        """The settings of update number `step`, counted from 0."""
        return Update(self.rate(step), self.clip_norm, self.weight_decay, self.dropout)

    def to_dict(self):
        """The fields as a plain dictionary, for files; an infinite clip_norm becomes None."""
        found = asdict(self)
        return found | {"clip_norm": None if math.isinf(self.clip_norm) else self.clip_norm}

    @classmethod
    def from_dict(cls, found):
        """The recipe of such a dictionary."""
        return cls(**(found | {"clip_norm": found["clip_norm"] or math.inf}))

    def differences(self, other):
        """What another recipe sets differently, as a sentence part: "steps 100, not 200"."""
        return ", ".join(
            f"{f.name} {getattr(other, f.name)!r}, not {getattr(self, f.name)!r}"
            for f in fields(self)
            if getattr(self, f.name) != getattr(other, f.name)
        )
