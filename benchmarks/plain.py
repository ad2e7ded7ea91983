"""The plainest training loops that a tutorial has, in both frameworks: what rnnlib is held to.

Embedding -> recurrent layer -> linear layer, first values as the framework draws them, Adam at a
constant rate, 0.001 unless another is given, pieces of 64 characters in batches of 64, read from
zeros.
"""

import time

from rnnlib.evaluation.scores import score
from rnnlib.models import parts
from rnnlib.models.engines import build

BATCH, LENGTH = 64, 64


def pieces(ids):
    """The text in pieces: inputs and targets, each (N, LENGTH)."""
    n = (len(ids) - 1) // LENGTH
    return ids[: n * LENGTH].reshape(n, LENGTH), ids[1 : n * LENGTH + 1].reshape(n, LENGTH)


class TorchLoop:
    """The layers of torch.nn, as PyTorch draws their first values, and their optimiser."""

    def __init__(self, config, rate=1e-3):
        import torch

        from rnnlib.models.char_rnn.torch_model import Net

        torch.manual_seed(0)
        self.config, self.net = config, Net(config)
        self.optimizer = torch.optim.Adam(self.net.parameters(), rate)

    def update(self, inputs, targets):
        """One step on tensors (B, T)."""
        from torch.nn import functional as F

        logits, _ = self.net(inputs, None)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def set_params(self, params):
        """Begin with weights as rnnlib has them; a second bias, which they lack, with zeros."""
        import torch

        zeros = {name: torch.zeros_like(value) for name, value in self.net.state_dict().items()}
        given = parts.to_torch(params, self.config)
        self.net.load_state_dict(zeros | {name: torch.tensor(given[name]) for name in given})

    def get_params(self):
        """The weights as rnnlib has them; two biases that are only ever added become one."""
        named = {name: value.numpy().copy() for name, value in self.net.state_dict().items()}
        if self.config.cell != "gru":
            named["rnn.bias_ih_l0"] += named["rnn.bias_hh_l0"]
        return parts.from_torch(named, self.config)


def keras_net(config, rate=1e-3, **compiled):
    """The same layers in Keras, compiled for `fit`, in another way where `compiled` says so."""
    import keras
    from keras import layers

    layer = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[config.cell]
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            layers.Embedding(config.vocab_size, config.embed_size),
            layer(config.hidden_size, return_sequences=True),
            layers.Dense(config.vocab_size),
        ]
    )
    adam = keras.optimizers.Adam(rate)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(adam, loss, **compiled)
    return net


def torch_loop(config, train_ids, held_out, seconds, rate=1e-3):
    """A row for a plain PyTorch loop of so many processor seconds, on pieces in random order."""
    import torch

    loop, (inputs, targets) = TorchLoop(config, rate), map(torch.tensor, pieces(train_ids))
    began, read = time.process_time(), 0
    while time.process_time() - began < seconds:
        rows = torch.randperm(len(inputs))[:BATCH]
        loop.update(inputs[rows], targets[rows])
        read += BATCH * LENGTH
    spent = time.process_time() - began
    return row(loop.get_params(), config, held_out, read, spent)


def keras_fit(config, train_ids, held_out, seconds, rate=1e-3):
    """A row for a plain Keras `fit` of so many processor seconds, on pieces in random order."""
    import keras

    net, (inputs, targets) = keras_net(config, rate), pieces(train_ids)
    began, steps = time.process_time(), 0

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            nonlocal steps
            steps += 1
            net.stop_training = time.process_time() - began >= seconds

    net.fit(inputs, targets, batch_size=BATCH, epochs=1000, verbose=0, callbacks=[Stop()])
    spent = time.process_time() - began
    params = parts.from_keras(net.get_weights(), config)
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
