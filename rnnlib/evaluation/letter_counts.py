"""A classifier that counts letters: what a network that reads names has to beat.

A name is taken as a bag of pieces: all runs of one to `longest` letters, with a mark before the
first letter and one behind the last. Shapes: N names, C classes, P pieces known from training.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from rnnlib.checks import check_ids, check_whole
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


class Bags:
    """Names as counts of the pieces that occurred in training."""

    def __init__(self, names: Iterable[str], labels: ArrayLike, classes: int, longest: int):
        names = list(names)
        if not names or len(names) != np.size(labels):
            raise ValueError(
                f"there are {len(names)} names and {np.size(labels)} labels. Give one label for "
                "each."
            )
        self.classes, self.longest = check_whole("classes", classes, least=2), longest
        self.labels = check_ids(labels, classes)
        known = sorted({piece for name in names for piece in pieces_of(name, longest)})
        self.ids = {piece: i for i, piece in enumerate(known)}

    def bag(self, name: str) -> tuple[Array, Array]:
        """The ids of its known pieces, each once, and how often each occurs."""
        counts = Counter(self.ids[p] for p in pieces_of(name, self.longest) if p in self.ids)
        return np.fromiter(counts, int, len(counts)), np.fromiter(counts.values(), float)


class NaiveBayes:
    """The class under which the pieces of a name are most probable, each counted by itself.

    P(piece | class) is its count plus `alpha` over their sum, P(class) its share. Maron (1961).
    """

    def __init__(
        self,
        names: Sequence[str],
        labels: ArrayLike,
        classes: int,
        longest: int = 3,
        alpha: float = 0.1,
    ):
        self._bags = bags = Bags(names, labels, classes, longest)
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
