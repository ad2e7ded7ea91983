"""Which of a model's outputs answers the targets, and how its axes are to be read."""

from dataclasses import dataclass

import numpy as np

from checkup.batch import is_one_hot


@dataclass(frozen=True)
class Form:
    """The place of the output among all, and the way to (batch, time, classes) or (batch, classes).

    `kind` is "classes" where targets are ids, "one-hot", "binary" or "numbers", and "several"
    where there are some numbers for each target, as a mean and a variance. `steps` says
    whether there is an answer at every step of the sequence. `flat` is the number of steps where
    all rows stand one below the other; `order` moves the axes where they stand otherwise.
    """

    kind: str
    steps: bool
    index: int = 0
    flat: int | None = None
    order: tuple[int, ...] | None = None

    def normal(self, x, reshape=np.reshape, transpose=np.transpose):
        """An output as (batch, time, classes); a tensor with the functions of its framework."""
        if self.flat:
            x = reshape(x, (-1, self.flat, *x.shape[1:]))
        return transpose(x, self.order) if self.order else x

    def raw(self, x):
        """The way back of an array."""
        x = np.transpose(x, np.argsort(self.order)) if self.order else x
        return x.reshape(-1, *x.shape[2:]) if self.flat else x


def target_kind(targets, outputs):
    """What the targets are: "classes", "one-hot", "binary" or "numbers"."""
    if is_one_hot(targets) and any(shape[-1:] == targets.shape[-1:] for shape in outputs):
        return "one-hot"
    same = any(core(shape) == core(targets.shape) for shape in outputs)
    if same and np.isin(targets, (0, 1)).all():
        return "binary"
    whole = np.issubdtype(targets.dtype, np.integer) or (targets == np.round(targets)).all()
    wider = any(len(shape) == len(core(targets.shape)) + 1 and shape[-1] > 1 for shape in outputs)
    if np.issubdtype(targets.dtype, np.integer):
        return "numbers" if same and not wider else "classes"
    fits = any(shape[:-1] == core(targets.shape) and shape[-1] > 1 for shape in outputs)
    return "classes" if whole and fits and targets.min() >= 0 else "numbers"


def core(shape):
    """A shape without a last axis of length 1."""
    return shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape


def choose_form(outputs, batch, embedded=(), may_be_several=False):
    """The Form of a model's outputs, or what is wrong with their shapes: (name, sentence).

    `outputs` are arrays as the model returned them, already with the batch first where the batch
    came with time first; `embedded` are the numbers of ids that the model has embeddings for.
    `may_be_several` allows some numbers for each target, whose meaning the loss alone knows.
    """
    shapes = [np.shape(out) for out in outputs]
    kind = target_kind(batch.targets, shapes)
    fits = {n: _fit(shape, kind, batch) for n, shape in enumerate(shapes)}
    fits = {n: found for n, found in fits.items() if found}
    if fits:  # of several, the one with a score for each id that the model embeds
        index = next((n for n in fits if shapes[n][-1] in embedded), next(iter(fits)))
        return Form(kind, index=index, **fits[index])
    for n, shape in enumerate(shapes if kind == "numbers" and may_be_several else ()):
        some = shape[-1:] > (1,) and shape != (batch.size, batch.steps)
        if some and shape[:-1] == core(batch.targets.shape):
            return Form("several", steps=len(shape) > 2 and shape[1] == batch.steps, index=n)
    return _misfit(shapes[0], kind, batch)


def _fit(shape, kind, batch):
    """How an output of this shape answers the targets, as arguments of Form, or None."""
    B, T, y = batch.size, batch.steps, batch.targets.shape
    if kind == "classes":
        if T == 1 and shape[:-1] == y == (B, T):
            return {"steps": True}
        y = core(y)
        if y == (B * T,) and len(shape) == 2 and shape[0] == B * T and T > 1 and B > 1:
            return {"steps": True, "flat": T}
        if len(shape) == len(y) + 1 and shape[:-1] == y:
            return {"steps": len(y) == 2 and y[1] == T}
        if len(y) == 2 and len(shape) == 3 and (shape[0], shape[2]) == y:
            return {"steps": y[1] == T, "order": (0, 2, 1)}
        if len(y) == 2 and len(shape) == 2 and shape[0] == y[0] * y[1] and y[1] > 1:
            return {"steps": y[1] == T, "flat": y[1]}
        if len(y) == 2 and len(shape) == 3 and shape[:2] == (B, T) and y[1] < T:
            return {"steps": True}  # targets of the last steps
        return None
    if shape == y or core(shape) == core(y):
        return {"steps": len(core(y)) >= 2 and y[1] == T}
    if len(shape) == 2 and len(y) == 3 and shape == (y[0] * y[1], y[2]):
        return {"steps": y[1] == T, "flat": y[1]}
    if len(shape) == len(y) == 3 and shape[0] == y[0] and shape[2] == y[2] and y[1] < shape[1] == T:
        return {"steps": True}
    return None


def _misfit(shape, kind, batch):
    """What is wrong with an output of this shape, (name, sentence)."""
    B, T, y = batch.size, batch.steps, batch.targets.shape
    said = (
        f"the output has the shape {shape} and the targets {y}, for inputs {batch.sequence.shape}"
    )
    classes = kind in ("classes", "one-hot")
    per_step = len(y) - (kind == "one-hot") >= 2 and y[1] == T
    if shape[:1] == (B,) and per_step and len(shape) < len(y) + (kind == "classes"):
        return "return_sequences", f"{said}: one answer for a whole row, and a target at each step."
    if B != T and shape[:1] == (T,) and shape[:2] != (T, B) and not per_step:
        return "batch_first", f"{said}: an answer for each of {T} steps in place of {B} examples."
    if B != T and shape[:2] == (T, B):
        return "axes_swapped", f"{said}: time stands first in the output, and the batch in them."
    if shape[:2] == (B, T) and not per_step and len(y) <= 2:
        return "one_answer_wanted", f"{said}: an answer at each step, and one target for a row."
    if classes and kind == "one-hot":
        return "shapes", f"{said}: one-hot targets need an output of the same shape."
    return "shapes", f"{said}, which do not fit each other."
