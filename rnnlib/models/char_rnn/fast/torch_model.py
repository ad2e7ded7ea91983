"""The CharRNN of char_rnn/torch_model.py, sooner: for wide layers on a processor.

Training goes through torch_steps.py, where it knows the cell; one character alone is read by a cell
and not by a layer. The numbers are those of the plain model.
"""

from typing import Any

import torch
from torch import nn

from rnnlib.models.char_rnn.fast import WIDE, torch_steps
from rnnlib.models.char_rnn.torch_model import CharRNN, Net
from rnnlib.models.config import ModelConfig, choose_device

CELLS = {nn.RNN: torch.rnn_tanh_cell, nn.GRU: torch.gru_cell, nn.LSTM: torch.lstm_cell}


def is_faster(config: ModelConfig, device: str | None = None) -> bool:
    """Whether FastCharRNN is faster than CharRNN; `device` as there."""
    found = choose_device(device, gpu=torch.cuda.is_available())
    return config.hidden_size >= WIDE and found == "cpu"


class FastNet(Net):
    """The same net, by other ways in training and for a single step."""

    def forward(
        self, ids: torch.Tensor, state: Any, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, Any]:
        if torch.is_grad_enabled() and type(self.rnn) in torch_steps.STEPS:
            return self._forward_wide(ids, state, mask)
        if ids.shape[1] == 1 and not torch.is_grad_enabled():
            return self._forward_one(ids, state)
        return super().forward(ids, state, mask)

    def _forward_wide(self, ids, state, mask):
        """With the way back of torch_steps.py, where time comes first."""
        hs, state = torch_steps.forward(self.rnn, self.embed.weight, ids, state)  # (T, B, H)
        logits = self.out(hs if mask is None else hs * mask.transpose(0, 1))
        return logits.transpose(0, 1), state

    def _forward_one(self, ids, state):
        """One time step, ids (B, 1), without the packing of weights that a layer begins with."""
        cell, h, pair = CELLS[type(self.rnn)], self.embed(ids[:, 0]), isinstance(state, tuple)
        ends = []
        starts = zip(*state, strict=True) if pair else state  # of each layer
        for start, parameters in zip(starts, self.rnn.all_weights, strict=True):
            ends.append(cell(h, start, *parameters))
            h = ends[-1][0] if pair else ends[-1]
        state = tuple(map(torch.stack, zip(*ends, strict=True))) if pair else torch.stack(ends)
        return self.out(h)[:, None], state


class FastCharRNN(CharRNN):
    """A CharRNN whose net is a FastNet."""

    _net = FastNet
