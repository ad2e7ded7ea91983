"""How many threads PyTorch computes with: the number with which an update takes least time.

On a quiet machine all cores are the fastest. On a busy one each waits for the slowest, and a single
thread can be many times as fast. Another number may round the last digits otherwise, so a run whose
digits are to come out the same again needs the same number throughout: set_threads.
"""

import importlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from rnnlib.checks import check_whole
from rnnlib.interface import Model
from rnnlib.training.speed import put_back

UPDATES = 5  # that a number is judged by
WATCHED = 50  # updates between two looks at how long they take
SLOWER = 1.5  # times as long as when the number was chosen: then it is chosen anew


def set_threads(number: int) -> None:
    """Let PyTorch compute with so many threads. Raises ValueError for a number below 1."""
    importlib.import_module("torch").set_num_threads(check_whole("threads", number))


def thread_counts() -> list[int]:
    """The numbers worth trying: 1, 2, 4, ... up to what PyTorch took at first, a thread a core.

    Where OMP_NUM_THREADS gives a number, that alone.
    """
    most = _threads_at_first()
    if "OMP_NUM_THREADS" in os.environ:
        return [most]
    return sorted({2**power for power in range(most.bit_length())} | {most})


@cache
def _threads_at_first():
    return importlib.import_module("torch").get_num_threads()


def _time_call(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def choose_threads(update: Callable[[], Any], counts: Sequence[int]) -> dict[int, float]:
    """Try rising numbers of threads until one is no faster: {number: seconds a call of update()}.

    The fastest is set at the end. A number is given up as soon as it has taken longer than the
    fastest so far, since one that is too large can be fifty times as slow; its seconds are then
    those of the calls that were made. The first call with each, which prepares things, does not
    count.
    """
    found: dict[int, float] = {}
    for number in counts:
        set_threads(number)
        limit = UPDATES * min(found.values(), default=math.inf)
        seconds = _time_call(update)
        if seconds < limit:
            taken = [_time_call(update)]
            while len(taken) < UPDATES and sum(taken) < limit:
                taken.append(_time_call(update))
            seconds = sum(taken) / len(taken)
        found[number] = seconds
        if seconds > min(found.values()):
            break
    set_threads(min(found, key=found.__getitem__))
    return found


class Threads:
    """The threads of one model in training: chosen by measuring, and again when it slows down.

        with Threads(run.model).watch():
            fit_stream(run, ids)

    `number` is what was chosen, and `seconds` are those of an update by number, as last measured.
    A `report`, where one is set, is called with (before, after) when the number changes on the way.
    Of `counts` that are one, that is the number, and nothing is measured.
    """

    report: Callable[[int, int], None] | None = None

    def __init__(self, model: Model, counts: Sequence[int] | None = None):
        self.counts = thread_counts() if counts is None else counts
        self.number = self.counts[-1]
        self.seconds = {self.number: math.inf}
        self._model = model
        self._step = model.train_step

    def choose(self, *batch: Any) -> None:
        """Measure and set the best number, by updates with the arguments of train_step: inputs
        (B, T), targets (B, T), a state and an Update. The model is then as it was.
        """
        if len(self.counts) == 1:
            set_threads(self.number)
            return
        with put_back(self._model):
            self.seconds = choose_threads(lambda: self._step(*batch), self.counts)
        self.number = min(self.seconds, key=self.seconds.__getitem__)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Within it every update of the model is timed. The number is chosen by the first update,
        unless it was before, and again by one after which the last WATCHED took SLOWER times as
        long as when it was chosen.
        """
        if len(self.counts) == 1:
            yield
            return
        self._model.train_step = self._timed()  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._model.train_step = self._step  # type: ignore[method-assign]

    def _timed(self):
        """train_step, with an eye on the clock."""
        taken = []

        def train_step(*batch):
            before = self.number
            if self.seconds[before] == math.inf:
                self.choose(*batch)
            elif len(taken) == WATCHED:
                if sum(taken) > WATCHED * SLOWER * self.seconds[before]:
                    self.choose(*batch)
                    if self.number != before and self.report is not None:
                        self.report(before, self.number)
                taken.clear()
            began = time.perf_counter()
            found = self._step(*batch)
            taken.append(time.perf_counter() - began)
            return found

        return train_step
