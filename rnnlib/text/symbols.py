"""Any symbols as integers and back: phonemes, words, languages; a Vocab for what is no character.

A symbol's id is its place in the order given.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from rnnlib.checks import check_ids
from rnnlib.interface import Array, ArrayLike


class Symbols:
    """Distinct symbols (str), each with the id of its place.

    Raises ValueError for a symbol that is given twice, and for fewer than 2.
    """

    def __init__(self, names: Iterable[str]):
        self.names = tuple(names)
        self._ids = {name: i for i, name in enumerate(self.names)}
        if len(self._ids) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise ValueError(f"each symbol has one id, but {twice!r} is given twice.")
        if len(self.names) < 2:
            raise ValueError(f"there must be at least 2 symbols, not {len(self.names)}.")

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self):
        return f"Symbols({list(self.names)!r})"

    def encode(self, symbols: Sequence[str]) -> Array:
        """Symbols to ids, integers (N,). Raises ValueError, naming a symbol that is not known."""
        for name in symbols:
            if name not in self._ids:
                raise ValueError(
                    f"{name!r} is not among the {len(self)} symbols {', '.join(self.names[:5])}, "
                    "... Remove it, or make new Symbols."
                )
        return np.array([self._ids[name] for name in symbols], np.int64)

    def decode(self, ids: ArrayLike) -> tuple[str, ...]:
        """Ids (N,) to symbols. Raises ValueError for ids that are no integers or out of range."""
        return tuple(self.names[i] for i in check_ids(ids, len(self)).ravel())
