"""A character RNN on keras.layers; TensorFlow supplies the backward pass.

The same class, methods and numbers as numpy_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from rnnlib.models import keras_base
from rnnlib.models.char_rnn.methods import Methods
from rnnlib.models.config import ModelConfig

LAYERS = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}


def build_net(config: ModelConfig) -> keras.Model:
    """The model as a Keras user would write it, with its state made visible.

    Inputs are the ids and the state of each layer, h (B, H), in an LSTM h and c; outputs are the
    logits and the states after the last step.
    """
    V, E, H, dtype = config.vocab_size, config.embed_size, config.hidden_size, config.dtype
    ids = keras.Input((None,), dtype="int64", name="ids")
    hs = layers.Embedding(V, E, dtype=dtype, name="embed")(ids)
    before: list[keras.KerasTensor] = []
    after: list[keras.KerasTensor] = []
    for _ in range(config.num_layers):
        state = [keras.Input((H,), dtype=dtype) for _ in range(config.state_size // H)]
        layer = LAYERS[config.cell](H, return_sequences=True, return_state=True, dtype=dtype)
        hs, *last = layer(hs, initial_state=state)
        before, after = before + state, after + last
    return keras.Model([ids, *before], [layers.Dense(V, dtype=dtype, name="out")(hs), *after])


class CharRNN(Methods, keras_base.Model):
    """Embedding -> recurrent layers -> logits over the next character."""

    def _build(self):
        config = self.config
        self.net = build_net(config)
        out = self.net.get_layer("out")
        self._body = keras.Model(self.net.inputs, [out.input, *self.net.outputs[1:]])
        # Compiled once for batches of any size and length, so that TensorFlow never retraces.
        ids, number = tf.TensorSpec((None, None), "int64"), tf.TensorSpec((), config.dtype)
        state = tf.TensorSpec((config.num_layers, None, config.state_size), config.dtype)
        mask = tf.TensorSpec((None, 1, None), config.dtype)
        self._run_forward = self._compile(self._call, [ids, state])
        self._run_losses = self._compile(self._losses, [ids, state, ids, mask])
        self._run_step = self._compile(self._step, [ids, state, ids, mask, number, number])
        return {layer.name: layer for layer in self.net.layers}

    def _variables(self):
        return self.net.trainable_variables

    def _call(self, ids, state, mask=None):
        """The net on tensors; the state of each layer is cut apart, and put together again."""
        n = self.config.state_size // self.config.hidden_size  # 2 in an LSTM: h and c
        parts = [part for layer in tf.unstack(state) for part in tf.split(layer, n, axis=-1)]
        hs, *parts = self._body([ids, *parts])
        layers = [tf.concat(parts[i : i + n], -1) for i in range(0, len(parts), n)]
        return self.net.get_layer("out")(hs if mask is None else hs * mask), tf.stack(layers)

    def _evaluate(self, function, arrays):
        logits, state = self._run_forward(*arrays)
        return logits.numpy(), state.numpy()

    def _gradients(self, ids, state, targets):
        """The loss, its gradient for every parameter, and the last state."""
        loss, grads, state = self._run_losses(ids, state, targets, np.ones((1, 1, 1)))
        return float(loss), grads, state.numpy()

    def _learn(self, ids, state, targets, mask, update):
        mask = np.ones((1, 1, 1)) if mask is None else mask
        loss, state = self._run_step(ids, state, targets, mask, *self._prepare(update))
        return float(loss), state.numpy()

    def _losses(self, ids, state, targets, mask):
        """`_gradients` on tensors."""
        with tf.GradientTape() as tape:
            logits, state = self._call(ids, state, mask)
            last = logits[:, -tf.shape(targets)[1] :]  # (B, K, V)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(targets, last, from_logits=True)
            )
        return loss, self._dense(tape, loss), state

    def _step(self, ids, state, targets, mask, clip_norm, shrink):
        """A whole training step, to be compiled as one function."""
        loss, grads, state = self._losses(ids, state, targets, mask)
        self._apply(grads, clip_norm, shrink)
        return loss, state
