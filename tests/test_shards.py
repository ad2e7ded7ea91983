"""Shards: the ids of the whole text, wherever a file, a character or a line end is cut."""

import json
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.data.texts import read_text
from rnnlib.files import sha256
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text import Vocab, shards
from rnnlib.text.shards import CONTENTS, Shards, write_shards
from rnnlib.text.windows import Streams
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream
from tests.helpers import assert_sentence, raises_sentence

pytestmark = pytest.mark.filterwarnings("ignore:.* is the same text as")
TEXTS = ["Ωμέγα und so\r\nweiter.\r", "\ufeff\nzwei 😀\r\r\nEnde\r\n" * 3]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "PIECE", 3)  # bytes: within characters and line ends
    paths = [tmp_path / f"{n}.txt" for n in range(len(TEXTS))]
    for path, text in zip(paths, TEXTS, strict=True):
        path.write_bytes(text.encode())
    return paths


@pytest.fixture
def found(files, tmp_path):
    return write_shards(files, tmp_path / "shards", size=7)


def test_they_hold_the_ids_of_the_texts_one_after_the_other(files, found):
    texts = [read_text(path) for path in files]
    assert found.vocab == Vocab("".join(texts))
    ids = found.vocab.encode("".join(texts), found.dtype)
    np.testing.assert_array_equal(found[:], ids)
    assert len(found) == len(ids)
    assert found.documents == [0, len(texts[0])]
    assert found.dtype == np.uint8
    assert len(list(found.folder.glob("*.npy"))) == -(-len(ids) // 7)


@settings(max_examples=50)
@given(st.text(st.sampled_from("a\r\n\ufeffé😀"), max_size=30), st.integers(1, 5))
def test_pieces_of_any_size_are_the_whole(tmp_path_factory, text, piece):
    path = tmp_path_factory.mktemp("pieces") / "text"
    path.write_bytes(("x" + text).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "PIECE", piece)
        assert "".join(shards.read_pieces(path)) == read_text(path)


def test_a_part_is_a_copy_of_what_lies_there(found):
    whole = found[:]
    for start in range(len(whole) + 2):
        for stop in range(start - 2, len(whole) + 2):
            np.testing.assert_array_equal(
                found[start:stop],
                whole[max(start, 0) : max(stop, 0)] if stop >= 0 else whole[start:stop],
            )
    found[2:9][:] = 0
    np.testing.assert_array_equal(found[:], whole)
    with raises_sentence(ValueError, "in steps of 1"):
        found[::2]


def test_other_texts_have_another_fingerprint(files, found, tmp_path):
    again = write_shards(files, tmp_path / "again", size=7)
    assert again.fingerprint == found.fingerprint
    other = write_shards(files[:1], tmp_path / "other", size=7)
    assert other.fingerprint != found.fingerprint


def test_a_part_that_begins_or_ends_elsewhere_has_another_fingerprint(found):
    """So that a run is not taken up on a longer part of the same text."""
    ends = (0, 9), (0, 10), (1, 10)
    assert len({found.part(*each).fingerprint for each in ends}) == 3
    assert found.part(0, 9).fingerprint == found.part(0, 9).fingerprint


def test_what_is_wrong_is_said(files, found, tmp_path):
    with raises_sentence(ValueError, "holds something already"):
        write_shards(files, found.folder)
    (tmp_path / "empty").write_bytes(b"")
    with raises_sentence(ValueError, "is empty. Leave it out."):
        write_shards([*files, tmp_path / "empty"], tmp_path / "x")
    (tmp_path / "latin").write_bytes("abcdefgé".encode("latin-1") + b" and more")
    with raises_sentence(ValueError, "is not UTF-8: near byte"):
        write_shards([tmp_path / "latin"], tmp_path / "x")
    (tmp_path / "cut").write_bytes("abcé".encode()[:-1])
    with raises_sentence(ValueError, "ends within a character"):
        write_shards([tmp_path / "cut"], tmp_path / "x")
    with raises_sentence(FileNotFoundError, "holds no shards.json"):
        Shards(tmp_path)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("before", [0, 3, 8191, 8192, 50_001])
def test_a_bad_byte_is_named_by_its_place_in_the_file(tmp_path, monkeypatch, before):
    monkeypatch.setattr(shards, "PIECE", 100)  # so that it is not in the first
    (tmp_path / "bad").write_bytes(b"a" * before + b"\xff" + b"b" * 9000)
    with raises_sentence(ValueError, f"near byte {before:,} there is b'\\xff'"):
        write_shards([tmp_path / "bad"], tmp_path / "x")


def test_shards_that_are_missing_or_changed_are_refused(found):
    first, second, *_ = sorted(found.folder.glob("*.npy"))
    data = bytearray(first.read_bytes())
    data[-1] ^= 1
    first.write_bytes(data)
    with raises_sentence(ValueError, "has changed since it was written"):
        Shards(found.folder)[3:4]
    second.write_bytes(second.read_bytes()[:-1])
    with raises_sentence(ValueError, "7 ids are due"):
        Shards(found.folder)
    second.unlink()
    with raises_sentence(FileNotFoundError, "is missing"):
        Shards(found.folder)
    contents = json.loads((found.folder / CONTENTS).read_text())
    del contents["dtype"]
    (found.folder / CONTENTS).write_text(json.dumps(contents))
    with raises_sentence(ValueError, "is damaged"):
        Shards(found.folder)


def test_the_files_are_those_of_numpy(found):
    for path in found.folder.glob("*.npy"):
        np.testing.assert_array_equal(np.load(path), found[:][7 * int(path.stem[4:]) :][:7])


def test_one_changed_bit_anywhere_is_noticed(tmp_path):
    (tmp_path / "text").write_text("abca", encoding="utf-8")
    folder = write_shards([tmp_path / "text"], tmp_path / "cut").folder
    for path, end in ((folder / CONTENTS, None), (folder / "ids-00000.npy", shards.HEADER)):
        data = path.read_bytes()
        for place in range(2 * len(data[:end])):  # in each byte one bit, and that of the case
            changed = bytearray(data)
            changed[place // 2] ^= 1 << (5 if place % 2 else place % 7)
            path.write_bytes(changed)
            with pytest.raises((ValueError, FileNotFoundError)) as caught:
                Shards(folder)[:]
            assert_sentence(str(caught.value))
        path.write_bytes(data)
    assert Shards(folder)[:].tolist() == [0, 1, 2, 0]


def signed(contents):
    """shards.json with a checksum that fits, as a stranger could write it."""
    contents = {name: value for name, value in contents.items() if name != "sha256"}
    digest = sha256(json.dumps(contents, indent=1).encode())
    return json.dumps(contents | {"sha256": digest}, indent=1)


def with_part(**change):
    return lambda found: {"shards": [found["shards"][0] | change, *found["shards"][1:]]}


@pytest.mark.parametrize(
    "change",
    [
        lambda found: {"chars": found["chars"][::-1]},
        lambda found: {"chars": list(found["chars"])},
        lambda found: {"chars": found["chars"] + "z" * 300},
        lambda found: {"dtype": "object"},
        lambda found: {"documents": [0, 1e400]},
        lambda found: {"documents": [0, 10**30]},
        lambda found: {"documents": [0, True]},
        lambda found: {"documents": [1]},
        lambda found: {"documents": [0, 9, 5]},
        lambda found: {"documents": {}},
        lambda found: {"documents": None},
        lambda found: {"documents": []},
        lambda found: {"shards": found["shards"][::-1]},
        lambda found: {"shards": []},
        lambda found: {"shards": 3},
        lambda found: {"more": 1},
        with_part(name="../cut/ids-00000.npy"),
        with_part(name=3),
        with_part(name=["ids-00000.npy"]),
        with_part(length="7"),
        with_part(length=7.0),
        with_part(length=-7),
        with_part(more=1),
    ],
)
def test_contents_of_the_wrong_kind_are_refused_though_their_checksum_is_right(found, change):
    path = found.folder / CONTENTS
    contents = json.loads(path.read_text())
    path.write_text(signed(contents))
    assert Shards(found.folder).fingerprint == found.fingerprint
    path.write_text(signed(contents | change(contents)))
    with raises_sentence(ValueError, "is damaged, or of an older version"):
        Shards(found.folder)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 500 + "]" * 500,
        "null",
        "",
        '{"chars": "ab", "chars": "ac"}',
        '{"chars": "ab", "dtype": "uint8", "documents": [0], "shards": []}',
    ],
    ids=["deep", "less deep", "null", "empty", "doubled", "old"],
)
def test_contents_that_are_none_are_refused(found, text):
    (found.folder / CONTENTS).write_text(text)
    with raises_sentence(ValueError, "is damaged, or of an older version"):
        Shards(found.folder)


