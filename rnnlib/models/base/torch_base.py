"""What every PyTorch model has: its weights, Adam, and one step; a family adds what it computes.

The same class, methods and numbers as numpy_base.py and keras_base.py. A family derives its
model from it, and supplies

    _build()                       its net, an nn.Module whose parts stand where parts() says
    _call(*tensors)                what forward computes
    _loss(*tensors, **settings)    the loss, from which autograd finds the gradients
"""

import numpy as np
import torch
from torch import nn

from rnnlib.models.base.parts import first_values, shapes
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON, choose_device
from rnnlib.models.initial import check_arrays


class Model:
    """Weights that are the same at first in every engine, and AdamW; `config` is that of a family:
    it has `parts()`, a `dtype` and a `family`. `device` is "cpu" or "gpu"; unless told, a GPU where
    there is one. Chapter 15.
    """

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        self.device = choose_device(device, gpu=torch.cuda.is_available())
        self._place = torch.device("cuda" if self.device == "gpu" else "cpu")
        self.net = self._build().to(self._place, getattr(torch, config.dtype))
        named = dict(self.net.named_parameters())
        first = first_values(config.parts(), seed, config.dtype)
        self._named = {name: named[name] for name in self._to_torch(first)}
        for name in named.keys() - self._named:  # the second of two biases that are only ever added
            nn.init.zeros_(named[name]).requires_grad_(False)
        self.set_params(first)
        self.optimizer = torch.optim.AdamW(self._named.values(), betas=ADAM_BETAS)
        self._step = 0

    def get_params(self):
        """A copy of every parameter, {name: array}, in canonical order."""
        return self._from_torch({name: p.detach() for name, p in self._named.items()})

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        ours = self._to_torch(self._check(params))
        with torch.no_grad():
            for name, p in self._named.items():
                p.copy_(ours[name])

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        found = {"step": self.steps}
        for ours, theirs in (("m", "exp_avg"), ("v", "exp_avg_sq")):
            memory = {name: self.optimizer.state[p].get(theirs) for name, p in self._named.items()}
            found[ours] = self._from_torch(memory)
        return found

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        m, v = (self._to_torch(self._check(memory[part])) for part in ("m", "v"))
        self._step = int(memory["step"])
        for name, p in self._named.items():
            self.optimizer.state[p] = {
                "step": torch.tensor(float(self._step)),
                "exp_avg": torch.empty_like(p).copy_(m[name]),
                "exp_avg_sq": torch.empty_like(p).copy_(v[name]),
            }

    @property
    def steps(self):
        """Updates so far."""
        return self._step

    def _evaluate(self, function, arrays, **settings):
        """What a function of the model makes of arrays, without gradients: arrays again."""
        with torch.no_grad():
            found = function(*self._tensors(arrays), **settings)
        several = isinstance(found, tuple)
        found = tuple(value.cpu().numpy() for value in (found if several else (found,)))
        return found if several else found[0]

    def _gradients(self, arrays, **settings):
        """The loss, and its gradient {name: array} for every parameter."""
        loss, grads = self._backward(arrays, **settings)
        return loss, self._from_torch(grads)

    def _train(self, arrays, update, **settings):
        """One AdamW update along the clipped gradients, as an Update says; the loss before it.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        loss, grads = self._backward(arrays, **settings)
        norm = nn.utils.get_total_norm(grads.values()).item()
        if norm > update.clip_norm:  # clip_grad_norm_ divides by norm + 1e-6, we by norm
            for grad in grads.values():
                grad *= update.clip_norm / norm
        self._step += 1
        (group,) = self.optimizer.param_groups
        group["lr"] = float(np.float32(update.rate))  # as Keras stores it
        group["weight_decay"] = update.weight_decay
        # PyTorch adds epsilon after the bias correction, Keras and the paper before: make it equal.
        group["eps"] = ADAM_EPSILON / np.sqrt(1 - ADAM_BETAS[1] ** self._step)
        self.optimizer.step()
        return loss

    def _backward(self, arrays, **settings):
        """The loss, and the gradients {PyTorch's name: tensor}; zeros where none arrives."""
        loss = self._loss(*self._tensors(arrays), **settings)
        self.net.zero_grad()
        loss.backward()
        for p in self._named.values():
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        return loss.item(), {name: p.grad for name, p in self._named.items()}

    def _tensors(self, arrays):
        return [torch.from_numpy(array).to(self._place) for array in arrays]

    def _check(self, params):
        return check_arrays(params, shapes(self.config.parts()), self.config.dtype)

    def _to_torch(self, params):
        """Canonical parameters as {path in the net: tensor}."""
        return {
            f"{part.module}.{name}": torch.from_numpy(np.ascontiguousarray(value))
            for part in self.config.parts()
            for name, value in part.to_torch(params).items()
        }

    def _from_torch(self, named):
        """{path in the net: tensor, or None for zeros} as canonical {name: array}: copies."""
        found = {}
        for part in self.config.parts():
            inside = {}
            for name, p in self._named.items():
                module, _, last = name.rpartition(".")
                if module == part.module:
                    value = torch.zeros_like(p) if named[name] is None else named[name]
                    inside[last] = value.detach().cpu().numpy()
            found |= {name: np.array(value) for name, value in part.from_torch(inside).items()}
        return found
