"""A PyTorch module under examination: it is called, measured, trained, and given back as it was."""

import inspect
from contextlib import contextmanager
from dataclasses import is_dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from checkup.batch import arrange, as_array, each
from checkup.subject import (
    LENGTH_NAMES,
    STARTERS,
    STATE_NAMES,
    Examined,
    reset_method,
    seed_all,
)

CROSS_ENTROPY = (nn.CrossEntropyLoss, nn.NLLLoss)
CROSS_ENTROPY_FUNCTIONS = (F.cross_entropy, F.nll_loss)
HALF = (torch.bfloat16, torch.float16)


class Subject(Examined):
    """What a checkup can do with a model; arrays at the boundary are NumPy.

    keras_model.py has the same class for Keras, char_rnn.py for the models of this book.
    """

    framework = "PyTorch"
    convention = "nn.CrossEntropyLoss"  # what is assumed of whole-number targets

    def __init__(self, model, loss, batch):
        if isinstance(model, torch.jit.ScriptModule):
            raise TypeError(
                "model is traced or scripted, and cannot be given back as it was. Give the module "
                "that it was made from."
            )
        if any(p.is_meta for p in model.parameters()):
            raise TypeError(
                "model stands on the device meta, where weights have no numbers. Build it on a "
                "device that holds them, such as the cpu."
            )
        self.model, self.given_loss, self.form, self.whole = model, loss, None, False
        module = getattr(
            loss, "__module__", "torch.nn.functional"
        )  # without a loss, any shape fits
        self.usual_loss = loss is not None and module.startswith("torch.nn")
        self.coarse, self.own_code = False, True
        self.time_first, self.outputs_are = batch.time_first, "logits"
        self.params = {n: p for n, p in model.named_parameters() if p.requires_grad}
        weights = [p for p in model.parameters() if p.is_floating_point()]
        self.dtype = weights[0].dtype if weights else torch.float32
        self.device = weights[0].device if weights else torch.device("cpu")
        self.arguments = inspect.signature(model.forward).parameters
        modules = list(model.modules())
        self.layers = [m for m in modules if isinstance(m, nn.RNNBase)]
        self.bidirectional = any(layer.bidirectional for layer in self.layers)
        self.stateful = self.resets = reset_method(model) is not None
        self.fixed_size = False
        embeddings = [m for m in modules if isinstance(m, nn.Embedding)]
        self.embedded = [m.num_embeddings for m in embeddings]
        padded = [m.padding_idx for m in embeddings]
        self.padding = next((p for p in padded if p is not None), None)
        self.drops = any(m.p > 0 for m in modules if isinstance(m, nn.Dropout))
        self.drops |= any(layer.dropout > 0 for layer in self.layers)
        self.takes_state = self._argument(STATE_NAMES) is not None

    def faults(self):
        """What can be seen without a call: (name, sentence) each."""
        for layer in self.layers:
            if layer.dropout > 0 and layer.num_layers == 1:
                name = f"nn.{type(layer).__name__}(dropout={layer.dropout:g})"
                yield "dropout_one_layer", f"{name} has one layer, so it drops nothing."
        known = {id(p) for p in self.model.parameters()}
        for module in self.model.modules():
            for name, value in vars(module).items():
                if name not in ("_modules", "_parameters") and _hidden(value, known):
                    kind = f"{type(module).__name__}.{name}"
                    yield (
                        "unregistered",
                        f"{kind} holds weights that model.parameters() does not list, so an "
                        "optimiser of model.parameters() does not move them.",
                    )

    def weights(self):
        """The weights that are to be trained, {name: array}."""
        return {name: as_array(p).copy() for name, p in self.params.items()}

    def frozen(self):
        """The names of weights that are not trained."""
        return [name for name, p in self.model.named_parameters() if name not in self.params]

    def matrices(self):
        """The names of the matrices of each recurrent layer and direction, a list each."""
        parts = {}
        for place, layer in self._recurrent():
            for name in (name for name, p in layer.named_parameters() if p.ndim > 1):
                key = place, name.replace("hh", "ih")
                parts.setdefault(key, []).append(f"{place}.{name}".lstrip("."))
        return list(parts.values())

    def blank_embedding(self):
        """The name of an embedding that holds only zeros, or None."""
        tables = (nm for nm in self.model.named_modules() if isinstance(nm[1], nn.Embedding))
        return next((name for name, table in tables if not table.weight.any()), None)

    def states(self, batch):
        """What the recurrent layers of the library hand on, {name: array}."""
        found = {}

        def note(name, output):
            output = output[0] if isinstance(output, tuple) else output
            found[name] = as_array(output.data)  # also of a PackedSequence

        with _watched(self._recurrent(), note):
            self.run(batch)
        return found

    def _recurrent(self):
        kinds = (nn.RNNBase, nn.RNNCellBase)
        return [(name, m) for name, m in self.model.named_modules() if isinstance(m, kinds)]

    def assign(self, weights):
        """Give these weights, {name: array}, other numbers."""
        for name, array in weights.items():
            self.params[name].data.copy_(torch.as_tensor(array))

    @contextmanager
    def borrowed(self):
        """Within it, the model may be changed; behind it, everything is as it was."""
        modes = [(module, module.training) for module in self.model.modules()]
        grads = [(p, p.grad) for p in self.model.parameters()]
        chance = torch.get_rng_state()
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        half = [t for t in (*self.model.parameters(), *self.model.buffers()) if t.dtype in HALF]
        half = [(tensor, tensor.data) for tensor in half]
        for tensor, data in half:  # examined with 32 bits, of which small effects leave a trace
            tensor.data = data.float()
        self.dtype = torch.float32 if half else self.dtype
        self._kept = _Memory(self.model)
        try:
            with _no_autocast(self.device.type):
                yield
        finally:
            self._kept.restore()
            for tensor, data in half:
                tensor.data = data
            for module, mode in modes:
                module.training = mode
            for p, grad in grads:
                p.grad = grad
            torch.set_rng_state(chance)
            if cuda:
                torch.cuda.set_rng_state_all(cuda)

    def restore(self, weights=True):
        """Weights, buffers and states as they were; without `weights`, the states alone."""
        self._kept.restore(None if weights else self._learned())

    def run(self, batch, training=False, seed=0, fresh=True):
        """What the model makes of a batch: the arrays that it returns, in their order.

        `fresh` begins with the states that the model came with.
        """
        with torch.no_grad():
            found = self._call(batch, training, seed, fresh)
        self.coarse = any(out.dtype in HALF for out in found)
        return [as_array(out) for out in found]

    def loss(self, output, targets):
        """The loss of an output (array) and targets, and its gradient for the output."""
        output = torch.tensor(output, device=self.device, requires_grad=True)
        with torch.enable_grad():
            loss = self._loss(output, targets)
        (grad,) = torch.autograd.grad(loss, [output])
        return float(loss.detach()), grad.cpu().numpy()

    def loss_of_all(self, batch):
        """The loss of everything that the model returns and of all targets."""
        self.whole = True
        try:
            return float(self._batch_loss(batch).detach())
        finally:
            self.whole = False

    def gradients(self, batch, weights=None):
        """The gradient of every trained weight, {name: array}: of the loss of a batch, or of
        sum(output * weights).
        """
        params = list(self.params.values())
        with torch.enable_grad():
            if weights is None:
                score = self._batch_loss(batch)
            else:
                score = (self._call(batch)[self.form.index] * self._tensor(weights)).sum()
        if score.requires_grad:
            grads = torch.autograd.grad(score, params, allow_unused=True, materialize_grads=True)
        else:
            grads = [torch.zeros_like(p) for p in params]
        return {name: as_array(grad) for name, grad in zip(self.params, grads, strict=True)}

    def reach(self, batch, weights):
        """How strongly every input acts on sum(output * weights), by autograd: (B, T) or None.

        Of ids the gradient is that of their embeddings. None where neither can be had.
        """
        caught = []

        def catch(name, output):
            caught.append(output.detach().requires_grad_())
            return caught[-1]

        named = self.model.named_modules()
        tables = [(name, m) for name, m in named if isinstance(m, nn.Embedding)]
        with torch.enable_grad(), _watched(tables, catch):
            output = self._call(batch, watch=None if tables else caught)[self.form.index]
            score = (output * self._tensor(weights)).sum()
        if not caught:
            return None
        if not score.requires_grad:
            return np.zeros((batch.size, batch.steps))
        grads = torch.autograd.grad(score, caught, allow_unused=True, materialize_grads=True)
        return arrange([as_array(grad) for grad in grads], batch)

    def train(self, batch, rate):
        """Updates of Adam on one batch, without end: the loss before each."""
        params = list(self.params.values())
        optimizer = torch.optim.Adam(params, lr=rate)
        while True:
            self.restore(weights=False)
            with torch.enable_grad():
                loss = self._batch_loss(batch)
            if loss.requires_grad:
                grads = torch.autograd.grad(loss, params, allow_unused=True)
                for p, grad in zip(params, grads, strict=True):
                    p.grad = grad
            nn.utils.clip_grad_norm_(params, 1.0)
            optimizer.step()
            yield float(loss.detach())

    def train_twice(self, batch):
        """Two training steps without a change, the state kept: raises what the second raises."""
        self.restore()
        for _ in range(2):
            with torch.enable_grad():
                found = self._call(batch, fresh=False)[self.form.index]
                torch.autograd.grad(found.sum(), list(self.params.values()), allow_unused=True)

    def _step(self, batch, state, step):
        """The output of one step and the next state, or two of None."""
        self._quiet()
        x = self._tensors(batch, axis=True)
        with torch.no_grad():
            if step is not None:
                return step(x[batch.place], state)
            given = {} if state is None else {self._argument(STATE_NAMES): state}
            found = self.model(*self._complete(x[:1], given, batch), **given)
        return found if isinstance(found, tuple | list) and len(found) == 2 else (None, None)

    def _call(self, batch, training=False, seed=0, fresh=True, watch=None):
        """The tensors that the model returns."""
        if fresh:
            self._kept.restore(self._learned())
        self._quiet(training)
        torch.manual_seed(seed)
        seed_all(seed)
        tensors = self._tensors(batch)
        if watch is not None and tensors[batch.place].is_floating_point():
            watch.append(tensors[batch.place].requires_grad_())
        given = {}
        if batch.names:
            given = dict(zip(batch.names, tensors, strict=True))
            tensors = []
        name = self._argument(LENGTH_NAMES)
        if batch.lengths is not None and name and name not in given and len(tensors) == 1:
            given[name] = torch.as_tensor(batch.lengths, dtype=torch.int64)
        self._returned = self.model(*self._complete(tensors, given, batch), **given)
        return flatten(self._returned, self._axis(batch))

    def _complete(self, tensors, given, batch):
        """The tensors, and a first state where the model asks for one and none was given."""
        wanted = [
            name
            for name, p in self.arguments.items()
            if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        for name in wanted[len(tensors) :]:
            if name in STATE_NAMES and name not in given:
                make = next(
                    (getattr(self.model, n) for n in STARTERS if hasattr(self.model, n)), None
                )
                given[name] = make(batch.size) if make else None
        return tensors

    def _axis(self, batch):
        return 1 if batch.time_first else 0

    def _tensors(self, batch, axis=False):
        """The inputs as the model wants them; with `axis`, no check of their lengths."""
        found = []
        for array in batch.inputs:
            if batch.time_first and array.ndim > 1 and (axis or array.shape[1] == batch.steps):
                array = array.swapaxes(0, 1)
            found.append(self._tensor(array))
        return found

    def _tensor(self, array):
        if np.issubdtype(array.dtype, np.floating):
            return torch.tensor(array, dtype=self.dtype, device=self.device)
        if np.issubdtype(array.dtype, np.integer):
            return torch.tensor(array.astype(np.int64), device=self.device)
        return torch.tensor(array, device=self.device)

    def _quiet(self, training=False):
        """Evaluation, or training; on a GPU a recurrent layer learns in that of training only."""
        self.model.train(training)
        if not training and self.device.type == "cuda":
            for layer in self.layers:
                layer.train(layer.dropout == 0)

    def _learned(self):
        """What an update changes, by identity."""
        return {id(p) for p in self.model.parameters()}

    def _batch_loss(self, batch):
        output = self._call(batch)[self.form.index]
        if self.whole:
            targets = batch.targets if batch.several is None else batch.several
            targets = each(self._tensor, targets) if batch.several else self._tensor(targets)
            return self.given_loss(self._returned, targets)
        return self._loss(output, batch.targets)

    def _loss(self, output, targets):
        """The reader's loss, or the usual one, as a tensor."""
        normal = self.form.normal(output, torch.reshape, torch.permute)
        if self.given_loss is None:
            return self._usual_loss(normal, self._tensor(self._wanted(targets, normal)))
        loss = self.given_loss
        entropy = isinstance(loss, CROSS_ENTROPY) or loss in CROSS_ENTROPY_FUNCTIONS
        if entropy and targets.ndim >= 2 and not self.form.flat:  # as every reader flattens them
            tensor, V = self._tensor(targets), normal.shape[-1]
            normal = normal[:, -tensor.shape[1] :] if normal.ndim == 3 else normal
            flat = (-1, V) if self.form.kind == "one-hot" else (-1,)
            return loss(normal.reshape(-1, V), tensor.reshape(flat))
        if self.time_first and targets.ndim > 1:
            targets = targets.swapaxes(0, 1)
        return loss(output, self._tensor(targets))

    def _wanted(self, targets, normal):
        """The targets in the shape of the normal output, without its classes."""
        if self.form.kind == "classes":
            shape = normal.shape[:-1]
            fits = targets.size == np.prod(shape)
            return (targets.reshape(tuple(shape)) if fits else targets).astype(np.int64)
        return targets.astype(np.float32)

    def _usual_loss(self, normal, targets):
        kind = self.form.kind
        if kind in ("classes", "one-hot"):
            V = normal.shape[-1]
            if kind == "one-hot":
                targets = targets.argmax(-1)
            if normal.ndim == 3 and targets.shape[1] < normal.shape[1]:
                normal = normal[:, -targets.shape[1] :]
            return F.cross_entropy(normal.reshape(-1, V), targets.flatten())  # -100 counts nothing
        normal, targets = normal.flatten(), targets.flatten()
        if kind == "binary" and self.outputs_are == "probabilities":
            return F.binary_cross_entropy(normal, targets)
        if kind == "binary":
            return F.binary_cross_entropy_with_logits(normal, targets)
        return F.mse_loss(normal, targets)


@contextmanager
def _no_autocast(device):
    """Within it, everything is reckoned with 32 bits, be it in a region of 16."""
    enter, leave = torch.autocast.__enter__, torch.autocast.__exit__
    with torch.autocast(device, enabled=False):
        torch.autocast.__enter__ = lambda region: region
        torch.autocast.__exit__ = lambda region, *error: None
        try:
            yield
        finally:
            torch.autocast.__enter__, torch.autocast.__exit__ = enter, leave


@contextmanager
def _watched(layers, note):
    """Within it, `note` is told the name of a layer, (name, layer), and what it returns."""
    hooks = [
        layer.register_forward_hook(lambda layer, args, output, name=name: note(name, output))
        for name, layer in layers
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Memory:
    """What a module and its parts hold: tensors, and every plain attribute."""

    def __init__(self, model):
        self.tensors, self.places = {}, []
        for module in model.modules():
            self._keep(vars(module))
        kinds = {kind for module in model.modules() for kind in type(module).__mro__}
        self.kinds = [(kind, _own_values(kind)) for kind in kinds]
        for _, values in self.kinds:
            self._keep(values)

    def _keep(self, value, depth=0):
        if isinstance(value, torch.Tensor):
            if id(value) not in self.tensors:
                self.tensors[id(value)] = value, value.detach().clone()
        elif isinstance(value, dict):
            self.places.append((value, dict(value)))
            parts = [part for name, part in value.items() if not str(name).endswith("_hooks")]
            for part in parts if depth < 4 else ():
                self._keep(part, depth + 1)
        elif isinstance(value, list | tuple):
            if isinstance(value, list):
                self.places.append((value, list(value)))
            for part in value if depth < 4 else ():
                self._keep(part, depth + 1)

    def restore(self, but=None):
        """Put everything back, but not the tensors with these identities."""
        for place, held in self.places:
            if isinstance(place, dict):
                if place.keys() != held.keys() or any(place[k] is not held[k] for k in held):
                    place.clear()
                    place.update(held)
            else:
                place[:] = held
        for kind, held in self.kinds:
            for name in _own_values(kind).keys() - held.keys():
                delattr(kind, name)
            for name, value in held.items():
                if vars(kind).get(name) is not value:
                    setattr(kind, name, value)
        for key, (tensor, held) in self.tensors.items():
            if not (but and key in but):
                tensor.data.copy_(held)  # through .data no graph of the reader's notices


def _own_values(kind):
    """The plain values that a class of the reader's holds, {name: value}: a state may be there."""
    if kind is object or kind.__module__.partition(".")[0] in ("torch", "builtins", "typing"):
        return {}
    plain = (torch.Tensor, list, tuple, dict, int, float, type(None))
    held = {name: value for name, value in vars(kind).items() if not name.startswith("__")}
    return {name: value for name, value in held.items() if isinstance(value, plain)}


def _hidden(value, known):
    """Whether a plain attribute holds weights that the model does not know of."""
    if isinstance(value, nn.Module):
        return any(id(p) not in known for p in value.parameters())
    if isinstance(value, torch.Tensor):
        return value.is_leaf and value.requires_grad and id(value) not in known
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(_hidden(part, known) for part in value)
    return False


def flatten(found, axis=0):
    """The tensors in what a model returns, in their order; packed ones are padded."""
    if isinstance(found, PackedSequence):
        return [pad_packed_sequence(found, batch_first=axis == 0)[0]]
    if isinstance(found, torch.Tensor):
        return [found]
    if is_dataclass(found):
        found = vars(found)
    if hasattr(found, "values") and not isinstance(found, torch.Tensor):
        found = [found["logits"]] if "logits" in found else list(found.values())
    if isinstance(found, tuple | list):
        return [tensor for part in found for tensor in flatten(part, axis)]
    return []
