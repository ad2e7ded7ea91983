"""Engines loaded without the talk of native code, or an error that says how to install them."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hushed(engine: str) -> Iterator[None]:
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


@contextmanager
def loading(engine: str) -> Iterator[None]:
    """Within it an engine is loaded, hushed; one that is not installed is an error that says how.

    Raises ImportError.
    """
    try:
        with hushed(engine):
            yield
    except ImportError as error:
        package = "tensorflow" if engine == "keras" else engine
        raise ImportError(
            f"the engine {engine} cannot be loaded ({str(error).rstrip('.')}). "
            f"Run `pip install {package}` to install it."
        ) from None
