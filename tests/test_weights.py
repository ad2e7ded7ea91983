"""First values, the same for every engine, and a weights file that is whole or refused."""

import hashlib
import json
import os
import shutil
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.models import weights_file
from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.parts import initialise, shapes, to_keras
from rnnlib.models.weights_file import WeightsError, load, save
from rnnlib.text.vocab import Vocab
from tests.helpers import (
    assert_params_equal,
    every_cell,
    every_dtype,
    every_kind,
    raises_sentence,
    random_params,
    small_config,
)

VOCAB = Vocab("abcdefg")
TRAINING = {"steps": 300, "text": "pangram", "losses": [3.4, 0.1], "note": "é\n"}
CHARS = st.text(min_size=2, max_size=20).filter(lambda text: len(set(text)) > 1)
SIZES = st.integers(1, 6)


@st.composite
def models(draw):
    """A config, its vocabulary, and parameters of any finite numbers."""
    vocab = Vocab(draw(CHARS))
    dtype = draw(st.sampled_from(["float32", "float64"]))
    layers, cell = draw(st.integers(1, 3)), draw(st.sampled_from(CELLS))
    config = ModelConfig(len(vocab), draw(SIZES), draw(SIZES), layers, cell, dtype)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    params = {
        name: (rng.normal(size=shape) * 10.0 ** rng.integers(-30, 30)).astype(dtype)
        for name, shape in shapes(config).items()
    }
    params["b_h"][0] = draw(st.sampled_from([0.0, -0.0, 3e38, 1e-45]))
    return config, vocab, params


@pytest.fixture
def path(tmp_path):
    """A weights file that is in order."""
    path = tmp_path / "small.safetensors"
    save(path, random_params(small_config()), small_config(), VOCAB, TRAINING)
    return path


# first values


def glorot(*shape):
    """The limit of Glorot and Bengio (2010) for a matrix of this shape."""
    return np.sqrt(6 / sum(shape))


@every_dtype
def test_first_values_have_the_shapes_and_ranges_that_keras_gives(subtests, dtype):
    for cell, blocks in [("rnn", 1), ("gru", 3), ("lstm", 4)]:
        with subtests.test(str(cell)):
            config = ModelConfig(40, 30, 50, 2, cell, dtype)
            params = initialise(config)
            assert {name: value.shape for name, value in params.items()} == shapes(config)
            assert {value.dtype for value in params.values()} == {np.dtype(dtype)}
            limits = {"embed": 0.05, "W_hy": glorot(50, 40)}
            limits |= {"W_xh": glorot(30, 50 * blocks), "W_xh_l1": glorot(50, 50 * blocks)}
            for name, limit in limits.items():
                # uniform: fills the range, with its standard deviation
                assert 0.98 * limit < np.abs(params[name]).max() <= np.float32(limit)
                assert params[name].std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
                assert abs(params[name].mean()) < limit / 10


@every_cell
def test_biases_start_at_zero_but_the_forget_gates_at_one(subtests, cell):
    for num_layers in [1, 2, 3]:
        with subtests.test(str(num_layers)):
            params = initialise(small_config("float32", cell, num_layers))
            biases = {name: value for name, value in params.items() if value.ndim == 1}
            assert len(biases) == 1 + num_layers * (2 if cell == "gru" else 1)
            for name, value in biases.items():
                expected = np.zeros_like(value)
                if cell == "lstm" and name != "b_y":
                    expected[5:10] = 1  # the second of the blocks i, f, g, o
                np.testing.assert_array_equal(value, expected, err_msg=name)


def test_first_biases_are_those_of_keras(subtests):
    import keras

    for kind in ["SimpleRNN", "GRU", "LSTM"]:
        with subtests.test(str(kind)):
            layer = getattr(keras.layers, kind)(5)
            layer.build((None, None, 4))
            config = small_config(cell={"SimpleRNN": "rnn", "GRU": "gru", "LSTM": "lstm"}[kind])
            ours = to_keras(initialise(config), config)[1:4]
            np.testing.assert_array_equal(ours[2], layer.get_weights()[2])
            assert [value.shape for value in ours] == [value.shape for value in layer.get_weights()]


