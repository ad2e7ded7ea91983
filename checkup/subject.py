"""What a checkup does with a model of any framework; arrays at the boundary are NumPy."""

import random
from contextlib import contextmanager

import numpy as np

from checkup.batch import as_array
from rnnlib.functional import log_softmax, sigmoid

LENGTHS = (
    "lengths", "length", "lens", "seq_lengths", "seq_lens", "input_lengths", "x_lengths",
    "src_lengths",
)  # fmt: skip
STATES = (
    "state", "states", "hidden", "hidden_state", "h", "hx", "h0", "hc", "h_prev", "prev",
    "prev_state", "initial_state", "initial_states", "init_state", "memory",
)  # fmt: skip
STARTERS = ("init_hidden", "init_state", "initial_state", "get_initial_state", "begin_state")
RESETS = ("reset", "reset_state", "reset_states", "reset_hidden", "clear_state")


class Subject:
    """A model under examination, as far as all frameworks are alike.

    torch_model.py, keras_model.py and char_rnn.py hold what is not, under the same names:

    weights()                 the weights that are to be trained, {name: array}
    assign(weights)           gives these weights other numbers
    borrowed()                within it the model may be changed; behind it all is as it was
    restore(weights=True)     weights and states as they were; without `weights` only the states
    run(batch, training=False, seed=0, fresh=True)   the arrays that the model returns, in their
                              order; `fresh` begins with the states that it came with
    pull_back(batch, weigh)   the gradient of sum(output * weigh(output)) for every trained weight
    ask_loss(output, targets) what the reader's loss says of an output (array), and its gradient
    read_step(batch, state, step)   the output of one step and the next state, or two of None.
    """

    framework = "this book"
    convention: str | None = None  # the loss assumed of whole-number targets, if none is given
    given_loss = padding = None
    usual_loss = True  # a loss of the framework, so that outputs and targets must have one shape
    takes_state = bidirectional = stateful = resets = fixed_size = drops = coarse = False
    own_code = time_first = False
    embedded = ()  # the numbers of ids that the model has embeddings for
    arguments = ()  # the names of what the model is called with

    def __init__(self, model, batch):
        self.model, self.form, self.outputs_are = model, None, "logits"
        self.time_first = batch.time_first

    def faults(self):
        """What can be seen without a call: (name, sentence) each."""
        return ()

    def frozen(self):
        """The names of weights that are not trained."""
        return []

    def loss(self, output, targets):
        """The loss of an output (array) and targets, and its gradient for the output."""
        if self.given_loss is None:
            return self._usual_loss(output, targets)
        return self.ask_loss(output, targets)

    def takes_all(self, batch):
        """Whether the loss wants everything that the model returns, and not one output of it."""
        return False

    def gradients(self, batch):
        """The gradient of the loss of a batch for every trained weight, {name: array}."""
        return self.pull_back(batch, lambda output: self.loss(output, batch.targets)[1])

    def pieces(self, batch, step=None):
        """The outputs while the sequence is read piece by piece, the state handed on, or None.

        `step(x, state)` is the reader's; without one, the model's own way to take a state, or to
        keep it.
        """
        self.restore(weights=False)
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
            output, state = self.read_step(part, state, step)
            if output is None:
                return None
            outputs.append(as_array(output))
        return outputs

    def train_twice(self, batch):
        """Two training steps without a change, the state kept: raises what the second raises."""

    def argument(self, names):
        """The first argument of the model, behind its input, that has one of these names."""
        return next((name for name in list(self.arguments)[1:] if name in names), None)

    def _usual_loss(self, output, targets):
        """Cross-entropy of what the outputs are, or the mean squared error; -100 counts nothing."""
        normal = self.form.normal(output).astype(float)
        shares = self.outputs_are == "probabilities"
        if self.form.kind in ("classes", "one-hot"):
            ids = targets.argmax(-1) if self.form.kind == "one-hot" else targets
            loss, grad = _cross_entropy(normal, ids.astype(int), shares and not self.convention)
        else:
            y = targets.reshape(normal.shape).astype(float)
            if self.form.kind != "binary":
                loss, grad = np.mean((normal - y) ** 2), 2 * (normal - y)
            else:
                p = np.clip(normal if shares else sigmoid(normal), 1e-7, 1 - 1e-7)
                loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
                grad = (p - y) / (p * (1 - p)) if shares else p - y
            grad = grad / y.size
        return float(loss), self.form.raw(grad).astype(output.dtype)


def _cross_entropy(output, ids, shares):
    """The mean of -log p, and its gradient for outputs (B, T, V) or (B, V); ids may be the last.

    Outputs are logits, or `shares`, which are made to sum to 1.
    """
    grad, V = np.zeros(output.shape), output.shape[-1]
    last = slice(-ids.shape[1], None) if output.ndim == 3 and ids.ndim == 2 else slice(None)
    part = output[:, last] if output.ndim == 3 else output
    flat, ids = part.reshape(-1, V), ids.ravel()
    rows = np.flatnonzero(ids >= 0)
    sums = flat.sum(axis=-1, keepdims=True)
    logs = np.log(np.clip(flat / sums, 1e-7, 1)) if shares else log_softmax(flat)
    inner = np.zeros(flat.shape)
    inner[rows] = (1 / sums if shares else np.exp(logs))[rows]
    inner[rows, ids[rows]] -= 1 / np.maximum(flat[rows, ids[rows]], 1e-7) if shares else 1
    grad[(slice(None), last) if output.ndim == 3 else ...] = (inner / len(rows)).reshape(part.shape)
    return -logs[rows, ids[rows]].mean(), grad


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
