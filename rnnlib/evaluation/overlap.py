"""What a text repeats: runs of n characters that stood in it before, or stand in another text."""

from collections.abc import Sequence

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array

FACTOR = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2 ** 64


def repetition(text: str, n: int) -> float:
    """The share of the runs of `n` characters that stood in the text before, 0 to 1.

    Near 1 the text goes in circles. Raises ValueError for a text shorter than n.
    """
    return float(repeated(text, n).mean())


def repeated(text: str, n: int) -> Array:
    """For each run of `n` characters (N - n + 1,), whether the same stood in the text before.

    Raises ValueError for a text shorter than n.
    """
    seen, found = set(), []
    for run in _runs(text, n):
        found.append(run in seen)
        seen.add(run)
    return np.array(found)


def diversity(texts: Sequence[str], n: int) -> float:
    """Different runs of `n` characters over all of them, in several texts taken together.

    Texts that are nearly the same score low. Raises ValueError for a text shorter than n.
    """
    runs = [run for text in texts for run in _runs(text, n)]
    if not runs:
        raise ValueError("there is no text to look at; give at least one.")
    return len(set(runs)) / len(runs)


def longest_overlap(text: str, training_text: str) -> str:
    """The longest piece of `text` that stands word for word in `training_text`.

    A model that only copies gives back long pieces; the first of several equally long is returned.
    The length is found by halving, for whoever shares a piece shares every shorter one, and pieces
    of a length are compared by fingerprints (Karp and Rabin, 1987), then letter by letter.
    """
    sums, training_sums, best = _sums(text), _sums(training_text), ""
    shortest, longest = 1, min(len(text), len(training_text))
    while shortest <= longest:
        length = (shortest + longest) // 2
        alike = _find(_fingerprints(sums, length), _fingerprints(training_sums, length))
        pieces = (text[start : start + length] for start in alike)
        if piece := next((piece for piece in pieces if piece in training_text), ""):
            best, shortest = piece, length + 1
        else:
            longest = length - 1
    return best


def _runs(text, n):
    """Every run of n characters, in order."""
    if len(text) < check_whole("n", n):
        raise ValueError(
            f"a text of {len(text)} characters holds no run of {n}. "
            "Give a longer text or a lower n."
        )
    return [text[start : start + n] for start in range(len(text) - n + 1)]


def _powers(factor, size):
    """factor ** 0, 1, ..., size - 1, all modulo 2 ** 64."""
    factors = np.full(size, factor, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)


def _sums(text):
    """Running sums (N + 1,) of code times power of FACTOR, modulo 2 ** 64, from 0 on."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    return np.append(np.uint64(0), np.cumsum(codes * _powers(FACTOR, len(text))))


def _fingerprints(sums, length):
    """A number for each piece of this length, the same for the same piece wherever it stands."""
    differences = sums[length:] - sums[:-length]
    return differences * _powers(pow(FACTOR, -1, 2**64), len(differences))


def _find(wanted, stored):
    """Where `wanted` holds something that `stored` holds too, in order, or by rare chance 0."""
    table = np.zeros(2**16, bool)  # by the first 16 bits: it rules most of a long text out
    table[wanted >> np.uint64(48)] = True
    stored = np.sort(stored[table[stored >> np.uint64(48)]])
    place = np.searchsorted(stored, wanted)
    return np.flatnonzero(np.append(stored, np.uint64(0))[place] == wanted)
