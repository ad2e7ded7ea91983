"""Files that appear whole or not at all."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path, data):
    """Write bytes beside `path` and move them there, so that `path` never holds a part of them.

    Raises OSError where that cannot be done; then `path` is as it was. Used from chapter 1 on.
    """
    temporary = Path(f"{path}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        with suppress(OSError):  # it is gone already when all went well
            temporary.unlink()


def sha256(data):
    """The fingerprint of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
