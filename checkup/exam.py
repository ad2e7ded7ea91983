"""What the checks share: the model, the batch, what the model makes of it, and the report."""

import re
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

import numpy as np

from checkup.batch import Batch
from checkup.form import Form
from checkup.report import Report

RECURRENT = "hh|recurrent_kernel"  # in the name of weights that carry a state on


@dataclass
class Exam:
    """One examination. `output` is what the model makes of the batch, (B, T, ...) or (B, ...).

    `tolerance` is the smallest change of an output that counts as one.
    """

    subject: Any
    batch: Batch
    report: Report
    doing: str = ""  # what is being tried, for the message if it raises
    form: Form | None = None
    output: np.ndarray | None = None
    tolerance: float = 0.0
    step: Any = None
    repeats: bool = True  # whether the same random numbers give the same output
    may_look_ahead: bool | None = None
    may_keep_state: bool | None = None
    shift: int | None = None  # how many steps the targets are ahead of the inputs
    told_shift: bool = False  # whether the reader said so
    looks_ahead: bool = False  # whether outputs depend on later inputs
    loss_shift: int = 0  # how many steps the loss itself looks ahead

    def read(self, batch, **how):
        """The output for a batch, with its axes in order."""
        form = (
            replace(self.form, flat=batch.steps)
            if self.form.flat == self.batch.steps
            else self.form
        )
        return form.normal(self.subject.run(batch, **how)[form.index])

    def read_with(self, weights, batch=None, **how):
        """The output with other weights, {name: array}."""
        self.subject.assign(weights)
        try:
            return self.read(batch or self.batch, **how)
        finally:
            self.subject.restore()

    def moved(self, where):
        """Which outputs other inputs at `where` move by more than the tolerance: (B, T) or (B,)."""
        return self.gap(self.batch.changed(where)) > self.tolerance

    def distance(self, one, other):
        """The largest difference at every step (B, T), or of every example (B,)."""
        kept = 2 if self.form.steps else 1
        gap = np.abs(one.astype(float) - other.astype(float))
        return gap.reshape(*gap.shape[:kept], -1).max(axis=-1)

    def gap(self, batch):
        """How far another batch moves the outputs from the usual ones: (B, T) or (B,)."""
        return self.distance(self.read(batch), self.output)

    def felt(self, where):
        """Which outputs other inputs at the steps `where` (B, T) move, be it by the last digit."""
        return self.gap(self.batch.changed(where)) > 0

    def at_last(self, found):
        """Of what is found at every step, that at the last of each example, (B,)."""
        return found[np.arange(self.batch.size), self.batch.last] if self.form.steps else found

    def wake(self):
        """Draw weights that start with zeros, for behind them nothing is felt; False without any.

        They stay so until the model is restored.
        """
        weights, rng = self.subject.weights(), np.random.default_rng(0)
        kept = f"bias|{RECURRENT}"
        zeros = {n: w for n, w in weights.items() if not (w.any() or re.search(kept, n))}
        self.subject.assign({n: rng.normal(0, 0.1, w.shape) for n, w in zeros.items()})
        return bool(zeros)

    @property
    def long_enough(self):
        """The examples with at least three real steps, (B,)."""
        return self.batch.last - self.batch.first >= 2


def first_line(error):
    """An exception as one line: its kind and the line of its message that tells most."""
    text = re.sub(r"\x1b\[[\d;]*m|\{\{.*?\}\} ", "", str(error))  # colours, names of graph nodes
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    inside = [line for line in lines if re.match(r"\w+(Error|Exception): ", line)]
    skip = ("Exception encountered when calling", "Arguments received", "Graph execution error")
    told = next((line for line in lines if not line.startswith(skip)), "")
    told = f"{type(error).__name__}: {told}"
    if text.startswith("in user code") and inside:  # TensorFlow's own traceback, as text
        told = inside[-1]
    return shorten(told, 300, placeholder=" ..").rstrip(": .") + "."
