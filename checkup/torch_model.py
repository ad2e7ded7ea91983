"""A PyTorch module under examination: it is called, measured, trained, and given back as it was."""

import inspect
from contextlib import contextmanager
from dataclasses import is_dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from checkup.batch import as_array
from checkup.subject import LENGTHS, RESETS, STARTERS, STATES, Subject, seed_all

CROSS_ENTROPY = (nn.CrossEntropyLoss, nn.NLLLoss)
CROSS_ENTROPY_FUNCTIONS = (F.cross_entropy, F.nll_loss)
HALF = (torch.bfloat16, torch.float16)


class TorchSubject(Subject):
    """What a checkup does with a module; see subject.py."""

    framework = "PyTorch"
    convention = "nn.CrossEntropyLoss"
    own_code = True

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
        super().__init__(model, batch)
        self.given_loss = loss
        self.usual_loss = getattr(loss, "__module__", "").startswith("torch.nn")
        self.params = {n: p for n, p in model.named_parameters() if p.requires_grad}
        weights = [p for p in model.parameters() if p.is_floating_point()]
        self.dtype = weights[0].dtype if weights else torch.float32
        self.device = weights[0].device if weights else torch.device("cpu")
        self.arguments = inspect.signature(model.forward).parameters
        self.takes_state = self.argument(STATES) is not None
        modules = list(model.modules())
        self.layers = [m for m in modules if isinstance(m, nn.RNNBase)]
        self.bidirectional = any(layer.bidirectional for layer in self.layers)
        self.stateful = self.resets = any(hasattr(model, name) for name in RESETS)
        embeddings = [m for m in modules if isinstance(m, nn.Embedding)]
        self.embedded = [m.num_embeddings for m in embeddings]
        self.padding = next((m.padding_idx for m in embeddings if m.padding_idx is not None), None)
        self.drops = any(m.p > 0 for m in modules if isinstance(m, nn.Dropout))
        self.drops |= any(layer.dropout > 0 for layer in self.layers)

    def faults(self):
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
        return {name: as_array(p).copy() for name, p in self.params.items()}

    def frozen(self):
        return [name for name, p in self.model.named_parameters() if name not in self.params]

    def assign(self, weights):
        for name, array in weights.items():
            self.params[name].data.copy_(torch.as_tensor(array))

    @contextmanager
    def borrowed(self):
        tensors = (*self.model.parameters(), *self.model.buffers())
        half = [(tensor, tensor.data) for tensor in tensors if tensor.dtype in HALF]
        for tensor, data in half:  # examined with 32 bits, of which small effects leave a trace
            tensor.data = data.float()
        self.dtype = torch.float32 if half else self.dtype
        self._kept = _Memory(self.model)
        try:
            with torch.random.fork_rng(), _no_autocast(self.device.type):
                yield
        finally:
            self._kept.restore()
            for tensor, data in half:
                tensor.data = data

    def restore(self, weights=True):
        self._kept.restore(() if weights else {id(p) for p in self.model.parameters()})

    def run(self, batch, training=False, seed=0, fresh=True):
        with torch.no_grad():
            found = self._call(batch, training, seed, fresh)
        self.coarse = any(out.dtype in HALF for out in found)
        return [as_array(out) for out in found]

    def ask_loss(self, output, targets):
        output = torch.tensor(output, device=self.device, requires_grad=True)
        with torch.enable_grad():
            loss = self._ask_loss(output, targets)
        if not loss.requires_grad:
            return float(loss), np.zeros(output.shape)
        (grad,) = torch.autograd.grad(loss, [output])
        return float(loss.detach()), grad.cpu().numpy()

    def _ask_loss(self, output, targets):
        loss = self.given_loss
        entropy = isinstance(loss, CROSS_ENTROPY) or loss in CROSS_ENTROPY_FUNCTIONS
        if entropy and targets.ndim >= 2 and not self.form.flat:  # as every reader flattens them
            normal = self.form.normal(output, torch.reshape, torch.permute)
            tensor, V = self._tensor(targets), normal.shape[-1]
            normal = normal[:, -tensor.shape[1] :] if normal.ndim == 3 else normal
            flat = (-1, V) if self.form.kind == "one-hot" else (-1,)
            return loss(normal.reshape(-1, V), tensor.reshape(flat))
        if self.time_first and targets.ndim > 1:
            targets = targets.swapaxes(0, 1)
        return loss(output, self._tensor(targets))

    def takes_all(self, batch):
        try:
            with torch.no_grad():
                self._call(batch)
                self.given_loss(self._returned, self._tensor(batch.targets))
        except Exception:
            return False
        return True

    def pull_back(self, batch, weigh):
        params = list(self.params.values())
        with torch.enable_grad():
            output = self._call(batch)[self.form.index]
        weights = torch.as_tensor(weigh(as_array(output)), dtype=output.dtype, device=output.device)
        if not output.requires_grad:
            return {name: np.zeros(p.shape) for name, p in self.params.items()}
        grads = torch.autograd.grad(
            output, params, weights, allow_unused=True, materialize_grads=True
        )
        return {name: as_array(grad) for name, grad in zip(self.params, grads, strict=True)}

    def train_twice(self, batch):
        self.restore()
        for _ in range(2):
            with torch.enable_grad():
                found = self._call(batch, fresh=False)[self.form.index]
                torch.autograd.grad(found.sum(), list(self.params.values()), allow_unused=True)

    def read_step(self, batch, state, step):
        self._quiet()
        x = self._tensors(batch, axis=True)
        with torch.no_grad():
            if step is not None:
                return step(x[batch.place], state)
            given = {} if state is None else {self.argument(STATES): state}
            self._add_start(x[:1], given, batch)
            found = self.model(x[0], **given)
        return found if isinstance(found, tuple | list) and len(found) == 2 else (None, None)

    def _call(self, batch, training=False, seed=0, fresh=True):
        """The tensors that the model returns."""
        if fresh:
            self.restore(weights=False)
        self._quiet(training)
        torch.manual_seed(seed)
        seed_all(seed)
        tensors, given = self._tensors(batch), {}
        if batch.names:
            given = dict(zip(batch.names, tensors, strict=True))
            tensors = []
        name = self.argument(LENGTHS)
        if batch.lengths is not None and name and name not in given and len(tensors) == 1:
            given[name] = torch.as_tensor(batch.lengths, dtype=torch.int64)
        self._add_start(tensors, given, batch)
        self._returned = self.model(*tensors, **given)
        return flatten(self._returned, 1 if batch.time_first else 0)

    def _add_start(self, tensors, given, batch):
        """Put a first state into `given` where the model asks for one and none is there."""
        wanted = [
            name
            for name, p in self.arguments.items()
            if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        ]
        for name in wanted[len(tensors) :]:
            if name in STATES and name not in given:
                makers = (getattr(self.model, n) for n in STARTERS if hasattr(self.model, n))
                make = next(makers, None)
                given[name] = make(batch.size) if make else None

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

    def restore(self, but=()):
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
            if key not in but:
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
