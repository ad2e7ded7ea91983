"""What every Keras model has: its weights, Adam, and one step; a family adds what it computes.

The same methods and numbers as numpy_base.py and torch_base.py.
"""

from functools import cache, partial

import keras
import numpy as np
import tensorflow as tf

from rnnlib.models import base, parts
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"this book runs Keras on TensorFlow, but its backend here is {keras.backend.backend()!r}. "
        "Unset KERAS_BACKEND, then start Python or the notebook again."
    )


class Model(base.Model):
    """A model whose weights are variables of Keras layers, `layers`, {name: layer}."""

    def _has_gpu(self):
        return bool(tf.config.list_physical_devices("GPU"))

    def _set_up(self):
        with tf.device(self.device):
            self.layers = self._build()
            self.set_params(parts.initialise(self.config, self.seed))
            beta1, beta2 = ADAM_BETAS
            self.optimizer = keras.optimizers.Adam(1e-3, beta1, beta2, ADAM_EPSILON)
            self.optimizer.build(self._variables())
        self._traced = {}

    def _variables(self):
        """Every variable that is trained, part by part."""
        return [
            variable
            for part in self.config.parts()
            for variable in self.layers[_layer(part)].trainable_variables
        ]

    def _get_weights(self):
        return self._canonical(self._variables())

    def _set_weights(self, params):
        self._assign(self._variables(), params)

    def _get_steps(self):
        return int(self.optimizer.iterations)

    def _get_moments(self):
        return [self._canonical(moments) for moments in self._moments()]

    def _set_memory(self, step, m, v):
        self.optimizer.iterations.assign(step)
        for moments, params in zip(self._moments(), (m, v), strict=True):
            self._assign(moments, params)

    def _moments(self):
        """Adam's two averages, each a list of variables in the order of the model's."""
        moments = self.optimizer.variables
        return [[v for v in moments if v.name.endswith(end)] for end in ("momentum", "velocity")]

    def _assign(self, variables, params):
        values = parts.to_keras(params, self.config)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _canonical(self, values):
        """Variables or tensors in the order of the variables as canonical {name: array}: copies."""
        return parts.from_keras([value.numpy() for value in values], self.config)

    def _evaluate(self, function, arrays, **settings):
        found = self._run(function, arrays, **settings)
        if isinstance(found, tuple | list):
            return tuple(value.numpy() for value in found)
        return found.numpy()

    def _gradients(self, arrays, **settings):
        loss, grads = self._run(self._backward, arrays, **settings)
        return float(loss), self._canonical(grads)

    def _train(self, arrays, update, **settings):
        return float(self._run(self._update, [*self._prepare(update), *arrays], **settings))

    def _backward(self, *tensors, **settings):
        """The loss, and the gradients in the order of the variables."""
        with tf.GradientTape() as tape:
            loss = self._loss(*tensors, **settings)
        return loss, self._dense(tape, loss)

    def _dense(self, tape, loss):
        """The gradients of a loss in the order of the variables, zeros where none arrives."""
        variables = self._variables()
        # An embedding's gradient arrives as slices, which Keras' optimisers mis-add when an id
        # repeats in the batch (the detour on frameworks); as a dense tensor it is right.
        return [
            tf.zeros_like(variable) if grad is None else tf.convert_to_tensor(grad)
            for variable, grad in zip(variables, tape.gradient(loss, variables), strict=True)
        ]

    def _update(self, clip_norm, shrink, *tensors, **settings):
        """A whole training step, to be compiled as one function."""
        loss, grads = self._backward(*tensors, **settings)
        self._apply(grads, clip_norm, shrink)
        return loss

    def _prepare(self, update):
        """Set the rate; what `_apply` takes besides: the clip norm, and by what weights shrink."""
        self.optimizer.learning_rate = update.rate
        shrink = 1 - float(np.float32(update.rate)) * update.weight_decay
        return [np.asarray(value, self.config.dtype) for value in (update.clip_norm, shrink)]

    def _apply(self, grads, clip_norm, shrink):
        scale = tf.minimum(clip_norm / tf.linalg.global_norm(grads), 1)
        for variable in self._variables():
            variable.assign(variable * shrink)
        self.optimizer.apply([scale * grad for grad in grads], self._variables())

    def _run(self, function, arrays, **settings):
        """function(*tensors, **settings), compiled once for batches of any size and length, so
        that TensorFlow never retraces; the last axis of vectors keeps its size.
        """
        specs = [_spec(np.asarray(array)) for array in arrays]
        key = (function.__name__, *settings.items(), *((s.dtype, tuple(s.shape)) for s in specs))
        if key not in self._traced:
            self._traced[key] = self._compile(partial(function, **settings), specs)
        return self._traced[key](*arrays)

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


def _layer(part):
    """The name of a part's layer."""
    return getattr(part, "layer", "") or part.module


def _spec(array):
    """What TensorFlow compiles for: any sizes, but for the last of three axes of real numbers."""
    shape = [None] * array.ndim
    if array.ndim > 2 and array.dtype.kind == "f":
        shape[-1] = array.shape[-1]
    return tf.TensorSpec(shape, array.dtype)
