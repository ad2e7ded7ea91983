"""What every PyTorch model has: its weights, Adam, and one step; a family adds what it computes.

The same methods and numbers as numpy_base.py and keras_base.py.
"""

import numpy as np
import torch
from torch import nn

from rnnlib.models import base, parts
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON


class Model(base.Model):
    """A model whose weights are those of an nn.Module, `net`."""

    def _has_gpu(self):
        return torch.cuda.is_available()

    def _set_up(self):
        self._place = torch.device("cuda" if self.device == "gpu" else "cpu")
        self.net = self._build().to(self._place, getattr(torch, self.config.dtype))
        trained = set(parts.torch_names(self.config))
        for name, p in self.net.named_parameters():
            if name not in trained:  # the second of two biases that are only ever added
                nn.init.zeros_(p).requires_grad_(False)
        self.set_params(parts.initialise(self.config, self.seed))
        self.optimizer, self._step = self._make_optimizer(), 0

    def _make_optimizer(self):
        return torch.optim.AdamW([p for _, p in self._named()], betas=ADAM_BETAS)

    def _named(self):
        """The parameters that are trained, with their names in PyTorch."""
        return [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]

    def _get_weights(self):
        return parts.from_torch({n: self._array(p) for n, p in self._named()}, self.config)

    def _set_weights(self, params):
        ours = parts.to_torch(params, self.config)
        with torch.no_grad():
            for name, p in self._named():
                p.copy_(self._tensor_for(p, ours[name]))

    def _get_steps(self):
        return self._step

    def _get_moments(self):
        memory, found = self.optimizer.state, []
        for theirs in ("exp_avg", "exp_avg_sq"):
            moments = {n: memory[p].get(theirs, torch.zeros_like(p)) for n, p in self._named()}
            named = {name: self._array(value) for name, value in moments.items()}
            found.append(parts.from_torch(named, self.config))
        return found

    def _set_memory(self, step, m, v):
        self._step = step
        m, v = (parts.to_torch(moment, self.config) for moment in (m, v))
        for name, p in self._named():
            self.optimizer.state[p] = {
                "step": torch.tensor(float(step)),
                "exp_avg": self._tensor_for(p, m[name]),
                "exp_avg_sq": self._tensor_for(p, v[name]),
            }

    def _evaluate(self, function, arrays, **settings):
        with torch.no_grad():
            found = function(*self._tensors(*arrays), **settings)
        several = isinstance(found, tuple)
        found = tuple(value.cpu().numpy() for value in (found if several else (found,)))
        return found if several else found[0]

    def _gradients(self, arrays, **settings):
        loss, grads = self._backward(self._loss(*self._tensors(*arrays), **settings))
        return loss, self._canonical(grads)

    def _train(self, arrays, update, **settings):
        loss, grads = self._backward(self._loss(*self._tensors(*arrays), **settings))
        self._apply(grads, update)
        return loss

    def _backward(self, loss):
        """The loss as a number, and {PyTorch's name: gradient}, zeros where none arrives."""
        self.optimizer.zero_grad()
        loss.backward()
        for _, p in self._named():
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        return loss.item(), {name: p.grad for name, p in self._named()}

    def _apply(self, grads, update):
        norm = float(self._array(nn.utils.get_total_norm(grads.values())))
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

    def _canonical(self, grads):
        return parts.from_torch({n: self._array(grad) for n, grad in grads.items()}, self.config)

    def _array(self, tensor):
        return tensor.detach().cpu().numpy()

    def _tensor_for(self, p, array):
        """An array as a tensor beside the parameter p: a copy of it."""
        return p.detach().new_tensor(array)

    def _tensors(self, *arrays):
        return [torch.from_numpy(array).to(self._place) for array in arrays]