@every_kind
def test_first_recurrent_rows_are_orthogonal_and_of_length_one(subtests, cell, num_layers):
    for hidden_size in [1, 2, 64]:
        with subtests.test(str(hidden_size)):
            params = initialise(ModelConfig(5, 3, hidden_size, num_layers, cell, "float64"), seed=2)
            for name in ["W_hh", "W_hh_l1"][:num_layers]:
                rows = params[name]
                np.testing.assert_allclose(rows @ rows.T, np.eye(hidden_size), atol=1e-13)


def test_two_layers_start_with_different_values():
    params = initialise(ModelConfig(5, 8, 8, 2))
    for name in ("W_xh", "W_hh"):
        assert np.abs(params[name] - params[name + "_l1"]).max() > 0.1


@every_cell
def test_orthogonal_weights_prefer_no_direction(cell):
    config = ModelConfig(2, 1, 3, 1, cell, "float64")
    drawn = np.array([initialise(config, seed)["W_hh"] for seed in range(400)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.12  # 4 standard errors of 0.58 / sqrt(400)


def test_a_seed_gives_the_same_first_values_and_another_seed_others():
    config = small_config()
    assert_params_equal(initialise(config, 7), initialise(config, 7))
    for name in ("embed", "W_xh", "W_hh", "W_hy"):
        assert np.abs(initialise(config, 7)[name] - initialise(config, 8)[name]).max() > 0.01


def test_float32_first_values_are_the_float64_ones_rounded():
    single, double = (initialise(small_config(dtype)) for dtype in ("float32", "float64"))
    assert_params_equal(single, {name: value.astype("float32") for name, value in double.items()})


# the file


@settings(max_examples=40)
@given(case=models())
def test_save_and_load_are_a_round_trip(tmp_path_factory, case):
    config, vocab, params = case
    path = tmp_path_factory.mktemp("weights") / "any name, é.safetensors"
    save(path, params, config, vocab, TRAINING)
    found, found_config, found_vocab, training = load(path)
    assert (found_config, found_vocab, training) == (config, vocab, TRAINING)
    for name, value in params.items():
        assert found[name].dtype == value.dtype
        assert found[name].tobytes() == value.tobytes()  # -0.0 and the smallest included
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_file_written_before_there_were_gates_still_loads():
    params, config, vocab, _ = load(Path(__file__).parents[1] / "weights" / "pangram.safetensors")
    assert (config.cell, config.num_layers) == ("rnn", 1)
    assert list(params) == ["embed", "W_xh", "W_hh", "b_h", "W_hy", "b_y"]
    assert config.vocab_size == len(vocab)


def test_a_path_may_be_a_string_and_training_may_be_left_out(tmp_path):
    save(str(tmp_path / "w"), random_params(small_config()), small_config(), VOCAB)
    assert load(str(tmp_path / "w"))[3] == {}


def test_saving_again_replaces_the_file(path):
    save(path, random_params(small_config(), seed=1), small_config(), VOCAB)
    assert_params_equal(load(path)[0], random_params(small_config(), seed=1))
    assert load(path)[3] == {}


def test_the_file_has_the_permissions_of_any_other_new_file(path):
    (path.parent / "other").write_text("")
    assert path.stat().st_mode == (path.parent / "other").stat().st_mode


def test_plain_safetensors_reads_the_arrays_and_the_header_tells_the_rest(path):
    assert_params_equal(
        {n: v for n, v in sorted(safetensors.numpy.load_file(path).items())},
        dict(sorted(random_params(small_config()).items())),
    )
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    metadata = header["__metadata__"]
    assert metadata["format"] == "rnnlib-1"
    assert json.loads(metadata["config"]) == small_config().to_dict()
    assert json.loads(metadata["vocab"]) == list("abcdefg")
    assert json.loads(metadata["training"]) == TRAINING


def test_nothing_in_the_library_pickles():
    """But the export for PyTorch, a file of the framework: tensors and plain values."""
    for source in Path(weights_file.__file__).parents[1].rglob("*.py"):
        if source.name == "torch_file.py" or "exercises" in source.parts:
            continue
        text = source.read_text(encoding="utf-8")
        for unsafe in ("pickle", "torch.load", "torch.save", "np.load", "np.save"):
            assert unsafe not in text, source


# a file that cannot be used


def test_a_file_cut_short_anywhere_is_refused(path):
    data = path.read_bytes()
    header = 8 + struct.unpack("<Q", data[:8])[0]
    cuts = {0, 1, 7, 8, 9, header // 2, header - 1, header, header + 1, len(data) - 1}
    for cut in sorted(cuts | set(range(0, len(data), 97))):
        path.write_bytes(data[:cut])
        with raises_sentence(WeightsError, str(path), "not a complete safetensors file"):
            load(path)


def test_a_file_with_bytes_added_is_refused(path):
    path.write_bytes(path.read_bytes() + b"\0")
    with raises_sentence(WeightsError, str(path)):
        load(path)


def test_one_changed_byte_anywhere_is_noticed(path):
    data = path.read_bytes()
    header = 8 + struct.unpack("<Q", data[:8])[0]
    for place in [*range(header), *range(header, len(data), 5)]:
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 7)
        path.write_bytes(changed)
        with raises_sentence(WeightsError, str(path)):
            load(path)


def rewrite(path, drop=(), arrays=None, resign=True, **metadata):
    """Write the file again as a stranger could, with some parts changed."""
    with weights_file.safe_open(path, framework="numpy") as file:
        found = file.metadata() | metadata
    arrays = safetensors.numpy.load_file(path) | (arrays or {})
    for name in drop:
        arrays.pop(name, None), found.pop(name, None)
    del found["sha256"]
    if resign:
        found["sha256"] = weights_file._digest(arrays, found)
    safetensors.numpy.save_file(arrays, path, found)


CONFIG = small_config().to_dict()
NO_DICTIONARY = (
    "[1]",
    "null",
    "3",
    '"\\u00e9"',
    "[" * 100_000,
    '{"a": ' * 40 + "1" + "}" * 40,
    '{"a": 1, "a": 1}',
    '{"loss": NaN}',
    '{"loss": 1e999}',
    '{"steps": ' + "9" * 400 + "}",
)


def test_parts_that_do_not_fit_together_are_refused_signed_or_not(subtests, path):
    kept = path.read_bytes()
    for change in [
        {"vocab": json.dumps(list("abcdefgh"))},
        {"vocab": json.dumps(list("abcdef"))},
        {"vocab": json.dumps([1, 2])},
        {"vocab": "not json"},
        {"config": json.dumps(CONFIG | {"hidden_size": 6})},
        {"config": json.dumps(CONFIG | {"vocab_size": 8})},
        {"config": json.dumps(CONFIG | {"cell": "lstm"})},
        {"config": json.dumps(CONFIG | {"cell": "elman"})},
        {"config": json.dumps(CONFIG | {"num_layers": 2})},
        {"config": json.dumps(CONFIG | {"width": 3})},
        {"config": json.dumps([7, 4, 5])},
        {"training": "{"},
        *({"training": text} for text in NO_DICTIONARY),
        {"vocab": json.dumps("abcdefg")},
        {"vocab": json.dumps([*"abcdef", "ab"])},
        {"vocab": json.dumps([*"abcdefg", "a"])},
        {"vocab": json.dumps([*"abcdef", "\ud800"])},
        {"vocab": "[]"},
        {"vocab": "null"},
        {"config": json.dumps(CONFIG)[:-1] + ', "cell": "rnn"}'},
        {"config": json.dumps(CONFIG | {"embed_size": 4.0})},
        {"config": json.dumps(CONFIG | {"num_layers": 10**7})},
        {"config": json.dumps(CONFIG | {"num_layers": 10**30})},
        {"config": json.dumps(CONFIG | {"cell": ["rnn"]})},
        {"config": json.dumps(CONFIG | {"dtype": True})},
        {"config": json.dumps(CONFIG | {"dtype": "float64"})},
        {"bits": "8"},
        {"bits": "4"},
        {"more": "1"},
        {"drop": ["config"]},
        {"drop": ["vocab"]},
        {"drop": ["training"]},
        {"drop": ["b_h"]},
        {"arrays": {"extra": np.zeros(3, "float32")}},
        {"arrays": {"b_h": np.zeros(5, "float64")}},
        *({"arrays": {"b_h": np.full(5, value, "float32")}} for value in (np.nan, np.inf)),
        {"arrays": {"W_xh": np.zeros((5, 4), "float32")}},
    ]:
        with subtests.test(str(change)[:80]):
            path.write_bytes(kept)
            rewrite(path, **change, resign=False)
            with raises_sentence(WeightsError, "was changed after it was written"):
                load(path)
            path.write_bytes(kept)
            rewrite(path, **change)
            with raises_sentence(WeightsError, "do not fit together"):
                load(path)


def headed(path, change):
    """The bytes of a file whose header is changed as a text; its arrays and checksum stay."""
    data = path.read_bytes()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    header = change(data[8:end].decode()).encode()
    return struct.pack("<Q", len(header)) + header + data[end:]


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "I16", "BOOL"])
def test_numbers_of_a_type_that_no_file_of_this_book_has_are_named(path, dtype):
    size = 2 if dtype[-2:] == "16" else 1
    entry = f',"x":{{"dtype":"{dtype}","shape":[1],"data_offsets":[%d,%d]}}}}'
    end = len(path.read_bytes()) - 8 - struct.unpack("<Q", path.read_bytes()[:8])[0]
    data = headed(path, lambda text: text.rstrip()[:-1] + entry % (end, end + size))
    path.write_bytes(data + bytes(size))
    with raises_sentence(WeightsError, f"holds numbers of the type {dtype}"):
        load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"format":', '"format":"rnnlib-1","format":', 1),
        lambda text: text.replace('"dtype":"F32",', '"dtype":"F32","more":1,', 1),
        lambda text: text.rstrip()[:-1] + ',"x":' + "[" * 60 + "]" * 60 + "}",
        lambda text: "[1]",
        lambda text: "[" * 100_000,
    ],
    ids=["doubled", "more", "deep", "list", "deeper"],
)
def test_a_header_that_two_programs_would_read_differently_is_refused(path, change):
    path.write_bytes(headed(path, change))
    with raises_sentence(WeightsError, "not a complete safetensors file"):
        load(path)


