"""Classifiers that count letters: what a network that reads names has to beat.

A name is taken as a bag of pieces: all runs of one to `longest` letters, with a mark before the
first letter and one behind the last. Shapes: N names, C classes, P pieces known from training.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from rnnlib.checks import check_ids, check_number, check_whole
from rnnlib.functional import log_softmax
from rnnlib.interface import Array, ArrayLike

START, END = "\x02", "\x03"


def pieces_of(name: str, longest: int) -> list[str]:
    """Every run of 1 to `longest` letters of a name, marks included: "ab" gives ^a, ab, b$, ...

    A mark alone is no piece.
    """
    marked = START + name + END
    return [
        marked[i : i + n]
        for n in range(1, check_whole("longest", longest) + 1)
        for i in range(len(marked) - n + 1)
        if marked[i : i + n] not in (START, END)
    ]


class _Bags:
    """Names as counts of the pieces that occurred in training."""

    def __init__(self, names, labels, classes, longest):
        names = list(names)
        if not names or len(names) != len(labels):
            raise ValueError(
                f"there are {len(names)} names and {len(labels)} labels. Give one label for each."
            )
        self.classes, self.longest = check_whole("classes", classes, least=2), longest
        self.labels = check_ids(labels, classes)
        known = sorted({piece for name in names for piece in pieces_of(name, longest)})
        self.ids = {piece: i for i, piece in enumerate(known)}

    def bag(self, name):
        """The ids of its known pieces, each once, and how often each occurs."""
        counts = Counter(self.ids[p] for p in pieces_of(name, self.longest) if p in self.ids)
        return np.fromiter(counts, int, len(counts)), np.fromiter(counts.values(), float)


class NaiveBayes:
    """The class under which the pieces of a name are most probable, each counted by itself.

    P(piece | class) is its count plus `alpha`, divided by their sum; P(class) is its share of the
    names. Maron (1961).
    """

    def __init__(
        self,
        names: Sequence[str],
        labels: ArrayLike,
        classes: int,
        longest: int = 3,
        alpha: float = 0.1,
    ):
        self._bags = bags = _Bags(names, labels, classes, longest)
        counts = np.full((len(bags.ids), classes), alpha)
        for name, label in zip(names, bags.labels, strict=True):
            pieces, often = bags.bag(name)
            counts[pieces, label] += often
        self.log_piece = np.log(counts / counts.sum(axis=0))  # (P, C)
        shares = np.bincount(bags.labels, minlength=classes) + alpha
        self.log_class = np.log(shares / shares.sum())

    def log_probs(self, names: Sequence[str]) -> Array:
        """log P(class | name), (N, C)."""
        return log_softmax(np.stack([self._score(name) for name in names]))

    def _score(self, name):
        pieces, often = self._bags.bag(name)
        return self.log_class + often @ self.log_piece[pieces]


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
        self._bags = bags = _Bags(names, labels, classes, longest)
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
