"""Backpropagation through time by hand in TensorFlow, against its own."""

from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.models.char_rnn.fast import WIDE, keras_steps
from rnnlib.models.char_rnn.fast.keras_model import FastCharRNN, is_faster
from rnnlib.models.char_rnn.keras_model import CharRNN
from rnnlib.models.config import CELLS, DTYPES, ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.parts import shapes
from rnnlib.models.update import Update
from tests.helpers import TOLERANCE, assert_like_numpy, every_cell, every_dtype, random_batch

UPDATE = Update(1e-3, 0.5, 0.1, 0.3)
sizes = st.integers(1, 5)
every_depth = pytest.mark.parametrize("num_layers", [1, 2, 3])


def draw(cell, num_layers, dtype="float64", V=7, E=4, H=5, B=3, T=6, seed=0):
    """A model with random weights, ids (B, T) with repeats, and a state to start."""
    model = build(ModelConfig(V, E, H, num_layers, cell, dtype), "keras", seed)
    rng = np.random.default_rng(seed)
    model.set_params(
        {name: rng.normal(0, 0.5, shape) for name, shape in shapes(model.config).items()}
    )
    ids = rng.integers(V, size=(B, T))
    ids[-1, -1] = ids[0, 0]
    state = rng.normal(size=(num_layers, B, model.config.state_size)).astype(dtype)
    return model, tf.constant(ids), tf.constant(state)


def by_hand(model, ids, state):
    """The hidden states (B, T, H) and the last state, by keras_steps.py."""
    hs, state = keras_steps.forward(model.config, model.net.trainable_variables[:-2], ids, state)
    return tf.transpose(hs, (1, 0, 2)), state


def by_keras(model, ids, state):
    """The same by the layers themselves."""
    n = model.config.state_size // model.config.hidden_size
    parts = [part for layer in tf.unstack(state) for part in tf.split(layer, n, axis=-1)]
    hs, *parts = model._body([ids, *parts])
    layers = [tf.concat(parts[i : i + n], -1) for i in range(0, len(parts), n)]
    return hs, tf.stack(layers)


def values_and_gradients(reader, model, ids, state):
    """All that comes out, and the gradients of a number that depends on all of it."""
    sources = [*model.net.trainable_variables[:-2], state]
    rng = np.random.default_rng(1)
    with tf.GradientTape() as tape:
        tape.watch(state)
        found = reader(model, ids, state)
        total = sum(tf.reduce_sum(part * rng.normal(size=part.shape)) for part in found)
    grads = tape.gradient(total, sources)
    return [*found, *map(tf.convert_to_tensor, grads)]


def assert_same_as_keras(model, ids, state, tolerance):
    ours, theirs = (
        values_and_gradients(reader, model, ids, state) for reader in (by_hand, by_keras)
    )
    for a, b in zip(ours, theirs, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1, np.abs(b).max()))


@every_cell
@every_depth
@every_dtype
def test_it_gives_the_states_and_every_gradient_of_the_layers(cell, num_layers, dtype):
    assert_same_as_keras(*draw(cell, num_layers, dtype), TOLERANCE[dtype])


@every_cell
@every_dtype
def test_also_for_a_wide_layer_and_a_long_text(cell, dtype):
    case = draw(cell, 1, dtype, V=65, E=32, H=WIDE, B=16, T=50)
    case[0].set_params(build(case[0].config, "numpy").get_params())  # of the usual size
    assert_same_as_keras(*case, TOLERANCE[dtype])


@every_cell
@given(st.integers(1, 2), sizes, sizes, sizes, sizes, sizes, st.integers(0, 99))
@settings(max_examples=8)
def test_for_any_sizes(cell, num_layers, V, E, H, B, T, seed):
    case = draw(cell, num_layers, "float64", V, E, H, B, T, seed)
    assert_same_as_keras(*case, TOLERANCE["float64"])


@every_cell
def test_a_large_argument_saturates_and_gives_no_nan(cell):
    model, ids, state = draw(cell, 1, "float32")
    model.set_params({name: value * 1e3 for name, value in model.get_params().items()})
    found = values_and_gradients(by_hand, model, ids, state)
    assert all(np.isfinite(part).all() for part in found)
    np.testing.assert_allclose(found[0], by_keras(model, ids, state)[0], atol=1e-4)


# where it is used


@every_cell
def test_wide_layers_on_a_processor_get_the_fast_model_and_all_others_the_plain_one(cell):
    for width, kind in ((WIDE, FastCharRNN), (WIDE - 1, CharRNN)):
        model = build(ModelConfig(7, 4, width, cell=cell), "keras", device="cpu")
        assert type(model) is kind
        assert is_faster(model.config, "cpu") == (kind is FastCharRNN)


def test_on_a_gpu_the_plain_one_is_faster(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    assert not any(is_faster(ModelConfig(7, 4, WIDE), device) for device in (None, "gpu"))
    assert is_faster(ModelConfig(7, 4, WIDE), "cpu")


@pytest.fixture
def counted(monkeypatch):
    """How often keras_steps.forward has been traced, as the length of a list."""
    calls, original = [], keras_steps.forward
    monkeypatch.setattr(keras_steps, "forward", lambda *args: calls.append(1) or original(*args))
    return calls


@pytest.mark.parametrize(
    ("cell", "width"),
    [
        *((cell, WIDE) for cell in CELLS),
        ("rnn", WIDE - 1),
        *(pytest.param(cell, WIDE - 1, marks=pytest.mark.slow) for cell in ("gru", "lstm")),
    ],
)
def test_the_library_trains_wide_models_with_it_and_reads_without(counted, cell, width):
    model = build(ModelConfig(7, 4, width, cell=cell), "keras", device="cpu")
    batch = random_batch(model.config)
    model.forward(batch[0], batch[2])
    assert not counted
    model.loss_and_grads(*batch)
    model.train_step(*batch, UPDATE)
    assert len(counted) == (2 if width >= WIDE else 0)


WIDE_MODELS = [("rnn", "float32", 1, 6), ("gru", "float64", 2, 2), ("lstm", "float32", 2, 2)]


@pytest.mark.parametrize(
    ("cell", "dtype", "num_layers", "K"),
    [
        *WIDE_MODELS,
        *(
            pytest.param(*kind, marks=pytest.mark.slow)
            for cell, dtype, sizes in product(CELLS, DTYPES, [(1, 6), (2, 2)])
            if (kind := (cell, dtype, *sizes)) not in WIDE_MODELS
        ),
    ],
)
def test_a_wide_model_is_that_of_numpy(cell, dtype, num_layers, K):
    assert_like_numpy("keras", ModelConfig(7, 4, WIDE, num_layers, cell, dtype), K, UPDATE)


def test_batches_of_any_size_and_length_are_not_traced_again(counted):
    model = build(ModelConfig(7, 4, WIDE), "keras")
    for B, T in ((2, 5), (3, 1), (1, 8)):
        model.train_step(*random_batch(model.config, B, T), UPDATE)
    assert len(counted) == 1
