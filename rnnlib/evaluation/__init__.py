"""How good a model is, beside counting models and copies."""

from rnnlib.evaluation.ngrams import NgramModel, uniform
from rnnlib.evaluation.overlap import distinct, diversity, longest_overlap, repetition
from rnnlib.evaluation.scores import (
    Score,
    accuracy,
    loss_by_class,
    loss_by_position,
    mean_loss,
    score,
    surprise,
)

__all__ = [
    "NgramModel",
    "Score",
    "accuracy",
    "distinct",
    "diversity",
    "longest_overlap",
    "loss_by_class",
    "loss_by_position",
    "mean_loss",
    "repetition",
    "score",
    "surprise",
    "uniform",
]