def test_another_alphabet_and_other_borders_have_another_fingerprint(tmp_path):
    prints = []
    for number, texts in enumerate((["abca"], ["abda"], ["ab", "ca"])):
        paths = [tmp_path / f"{number} {n}" for n in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        cut = write_shards(paths, tmp_path / f"cut {number}")
        np.testing.assert_array_equal(cut[:], [0, 1, 2, 0])
        prints.append(cut.fingerprint)
    assert len({*prints}) == 3


def zeros(path):
    data = path.read_bytes()
    path.write_bytes(data[: shards.HEADER] + bytes(len(data) - shards.HEADER))


def shorter(path):
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("change", [zeros, shorter])
def test_a_shard_that_changes_while_it_is_read_is_refused_from_then_on(found, change):
    before = found[:]
    path = found.folder / "ids-00001.npy"
    data = path.read_bytes()
    path.write_bytes(data)  # another time, and the same numbers
    np.testing.assert_array_equal(found[:], before)
    change(path)
    np.testing.assert_array_equal(found[:7], before[:7])
    with raises_sentence(ValueError, f"{path} has changed since it was written"):
        found[5:9]


def test_a_shard_that_is_gone_or_a_folder_is_said(found):
    for name, act in (
        ("ids-00001.npy", lambda: found[5:9]),
        (CONTENTS, lambda: Shards(found.folder)),
    ):
        path = found.folder / name
        path.unlink()
        if name == CONTENTS:
            path.mkdir()
        with raises_sentence(OSError, f"{path} cannot be read"):
            act()


def test_a_training_stops_when_a_shard_changes(files, tmp_path):
    cut = write_shards([*files, *files], tmp_path / "many", size=7)
    run = Run(build(ModelConfig(len(cut.vocab), 3, 5), "numpy"), Recipe(2, 4, 12, 0.1), cut.vocab)
    cut[:]  # each shard has been compared once
    fit_stream(run, cut.part(0, len(cut)), stop_at=5)
    for path in cut.folder.glob("*.npy"):
        zeros(path)
    with raises_sentence(ValueError, "has changed since it was written"):
        fit_stream(run, cut.part(0, len(cut)))


@pytest.mark.parametrize("change", ["x" * 100, "abc", "cba" * 50, "abd" * 50, ""], ids=len)
@pytest.mark.parametrize("number", [0, 1])
def test_a_text_that_changes_while_it_is_cut_is_refused(tmp_path, monkeypatch, number, change):
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        path.write_text("abc" * 50 + "d")

    def count_and_change(path, *args):
        found = count(path, *args)
        if path == paths[1]:
            paths[number].write_text(change + "d")
        return found

    count = shards._count
    monkeypatch.setattr(shards, "_count", count_and_change)
    with raises_sentence(ValueError, f"{paths[number]} changed while it was cut"):
        write_shards(paths, tmp_path / "new" / "cut", size=7)
    assert not (tmp_path / "new").exists()


def test_a_text_that_is_given_twice_is_told(files, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_shards(files, tmp_path / "once")
    (tmp_path / "copy").write_bytes(files[0].read_bytes())
    with pytest.warns(UserWarning, match="is the same text as") as caught:
        write_shards([*files, tmp_path / "copy", files[1]], tmp_path / "twice")
    (sentence,) = (str(warning.message) for warning in caught)
    assert_sentence(sentence)
    start = f"{tmp_path / 'copy'} is the same text as {files[0]}, one of 2 that are given again"
    assert sentence.startswith(start)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_cut_that_fails_leaves_nothing(files, tmp_path, monkeypatch, error):
    write, names = shards.write_atomically, []

    def fail(path, data):
        names.append(path)
        if len(names) == 3:
            raise error
        write(path, data)

    monkeypatch.setattr(shards, "write_atomically", fail)
    for folder in (tmp_path / "new" / "cut", tmp_path / "there"):
        (tmp_path / "there").mkdir(exist_ok=True)
        names.clear()
        with pytest.raises((OSError, KeyboardInterrupt)) as caught:
            write_shards(files, folder, size=7)
        if isinstance(error, OSError):
            assert_sentence(str(caught.value))
            assert f"{folder / 'ids-00002.npy'} cannot be written (No space" in str(caught.value)
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "there").iterdir()) == []


