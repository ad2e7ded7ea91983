"""Sequences of unequal length in one array: padded to the longest, with their lengths beside it.

Shapes: B sequences, T steps of the longest of them, F numbers at a step where there are several.
"""

from collections.abc import Sequence

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.interface import Array, ArrayLike

INTEGER, REAL = "iu", "iuf"  # NumPy's letters for the kinds of numbers


def pad(sequences: Sequence[ArrayLike], value: float = 0) -> tuple[Array, Array]:
    """Lay sequences side by side: an array (B, T) or (B, T, F), and the lengths (B,).

    `value` fills every place behind the end of a shorter sequence; no model of this book lets it
    change a number. Raises ValueError for no sequence at all, an empty one, and for sequences whose
    steps differ in size or kind.
    """
    rows = [_as_row(row, i) for i, row in enumerate(sequences)]
    if not rows:
        raise ValueError("there is no sequence to pad. Give at least one.")
    sizes = sorted({row.shape[1:] for row in rows})
    if len(sizes) > 1:
        raise ValueError(
            f"the steps of the sequences differ in size: {sizes[0]} and {sizes[1]}. "
            "Give every step of every sequence the same numbers of features."
        )
    lengths = np.array([len(row) for row in rows])
    dtype = np.result_type(*{row.dtype for row in rows})
    padded = np.full((len(rows), lengths.max(), *rows[0].shape[1:]), value, dtype)
    for place, row in zip(padded, rows, strict=True):
        place[: len(row)] = row
    return padded, lengths


def _as_row(row, i):
    """One sequence as an array of numbers (T,) or (T, F) with at least one step."""
    try:
        found = np.asarray(row)
    except ValueError:
        raise ValueError(f"the steps of sequence {i} differ in size. Make them alike.") from None
    if found.ndim in (1, 2) and not found.size:
        raise ValueError(f"sequence {i} is empty. Leave it out, or give it at least one step.")
    if found.ndim not in (1, 2) or found.dtype.kind not in "iuf":
        raise ValueError(
            f"sequence {i} must be numbers of shape (time,) or (time, features), not "
            f"{found.dtype.name} of shape {found.shape}. Encode text with a vocabulary first."
        )
    return found


def make_mask(lengths: ArrayLike, steps: int | None = None) -> Array:
    """True where a sequence is, False where there is only padding: (B, T).

    T is `steps`, or the longest length. Raises ValueError for a length outside 1 .. T.
    """
    lengths = np.asarray(lengths)
    if steps is None:
        steps = int(lengths.max()) if lengths.ndim == 1 and lengths.size else 1
    lengths = check_lengths(lengths, (lengths.size, check_whole("steps", steps)))
    return np.arange(steps) < lengths[:, None]


def make_buckets(
    lengths: ArrayLike, batch_size: int, rng: np.random.Generator | None = None, near: int = 50
) -> list[Array]:
    """Numbers of sequences, batch by batch, so that those of a batch are about equally long.

    The sequences are shuffled by `rng`, those in each run of `near` batches are sorted by length
    and cut into batches, and the batches are shuffled. near=1 leaves them as the shuffle put them,
    which is how batches are made without buckets; without `rng` nothing is shuffled. Every number 0
    .. N - 1 stands in one batch.
    """
    lengths = check_lengths(lengths, (np.size(lengths), None))
    size = check_whole("batch_size", batch_size)
    run = size * check_whole("near", near)
    order = np.arange(len(lengths)) if rng is None else rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), run):
        piece = order[start : start + run]
        if near > 1:
            piece = piece[np.argsort(lengths[piece], kind="stable")]
        batches += [piece[i : i + size] for i in range(0, len(piece), size)]
    if rng is not None:
        batches = [batches[i] for i in rng.permutation(len(batches))]
    return batches


def padding_share(lengths: ArrayLike, batches: Sequence[Array]) -> float:
    """The share of all places in these batches that hold padding alone."""
    lengths = np.asarray(lengths)
    places = sum(lengths[batch].max() * len(batch) for batch in batches)
    return float(1 - sum(lengths[batch].sum() for batch in batches) / places)


def check_lengths(lengths: ArrayLike, shape: tuple[int, int | None]) -> Array:
    """Return lengths (B,) as int64; ValueError unless each is 1 .. T for an array (B, T).

    With T None any length from 1 on will do.
    """
    batch, steps = shape
    found = np.asarray(lengths)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
        raise ValueError(
            f"lengths must be whole numbers of shape (batch,), not {found.dtype.name} of shape "
            f"{found.shape}. Take those that pad returns."
        )
    if len(found) != batch:
        raise ValueError(
            f"there are {len(found)} lengths for {batch} sequences. Give one length for each."
        )
    wrong = (found < 1) | (found > (found.max() if steps is None else steps))
    if wrong.any():
        row = int(wrong.argmax())
        allowed = "at least 1" if steps is None else f"1 to {steps}"
        raise ValueError(
            f"sequence {row} has the length {found[row]}, but a length must be {allowed}. "
            "Leave out sequences that hold padding alone."
        )
    return found.astype(np.int64)


def check_padded(
    values: ArrayLike, lengths: ArrayLike, name: str, features: int | None = None
) -> tuple[Array, Array]:
    """Return whole numbers (B, T), or numbers (B, T, F) of so many `features`, with zeros in the
    padding, whatever stood there, and lengths (B,): copies.

    Raises ValueError for every kind of number, shape and length that does not fit.
    """
    found = as_numbers(values, name, REAL if features else INTEGER)
    wanted = f"(batch, time, {features})" if features else "(batch, time)"
    fits = found.shape[2:] == (features,) if features else found.ndim == 2
    if not fits or not found.size:
        raise ValueError(
            f"{name} must have the shape {wanted} with at least one of each, not {found.shape}. "
            "Lay sequences side by side with rnnlib.text.pad."
        )
    lengths = check_lengths(lengths, found.shape[:2])
    mask = make_mask(lengths, found.shape[1])
    return np.where(mask[..., None] if features else mask, found, 0), lengths


def as_numbers(values: ArrayLike, name: str, kinds: str) -> Array:
    """`values` as an array of these kinds of numbers; ValueError for what is none."""
    try:
        found = np.asarray(values)
    except ValueError:
        raise ValueError(
            f"the {name} have rows of unequal length. Lay them side by side with rnnlib.text.pad."
        ) from None
    if found.size and found.dtype.kind not in kinds:
        wanted = "integers" if kinds == INTEGER else "numbers"
        raise ValueError(f"{name} must be {wanted}, not {found.dtype.name}. Encode them first.")
    return found


def check_finite(found: Array, name: str) -> Array:
    """Return an array (B, ...); ValueError for a number in it that is not finite."""
    if not np.isfinite(found).all():
        row = int(np.argwhere(~np.isfinite(found))[0][0])
        raise ValueError(
            f"the {name} hold a number that is not finite in row {row}. "
            "Fill or leave out what is missing first."
        )
    return found
