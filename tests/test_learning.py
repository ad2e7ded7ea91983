"""A table of pairs that is trained comes down to the loss of the table that is counted."""

import numpy as np
import pytest

from rnnlib.data import load_corpus
from rnnlib.functional import softmax
from rnnlib.models.optimizers import SGD, Adam, Momentum
from rnnlib.text import Vocab, one_hot

TEXT = load_corpus("pangram")
VOCAB = Vocab(TEXT)
V, IDS = len(VOCAB), VOCAB.encode(TEXT)
X, Y = one_hot(IDS[:-1], V), one_hot(IDS[1:], V)


def counted_loss():
    """By a dictionary and math, in nats: what the honest table pays."""
    following = {}
    for first, second in zip(IDS[:-1].tolist(), IDS[1:].tolist(), strict=True):
        following.setdefault(first, []).append(second)
    shares = [f.count(second) / len(f) for f in following.values() for second in f]
    return float(-np.log(shares).mean())


def numpy_losses(optimizer, rate, steps):
    params, losses = {"W": np.zeros((V, V))}, []
    for _ in range(steps):
        shares = softmax(X @ params["W"])
        losses.append(float(-np.log((shares * Y).sum(axis=1)).mean()))
        optimizer.update(params, {"W": X.T @ (shares - Y) / len(X)}, rate)
    return losses


def torch_losses(rate, steps):
    import torch

    net = torch.nn.Linear(V, V, bias=False)
    torch.nn.init.zeros_(net.weight)
    optimizer, losses = torch.optim.Adam(net.parameters(), rate), []
    x, y = torch.tensor(X), torch.tensor(IDS[1:])
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def keras_losses(rate, steps):
    import keras
    import tensorflow as tf

    net = keras.layers.Dense(V, use_bias=False, kernel_initializer="zeros")
    optimizer, losses = keras.optimizers.Adam(rate), []
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = loss_fn(IDS[1:], net(X))
        optimizer.apply(
            tape.gradient(loss, net.trainable_variables),
            net.trainable_variables,
        )
        losses.append(float(loss))
    return losses


def check_descent(losses):
    assert losses[0] == pytest.approx(np.log(V), abs=1e-5)
    assert min(losses) > counted_loss() - 1e-5  # float32 rounds
    assert losses[-1] < counted_loss() + 1e-3


@pytest.mark.parametrize(
    ("optimizer", "rate", "steps"), [(SGD(), 50, 1000), (Momentum(), 20, 400), (Adam(), 0.5, 150)]
)
def test_in_numpy_by_each_optimizer(optimizer, rate, steps):
    check_descent(numpy_losses(optimizer, rate, steps))


@pytest.mark.parametrize("train", [torch_losses, keras_losses])
def test_in_each_framework(train):
    losses = train(0.5, 150)
    check_descent(losses)
    np.testing.assert_allclose(losses[:20], numpy_losses(Adam(), 0.5, 20), atol=5e-3)
