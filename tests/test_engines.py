"""The engines by name: built alike, loaded from one file, each fetched only when asked for."""

import runpy
from importlib.util import find_spec

import numpy as np
import pytest

from rnnlib.models import parts, weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, build, load
from rnnlib.models.update import Update
from rnnlib.text.vocab import Vocab
from tests.helpers import (
    TOLERANCE,
    assert_params_equal,
    every_dtype,
    every_engine,
    every_kind,
    raises_sentence,
    random_batch,
    random_params,
    small_config,
)

VOCAB = Vocab("abcdefg")


@every_engine
def test_build_gives_the_model_of_that_engine(engine):
    model = build(small_config(), engine, seed=5)
    assert type(model).__module__ == f"rnnlib.models.char_rnn.{engine}_model"
    assert model.config == small_config()
    assert_params_equal(model.get_params(), parts.initialise(small_config(), seed=5))


@pytest.mark.parametrize("engine", ["keras", "torch"])
def test_a_fast_model_is_a_plain_one_with_the_same_numbers(engine):
    """A character alone, a text at once and a step of training, from the same weights."""
    config = ModelConfig(7, 4, 128, 2, "gru", "float64")
    fast = build(config, engine, seed=5, device="cpu")
    plain = type(fast).__mro__[1](config, 5, "cpu")
    assert type(plain).__module__ == f"rnnlib.models.char_rnn.{engine}_model"
    ids, targets, state = random_batch(config)
    update = Update(0.01, 0.5, 0.1, 0.2)
    for call in (
        lambda model: model.forward(ids[:, :1], state),
        lambda model: model.forward(ids, state),
        lambda model: model.train_step(ids, targets, state, update),
    ):
        for ours, theirs in zip(call(fast), call(plain), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE["float64"])
    assert_params_equal(fast.get_params(), plain.get_params(), TOLERANCE["float64"])


def test_pytorch_and_seed_0_are_what_build_takes_unless_told():
    model = build(small_config())
    assert type(model).__module__ == "rnnlib.models.char_rnn.torch_model"
    assert_params_equal(model.get_params(), parts.initialise(small_config(), 0))


@pytest.mark.parametrize("engine", ["tensorflow", "Torch", "", None, 3, ["torch"]], ids=repr)
def test_an_unknown_engine_gets_one_sentence(tmp_path, engine):
    with raises_sentence(ValueError, "numpy, keras, torch", repr(engine)):
        build(small_config(), engine)
    weights_file.save(tmp_path / "w", random_params(small_config()), small_config(), VOCAB)
    with raises_sentence(ValueError, repr(engine)):
        load(tmp_path / "w", engine)


@every_kind
@every_dtype
def test_one_weights_file_gives_the_same_numbers_in_every_engine(tmp_path, dtype, cell, num_layers):
    config = small_config(dtype, cell, num_layers)
    weights_file.save(tmp_path / "w", random_params(config), config, VOCAB)
    ids, _, state = random_batch(config)
    found = {}
    for engine in ENGINES:
        model, vocab = load(tmp_path / "w", engine)
        assert (model.config, vocab) == (config, VOCAB)
        assert_params_equal(model.get_params(), random_params(config))
        found[engine] = model.forward(ids, state)[0]
    for engine in ENGINES:
        np.testing.assert_allclose(found[engine], found["numpy"], rtol=0, atol=TOLERANCE[dtype])


def test_load_refuses_what_weights_load_refuses(tmp_path):
    with raises_sentence(FileNotFoundError, "Check the path."):
        load(tmp_path / "missing", "numpy")
    (tmp_path / "bad").write_bytes(b"no weights")
    with raises_sentence(weights_file.WeightsError, "not a complete safetensors file"):
        load(tmp_path / "bad", "numpy")


def test_another_keras_backend_is_refused_in_one_sentence(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    path = find_spec("rnnlib.models.keras_base").origin
    with raises_sentence(ImportError, "runs Keras on TensorFlow", "'torch'", "Unset KERAS_BACKEND"):
        runpy.run_path(path)
