"""The losses of sequence models in PyTorch; autograd supplies the gradients.

The same names and numbers as numpy_losses.py and keras_losses.py.
"""

import math
from collections.abc import Sequence

import torch
from torch.nn import functional as F


def measure(
    name: str,
    outputs: torch.Tensor,
    targets: torch.Tensor,
    counts: torch.Tensor | None = None,
    levels: Sequence[float] = (),
) -> torch.Tensor:
    """The mean of a loss; `counts` (B, T) says which steps do; without it, all."""
    values = FUNCTIONS[name](outputs, targets, levels)
    return values.mean() if counts is None else values[counts].mean()


def cross_entropy(
    outputs: torch.Tensor, targets: torch.Tensor, levels: Sequence[float]
) -> torch.Tensor:
    """-log softmax(outputs)[target], in nats."""
    return F.cross_entropy(outputs.movedim(-1, 1), targets, reduction="none")


def squares(outputs: torch.Tensor, targets: torch.Tensor, levels: Sequence[float]) -> torch.Tensor:
    """(output - target)^2."""
    return (outputs - targets) ** 2


def gaussian(outputs: torch.Tensor, targets: torch.Tensor, levels: Sequence[float]) -> torch.Tensor:
    """-log of the normal density whose mean and log variance stand in the two halves, in nats."""
    mean, log_variance = outputs.chunk(2, dim=-1)
    squared = (mean - targets) ** 2 * torch.exp(-log_variance)
    return 0.5 * (math.log(2 * math.pi) + log_variance + squared)


def quantiles(
    outputs: torch.Tensor, targets: torch.Tensor, levels: Sequence[float]
) -> torch.Tensor:
    """The pinball loss: max(q e, (q - 1) e) of e = target - quantile, for each level q."""
    found = outputs.unflatten(-1, (targets.shape[-1], len(levels)))
    q = outputs.new_tensor(levels)
    gap = targets[..., None] - found
    return torch.maximum(q * gap, (q - 1) * gap)


FUNCTIONS = {each.__name__: each for each in (cross_entropy, squares, gaussian, quantiles)}