def test_a_stranger_who_changes_nothing_is_believed(path):
    rewrite(path)
    assert_params_equal(load(path)[0], random_params(small_config()))


def test_a_foreign_safetensors_file_is_refused(subtests, tmp_path):
    for metadata in [None, {"format": "pt"}, {"format": "rnnlib-x"}]:
        with subtests.test(str(metadata)):
            safetensors.numpy.save_file({"x": np.zeros(3)}, tmp_path / "foreign", metadata)
            with raises_sentence(WeightsError, "not one of this book"):
                load(tmp_path / "foreign")


def test_a_file_of_this_book_that_is_no_weights_file_of_today_is_named(subtests, tmp_path):
    for form, piece in [
        ("rnnlib-2", "was written by a newer version of this book (rnnlib-2). Update rnnlib."),
        ("rnnlib-checkpoint-1", "is a checkpoint file, and a weights file is needed here."),
    ]:
        with subtests.test(str(form)):
            safetensors.numpy.save_file({"x": np.zeros(3)}, tmp_path / "other", {"format": form})
            with raises_sentence(WeightsError, piece):
                load(tmp_path / "other")


def test_a_foreign_file_of_numbers_that_numpy_does_not_have_is_refused(tmp_path):
    header = b'{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    (tmp_path / "foreign").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    with raises_sentence(WeightsError, "not one of this book"):
        load(tmp_path / "foreign")


