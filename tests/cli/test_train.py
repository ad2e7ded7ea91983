"""What train chooses by itself, the warnings it gives, and the ways to begin and to go on."""

import json
import math
import os
import re
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnnlib.cli import input_text, report, train
from rnnlib.evaluation.ngrams import NgramModel
from rnnlib.evaluation.scores import score
from rnnlib.text.vocab import Vocab, split_text
from rnnlib.training import checkpoint, defaults, speed
from rnnlib.training.checkpoint import BEST, LAST
from rnnlib.training.defaults import make_plan
from rnnlib.training.recipe import Recipe
from rnnlib.training.text_source import TextSource
from tests.cli.session import NUMPY, SMALL, TEXT, by_hand
from tests.helpers import assert_params_equal, assert_sentence

TINY = ["--hidden", 8, "--embed", 4, *NUMPY]


# what is chosen


def test_each_choice_is_said_with_its_reason_and_what_is_given_is_not(session):
    out, _ = session.train(*NUMPY)
    (line,) = [line for line in out.splitlines() if line.startswith("chosen ")]
    run = checkpoint.load(session.folder / "run" / LAST, "numpy")
    recipe, H = run.recipe, run.model.config.hidden_size
    assert f"{H} units, since more would be more weights than the 2,701 characters" in line
    assert f"{recipe.batch_size} rows, so that a pass has eight steps or more" in line
    assert f"{recipe.steps} steps, 20 passes over so short a text" in line
    assert f"learning rate {recipe.learning_rate:g}" in line
    assert "chosen" not in session.train(*NUMPY, *SMALL, folder="given")[0]


# the budget in minutes


def test_a_run_of_minutes_is_a_run_like_any_other(session, monkeypatch):
    monkeypatch.setattr(speed, "SEEN", 0.01)
    session.train(*TINY, "--minutes", 0.01)
    run = checkpoint.load(session.folder / "run" / LAST, "numpy")
    assert run.finished
    steps = ["--steps", run.recipe.steps, "--validate-every", run.recipe.validate_every]
    session.train(*TINY, *steps, folder="plain")
    plain = checkpoint.load(session.folder / "plain" / LAST, "numpy")
    assert run.history == plain.history  # what was measured with is thrown away


# the rates that are tried


def test_lr_find_tries_rates_in_short_runs_and_keeps_nothing(session):
    argv = ["train", session.text, "--lr-find", *TINY, "--batch-size", 4, "--length", 8]
    argv += ["--steps", 60]
    (found,) = session.json(*argv)
    rates, losses = found["rates"], dict(zip(found["rates"], found["losses"], strict=True))
    np.testing.assert_allclose(np.diff(np.log2(rates)), 1)
    assert {found["usual"] * 2.0**k for k in range(-2, 3)} <= {*rates}
    assert (found["usual"], found["steps"]) == (0.1, 60)  # as train has it, not 4 / 8
    assert found["lowest"] == min(losses, key=losses.get)
    session.train(*argv[3:], "--learning-rate", found["usual"])
    run = checkpoint.load(session.folder / "run" / LAST, "numpy")
    assert run.history.validation_losses[-1] == pytest.approx(losses[found["usual"]])
    out, _ = session(*argv)
    assert f"to be believed: --learning-rate {found['proposed']:.2g}," in out
    assert {path.name for path in session.folder.iterdir()} == {"cats.txt", "run"}


def test_lr_find_reads_the_part_that_train_would(session, monkeypatch):
    seen = []

    def find(plan, make, ids, held_out):
        seen.append((ids, held_out))
        return {0.1: 2.0}, 0.1

    monkeypatch.setattr(train, "find_rate", find)
    argv = ["train", session.text, "--lr-find", *TINY, "--learning-rate", 0.1]
    session(*argv, "--fraction", 0.5)
    session(*argv, "--fraction", 1)
    assert [len(ids) for ids, _ in seen] == [1501, 3002]
    assert [held_out is None for _, held_out in seen] == [False, True]


def test_by_how_much_a_rate_is_better_is_told(capsys):
    chosen = make_plan(60, 1_800, {"learning_rate": 0.1})
    for losses, words in (
        ({0.1: 2.0, 0.2: 1.7}, "--learning-rate 0.2, better by 0.30 nats than what train takes"),
        ({0.1: 2.0, 0.2: 1.98}, "--learning-rate 0.1, what train takes unasked, for no other is"),
    ):
        advice = 0.2 if losses[0.2] < 1.9 else 0.1
        report.tell_rates(SimpleNamespace(json=False), chosen, losses, advice)
        assert f"to be believed: {words}" in capsys.readouterr().out


