"""The CharRNN of char_rnn/keras_model.py, sooner: for wide layers on a processor.

Training goes through keras_steps.py; one character alone is read by cells and not by layers. The
numbers are those of the plain model.
"""

import tensorflow as tf
from keras import layers

from rnnlib.models.char_rnn.fast import WIDE, keras_steps
from rnnlib.models.char_rnn.keras_model import CharRNN
from rnnlib.models.config import ModelConfig, choose_device


def is_faster(config: ModelConfig, device: str | None = None) -> bool:
    """Whether FastCharRNN is faster than CharRNN; `device` as there."""
    found = choose_device(device, gpu=bool(tf.config.list_physical_devices("GPU")))
    return config.hidden_size >= WIDE and found == "cpu"


class FastCharRNN(CharRNN):
    """A CharRNN that goes other ways in training and for a single step."""

    def _build(self):
        found = super()._build()
        one = tf.TensorSpec((None, 1), "int64")
        shape = (self.config.num_layers, None, self.config.state_size)
        state = tf.TensorSpec(shape, self.config.dtype)
        whole, single = self._run_forward, self._compile(self._call_one, [one, state], xla=True)
        self._run_forward = lambda ids, state: (single if ids.shape[1] == 1 else whole)(ids, state)
        return found

    def _call(self, ids, state, mask=None):
        if mask is None:  # only training brings one
            return super()._call(ids, state)
        variables = self.net.trainable_variables[:-2]  # all but those of the output
        hs, state = keras_steps.forward(self.config, variables, ids, state)  # (T, B, H)
        logits = self.net.get_layer("out")(hs * tf.transpose(mask, (1, 0, 2)))
        return tf.transpose(logits, (1, 0, 2)), state

    def _call_one(self, ids, state):
        """One time step, ids (B, 1), without the loop over steps that a layer makes."""
        n = self.config.state_size // self.config.hidden_size
        cells = [layer.cell for layer in self.net.layers if isinstance(layer, layers.RNN)]
        h, ends = self.net.get_layer("embed")(ids[:, 0]), []
        for cell, start in zip(cells, tf.unstack(state), strict=True):
            h, end = cell(h, tf.split(start, n, axis=-1))
            ends.append(tf.concat(end, -1))
        return self.net.get_layer("out")(h)[:, None], tf.stack(ends)
