"""A character RNN on keras.layers; TensorFlow supplies the backward pass.

The same class, methods and numbers as numpy_model.py and torch_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

from functools import cache

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from rnnlib.models import initial, layout
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON
from rnnlib.models.dropout import draw_mask

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"this book runs Keras on TensorFlow, but its backend here is {keras.backend.backend()!r}. "
        "Unset KERAS_BACKEND, then start Python or the notebook again."
    )


LAYERS = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}


def build_net(config):
    """The model as a Keras user would write it, with its state made visible.

    Inputs are the ids and the state of each layer, h (B, H), in an LSTM h and c; outputs are the
    logits and the states after the last step.
    """
    V, E, H, dtype = config.vocab_size, config.embed_size, config.hidden_size, config.dtype
    ids = keras.Input((None,), dtype="int64", name="ids")
    hs = layers.Embedding(V, E, dtype=dtype, name="embed")(ids)
    before, after = [], []
    for _ in range(config.num_layers):
        state = [keras.Input((H,), dtype=dtype) for _ in range(config.state_size // H)]
        layer = LAYERS[config.cell](H, return_sequences=True, return_state=True, dtype=dtype)
        hs, *last = layer(hs, initial_state=state)
        before, after = before + state, after + last
    return keras.Model([ids, *before], [layers.Dense(V, dtype=dtype, name="out")(hs), *after])


class CharRNN:
    """Embedding -> recurrent layers -> logits over the next character, from the same first weights
    in every engine. `device` is "cpu" or "gpu"; unless told, a GPU where there is one. Chapters 4
    to 8.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        gpus = tf.config.list_physical_devices("GPU")
        self.device = config.choose_device(device, gpu=bool(gpus))
        with tf.device(self.device):
            self._build(seed)

    def init_state(self, batch_size):
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        logits, state = self._forward(ids, state)
        return logits.numpy(), state.numpy()

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        ids, state, targets = self.config.check_batch(ids, state, targets)
        loss, grads, state = self._backward(ids, state, targets, np.ones((1, 1, 1)))
        grads = layout.from_keras([grad.numpy() for grad in grads], self.config)
        return float(loss), grads, state.numpy()

    def train_step(self, ids, targets, state, update):
        """One AdamW update on one batch, as an Update says; returns the loss before it, and the
        state.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        batch = self.config.check_batch(ids, state, targets)
        step = int(self.optimizer.iterations)
        mask = draw_mask(self.config, update.dropout, len(ids), self.seed, step)
        self.optimizer.learning_rate = update.rate
        shrink = 1 - float(np.float32(update.rate)) * update.weight_decay
        mask = np.ones((1, 1, 1)) if mask is None else mask
        loss, state = self._update(*batch, mask, update.clip_norm, shrink)
        return float(loss), state.numpy()

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of layout.py."""
        return layout.from_keras([v.numpy() for v in self.net.trainable_variables], self.config)

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        params = initial.check_params(params, self.config)
        self.net.set_weights(layout.to_keras(params, self.config))

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        found = {"step": int(self.optimizer.iterations)}
        for name, moments in zip("mv", self._moments(), strict=True):
            found[name] = layout.from_keras([v.numpy() for v in moments], self.config)
        return found

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        given = [initial.check_params(memory[part], self.config) for part in ("m", "v")]
        self.optimizer.iterations.assign(int(memory["step"]))
        for moments, params in zip(self._moments(), given, strict=True):
            for variable, value in zip(moments, layout.to_keras(params, self.config), strict=True):
                variable.assign(value)

    def _build(self, seed):
        """The model with its first weights, and the optimiser."""
        config = self.config
        self.net = build_net(config)
        out = self.net.get_layer("out")
        self._body = keras.Model(self.net.inputs, [out.input, *self.net.outputs[1:]])
        self.set_params(initial.initialise(config, seed))
        beta1, beta2 = ADAM_BETAS
        self.optimizer = keras.optimizers.Adam(1e-3, beta1, beta2, ADAM_EPSILON)
        self.optimizer.build(self.net.trainable_variables)
        # Compiled once for batches of any size and length, so that TensorFlow never retraces.
        ids, number = tf.TensorSpec((None, None), "int64"), tf.TensorSpec((), config.dtype)
        state = tf.TensorSpec((config.num_layers, None, config.state_size), config.dtype)
        mask = tf.TensorSpec((None, 1, None), config.dtype)
        self._forward = self._compile(self._call, [ids, state])
        self._backward = self._compile(self._gradients, [ids, state, ids, mask])
        self._update = self._compile(self._step, [ids, state, ids, mask, number, number])

    def _call(self, ids, state, mask=None):
        """The net on tensors; the state of each layer is cut apart, and put together again."""
        n = self.config.state_size // self.config.hidden_size  # 2 in an LSTM: h and c
        parts = [part for layer in tf.unstack(state) for part in tf.split(layer, n, axis=-1)]
        hs, *parts = self._body([ids, *parts])
        layers = [tf.concat(parts[i : i + n], -1) for i in range(0, len(parts), n)]
        return self.net.get_layer("out")(hs if mask is None else hs * mask), tf.stack(layers)

    def _gradients(self, ids, state, targets, mask=None):
        """The loss, its gradient for every parameter, and the last state."""
        with tf.GradientTape() as tape:
            logits, state = self._call(ids, state, mask)
            last = logits[:, -tf.shape(targets)[1] :]  # (B, K, V)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(targets, last, from_logits=True)
            )
        grads = tape.gradient(loss, self.net.trainable_variables)
        # An embedding's gradient arrives as slices, which Keras' optimisers mis-add when a
        # character repeats in the batch (the detour on frameworks); as a dense tensor it is right.
        return loss, [tf.convert_to_tensor(g) for g in grads], state

    def _apply(self, grads, clip_norm, shrink):
        """One step of the optimiser along the clipped gradients."""
        scale = tf.minimum(clip_norm / tf.linalg.global_norm(grads), 1)
        for variable in self.net.trainable_variables:
            variable.assign(variable * shrink)
        self.optimizer.apply([scale * g for g in grads], self.net.trainable_variables)

    def _step(self, ids, state, targets, mask, clip_norm, shrink):
        """A whole training step, to be compiled as one function."""
        loss, grads, state = self._gradients(ids, state, targets, mask)
        self._apply(grads, clip_norm, shrink)
        return loss, state

    def _moments(self):
        """Adam's two averages, each a list of variables in the order of the net's."""
        moments = self.optimizer.variables
        return [[v for v in moments if v.name.endswith(end)] for end in ("momentum", "velocity")]

    def _compile(self, function, signature, xla=False):
        """`function` of arrays, traced at its first call. What tf.function has traced is called
        directly: that saves the time in which it would compare the arguments with the signature.
        """

        def placed(*tensors):
            with tf.device(self.device):
                return function(*tensors)

        compiled = tf.function(placed, input_signature=signature, jit_compile=xla or None)
        trace, kinds = cache(compiled.get_concrete_function), [spec.dtype for spec in signature]
        return lambda *arrays: trace()(*map(tf.constant, arrays, kinds))
