"""A character RNN on torch.nn; autograd supplies the backward pass.

The same class, methods and numbers as numpy_model.py and keras_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rnnlib.models import initial, layout
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON
from rnnlib.models.dropout import draw_mask

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Net(nn.Module):
    """The model as a PyTorch user would write it; an LSTM's state is the pair (h, c).

    `mask` multiplies what the output layer reads: that of dropout.py, in training.
    """

    def __init__(self, config):
        super().__init__()
        V, E, H = config.vocab_size, config.embed_size, config.hidden_size
        self.embed = nn.Embedding(V, E)
        self.rnn = LAYERS[config.cell](E, H, config.num_layers, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, ids, state, mask=None):
        hs, state = self.rnn(self.embed(ids), state)
        return self.out(hs if mask is None else hs * mask), state


class CharRNN:
    """Embedding -> recurrent layers -> logits over the next character, from the same first weights
    in every engine. `device` is "cpu" or "gpu"; unless told, a GPU where there is one. Chapters 4
    to 8.
    """

    _net = Net

    def __init__(self, config, seed=0, device=None):
        self.config, self.seed = config, seed
        self.device = config.choose_device(device, gpu=torch.cuda.is_available())
        self._build(seed)

    def init_state(self, batch_size):
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        with torch.no_grad():
            logits, state = self._call(*self._tensors(ids, state))
        return logits.cpu().numpy(), state.cpu().numpy()

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        loss, grads, state = self._gradients(*self.config.check_batch(ids, state, targets))
        grads = {name: grad.cpu().numpy() for name, grad in grads.items()}
        return loss, layout.from_torch(grads, self.config), state

    def train_step(self, ids, targets, state, update):
        """One AdamW update on one batch, as an Update says; returns the loss before it, and the
        state.

        Kingma and Ba (2015); decay apart from the gradient as Loshchilov and Hutter (2019).
        """
        batch = self.config.check_batch(ids, state, targets)
        mask = self._draw_mask(update.dropout, len(ids))
        loss, grads, state = self._gradients(*batch, mask)
        self._apply(grads, update)
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of layout.py."""
        named = {name: self._array(p) for name, p in self._named()}
        return layout.from_torch(named, self.config)

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        ours = layout.to_torch(initial.check_params(params, self.config), self.config)
        with torch.no_grad():
            for name, p in self._named():
                p.copy_(self._tensor_for(p, ours[name]))

    def get_optimizer(self):
        """Adam's memory: {"step": updates so far, "m": {name: array}, "v": {name: array}}."""
        found = {"step": self._step}
        for ours, theirs in (("m", "exp_avg"), ("v", "exp_avg_sq")):
            named = {
                name: self._array(self.optimizer.state[p].get(theirs, torch.zeros_like(p)))
                for name, p in self._named()
            }
            found[ours] = layout.from_torch(named, self.config)
        return found

    def set_optimizer(self, memory):
        """Go on as a model with this memory of Adam would; copies the arrays."""
        m, v = (
            layout.to_torch(initial.check_params(memory[part], self.config), self.config)
            for part in ("m", "v")
        )
        self._step = int(memory["step"])
        for name, p in self._named():
            self.optimizer.state[p] = {
                "step": torch.tensor(float(self._step)),
                "exp_avg": self._tensor_for(p, m[name]),
                "exp_avg_sq": self._tensor_for(p, v[name]),
            }

    def _build(self, seed):
        """The model with its first weights, and the optimiser."""
        config = self.config
        self._place = torch.device("cuda" if self.device == "gpu" else "cpu")
        self.net = self._net(config).to(self._place, getattr(torch, config.dtype))
        trained = set(layout.torch_names(config).values())
        for name, p in self.net.named_parameters():
            if name not in trained:  # the second of two biases that are only ever added
                nn.init.zeros_(p).requires_grad_(False)
        self.set_params(initial.initialise(config, seed))
        self.optimizer, self._step = self._make_optimizer(), 0

    def _call(self, ids, state, mask=None):
        """The net on tensors; an LSTM's state is cut into h and c, and put together again."""
        config = self.config
        pair = config.cell == "lstm"
        if pair:
            state = tuple(part.contiguous() for part in state.chunk(2, dim=-1))
        with self._autocast():
            logits, state = self.net(ids, state, mask)
        state, dtype = torch.cat(state, dim=-1) if pair else state, getattr(torch, config.dtype)
        return logits.to(dtype), state.to(dtype)

    def _gradients(self, ids, state, targets, mask=None):
        """The loss, its gradient for every parameter, and the last state."""
        ids, state, targets = self._tensors(ids, state, targets)
        mask = None if mask is None else torch.from_numpy(mask).to(self._place)
        self.optimizer.zero_grad()
        logits, state = self._call(ids, state, mask)
        last = logits[:, -targets.shape[1] :]  # (B, K, V)
        loss = F.cross_entropy(last.flatten(0, 1), targets.flatten())
        loss.backward()
        grads = {name: p.grad for name, p in self._named()}
        return loss.item(), grads, state.detach().cpu().numpy()

    def _apply(self, grads, update):
        """One step of the optimiser along the clipped gradients."""
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

    def _make_optimizer(self):
        return torch.optim.AdamW([p for _, p in self._named()], betas=ADAM_BETAS)

    def _named(self):
        """The parameters that are trained, with their names in PyTorch."""
        return [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]

    def _draw_mask(self, rate, rows):
        return draw_mask(self.config, rate, rows, self.seed, self._step)

    def _array(self, tensor):
        return tensor.detach().cpu().numpy()

    def _tensor_for(self, p, array):
        """An array as a tensor beside the parameter p: a copy of it."""
        return p.detach().new_tensor(array)

    def _tensors(self, *arrays):
        return (torch.from_numpy(array).to(self._place) for array in arrays)

    def _autocast(self):
        """torch.autocast as it is around the call, but without its 16-bit copies of the weights,
        which last until its block ends: an update in the block would not reach them.
        """
        kind = self._place.type
        on, dtype = torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)
        return torch.autocast(kind, dtype, on, cache_enabled=False)
