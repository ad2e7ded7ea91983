"""A text that does not fit in memory: its ids in a folder of shards, read where they lie.

A shard is an array of ids in a file of NumPy's, of which no more is read than is asked for.
`shards.json` beside them holds the characters, and what each shard must be.
"""

import hashlib
import json
import os
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from rnnlib.checks import MISFIT, check_whole
from rnnlib.files import StrPath, make_folder, remove_empty, sha256, write_atomically
from rnnlib.interface import Array
from rnnlib.text.vocab import Vocab

CONTENTS = "shards.json"
PIECE = 2**22  # characters of a file that are looked at together
SIZE = 2**24  # ids in a shard, all of which are hashed before the first is used
HEADER = 128  # bytes before the ids


def read_pieces(path: str | os.PathLike[str]) -> Iterator[str]:
    """The text of a UTF-8 file, piece by piece: without a byte order mark, "\\n" between its lines.

    Raises OSError for a file that cannot be read, ValueError for one that is not UTF-8.
    """
    with open(path, encoding="utf-8-sig", newline=None) as file:
        try:
            while piece := file.read(PIECE):
                yield piece
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                raise ValueError(
                    f"{path} ends within a character. Save it as UTF-8, whole."
                ) from None
            buffer: Any = file.buffer
            place = buffer.tell() - len(error.object) + error.start
            raise ValueError(
                f"{path} is not UTF-8: near byte {place:,} there is "
                f"{error.object[error.start : error.end]!r}. Save it as UTF-8."
            ) from None


def write_shards(paths: Sequence[StrPath], folder: StrPath, size: int = SIZE) -> "Shards":
    """Cut the texts of UTF-8 files, one after the other, into shards of `size` ids; the Shards.

    Every file is read twice, first to count its characters. Warns of a text that is given more
    than once. Raises OSError for a file that cannot be read or written, ValueError for one that is
    empty, not UTF-8, or changed while it was cut, and for a folder that holds something. Then
    nothing is left of what was written.
    """
    folder, size = Path(folder), check_whole("size", size)
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something already. Give a new folder for the shards.")
    chars: set[str] = set()
    counted: list[tuple[int, int]] = []
    for path in paths:
        counted.append(_count(path, chars))
        if not counted[-1][0]:
            raise ValueError(f"{path} is empty. Leave it out.")
    vocab = Vocab("".join(sorted(chars)))
    contents: dict[str, Any] = {"chars": "".join(vocab.chars), "dtype": vocab.smallest_dtype.name}
    lengths = accumulate((length for length, _ in counted), initial=0)
    contents |= {"documents": list(lengths)[:-1], "shards": []}
    made = make_folder(folder)
    try:
        for ids in _fill(paths, vocab, size, counted):
            contents["shards"].append(_write(folder, len(contents["shards"]), ids))
        contents["sha256"] = sha256(_as_text(contents).encode())
        _put(folder / CONTENTS, _as_text(contents).encode())
    except BaseException:
        with suppress(OSError):
            for number in range(len(contents["shards"]) + 1):
                (folder / _name(number)).unlink(missing_ok=True)
            remove_empty(made)
        raise
    _warn_of_doubles(paths, counted)
    return Shards(folder)


def _count(path, chars):
    """How many characters a text has, and a hash of it; `chars` is given those that it holds."""
    length = digest = 0
    for text in read_pieces(path):
        chars.update(text)
        length, digest = length + len(text), hash((digest, text))
    return length, digest


def _warn_of_doubles(paths, counted):
    first, double = {}, []
    for path, found in zip(paths, counted, strict=True):
        if found in first:
            double.append(f"{path} is the same text as {first[found]}")
        first.setdefault(found, path)
    if double:
        more = f", one of {len(double)} that are given again" * (len(double) > 1)
        todo = "what is held out may have been trained on. Leave out the copy."
        warnings.warn(f"{double[0]}{more}: {todo}", stacklevel=3)


def _write(folder, number, ids):
    """Write one shard; what shards.json says of it."""
    name = _name(number)
    data = _header(ids.dtype, len(ids)) + ids.data
    _put(folder / name, data)
    return {"name": name, "length": len(ids), "sha256": sha256(data)}


def _put(path, data):
    try:
        write_atomically(path, data)
    except OSError as error:
        raise OSError(
            f"{path} cannot be written ({error.strerror}). Make room, or choose another folder."
        ) from None


def _name(number):
    return f"ids-{number:05}.npy"


def _header(dtype, length):
    """The bytes with which NumPy begins a file of so many numbers."""
    about = f"{{'descr': {dtype.str!r}, 'fortran_order': False, 'shape': ({length},), }}"
    start = b"\x93NUMPY\x01\x00" + (HEADER - 10).to_bytes(2, "little")
    return start + about.ljust(HEADER - 11).encode() + b"\n"


def _as_text(contents):
    """shards.json as it is written, to the letter."""
    return json.dumps(contents, indent=1)


def _fill(paths, vocab, size, counted):
    """Arrays of `size` ids, the last one of what is left."""
    buffer, held = np.empty(size, vocab.smallest_dtype), 0
    for path, expected in zip(paths, counted, strict=True):
        for ids in _encode(path, vocab, expected):
            while len(ids):
                part = ids[: size - held]
                buffer[held : held + len(part)] = part
                held, ids = held + len(part), ids[len(part) :]
                if held == size:
                    yield buffer
                    held = 0
    if held:
        yield buffer[:held]


