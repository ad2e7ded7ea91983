"""The engine of the lab in real browsers: the same numbers as PyTorch, the same text as Python."""

import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
from base64 import b64decode, b64encode

import numpy as np
import pytest
import safetensors.numpy
import torch

from rnnlib.models import ModelConfig, load, weights_file
from rnnlib.models.char_rnn.torch_model import CharRNN
from rnnlib.models.parts import initialise
from rnnlib.models.weights_file import WeightsError
from rnnlib.probing import gates, influence
from rnnlib.text.vocab import Vocab
from rnnlib.writing import Sampler, generate
from tests.helpers import assert_sentence
from tests.notebooks import ROOT
from tests.site.firefox import FIREFOX, ask_firefox
from tests.site.visits import open_page
from website.extensions.lab_engine import HERE, MODELS, SCRIPTS, as_script, find_weights

LAB = [HERE.parent / "lab" / f"{name}.js" for name in SCRIPTS]
ASK = ROOT / "tests" / "site" / "lab_engine.js"
VOCAB = Vocab("\n !'abcdefghijklmnop\x7fé—😀")
PANGRAM, KNIGHTS = (
    ROOT / "weights" / "pangram.safetensors",
    ROOT / "weights" / "knights_lstm.safetensors",
)
TRAINED = [find_weights(ROOT, name) for name in MODELS]

every_kind = pytest.mark.parametrize("num_layers", [1, 2])
every_cell = pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])


@pytest.fixture(scope="module")
def ask(browser):
    """Ask the engine in a page of its own: ask("forward", file, ids)."""
    page = open_page(browser)
    for path in [*LAB, ASK]:
        page.add_script_tag(path=path)
    yield lambda *question: json.loads(page.evaluate("ask.answer", json.dumps(question)))
    assert page.problems == []
    page.context.close()


def small_params(config, seed=1):
    """Initial weights, whose W_hh keeps lengths: nothing explodes; and biases beside zero."""
    rng = np.random.default_rng(seed)
    params = initialise(config, seed)
    params["embed"] *= 20
    for value in params.values():
        if value.ndim == 1:
            value += rng.normal(0, 0.3, value.shape).astype(value.dtype)
    return params


def small_file(folder, cell="lstm", num_layers=1, dtype="float32", **options):
    """A weights file, its weights and config; sizes all differ and are no multiples of four."""
    config = ModelConfig(len(VOCAB), 10, 23, num_layers, cell, dtype)
    params, path = small_params(config), folder / f"{cell}_{num_layers}.safetensors"
    weights_file.save(path, params, config, VOCAB, {"note": "é\n\x7f", "steps": 3}, **options)
    return path, params, config


def letters(path):
    """The bytes of a file in base64."""
    return b64encode(path.read_bytes()).decode("ascii")


def read_in_torch(params, config, ids):
    """Step through a text in PyTorch's own layers, in 64 bits: the vectors (T, E) that were read,
    logits (T, V), and the state before each step and the last.

    Each state is a list of tensors (layers, 1, H), which keep their gradients, as the vectors do.
    """
    model = CharRNN(config, device="cpu")
    model.set_params(params)
    net = model.net.double()
    xs = net.embed(torch.tensor(ids)).detach().requires_grad_()
    kinds = 2 if config.cell == "lstm" else 1
    zeros = torch.zeros(config.num_layers, 1, config.hidden_size).double()
    states, logits = [[zeros.clone().requires_grad_() for _ in range(kinds)]], []
    for x in xs:
        before = states[-1]
        hs, after = net.rnn(x[None, None], tuple(before) if kinds == 2 else before[0])
        states.append(list(after) if kinds == 2 else [after])
        logits.append(net.out(hs[0, 0]))
        for part in states[-1]:
            part.retain_grad()
    return xs, torch.stack(logits), states


def random_ids(config, count, seed=0):
    return np.random.default_rng(seed).integers(config.vocab_size, size=count)


