"""The plainest training loops that a tutorial has, in both frameworks: what rnnlib is held to.

Embedding -> LSTM -> linear layer, first values as the framework draws them, Adam at its usual
rate of 0.001, shuffled pieces of 64 characters in batches of 64, read from zeros, until the
processor seconds are spent.
"""

import time

from rnnlib import layout
from rnnlib.engines import build
from rnnlib.evaluation import score

BATCH, LENGTH = 64, 64


def pieces(ids):
    """The text in pieces: inputs and targets, each (N, LENGTH)."""
    n = (len(ids) - 1) // LENGTH
    return ids[: n * LENGTH].reshape(n, LENGTH), ids[1 : n * LENGTH + 1].reshape(n, LENGTH)


def torch_loop(config, train_ids, held_out, seconds):
    """A row for a plain PyTorch loop of so many processor seconds."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    V, E, H = config.vocab_size, config.embed_size, config.hidden_size
    parts = {"embed": nn.Embedding(V, E), "rnn": nn.LSTM(E, H, batch_first=True)}
    net = nn.ModuleDict(parts | {"out": nn.Linear(H, V)})
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    inputs, targets = map(torch.tensor, pieces(train_ids))
    began, read = time.process_time(), 0
    while time.process_time() - began < seconds:
        rows = torch.randperm(len(inputs))[:BATCH]
        logits = net["out"](net["rnn"](net["embed"](inputs[rows]))[0])
        loss = F.cross_entropy(logits.flatten(0, 1), targets[rows].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        read += BATCH * LENGTH
    spent = time.process_time() - began
    named = {name: value.numpy() for name, value in net.state_dict().items()}
    named["rnn.bias_ih_l0"] = named["rnn.bias_ih_l0"] + named["rnn.bias_hh_l0"]
    return row(layout.from_torch(named, config), config, held_out, read, spent)


def keras_fit(config, train_ids, held_out, seconds):
    """A row for a plain Keras `fit` of so many processor seconds."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            layers.Embedding(config.vocab_size, config.embed_size),
            layers.LSTM(config.hidden_size, return_sequences=True),
            layers.Dense(config.vocab_size),
        ]
    )
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    inputs, targets = pieces(train_ids)
    began, steps = time.process_time(), 0

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            nonlocal steps
            steps += 1
            net.stop_training = time.process_time() - began >= seconds

    net.fit(inputs, targets, batch_size=BATCH, epochs=1000, verbose=0, callbacks=[Stop()])
    spent = time.process_time() - began
    params = layout.from_keras(net.get_weights(), config)
    return row(params, config, held_out, steps * BATCH * LENGTH, spent)


def row(params, config, held_out, read, spent):
    """What a run cost and found, under the names that rnnlib's own runs have; every loop's weights
    are scored by the same model.
    """
    judge = build(config, "torch")
    judge.set_params(params)
    found = score(judge, held_out)
    row = {"characters": read, "cpu_seconds": round(spent, 1)}
    return row | {"held_out_loss": round(found.nats, 4), "held_out_characters": found.characters}
