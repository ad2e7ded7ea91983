"""Logistic regression on the pieces of names, by L-BFGS: the strongest classifier that counts."""

from collections.abc import Callable, Sequence

import numpy as np

from rnnlib.checks import check_number
from rnnlib.evaluation.letter_counts import Bags
from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike


class Logistic:
    """A weight for each piece and class, all fitted together: logistic regression on tf-idf.

    P(class | name) is the softmax of the summed weights of its pieces. Each piece counts by how
    often it occurs in the name times how rare it is among names, log((1 + N) / (1 + n)) + 1 for n
    of N names that hold it, and a name's numbers are divided by their length. The loss is the mean
    cross-entropy and the squared weights over 2 `C` N; its one minimum is found by L-BFGS, so there
    is no seed. Cox (1958); Salton and Buckley (1988); Liu and Nocedal (1989).
    """

    def __init__(
        self,
        names: Sequence[str],
        labels: ArrayLike,
        classes: int,
        longest: int = 3,
        C: float = 10.0,
    ):
        check_number("C", C)
        self._bags = bags = Bags(names, labels, classes, longest)
        N, P = len(names), len(bags.ids)
        held = np.bincount(np.concatenate([bags.bag(name)[0] for name in names]), minlength=P)
        self.rarity = np.log((1 + N) / (1 + held)) + 1  # (P,)
        read, true = _Table(map(self._row, names), P + 1), np.arange(N)
        pull = np.append(np.full(P, 1 / (C * N)), 0)[:, None]  # none on the constant

        def loss(flat):
            weights = flat.reshape(P + 1, classes)
            log_probs = log_softmax(read.times(weights))
            wrong = np.exp(log_probs)
            wrong[true, bags.labels] -= 1
            value = -log_probs[true, bags.labels].mean() + (pull * weights**2).sum() / 2
            return value, (read.back(wrong) / N + pull * weights).ravel()

        self.weights = descend(loss, np.zeros((P + 1) * classes)).reshape(P + 1, classes)

    def log_probs(self, names: Sequence[str]) -> Array:
        """log P(class | name), (N, C)."""
        rows = _Table(map(self._row, names), len(self.weights))
        return log_softmax(rows.times(self.weights))

    def _row(self, name):
        """The ids of its pieces, the constant's last, and their numbers."""
        pieces, often = self._bags.bag(name)
        numbers = often * self.rarity[pieces]
        numbers /= np.sqrt(numbers @ numbers) or 1
        return np.append(pieces, len(self.rarity)), np.append(numbers, 1.0)


class _Table:
    """Rows of few numbers among many columns: ids and numbers of each row, none of them empty."""

    def __init__(self, rows, width):
        ids, numbers = zip(*rows, strict=True)
        self.starts = np.cumsum([0, *map(len, ids[:-1])])
        self.ids, self.numbers = np.concatenate(ids), np.concatenate(numbers)[:, None]
        order, self.width = np.argsort(self.ids, kind="stable"), width
        rows = np.repeat(np.arange(len(ids)), list(map(len, ids)))
        self.by_id = rows[order], self.numbers[order], self.ids[order]

    def times(self, weights):
        """The product with weights (width, C), a row for each of ours."""
        return np.add.reduceat(self.numbers * weights[self.ids], self.starts)

    def back(self, grads):
        """The product of our transpose with grads (rows, C), (width, C)."""
        (rows, numbers, ids), found = self.by_id, np.zeros((self.width, grads.shape[1]))
        first = np.flatnonzero(np.diff(ids, prepend=-1))
        found[ids[first]] = np.add.reduceat(numbers * grads[rows], first)
        return found


def descend(
    loss: Callable[[Array], tuple[float, Array]],
    start: Array,
    rounds: int = 300,
    kept: int = 10,
    close: float = 1e-6,
) -> Array:
    """The x (N,) of the least loss(x) -> (value, gradient (N,)), for a smooth loss with one valley.

    L-BFGS: the last `kept` moves tell how steep each direction is. It ends where three rounds in a
    row gain less than the share `close`. Liu and Nocedal (1989).
    """
    moves: list[tuple[Array, Array]] = []
    x, (value, grad), still = start, loss(start), 0
    for _ in range(rounds):
        step, shares = -grad, []
        for s, y in reversed(moves):
            shares.append(s @ step / (s @ y))
            step = step - shares[-1] * y
        if moves:
            step = step * (moves[-1][0] @ moves[-1][1]) / (moves[-1][1] @ moves[-1][1])
        for (s, y), share in zip(moves, reversed(shares), strict=True):
            step = step + (share - y @ step / (s @ y)) * s
        size = 1.0
        while (found := loss(x + size * step))[0] > value + 1e-4 * size * (grad @ step):
            size /= 2
        still = still + 1 if value - found[0] <= close * abs(value) else 0
        moves = [*moves, (size * step, found[1] - grad)][-kept:]
        x, (value, grad) = x + size * step, found
        if still == 3 or not grad.any():
            break
    return x