def check_forward(found, params, config, ids):
    """Logits and states are those of PyTorch in 64 bits, after every character."""
    _, logits, states = read_in_torch(params, config, ids)
    close = {"rtol": 0, "atol": 1e-5}
    actual = [np.frombuffer(b64decode(part), "<f4").reshape(len(ids), -1) for part in found]
    np.testing.assert_allclose(actual[0], logits.detach(), **close)
    expected = [torch.cat(state, dim=-1).detach().numpy().ravel() for state in states[1:]]
    np.testing.assert_allclose(actual[1], expected, **close)


@every_kind
@every_cell
def test_logits_and_states_are_those_of_torch_over_500_characters(ask, tmp_path, cell, num_layers):
    path, params, config = small_file(tmp_path, cell, num_layers)
    ids = random_ids(config, 500)
    check_forward(ask("forward", letters(path), ids.tolist()), params, config, ids)


@pytest.mark.parametrize("path", TRAINED, ids=lambda path: path.stem)
def test_trained_models_read_real_text_as_torch_does(ask, path):
    params, config, vocab, _ = weights_file.load(path)
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    ids = vocab.encode("".join(char for char in text if char in vocab.chars)[:500])
    check_forward(ask("forward", letters(path), ids.tolist()), params, config, ids)


@every_kind
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gates_are_those_of_numpy(ask, tmp_path, cell, num_layers):
    path, _, config = small_file(tmp_path, cell, num_layers)
    ids = random_ids(config, 20)
    found = ask("gates", letters(path), ids.tolist())
    for layer in range(num_layers):
        for letter, expected in gates(load(path, "numpy")[0], ids[None], layer).items():
            actual = [step[layer][letter] for step in found]
            np.testing.assert_allclose(actual, expected[0], rtol=0, atol=1e-6, err_msg=letter)
        assert set(found[0][layer]) == set("zrg" if cell == "gru" else "ifgo")


def test_a_plain_cell_has_no_gates(ask, tmp_path):
    path, *_ = small_file(tmp_path, "rnn", 2)
    assert ask("gates", letters(path), [0]) == [[{}, {}]]


@every_cell
def test_a_step_changes_nothing_that_it_was_given(ask, tmp_path, cell):
    assert ask("repeats", letters(small_file(tmp_path, cell, 2)[0]), 3)


def norms_of_torch(params, config, ids, target):
    """By autograd: the norm of dL/d(embedding of each character), and of dL/d(state before it)."""
    xs, logits, states = read_in_torch(params, config, ids)
    torch.nn.functional.cross_entropy(logits[-1], torch.tensor(target)).backward()
    before = [torch.cat([part.grad.ravel() for part in state]) for state in states[:-1]]
    return xs.grad.norm(dim=1).numpy(), torch.stack(before).norm(dim=1).numpy()


@every_kind
@every_cell
def test_the_influence_of_every_character_is_that_of_autograd(ask, tmp_path, cell, num_layers):
    path, params, config = small_file(tmp_path, cell, num_layers)
    ids, place, target = random_ids(config, 60), 40, 5
    characters, states = norms_of_torch(params, config, ids[: place + 1], target)
    asked = ("influence", letters(path), ids.tolist(), place, target)
    close = {"rtol": 1e-4, "atol": 1e-7}
    np.testing.assert_allclose(ask(*asked), characters, **close)
    found = ask(*asked, {"of": "state"})
    np.testing.assert_allclose(found, states, **close)
    model = load(path, "numpy")[0]
    expected = influence(model, ids[None, : place + 1], np.array([target]))[::-1]
    np.testing.assert_allclose(found, expected, **close)
    short = ask(*asked, {"reach": 7})
    assert short == [0] * (place - 6) + ask(*asked)[place - 6 :]