# warnings


def warnings_of(session, *more, folder="run"):
    """The sentences that train warns with."""
    _, err = session.train(*NUMPY, *more, folder=folder)
    lines = [line.removeprefix("rnnlib train: ") for line in err.splitlines()]
    for line in lines:
        assert_sentence(line)
    return lines


def test_more_weights_than_characters_are_warned_of(session):
    lines = warnings_of(session, "--hidden", 64, "--steps", 1)
    assert any(re.search(r"has [\d,]+ weights, more than the 2,701 characters", x) for x in lines)
    assert not any("weights" in x for x in warnings_of(session, "--steps", 1, folder="b"))


def test_many_passes_are_warned_of_and_the_default_is_not(session):
    sizes = [*TINY, "--batch-size", 8, "--length", 16]
    lines = warnings_of(session, *sizes, "--steps", 500)
    assert any("24 passes over the text are more than 20" in line for line in lines)
    assert not any("passes" in line for line in warnings_of(session, *TINY, folder="b"))


def test_a_loss_above_counting_letters_is_warned_of_once(session):
    few = warnings_of(session, *SMALL, "--learning-rate", 1e-6)
    assert sum("20 steps are few: give more --steps" in line for line in few) == 1
    lines = warnings_of(session, *SMALL, "--learning-rate", 1e-6, "--steps", 100, folder="c")
    assert sum("above the 2.954 of counting letters" in line for line in lines) == 1
    assert any("Try another --learning-rate" in line for line in lines)
    assert not any("counting" in line for line in warnings_of(session, *SMALL, folder="b"))


def test_learning_by_heart_is_warned_of_once(session):
    rng = np.random.default_rng(0)
    session.text.write_text("".join(rng.choice(list("abcdefgh\n"), 600)), encoding="utf-8")
    sizes = ["--hidden", 48, "--batch-size", 4, "--length", 16, "--steps", 160]
    lines = warnings_of(session, *sizes, "--learning-rate", 0.03)
    assert sum("is being learnt by heart" in line for line in lines) == 1


def test_a_text_without_lines_and_one_in_two_forms_are_warned_of(session):
    session.text.write_text(TEXT.replace("\n", " "), encoding="utf-8")
    assert any("no line breaks" in line for line in warnings_of(session, *SMALL))
    session.text.write_text("caf\u00e9 cafe\u0301\n" * 100, encoding="utf-8")
    lines = warnings_of(session, *SMALL, folder="b")
    assert any("Add --normalize nfc" in line for line in lines)
    assert not any("line breaks" in line for line in lines)
    lines = warnings_of(session, *SMALL, "--normalize", "nfc", folder="c")
    assert not any("normalize" in line for line in lines)
    for one in ("caf\u00e9\n", "cafe\u0301\n"):  # only one way: nothing to say
        session.text.write_text(one * 200, encoding="utf-8")
        assert not any("normalize" in x for x in warnings_of(session, *SMALL, folder=one[3:]))


def test_normal_form_is_kept_with_the_run_for_prompts_scores_and_checkups(session):
    session.text.write_text("caf\u00e9 cafe\u0301\n" * 100, encoding="utf-8")
    session.train(*NUMPY, *SMALL, "--normalize", "nfc")
    run = checkpoint.load(session.folder / "run" / LAST, "numpy")
    assert run.vocab.chars == ("\n", " ", "a", "c", "f", "\u00e9")
    out, _ = session("write", session.folder / "run", "--prompt", "cafe\u0301", "--length", 0)
    assert out == "caf\u00e9\n"
    (found,) = session.json(
        "score", session.folder / "run", session.text, *NUMPY, "--fraction", 0.9
    )
    assert found["model"]["nats"] == run.best
    session.text.write_text("cafe\u0301 " * 40, encoding="utf-8")  # a plain e is not known
    assert session("checkup", session.folder / "run", session.text)[1] == ""
    session.text.write_text("caf\u00e9 cafe\u0301\n" * 100, encoding="utf-8")
    assert (
        "is finished already" in session("train", "--folder", session.folder / "run", "--resume")[0]
    )


# go on, and start from another model


def test_a_finished_run_goes_on_to_more_steps_without_its_text_named(trained):
    folder = trained.folder / "run"
    out, _ = trained("train", "--folder", folder, "--resume", "--steps", 30)
    assert "going on after step 20" in out
    run, before = checkpoint.load(folder / LAST, "numpy"), by_hand()
    assert (run.step, run.recipe.steps) == (30, 30)
    assert run.history.losses[:20] == before.history.losses
    assert run.history.validation_steps == [8, 16, 20, 24, 30]


