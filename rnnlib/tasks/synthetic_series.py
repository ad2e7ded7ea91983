"""Made series whose best forecast is known: linear ones, a random walk among them."""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array
from rnnlib.tasks.grammars import make_rng


@dataclass(frozen=True)
class LinearSeries:
    """x[t] = weights[0] x[t-1] + weights[1] x[t-2] + ... + a normal number of deviation `sd`.

    weights (1.0,) make a random walk, of which the last number is the best forecast. `optimum` is
    the lowest mean squared error one step ahead. Raises ValueError where the series would explode.
    """

    weights: tuple[float, ...] = (1.0,)
    sd: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "weights", tuple(float(weight) for weight in self.weights))
        if not self.weights or not np.isfinite(self.weights).all():
            raise ValueError("a linear series needs at least one weight, each a finite number.")
        if not (np.isfinite(self.sd) and self.sd > 0):
            raise ValueError(f"sd must be a number above 0, not {self.sd!r}.")
        roots = np.abs(np.roots([1, *(-weight for weight in self.weights)]))
        if roots.size and roots.max() > 1 + 1e-9:
            raise ValueError(
                f"with the weights {self.weights} the series grows by {roots.max():.3g} a step and "
                "explodes; give smaller ones."
            )

    @property
    def optimum(self) -> float:
        """The variance of what is new at each step."""
        return self.sd**2

    def draw(self, n: int, length: int, seed: int, burn: int = 200) -> Array:
        """n series (n, length), float64, begun `burn` steps earlier from zeros."""
        rng = make_rng(n, seed)
        check_whole("length", length)
        check_whole("burn", burn, least=0)
        p, steps = len(self.weights), burn + length
        found = np.zeros((n, p + steps))
        shocks = rng.normal(0, self.sd, (n, steps))
        for t in range(steps):
            found[:, p + t] = found[:, t : p + t][:, ::-1] @ self.weights + shocks[:, t]
        return found[:, p + burn :]
