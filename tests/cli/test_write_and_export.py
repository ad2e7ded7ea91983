"""What write can do beside drawing, the list of models, and files that others read alone."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from rnnlib.cli import info, model_file, models
from rnnlib.cli.quiet import hushed
from rnnlib.cli.write import stop_before
from rnnlib.models import weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.exports import onnx_file, to_bytes
from rnnlib.text.vocab import Vocab
from rnnlib.training import checkpoint
from rnnlib.training.checkpoint import BEST
from rnnlib.writing.sampling import generate
from tests.cli.session import NUMPY, SMALL
from tests.helpers import KINDS, random_params

ALPHABET = Vocab("abcdefg")


# write


def written(session, *more):
    """What write prints, from the small run, after "the "."""
    return session("write", session.folder / "run", "--prompt", "the ", "--length", 80, *more)[0]


def test_several_samples_are_those_of_the_next_seeds(trained):
    found = checkpoint.load(trained.folder / "run" / BEST, "numpy")
    rngs = [np.random.default_rng(seed) for seed in (5, 6)]
    texts = [generate(found.model, found.vocab, "the ", 80, rng=rng) for rng in rngs]
    out = written(trained, "--samples", 2, "--seed", 5)
    assert out == f"--- seed 5\nthe {texts[0]}\n\n--- seed 6\nthe {texts[1]}\n"
    argv = ["write", trained.folder / "run", "--prompt", "the ", "--length", 80, "--seed", 5]
    records = trained.json(*argv, "--samples", 2)
    assert [record["text"] for record in records] == texts
    assert [record["seed"] for record in records] == [5, 6]


def test_a_prompt_comes_from_a_file_or_from_standard_input(trained, monkeypatch):
    path = trained.folder / "prompt.txt"
    path.write_bytes("\ufeffthe cat\r\n".encode())
    argv = ["write", trained.folder / "run", "--length", 5]
    expected = trained(*argv, "--prompt", "the cat\n")[0]
    assert trained(*argv, "--prompt-file", path)[0] == expected
    monkeypatch.setattr("sys.stdin", io.StringIO("the cat\n"))
    assert trained(*argv, "--prompt-file", "-")[0] == expected
    assert "does not exist" in trained.fails(*argv, "--prompt-file", path.parent / "none")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "the prompt is empty" in trained.fails(*argv, "--prompt-file", "-")


def test_unknown_characters_are_skipped_where_that_is_asked_for(trained):
    argv = ["write", trained.folder / "run", "--length", 5]
    assert "or add --skip-unknown" in trained.fails(*argv, "--prompt", "the #cat")
    expected = trained(*argv, "--prompt", "the cat")[0]
    assert trained(*argv, "--prompt", "#the# cat#", "--skip-unknown")[0] == expected
    words = trained.fails(*argv, "--prompt", "#", "--skip-unknown")
    assert "no character that this model knows" in words
    assert "add --skip-unknown" not in words


@pytest.mark.parametrize("end", ["t", " c", "aa", "aab", "dog\n", "the end"])
def test_a_text_stops_before_what_it_is_to_stop_at(end):
    for text in ("the cat aaab aab dog\n dog", "aaaab", "dodog\n", ""):
        for size in (1, 2, 5):
            pieces = [text[i : i + size] for i in range(0, len(text), size)]
            assert "".join(stop_before(pieces, end)) == text.partition(end)[0]


def test_stopping_holds_back_no_more_than_could_still_be_the_end():
    drawn = []
    stream = stop_before((drawn.append(char) or char for char in "xabcab"), "abd")
    assert [(piece, len(drawn)) for piece in stream] == [("x", 1), ("abc", 4), ("ab", 6)]


def test_stop_ends_the_text_and_length_still_limits_it(trained):
    whole = written(trained)
    end = whole[20:22]
    assert written(trained, "--stop", end) == "the " + whole[4:].partition(end)[0] + "\n"
    assert written(trained, "--stop", "never this") == whole


def test_write_computes_with_numpy_unless_told_and_loads_no_framework(trained, monkeypatch):
    seen, original = [], model_file.build
    monkeypatch.setattr(
        model_file, "build", lambda c, e, **k: seen.append(e) or original(c, e, **k)
    )
    written(trained)
    written(trained, "--engine", "torch")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    words = trained.fails("write", trained.folder / "run", "--device", "gpu")
    assert "finds no GPU" in words
    assert seen == ["numpy", "torch", "torch"]


# checkup


def test_checkup_examines_a_run_on_its_own_writing_or_on_a_text(trained):
    run = trained.folder / "run"
    out, err = trained("checkup", run)
    assert err == ""
    assert out.startswith(f"Checkup of {run} (lstm, numpy): 0 findings, 12 passed, 1 not examined")
    (record,) = trained.json("checkup", run, trained.text)
    assert record["findings"] == []
    assert [note["name"] for note in record["not_examined"]] == ["padding"]
    short = trained.folder / "short.txt"
    short.write_text("the cat")
    assert "has 7 characters, and a checkup reads 145" in trained.fails("checkup", run, short)
    assert "'Q'" in trained.fails("checkup", run, _written(trained, "Q" * 200))


def _written(session, text):
    path = session.folder / "other.txt"
    path.write_text(text)
    return path


# models, info, completion


def test_models_lists_what_comes_with_the_book_and_write_takes_the_names(session, monkeypatch):
    out, _ = session("models")
    (record,) = session.json("models")
    names = {path.stem for path in (Path(__file__).parents[2] / "weights").glob("*.safetensors")}
    assert names | {"pangram"} == {found["name"] for found in record}
    for found in record:
        assert found["name"] in out
        (told,) = session.json("info", found["name"])
        assert told["config"] == found["config"]
    assert len(session("write", "pangram", "--length", 9)[0]) == 10
    monkeypatch.setattr(models, "book_models", dict)
    assert "this is the library alone" in session.fails("models")


def test_a_file_goes_before_a_model_of_the_same_name(trained, monkeypatch):
    monkeypatch.chdir(trained.folder)
    trained("export", "run", "pangram.safetensors")
    Path("pangram.safetensors").rename("pangram")
    assert json.loads(trained("info", "pangram", "--json")[0])["config"]["hidden_size"] == 8


def test_info_draws_the_losses_of_a_checkpoint(trained):
    out, _ = trained("info", trained.folder / "run")
    history = checkpoint.load(trained.folder / "run" / BEST, "numpy").history
    (line,) = [x for x in out.splitlines() if x.startswith("training  ")]
    assert info.draw_curve(history.losses) in line
    assert line.endswith(f"{history.losses[0]:.2f} to {history.losses[-1]:.2f}")
    (found,) = trained.json("info", trained.folder / "run")
    assert found["losses"] == {"training": history.losses, "held out": history.validation_losses}


def test_a_curve_is_as_high_as_its_losses():
    assert info.draw_curve([8, 7, 6, 5, 4, 3, 2, 1]) == "█▇▆▅▄▃▂▁"
    assert info.draw_curve([2, 4, 0, 0, 1, 1], width=3) == "█▁▃"
    assert info.draw_curve([3.0]) == info.draw_curve([5.0]) == "▁"
    assert len(info.draw_curve(np.arange(1000))) == 60


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_option(session, shell):
    pytest.importorskip("shtab")
    out, _ = session("completion", shell)
    for part in ("train", "models", "learning-rate", "skip-unknown", "torch"):
        assert part in out


WHERE_FILES_STAND = [
    "train", "train --from", "train --folder", "shard", "shard one", "write",
    "write x --prompt-file", "score x", "checkup x", "export x", "info",
]  # fmt: skip
COMPLETE = """
source ./script
COMP_WORDS=(rnnlib $@)
COMP_CWORD=$#
_shtab_rnnlib rnnlib "${!#}"
echo "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(not shutil.which("bash"), reason="asks bash itself")
@pytest.mark.parametrize("words", WHERE_FILES_STAND)
def test_bash_completes_the_names_of_files(session, words):
    pytest.importorskip("shtab")
    (session.folder / "script").write_text(session("completion", "bash")[0], encoding="utf-8")
    (session.folder / "wanted.txt").touch()
    argv = ["bash", "-c", COMPLETE, "bash", *words.split(), "wan"]
    found = subprocess.run(argv, cwd=session.folder, capture_output=True, text=True)
    assert found.stdout == "wanted.txt\n", found.stderr


