"""What keeps a command calm: Ctrl-C pressed again as it ends, and the talk of native code."""

import os
import signal
import sys
import tempfile
from contextlib import contextmanager

from rnnlib.training.endings import answered


def deaf():
    """Within it, no signal that ends a command is heard: what was begun because of the first is
    brought to its end.
    """
    return answered(signal.SIG_IGN)


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
