"""A character RNN in NumPy; numpy_bptt.py supplies the backward pass.

The same class, methods and numbers as keras_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import numpy as np

from rnnlib.models import numpy_base
from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.models.char_rnn.methods import Methods


class CharRNN(Methods, numpy_base.Model):
    """Embedding -> recurrent layers -> logits over the next character."""

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
