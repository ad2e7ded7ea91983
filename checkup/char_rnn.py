"""A model of this book under examination, in any engine: by its interface alone."""

from contextlib import contextmanager

import numpy as np

from checkup.subject import Examined
from rnnlib.functional import log_softmax
from rnnlib.models.update import Update
from rnnlib.probing.state_jacobians import influence


class Subject(Examined):
    """What a checkup can do with a model; arrays at the boundary are NumPy.

    torch_model.py and keras_model.py have the same class for models of anybody's making. The loss
    of these models is their own, the cross-entropy of their logits; targets (B, 1) come after the
    last step.
    """

    convention = bidirectional = stateful = resets = fixed_size = own_code = None
    padding = drops = coarse = whole = None
    usual_loss = True  # of the framework, so that outputs and targets must have one shape
    framework, takes_state = "this book", True
    given_loss, embedded = None, ()

    def __init__(self, model, loss, batch):
        if loss is not None:
            raise ValueError("a CharRNN has a loss of its own. Leave loss out.")
        self.model, self.form, self.outputs_are = model, None, "logits"
        self.last_only = batch.targets.shape[1] == 1  # one target for each row

    def faults(self):
        """What can be seen without a call: nothing, in these models."""
        return ()

    def weights(self):
        """The weights that are to be trained, {name: array}."""
        return self.model.get_params()

    def frozen(self):
        """The names of weights that are not trained, of which there are none."""
        return []

    def matrices(self):
        """The names of the matrices of each recurrent layer, a list each."""
        return [[name for name in self.model.get_params() if "_hh" in name]]

    def blank_embedding(self):
        """The name of an embedding that holds only zeros, or None."""
        params = self.model.get_params()
        return "embed" if "embed" in params and not params["embed"].any() else None

    def states(self, batch):
        """The states after the last step, {name: array}."""
        return {"the model": np.asarray(self.model.forward(batch.sequence, self._start(batch))[1])}

    def assign(self, weights):
        """Give these weights, {name: array}, other numbers."""
        self.model.set_params(self.model.get_params() | weights)

    @contextmanager
    def borrowed(self):
        """Within it, the model may be changed; behind it, everything is as it was."""
        self._kept = self.model.get_params()
        optimizer = self.model.get_optimizer()
        try:
            yield
        finally:
            self.restore()
            self.model.set_optimizer(optimizer)

    def restore(self, weights=True):
        """The weights as they were; there is no state to restore."""
        if weights:
            self.model.set_params(self._kept)

    def run(self, batch, training=False, seed=0, fresh=True):
        """What the model makes of a batch: the logits and the last state."""
        logits, state = self.model.forward(batch.sequence, self._start(batch))
        return [logits[:, -1] if self.last_only else logits, state]

    def loss(self, output, targets):
        """The loss of logits (array) and targets, and its gradient for the logits."""
        K, shape = targets.shape[1], output.shape
        output = output[:, None] if self.last_only else output
        last, flat = output[:, -K:].reshape(-1, shape[-1]), targets.ravel()
        logs, counted = log_softmax(last.astype(float)), flat >= 0
        rows = np.flatnonzero(counted)
        grad = np.zeros(output.shape)
        inner = np.exp(logs) * counted[:, None]
        inner[rows, flat[rows]] -= 1
        grad[:, -K:] = (inner / len(rows)).reshape(grad[:, -K:].shape)
        return float(-logs[rows, flat[rows]].mean()), grad.reshape(shape)

    def gradients(self, batch):
        """The gradient of the loss for every weight, {name: array}."""
        return self.model.loss_and_grads(batch.sequence, batch.targets, self._start(batch))[1]

    def reach(self, batch, weights):
        """How strongly every state acts on the loss at the last step: (B, T), alike in each row."""
        norms = influence(self.model, batch.sequence, batch.targets.reshape(batch.size, -1)[:, -1])
        return np.broadcast_to(norms[::-1], (batch.size, batch.steps))

    def train(self, batch, rate):
        """Updates of Adam on one batch, without end: the loss before each."""
        self.model.set_optimizer(self._fresh_optimizer())
        while True:
            given = batch.sequence, batch.targets, self._start(batch)
            yield self.model.train_step(*given, Update(rate))[0]

    def _step(self, batch, state, step):
        """The output of one step and the next state."""
        return self.model.forward(batch.sequence, self._start(batch) if state is None else state)

    def _start(self, batch):
        return self.model.init_state(batch.size)

    def _fresh_optimizer(self):
        nothing = {name: np.zeros_like(p) for name, p in self._kept.items()}
        return {"step": 0, "m": nothing, "v": {name: p.copy() for name, p in nothing.items()}}
