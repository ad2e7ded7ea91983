"""What keeps a command calm: a name for standard output, and the talk of native code unsaid."""

import io
import os
import sys
import tempfile
from contextlib import contextmanager


class Output(io.FileIO):
    """Standard output that is named in its errors."""

    failed = None  # the last of them

    def write(self, data):
        """As any file does."""
        try:
            return super().write(data)
        except OSError as error:
            error.filename, Output.failed = "standard output", error
            raise


def name_output(stream):
    """The same stream, as an Output; as it is where it is a terminal, or was closed before."""
    if stream.isatty() or stream.fileno() != 1:
        return stream
    raw = io.BufferedWriter(Output(1, "w", closefd=False))
    encoding, errors = stream.encoding, stream.errors
    return io.TextIOWrapper(raw, encoding, errors, write_through=stream.write_through)


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


@contextmanager
def loading(engine):
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
