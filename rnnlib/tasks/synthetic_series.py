"""Made series whose best forecast is known: a linear one, a random walk among them, and one whose
next number depends on the last in a way that no straight line shows.

Both have `optimum`, the lowest mean squared error one step ahead, and `best(history, horizon)`,
which gives means and standard deviations, (horizon,) each, that no forecaster can better.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.tasks.grammars import make_rng


@dataclass(frozen=True)
class LinearSeries:
    """x[t] = weights[0] x[t-1] + weights[1] x[t-2] + ... + a normal number of deviation `sd`.

    weights (1.0,) make a random walk, of which the last number is the best forecast. Raises
    ValueError for weights under which the series would explode. Chapter 16.
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
    def optimum(self):
        """The variance of what is new at each step."""
        return self.sd**2

    def draw(self, n: int, length: int, seed: int, burn: int = 200) -> np.ndarray:
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

    def best(self, history, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations (horizon,) of what follows history (N,)."""
        history, p = _last_numbers(history, len(self.weights)), len(self.weights)
        means, response = list(history), [0.0] * (p - 1) + [1.0]
        for _ in range(check_whole("horizon", horizon)):
            means.append(np.dot(self.weights, means[: -p - 1 : -1]))
            response.append(np.dot(self.weights, response[: -p - 1 : -1]))
        growth = np.cumsum(np.square(response[p - 1 : -1]))
        return np.array(means[p:]), self.sd * np.sqrt(growth)


@dataclass(frozen=True)
class WaveSeries:
    """x[t] = cos(turns x[t-1]) + a normal number of deviation `sd`.

    From its last number the next is known up to the noise, but the wave goes up and down again, so
    a weighted sum of what came before, which is all a linear autoregression has, forecasts hardly
    better than a constant. What holds in the long run is worked out on a grid. Raises ValueError
    for turns outside 1 to 6, or a deviation outside 0.02 to 0.5. Chapter 16.
    """

    turns: float = 5.0
    sd: float = 0.1

    def __post_init__(self):
        if not 1 <= self.turns <= 6:
            raise ValueError(f"turns must lie between 1 and 6, not {self.turns!r}.")
        if not 0.02 <= self.sd <= 0.5:
            raise ValueError(f"sd must lie between 0.02 and 0.5, not {self.sd!r}.")

    @property
    def optimum(self):
        """The variance of the noise."""
        return self.sd**2

    @property
    def chance(self):
        """The variance of the series: the error of its mean, the best constant."""
        points, share, _ = self._grid
        return float(share @ (points - share @ points) ** 2)

    @property
    def linear(self):
        """The error of the best straight line from the last number to the next."""
        points, share, next_mean = self._grid
        centred = points - share @ points
        covariance = share @ (centred * (next_mean - share @ next_mean))
        return float(self.chance - covariance**2 / self.chance)

    def wave(self, x) -> np.ndarray:
        """The best forecast of the next number, given the last."""
        return np.cos(self.turns * np.asarray(x, np.float64))

    def draw(self, n: int, length: int, seed: int, burn: int = 100) -> np.ndarray:
        """n series (n, length), float64, begun `burn` steps earlier near zero."""
        rng = make_rng(n, seed)
        check_whole("length", length)
        check_whole("burn", burn, least=0)
        found = np.empty((n, burn + length))
        x = rng.normal(0, self.sd, n)
        for t in range(burn + length):
            x = self.wave(x) + rng.normal(0, self.sd, n)
            found[:, t] = x
        return found[:, burn:]

    def best(self, history, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations (horizon,) of what follows history (N,)."""
        points = self._points
        (last,) = _last_numbers(history, 1)
        share = self._noise(points, self.wave(last))
        means, sds = [], []
        for _ in range(check_whole("horizon", horizon)):
            mean = share @ points
            means.append(mean)
            sds.append(np.sqrt(share @ (points - mean) ** 2))
            share = share @ self._steps
        return np.array(means), np.array(sds)

    def _noise(self, points, mean):
        """The shares of the grid's points under a normal number about each mean (..., G)."""
        found = np.exp(-0.5 * ((points - np.asarray(mean)[..., None]) / self.sd) ** 2)
        return found / found.sum(axis=-1, keepdims=True)

    @cached_property
    def _steps(self):
        """The chance of each point of the grid after each other (G, G)."""
        return self._noise(self._points, self.wave(self._points))

    @cached_property
    def _points(self):
        """The grid (G,): the wave stays within 1, and noise beyond 7 deviations does not occur."""
        return np.linspace(-1 - 7 * self.sd, 1 + 7 * self.sd, GRID)

    @cached_property
    def _grid(self):
        """Points (G,), how often each is met in the long run, and what follows it on average."""
        share = np.full(GRID, 1 / GRID)
        for _ in range(200):
            share = share @ self._steps
        return self._points, share / share.sum(), self._steps @ self._points


GRID = 1001  # points


def _last_numbers(history, count):
    """The last `count` of history (N,), the oldest first; ValueError where there are fewer."""
    history = np.asarray(history, np.float64)
    if history.ndim != 1 or len(history) < count or not np.isfinite(history[-count:]).all():
        raise ValueError(
            f"the history must be one row that ends in {count} finite numbers; this has the shape "
            f"{history.shape}."
        )
    return history[-count:]
