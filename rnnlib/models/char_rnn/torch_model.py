"""A character RNN on torch.nn; autograd supplies the backward pass.

The same class, methods and numbers as numpy_model.py and keras_model.py.
Shapes: B sequences, T time steps, K targets, V characters, E embedding, H hidden units,
S numbers in the state of a layer.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from rnnlib.models import torch_base
from rnnlib.models.char_rnn.methods import Methods
from rnnlib.models.config import ModelConfig

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Net(nn.Module):
    """The model as a PyTorch user would write it; an LSTM's state is the pair (h, c).

    `mask` multiplies what the output layer reads: that of dropout.py, in training.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        V, E, H = config.vocab_size, config.embed_size, config.hidden_size
        self.embed = nn.Embedding(V, E)
        self.rnn = LAYERS[config.cell](E, H, config.num_layers, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(
        self, ids: torch.Tensor, state: Any, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, Any]:
        hs, state = self.rnn(self.embed(ids), state)
        return self.out(hs if mask is None else hs * mask), state


class CharRNN(Methods, torch_base.Model):
    """Embedding -> recurrent layers -> logits over the next character."""

    _net = Net

    def _build(self):
        return self._net(self.config)

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
        logits, state = self._call(ids, state, mask)
        last = logits[:, -targets.shape[1] :]  # (B, K, V)
        loss = F.cross_entropy(last.flatten(0, 1), targets.flatten())
        return *self._backward(loss), state.detach().cpu().numpy()

    def _autocast(self):
        """torch.autocast as it is around the call, but without its 16-bit copies of the weights,
        which last until its block ends: an update in the block would not reach them.
        """
        kind = self._place.type
        on, dtype = torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)
        return torch.autocast(kind, dtype, on, cache_enabled=False)