def test_completion_without_its_package_says_what_to_install(session, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert "pip install shtab" in session.fails("completion", "bash")


# export

READERS = {  # programs that know nothing of this book: from a file to logits (2, 5, V)
    ".safetensors": """
from safetensors.numpy import load_file
p = load_file(path)
embed, sums = p["embed"], []
h = np.zeros((2, p["W_hh"].shape[0]), np.float32)
c, sigmoid = h, lambda a: 1 / (1 + np.exp(-a))
for t in range(5):
    a = embed[ids[:, t]] @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]
    i, f, g, o = np.split(a, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    sums.append(h @ p["W_hy"] + p["b_y"])
logits = np.stack(sums, 1)
""",
    ".pt": """
import torch
from torch import nn
file = torch.load(path)
config, weights = file["config"], file["state_dict"]
kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[config["cell"]]
E, H = config["embed_size"], config["hidden_size"]
net = nn.ModuleDict({
    "embed": nn.Embedding(config["vocab_size"], E),
    "rnn": kind(E, H, config["num_layers"], batch_first=True),
    "out": nn.Linear(H, config["vocab_size"]),
})
net.load_state_dict(weights)
logits = net["out"](net["rnn"](net["embed"](torch.tensor(ids)))[0]).detach().numpy()
vocab = file["vocab"]
""",
    ".keras": """
import json, zipfile, keras
net = keras.models.load_model(path)
states = [np.zeros((2, i.shape[1]), np.float32) for i in net.inputs[1:]]
logits = np.array(net([ids, *states])[0])
vocab = json.loads(zipfile.ZipFile(path).read("vocabulary.json"))
""",
    ".onnx": """
import json, onnxruntime
net = onnxruntime.InferenceSession(path)
states = {i.name: np.zeros((i.shape[0], 2, i.shape[2]), np.float32) for i in net.get_inputs()[1:]}
logits = net.run(["logits"], {"ids": ids, **states})[0]
vocab = json.loads(net.get_modelmeta().custom_metadata_map["vocab"])
""",
}
HEAD = """
import sys
sys.modules["rnnlib"] = None  # an import of it fails
import numpy as np
path, ids, vocab = sys.argv[1], np.array([[0, 3, 1, 1, 2], [4, 0, 0, 5, 6]]), None
"""
TAIL = """
np.savez(sys.argv[2], logits=logits, vocab=[] if vocab is None else vocab)
"""


def read_alone(path):
    """The logits and the vocabulary that a program without this book finds in a file."""
    out = path.with_suffix(".npz")
    quiet = {"CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1"}
    argv = [sys.executable, "-c", HEAD + READERS[path.suffix] + TAIL, str(path), str(out)]
    found = subprocess.run(argv, env=os.environ | quiet, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    arrays = np.load(out)
    return arrays["logits"], arrays["vocab"].tolist()


IDS = np.array([[0, 3, 1, 1, 2], [4, 0, 0, 5, 6]])


def export(session, ending):
    """A small run, and its file with this ending."""
    session.text.write_text("abcdefg\n" * 80, encoding="utf-8")
    session.train(*NUMPY, *SMALL)
    path = session.folder / f"model{ending}"
    session("export", session.folder / "run", path)
    return checkpoint.load(session.folder / "run" / BEST, "numpy"), path


without_this_book = pytest.mark.parametrize(
    "ending", [pytest.param(e, marks=pytest.mark.slow if e == ".keras" else ()) for e in READERS]
)


@without_this_book
def test_an_exported_file_gives_the_same_logits_without_this_book(session, ending):
    if ending == ".onnx":
        pytest.importorskip("onnxruntime")
    run, path = export(session, ending)
    logits, vocab = read_alone(path)
    expected, _ = run.model.forward(IDS, run.model.init_state(2))
    np.testing.assert_allclose(logits, expected, rtol=0, atol=2e-5)
    assert vocab in ([], list(run.vocab.chars))


def test_eight_bits_are_a_quarter_of_the_bytes_and_write_nearly_the_same(session):
    first, small = session.folder / "first.safetensors", session.folder / "small.safetensors"
    params = random_params(config := ModelConfig(7, 60, 90, 1, "gru"))
    weights_file.save(first, params, config, ALPHABET)
    session("export", first, small, "--bits", 8)
    assert small.stat().st_size < 0.3 * first.stat().st_size
    found, *_ = weights_file.load(small)
    for name, value in params.items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=0.01)
    assert "gru" in session("info", small)[0]
    words = session.fails("export", first, session.folder / "small.onnx", "--bits", 8)
    assert "only a safetensors file holds weights of 8 bits" in words


def test_a_keras_file_gives_the_same_logits_and_names_nothing_of_this_book(session):
    run, path = export(session, ".keras")
    assert b"rnnlib" not in zipfile.ZipFile(path).read("config.json")
    found = {"np": np, "path": path, "ids": IDS}
    exec(READERS[".keras"], found)
    expected, _ = run.model.forward(IDS, run.model.init_state(2))
    np.testing.assert_allclose(found["logits"], expected, rtol=0, atol=2e-5)
    assert found["vocab"] == list(run.vocab.chars)


PAGE = Path(__file__).parents[2] / "chapters" / "command_line.md"


def run_program(session, ending, cell="gru", num_layers=1, bits=None):
    """The process of the page's program for a file with this ending, without this book."""
    vocab = Vocab("\n :EMORabcdefgh")
    params = random_params(config := ModelConfig(len(vocab), 6, 9, num_layers, cell))
    weights_file.save(session.folder / "first.safetensors", params, config, vocab, bits=bits)
    if ending != ".safetensors":
        session("export", session.folder / "first.safetensors", session.folder / f"first{ending}")
    programs = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (program,) = [code for code in programs if f"first{ending}" in code]
    alone = "import sys\nsys.modules['rnnlib'] = None\n" + program
    quiet = {"CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", alone],
        env=os.environ | quiet,
        cwd=session.folder,
        capture_output=True,
        encoding="utf-8",
    )


