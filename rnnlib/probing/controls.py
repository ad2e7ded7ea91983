"""What a probe must beat before it has found anything: other ways to the same answer."""

import numpy as np
from numpy.typing import ArrayLike

from rnnlib.checks import check_ids, check_whole
from rnnlib.evaluation.ngrams import gram_codes
from rnnlib.models.engines import build
from rnnlib.models.interface import Model
from rnnlib.probing.probes import Split, as_targets, score
from rnnlib.probing.properties import Property

STRENGTHS = (0.5, 1, 2, 4, 8, 16, 32, 64)


def shuffle_labels(prop: Property, seed: int = 0) -> Property:
    """The same values, dealt out among the places asked for: nothing is left to read."""
    values = prop.values.copy()
    values[prop.mask] = np.random.default_rng(seed).permutation(values[prop.mask])
    return prop._replace(values=values)


def control_task(prop: Property, ids: ArrayLike, length: int = 3, seed: int = 0) -> Property:
    """A property without meaning that is as easy to learn by heart: Hewitt and Liang (2019).

    Every run of the last `length` characters has one value, that of a place drawn at random among
    those asked for. A probe that reads it as well as the true property owes its score to what it
    can memorise. Chapter 13.
    """
    ids = np.asarray(ids)
    codes = gram_codes(np.append(np.zeros(length - 1, ids.dtype), ids), length, int(ids.max()) + 1)
    types, of = np.unique(codes, return_inverse=True)
    given = np.random.default_rng(seed).choice(prop.values[prop.mask], len(types))
    return prop._replace(values=given[of])


def untrained(model: Model, seed: int = 0, engine: str = "numpy") -> Model:
    """A network of the same shape before training. Its state holds much of the past already."""
    return build(model.config, engine, seed)


def shuffle_weights(model: Model, seed: int = 0, engine: str = "numpy") -> Model:
    """A network with the same weights in another order, each array shuffled by itself."""
    rng, other = np.random.default_rng(seed), build(model.config, engine)
    other.set_params({name: rng.permuted(w, axis=None) for name, w in model.get_params().items()})
    return other


def guess(prop: Property, split: Split) -> np.ndarray:
    """The answer that looks at nothing, for every place: the mean, or the majority's class."""
    targets = as_targets(prop.kind, prop.values)
    return np.repeat(targets[split.fit & prop.mask].mean(axis=0)[None], len(targets), axis=0)


class Counted:
    """What the last characters tell about a property, by counting in another text.

    For each run of n characters that occurs in the text, the mean of the values after it, drawn
    towards that of the run without its first character as if `strength` more places had it. Raises
    ValueError where runs of `longest` characters do not fit into 64-bit codes. Chapter 13.
    """

    def __init__(self, ids: ArrayLike, vocab_size: int, longest: int = 8):
        self.ids, self.vocab_size = check_ids(ids, vocab_size), vocab_size
        self.longest = check_whole("longest", longest)
        if vocab_size**longest > 2**63:
            raise ValueError(f"runs of {longest} do not fit into 64-bit codes; give a lower number.")
        self._runs = [np.unique(self._codes(self.ids, n), return_inverse=True) for n in self._ns()]

    def read(self, counted: Property, prop: Property, ids: ArrayLike, choose: np.ndarray):
        """The outputs (N, K) for the text ids (N,), at the best n and strength.

        `counted` is the property in the text that was counted, `prop` the same in this text,
        whose places `choose` choose n and strength.
        """
        at, best = choose & prop.mask, (-np.inf, None)
        found = [np.searchsorted(runs, self._codes(ids, n)) for n, (runs, _) in self._each()]
        sums = [self._sums(of, counted) for _, of in self._runs]
        known = [
            runs[np.minimum(place, len(runs) - 1)] == self._codes(ids, n)
            for place, (n, (runs, _)) in zip(found, self._each(), strict=True)
        ]
        start = as_targets(counted.kind, counted.values)[counted.mask].mean(axis=0)
        for strength in STRENGTHS:
            outputs = np.repeat(start[None], len(ids), axis=0)
            for place, there, (n, total) in zip(found, known, sums, strict=True):
                place = np.minimum(place, len(n) - 1)
                seen, added = n[place] * there, total[place] * there[:, None]
                outputs = (added + strength * outputs) / (seen + strength)[:, None]
                reached = score(prop.kind, prop.values[at], outputs[at])
                if reached > best[0]:
                    best = (reached, outputs)
        return best[1]

    def _ns(self):
        return range(1, self.longest + 1)

    def _each(self):
        return zip(self._ns(), self._runs, strict=True)

    def _codes(self, ids, n):
        """The code of the last n characters at every place; before the text stands id 0."""
        return gram_codes(np.append(np.zeros(n - 1, np.int64), ids), n, self.vocab_size)

    def _sums(self, of, counted):
        """For each run: at how many places it is asked for, and the sum of the values (runs, K)."""
        mask, targets = counted.mask, as_targets(counted.kind, counted.values)
        size = of.max() + 1
        n = np.bincount(of[mask], minlength=size)
        return n, np.stack([np.bincount(of[mask], y, size) for y in targets[mask].T], axis=1)