FULL = """
import resource, sys
from rnnlib.text.shards import write_shards
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
write_shards(sys.argv[1:2], sys.argv[2])
"""


def test_a_file_system_that_takes_no_more_is_an_error_and_kills_nothing(tmp_path):
    (tmp_path / "text").write_text("abc" * 100_000)
    argv = [sys.executable, "-c", FULL, tmp_path / "text", tmp_path / "cut"]
    found = subprocess.run(argv, capture_output=True, text=True)
    assert found.returncode == 1
    assert f"OSError: {tmp_path / 'cut' / 'ids-00000.npy'} cannot be written" in found.stderr
    assert not (tmp_path / "cut").exists()


@pytest.mark.parametrize("length", [1, 3, 8, 50])
def test_a_row_begins_anew_where_the_text_of_its_place_is_another(files, tmp_path, length):
    """Against the number of the text that each id belongs to."""
    (tmp_path / "short").write_text("xy", encoding="utf-8")
    whole = write_shards([*files, tmp_path / "short", *files], tmp_path / "many", size=7)
    number = np.zeros(len(whole), int)
    for place in whole.documents[1:]:
        number[place:] += 1
    table = np.arange(len(whole.vocab))[::-1]
    for start, stop in ((0, len(whole)), (5, len(whole) - 2), (whole.documents[1], len(whole))):
        part = whole.part(start, stop).mapped(table)
        streams = Streams(part, 2, length) if length < 50 else Streams(part, 1, length)
        second = Streams(part, 2, length, slice(1, 2)) if length < 50 else None
        row = len(streams) * length
        for s in range(1, len(streams)):
            places = [start + b * row + s * length for b in range(2 if second else 1)]
            anew = [number[place] != number[place - length] for place in places]
            assert streams.begin_anew(s) == anew
            assert second is None or second.begin_anew(s) == anew[1:]


