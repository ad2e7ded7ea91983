"""A Keras model under examination: it is called, measured, trained, and given back as it was."""

import inspect
from contextlib import contextmanager, suppress

import keras
import numpy as np
import tensorflow as tf

from checkup.batch import as_array
from checkup.subject import LENGTHS, STATES, Subject, seed_all

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"checkup examines Keras on TensorFlow, but its backend here is "
        f"{keras.backend.backend()!r}. Unset KERAS_BACKEND, then start Python again."
    )

HALF = ("bfloat16", "float16")


class KerasSubject(Subject):
    """What a checkup does with a Keras model; see subject.py."""

    framework = "Keras"  # without a loss, the outputs say what they are

    def __init__(self, model, loss, batch):
        super().__init__(model, batch)
        self.mask, self._batch = None, batch
        compiled = getattr(model, "compiled", False) and getattr(model, "loss", None)
        self.given_loss = loss if loss is not None else compiled or None
        home = getattr(self.given_loss, "__module__", "keras.")  # of a loss's class or function
        self.usual_loss = self.given_loss is not None and home.startswith("keras.")
        self.arguments = inspect.signature(model.call).parameters
        self.takes_state = self.argument(STATES) is not None or self._states_in_and_out()
        self.layers = layers = list(model._flatten_layers())
        free = keras.layers.Lambda
        own = [m for m in layers if not type(m).__module__.startswith("keras.") or type(m) is free]
        self.own_code = bool(own)
        embeddings = [m for m in layers if isinstance(m, keras.layers.Embedding)]
        self.embedded = [m.input_dim for m in embeddings]
        self.bidirectional = any(isinstance(m, keras.layers.Bidirectional) for m in layers)
        self.stateful = any(getattr(m, "stateful", False) is True for m in layers)
        inputs = getattr(model, "inputs", None) or []
        self.fixed_size = any(tensor.shape[0] is not None for tensor in inputs)
        padded = [0 for m in embeddings if m.mask_zero]
        padded += [m.mask_value for m in layers if isinstance(m, keras.layers.Masking)]
        self.padding = padded[0] if padded else None
        rates = [getattr(m, n, 0) or 0 for m in layers for n in ("dropout", "recurrent_dropout")]
        rates += [m.rate for m in layers if isinstance(m, keras.layers.Dropout)]
        self.drops = any(isinstance(rate, int | float) and rate > 0 for rate in rates)
        self._read = tf.function(lambda tensors: self._call(tensors, batch))

    def faults(self):
        known = {id(variable.value) for variable in self.model.variables}
        for layer in self.model._flatten_layers():
            for name, value in vars(layer).items():
                if isinstance(value, tf.Variable) and value.trainable and id(value) not in known:
                    yield (
                        "unregistered",
                        f"{type(layer).__name__}.{name} is a tf.Variable that Keras does not list "
                        "among the weights, so fit does not move it.",
                    )

    def weights(self):
        return {v.path: v.numpy() for v in self.model.trainable_variables}

    def frozen(self):
        held = self.model.non_trainable_weights
        moving = {id(v) for m in self.layers for v in m._non_trainable_variables}
        return [v.path for v in held if id(v) not in moving]  # those are never trained

    def assign(self, weights):
        for v in self.model.trainable_variables:
            if v.path in weights:
                v.assign(weights[v.path])

    @contextmanager
    def borrowed(self):
        if not self.model.built:
            with suppress(Exception):  # which the first check tells
                self._call(self._tensors(self._batch), self._batch)
            for state in self._states():
                state.assign(tf.zeros_like(state.value))
        layers = list(self.model._flatten_layers())
        self._plain = [
            (layer, {n: v for n, v in vars(layer).items() if not n.startswith("_")})
            for layer in layers
        ]
        half = [m for m in layers if m.compute_dtype in HALF and m.variable_dtype == "float32"]
        policies = [(layer, layer.dtype_policy) for layer in half]
        for layer in half:  # examined with 32 bits, of which small effects leave a trace
            layer.dtype_policy = "float32"
        self._kept = [(v, v.numpy()) for v in self._variables()]
        try:
            yield
        finally:
            self.restore()
            for layer, policy in policies:
                layer.dtype_policy = policy

    def _variables(self):
        """Every variable of the model, and the states of its stateful layers."""
        return list({id(v): v for v in (*self.model.variables, *self._states())}.values())

    def _states(self):
        layers = (m for m in self.model._flatten_layers() if getattr(m, "stateful", False) is True)
        states = (getattr(layer, "states", None) for layer in layers)
        return [v for v in keras.tree.flatten(list(states)) if isinstance(v, keras.Variable)]

    def restore(self, weights=True):
        learned = set() if weights else {id(v) for v in self.model.trainable_variables}
        for variable, value in self._kept:
            if id(variable) not in learned:
                variable.assign(value)
        for layer, held in self._plain:
            for name, value in held.items():
                now = vars(layer).get(name)
                made = isinstance(now, keras.Variable | tf.Variable)  # by building the layer
                if now is not value and not made and (tf.is_tensor(now) or tf.is_tensor(value)):
                    vars(layer)[name] = value

    def run(self, batch, training=False, seed=0, fresh=True):
        tensors = self._prepare(batch, training, seed, fresh)
        alike = [tensor.shape for tensor in tensors] == [x.shape for x in self._batch.inputs]
        if alike and not (training or self.own_code or self.stateful):
            found, masks = self._read(tensors)  # compiled, for this is asked most often
        else:
            found, masks = self._call(tensors, batch, training)
        self.mask = [None if m is None else m.numpy() for m in masks]
        self.coarse = any(out.dtype in (tf.bfloat16, tf.float16) for out in found)
        return [as_array(out) for out in found]

    def ask_loss(self, output, targets):
        output = tf.constant(output)
        with tf.GradientTape() as tape:
            tape.watch(output)
            loss = self._ask_loss(output, targets)
        grad = tape.gradient(loss, output)
        grad = np.zeros(output.shape) if grad is None else tf.convert_to_tensor(grad).numpy()
        return float(loss), grad

    def _ask_loss(self, output, targets):
        """The loss is one of Keras', by its name, or a function."""
        loss, mask = self.given_loss, self.mask[self.form.index]
        loss = keras.losses.get(loss) if isinstance(loss, str) else loss
        if mask is not None and tuple(mask.shape) == tuple(output.shape)[: len(mask.shape)]:
            output._keras_mask = tf.convert_to_tensor(mask)
        loss = loss if isinstance(loss, keras.losses.Loss) else Given(loss)
        if self.time_first and targets.ndim > 1:
            targets = targets.swapaxes(0, 1)
        return loss(tf.constant(targets), output)

    def pull_back(self, batch, weigh):
        variables, tensors = self.model.trainable_variables, self._prepare(batch)
        with tf.GradientTape() as tape:
            found, masks = self._call(tensors, batch)
            output = found[self.form.index]
        self.mask = [None if m is None else m.numpy() for m in masks]
        weights = tf.constant(weigh(as_array(output)), output.dtype)
        grads = tape.gradient(output, variables, weights)
        return {
            v.path: np.zeros(v.shape) if g is None else tf.convert_to_tensor(g).numpy()
            for v, g in zip(variables, grads, strict=True)
        }

    def read_step(self, batch, state, step):
        x, name = self._tensors(batch), self.argument(STATES)
        if step is not None:
            return step(x[batch.place], state)
        if name:
            more = {"return_state": True} if "return_state" in self.arguments else {}
            output, *state = self.model(x[0], training=False, **{name: state}, **more)
            return output, state[0] if len(state) == 1 else state
        output, *state = self.model([x[0], *(state or x[1:])], training=False)
        return output, state

    def _prepare(self, batch, training=False, seed=0, fresh=True):
        """The tensors of a batch, with states and random numbers set."""
        if fresh:
            self.restore(weights=False)
        for variable, value in self._kept if seed or not fresh else ():
            if variable.path.endswith("seed_generator_state"):
                variable.assign(value + np.asarray(seed, value.dtype))
        seed_all(seed)
        return self._tensors(batch)

    def _call(self, tensors, batch, training=False):
        """The tensors that the model returns, and their masks."""
        given = {}
        if batch.names:
            inputs = dict(zip(batch.names, tensors, strict=True))
        else:
            inputs = tensors if len(tensors) > 1 else tensors[0]
        name = self.argument(LENGTHS)
        if batch.lengths is not None and name:
            given[name] = tf.constant(batch.lengths)
        found = self.model(inputs, training=training, **given)
        if hasattr(found, "values") and not tf.is_tensor(found):
            found = [found["logits"]] if "logits" in found else list(found.values())
        found = [out for out in keras.tree.flatten(found) if tf.is_tensor(out)]
        return found, [getattr(out, "_keras_mask", None) for out in found]

    def _tensors(self, batch):
        """The inputs as the model wants them."""
        found = []
        for array in batch.inputs:
            if batch.time_first and array.ndim > 1:
                array = array.swapaxes(0, 1)
            floats = np.issubdtype(array.dtype, np.floating)
            found.append(tf.constant(array, keras.config.floatx() if floats else None))
        return found

    def _states_in_and_out(self):
        """Whether the model was built as ids and states -> logits and states."""
        inputs = getattr(self.model, "inputs", None) or []
        outputs = getattr(self.model, "outputs", None) or []
        states = [tuple(tensor.shape) for tensor in inputs[1:]]
        return bool(states) and states == [tuple(tensor.shape) for tensor in outputs[1:]]


class Given(keras.losses.Loss):
    """A loss that came as a function, with the masks and the mean that Keras gives it."""

    def __init__(self, function):
        super().__init__(name="given")
        self.function = function

    def call(self, y_true, y_pred):
        """Also of targets (B,) for one output (B, 1), as compile reads them."""
        if len(y_pred.shape) == len(y_true.shape) + 1 and y_pred.shape[-1] == 1:
            y_true = tf.expand_dims(y_true, -1)
        return self.function(y_true, y_pred)
