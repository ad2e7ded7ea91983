"""A character RNN on keras.layers; TensorFlow supplies the backward pass.

The same class, methods and numbers as numpy_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units.
"""

import keras
import tensorflow as tf
from keras import layers

from rnnlib import weights
from rnnlib.config import ADAM_BETAS, ADAM_EPSILON

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"this book runs Keras on TensorFlow, but its backend here is {keras.backend.backend()!r}. "
        "Unset KERAS_BACKEND, then start Python or the notebook again."
    )


def build_net(config):
    """The model as a Keras user would write it, with its state made visible."""
    V, E, H, dtype = config.vocab_size, config.embed_size, config.hidden_size, config.dtype
    ids = keras.Input((None,), dtype="int64", name="ids")
    state = keras.Input((H,), dtype=dtype, name="state")
    xs = layers.Embedding(V, E, dtype=dtype, name="embed")(ids)
    rnn = layers.SimpleRNN(H, return_sequences=True, return_state=True, dtype=dtype, name="rnn")
    hs, last = rnn(xs, initial_state=state)
    return keras.Model([ids, state], [layers.Dense(V, dtype=dtype, name="out")(hs), last])


class CharRNN:
    """Embedding -> recurrent cell -> logits over the next character, from the same first weights
    in every engine. `learning_rate` is the step size of train_step. Chapters 3 and 4.
    """

    def __init__(self, config, seed=0):
        self.config = config
        self.learning_rate = 1e-3
        self.net = build_net(config)
        self.set_params(weights.initialise(config, seed))
        beta1, beta2 = ADAM_BETAS
        self.optimizer = keras.optimizers.Adam(1e-3, beta1, beta2, ADAM_EPSILON)
        self.optimizer.build(self.net.trainable_variables)
        # Compiled once for batches of any size and length, so that TensorFlow never retraces.
        ids = tf.TensorSpec((None, None), "int64")
        state = tf.TensorSpec((None, config.hidden_size), config.dtype)
        self._forward = tf.function(self._run, input_signature=[ids, state])
        self._backward = tf.function(self._gradients, input_signature=[ids, state, ids])
        self._update = tf.function(self._apply, input_signature=[ids, state, ids])

    def init_state(self, batch_size):
        """A hidden state of zeros, (num_layers, B, H)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and state (num_layers, B, H) -> logits (B, T, V) and the last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        logits, state = self._forward(ids, state[0])
        return logits.numpy(), state.numpy()[None]

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        ids, state, targets = self.config.check_batch(ids, state, targets)
        loss, grads, state = self._backward(ids, state[0], targets)
        return float(loss), weights.from_keras([g.numpy() for g in grads]), state.numpy()[None]

    def train_step(self, ids, targets, state):
        """One Adam update (Kingma and Ba, 2015) on one batch; returns the loss before it, state."""
        ids, state, targets = self.config.check_batch(ids, state, targets)
        self.optimizer.learning_rate = self.learning_rate
        loss, state = self._update(ids, state[0], targets)
        return float(loss), state.numpy()[None]

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of weights.py."""
        return weights.from_keras([v.numpy() for v in self.net.trainable_variables])

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self.net.set_weights(weights.to_keras(weights.check_params(params, self.config)))

    def _run(self, ids, state):
        return self.net([ids, state])

    def _gradients(self, ids, state, targets):
        """The loss, its gradient for every variable, and the last state."""
        with tf.GradientTape() as tape:
            logits, state = self.net([ids, state])
            last = logits[:, -tf.shape(targets)[1] :]  # (B, K, V)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(targets, last, from_logits=True)
            )
        grads = tape.gradient(loss, self.net.trainable_variables)
        # An embedding's gradient arrives as slices, which Keras' optimisers mis-add when a
        # character repeats in the batch (chapter 4); as a dense tensor it is right.
        return loss, [tf.convert_to_tensor(g) for g in grads], state

    def _apply(self, ids, state, targets):
        loss, grads, state = self._gradients(ids, state, targets)
        self.optimizer.apply(grads, self.net.trainable_variables)
        return loss, state
