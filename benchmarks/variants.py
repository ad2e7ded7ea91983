"""Variants of the PyTorch model for ablations: tied, normed, with shortcuts, other optimisers."""

from functools import partial

import torch
from torch import nn

from rnnlib.models.char_rnn.torch_model import CharRNN
from rnnlib.models.config import ADAM_BETAS

OPTIMISERS = {
    "AdamW": partial(torch.optim.AdamW, betas=ADAM_BETAS),  # as in the library
    "SGD": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
}


class NormedLSTM(nn.Module):
    """An LSTM of one layer with layer normalisation, called as nn.LSTM is, batch first.

    Ba et al. (2016), equations 20 to 22: the two sums that make the gates and the cell state on its
    way out are normalised, each with a gain and, but for the first two, which share one, a bias.
    """

    def __init__(self, lstm):
        super().__init__()
        H = lstm.hidden_size
        self.W_x, self.W_h, self.b = lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0
        self.norm_x, self.norm_h = (nn.LayerNorm(4 * H, bias=False) for _ in range(2))
        self.norm_c = nn.LayerNorm(H)

    def forward(self, xs, state):
        h, c = (part[0] for part in state)  # (B, H)
        hs, from_x = [], self.norm_x(xs @ self.W_x.T) + self.b  # (B, T, 4H)
        for a in from_x.unbind(dim=1):
            i, f, g, o = (a + self.norm_h(h @ self.W_h.T)).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(self.norm_c(c))
            hs.append(h)
        return torch.stack(hs, dim=1), (h[None], c[None])


class Shortcuts(nn.Module):
    """The LSTMs of a stack with a way around each, called as nn.LSTM is, batch first.

    A layer reads, and what comes after the stack too, the sum of the states of all layers below.
    """

    def __init__(self, stack):
        super().__init__()
        self.layers = nn.ModuleList()
        for weights in stack.all_weights:  # the stack's own, so that it starts from the same values
            layer = nn.LSTM(weights[0].shape[1], stack.hidden_size, batch_first=True)
            layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0 = weights
            self.layers.append(layer)

    def forward(self, xs, state):
        total, ends = 0, []
        for k, layer in enumerate(self.layers):
            hs, end = layer(xs, tuple(part[k : k + 1] for part in state))
            total = xs = total + hs
            ends.append(end)
        return total, tuple(torch.cat(parts) for parts in zip(*ends, strict=True))


class Variant(CharRNN):
    """A CharRNN with parts exchanged. It can be trained and scored, but not saved.

    tied: the output layer has no matrix of its own but uses that of the embedding, so E must be H
    (Press and Wolf, 2017). normed: the LSTM has layer normalisation. shortcuts: its layers have
    ways around them. optimiser: a name in OPTIMISERS. Raises ValueError for tied weights of unequal
    sizes, for a normed model that is not an LSTM of one layer, and for shortcuts without one of two
    or more.
    """

    def __init__(
        self, config, seed=0, tied=False, normed=False, shortcuts=False, optimiser="AdamW"
    ):
        super().__init__(config, seed, device="cpu")
        if tied and config.embed_size != config.hidden_size:
            raise ValueError(
                f"tied weights need an embedding as large as the state, not {config.embed_size} "
                f"and {config.hidden_size}. Give both the same size."
            )
        if normed and (config.cell, config.num_layers) != ("lstm", 1):
            raise ValueError("layer normalisation is made here for an LSTM of one layer alone.")
        if shortcuts and (config.cell != "lstm" or config.num_layers == 1):
            raise ValueError("shortcuts are made here for an LSTM of two layers or more alone.")
        if tied:
            self.net.out.weight = self.net.embed.weight
        if normed:
            self.net.rnn = NormedLSTM(self.net.rnn)
        if shortcuts:
            self.net.rnn = Shortcuts(self.net.rnn)
        self.optimizer = OPTIMISERS[optimiser]([p for _, p in self._named()])

    @property
    def parameters(self):
        """How many numbers are trained."""
        return sum(p.numel() for _, p in self._named())
