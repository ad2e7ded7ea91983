"""The weights file of the other families: written by any engine, read by any, or refused."""

import importlib
import inspect
import json
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from rnnlib import models
from rnnlib.models import build, weights_file
from rnnlib.models.classifier import SequenceConfig
from rnnlib.models.ctc import ListenerConfig
from rnnlib.models.seq2seq import Seq2SeqConfig
from rnnlib.models.weights_file import WeightsError
from tests.helpers import assert_params_equal, raises_sentence

ENGINES = ("numpy", "torch", "keras")
CONFIG = SequenceConfig(
    3, 5, 7, 4, pooling="attention", bidirectional=True, num_layers=2, levels=(0.1, 0.9)
)
FAMILIES = [CONFIG, Seq2SeqConfig(5, 4, 6, 7, attention="scaled"), ListenerConfig(6, 4, 5, 7, 5, 2)]
ABOUT = {"classes": ["Finland", "Česko"], "vocab": "abc"}
WEIGHTS = Path(__file__).parents[1] / "weights" / "pangram.safetensors"


@pytest.fixture
def path(tmp_path):
    """A file that is in order."""
    models.save(tmp_path / "names.safetensors", build(CONFIG, "numpy", seed=3), ABOUT)
    return tmp_path / "names.safetensors"


def test_what_one_engine_writes_another_reads(subtests, tmp_path):
    for config, writer in product(FAMILIES, ENGINES):
        model = build(config, writer, seed=3)
        models.save(tmp_path / "w", model, ABOUT)
        for reader in ("numpy", "torch"):
            with subtests.test(f"{config.family}: {writer} to {reader}"):
                found, about = models.load(tmp_path / "w", reader)
                assert (found.config, about) == (config, ABOUT)
                assert_params_equal(found.get_params(), model.get_params())


def test_keras_reads_it_and_gives_the_same_answers(path):
    ids, lengths = np.array([[1, 2, 3], [4, 0, 0]]), [3, 1]
    ours, theirs = (models.load(path, engine)[0] for engine in ("numpy", "keras"))
    answers = [model.forward(ids, lengths) for model in (ours, theirs)]
    np.testing.assert_allclose(answers[1], answers[0], rtol=0, atol=1e-6)


def content(path):
    """The header as JSON, whose entries safetensors writes in any order, and the bytes after it."""
    data = path.read_bytes()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:end]), data[end:]


def test_every_engine_writes_the_same_file(path):
    models.save(path.parent / "torch", build(CONFIG, "torch", seed=3), ABOUT)
    assert content(path.parent / "torch") == content(path)


def test_eight_bits_are_a_quarter_of_the_file_and_close(subtests, tmp_path):
    for config in [
        SequenceConfig(10, 64, 100, 64),
        Seq2SeqConfig(64, 64, 64, 64),
        ListenerConfig(),
    ]:
        with subtests.test(config.family):
            model = build(config, "numpy", seed=1)
            models.save(tmp_path / "whole", model)
            models.save(tmp_path / "small", model, bits=8)
            sizes = [(tmp_path / name).stat().st_size for name in ("small", "whole")]
            assert sizes[0] < 0.35 * sizes[1]
            found = models.load(tmp_path / "small", "numpy")[0].get_params()
            for name, value in model.get_params().items():
                assert np.abs(found[name] - value).max() <= np.abs(value).max() / 254 + 1e-7
            with raises_sentence(ValueError, "bits must be 8"):
                models.save(tmp_path / "small", model, bits=4)


def test_each_unit_of_eight_bits_has_its_own_scale(tmp_path):
    """A unit of small weights keeps them, however large its neighbour's are."""
    model = build(ListenerConfig(), "numpy", seed=1)
    params = model.get_params()
    params["W_c"][..., 0] *= 1000
    model.set_params(params)
    models.save(tmp_path / "w", model, bits=8)
    found = models.load(tmp_path / "w", "numpy")[0].get_params()["W_c"]
    small = params["W_c"][..., 1:]
    assert np.abs(found[..., 1:] - small).max() <= np.abs(small).max() / 254 + 1e-7


def test_a_file_of_the_char_rnn_is_written_as_ever(tmp_path):
    """Read and written again it is the file that stands in the book, checksum and all."""
    params, config, vocab, training = weights_file.load(WEIGHTS)
    weights_file.save(tmp_path / "again", params, config, vocab, training)
    assert content(tmp_path / "again") == content(WEIGHTS)


def test_one_load_reads_both_kinds_and_one_save_writes_them(path, tmp_path):
    model, vocab = models.load(WEIGHTS, "numpy")
    training = weights_file.load(WEIGHTS)[3]
    models.save(tmp_path / "again", model, training, vocab=vocab)
    assert content(tmp_path / "again") == content(WEIGHTS)
    with raises_sentence(ValueError, "a CharRNN is saved with its vocabulary"):
        models.save(tmp_path / "w", model)


