"""A listener on torch.nn: a convolution, a recurrent layer, and CTC; autograd supplies the rest.

The same class, methods and numbers as numpy_model.py and keras_model.py; shapes in methods.py.
"""

import torch
from torch import nn
from torch.nn import functional as F

from rnnlib.models import torch_base
from rnnlib.models.ctc.config import ListenerConfig
from rnnlib.models.ctc.methods import Methods

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU}


class Net(nn.Module):
    """The model as a PyTorch user would write it; the frames begin with those of before."""

    def __init__(self, config: ListenerConfig):
        super().__init__()
        C, H = config.conv_size, config.hidden_size
        self.conv = nn.Conv1d(config.bands, C, config.width, config.stride)
        self.rnn = LAYERS[config.cell](C, H, batch_first=True)
        self.out = nn.Linear(H, config.labels + 1)

    def forward(
        self, frames: torch.Tensor, hidden: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        made = torch.relu(self.conv(frames.mT)).mT  # Conv1d wants (B, bands, T)
        hs, _ = self.rnn(made, hidden[None])
        return self.out(hs), hs


class Listener(Methods, torch_base.Model):
    """Convolution -> recurrent layer -> scores of the blank and of each label."""

    def _build(self):
        return Net(self.config)

    def _call(self, features, lengths, frames, hidden):
        config = self.config
        frames = torch.cat([frames, features], dim=1)  # (B, width - stride + T, bands)
        logits, hs = self.net(frames, hidden)
        ends = lengths // config.stride
        rows = torch.arange(len(ends), device=ends.device)
        behind = torch.arange(config.width - config.stride, device=ends.device)
        back = ends[:, None] * config.stride + behind
        return logits, frames[rows[:, None], back], hs[rows, ends - 1]

    def _loss(self, features, lengths, frames, hidden, targets, counts):
        logits, _ = self.net(torch.cat([frames, features], dim=1), hidden)
        log_probs = logits.log_softmax(-1).transpose(0, 1)  # ctc_loss wants (A, B, K + 1)
        answers = lengths // self.config.stride
        return F.ctc_loss(log_probs, targets, answers, counts, reduction="none").mean()
