"""Training over sequences of unequal length: every engine alike, whatever the batches hold."""

import numpy as np
import pytest

from rnnlib.models.classifier import SequenceConfig, build
from rnnlib.models.update import Update
from rnnlib.training.sequences import ask, fit_sequences
from tests.helpers import assert_params_equal, raises_sentence

CONFIG = SequenceConfig(2, 6, vocab_size=4, embed_size=3, cell="gru", pooling="last")


def task(count, seed=0):
    """Which of two letters stands first, in rows of 1 to 8: what a mean over letters cannot say."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(4, size=rng.integers(1, 9)) for _ in range(count)]
    return rows, np.array([row[0] % 2 for row in rows])


def test_a_model_learns_and_is_asked_in_the_order_of_the_sequences():
    rows, labels = task(200)
    model = build(CONFIG, "torch", seed=1)
    losses = fit_sequences(model, rows, labels, Update(0.03, clip_norm=1), 15, 16)
    assert len(losses) == 15
    assert losses[0] > 0.6
    assert losses[-1] < 0.2
    fresh, truths = task(101, seed=1)
    outputs = ask(model, fresh, batch_size=7)
    assert (outputs.argmax(axis=1) == truths).mean() > 0.9
    alone = np.concatenate([model.forward(row[None], [len(row)]) for row in fresh])
    np.testing.assert_allclose(outputs, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("engine", ["torch", "keras"])
def test_the_engines_go_through_the_same_batches(engine):
    rows, labels = task(40)
    found = []
    for name in ("numpy", engine):
        model = build(CONFIG, name, seed=2)
        losses = fit_sequences(model, rows, labels, Update(0.01, dropout=0.2), 2, 8, seed=3)
        found.append((losses, model.get_params()))
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=0, atol=1e-5)
    assert_params_equal(found[1][1], found[0][1], 1e-5)


def test_the_rate_falls_to_zero(monkeypatch):
    rows, labels = task(40)
    model = build(CONFIG, "numpy")
    rates = []
    kept = model.train_step
    monkeypatch.setattr(
        model, "train_step", lambda *a, **k: rates.append(a[3].rate) or kept(*a, **k)
    )
    fit_sequences(model, rows, labels, Update(0.1), 2, 10)
    np.testing.assert_allclose(rates, 0.1 * (1 - np.arange(8) / 8))


def test_vectors_and_real_targets_are_trained_on_as_well():
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(rng.integers(1, 6), 2)) for _ in range(60)]
    sums = np.array([[row[:, 0].mean()] for row in rows])
    model = build(SequenceConfig(1, 8, features=2, pooling="mean"), "torch", seed=0)
    losses = fit_sequences(model, rows, sums, Update(0.02), 20, 10, loss="squares")
    assert losses[-1] < 0.1 * sums.var()


def test_what_cannot_be_trained_on_is_refused():
    rows, labels = task(10)
    model = build(CONFIG, "numpy")
    with raises_sentence(ValueError, "10 sequences and 9 targets"):
        fit_sequences(model, rows, labels[:9], Update(0.01))
    with raises_sentence(ValueError, "epochs must be"):
        fit_sequences(model, rows, labels, Update(0.01), epochs=0)
    with raises_sentence(ValueError, "sequence 1 has the length 0"):
        fit_sequences(model, [rows[0], rows[0][:0]], labels[:2], Update(0.01))


def test_the_loss_of_an_epoch_counts_every_sequence_alike():
    class OfItsSize:
        def train_step(self, inputs, lengths, targets, update, loss):
            return float(len(inputs))

    rows = [np.array([1, 2])] * 5  # batches of 2, 2 and 1
    assert fit_sequences(OfItsSize(), rows, [0] * 5, Update(0.1), 1, 2) == [(4 + 4 + 1) / 5]