def test_what_is_no_safetensors_file_is_refused(subtests, tmp_path):
    for data in [b"", b"hello", b"{}" * 50, b"\x80\x04\x95" + bytes(40), bytes(64), b"\xff" * 64]:
        with subtests.test(str(data)):
            (tmp_path / "file").write_bytes(data)
            with raises_sentence(WeightsError, str(tmp_path / "file")):
                load(tmp_path / "file")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "missing", tmp_path, tmp_path / "no" / "folder"):
        with raises_sentence(FileNotFoundError, str(path), "Check the path."):
            load(path)


# nothing written, nothing lost


def test_what_does_not_fit_or_would_not_be_read_back_is_not_saved(subtests, path):
    """The message is one sentence; the folder holds what it held."""
    good, before = random_params(small_config()), path.read_bytes()
    notes = [{"loss": np.zeros(2)}, {"loss": float("nan")}, {"model": object()}, {1: 2, "1": 3}]
    notes.append(json.loads('{"a": ' * 40 + "1" + "}" * 40))
    cases = [
        ("b_h has the shape (4,)", good | {"b_h": np.zeros(4)}, VOCAB),
        ("W_xh has the shape (5, 4)", good | {"W_xh": np.zeros((5, 4))}, VOCAB),
        ("unknown: b_x", good | {"b_x": np.zeros(5)}, VOCAB),
        ("3 characters, the model 7", good, Vocab("abc")),
        ("holds half of a character", good, Vocab("abcdef\ud800")),
        *(("training must be", good, VOCAB, training) for training in notes),
    ]
    for name, value, bits in product(["W_hh", "b_h"], [np.nan, np.inf, -np.inf], [None, 8]):
        spoilt = good | {name: np.full_like(good[name], value)}
        piece = f"the weights {name} hold numbers that are not finite"
        cases.append((piece, spoilt, VOCAB, {}, bits))
    for piece, params, vocab, *more in cases:
        with subtests.test(piece):
            with raises_sentence(ValueError, piece):
                save(path, params, small_config(), vocab, *more)
            assert [(p, p.read_bytes()) for p in path.parent.iterdir()] == [(path, before)]


