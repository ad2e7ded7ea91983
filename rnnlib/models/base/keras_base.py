"""What every Keras model has: its weights, Adam, and one step; a family adds what it computes.

The same class, methods and numbers as numpy_base.py and torch_base.py. A family derives its
model from it, and supplies

    _build()                       its layers, built: {name of the layer: layer} as parts() says
    _call(*tensors)                what forward computes
    _loss(*tensors, **settings)    the loss, from which TensorFlow finds the gradients
"""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from rnnlib.models.base.parts import first_values, shapes
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON, choose_device
from rnnlib.models.initial import check_arrays

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"this book runs Keras on TensorFlow, but its backend here is {keras.backend.backend()!r}. "
        "Unset KERAS_BACKEND, then start Python or the notebook again."
    )


class Model:
    """Weights that are the same at first in every engine, and AdamW; `config` is that of a family:
    it has `parts()`, a `dtype` and a `family`. `device` is "cpu" or "gpu"; unless told, a GPU where
    there is one. Chapter 15.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        gpus = tf.config.list_physical_devices("GPU")
        self.device = choose_device(device, gpu=bool(gpus))
        with tf.device(self.device):
            self.layers = self._build()
            self.set_params(first_values(config.parts(), seed, config.dtype))
            beta1, beta2 = ADAM_BETAS
            self.optimizer = keras.optimizers.Adam(1e-3, beta1, beta2, ADAM_EPSILON)
            self.optimizer.build(self._variables())
        self._traced = {}

    def get_params(self):
        """A copy of every parameter, {name: array}, in canonical order."""
        return self._from_keras(self._variables())

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        self._assign(self._variables(), self._check(params))

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        m, v = (self._from_keras(moments) for moments in self._moments())
        return {"step": self.steps, "m": m, "v": v}

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        given = [self._check(memory[part]) for part in ("m", "v")]
        self.optimizer.iterations.assign(int(memory["step"]))
        for moments, params in zip(self._moments(), given, strict=True):
            self._assign(moments, params)

    @property
    def steps(self):
        """Updates so far."""
        return int(self.optimizer.iterations)

    def _evaluate(self, function, arrays, **settings):
        """What a function of the model makes of arrays, without gradients: arrays again."""
        found = self._run(function, arrays, **settings)
        if isinstance(found, tuple | list):
            return tuple(value.numpy() for value in found)
        return found.numpy()

    def _gradients(self, arrays, **settings):
        """The loss, and its gradient {name: array} for every parameter."""
        loss, grads = self._run(self._backward, arrays, **settings)
        return float(loss), self._from_keras(grads)

    def _train(self, arrays, update, **settings):
        """One AdamW update along the clipped gradients, as an Update says; the loss before it.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        self.optimizer.learning_rate = update.rate
        shrink = 1 - float(np.float32(update.rate)) * update.weight_decay
        numbers = [np.asarray(value, self.config.dtype) for value in (update.clip_norm, shrink)]
        return float(self._run(self._update, [*numbers, *arrays], **settings))

    def _backward(self, *tensors, **settings):
        """The loss, and the gradients in the order of the variables; zeros where none arrives."""
        variables = self._variables()
        with tf.GradientTape() as tape:
            loss = self._loss(*tensors, **settings)
        grads = tape.gradient(loss, variables)
        # An embedding's gradient arrives as slices, which Keras' optimisers mis-add when an id
        # repeats in the batch (the detour on frameworks); as a dense tensor it is right.
        return loss, [
            tf.zeros_like(variable) if grad is None else tf.convert_to_tensor(grad)
            for variable, grad in zip(variables, grads, strict=True)
        ]

    def _update(self, clip_norm, shrink, *tensors, **settings):
        """A whole training step, to be compiled as one function."""
        loss, grads = self._backward(*tensors, **settings)
        scale = tf.minimum(clip_norm / tf.linalg.global_norm(grads), 1)
        for variable in self._variables():
            variable.assign(variable * shrink)
        self.optimizer.apply([scale * grad for grad in grads], self._variables())
        return loss

    def _run(self, function, arrays, **settings):
        """function(*tensors, **settings), compiled once for batches of any size and length, so
        that TensorFlow never retraces; the last axis of vectors keeps its size.
        """
        specs = [_spec(np.asarray(array)) for array in arrays]
        key = (function.__name__, *settings.items(), *((s.dtype, tuple(s.shape)) for s in specs))
        if key not in self._traced:
            compiled = tf.function(partial(self._placed, function, settings), specs)
            self._traced[key] = compiled.get_concrete_function()
        kinds = [spec.dtype for spec in specs]
        return self._traced[key](*map(tf.constant, arrays, kinds))

    def _placed(self, function, settings, *tensors):
        with tf.device(self.device):
            return function(*tensors, **settings)

    def _variables(self):
        """Every variable that is trained, part by part."""
        return [
            variable
            for part in self.config.parts()
            for variable in self.layers[_layer(part)].trainable_variables
        ]

    def _moments(self):
        """Adam's two averages, each a list of variables in the order of the model's."""
        moments = self.optimizer.variables
        return [[v for v in moments if v.name.endswith(end)] for end in ("momentum", "velocity")]

    def _check(self, params):
        return check_arrays(params, shapes(self.config.parts()), self.config.dtype)

    def _assign(self, variables, params):
        values = [value for part in self.config.parts() for value in part.to_keras(params)]
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _from_keras(self, values):
        """Variables or tensors in the order of the variables as canonical {name: array}: copies."""
        values, found = iter(values), {}
        for part in self.config.parts():
            count = len(self.layers[_layer(part)].trainable_variables)
            mine = [next(values).numpy() for _ in range(count)]
            found |= {name: np.array(value) for name, value in part.from_keras(mine).items()}
        return found


def _layer(part):
    """The name of a part's layer."""
    return getattr(part, "layer", "") or part.module


def _spec(array):
    """What TensorFlow compiles for: any sizes, but for the last of three axes of real numbers."""
    shape = [None] * array.ndim
    if array.ndim > 2 and array.dtype.kind == "f":
        shape[-1] = array.shape[-1]
    return tf.TensorSpec(shape, array.dtype)
