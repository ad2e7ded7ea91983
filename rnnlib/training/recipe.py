"""How a model is trained on one long text: every setting, in one value that never changes."""

import math
from dataclasses import asdict, dataclass, field
from numbers import Real

from rnnlib.checks import check_choice, check_flag, check_number, check_whole
from rnnlib.models.update import Update
from rnnlib.training.schedule import DECAYS, Schedule


def _setting(default, text):
    """A field with the sentence that the command line prints for it."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Recipe:
    """The settings of `training.fit_stream`. Chapter 9.

    batch_size rows are read side by side, `length` characters a step, for `steps` updates of AdamW.
    The learning rate is that of a Schedule: it rises on a line over the first `warmup` (a share of
    the steps), then falls to zero, unless `decay` is "none". `clip_norm`, `weight_decay` and
    `dropout` are those of models.Update. Every `validate_every` steps, and after the last, the
    held-out text is scored; after `patience` scores without a new best the run ends early (None:
    never).
    `reset` is the share of the states that are set to zeros before a step, so that a start without
    a past is practised too. With `documents`, the state of a row is zeros before the first step
    that begins in another text than the step before (a Part of Shards knows where one begins);
    held-out text is read on all the same. Raises ValueError for anything out of range, naming the
    setting.
    """

    batch_size: int = _setting(16, "rows of the text that are read side by side")
    length: int = _setting(48, "characters a step reads of each row: so far back errors travel")
    steps: int = _setting(1000, "updates of the weights")
    learning_rate: float = _setting(5e-3, "the highest learning rate")
    warmup: float = _setting(0.05, "share of the steps over which the rate rises to it")
    decay: str = _setting("cosine", "how the rate falls after that")
    clip_norm: float = _setting(1.0, "longest gradient that is let through; inf: any")
    weight_decay: float = _setting(0.1, "pull of the weights towards zero")
    dropout: float = _setting(0.0, "share of hidden numbers left out at random in training")
    validate_every: int = _setting(500, "steps between two scores of the held-out text")
    patience: int | None = _setting(None, "stop after so many scores without a new best")
    reset: float = _setting(0.0, "share of the states set to zeros before a step")
    documents: bool = _setting(False, "a row forgets where another text of the shards has begun")

    def __post_init__(self):
        for name in ("batch_size", "length", "steps", "validate_every"):
            object.__setattr__(self, name, check_whole(name, getattr(self, name)))
        if self.patience is not None:
            object.__setattr__(self, "patience", check_whole("patience", self.patience))
        check_number("learning_rate", self.learning_rate)
        check_number("warmup", self.warmup, below=1)
        if not (isinstance(self.reset, Real) and 0 <= self.reset <= 1):
            raise ValueError(f"reset must be a number from 0 to 1, not {self.reset!r}.")
        check_flag("documents", self.documents)
        check_choice("decay", self.decay, DECAYS)
        self.update(0)  # which refuses the other settings

    @property
    def characters(self) -> int:
        """How many characters all steps read."""
        return self.steps * self.batch_size * self.length

    @property
    def rate(self) -> Schedule:
        """The learning rate, a function of the update's number, counted from 0."""
        return Schedule(self.steps, self.learning_rate, self.warmup, self.decay)

    def update(self, step: int) -> Update:
        """The settings of update number `step`, counted from 0."""
        return Update(self.rate(step), self.clip_norm, self.weight_decay, self.dropout)

    def to_dict(self) -> dict:
        """The fields as a plain dictionary, for files; an infinite clip_norm becomes None."""
        found = asdict(self)
        return found | {"clip_norm": None if math.isinf(self.clip_norm) else self.clip_norm}

    @classmethod
    def from_dict(cls, found: dict) -> "Recipe":
        """The recipe of such a dictionary."""
        return cls(**(found | {"clip_norm": found["clip_norm"] or math.inf}))