def test_a_path_that_cannot_be_written_is_refused(subtests, path):
    for name in [".", "missing/w", "small.safetensors/w", "x" * 250]:
        with subtests.test(str(name)):
            with raises_sentence(OSError, "cannot be written"):
                save(path.parent / name, random_params(small_config()), small_config(), VOCAB)
            assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("method", ["write_bytes", "replace"])
@pytest.mark.parametrize("error", [28, 13, 30, 5], ids=os.strerror)
def test_a_disk_that_fails_leaves_the_old_file_and_no_other(path, monkeypatch, method, error):
    original = getattr(Path, method)

    def fail(self, data):
        if method == "write_bytes":
            original(self, data[: len(data) // 2])  # the disk is full half-way
        raise OSError(error, os.strerror(error))

    parts = random_params(small_config(), seed=1), small_config(), VOCAB
    with monkeypatch.context() as patch:
        patch.setattr(Path, method, fail)
        with raises_sentence(OSError, str(path), os.strerror(error)):
            save(path, *parts)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert_params_equal(load(path)[0], random_params(small_config()))


def test_the_checksum_covers_every_part(path):
    params, metadata = weights_file._read(path)
    digest = weights_file._digest(params, {"a": "b"})
    assert len(digest) == len(hashlib.sha256().hexdigest())
    assert digest == weights_file._digest(dict(reversed(params.items())), {"a": "b"})
    swapped = params | {"b_h": params["b_h"].reshape(5, 1)}
    for other in (swapped, params | {"b_h": params["b_h"].astype("float64")}):
        assert weights_file._digest(other, {"a": "b"}) != digest
    assert weights_file._digest(params, {"a": "c"}) != digest
    copy = shutil.copy(path, path.with_name("copy"))
    assert load(copy)[3] == TRAINING
    assert metadata["sha256"] == weights_file._digest(
        params, {name: value for name, value in metadata.items() if name != "sha256"}
    )


def test_a_thousand_characters_are_as_good_as_ten(tmp_path):
    vocab = Vocab("".join(chr(0x4E00 + i) for i in range(1000)))
    config = ModelConfig(1000, 3, 4)
    save(tmp_path / "w.safetensors", initialise(config), config, vocab)
    params, _, found, _ = load(tmp_path / "w.safetensors")
    assert found == vocab
    assert_params_equal(params, initialise(config, seed=0))  # the seed unless another is given
