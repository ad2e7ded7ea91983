"""Weights in eight bits: how far they are rounded, what a file of them holds, and who reads it."""

import json

import numpy as np
import pytest
import safetensors.numpy

from rnnlib.models import ModelConfig, eight_bits, engines, weights_file
from rnnlib.models.parts import shapes
from rnnlib.models.weights_file import WeightsError
from rnnlib.text.vocab import Vocab
from tests.helpers import (
    assert_params_equal,
    every_engine,
    every_kind,
    raises_sentence,
    random_params,
    small_config,
)

VOCAB = Vocab("abcdefg")


def test_small_weights_are_kept_as_well_as_large_ones():
    large = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    small = eight_bits.unpack(eight_bits.pack({"W_hy": large * np.float32(2**-30)}))["W_hy"]
    kept = eight_bits.unpack(eight_bits.pack({"W_hy": large}))["W_hy"]
    np.testing.assert_allclose(small * 2**30, kept, rtol=1e-6)


@every_kind
def test_no_weight_moves_by_more_than_half_a_step_of_its_output_unit(cell, num_layers):
    params = random_params(small_config(cell=cell, num_layers=num_layers))
    rounded = eight_bits.unpack(eight_bits.pack(params))
    assert rounded.keys() == params.keys()
    for name, value in params.items():
        if value.ndim == 1:
            assert rounded[name].tobytes() == value.tobytes()
            continue
        units = value if name == "embed" else value.T  # (units, what a unit reads)
        found = rounded[name] if name == "embed" else rounded[name].T
        for unit, weights in zip(found, units, strict=True):
            assert np.abs(unit - weights).max() <= 0.5001 * np.abs(weights).max() / 127
        assert found.dtype == np.float32


def test_whole_numbers_and_scales_by_hand():
    params = {"W_hy": np.array([[1.0, 0, -4], [-0.5, 0, 3.98]]), "embed": np.array([[2.0, 1.0]])}
    packed = eight_bits.pack(params)
    assert packed["W_hy"].tolist() == [[127, 0, -127], [-64, 0, 126]]  # 63.5 rounds to even
    np.testing.assert_allclose(packed["W_hy.scale"], [1 / 127, 1, 4 / 127])
    assert packed["embed"].tolist() == [[127, 64]]
    assert packed["embed.scale"].shape == (1,)


def test_rounding_twice_changes_nothing_more():
    once = eight_bits.unpack(eight_bits.pack(random_params(small_config())))
    twice = eight_bits.unpack(eight_bits.pack(once))
    for name, value in once.items():
        np.testing.assert_allclose(twice[name], value, rtol=1e-6)


def test_params_are_left_as_they_were():
    params = random_params(small_config())
    eight_bits.pack(params)
    assert_params_equal(params, random_params(small_config()))


@pytest.mark.parametrize("bits", [0, 4, 16, "8", True])
def test_other_bits_are_refused(tmp_path, bits):
    params = random_params(small_config())
    with raises_sentence(
        ValueError, f"bits must be 8, or None for the weights as they are, not {bits!r}"
    ):
        weights_file.save(tmp_path / "w", params, small_config(), VOCAB, bits=bits)


@every_engine
@every_kind
def test_every_engine_reads_the_rounded_weights(tmp_path, engine, cell, num_layers):
    config = small_config(cell=cell, num_layers=num_layers)
    params = random_params(config)
    weights_file.save(tmp_path / "w", params, config, VOCAB, {"steps": 3}, bits=8)
    model, vocab = engines.load(tmp_path / "w", engine)
    assert (model.config, vocab) == (config, VOCAB)
    assert_params_equal(
        {name: model.get_params()[name] for name in shapes(config)},
        {name: eight_bits.unpack(eight_bits.pack(params))[name] for name in shapes(config)},
    )
    assert weights_file.load(tmp_path / "w")[3] == {"steps": 3}


def test_the_arrays_of_the_file_are_those_that_the_page_tells_of(tmp_path):
    params = random_params(small_config())
    weights_file.save(tmp_path / "w", params, small_config(), VOCAB, bits=8)
    p = safetensors.numpy.load_file(tmp_path / "w")
    assert {name for name in p if p[name].dtype == np.int8} == {"embed", "W_xh", "W_hh", "W_hy"}
    read = weights_file.load(tmp_path / "w")[0]
    np.testing.assert_array_equal(p["W_xh"] * p["W_xh.scale"], read["W_xh"])
    np.testing.assert_array_equal(p["embed"] * p["embed.scale"][:, None], read["embed"])
    with weights_file.safe_open(tmp_path / "w", framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["bits"] == "8"
    assert json.loads(metadata["config"]) == small_config().to_dict()


def test_a_network_of_the_lab_fits_into_400_kilobytes(tmp_path):
    config = ModelConfig(65, 64, 256, 1, "lstm")
    vocab = Vocab("".join(chr(40 + i) for i in range(65)))
    weights_file.save(tmp_path / "w", random_params(config), config, vocab, bits=8)
    assert (tmp_path / "w").stat().st_size < 400_000


@pytest.mark.parametrize(
    "change",
    [
        {"W_hy.scale": None},
        {"W_hy": None},
        {"b_y.scale": np.ones(7, np.float32)},
        {"W_hy.scale": np.ones(5, np.float32)},
        {"embed.scale": np.ones((7, 1), np.float32)},
        {"b_h": np.ones(5, np.int8)},
        {"b_h": np.ones(5, np.int8), "b_h.scale": np.ones(5, np.float32)},
    ],
    ids=str,
)
def test_matrices_and_scales_that_do_not_fit_are_refused(tmp_path, change):
    weights_file.save(tmp_path / "w", random_params(small_config()), small_config(), VOCAB, bits=8)
    arrays, metadata = weights_file.read_arrays(tmp_path / "w", "weights")
    arrays |= change
    arrays = {name: value for name, value in arrays.items() if value is not None}
    weights_file.write_arrays(tmp_path / "w", arrays, metadata)
    with raises_sentence(WeightsError, "do not fit together"):
        weights_file.load(tmp_path / "w")
