"""How far what was written is from what was asked: edits, error rates, and where it looked."""

from collections.abc import Hashable, Sequence

import numpy as np

Symbols = Sequence[Hashable]


def edit_distance(written: Symbols, truth: Symbols) -> int:
    """The fewest symbols to insert, drop or replace that turn one sequence into the other.

    Row by row of the table of Wagner and Fischer (1974).
    """
    row = list(range(len(truth) + 1))  # from nothing: insert everything
    for i, symbol in enumerate(written, 1):
        above, row = row, [i]
        for j, wanted in enumerate(truth, 1):
            replaced = above[j - 1] + (symbol != wanted)
            row.append(min(replaced, above[j] + 1, row[j - 1] + 1))
    return row[-1]


def error_rate(written: Sequence[Symbols], truths: Sequence[Sequence[Symbols]]) -> float:
    """All edits divided by the length of all truths; each sequence has one truth or several.

    Of several (a word that is said in two ways) the one with the fewest edits counts. May be above
    1. With phonemes it is the phoneme error rate. Raises ValueError where nothing can be compared.
    """
    _check_as_many(written, truths)
    edits = length = 0
    for mine, ways in zip(written, truths, strict=True):
        if not ways or not all(len(way) for way in ways):
            raise ValueError(f"a truth is empty: {ways!r}. Leave it out, or say what is right.")
        found = [(edit_distance(mine, way), len(way)) for way in ways]
        fewest, size = min(found)
        edits, length = edits + fewest, length + size
    return edits / length


def exact_share(written: Sequence[Symbols], truths: Sequence[Sequence[Symbols]]) -> float:
    """The share of sequences that are one of their truths, symbol for symbol."""
    _check_as_many(written, truths)
    right = [tuple(w) in {tuple(t) for t in ways} for w, ways in zip(written, truths, strict=True)]
    return float(np.mean(right))


def _check_as_many(written, truths):
    if not len(written) or len(written) != len(truths):
        raise ValueError(
            f"there are {len(written)} sequences and {len(truths)} truths. Give one truth, or a "
            "list of them, for each; at least one."
        )
