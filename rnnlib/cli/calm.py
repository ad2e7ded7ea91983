"""What keeps a command calm: Ctrl-C pressed again as it ends, and the talk of native code."""

import os
import signal
import sys
import tempfile
import threading
from contextlib import contextmanager


@contextmanager
def deaf():
    """Within it, Ctrl-C is not heard: what was begun because of the first press is brought to its
    end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def hushed(engine):
    """Within it, what TensorFlow's native code says as it starts stays unsaid, unless it fails.

    It writes to the stream behind sys.stderr before any of its settings is read.
    """
    if engine != "keras":
        yield
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