def test_the_influence_in_a_trained_model_is_that_of_autograd(ask):
    params, config, vocab, _ = weights_file.load(TRAINED[1])
    ids = vocab.encode("ROMEO:\nBut soft, what light through yonder window breaks?\nIt is the eas")
    target = int(vocab.encode("t")[0])
    found = ask("influence", letters(TRAINED[1]), ids.tolist(), len(ids) - 1, target)
    expected, _ = norms_of_torch(params, config, ids, target)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


# the same choice


SAMPLERS = {
    "as it is": {},
    "cold": {"temperature": 0.5},
    "hot": {"temperature": 1.7},
    "coldest": {"temperature": 0},
    "three": {"temperature": 1.3, "top_k": 3},
    "nucleus": {"temperature": 1.2, "top_p": 0.8},
    "whole nucleus": {"top_p": 1},
    "least share": {"temperature": 1.5, "min_p": 0.1},
    "all": {"temperature": 2, "top_k": 5, "top_p": 0.9, "min_p": 0.2},
}
every_sampler = pytest.mark.parametrize("name", SAMPLERS)


def in_javascript(sampler):
    """{"top_k": 3} as {"topK": 3}."""
    return {re.sub("_(.)", lambda m: m[1].upper(), name): n for name, n in sampler.items()}


@every_sampler
def test_the_same_seed_writes_the_same_text_as_python(ask, name):
    sampler = SAMPLERS[name]
    for path, prompt in [(PANGRAM, "The "), (KNIGHTS, None)]:
        model, vocab = load(path, "numpy")
        prompt = prompt or vocab.chars[1]
        for seed in (0, 7):
            asked = letters(path), prompt, 100, in_javascript(sampler), seed
            expected = generate(model, vocab, prompt, 100, Sampler(**sampler), rng=seed)
            assert ask("write", *asked) == expected


def test_a_trained_model_writes_the_same_page_as_python(ask):
    model, vocab = load(TRAINED[1], "torch")
    expected = generate(model, vocab, "ROMEO:", 200, Sampler(temperature=0.8), rng=3)
    assert ask("write", letters(TRAINED[1]), "ROMEO:", 200, {"temperature": 0.8}, 3) == expected


@every_sampler
def test_the_choice_is_narrowed_as_in_python_ties_included(ask, name):
    rng = np.random.default_rng(1)
    for logits in [rng.normal(0, 3, 12), np.zeros(6), np.array([1.0, 2, 2, 2, 1, 0]), [3e4, 0, -9]]:
        logits = np.asarray(logits, np.float32)
        expected = Sampler(**SAMPLERS[name]).filter(logits)
        kept, probs = ask("filter", logits.tolist(), in_javascript(SAMPLERS[name]))
        assert kept == np.isfinite(expected).tolist()
        shares = np.exp(expected - expected.max())
        np.testing.assert_allclose(probs, shares / shares.sum(), rtol=1e-12)


def test_softmax_at_a_temperature(ask):
    assert ask("softmax", [0, 0, 0, 0], 1) == [0.25] * 4
    np.testing.assert_allclose(ask("softmax", [1, 3], 2), [1 / (1 + np.e), np.e / (1 + np.e)])
    assert ask("softmax", [1, 3, 3], 0) == [0, 1, 0]


@pytest.mark.parametrize(
    "sampler",
    [
        {"temperature": -1},
        {"temperature": "hot"},
        {"topK": 0},
        {"topK": 1.5},
        {"topP": 0},
        {"topP": 1.1},
        {"minP": -0.1},
        {"minP": 2},
    ],
    ids=str,
)
def test_an_impossible_sampler_is_refused(ask, sampler):
    (name, value), words = *sampler.items(), ask("refusedSampler", sampler)
    assert_sentence(words)
    assert words.startswith(f"{name} must be")
    assert words.endswith(f"not {value}.")


