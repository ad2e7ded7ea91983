"""How good a model is, beside counting models and copies."""

from rnnlib.evaluation.forecast_floors import (
    ExponentialSmoothing,
    LinearAutoregression,
    Naive,
    SeasonalNaive,
    choose_smoothing,
)
from rnnlib.evaluation.forecasts import (
    Forecast,
    backtest,
    block_interval,
    crps_gaussian,
    mase,
    pinball,
)
from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.overlap import diversity, longest_overlap, repetition
from rnnlib.evaluation.scores import accuracy, loss_by_position, mean_loss, score, surprise

__all__ = [
    "ExponentialSmoothing",
    "Forecast",
    "LinearAutoregression",
    "Naive",
    "NgramModel",
    "SeasonalNaive",
    "accuracy",
    "backtest",
    "block_interval",
    "choose_smoothing",
    "crps_gaussian",
    "diversity",
    "longest_overlap",
    "loss_by_position",
    "mase",
    "mean_loss",
    "pinball",
    "repetition",
    "score",
    "surprise",
    "uniform",
]
