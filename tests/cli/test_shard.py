"""The command shard: what train reads out of shards is what it reads out of the text."""

import pytest

from rnnlib.cli import input_text
from rnnlib.training import checkpoint, text_source
from tests.cli.session import NUMPY, SMALL, TEXT


@pytest.fixture
def cut(session):
    """A session whose text lies in shards as well, in two files' order."""
    for name, part in (("one", TEXT[:1000]), ("two", TEXT[1000:])):
        (session.folder / name).write_text(part, encoding="utf-8")
    out, _ = session(
        "shard", session.folder / "one", session.folder / "two", "--folder", session.folder / "cut"
    )
    assert "3,002 characters of 2 texts" in out
    return session


def test_a_run_on_shards_is_the_run_on_the_text(cut):
    cut.train(*NUMPY, *SMALL, "--reset", "0.2")
    cut.train(*NUMPY, *SMALL, "--reset", "0.2", text=cut.folder / "cut", folder="sharded")
    ours, theirs = (
        checkpoint.load(cut.folder / name / checkpoint.LAST, "numpy") for name in ("sharded", "run")
    )
    assert ours.history == theirs.history
    assert ours.vocab == theirs.vocab


def test_a_run_on_shards_goes_on_in_the_middle_of_a_pass(cut):
    whole = [*NUMPY, *SMALL]
    cut.train(*whole, text=cut.folder / "cut")
    cut.train(*whole, "--steps", "7", "--decay", "none", text=cut.folder / "cut", folder="begun")
    out, _ = cut("train", "--resume", "--folder", cut.folder / "begun", "--steps", "9")
    assert "is finished after step 9" in out


def test_a_model_that_knows_more_characters_reads_them(cut):
    """--from widens the vocabulary: what stands in the shards is looked up."""
    (cut.folder / "other").write_text("Äpfel und Birnen. " * 40, encoding="utf-8")
    cut.train(*NUMPY, *SMALL, text=cut.folder / "other", folder="other-run")
    for text, folder in ((cut.folder / "cut", "a"), (cut.text, "b")):
        cut.train(
            *NUMPY, "--from", cut.folder / "other-run", "--steps", "3", text=text, folder=folder
        )
    ours, theirs = (
        checkpoint.load(cut.folder / name / checkpoint.LAST, "numpy") for name in ("a", "b")
    )
    assert ours.history == theirs.history


def test_shards_are_looked_at_for_what_is_odd_where_the_text_is(cut, monkeypatch):
    monkeypatch.setattr(text_source, "PIECE", 20)
    for name, text in (("early", "ab\n" + "ab" * 20), ("late", "ab" * 20 + "ab\n")):
        (cut.folder / name).write_text(text, encoding="utf-8")
        cut("shard", cut.folder / name, "--folder", cut.folder / f"{name}-cut")
        for place in (name, f"{name}-cut"):
            source = input_text.open_source(cut.folder / place)
            told = list(input_text.find_oddities(source.beginning))
            assert ["no line breaks" in sentence for sentence in told] == [True] * (name == "late")


def test_other_shards_are_another_text(cut):
    cut.train(*NUMPY, *SMALL, text=cut.folder / "cut")
    cut("shard", cut.folder / "one", "--folder", cut.folder / "less")
    resume = ["train", cut.folder / "less", "--resume", "--folder", cut.folder / "run"]
    assert "was begun on another text" in cut.fails(*resume, "--steps", "30")


def test_a_text_that_is_given_twice_is_told(cut):
    one = cut.folder / "one"
    _, err = cut("shard", one, one, "--folder", cut.folder / "twice")
    assert err.startswith(f"rnnlib shard: {one} is the same text as {one}: what is held out")


def test_what_cannot_be_cut_is_said(cut):
    assert "holds something already" in cut.fails(
        "shard", cut.folder / "one", "--folder", cut.folder / "cut"
    )
    assert (
        "no such file"
        in cut.fails("shard", cut.folder / "none", "--folder", cut.folder / "x").lower()
    )
    assert "shards keep their form" in cut.fails(
        "train", cut.folder / "cut", "--folder", cut.folder / "y", "--normalize", "nfc"
    )


def test_a_row_forgets_where_another_text_begins(cut):
    """Only where it is asked for, and only with shards."""
    small = [*NUMPY, *SMALL, "--fraction", "1"]
    cut.train(*small, "--documents", text=cut.folder / "cut", folder="anew")
    cut.train(*small, text=cut.folder / "cut", folder="on")
    anew, on = (checkpoint.load(cut.folder / f / checkpoint.LAST, "numpy") for f in ("anew", "on"))
    assert (anew.recipe.documents, on.recipe.documents) == (True, False)
    assert anew.history.losses != on.history.losses
    error = cut.fails("train", cut.text, "--folder", cut.folder / "no", *small, "--documents")
    assert "only shards know where another text begins." in error