def test_resume_finds_its_text_only_where_it_is_and_as_it_was(trained):
    argv = ["train", "--folder", trained.folder / "run", "--resume", "--steps", 30]
    trained.text.write_text(TEXT[:-1] + TEXT[-2], encoding="utf-8")
    assert "has changed since the run" in trained.fails(*argv)
    trained.text.unlink()
    assert "does not exist" in trained.fails(*argv)
    elsewhere = trained.folder / "moved.txt"
    elsewhere.write_text(TEXT, encoding="utf-8")
    assert "after step 30" in trained(argv[0], elsewhere, *argv[1:])[0]


def test_the_place_of_the_text_stays_in_the_folder_and_is_not_exported(trained):
    assert str(trained.folder) in json.dumps(
        checkpoint.load(trained.folder / "run" / LAST, "numpy").notes
    )
    (found,) = trained.json("export", trained.folder / "run", trained.folder / "m.safetensors")
    assert "path" not in found["training"]


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_from_keeps_every_old_row_and_adds_one_for_each_new_character(trained, engine):
    new = "the cat Žak saw ñ and 7 " * 60 + "\n"
    text = trained.folder / "new.txt"
    text.write_text(new, encoding="utf-8")
    start = ["--from", trained.folder / "run", "--learning-rate", 0, "--weight-decay", 0]
    argv = ["--batch-size", 2, "--length", 8, "--steps", 2, "--seed", 3, "--engine", engine]
    trained.train(*start, *argv, text=text, folder="more")
    old = checkpoint.load(trained.folder / "run" / BEST, "numpy")
    run = checkpoint.load(trained.folder / "more" / LAST, "numpy")
    assert run.vocab == Vocab(TEXT + new)
    ours, theirs = run.model.get_params(), old.model.get_params()
    for char in old.vocab.chars:
        (i,), (j,) = run.vocab.encode(char), old.vocab.encode(char)
        np.testing.assert_array_equal(ours["embed"][i], theirs["embed"][j])
        np.testing.assert_array_equal(ours["W_hy"][:, i], theirs["W_hy"][:, j])
        assert ours["b_y"][i] == theirs["b_y"][j]
    middle = [name for name in ours if name not in ("embed", "W_hy", "b_y")]
    assert_params_equal({n: ours[n] for n in middle}, {n: theirs[n] for n in middle})
    added = set(new) - set(old.vocab.chars)
    assert {"Ž", "ñ", "7"} <= added
    rows = np.array([ours["embed"][i] for i in run.vocab.encode("".join(sorted(added)))])
    assert np.unique(rows, axis=0).shape == rows.shape  # each drawn for itself
    assert run.notes["from"] == "run"
    out, _ = trained.train(*start, *argv, "--json", text=text, folder="again")
    first = json.loads(out.splitlines()[0])
    assert first["vocab_size"] == len(run.vocab) > len(Vocab(new))
    alone, V = Vocab(new), len(set(new))
    ids, held_out = map(alone.encode, split_text(new))
    assert first["floors"]["uniform"] == math.log(V)  # the text's own, whatever else is known
    assert first["floors"]["unigram"] == NgramModel(1, V).fit(ids).nats(held_out)
    (line, *_) = trained.train(*start, *argv, text=text, folder="third")[0].splitlines()
    assert f"{V} of them different" in line


def test_from_keeps_the_shape_of_the_model(trained):
    argv = [
        "train",
        trained.text,
        "--folder",
        trained.folder / "b",
        "--from",
        trained.folder / "run",
    ]
    assert "leave --cell, --hidden out" in trained.fails(*argv, "--hidden", 9, "--cell", "rnn")
    assert not (trained.folder / "b").exists()


# folders and long texts


def test_a_bad_folder_is_refused_before_the_text_is_read(session, monkeypatch):
    def read(*args):
        raise AssertionError("the text was read")

    monkeypatch.setattr(input_text, "read", read)
    assert "(File exists)" in session.fails("train", "shakespeare", "--folder", session.text)

    def refuse(*args, **kwargs):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "mkdir", refuse)
    argv = ["train", "shakespeare", "--folder", session.folder / "a" / "b"]
    assert "a/b cannot be made or written to (Permission denied). Choose another." in session.fails(
        *argv
    )


