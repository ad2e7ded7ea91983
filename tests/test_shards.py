"""Shards: the ids of the whole text, wherever a file, a character or a line end is cut."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlib.corpus.texts import read_text
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text import Vocab, shards
from rnnlib.text.shards import CONTENTS, Shards, write_shards
from rnnlib.text.windows import Streams
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream
from tests.helpers import raises_sentence

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
