"""A character RNN on torch.nn; autograd supplies the backward pass.

The same class, methods and numbers as numpy_model.py and keras_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rnnlib import layout, weights
from rnnlib.config import ADAM_BETAS, ADAM_EPSILON

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Net(nn.Module):
    """The model as a PyTorch user would write it; an LSTM's state is the pair (h, c)."""

    def __init__(self, config):
        super().__init__()
        V, E, H = config.vocab_size, config.embed_size, config.hidden_size
        self.embed = nn.Embedding(V, E)
        self.rnn = LAYERS[config.cell](E, H, config.num_layers, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, ids, state):
        hs, state = self.rnn(self.embed(ids), state)
        return self.out(hs), state


class CharRNN:
    """Embedding -> recurrent layers -> logits over the next character, from the same first weights
    in every engine. `learning_rate` is the step size of train_step, and `clip_norm` the largest
    global norm of a gradient it follows, infinite at first. Chapters 3 to 7.
    """

    def __init__(self, config, seed=0):
        self.config = config
        self.learning_rate, self.clip_norm = 1e-3, math.inf
        self.net = Net(config).to(getattr(torch, config.dtype))
        trained = set(layout.torch_names(config).values())
        for name, p in self.net.named_parameters():
            if name not in trained:  # the second of two biases that are only ever added
                nn.init.zeros_(p).requires_grad_(False)
        self.set_params(weights.initialise(config, seed))
        self.optimizer = torch.optim.Adam([p for _, p in self._named()], betas=ADAM_BETAS)
        self._step = 0

    def init_state(self, batch_size):
        """A state of zeros, (num_layers, B, state_size)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and a state (num_layers, B, state_size) -> logits (B, T, V), last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        with torch.no_grad():
            logits, state = self._call(ids, state)
        return logits.numpy(), state.numpy()

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        loss, state = self._backward(*self.config.check_batch(ids, state, targets))
        grads = {name: p.grad.numpy() for name, p in self._named()}
        return loss, layout.from_torch(grads, self.config), state

    def train_step(self, ids, targets, state):
        """One Adam update (Kingma and Ba, 2015) on one batch; returns the loss before it, state."""
        loss, state = self._backward(*self.config.check_batch(ids, state, targets))
        self._clip()
        self._step += 1
        (group,) = self.optimizer.param_groups
        group["lr"] = float(np.float32(self.learning_rate))  # as Keras stores it
        # PyTorch adds epsilon after the bias correction, Keras and the paper before: make it equal.
        group["eps"] = ADAM_EPSILON / np.sqrt(1 - ADAM_BETAS[1] ** self._step)
        self.optimizer.step()
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of layout.py."""
        named = {name: p.detach().numpy() for name, p in self._named()}
        return layout.from_torch(named, self.config)

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        ours = layout.to_torch(weights.check_params(params, self.config), self.config)
        with torch.no_grad():
            for name, p in self._named():
                p.copy_(torch.from_numpy(np.ascontiguousarray(ours[name])))

    def _named(self):
        return [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]

    def _call(self, ids, state):
        """The net on arrays: logits and the state, an LSTM's h and c side by side again."""
        state = torch.from_numpy(state)
        if self.config.cell == "lstm":
            h_c = tuple(part.contiguous() for part in state.chunk(2, dim=-1))
            logits, h_c = self.net(torch.from_numpy(ids), h_c)
            return logits, torch.cat(h_c, dim=-1)
        return self.net(torch.from_numpy(ids), state)

    def _backward(self, ids, state, targets):
        """Forward and backward, leaving each gradient in its parameter's `.grad`."""
        logits, state = self._call(ids, state)
        targets = torch.from_numpy(targets)
        last = logits[:, -targets.shape[1] :]  # (B, K, V)
        loss = F.cross_entropy(last.flatten(0, 1), targets.flatten())
        self.net.zero_grad()
        loss.backward()
        return loss.item(), state.detach().numpy()

    def _clip(self):
        """Scale all gradients so that their global norm is at most clip_norm."""
        grads = [p.grad for _, p in self._named()]
        norm = nn.utils.get_total_norm(grads).item()
        if norm > self.clip_norm:  # clip_grad_norm_ divides by norm + 1e-6, we by norm
            for grad in grads:
                grad *= self.clip_norm / norm
