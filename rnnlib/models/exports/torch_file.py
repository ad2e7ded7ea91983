"""A PyTorch file: `torch.load(path)` gives {"config", "vocab", "state_dict"}, plain values.

The state_dict is that of a module with `embed = nn.Embedding(V, E)`, `rnn = nn.GRU(E, H, layers,
batch_first=True)` (or LSTM, RNN) and `out = nn.Linear(H, V)`.
"""

import io
from typing import Any

import torch

from rnnlib.text.vocab import Vocab


def to_bytes(model: Any, vocab: Vocab) -> bytes:
    """The bytes of the file."""
    found = {"config": model.config.to_dict(), "vocab": list(vocab.chars)}
    file = io.BytesIO()
    torch.save(found | {"state_dict": dict(model.net.state_dict())}, file)
    return file.getvalue()
