"""One process, or several that torchrun started: what training asks of those it runs in.

The processes themselves are PyTorch's matter: models/char_rnn/torch_parallel.py.
"""

import os
from contextlib import contextmanager, nullcontext


class Alone:
    """A process by itself, with the methods of torch_parallel.Group."""

    rank, count = 0, 1

    def rows(self, batch_size):
        """All of them."""
        return slice(batch_size)

    def mean(self, *numbers):
        """The numbers themselves."""
        return list(numbers)

    def whole(self, state):
        """The states that it carries, which are all."""
        return state

    def of_all(self, thing):
        """What it hands in."""
        return [thing]

    def heard(self):
        """Nobody else is there to be lost."""
        return nullcontext()

    def close(self):
        """Nobody is there to take leave of."""


ALONE = Alone()


def group_of(model):
    """The processes that a model is trained in."""
    return getattr(model, "group", ALONE)


def count_processes():
    """How many processes were started together, as torchrun says; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first():
    """Whether this is the process that speaks and writes for all."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def together(group):
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


@contextmanager
def joined(group):
    """Within it, where no model is shared out yet, an error leaves the group: a process that ends
    in one can end in a fault of its own.
    """
    try:
        yield
    except BaseException:
        group.close()
        raise


def check_same(group, **facts):
    """Raise ValueError unless all processes hand in the same: the text, the recipe, ..."""
    first, *others = group.of_all(facts)
    for rank, other in enumerate(others, start=1):
        for name in facts:
            if other[name] != first[name]:
                raise ValueError(
                    f"process {rank} and process 0 differ in their {name}. Start all processes "
                    "with the same command, text and version."
                )
