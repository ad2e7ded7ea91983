"""A batch as a checkup sees it: which input is the sequence, and which of its steps are real.

Shapes: B examples, T time steps, F features; ids are (B, T), series and one-hot vectors (B, T, F).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

MARGIN = 3  # steps of padding that are added to see whether it is ignored


def as_array(value):
    """A NumPy array of a tensor of either framework, of an array or of a list."""
    if hasattr(value, "detach"):  # PyTorch's; TensorFlow's tensors have a cpu, which warns
        value = value.detach().cpu()
    if str(getattr(value, "dtype", "")) == "torch.bfloat16":  # which NumPy does not know
        value = value.float()
    array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


@dataclass(frozen=True)
class Batch:
    """Inputs and targets with the batch first, and what is known about them.

    `inputs` holds every input of the model, of which number `place` is the sequence that is
    examined; `names` are their keys where they came as a dictionary. `several` says that there are
    more targets than `targets`, which are the first of them.
    """

    inputs: tuple[np.ndarray, ...]
    targets: np.ndarray
    names: tuple[str, ...] | None = None
    place: int = 0
    lengths: np.ndarray | None = None
    padding: float | None = None
    time_first: bool = False
    several: bool = False

    @property
    def sequence(self):
        """The input that is examined, (B, T) or (B, T, ...)."""
        return self.inputs[self.place]

    @property
    def size(self):
        """B, the number of examples."""
        return len(self.sequence)

    @property
    def steps(self):
        """T, the number of time steps."""
        return self.sequence.shape[1]

    @property
    def ids(self):
        """The sequence as whole numbers (B, T), also where it came as one-hot vectors, or None."""
        if np.issubdtype(self.sequence.dtype, np.integer) and self.sequence.ndim == 2:
            return self.sequence
        return self.sequence.argmax(-1) if is_one_hot(self.sequence) else None

    @cached_property
    def real(self):
        """Which steps are real and not padding, (B, T)."""
        real = np.ones((self.size, self.steps), bool)
        if self.lengths is not None and self.place == 0:
            real &= np.arange(self.steps) < np.asarray(self.lengths)[:, None]
        if self.padding is not None:
            padded = self.sequence == self.padding
            real &= ~_at_the_ends(padded.reshape(self.size, self.steps, -1).all(axis=-1))
        return real

    @property
    def first(self):
        """The first real step of every example, (B,)."""
        return self.real.argmax(axis=1)

    @property
    def last(self):
        """The last real step of every example, (B,)."""
        return self.steps - 1 - self.real[:, ::-1].argmax(axis=1)

    def at(self, steps):
        """A mask (B, T) that is True at one step of every example; `steps` is (B,) or a number."""
        return np.arange(self.steps) == np.broadcast_to(steps, self.size)[:, None]

    def with_sequence(self, sequence):
        """The same batch with another sequence in the place of the one that is examined."""
        inputs = list(self.inputs)
        inputs[self.place] = sequence
        return replace(self, inputs=tuple(inputs))

    def rows(self, rows):
        """Some of the examples: `rows` is a list of numbers."""
        inputs = tuple(take_rows(array, rows, self.size) for array in self.inputs)
        lengths = None if self.lengths is None else self.lengths[rows]
        per_row = len(self.targets) // self.size  # above 1 where the steps stand in one long row
        targets = self.targets.reshape(self.size, per_row, *self.targets.shape[1:])[rows]
        targets = targets.reshape(-1, *self.targets.shape[1:])
        return replace(self, inputs=inputs, targets=targets, lengths=lengths)

    def changed(self, where):
        """The batch with others at the inputs `where`, (B, T, ...): ids that occur, other numbers.

        None where there is nothing to change to.
        """
        other = self._others()
        if other is None:
            return None
        mask = where.reshape(*where.shape, *[1] * (self.sequence.ndim - where.ndim))
        return self.with_sequence(np.where(mask, other, self.sequence))

    def _others(self):
        x = self.sequence
        if is_one_hot(x):
            return np.roll(x, 1, axis=-1)
        if np.issubdtype(x.dtype, np.floating):
            spread = max(x[self.real].std(), 1.0)  # far enough for a bend to show
            noise = np.random.default_rng(0).normal(0, 1, x.shape)
            return (x + spread * (noise + np.sign(noise))).astype(x.dtype)
        known = np.unique(x[self.real])
        known = known[known != self.padding] if self.padding is not None else known
        if len(known) < 2:
            return None
        return np.roll(known, -1)[np.searchsorted(known, x).clip(max=len(known) - 1)]

    def longer(self):
        """The batch with more padding behind every example, or before it where that is the side."""
        before = bool((self.first > 0).any()) and self.lengths is None
        width = (MARGIN, 0) if before else (0, MARGIN)

        def extend(array, value):
            if array.shape[:2] != (self.size, self.steps):
                return array
            widths = [(0, 0), width] + [(0, 0)] * (array.ndim - 2)
            return np.pad(array, widths, constant_values=value)

        value = 0 if self.padding is None else self.padding
        inputs = [
            extend(array, value if place == self.place else 0)
            for place, array in enumerate(self.inputs)
        ]
        return replace(self, inputs=tuple(inputs)), before


def make_batch(batch, lengths=None, padding=None, batch_first=None):
    """The Batch of a pair (inputs, targets) as readers hand it over.

    Raises ValueError for what is no such pair.
    """
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise ValueError("batch must be a pair (inputs, targets). Give one batch of your training.")
    given, targets = batch
    names = tuple(given) if hasattr(given, "keys") else None
    if names:
        given = [given[name] for name in names]
    many = isinstance(given, tuple | list) and (names or hasattr(given[0], "shape"))
    inputs = [as_array(part) for part in (given if many else [given])]
    keyed = hasattr(targets, "keys")
    listed = isinstance(targets, tuple | list) and getattr(targets[0], "shape", ())
    several = bool(keyed or listed)
    if several:
        targets = next(iter(targets.values() if keyed else targets))
    targets, lengths = as_array(targets), None if lengths is None else as_array(lengths)
    if inputs[0].ndim < 2 or inputs[0].size == 0 or targets.size == 0:
        raise ValueError(
            f"the inputs of a batch are (examples, time) or (examples, time, features), not "
            f"{inputs[0].shape}. Give a whole batch, with targets."
        )
    rows, columns = inputs[0].shape[:2]
    if batch_first is None:  # targets or lengths that only fit the second axis
        sizes = [len(a) for a in (targets, lengths) if a is not None and a.ndim == 1]
        batch_first = not (rows != columns and columns in sizes and rows not in sizes)
    if not batch_first:
        inputs = [a.swapaxes(0, 1) if a.shape[:2] == (rows, columns) else a for a in inputs]
        if targets.ndim > 1 and targets.shape[:2] == (rows, columns):
            targets = targets.swapaxes(0, 1)
    place = _find_sequence(inputs, targets)
    first = not batch_first
    return Batch(tuple(inputs), targets, names, place, lengths, padding, first, several)


def _find_sequence(inputs, targets):
    """Which of several inputs is examined: the last that has a step for each target, or the first.

    An encoder's input comes before the decoder's; masks, of two values, and states are none.
    """
    found = 0
    for place, array in enumerate(inputs[1:], 1):
        ids = np.issubdtype(array.dtype, np.integer) and array.ndim == 2
        fits = targets.ndim > 1 and array.shape[:2] == targets.shape[:2]
        other = not np.array_equal(array, targets)  # labels may be handed in as well
        if fits and other and (ids or array.ndim >= 3) and len(np.unique(array)) > 2:
            found = place
    return found


def take_rows(array, rows, size):
    """Some examples of an array whose batch axis is the first, or, as in a state, the second."""
    if array.ndim and len(array) == size:
        return array[rows]
    return array[:, rows] if array.ndim > 1 and array.shape[1] == size else array


def is_one_hot(x):
    """Whether every last axis holds a single 1 among zeros."""
    if x.ndim < 2 or x.shape[-1] < 2 or x.dtype == bool:
        return False
    return bool(((x == 0) | (x == 1)).all() and (x.sum(axis=-1) == 1).all())


def find_shift(ids, targets, real):
    """How many steps the targets are ahead of the inputs, where every target is such an input.

    ids and targets (B, T) or, of numbers, (B, T, F) and (B, T). 1 is the next one, 0 the same, -1
    the one before; None where none fits.
    """
    T = ids.shape[1]
    for shift in (1, 0, -1, 2):
        if abs(shift) + 2 > T:
            continue
        x = ids[:, max(shift, 0) : T + min(shift, 0)]
        y = targets[:, max(-shift, 0) : T - max(shift, 0)]
        ours = (
            (real[:, max(shift, 0) : T + min(shift, 0)])
            & (real[:, max(-shift, 0) : T - max(shift, 0)])
        )
        if ours.sum() >= 3 and (x == y)[ours].all() and len(np.unique(y[ours])) > 1:
            return shift
    return None


def _at_the_ends(padded):
    """Padding in front of an example or behind it: what stands inside is none."""
    before = np.logical_and.accumulate(padded, axis=1)
    behind = np.logical_and.accumulate(padded[:, ::-1], axis=1)[:, ::-1]
    return (before | behind) & ~padded.all(axis=1, keepdims=True) | padded.all(1, keepdims=True)
