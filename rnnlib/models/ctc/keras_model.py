"""A listener on keras.layers: convolution, recurrent layer, CTC; TensorFlow goes backwards.

The same class, methods and numbers as numpy_model.py and torch_model.py; shapes in methods.py.
"""

import tensorflow as tf
from keras import layers, ops

from rnnlib.models import keras_base
from rnnlib.models.ctc.methods import Methods

LAYERS = {"rnn": layers.SimpleRNN, "gru": layers.GRU}


class Listener(Methods, keras_base.Model):
    """Convolution -> recurrent layer -> scores of the blank and of each label."""

    def _build(self):
        config = self.config
        C, H, dtype = config.conv_size, config.hidden_size, config.dtype
        conv = layers.Conv1D(C, config.width, config.stride, activation="relu", dtype=dtype)
        rnn = LAYERS[config.cell](H, return_sequences=True, dtype=dtype)
        out = layers.Dense(config.labels + 1, dtype=dtype)
        conv.build((None, None, config.bands))
        rnn.build((None, None, C))
        out.build((None, None, H))
        return {"conv": conv, "rnn": rnn, "out": out}

    def _net(self, frames, hidden):
        """The model as a Keras user would write it; the frames begin with those of before."""
        hs = self.layers["rnn"](self.layers["conv"](frames), initial_state=hidden)
        return self.layers["out"](hs), hs

    def _call(self, features, lengths, frames, hidden):
        config = self.config
        frames = tf.concat([frames, features], axis=1)  # (B, width - stride + T, bands)
        logits, hs = self._net(frames, hidden)
        ends = lengths // config.stride
        behind = tf.range(config.width - config.stride, dtype=ends.dtype)
        back = ends[:, None] * config.stride + behind
        return logits, tf.gather(frames, back, batch_dims=1), tf.gather(hs, ends - 1, batch_dims=1)

    def _loss(self, features, lengths, frames, hidden, targets, counts):
        logits, _ = self._net(tf.concat([frames, features], axis=1), hidden)
        answers = lengths // self.config.stride
        return tf.reduce_mean(ops.ctc_loss(targets, logits, counts, answers, mask_index=0))
