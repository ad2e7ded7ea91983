"""A PyTorch file: `torch.load(path)` gives {"config", "vocab", "state_dict"}, plain values.

The state_dict is that of a module with `embed = nn.Embedding(V, E)`, `rnn = nn.GRU(E, H, layers,
batch_first=True)` (or LSTM, RNN) and `out = nn.Linear(H, V)`.
"""

import io

import torch


def to_bytes(model, vocab):
    """The bytes of the file."""
    found = {"config": model.config.to_dict(), "vocab": list(vocab.chars)}
    file = io.BytesIO()
    torch.save(found | {"state_dict": dict(model.net.state_dict())}, file)
    return file.getvalue()