def assert_as_write_does(session, found):
    assert found.returncode == 0, found.stderr
    argv = ["--prompt", "ROMEO:", "--length", 20, "--temperature", 0]
    assert found.stdout == session("write", session.folder / "first.safetensors", *argv)[0]


@without_this_book
def test_the_program_of_the_page_writes_as_write_does_without_this_book(session, ending):
    if ending == ".onnx":
        pytest.importorskip("onnxruntime")
    assert_as_write_does(session, run_program(session, ending))


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_the_program_of_the_page_reads_several_layers(session, ending):
    assert_as_write_does(session, run_program(session, ending, num_layers=3))


@pytest.mark.parametrize("kind", [("rnn",), ("lstm",), ("lstm", 2), ("gru", 1, 8), ("gru", 2, 8)])
def test_the_program_of_the_page_refuses_what_it_does_not_know(session, kind):
    found = run_program(session, ".safetensors", *kind)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == "The file holds no GRU, or one of 8 bits: change the equations.\n"


@pytest.mark.slow
def test_keras_starts_without_a_word_of_native_code(session):
    path = session.folder / "m.keras"
    argv = [sys.executable, "-m", "rnnlib", "export", "pangram", str(path)]
    found = subprocess.run(argv, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")
    assert path.exists()


def test_what_native_code_said_is_told_only_where_keras_fails(capfd):
    with hushed("keras"):
        os.write(2, b"all is well\n")
    assert capfd.readouterr().err == ""

    def fail():
        os.write(2, b"what went wrong\n")
        raise RuntimeError

    with pytest.raises(RuntimeError), hushed("keras"):
        fail()
    assert capfd.readouterr().err == "what went wrong\n"


@pytest.mark.parametrize(("cell", "num_layers"), [*KINDS, ("lstm", 3)])
def test_every_cell_and_depth_is_the_same_in_onnx(cell, num_layers):
    onnxruntime = pytest.importorskip("onnxruntime")
    config = ModelConfig(7, 4, 5, num_layers, cell)
    params, model = random_params(config), build(config, "numpy")
    model.set_params(params)
    session = onnxruntime.InferenceSession(to_bytes("onnx", params, config, ALPHABET))
    ids = np.array([[0, 3, 1, 1, 2], [4, 0, 0, 5, 6], [6, 6, 1, 0, 0]])
    state = np.random.default_rng(1).normal(0, 0.5, model.init_state(3).shape).astype("float32")
    parts = dict(zip("hc", np.split(state, state.shape[-1] // 5, axis=-1), strict=False))
    logits, *after = session.run(None, {"ids": ids, **parts})
    expected, last = model.forward(ids, state)
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(np.concatenate(after, axis=-1), last, rtol=0, atol=1e-5)


def test_numbers_of_protocol_buffers_are_those_of_its_documentation():
    assert onnx_file._varint(1) == b"\x01"
    assert onnx_file._varint(150) == b"\x96\x01"
    assert onnx_file._field(1, 150) == b"\x08\x96\x01"
    assert onnx_file._field(2, "testing") == b"\x12\x07testing"


@pytest.mark.parametrize(
    ("name", "to", "piece"),
    [
        ("m.keras", "torch", "m.keras does not end in .pt or .pth, as a torch file does"),
        ("m.safetensors", "onnx", "does not end in .onnx"),
        ("m.bin", None, "names no format. Give it one of .safetensors, .keras, .pt, .pth, .onnx"),
        ("m", "keras", "does not end in .keras"),
    ],
)
def test_an_ending_that_lies_is_refused(trained, name, to, piece):
    out = trained.folder / name
    argv = ["export", trained.folder / "run", out, *(["--to", to] if to else [])]
    assert piece in trained.fails(*argv)
    assert not out.exists()


def test_an_ending_in_capitals_names_the_same_format(trained):
    (found,) = trained.json("export", trained.folder / "run", trained.folder / "M.SAFETENSORS")
    assert found["format"] == "safetensors"


@pytest.mark.parametrize("ending", [".safetensors", ".pt", ".onnx"])
def test_a_full_disk_in_mid_export_is_a_sentence_and_leaves_nothing(trained, monkeypatch, ending):
    def write(self, data):
        with open(self, "wb") as file:
            file.write(data[:100])
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_bytes", write)
    out = trained.folder / f"m{ending}"
    words = trained.fails("export", trained.folder / "run", out)
    assert f"{out} cannot be written (No space left on device)" in words
    assert [path.name for path in trained.folder.iterdir() if path.name.startswith("m")] == []


def test_a_framework_that_is_missing_is_named(trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "rnnlib.models.char_rnn.keras_model", None)
    words = trained.fails("export", trained.folder / "run", trained.folder / "m.keras")
    assert "the engine keras cannot be loaded" in words
