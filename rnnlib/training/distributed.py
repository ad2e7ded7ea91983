"""One process, or several that torchrun started: what training asks of those it runs in.

The processes themselves are PyTorch's matter: models/char_rnn/torch_parallel.py.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from rnnlib.interface import Array


class Alone:
    """A process by itself, with the methods of torch_parallel.Group."""

    rank, count = 0, 1

    def rows(self, batch_size: int) -> slice:
        """All of them."""
        return slice(batch_size)

    def mean(self, *numbers: float) -> list[float]:
        """The numbers themselves."""
        return list(numbers)

    def whole(self, state: Array) -> Array:
        """The states that it carries, which are all."""
        return state

    def of_all(self, thing: Any) -> list[Any]:
        """What it hands in."""
        return [thing]

    def heard(self) -> AbstractContextManager[None]:
        """Nobody else is there to be lost."""
        return nullcontext()

    def close(self) -> None:
        """Nobody is there to take leave of."""


ALONE = Alone()


def group_of(model: Any) -> Any:
    """The processes that a model is trained in."""
    return getattr(model, "group", ALONE)


def count_processes() -> int:
    """How many processes were started together, as torchrun says; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this is the process that speaks and writes for all."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def together(group: Any) -> Iterator[None]:
    """Within it, what one process refuses all refuse; none of them may wait for another there."""
    problem = None
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        problem = error
    told = group.of_all(None if problem is None else (isinstance(problem, OSError), str(problem)))
    if problem is not None:
        raise problem
    for rank, other in enumerate(told):
        if other is not None:
            raise (OSError if other[0] else ValueError)(f"process {rank}: {other[1]}")


def check_same(group: Any, **facts: Any) -> None:
    """Raise ValueError unless all processes hand in the same: the text, the recipe, ..."""
    first, *others = group.of_all(facts)
    for rank, other in enumerate(others, start=1):
        for name in facts:
            if other[name] != first[name]:
                raise ValueError(
                    f"process {rank} and process 0 differ in their {name}. Start all processes "
                    "with the same command, text and version."
                )