def test_a_family_file_names_its_reader_and_others_are_refused(path, tmp_path):
    with raises_sentence(WeightsError, "read it with rnnlib.models.load"):
        weights_file.load(path)
    safetensors.numpy.save_file({"x": np.zeros(3)}, tmp_path / "foreign")
    with raises_sentence(WeightsError, "not one of this book"):
        models.load(tmp_path / "foreign")
    with raises_sentence(FileNotFoundError, "Check the path."):
        models.load(tmp_path / "missing")


def test_a_changed_byte_is_noticed(subtests, path):
    whole = path.read_bytes()
    for place in [3, 100, 500, -1]:
        with subtests.test(str(place)):
            data = bytearray(whole)
            data[place] ^= 1
            path.write_bytes(data)
            with raises_sentence(WeightsError, str(path)):
                models.load(path)


def test_parts_that_do_not_fit_together_are_refused(subtests, path):
    arrays, metadata = weights_file.read_arrays(path, "family")
    for change in [
        {"family": "choir"},
        {"family": "char_rnn"},
        {"config": json.dumps(CONFIG.to_dict() | {"hidden_size": 6})},
        {"config": json.dumps(CONFIG.to_dict() | {"pooling": "sum"})},
        {"config": json.dumps(CONFIG.to_dict() | {"depth": 6})},
        {"config": "[1]"},
        {"config": json.dumps(CONFIG.to_dict() | {"levels": ["0.1", 0.9]})},
        {"config": json.dumps(CONFIG.to_dict() | {"num_layers": 10**7})},
        {"config": json.dumps(CONFIG.to_dict() | {"num_layers": 10**30})},
        {"config": json.dumps(CONFIG.to_dict())[:-1] + ', "cell": "gru"}'},
        {"bits": "8"},
        {"bits": "x"},
        {"more": "1"},
        {"about": "{"},
        {"about": "[1]"},
        {"about": "null"},
        {"about": "[" * 100_000},
        {"about": '{"a": 1, "a": 2}'},
        {"about": '{"a": NaN}'},
    ]:
        with subtests.test(str(change)[:80]):
            weights_file.write_arrays(path, arrays, metadata | change)
            with raises_sentence(WeightsError, "do not fit together"):
                models.load(path)


def test_weights_that_are_not_finite_are_neither_saved_nor_read(subtests, tmp_path):
    for config in FAMILIES:
        for value in [np.nan, np.inf]:
            with subtests.test(f"{config.family}, {value}"):
                path, model = tmp_path / "w", build(config, "numpy")
                models.save(path, model, ABOUT)
                arrays, metadata = weights_file.read_arrays(path, "family")
                name = list(arrays)[-1]
                arrays = {k: np.array(v) for k, v in arrays.items()}
                arrays[name].flat[0] = value
                weights_file.write_arrays(path, arrays, metadata)
                with raises_sentence(WeightsError, "do not fit together"):
                    models.load(path)
                model.set_params(arrays)
                with raises_sentence(
                    ValueError, f"the weights {name} hold numbers that are not finite"
                ):
                    models.save(path, model)


def test_scales_that_are_not_finite_are_refused_without_a_warning(subtests, tmp_path):
    for config in FAMILIES:
        with subtests.test(config.family):
            models.save(tmp_path / "w", build(config, "numpy"), bits=8)
            arrays, metadata = weights_file.read_arrays(tmp_path / "w", "family")
            for value in (np.nan, np.inf, 3e38):
                scale = np.full_like(arrays["W_hy.scale"], value)
                weights_file.write_arrays(tmp_path / "w", arrays | {"W_hy.scale": scale}, metadata)
                with raises_sentence(WeightsError, "do not fit together"):
                    models.load(tmp_path / "w")


def test_what_json_cannot_hold_is_not_saved(path):
    before = path.read_bytes()
    with raises_sentence(ValueError, "must be plain numbers, text and lists"):
        models.save(path, build(CONFIG, "numpy"), {"classes": np.zeros(3)})
    assert path.read_bytes() == before


@pytest.mark.parametrize(("folder", "name"), [("classifier", "SequenceModel"), ("ctc", "Listener")])
def test_the_models_of_a_family_read_in_parallel(folder, name):
    """What every engine has: the same methods, parameters and docstrings."""
    found = []
    for engine in ENGINES:
        model = getattr(importlib.import_module(f"rnnlib.models.{folder}.{engine}_model"), name)
        methods = {n: f for n, f in vars(model).items() if inspect.isfunction(f)}
        found.append({n: (inspect.getdoc(f), inspect.signature(f)) for n, f in methods.items()})
    public = [{n for n in methods if n[0] != "_"} for methods in found]
    assert public[0] == public[1] == public[2]
    for method in public[0] | {"_call", "_states", "_weigh"} & found[0].keys():
        assert found[0][method] == found[1][method] == found[2][method], method


def test_another_engine_is_refused(subtests):
    for config in FAMILIES:
        with subtests.test(config.family), raises_sentence(ValueError, "engine must be one of"):
            build(config, "jax")
