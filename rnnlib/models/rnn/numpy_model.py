"""A character RNN in NumPy; numpy_bptt.py supplies the backward pass.

The same class, methods and numbers as keras_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import numpy as np

from rnnlib.models import initial
from rnnlib.models.dropout import draw_mask
from rnnlib.models.optimizers import Adam, clip_by_global_norm
from rnnlib.models.rnn import numpy_bptt


def copy_params(params):
    """{name: array} with arrays of its own."""
    return {name: value.copy() for name, value in params.items()}


class CharRNN:
    """Embedding -> recurrent layers -> logits over the next character, from the same first weights
    in every engine. `device` is "cpu" or "gpu"; unless told, a GPU where there is one. Chapters 4
    to 8.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        self.device = config.choose_device(device, gpu=False)
        self._build(seed)

    def init_state(self, batch_size):
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        return self._call(ids, state)

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        return self._gradients(*self.config.check_batch(ids, state, targets))

    def train_step(self, ids, targets, state, update):
        """One AdamW update on one batch, as an Update says; returns the loss before it, and the
        state.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        batch = self.config.check_batch(ids, state, targets)
        mask = draw_mask(self.config, update.dropout, len(ids), self.seed, self._adam.step)
        loss, grads, state = self._gradients(*batch, mask)
        self._apply(grads, update)
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of layout.py."""
        return copy_params(self._params)

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._params = initial.check_params(params, self.config)

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        empty = {name: np.zeros_like(value) for name, value in self._params.items()}
        m, v = (copy_params(empty | memory) for memory in (self._adam.m, self._adam.v))
        return {"step": self._adam.step, "m": m, "v": v}

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        m, v = (initial.check_params(memory[part], self.config) for part in ("m", "v"))
        self._adam.step, self._adam.m, self._adam.v = int(memory["step"]), m, v

    def _build(self, seed):
        """The model with its first weights, and the optimiser."""
        self.set_params(initial.initialise(self.config, seed))
        self._adam = Adam()

    def _call(self, ids, state):
        """The network on arrays: logits (B, T, V) and the last state."""
        layers, hs = numpy_bptt.forward(self._params, self.config, ids, state)
        return hs @ self._params["W_hy"] + self._params["b_y"], numpy_bptt.last_state(layers)

    def _gradients(self, ids, state, targets, mask=None):
        """The loss, its gradient for every parameter, and the last state."""
        params, config = self._params, self.config
        layers, hs = numpy_bptt.forward(params, config, ids, state)
        mask = hs.dtype.type(1) if mask is None else mask
        loss, dhs, grads = numpy_bptt.output_loss(params, hs * mask, targets)
        nothing = np.zeros_like(state)
        more, _ = numpy_bptt.backward(params, config, ids, layers, dhs * mask, nothing)
        grads |= more
        return loss, {name: grads[name] for name in params}, numpy_bptt.last_state(layers)

    def _apply(self, grads, update):
        """One step of the optimiser along the clipped gradients."""
        rate = float(np.float32(update.rate))  # as Keras stores it
        grads = clip_by_global_norm(grads, update.clip_norm)
        self._adam.update(self._params, grads, rate, update.weight_decay)