def test_ids_that_are_mapped_twice_go_through_the_first_table_first(found):
    V = len(found.vocab)
    first, second = np.roll(np.arange(V), 1), np.random.default_rng(0).permutation(V)
    assert (first[second] != second[first]).any()
    twice = found.part(2, 20).mapped(first).mapped(second)
    np.testing.assert_array_equal(twice[:], [second[first[i]] for i in found[2:20]])


def test_a_run_forgets_where_another_text_begins(files, tmp_path):
    """Against a loop that sets the state to zeros by hand."""
    shards = write_shards([*files, *files], tmp_path / "many", size=7)
    recipe = Recipe(2, 4, 12, 0.1, documents=True)
    config = ModelConfig(len(shards.vocab), 3, 5)
    run = Run(build(config, "numpy"), recipe, shards.vocab)
    fit_stream(run, shards.part(0, len(shards)))
    model, state, losses, forgotten = build(config, "numpy"), None, [], 0
    streams = Streams(shards[:], 2, 4)
    row = len(streams) * 4
    for step in range(12):
        place = step % len(streams)
        if place == 0:
            state = model.init_state(2)
        for b in range(2 if place else 0):
            here = b * row + place * 4
            if any(here - 4 < start <= here for start in shards.documents):
                state[:, b], forgotten = 0, forgotten + 1
        loss, state = model.train_step(*streams[place], state, recipe.update(step))
        losses.append(loss)
    assert forgotten >= 3
    assert run.history.losses == losses
    other = Run(build(config, "numpy"), replace(recipe, documents=False), shards.vocab)
    assert fit_stream(other, shards.part(0, len(shards))).losses != losses
    with raises_sentence(ValueError, "only shards know where another text begins."):
        fit_stream(Run(build(config, "numpy"), recipe, shards.vocab), shards[:])
