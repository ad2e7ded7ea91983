"""A character RNN on torch.nn; autograd supplies the backward pass.

The same class, methods and numbers as numpy_model.py and keras_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from rnnlib import weights
from rnnlib.config import ADAM_BETAS, ADAM_EPSILON


class Net(nn.Module):
    """The model as a PyTorch user would write it, with its state made visible."""

    def __init__(self, config):
        super().__init__()
        V, E, H = config.vocab_size, config.embed_size, config.hidden_size
        self.embed = nn.Embedding(V, E)
        self.rnn = nn.RNN(E, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, ids, state):
        hs, state = self.rnn(self.embed(ids), state)
        return self.out(hs), state


class CharRNN:
    """Embedding -> recurrent cell -> logits over the next character, from the same first weights
    in every engine. `learning_rate` is the step size of train_step. Chapters 3 and 4.
    """

    def __init__(self, config, seed=0):
        self.config = config
        self.learning_rate = 1e-3
        self.net = Net(config).to(getattr(torch, config.dtype))
        # PyTorch keeps two biases that are only ever added; one of them stays zero.
        nn.init.zeros_(self.net.rnn.bias_hh_l0).requires_grad_(False)
        self.set_params(weights.initialise(config, seed))
        trained = [p for p in self.net.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(trained, betas=ADAM_BETAS)
        self._step = 0

    def init_state(self, batch_size):
        """A hidden state of zeros, (num_layers, B, H)."""
        return self.config.init_state(batch_size)

    def forward(self, ids, state):
        """ids (B, T) and state (num_layers, B, H) -> logits (B, T, V) and the last state."""
        ids, state, _ = self.config.check_batch(ids, state)
        with torch.no_grad():
            logits, state = self.net(torch.from_numpy(ids), torch.from_numpy(state))
        return logits.numpy(), state.numpy()

    def loss_and_grads(self, ids, targets, state):
        """Mean cross-entropy of targets (B, K) after the last K steps, in nats per character.

        Returns the loss, its gradient {name: array} for every parameter, and the last state.
        """
        loss, state = self._backward(*self.config.check_batch(ids, state, targets))
        grads = {name: p.grad.numpy() for name, p in self._named()}
        return loss, weights.from_torch(grads), state

    def train_step(self, ids, targets, state):
        """One Adam update (Kingma and Ba, 2015) on one batch; returns the loss before it, state."""
        loss, state = self._backward(*self.config.check_batch(ids, state, targets))
        self._step += 1
        (group,) = self.optimizer.param_groups
        group["lr"] = float(np.float32(self.learning_rate))  # as Keras stores it
        # PyTorch adds epsilon after the bias correction, Keras and the paper before: make it equal.
        group["eps"] = ADAM_EPSILON / np.sqrt(1 - ADAM_BETAS[1] ** self._step)
        self.optimizer.step()
        return loss, state

    def get_params(self):
        """A copy of every parameter, {name: array}, in the canonical layout of weights.py."""
        return weights.from_torch({name: p.detach().numpy() for name, p in self._named()})

    def set_params(self, params):
        """Replace every parameter; ValueError if a name or a shape does not fit."""
        ours = weights.to_torch(weights.check_params(params, self.config))
        with torch.no_grad():
            for name, p in self._named():
                p.copy_(torch.from_numpy(np.ascontiguousarray(ours[name])))

    def _named(self):
        return [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]

    def _backward(self, ids, state, targets):
        """Forward and backward, leaving each gradient in its parameter's `.grad`."""
        ids, state, targets = map(torch.from_numpy, (ids, state, targets))
        logits, state = self.net(ids, state)
        last = logits[:, -targets.shape[1] :]  # (B, K, V)
        loss = F.cross_entropy(last.flatten(0, 1), targets.flatten())
        self.net.zero_grad()
        loss.backward()
        return loss.item(), state.detach().numpy()
