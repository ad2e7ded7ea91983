"""An encoder and decoder on torch.nn; autograd supplies the backward pass.

The same class, methods and numbers as numpy_model.py and keras_model.py; shapes in methods.py.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnlib.models.seq2seq.config import Seq2SeqConfig
from rnnlib.models.seq2seq.methods import Methods
from rnnlib.models.torch_base import Model


class Net(nn.Module):
    """The model as a PyTorch user would write it."""

    def __init__(self, config: Seq2SeqConfig):
        super().__init__()
        S, V, E, H = config.source_size, config.target_size, config.embed_size, config.hidden_size
        D, attention = config.memory_size, config.attention
        self.scale = config.scale
        self.source, self.target = nn.Embedding(S, E), nn.Embedding(V + 1, E)
        self.encoder = nn.GRU(E, H, batch_first=True, bidirectional=config.bidirectional)
        self.decoder = nn.GRU(E, H, batch_first=True)
        self.start = nn.Linear(D, H)
        self.key = nn.Linear(D, H, bias=False) if attention != "none" else None
        self.query: Any = None
        self.attend: Any = None
        if attention == "additive":
            self.query, self.attend = nn.Linear(H, H, bias=False), nn.Linear(H, 1, bias=False)
        self.out = nn.Linear(H if attention == "none" else H + D, H)
        self.score = nn.Linear(H, V + 1)

    def encode(
        self, sources: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The encoder's states (B, T, D), 0 at padding, and the decoder's first (B, H)."""
        packed = pack_padded_sequence(
            self.source(sources), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, last = self.encoder(packed)  # last: (directions, B, H)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=sources.shape[1])
        return states, torch.tanh(self.start(torch.cat(tuple(last), -1)))

    def decode(
        self, symbols: torch.Tensor, state: torch.Tensor, states: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (B, K, V + 1), the last state (B, H) and attention weights (B, K, T)."""
        hs, last = self.decoder(self.target(symbols), state[None])
        if self.key is None:
            weights, joined = hs.new_zeros(*symbols.shape, states.shape[1]), hs
        else:
            scores = self.compare(hs, self.key(states)).masked_fill(~mask[:, None], -torch.inf)
            weights = scores.softmax(-1)
            joined = torch.cat([hs, weights @ states], -1)
        return self.score(torch.tanh(self.out(joined))), last[0], weights

    def compare(self, hs: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """How well each key (B, T, H) answers each state of the decoder, (B, K, T)."""
        if self.query is None:
            return hs @ keys.mT * self.scale
        return self.attend(torch.tanh(self.query(hs)[:, :, None] + keys[:, None]))[..., 0]

    def forward(
        self, sources: torch.Tensor, lengths: torch.Tensor, symbols: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and attention weights of a decoder that reads `symbols`."""
        states, state = self.encode(sources, lengths)
        mask = torch.arange(sources.shape[1], device=sources.device) < lengths[:, None]
        logits, _, weights = self.decode(symbols, state, states, mask)
        return logits, weights


class Seq2Seq(Methods, Model):
    """Embedding -> encoder GRU -> decoder GRU -> attention -> scores of the next symbol."""

    def _build(self):
        """The net, with weights that are about to be replaced."""
        return Net(self.config)

    def _encode(self, sources, lengths):
        return self.net.encode(sources, lengths)

    def _decode(self, symbols, state, states, mask):
        return self.net.decode(symbols, state, states, mask)

    def _call(self, sources, lengths, symbols):
        return self.net(sources, lengths, symbols)

    def _loss(self, sources, lengths, inputs, outputs, counts):
        logits, _ = self.net(sources, lengths, inputs)
        return F.cross_entropy(logits[counts], outputs[counts])
