"""A sequence model on torch.nn: packed sequences forwards; autograd supplies the way back.

The same class, methods and numbers as numpy_model.py and keras_model.py; shapes in methods.py.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnlib.models import torch_base
from rnnlib.models.classifier.config import SequenceConfig
from rnnlib.models.classifier.methods import Methods
from rnnlib.models.classifier.torch_losses import measure

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Net(nn.Module):
    """The model as a PyTorch user would write it: packing is all that padding needs."""

    def __init__(self, config: SequenceConfig):
        super().__init__()
        self.pooling = config.pooling
        if config.vocab_size:
            self.embed = nn.Embedding(config.vocab_size, config.embed_size)
        self.rnn = LAYERS[config.cell](
            config.embed_size or config.features,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            bidirectional=config.bidirectional,
        )
        if config.pooling == "attention":
            self.attention = nn.Linear(config.width, 1, bias=False)
        self.out = nn.Linear(config.width, config.outputs)

    def read(
        self, inputs: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The hidden states of the top layer (B, T, D), and its last ones (B, D)."""
        xs = self.embed(inputs) if hasattr(self, "embed") else inputs
        packed = pack_padded_sequence(xs, lengths.cpu(), batch_first=True, enforce_sorted=False)
        hs, state = self.rnn(packed)
        hs, _ = pad_packed_sequence(hs, batch_first=True, total_length=inputs.shape[1])
        h = state[0] if isinstance(state, tuple) else state  # an LSTM's is the pair (h, c)
        ways = 2 if self.rnn.bidirectional else 1
        return hs, h[-ways:].transpose(0, 1).flatten(1)

    def weigh(self, hs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The attention (B, T)."""
        scores = self.attention(hs)[..., 0]
        return scores.masked_fill(~mask, -torch.inf).softmax(dim=-1)

    def pool(self, hs: torch.Tensor, last: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """One vector (B, D) for each sequence, or hs as they are."""
        if self.pooling == "last":
            return last
        if self.pooling == "mean":
            return hs.sum(dim=1) / mask.sum(dim=1, keepdim=True)
        if self.pooling == "max":
            return hs.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)
        if self.pooling == "attention":
            return (self.weigh(hs, mask)[..., None] * hs).sum(dim=1)
        return hs


class SequenceModel(Methods, torch_base.Model):
    """Embedding or vectors -> recurrent layers -> one vector -> outputs."""

    def _build(self):
        return Net(self.config)

    def _call(self, inputs, lengths, keep):
        hs, last = self._states(inputs, lengths)
        mask, every = self._mask(inputs, lengths), self.config.pooling == "every"
        pooled = self.net.pool(hs, last, mask)
        outputs = self.net.out(pooled * (keep if every else keep[:, 0]))
        return outputs * mask[..., None] if every else outputs

    def _states(self, inputs, lengths):
        return self.net.read(inputs, lengths)

    def _weigh(self, inputs, lengths):
        hs, _ = self._states(inputs, lengths)
        return self.net.weigh(hs, self._mask(inputs, lengths))

    def _loss(self, inputs, lengths, targets, keep, loss):
        outputs, config = self._call(inputs, lengths, keep), self.config
        counts = self._mask(inputs, lengths) if config.pooling == "every" else None
        return measure(loss, outputs, targets, counts, config.levels)

    def _mask(self, inputs, lengths):
        """True where a sequence is, (B, T)."""
        return torch.arange(inputs.shape[1], device=lengths.device) < lengths[:, None]
