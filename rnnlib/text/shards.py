"""A text that does not fit in memory: its ids in a folder of shards, read where they lie.

A shard is an array of ids in a file of NumPy's, mapped into memory, so that only what is being read
takes room. `shards.json` beside them holds the characters, and what each shard must be.
"""

import codecs
import hashlib
import json
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from rnnlib.checks import check_whole
from rnnlib.files import write_atomically
from rnnlib.text.vocab import Vocab

CONTENTS = "shards.json"
PIECE = 2**22  # bytes of a file that are looked at together
SIZE = 2**24  # ids in a shard, all of which are hashed before the first is used


def read_pieces(path):
    """The text of a UTF-8 file, piece by piece: without a byte order mark, "\\n" between its lines.

    Raises OSError for a file that cannot be read, ValueError for one that is not UTF-8.
    """
    decode, ends = codecs.getincrementaldecoder("utf-8-sig")(), LineEnds()
    done = 0
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            try:
                text = decode.decode(piece)
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path} is not UTF-8: near byte {done + error.start:,} there is "
                    f"{error.object[error.start : error.end]!r}. Save it as UTF-8."
                ) from None
            done += len(piece)
            yield ends.of(text)
    try:
        rest = decode.decode(b"", final=True)
    except UnicodeDecodeError:
        raise ValueError(f"{path} ends within a character. Save it as UTF-8, whole.") from None
    yield ends.of(rest, last=True)


class LineEnds:
    """Makes "\\r\\n" and "\\r" one "\\n", also where a piece ends between the two."""

    def __init__(self):
        self.held = ""

    def of(self, text, last=False):
        """The text of the next piece."""
        text, self.held = self.held + text, ""
        if text.endswith("\r") and not last:
            text, self.held = text[:-1], "\r"
        return text.replace("\r\n", "\n").replace("\r", "\n")


def write_shards(paths, folder, size=SIZE):
    """Cut the texts of UTF-8 files, one after the other, into shards of `size` ids; the Shards.

    Every file is read twice, first to count its characters. Raises OSError, ValueError for a file
    that cannot be read, is empty or not UTF-8, and for a folder that holds something.
    """
    folder, size = Path(folder), check_whole("size", size)
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something already. Give a new folder for the shards.")
    chars, lengths = set(), []
    for path in paths:
        lengths.append(0)
        for text in read_pieces(path):
            chars.update(text)
            lengths[-1] += len(text)
        if not lengths[-1]:
            raise ValueError(f"{path} is empty. Leave it out.")
    vocab = Vocab("".join(sorted(chars)))
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"chars": "".join(vocab.chars), "dtype": vocab.smallest_dtype.name}
    contents |= {"documents": list(accumulate(lengths, initial=0))[:-1], "shards": []}
    for number, ids in enumerate(_fill(paths, vocab, size)):
        name = f"ids-{number:05}.npy"
        array = open_memmap(folder / name, "w+", ids.dtype, ids.shape)
        array[:] = ids
        array.flush()
        digest = _digest(folder / name)
        contents["shards"].append({"name": name, "length": len(ids), "sha256": digest})
    write_atomically(folder / CONTENTS, json.dumps(contents, indent=1).encode())
    return Shards(folder)


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(paths, vocab, size):
    """Arrays of `size` ids, the last one of what is left."""
    buffer, held = np.empty(size, vocab.smallest_dtype), 0
    for path in paths:
        for text in read_pieces(path):
            ids = vocab.encode(text, vocab.smallest_dtype)
            while len(ids):
                part = ids[: size - held]
                buffer[held : held + len(part)] = part
                held, ids = held + len(part), ids[len(part) :]
                if held == size:
                    yield buffer
                    held = 0
    if held:
        yield buffer[:held]


class Shards:
    """The ids (N,) of a folder of shards, to be cut like an array: shards[a:b] is an array.

    `vocab` is that of all its texts, `documents` are the places where each begins, `fingerprint`
    tells it from another. Raises FileNotFoundError, ValueError for a folder that is none, and for
    a shard that is missing or has another size; and, when it is first cut, ValueError for one that
    has changed since it was written.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        try:
            found = json.loads((self.folder / CONTENTS).read_text(encoding="utf-8"))
            self.vocab, self.documents = Vocab(found["chars"]), found["documents"]
            self._parts, self.dtype = found["shards"], np.dtype(found["dtype"])
            self._starts = list(accumulate((p["length"] for p in self._parts), initial=0))
            digests = "".join(part["sha256"] for part in self._parts)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{folder} holds no {CONTENTS}, so it is no folder of shards. Make one with rnnlib "
                "shard."
            ) from None
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"{self.folder / CONTENTS} is damaged. Make the shards again with rnnlib shard."
            ) from None
        self.fingerprint = hashlib.sha256(digests.encode()).hexdigest()
        self._arrays, self._known = [self._open(part) for part in self._parts], set()

    def __len__(self):
        return self._starts[-1]

    def __getitem__(self, part):
        """A copy of the ids from one place to another, in steps of one."""
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError(f"shards are cut in steps of 1, not {step}.")
        found, place = np.empty(max(stop - start, 0), self.dtype), start
        while place < stop:
            n = bisect_right(self._starts, place) - 1
            self._check(n)
            piece = self._arrays[n][place - self._starts[n] : stop - self._starts[n]]
            found[place - start : place - start + len(piece)] = piece
            place += len(piece)
        return found

    def part(self, start, stop, table=None):
        """The Part from one place to another; with a `table`, of ids in another vocabulary."""
        return Part(self, start, stop, table)

    def _check(self, n):
        """Raise ValueError if a shard is not as it was written; each is read through once."""
        path = self.folder / self._parts[n]["name"]
        if n not in self._known and _digest(path) != self._parts[n]["sha256"]:
            raise ValueError(
                f"{path} has changed since it was written. Make the shards again with rnnlib shard."
            )
        self._known.add(n)

    def _open(self, part):
        path = self.folder / part["name"]
        try:
            array = open_memmap(path, "r")
        except FileNotFoundError:
            raise FileNotFoundError(
                f"the shard {path} is missing. Put it back, or make the shards again."
            ) from None
        except (ValueError, OSError):
            array = np.empty(0)
        if array.shape != (part["length"],) or array.dtype != self.dtype:
            raise ValueError(
                f"the shard {path} is not as it was written: {part['length']:,} ids are due. Put "
                "it back, or make the shards again."
            )
        return array


class Part:
    """Some of the texts in shards, without a copy of it: part[a:b] is an array."""

    def __init__(self, shards, start, stop, table=None):
        self._shards, self._range, self._table = shards, range(start, stop), table
        self.fingerprint = f"{shards.fingerprint} {start} {stop}"
        found = np.array(shards.documents, np.int64)
        self._documents = found[(start < found) & (found < stop)] - start

    def __len__(self):
        return len(self._range)

    def __getitem__(self, part):
        found = self._range[part]
        ids = self._shards[found.start : found.stop]
        return ids if self._table is None else self._table[ids]

    def begins(self, start, stop):
        """Whether one of the texts begins after the id at `start`, at `stop` at the latest."""
        first, after = np.searchsorted(self._documents, [start, stop], side="right")
        return bool(first < after)

    def mapped(self, table):
        """The same part, its ids looked up in a table."""
        table = table if self._table is None else table[self._table]
        return Part(self._shards, self._range.start, self._range.stop, table)
