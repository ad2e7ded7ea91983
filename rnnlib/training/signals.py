"""Signals that end a training: Ctrl-C, SIGTERM, and the SIGHUP of a terminal that is closed."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

ENDINGS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class Ended(SystemExit):
    """Raised for SIGTERM and SIGHUP, as KeyboardInterrupt is for Ctrl-C; the exit code 128 + n."""


def end(number: int, frame: Any = None) -> NoReturn:
    """Raise what a signal is to raise."""
    raise KeyboardInterrupt if number == signal.SIGINT else Ended(128 + number)


@contextmanager
def answered(answer: Any, signals: Sequence[int] = ENDINGS) -> Iterator[None]:
    """Within it, these signals are answered by a function of (number, frame), or as signal.signal
    says; only in the main thread, and not one that is ignored, as nohup ignores SIGHUP.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in signals:
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, answer)
    try:
        yield
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)
