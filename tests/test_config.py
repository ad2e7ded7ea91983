"""ModelConfig: sizes that are checked once, and batches that are checked before every use."""

import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from rnnlib.models.config import ADAM_BETAS, ModelConfig
from tests.helpers import (
    bad_batches,
    every_dtype,
    every_kind,
    good_batch,
    raises_sentence,
    small_config,
)


def test_three_sizes_are_enough():
    config = ModelConfig(29, 8, 16)
    assert (config.num_layers, config.cell, config.dtype) == (1, "rnn", "float32")
    assert config == ModelConfig(vocab_size=29, embed_size=8, hidden_size=16)


def test_cannot_be_changed_and_can_be_a_key():
    config = small_config()
    with pytest.raises(FrozenInstanceError):
        config.hidden_size = 6
    assert {config: "found"}[replace(config)] == "found"
    assert replace(config, hidden_size=6) != config


@every_dtype
def test_survives_json(dtype):
    config = ModelConfig(np.int64(7), np.int32(4), np.uint8(5), dtype=dtype)
    assert config == small_config(dtype)
    assert ModelConfig(**json.loads(json.dumps(config.to_dict()))) == config


def test_a_size_that_is_no_whole_number_is_refused(subtests):
    for name in ["vocab_size", "embed_size", "hidden_size", "num_layers"]:
        for size in [0, -1, 2.0, 1.5, True, "8", None, [8]]:
            sizes = {"vocab_size": 7, "embed_size": 4, "hidden_size": 5} | {name: size}
            with subtests.test(f"{name}, {size}"), raises_sentence(ValueError, name, repr(size)):
                ModelConfig(**sizes)


def test_what_this_book_does_not_have_is_refused(subtests):
    for name, value, piece in [
        ("cell", "LSTM", "rnn, gru, lstm, not 'LSTM'"),
        ("cell", "elman", "'elman'"),
        ("cell", None, "None"),
        ("dtype", "float16", "'float16'"),
        ("dtype", np.float32, "float32"),
        ("dtype", None, "float32, float64"),
    ]:
        with subtests.test(str(name)), raises_sentence(ValueError, name, piece):
            ModelConfig(7, 4, 5, **{name: value})


@pytest.mark.parametrize(
    ("cell", "num_layers", "shape"),
    [
        ("rnn", 1, (1, 3, 5)),
        ("gru", 3, (3, 3, 5)),
        ("lstm", 1, (1, 3, 10)),
        ("lstm", 2, (2, 3, 10)),
    ],
)
@every_dtype
def test_init_state_is_zeros_for_each_layer_and_sequence(dtype, cell, num_layers, shape):
    config = small_config(dtype, cell, num_layers)
    state = config.init_state(3)
    assert (state.shape, state.dtype) == (shape, dtype)
    assert not state.any()
    assert config.state_size == shape[-1]


def test_init_state_of_no_whole_number_is_refused(subtests):
    for batch_size in [0, -1, 1.0, "1", None, True]:
        said = repr(batch_size)
        with subtests.test(said), raises_sentence(ValueError, "batch_size", said):
            small_config().init_state(batch_size)


@every_kind
def test_a_batch_that_does_not_fit_is_refused(subtests, cell, num_layers):
    config = small_config("float32", cell, num_layers)
    for name, (batch, piece) in bad_batches(config).items():
        with subtests.test(name), raises_sentence(ValueError, piece):
            config.check_batch(**batch)


def test_the_state_of_one_layer_is_not_broadcast_over_two():
    with raises_sentence(ValueError, "(1, 2, 10)", "init_state(2)"):
        config = small_config(cell="lstm", num_layers=2)
        config.check_batch(**good_batch(config) | {"state": np.zeros((1, 2, 10))})


@every_kind
@every_dtype
def test_a_batch_that_fits_comes_back_as_arrays_of_its_own(dtype, cell, num_layers):
    config = small_config(dtype, cell, num_layers)
    good = good_batch(config)
    ids, state, targets = config.check_batch(**good)
    assert (ids.dtype, targets.dtype, state.dtype) == (np.int64, np.int64, dtype)
    for ours, given in ((ids, "ids"), (state, "state"), (targets, "targets")):
        np.testing.assert_array_equal(ours, good[given])
        assert not np.shares_memory(ours, good[given])


def test_fewer_targets_than_steps_and_plain_lists_are_fine():
    config = small_config()
    ids, state, targets = config.check_batch([[0, 1, 2]], [[[0] * 5]], [[3]])
    assert (ids.shape, state.shape, targets.shape) == ((1, 3), (1, 1, 5), (1, 1))
    assert config.check_batch([[0]], config.init_state(1))[2] is None


def test_adams_betas_are_exact_in_both_precisions():
    assert all(float(np.float32(beta)) == beta for beta in ADAM_BETAS)
    np.testing.assert_allclose(ADAM_BETAS, (0.9, 0.999), rtol=1e-7)
