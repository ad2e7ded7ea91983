"""The example of chapter 18: it learns the words of WAV files, and says plainly what is wrong."""

import re
import struct
import subprocess
import sys

import numpy as np
import pytest

from rnnlib.data import speech
from rnnlib.models import save
from rnnlib.models.ctc import ListenerConfig, build
from rnnlib.plots.html import as_wav
from tests.notebooks import ROOT
from tests.test_speech import fingerprint  # noqa: F401  skips where there is no synthesiser

PROGRAM = ROOT / "examples" / "listen.py"


def run(*arguments):
    """What the program prints, or the one line in which it ends."""
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return found.returncode, found.stdout, found.stderr


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Sixty recordings of one or two of three words, at two rates, and their list."""
    folder = tmp_path_factory.mktemp("recordings")
    lines = []
    rng = np.random.default_rng(0)
    for i in range(60):
        words = rng.choice(["yes", "no", "maybe"], rng.integers(1, 3)).tolist()
        voice = ("f1", "m1", "adam", "ed")[i % 4]
        rate = 22_050 if i % 2 else 44_100
        samples, _ = speech.speak(" ".join(words), voice, int(rng.integers(140, 200)), 50)
        samples = samples if i % 2 else np.repeat(samples, 2)
        (folder / f"{i}.wav").write_bytes(as_wav(samples, rate))
        lines.append(f"{i}.wav,{' '.join(words)}\n")
    (folder / "list.csv").write_text("".join(lines))
    return folder


@pytest.mark.parametrize("engine", ["torch", "keras"])
def test_it_learns_the_words_of_a_list(recordings, engine):
    code, out, err = run(
        recordings / "list.csv", "--engine", engine, "--updates", 60,
        "--hear", recordings / "0.wav", "--save", recordings / "kept.safetensors",
    )  # fmt: skip
    assert code == 0, err
    assert out.startswith("3 words, 48 recordings, last loss ")
    (rate,) = re.findall(r"word error rate on 12 held-out recordings: (\d\.\d\d)", out)
    assert float(rate) < 0.5
    assert "the words: maybe no yes\n" in out
    (heard,) = re.findall(r".*0\.wav: (?:(?:yes|no|maybe) ?)+\n", out)
    other = {"torch": "keras", "keras": "torch"}[engine]
    again = run(
        "--with", recordings / "kept.safetensors", "--engine", other,
        "--hear", recordings / "0.wav",
    )  # fmt: skip
    assert again[:2] == (0, heard), again


CUT = b"RIFF\xff\xff\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 22_050, 44_100, 2, 16)
CUT += b"data" + struct.pack("<I", 20_000) + b"\x10\x20" * 5_000


def bad_lists():
    """{what is wrong: (changed files, a piece of what is said)}."""
    lines = "".join(f"{i}.wav,yes no\n" for i in range(5))
    return {
        "too few": ({"list.csv": "0.wav,yes\n"}, "names 1 recordings: give five at least"),
        "empty": ({"list.csv": ""}, "names 0 recordings"),
        "no words": ({"list.csv": lines + "0.wav,\n"}, "line 6 of"),
        "ragged": ({"list.csv": lines + "0.wav,yes,no\n"}, "not '0.wav,yes,no'"),
        "header": ({"list.csv": "file,words\n" + lines}, "If it is a header, leave it out"),
        "missing file": ({"list.csv": lines + "7.wav,yes\n"}, "line 6 of"),
        "twice": ({"list.csv": lines + "./4.wav,yes\n"}, "names the file of line 5 again"),
        "cut": ({"list.csv": lines, "1.wav": CUT}, "1.wav is cut"),
        "no wav": ({"list.csv": lines, "1.wav": b"not sound"}, "1.wav is not a WAV file"),
        "silent": ({"list.csv": lines, "2.wav": np.zeros(9000)}, "2.wav is silent"),
        "short": ({"list.csv": lines, "3.wav": np.full(300, 0.5)}, "one frame needs 512"),
        "too many words": (
            {"list.csv": lines.replace("4.wav,yes no", "4.wav," + 30 * "yes ")},
            "too short for its 30 words",
        ),
    }


@pytest.mark.parametrize("case", bad_lists())
def test_what_is_wrong_is_said_in_one_line(tmp_path, case):
    for i in range(5):
        tone = as_wav(0.5 * np.sin(np.arange(9000) / 9), 22_050)
        (tmp_path / f"{i}.wav").write_bytes(tone)
    changed, words = bad_lists()[case]
    for name, content in changed.items():
        if isinstance(content, np.ndarray):
            (tmp_path / name).write_bytes(as_wav(content, 22_050))
        elif isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            (tmp_path / name).write_text(content)
    code, out, err = run(tmp_path / "list.csv", "--updates", 1)
    assert (code, out) == (1, "")
    assert err.startswith("listen.py: ")
    assert err.count("\n") == 1
    assert words in err


def test_a_recording_to_hear_is_read_before_training(tmp_path, recordings):
    (tmp_path / "y.m4a").write_bytes(b"not sound")
    code, out, err = run(recordings / "list.csv", "--updates", 1, "--hear", tmp_path / "y.m4a")
    assert (code, out) == (1, "")
    assert "y.m4a is not a WAV file" in err


def test_a_listener_is_kept_and_taken_up_from_its_own_file_alone(tmp_path):
    save(tmp_path / "bare.safetensors", build(ListenerConfig(labels=2), "numpy"))
    (tmp_path / "list.csv").write_text("0.wav,yes\n")
    for arguments, words in {
        ("--with", tmp_path / "bare.safetensors"): "holds no listener with its words",
        ("--with", tmp_path / "list.csv"): "list.csv",
        ("--with", tmp_path / "none.safetensors"): "none.safetensors",
        ("list.csv", "--save", tmp_path / "none" / "a"): "does not exist",
        ("list.csv", "--with", "kept.safetensors"): "or --with and a file of --save",
        (): "give a list to train on",
    }.items():
        code, out, err = run(*arguments)
        assert (code, out) == (1, ""), arguments
        assert err.startswith("listen.py: ")
        assert words in err
