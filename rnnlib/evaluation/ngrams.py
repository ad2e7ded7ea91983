"""Counting models of text: interpolated Kneser-Ney n-grams, the baselines a network is measured by.

An n-gram is a run of n characters. It is stored as one int64 number, its ids read as digits in
base V, so that a whole text is counted by sorting. The smoothing is "modified Kneser-Ney" of Chen
and Goodman (1999), mixed down to the uniform distribution so that no probability is ever zero.
"""

import numpy as np

from rnnlib.checks import check_row, check_whole
from rnnlib.interface import Array, ArrayLike

FALLBACK_DISCOUNTS = (0.75, 0.75, 0.75)  # where a text is too small to estimate them


def uniform(vocab_size: int) -> float:
    """Loss in nats per character of guessing all V characters equally: log(V)."""
    return float(np.log(vocab_size))


class NgramModel:
    """Probability of the next character from counts of the last `order` characters.

    Order 1 looks at no context, order 2 at one character, and so on. Raises ValueError for an order
    below 1 or one whose codes would not fit into int64.
    """

    def __init__(self, order: int, vocab_size: int):
        self.order = order = check_whole("order", order)
        self.vocab_size = vocab_size = check_whole("vocab_size", vocab_size)
        longest = sum(vocab_size**n <= 2**63 for n in range(1, 64))
        if order > longest and vocab_size > 1:
            raise ValueError(
                f"order {order} with {vocab_size} characters does not fit into 64-bit codes; "
                f"give an order of at most {longest}."
            )
        self.tables: list[tuple] | None = None

    def fit(self, ids: ArrayLike) -> "NgramModel":
        """Count the ids (N,) of a text; the model itself. ValueError where N < order."""
        ids = check_row(ids, self.vocab_size)
        if len(ids) < self.order:
            raise ValueError(
                f"the text has {len(ids)} characters, fewer than the order {self.order}; "
                "give a longer text or a lower order."
            )
        lower = [count_preceding(ids, n, self.vocab_size) for n in range(1, self.order)]
        top = np.unique(gram_codes(ids, self.order, self.vocab_size), return_counts=True)
        self.tables = [smooth(grams, counts, self.vocab_size) for grams, counts in [*lower, top]]
        return self

    def probs(self, context: ArrayLike) -> Array:
        """Distribution (V,) of the character after the context ids, of which any number may be."""
        context = check_row(context, self.vocab_size)
        context = context[max(0, len(context) - self.order + 1) :]
        probs = np.full(self.vocab_size, 1 / self.vocab_size)
        for n, table in enumerate(self._fitted()[: len(context) + 1], start=1):
            start = gram_codes(context, n - 1, self.vocab_size)[-1] * self.vocab_size
            probs = mix(table, start + np.arange(self.vocab_size), self.vocab_size, probs)
        return probs

    def log_probs(self, ids: ArrayLike, context: ArrayLike = ()) -> Array:
        """Natural log-probability (N,) of each id given the context and all ids before it."""
        ids, context = check_row(ids, self.vocab_size), check_row(context, self.vocab_size)
        text = np.concatenate([context, ids])
        probs = np.full(len(text), 1 / self.vocab_size)
        for n, table in enumerate(self._fitted()[: len(text)], start=1):
            codes = gram_codes(text, n, self.vocab_size)
            probs[n - 1 :] = mix(table, codes, self.vocab_size, probs[n - 1 :])
        return np.log(probs[len(context) :])

    def nats(self, ids: ArrayLike, context: ArrayLike = ()) -> float:
        """Mean loss in nats per character of the ids (N,), N at least 1."""
        if np.size(ids) == 0:
            raise ValueError("there are no characters to score; give at least one id.")
        return float(-self.log_probs(ids, context).mean())

    def _fitted(self):
        if self.tables is None:
            raise ValueError("this model has counted no text yet; call fit(ids) first.")
        return self.tables


def gram_codes(ids: Array, n: int, vocab_size: int) -> Array:
    """Codes (N - n + 1,) of all runs of n ids, in the order of the text."""
    codes = np.zeros(len(ids) - n + 1, np.int64)
    for i in range(n):
        codes = codes * vocab_size + ids[i : i + len(codes)]
    return codes


def count_preceding(ids: Array, n: int, vocab_size: int) -> tuple[Array, Array]:
    """The n-grams that follow something, and how many different characters each follows."""
    longer = np.unique(gram_codes(ids, n + 1, vocab_size))
    return np.unique(longer % vocab_size**n, return_counts=True)


def estimate_discounts(counts: Array) -> tuple[float, float, float]:
    """What to take off counts of 1, 2, and 3 or more: Chen and Goodman (1999)."""
    n1, n2, n3, n4 = (np.count_nonzero(counts == c) for c in (1, 2, 3, 4))
    if 0 in (n1, n2, n3):
        return FALLBACK_DISCOUNTS
    y = n1 / (n1 + 2 * n2)
    discounts = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    return discounts if all(d > 0 for d in discounts) else FALLBACK_DISCOUNTS


def smooth(grams: Array, counts: Array, vocab_size: int) -> tuple[Array, Array, Array, Array]:
    """One order's table: grams and their discounted shares, contexts and the share left over."""
    discounts = np.array([0, *estimate_discounts(counts)])[np.minimum(counts, 3)]
    contexts, first = np.unique(grams // vocab_size, return_index=True)
    totals = np.add.reduceat(counts, first)
    rest = np.add.reduceat(discounts, first) / totals
    per_gram = np.repeat(totals, np.diff(np.append(first, len(grams))))
    return grams, (counts - discounts) / per_gram, contexts, rest


def mix(table: tuple[Array, ...], codes: Array, vocab_size: int, lower: Array) -> Array:
    """P(w|h) = share of (h, w) + share left over at h * P(w|shorter h), for each code (h, w)."""
    grams, shares, contexts, rest = table
    return (
        look_up(grams, shares, codes, 0) + look_up(contexts, rest, codes // vocab_size, 1) * lower
    )


def look_up(keys: Array, values: Array, wanted: Array, missing: float) -> Array:
    """values where the sorted keys hold what is wanted, `missing` elsewhere."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], missing)
