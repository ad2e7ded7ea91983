"""Train a character network in plain PyTorch in several processes, which share out a text's rows.

    torchrun --standalone --nproc-per-node 2 examples/several_torch.py shakespeare

It is what any loop of your own needs: the process joins the others, takes rows of its own, lets
DDP average the gradients, clips after that, and leaves. With one process it is a plain loop, and
its losses are the same.
"""

import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_

from rnnlib.data import CorpusError, load_corpus
from rnnlib.text import Vocab
from rnnlib.text.windows import Streams

ROWS, LENGTH, STEPS = 8, 32, 50


class Net(nn.Module):
    """Ids (B, T) and the state, (h, c) of (1, B, H) each -> logits (B, T, V), the state after."""

    def __init__(self, vocab_size, hidden=32):
        super().__init__()
        self.embed, self.out = nn.Embedding(vocab_size, 16), nn.Linear(hidden, vocab_size)
        self.rnn = nn.LSTM(16, hidden, batch_first=True)

    def forward(self, ids, state=None):
        hs, state = self.rnn(self.embed(ids), state)
        return self.out(hs), state


def train(ids, vocab_size):
    """The losses of the first steps over all rows, in nats per character."""
    rank, count = dist.get_rank(), dist.get_world_size()
    each = ROWS // count
    streams = Streams(ids, ROWS, LENGTH, slice(rank * each, (rank + 1) * each))
    torch.manual_seed(0)
    net = DistributedDataParallel(Net(vocab_size))  # all begin with the weights of process 0
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    state, losses = None, []
    for step in range(STEPS):
        x, y = map(torch.as_tensor, streams[step % len(streams)])
        logits, state = net(x, state if step % len(streams) else None)
        state = tuple(part.detach() for part in state)
        loss = cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()  # ends with the mean of the gradients of all processes
        clip_grad_norm_(net.parameters(), 0.3)
        optimizer.step()
        mean = loss.detach() / count
        dist.all_reduce(mean)  # the sum of all shares: the loss of all rows
        losses.append(mean.item())
    return losses


def main(name):
    """Train on a text, in the processes that torchrun has started."""
    dist.init_process_group("gloo")
    if ROWS % dist.get_world_size():
        sys.exit(f"{ROWS} rows cannot be shared out evenly. Start 1, 2, 4 or 8 processes.")
    text = load_corpus(name)
    vocab = Vocab(text)
    losses = train(vocab.encode(text), len(vocab))
    if dist.get_rank() == 0:
        for step in range(9, STEPS, 10):
            print(f"step {step + 1}: {losses[step]:.4f} nats per character")
    dist.destroy_process_group()  # by now train has freed its net, as it must be before this


if __name__ == "__main__":
    try:
        main(*sys.argv[1:] or ["shakespeare"])
    except (ValueError, OSError, CorpusError) as error:
        sys.exit(f"several_torch: {error}")