def _encode(path, vocab, expected):
    """The ids of a text, piece by piece; ValueError unless it is the one that was counted."""
    length, digest, known = 0, 0, {*vocab.chars}
    for text in read_pieces(path):
        length, digest = length + len(text), hash((digest, text))
        if length > expected[0] or not known.issuperset(text):
            break
        yield vocab.encode(text, vocab.smallest_dtype)
    if (length, digest) != expected:
        raise ValueError(f"{path} changed while it was cut. Start again when nothing writes to it.")


def _parse_contents(text):
    """What shards.json says. Raises one of MISFIT unless it is what write_shards wrote."""
    found = json.loads(text)
    if text != _as_text(found) or found.pop("sha256") != sha256(_as_text(found).encode()):
        raise ValueError("it has changed since it was written.")
    vocab, parts = Vocab(found["chars"]), found["shards"]
    length = sum(check_whole("length", part["length"]) for part in parts)
    starts = [check_whole("start", start, least=0) for start in found["documents"]]
    fits = found | {"chars": "".join(vocab.chars), "dtype": vocab.smallest_dtype.name} == found
    fits &= found.keys() == {"chars", "dtype", "documents", "shards"}
    fits &= all(len(part) == 3 and part["name"] == _name(n) for n, part in enumerate(parts))
    if not (fits and starts[0] == 0 and (np.diff([*starts, length]) > 0).all()):
        raise ValueError("its parts do not fit together.")
    return vocab, parts, starts


class Shards:
    """The ids (N,) of a folder of shards, to be cut like an array: shards[a:b] is an array.

    `vocab` is that of all its texts, `documents` are the places where each begins, `fingerprint`
    tells it from another. Raises OSError, ValueError for a folder that is none or cannot be read,
    and for a shard that is missing or has another size; and, whenever it is cut, ValueError for
    one that is not as it was written. It is compared with its hash when it is first cut, and again
    where its file has another time or size than before.
    """

    def __init__(self, folder: StrPath):
        self.folder = Path(folder)
        path = self.folder / CONTENTS
        try:
            text = path.read_bytes().decode()
            self.vocab, self._parts, self.documents = _parse_contents(text)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{folder} holds no {CONTENTS}, so it is no folder of shards. Make one with rnnlib "
                "shard."
            ) from None
        except OSError as error:
            raise OSError(
                f"{path} cannot be read ({error.strerror}). Make the shards again with rnnlib "
                "shard."
            ) from None
        except MISFIT:
            raise ValueError(
                f"{path} is damaged, or of an older version of this book. Make the shards again "
                "with rnnlib shard."
            ) from None
        self.dtype, self.fingerprint = self.vocab.smallest_dtype, sha256(text.encode())
        self._starts = list(accumulate((part["length"] for part in self._parts), initial=0))
        self._known: dict[int, tuple] = {}  # {number of a shard that was as written: its stamp}
        self._paths = [self.folder / part["name"] for part in self._parts]
        for path, part in zip(self._paths, self._parts, strict=True):
            self._check_size(path, part["length"])

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
            piece = self._read(n, place, min(stop, self._starts[n + 1]))
            found[place - start : place - start + len(piece)] = piece
            place += len(piece)
        return found

    def part(self, start: int, stop: int, table: Array | None = None) -> "Part":
        """The Part from one place to another; with a `table`, of ids in another vocabulary."""
        return Part(self, start, stop, table)

    def _check_size(self, path, length):
        if not path.exists():
            raise FileNotFoundError(
                f"the shard {path} is missing. Put it back, or make the shards again."
            )
        if path.stat().st_size != HEADER + length * self.dtype.itemsize:
            raise ValueError(
                f"the shard {path} is not as it was written: {length:,} ids are due. Put it back, "
                "or make the shards again."
            )

    def _read(self, n, start, stop):
        """The ids from one place to another, which lie in shard n."""
        path, size = self._paths[n], self.dtype.itemsize
        try:
            with open(path, "rb", buffering=0) as file:
                file.seek(HEADER + (start - self._starts[n]) * size)
                data = file.read((stop - start) * size)
                self._check(n, file)  # afterwards, so that nothing changes in between unnoticed
        except OSError as error:
            raise OSError(
                f"the shard {path} cannot be read ({error.strerror}). Put it back, or make the "
                "shards again."
            ) from None
        return np.frombuffer(data, self.dtype)

    def _check(self, n, file):
        """Raise ValueError if a shard is not as it was written."""
        found = os.fstat(file.fileno())
        stamp = found.st_ino, found.st_size, found.st_mtime_ns
        if self._known.get(n) == stamp:
            return
        file.seek(0)
        if hashlib.file_digest(file, "sha256").hexdigest() != self._parts[n]["sha256"]:
            raise ValueError(
                f"{file.name} has changed since it was written. Make the shards again with rnnlib "
                "shard."
            )
        self._known[n] = stamp


class Part:
    """Some of the texts in shards, without a copy of it: part[a:b] is an array."""

    def __init__(self, shards: Shards, start: int, stop: int, table: Array | None = None):
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

    def begins(self, start: int, stop: int) -> bool:
        """Whether one of the texts begins after the id at `start`, at `stop` at the latest."""
        first, after = np.searchsorted(self._documents, [start, stop], side="right")
        return bool(first < after)

    def mapped(self, table: Array) -> "Part":
        """The same part, its ids looked up in a table."""
        table = table if self._table is None else table[self._table]
        return Part(self._shards, self._range.start, self._range.stop, table)