@pytest.mark.parametrize(("letters", "dtype"), [(26, np.uint8), (300, np.uint16)])
def test_ids_take_as_few_bytes_as_their_vocabulary_needs_and_are_right(letters, dtype):
    text = "".join(map(chr, range(0x4E00, 0x4E00 + letters)))
    found = TextSource(text).prepare(Vocab(text), 1)
    assert (found.ids.dtype, found.ids.tolist()) == (dtype, list(range(letters)))


@pytest.mark.parametrize("count", [2, 255, 256, 300])
def test_a_text_is_counted_in_its_own_alphabet_though_one_more_is_known(count):
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + count + 1)))
    text = letters[0] + letters[2:]  # the second is not there, so all later ids move
    ids, rest, V = TextSource(text * 10).prepare(Vocab(letters), 0.9).counted()
    own = Vocab(text).encode(text)
    assert (V, ids.tolist(), rest.tolist()) == (count, [*own] * 9, [*own])


def test_long_texts_are_scored_in_part_on_the_way_and_at_the_end(session, monkeypatch):
    for name, most in (("COUNTED", 2000), ("HELD_OUT", 200)):
        monkeypatch.setattr(report, name, most)
    for name, most in (("SCORED", 100), ("FEWEST", 50)):
        monkeypatch.setattr(defaults, name, most)
    out, _ = session.train(*NUMPY, *SMALL, "--steps", 400)
    assert "counted on the last 2,000; scores on the way are of the first 100 held out" in out
    assert "floors and the last score of the first 200" in out
    run = checkpoint.load(session.folder / "run" / BEST, "numpy")
    ids = Vocab(TEXT).encode(TEXT)
    held_out = ids[2701:]
    assert run.history.validation_losses[-1] == score(run.model, held_out[:100]).nats
    assert f"best held-out loss: {score(run.model, held_out[:200]).nats:.4f} nats" in out
    counted = NgramModel(1, 26).fit(ids[701:2701]).nats(held_out[:200])
    assert f"unigram {counted:.3f}" in out
    assert " on 200 characters, where the scores on the way read 100, at step" in out


def test_floors_end_with_the_first_order_that_is_no_better():
    rng = np.random.default_rng(0)
    ids = rng.integers(4, size=3000)
    found = report.measure_floors(ids[:2000], ids[2000:], 4)
    assert next(iter(found)) == "uniform"
    grams = list(found.values())[1:]
    assert grams == sorted(grams, reverse=True)
    assert report.measure_floors(ids, None, 4) == {"uniform": math.log(4)}
    assert min(report.measure_floors(np.tile(ids[:3], 500), np.tile(ids[:3], 50), 4).values()) < 0.1


# on a terminal


def test_a_bar_keeps_up_with_the_training_on_a_terminal_for_people(session, monkeypatch):
    seen, original = [], train.fit_stream

    def fit(*args, progress, **kwargs):
        seen.append(progress)
        return original(*args, progress=progress, **kwargs)

    monkeypatch.setattr(train, "fit_stream", fit)
    session.train(*NUMPY, *SMALL)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    session.train(*NUMPY, *SMALL, folder="b")
    session.train(*NUMPY, *SMALL, "--json", folder="c")
    assert seen == [False, True, False]


def test_training_losses_that_are_told_are_means_of_the_last_steps():
    run = by_hand()
    run.history.losses[:] = [9.0] * 100 + [3.0] * 50 + [1.0] * 50
    assert run.history.recent == 1  # of fifty
    assert run.describe()["training_loss"] == 2  # of a hundred


def test_the_speed_of_a_run_that_goes_on_is_that_of_this_process(monkeypatch):
    now, run = [100.0], by_hand()
    monkeypatch.setattr(report.time, "perf_counter", lambda: now[0])
    run.recipe = replace(run.recipe, steps=50)
    found = TextSource(TEXT).prepare(run.vocab, 0.9)
    reporter = report.Reporter(None, run, found, floors={}, reasons={})
    run.step, now[0] = 30, 105.0  # ten steps of 4 x 16 characters in five seconds
    assert reporter._speed() == (128, 10)


def test_samples_are_on_one_line():
    assert report.show_sample("a\nb\x00c") == "a / b.c"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0 s"), (99, "99 s"), (150, "2 min"), (9000, "2.5 h")]
)
def test_times_are_short(seconds, shown):
    assert report.show_time(seconds) == shown


def test_every_setting_of_the_recipe_has_its_help():
    assert all(field.metadata["help"] for field in fields(Recipe))
