"""Stored results: rows that are kept as soon as they are known, and found again by their key."""

import json
from pathlib import Path

from rnnlib.files import write_atomically

FOLDER = Path(__file__).parent / "results"


def read(path):
    """What a results file holds; rows alone, and none of them, where there is no file yet.

    Raises ValueError for a file that is not JSON with rows.
    """
    if not path.exists():
        return {"rows": []}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found["rows"][:]
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{path.name} holds no rows of results. Restore it, or delete it to start from nothing."
        ) from None
    return found


def find(rows, **wanted):
    """The first row with all these values, or None."""
    return next((row for row in rows if wanted.items() <= row.items()), None)


def append(path, row, **head):
    """Add a row to those stored, which another program may have added to meanwhile."""
    lines = ",\n".join(map(json.dumps, [*read(path)["rows"], row]))
    before = json.dumps(head)[1:-1] + ",\n" if head else ""
    write_atomically(path, f'{{{before}"rows": [\n{lines}\n]}}\n'.encode())


def fill(path, planned, key, run, **head):
    """Run what has no row yet, store each row at once, and yield it.

    planned(rows): the settings of every run, tuples that may depend on the rows so far; key(row):
    those by which a row was made; run(*settings): a row. `head` stands before the rows.
    """
    rows = read(path)["rows"]
    for settings in planned(rows):
        if settings not in map(key, rows):
            rows.append(run(*settings))
            append(path, rows[-1], **head)
            yield rows[-1]


def write(path, found, indent=1):
    """Store results that are measured all at once."""
    write_atomically(path, (json.dumps(found, indent=indent) + "\n").encode())
