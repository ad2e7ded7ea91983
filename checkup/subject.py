"""What the subjects of all frameworks share: names of the field, pieces, random numbers."""

import random
from contextlib import contextmanager

import numpy as np

from checkup.batch import as_array

LENGTH_NAMES = (
    "lengths",
    "length",
    "lens",
    "seq_lengths",
    "seq_lens",
    "input_lengths",
    "x_lengths",
    "src_lengths",
)
STATE_NAMES = (
    "state",
    "states",
    "hidden",
    "hidden_state",
    "h",
    "hx",
    "h0",
    "hc",
    "h_prev",
    "prev",
    "prev_state",
    "initial_state",
    "initial_states",
    "init_state",
    "memory",
)
STARTERS = ("init_hidden", "init_state", "initial_state", "get_initial_state", "begin_state")
RECURRENT = "hh|recurrent_kernel"  # in the name of weights that carry a state on
RESETS = ("reset", "reset_state", "reset_states", "reset_hidden", "clear_state")


def reset_method(model):
    """The method that forgets a model's state, by its usual names, or None."""
    return next((getattr(model, name) for name in RESETS if hasattr(model, name)), None)


class Examined:
    """A model under examination, as far as it is alike in every framework."""

    def pieces(self, batch, step=None):
        """The outputs while the sequence is read piece by piece, the state handed on, or None.

        `step(x, state)` is the reader's; without one, the model's own way to take a state, or to
        keep it.
        """
        self.restore()
        if step is None and self.stateful:
            half = batch.steps // 2
            parts = batch.sequence[:, :half], batch.sequence[:, half:]
            parts = [batch.with_sequence(part) for part in parts]
            return [self.run(part, fresh=n == 0)[self.form.index] for n, part in enumerate(parts)]
        if step is None and not self.takes_state:
            return None
        outputs, state = [], None
        for t in range(batch.steps):
            part = batch.with_sequence(batch.sequence[:, t : t + 1])
            output, state = self._step(part, state, step)
            if output is None:
                return None
            outputs.append(as_array(output))
        return outputs

    def train_twice(self, batch):
        """Two training steps without a change, the state kept: raises what the second raises."""

    def _argument(self, names):
        """The first argument of the model, behind its input, that has one of these names."""
        return next((name for name in list(self.arguments)[1:] if name in names), None)


@contextmanager
def same_chance():
    """Behind it, NumPy's and Python's random numbers go on as they would have."""
    chance = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(chance[0])  # noqa: NPY002
        random.setstate(chance[1])


def seed_all(seed):
    """Seed NumPy's and Python's random numbers."""
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