# the same numbers


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1, 2**32, 20261126, 2**64 + 5, 2**300 + 11])
def test_the_generator_draws_the_numbers_of_numpy(ask, seed):
    assert ask("numbers", str(seed), 50) == np.random.default_rng(seed).random(50).tolist()


def test_normal_numbers_are_those_of_numpy_in_the_tail_too(ask):
    expected = np.random.default_rng(5).normal(size=30_000)
    assert np.abs(expected).max() > 3.66  # beyond the layers of the ziggurat
    np.testing.assert_allclose(ask("normals", 5, len(expected)), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", [-1, 1.5, "one"])
def test_a_seed_that_is_none_is_refused(ask, seed):
    assert ask("refusedSeed", seed) == f"a seed must be a whole number from 0 up, not {seed}."


@every_kind
@every_cell
def test_first_weights_are_those_of_python(ask, cell, num_layers):
    config = ModelConfig(7, 4, 5, num_layers, cell)
    found = ask("untrained", config.to_dict(), 3)["tensors"]
    expected = initialise(config, 3)
    assert list(found) == list(expected)
    for name, (numbers, shape) in found.items():
        assert shape == list(expected[name].shape)
        np.testing.assert_allclose(numbers, expected[name].ravel(), rtol=0, atol=1e-6, err_msg=name)


# the weights file


@pytest.mark.parametrize("bits", [None, 8])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_cell
def test_a_file_is_read_as_python_reads_it(ask, tmp_path, cell, dtype, bits):
    path, *_ = small_file(tmp_path, cell, 2, dtype, bits=bits)
    params, config, vocab, training = weights_file.load(path)
    found = ask("read", letters(path))
    assert found["config"] == config.to_dict()
    assert found["chars"] == list(vocab.chars)
    assert found["training"] == training
    assert found["tensors"].keys() == params.keys()
    for name, (numbers, shape) in found["tensors"].items():
        assert shape == list(params[name].shape)
        assert numbers == params[name].astype(np.float32).ravel().tolist()


def test_a_file_that_another_program_wrote_well_is_read_as_python_reads_it(ask, tmp_path):
    path, *_ = small_file(tmp_path)
    turned = json.dumps(VOCAB.chars[::-1], ensure_ascii=False)
    sizes = {"vocab_size": len(VOCAB), "embed_size": 10, "hidden_size": 23, "cell": "lstm"}
    change = {"vocab": turned, "training": ' {"\x7f—" : 1E2}', "config": json.dumps(sizes)}
    path.write_bytes(signed(tmp_path, path, change))
    assert weights_file.load(path)[2:] == (VOCAB, {"\x7f—": 100})
    found = ask("read", letters(path))
    assert (found["chars"], found["training"]) == (list(VOCAB.chars), {"\x7f—": 100})
    assert found["config"] == weights_file.load(path)[1].to_dict()


@pytest.mark.parametrize("text", ["", "abc", "a" * 55, "b" * 56, "é" * 500])
def test_the_checksum_is_sha256(ask, text):
    assert ask("sha256", text) == hashlib.sha256(text.encode()).hexdigest()


def header_of(data):
    """Where the header of a safetensors file ends."""
    return 8 + struct.unpack("<Q", data[:8])[0]


def broken_files(folder):
    """{what is wrong with it: a file}"""
    path, params, config = small_file(folder)
    data, end = path.read_bytes(), header_of(path.read_bytes())
    changed = bytearray(data)
    changed[end + 5] ^= 1
    files = {
        f"cut at {cut}": data[:cut] for cut in (1, 7, 8, 9, end // 2, end, end + 1, len(data) - 1)
    }
    files |= {
        "empty": b"",
        "a word": b"hello",
        "a text": b"To be, or not to be, that is the question." * 9,
        "zeros": bytes(64),
        "ones": b"\xff" * 64,
        "a pickle": b"\x80\x04\x95" + bytes(40),
        "longer": data + b"\0",
        "changed": bytes(changed),
    }
    for form in (None, "pt", "rnnlib-x", "rnnlib-2", "rnnlib-checkpoint-1"):
        metadata = {"format": form} if form else None
        files[f"of the format {form}"] = safetensors.numpy.save({"x": np.zeros(3)}, metadata)
    bf16 = b'{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    of_this_book = b'{"__metadata__":{"format":"rnnlib-1"},' + bf16[1:]
    for what, header in (("foreign", bf16), ("of_this_book", of_this_book)):
        files[f"of another type, {what}"] = struct.pack("<Q", len(header)) + header + b"\0\0"
    for old, new in (
        ('"format":', '"format":"rnnlib-1","format":'),
        ('"dtype":"F32",', '"dtype":"F32","dtype":"F32",'),
        ('"dtype":"F32",', '"dtype":"F32","more":1,'),
        ('"data_offsets":[0,', '"data_offsets":[0.0,'),
        ('"shape":[', '"shape":["1",'),
        ('"shape":[', '"shape":[-1,'),
        ('"training":"', '"training":"\\ud800'),
        ('"format":"rnnlib-1"', '"format":"rnnlib-1","more":1'),
        ("{", "\ufeff{"),
        ("{", '{"x":' + "[" * 40 + "]" * 40 + ","),
    ):
        header = data[8:end].decode().replace(old, new, 1).encode()
        assert header != data[8:end], old
        files[f"with {new:.40}"] = struct.pack("<Q", len(header)) + header + data[end:]
    lists = b'[{"x":1}]'
    files["a list"] = struct.pack("<Q", len(lists)) + lists
    config = config.to_dict()
    for change in (
        {"vocab": json.dumps(VOCAB.chars[1:])},
        {"vocab": json.dumps([5, *VOCAB.chars[1:]])},
        {"vocab": json.dumps([*VOCAB.chars[1:], VOCAB.chars[1]])},
        {"vocab": "not json"},
        {"training": "{"},
        {"training": "[1]"},
        {"training": "null"},
        {"training": '{"a": 1, "a": 1}'},
        {"training": '{"a": {"b\\u0061": 1, "ba": 1}}'},
        {"training": '{"a": NaN}'},
        {"training": '{"a": -1e999}'},
        {"training": '{"a": ' + "9" * 400 + "}"},
        {"training": '{"a": ' + "[" * 32 + "]" * 32 + "}"},
        {"training": "[" * 100_000},
        {"vocab": json.dumps("".join(VOCAB.chars))},
        {"vocab": json.dumps([*VOCAB.chars, "a"])},
        {"vocab": json.dumps([*VOCAB.chars[:-2], "\ud83d", "\ude00"])},
        {"config": json.dumps(config | {"embed_size": 10.0})},
        {"config": json.dumps(config | {"dtype": True})},
        {"config": json.dumps(config | {"dtype": None})},
        {"config": json.dumps(config | {"dtype": "float64"})},
        {"config": json.dumps(config | {"cell": ["lstm"]})},
        {"config": json.dumps(config | {"cell": "toString"})},
        {"config": json.dumps(config | {"num_layers": 10**7})},
        {"config": json.dumps(config | {"num_layers": 10**30})},
        {"config": json.dumps(config)[:-1] + ', "cell": "lstm"}'},
        {"bits": "8"},
        {"bits": ""},
        {"more": "1"},
        {"b_h": params["b_h"].astype(np.float64)},
        {"b_h": np.full_like(params["b_h"], np.nan)},
        {"b_h": np.full_like(params["b_h"], -np.inf)},
        {"config": json.dumps([7, 4, 5])},
        {"config": json.dumps(config | {"hidden_size": 6})},
        {"config": json.dumps(config | {"cell": "elman"})},
        {"config": json.dumps(config | {"cell": "gru"})},
        {"config": json.dumps(config | {"num_layers": 2})},
        {"config": json.dumps(config | {"num_layers": 0})},
        {"config": json.dumps(config | {"width": 3})},
        {"config": None},
        {"b_h": None},
        {"b_h": params["b_h"][1:]},
        {"W_xh": params["W_xh"].T},
        {"W_hy.scale": np.ones(len(VOCAB), np.float32)},
        {"W_hy": params["W_hy"].astype(np.int8)},
        {"W_hy": params["W_hy"].astype(np.int8), "W_hy.scale": np.ones(3, np.float32)},
    ):
        files[f"with {change!s:.80}"] = signed(folder, path, change)
    small_file(folder, bits=8)
    for change in (
        {"W_hy.scale": None},
        {"W_hy": None},
        {"W_hy": params["W_hy"]},
        {"W_hy.scale": np.ones(3, np.float32)},
        {"W_hy.scale": np.ones(len(VOCAB), np.float64)},
        {"W_hy.scale": np.full(len(VOCAB), 3e38, np.float32)},
        {"bits": "4"},
        {"bits": None},
        {"embed.scale": np.ones((len(VOCAB), 1), np.float32)},
        {"b_h": np.ones(92, np.int8), "b_h.scale": np.ones(92, np.float32)},
    ):
        files[f"of 8 bits with {change!s:.80}"] = signed(folder, path, change)
    return files


def signed(folder, path, change):
    """The bytes of a file with some parts changed, or left out, and a checksum that fits."""
    with weights_file.safe_open(path, framework="numpy") as file:
        metadata = {key: value for key, value in file.metadata().items() if key != "sha256"}
    arrays = safetensors.numpy.load_file(path)
    for name, value in change.items():
        parts = metadata if name in metadata or isinstance(value, str) else arrays
        parts.pop(name, None)
        if value is not None:
            parts[name] = value if parts is metadata else np.ascontiguousarray(value)
    weights_file.write_arrays(folder / "changed.safetensors", arrays, metadata)
    return (folder / "changed.safetensors").read_bytes()


def test_what_python_refuses_is_refused_in_the_same_words(ask, tmp_path):
    files = broken_files(tmp_path)
    found = ask("refusals", [b64encode(data).decode() for data in files.values()], "MODEL")
    for (what, data), sentence in zip(files.items(), found, strict=True):
        (tmp_path / "MODEL").write_bytes(data)
        with pytest.raises(WeightsError) as caught:
            weights_file.load(tmp_path / "MODEL")
        expected = str(caught.value).replace(str(tmp_path / "MODEL"), "MODEL")
        assert_sentence(sentence)
        if "newer version" in expected:  # here it is the page that is old
            expected = expected.replace("Update rnnlib.", "Open a newer copy of it.")
        assert sentence == expected, what


def test_one_changed_bit_anywhere_is_noticed(ask, tmp_path):
    path, *_ = small_file(tmp_path, bits=8)
    data = path.read_bytes()
    places = [*range(header_of(data)), *range(header_of(data), len(data), 13)]
    for place, sentence in zip(places, ask("flipped", letters(path), places), strict=True):
        assert sentence, f"byte {place}"
        assert_sentence(sentence)


def test_an_unknown_character_is_named(ask, tmp_path):
    path, *_ = small_file(tmp_path)
    assert ask("encode", letters(path), "a😀\n") == VOCAB.encode("a😀\n").tolist()
    for text, shown in [("abZ", "'Z' at position 2"), ("😀\tb", "'\\t' at position 1")]:
        words = ask("encode", letters(path), text)
        assert_sentence(words)
        assert shown in words
        assert f"the {len(VOCAB)} characters this model knows" in words


# from a folder


def make_folder(folder):
    """The scripts of the engine as the site has them, and one model, "small"."""
    shutil.copytree(HERE.parent / "lab", folder / "lab")
    (folder / "lab" / "models").mkdir()
    small, *_ = small_file(folder)
    (folder / "lab" / "models" / "small.js").write_text(as_script("small", small))


def test_a_page_from_a_folder_fetches_models_as_scripts(browser, tmp_path):
    make_folder(tmp_path)
    tags = "".join(f'<script src="lab/{name}.js" defer></script>' for name in SCRIPTS)
    (tmp_path / "page.html").write_text(f"<!doctype html><title>Lab</title>{tags}")
    page = open_page(browser)
    page.goto((tmp_path / "page.html").as_uri())
    asked = 'HiddenState.fetch("{}").then(f => f.chars.join(""), error => error.message)'
    assert page.evaluate(asked.format("small")) == "".join(VOCAB.chars)
    assert page.evaluate(asked.format("small")) == "".join(VOCAB.chars)
    assert [url.rpartition("/")[2] for url in page.requests].count("small.js") == 1
    assert page.problems == []
    words = page.evaluate(asked.format("missing"))
    assert_sentence(words)
    assert "missing could not be loaded" in words
    page.context.close()


USER = """
import sys
sys.path.insert(0, {ext!r})
from lab_engine import load_engine
extensions = ["lab_engine"]
html_theme = "basic"
def read(app, docname, source):
    if docname == "lab":
        load_engine(app.env, "page.js")
        load_engine(app.env, "page.js")
def setup(app):
    app.connect("source-read", read)
"""


def test_only_pages_that_ask_for_it_load_the_engine(tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "weights").mkdir(parents=True)
    shutil.copy(small_file(tmp_path)[0], source / "weights" / "looking_gru.safetensors")
    (source / "conf.py").write_text(USER.format(ext=str(HERE)))
    (source / "index.rst").write_text("Index\n=====\n\n.. toctree::\n\n   lab\n")
    (source / "lab.rst").write_text("Lab\n===\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", source, out]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    pages = [(out / f"{name}.html").read_text(encoding="utf-8") for name in ("index", "lab")]
    tag = r'<script defer="[^>]*src="_static/lab/([\w.]+)[?"]'
    loaded = [re.findall(tag, page) for page in pages]
    assert loaded == [[], [*(f"{name}.js" for name in SCRIPTS), "page.js"]]
    assert [path.name for path in (out / "_static" / "lab" / "models").iterdir()] == ["gru.js"]


@pytest.mark.skipif(not FIREFOX, reason="there is no Firefox")
def test_firefox_gives_the_same_from_a_folder(tmp_path):
    make_folder(tmp_path)
    shutil.copy(ASK, tmp_path)
    kinds = [(cell, num_layers) for cell in ("rnn", "gru", "lstm") for num_layers in (1, 2)]
    small = [small_file(tmp_path, *kind) for kind in kinds]
    ids, model, start = random_ids(small[0][2], 500), load(KNIGHTS, "numpy"), "K"
    questions = [["forward", letters(path), ids.tolist()] for path, *_ in small]
    questions += [["influence", letters(path), ids.tolist(), 40, 5] for path, *_ in small]
    questions += [["write", letters(KNIGHTS), start, 100, {"topP": 0.9}, 7], ["numbers", "42", 50]]
    questions += [["fetch", "small"], ["fetch", "missing"]]
    names = [*(f"lab/{name}.js" for name in SCRIPTS), ASK.name]
    answers = ask_firefox(tmp_path, names, "ask.plain", questions)
    for number, (_, params, config) in enumerate(small):
        check_forward(answers[number], params, config, ids)
        expected, _ = norms_of_torch(params, config, ids[:41], 5)
        np.testing.assert_allclose(answers[number + 6], expected, rtol=1e-4, atol=1e-7)
    written, numbers, chars, refused = answers[12:]
    assert written == generate(*model, start, 100, Sampler(top_p=0.9), rng=7)
    assert numbers == np.random.default_rng(42).random(50).tolist()
    assert chars == list(VOCAB.chars)
    assert "missing could not be loaded" in refused
