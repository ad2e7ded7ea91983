"""A recurrent network that forecasts: windows of one series or of many, read and trained on.

It is made with training parts and then called as the floors are, `forecaster(history, horizon)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from rnnlib.checks import check_choice, check_number, check_whole
from rnnlib.data import Scaler, check_series, cut_windows
from rnnlib.evaluation.forecasts import Forecast
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.classifier import SequenceConfig, build
from rnnlib.models.update import Update
from rnnlib.training.loop import Callback, train
from rnnlib.training.schedule import Schedule

READS = ("level", "change", "both")


@dataclass(frozen=True)
class ForecastPlan:
    """How a network forecasts `horizon` steps at once, after `window` steps read. Chapter 16.

    At each step it reads the "level" of the series, its "change" since the step before, or "both",
    scaled; with a `season` above 1 also the place in the season, as that many numbers of which one
    is 1. Its answer is a mean and a log variance for each step ahead, of the difference to the last
    number. `steps` updates of AdamW on `batch_size` windows each, drawn at random; the rate falls
    from `rate` to zero along half a cosine. Raises ValueError for what is out of range.
    """

    window: int
    horizon: int
    reads: str = "both"
    cell: str = "gru"
    hidden_size: int = 16
    steps: int = 400
    batch_size: int = 32
    rate: float = 5e-3
    weight_decay: float = 0.0
    season: int = 1

    def __post_init__(self):
        for name in ("window", "horizon", "hidden_size", "steps", "batch_size", "season"):
            object.__setattr__(self, name, check_whole(name, getattr(self, name)))
        for name in ("rate", "weight_decay"):
            check_number(name, getattr(self, name))
        check_choice("reads", self.reads, READS)

    @property
    def config(self) -> SequenceConfig:
        """The model: `features` numbers a step, and two answers for each step ahead."""
        places = self.season if self.season > 1 else 0
        return SequenceConfig(
            outputs=2 * self.horizon,
            hidden_size=self.hidden_size,
            features=(2 if self.reads == "both" else 1) + places,
            cell=self.cell,
        )


class Forecaster:
    """A trained model with the scales of one series; call it as `forecaster(history, horizon)`.

    Nothing is learned in a call, and of the history only the last `window` + 1 numbers are read.
    Where the plan has a season, a history must begin at the same place in it as the training part.
    Chapter 16.
    """

    def __init__(self, model: Any, plan: ForecastPlan, level: Scaler, change: Scaler):
        self.model, self.plan, self.level, self.change = model, plan, level, change

    def __call__(self, history: ArrayLike, horizon: int) -> Forecast:
        """Means and standard deviations (horizon,) of what comes next; horizon as planned, at most.

        Raises ValueError for more steps than planned and for a history shorter than the window.
        """
        needed = self.plan.window + 1
        history = check_series(history, least=needed)
        if check_whole("horizon", horizon) > self.plan.horizon:
            raise ValueError(
                f"this network was planned for {self.plan.horizon} steps ahead, not {horizon}. "
                "Train one with a longer horizon."
            )
        found = self.forecast(history[None, -needed:], [len(history)])
        return Forecast(found.mean[0, :horizon], found.sd[0, :horizon])

    def forecast(self, windows: ArrayLike, origins: Any = None) -> Forecast:
        """Means and standard deviations (N, H) after windows (N, window + 1) of this series.

        `origins` (N,) are the steps that follow each window, which a plan with a season needs.
        """
        windows = np.asarray(windows, np.float64)
        lengths = np.full(len(windows), self.plan.window)
        inputs = self.inputs(windows, origins)
        outputs = self.model.forward(inputs, lengths).astype(np.float64)
        mean, log_variance = np.split(outputs, 2, axis=-1)
        sd = np.exp(0.5 * log_variance)
        return Forecast(windows[:, -1:] + self.level.undo_width(mean), self.level.undo_width(sd))

    def inputs(self, windows: Array, origins: Any = None) -> Array:
        """What the model reads (N, window, F) of windows (N, window + 1) that end before `origins`.

        Raises ValueError where the plan has a season and the origins are missing.
        """
        level, change = self.level.scaled(windows[:, 1:]), self.change.scaled(np.diff(windows))
        found = {"level": [level], "change": [change], "both": [level, change]}[self.plan.reads]
        season = self.plan.season
        if season > 1:
            if origins is None or len(origins) != len(windows):
                raise ValueError(
                    f"this network reads the place in a season of {season}: give the origin of "
                    "each window, the step that follows it."
                )
            steps = np.asarray(origins)[:, None] + np.arange(-self.plan.window, 0)
            found += list(np.moveaxis(np.eye(season)[steps % season], -1, 0))
        return np.stack(found, axis=-1).astype(self.model.config.dtype)

    def examples(self, train: ArrayLike) -> tuple[Array, Array]:
        """Inputs (N, window, F) and targets (N, H), scaled, from a training part."""
        windows, future = cut_windows(train, self.plan.window + 1, self.plan.horizon)
        targets = (future - windows[:, -1:]) / self.level.scale
        origins = np.arange(len(windows)) + windows.shape[1]
        return self.inputs(windows, origins), targets.astype(self.model.config.dtype)


def fit_forecaster(
    train: ArrayLike, plan: ForecastPlan, engine: str = "torch", seed: int = 0
) -> Forecaster:
    """One network for one series, trained on its training part (N,). Chapter 16.

    Raises ValueError for a series that is constant, holds nan, or is shorter than a window.
    """
    return fit_forecasters([train], plan, engine, seed)[0]


def fit_forecasters(
    trains: Sequence[ArrayLike],
    plan: ForecastPlan,
    engine: str = "torch",
    seed: int = 0,
    shared: bool = False,
    model: Any = None,
    callbacks: Sequence[Callback] = (),
) -> list[Forecaster]:
    """One network for many series, trained on windows of all of them: a forecaster for each.

    Each series has scales of its own, from its training part, unless they are `shared`, which suits
    series of one unit. All forecasters have the same model; one that was built of `plan.config`
    brings initial weights of its own. `callbacks` are called after every step, as by loop.train.
    Raises ValueError as fit_forecaster, and when the loss stops being a number. Chapter 16.
    """
    trains = [check_series(train, least=plan.window + 1 + plan.horizon) for train in trains]
    if not trains:
        raise ValueError("there is no series to train on; give at least one.")
    model = model or build(plan.config, engine, seed)
    if model.config != plan.config:
        raise ValueError(
            f"the model was built of {model.config}, and this plan needs {plan.config}. Build it "
            "of plan.config."
        )
    scales = [_scales(trains)] * len(trains) if shared else [_scales([one]) for one in trains]
    found = [Forecaster(model, plan, *both) for both in scales]
    pairs = [one.examples(series) for one, series in zip(found, trains, strict=True)]
    inputs, targets = (np.concatenate(part) for part in zip(*pairs, strict=True))
    batches = _draw_batches(inputs, targets, plan, seed)
    update = Update(plan.rate, clip_norm=1.0, weight_decay=plan.weight_decay)
    step = partial(model.train_step, loss="gaussian")
    train(model, batches, update, Schedule(plan.steps, plan.rate), callbacks, train_step=step)
    return found


def _draw_batches(inputs, targets, plan, seed):
    """Batches of windows, drawn at random, one for each step of a plan."""
    rng = np.random.default_rng(seed)
    lengths = np.full(min(plan.batch_size, len(inputs)), plan.window)
    for _ in range(plan.steps):
        rows = rng.integers(len(inputs), size=len(lengths))
        yield inputs[rows], lengths, targets[rows]


def _scales(trains):
    """The scaler of the level, and that of the change, which has no shift: 0 stays 0."""
    changes = np.concatenate([np.diff(train) for train in trains])
    level = Scaler.fit(np.concatenate(trains))
    return level, Scaler(0.0, float(np.sqrt(np.mean(changes**2))))
