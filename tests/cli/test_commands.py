"""Each command prints what the library says; every mistake is one sentence."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import FrozenInstanceError, asdict, fields, replace
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from rnnlib.cli import train as train_module
from rnnlib.cli.main import main
from rnnlib.cli.options import COMMANDS, FLAGS, build_parser, parse
from rnnlib.data.texts import PANGRAM
from rnnlib.evaluation.ngrams import NgramModel
from rnnlib.evaluation.scores import score
from rnnlib.models import engines, weights_file
from rnnlib.models.char_rnn import numpy_model
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text.vocab import Vocab, split_text
from rnnlib.training import checkpoint, threads
from rnnlib.training.checkpoint import BEST, LAST
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.run_folder import RunFolder
from rnnlib.training.stream import fit_stream
from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import GREEDY, Sampler, generate
from tests.cli.programs import python, reap, watch
from tests.cli.session import NUMPY, SMALL, TEXT, assert_refused, by_hand
from tests.helpers import assert_none, assert_params_equal, assert_sentence

PAGE = Path(__file__).parents[2] / "chapters" / "command_line.md"

# train


def test_train_is_fit_stream_and_keeps_the_best_and_the_last(trained):
    run = by_hand()
    last = checkpoint.load(trained.folder / "run" / LAST, "numpy")
    best = checkpoint.load(trained.folder / "run" / BEST, "numpy")
    assert_params_equal(last.model.get_params(), run.model.get_params())
    assert last.history == run.history
    assert (last.recipe, last.vocab, last.text_hash) == (run.recipe, run.vocab, run.text_hash)
    assert best.history.validation_losses[-1] == run.best


def test_train_says_what_it_does_with_numbers_that_hold(session):
    out, err = session.train(*NUMPY, *SMALL)
    run, (part, held_out) = by_hand(), split_text(TEXT)
    lines = out.splitlines()
    assert f"cats.txt: 3,002 characters, {len(run.vocab)} of them different" in lines[0]
    assert "2,701 to train on, 301 held out" in lines[0]
    ids, other = run.vocab.encode(part), run.vocab.encode(held_out)
    floors = [NgramModel(n, len(run.vocab)).fit(ids).nats(other) for n in range(1, 7)]
    best = int(np.argmin(floors)) + 1
    assert best < 6  # so that the last one that is shown is the best, and the next is worse
    names = ["unigram", *(f"{n}-gram" for n in range(2, best + 1))]
    shown = [f"uniform {np.log(len(run.vocab)):.3f}"]
    shown += [f"{name} {nats:.3f}" for name, nats in zip(names, floors, strict=False)]
    assert lines[1] == f"floors  {', '.join(shown)} nats a character"
    size = sum(value.size for value in run.model.get_params().values())
    assert lines[2] == f"model   lstm, 1 layer, embedding 4, hidden 8: {size:,} parameters, seed 0"
    assert lines[3] == "engine  numpy on the cpu"
    assert lines[4] == "plan    20 steps of 4 x 16 characters, 0.5 passes, learning rate 0.2"
    losses, training = run.history.validation_losses, run.history.losses
    shown = zip(lines[5:10:2], lines[6:11:2], (8, 16, 20), losses, strict=True)
    for line, sample, step, nats in shown:
        so_far, held_out = (
            np.mean(training[:step]),
            f"{nats:.4f} nats ({nats / np.log(2):.4f} bits)",
        )
        assert line.startswith(f"step {step}: training {so_far:.3f}, held-out {held_out}")
        assert re.search(r"; [\d,]+ characters a second, \d+ s left$", line)
        assert len(sample.replace(" / ", "/").strip()) > 40
        is_best = nats == min(losses[: losses.index(nats) + 1])
        assert ("the best so far" in line) == is_best
    assert f"is finished after step 20: {20 * 64:,} characters" in lines[11]
    assert f"best held-out loss: {run.best:.4f} nats" in lines[12]
    assert lines[12].endswith(f"the best n-gram has {min(floors):.4f} ({best}-gram)")
    assert f"rnnlib write {session.folder / 'run'}" in lines[13]
    assert len(lines) == 14
    assert err == ""  # no bar where there is no terminal


def test_train_tells_programs_the_same(session):
    argv = ["train", session.text, "--folder", session.folder / "run", *NUMPY, *SMALL]
    start, *scores, end = session.json(*argv)
    run = by_hand()
    assert (start["event"], start["train"], start["held_out"]) == ("start", 2701, 301)
    assert start["recipe"] == run.recipe.to_dict()
    assert start["config"] == run.model.config.to_dict()
    assert list(start["floors"])[:4] == ["uniform", "unigram", "2-gram", "3-gram"]
    assert [found["nats"] for found in scores] == run.history.validation_losses
    assert [found["step"] for found in scores] == [8, 16, 20]
    means = [np.mean(run.history.losses[:step]) for step in (8, 16, 20)]
    assert [found["training"] for found in scores] == means
    assert all(len(found["sample"]) == 64 for found in scores)
    assert all(found["characters_per_second"] > 0 for found in scores)
    left = [found["seconds_left"] for found in scores]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert scores[0]["bits"] == pytest.approx(scores[0]["nats"] / np.log(2))
    assert (end["event"], end["best"], end["step"]) == ("end", run.best, 20)


def test_every_setting_reaches_the_run(session):
    options = shlex.split("""--cell gru --hidden 6 --embed 3 --layers 2 --seed 4 --fraction 0.8
        --batch-size 2 --length 8 --steps 4 --learning-rate 0.02 --warmup 0.25 --decay none
        --clip-norm inf --weight-decay 0.3 --dropout 0.1 --validate-every 2 --patience 7
        --reset 0.2""")
    session.train(*NUMPY, "--device", "cpu", "--save-every", "3", *options)
    run = checkpoint.load(session.folder / "run" / LAST, "numpy")
    assert run.recipe == Recipe(2, 8, 4, 0.02, 0.25, "none", np.inf, 0.3, 0.1, 2, 7, 0.2, False)
    config = run.model.config
    assert (config.cell, config.hidden_size, config.embed_size, config.num_layers) == (
        "gru",
        6,
        3,
        2,
    )
    assert (run.model.seed, run.notes["fraction"]) == (4, 0.8)
    given = parse(["train", "t", "--folder", "f", *options])
    assert given.sizes.keys() == FLAGS.keys()
    settings = {field.name for field in fields(Recipe)}
    assert given.recipe.keys() == settings - {"documents"}  # which needs shards: see test_shard.py


GIVEN = {  # every option of every command but train's settings, and what is made of it
    "train": (
        "t --folder f --from m --minutes 2 --lr-find --normalize nfc --save-every 7 --shard "
        "--threads 3 --engine keras --device gpu --seed 0 --fraction 1 --json --hidden 5",
        {
            "text": "t", "folder": "f", "resume": False, "start": "m", "minutes": 2.0,
            "lr_find": True, "normalize": "nfc", "save_every": 7, "shard": True, "threads": 3,
            "engine": "keras", "device": "gpu", "sizes": {"hidden_size": 5}, "seed": 0,
            "fraction": 1.0, "recipe": {}, "json": True,
        },
    ),
    "train ": (
        "--folder f --resume --documents --patience 2 --clip-norm inf",
        {
            "text": None, "folder": "f", "resume": True, "start": None, "minutes": None,
            "lr_find": False, "normalize": None, "save_every": 100, "shard": False,
            "threads": None, "engine": None, "device": None, "sizes": {}, "seed": None,
            "fraction": None, "json": False,
            "recipe": {"documents": True, "patience": 2, "clip_norm": np.inf},
        },
    ),
    "shard": ("a b --folder f --json", {"texts": ["a", "b"], "folder": "f", "json": True}),
    "write": (
        "m --prompt p --skip-unknown --length 0 --stop e --samples 2 --temperature 0.5 --top-k 3 "
        "--top-p 0.5 --min-p 0.1 --seed 4 --engine torch --device cpu",
        {
            "file": "m", "prompt": "p", "prompt_file": None, "skip_unknown": True, "length": 0,
            "stop": "e", "samples": 2, "temperature": 0.5, "top_k": 3, "top_p": 0.5, "min_p": 0.1,
            "seed": 4, "beams": None, "engine": "torch", "device": "cpu", "json": False,
        },
    ),
    "write ": (
        "m --prompt-file p --beams 2",
        {
            "file": "m", "prompt": None, "prompt_file": "p", "skip_unknown": False, "length": 500,
            "stop": None, "samples": 1, "temperature": None, "top_k": None, "top_p": None,
            "min_p": None, "seed": None, "beams": 2, "engine": None, "device": None, "json": False,
        },
    ),
    "score": (
        "m t --skip-unknown --fraction 0.5 --engine numpy --device cpu",
        {
            "file": "m", "text": "t", "skip_unknown": True, "fraction": 0.5, "engine": "numpy",
            "device": "cpu", "json": False,
        },
    ),
    "checkup": (
        "m --engine torch",
        {"file": "m", "text": None, "engine": "torch", "device": None, "json": False},
    ),
    "export": (
        "m o --to onnx --bits 8",
        {"file": "m", "out": "o", "to": "onnx", "bits": 8, "json": False},
    ),
    "info": ("m --json", {"file": "m", "json": True}),
    "models": ("", {"json": False}),
    "completion": ("fish", {"shell": "fish"}),
}  # fmt: skip


def test_every_option_reaches_its_value_and_none_can_be_changed_after_that():
    faults = []
    for name, (options, made) in GIVEN.items():
        found = parse([name.strip(), *shlex.split(options)])
        if found.name != name.strip() or asdict(found) != made:
            faults.append(f"{name} {options} became {found}")
        with pytest.raises(FrozenInstanceError):
            found.json = None
    assert_none(faults, "See _add_options and _value_of in rnnlib/cli/options.py.")
    assert {name.strip() for name in GIVEN} == {kind.name for kind in COMMANDS}


def test_what_is_not_a_setting_reaches_the_training_too(session, monkeypatch):
    seen, original = {}, train_module.fit_stream

    def fit(run, ids, validation, folder, save_every, **kwargs):
        seen.update(save_every=save_every, threads=torch_threads(), notes=dict(run.notes))
        return original(run, ids, validation, folder, save_every, **kwargs)

    monkeypatch.setattr(train_module, "fit_stream", fit)
    before = torch_threads()
    try:
        out, _ = session.train(*SMALL, "--threads", 3, "--save-every", 7, "--steps", 1)
        assert (seen["save_every"], seen["threads"], seen["notes"]["threads"]) == (7, 3, 3)
        assert "engine  torch on the cpu, 3 threads" in out
        session.train("--resume", "--steps", 2)
        assert seen["threads"] == 3  # as it was begun, so that it ends as if it had never stopped
        session.train("--resume", "--steps", 3, "--threads", 2)
        assert (seen["threads"], seen["notes"]["threads"]) == (2, 2)
    finally:
        torch_threads(before)
    words = session.fails("train", session.text, "--folder", "f", *NUMPY, *SMALL, "--threads", 2)
    assert "--threads are those of torch on a CPU." in words


def torch_threads(number=None):
    """PyTorch's threads, set where a number is given."""
    torch = pytest.importorskip("torch")
    if number is not None:
        torch.set_num_threads(number)
    return torch.get_num_threads()


def test_the_threads_that_were_measured_are_said_and_chosen_again(session, monkeypatch):
    pytest.importorskip("torch")
    found = chain([{1: 0.064, 2: 0.032}], repeat({1: 0.064, 2: 3.2}))
    monkeypatch.setattr(threads, "choose_threads", lambda *args: next(found))
    monkeypatch.setattr(threads, "thread_counts", lambda: [1, 2])
    monkeypatch.setattr(threads, "WATCHED", 6)
    monkeypatch.setattr(threads, "SLOWER", 0)  # every time is a fall
    out, _ = session.train(*SMALL)
    assert "engine  torch on the cpu, 2 threads" in out
    assert "chosen  2 threads, 1,000 characters a second with 1, 2,000 with 2" in out
    again = [line for line in out.splitlines() if "from here on" in line]
    speeds = "1,000 characters a second with 1, 20 with 2"
    assert again == [f"step 6: 1 thread from here on, not 2: {speeds}"]


def test_several_numbers_of_threads_give_the_run_that_one_gives(session, monkeypatch):
    """Measuring leaves no trace in a run; on this machine neither do the threads."""
    pytest.importorskip("torch")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(threads, "thread_counts", lambda: [1, 2])
    before = torch_threads()
    try:
        session.train(*SMALL, "--dropout", 0.2, folder="measured")
        session.train(*SMALL, "--dropout", 0.2, "--threads", 1)
    finally:
        torch_threads(before)
    measured, fixed = (
        checkpoint.load(session.folder / name / LAST, "numpy") for name in ("measured", "run")
    )
    np.testing.assert_allclose(measured.history.losses, fixed.history.losses, rtol=0, atol=1e-5)


def test_a_whole_text_may_be_trained_on(session):
    out, _ = session.train(
        *NUMPY, *SMALL, "--fraction", 1, "--batch-size", 1, "--length", 10, text="pangram"
    )
    assert "pangram: 44 characters, 29 of them different; 44 to train on, 0 held out" in out
    assert [path.name for path in (session.folder / "run").iterdir()] == [LAST]
    assert checkpoint.load(session.folder / "run" / LAST, "numpy").vocab == Vocab(PANGRAM)
    assert session("write", session.folder / "run", *NUMPY, "--length", 5)[0]


def test_characters_that_the_training_part_never_shows_are_named_and_training_goes_on(session):
    session.text.write_text(TEXT + "ßàé!", encoding="utf-8")
    out, err = session.train(*NUMPY, *SMALL)
    assert "'!', 'ß', 'à', 'é'" in err
    assert "the training part never shows" in err
    assert_sentence(err.strip())
    assert "is finished" in out


def test_patience_is_said_where_it_ends_a_run(session):
    rng = np.random.default_rng(0)
    session.text.write_text("".join(rng.choice(list("abcd"), 2000)), encoding="utf-8")
    argv = [*SMALL, "--steps", 400, "--validate-every", 2, "--patience", 2, "--learning-rate", 0.3]
    out, _ = session.train(*NUMPY, *argv)
    assert re.search(r"is finished after step \d+ of 400, as patience ran out", out)
    history = checkpoint.load(session.folder / "run" / LAST, "numpy").history
    best = history.validation_steps[np.argmin(history.validation_losses)]
    assert best < history.validation_steps[-1]
    assert f", at step {best}; the best n-gram" in out
    again, _ = session.train(*NUMPY, "--resume")
    assert "is finished already" in again


def test_both_frameworks_train_as_numpy_does(session):
    losses = {}
    for engine in ("numpy", "torch", "keras"):
        session.train("--engine", engine, *SMALL, folder=engine)
        run = checkpoint.load(session.folder / engine / LAST, "numpy")
        losses[engine] = run.history.losses
        assert run.notes["engines"] == [engine]
    for found in losses.values():
        np.testing.assert_allclose(found, losses["numpy"], rtol=0, atol=1e-5)


# stop and go on


def press_ctrl_c(monkeypatch, step):
    """Ctrl-C arrives in the midst of this step of a NumPy model, once."""
    original, seen = numpy_model.CharRNN.train_step, []

    def train_step(self, *batch):
        seen.append(len(seen))
        if len(seen) == step:
            signal.raise_signal(signal.SIGINT)
        return original(self, *batch)

    monkeypatch.setattr(numpy_model.CharRNN, "train_step", train_step)


def test_ctrl_c_saves_and_says_how_to_go_on_and_that_works(session, monkeypatch):
    press_ctrl_c(monkeypatch, 11)
    _, err = session.train(*NUMPY, *SMALL, "--validate-every", 5, folder="my run", code=130)
    first, kept = err.splitlines()[-2:]
    assert first == "interrupted."
    assert kept.startswith(
        f"The checkpoint of step 11 is in {session.folder / 'my run' / LAST}. To go on: "
    )
    assert_sentence(kept + ".")
    command = shlex.split(kept.partition("To go on: rnnlib ")[2])
    out, _ = session(*command)
    assert "going on after step 11" in out
    assert "engine  numpy" in out  # as before, though not named again
    proposed = shlex.split(out.splitlines()[-1].partition("to let it write: rnnlib ")[2])
    assert proposed == ["write", str(session.folder / "my run")]
    session.train(*NUMPY, *SMALL, "--validate-every", 5, folder="whole")
    ours, theirs = (
        checkpoint.load(session.folder / f / LAST, "numpy") for f in ("my run", "whole")
    )
    assert ours.history == theirs.history
    assert_params_equal(ours.model.get_params(), theirs.model.get_params())


def test_another_engine_may_go_on(session, monkeypatch):
    press_ctrl_c(monkeypatch, 11)
    session.train(*NUMPY, *SMALL, code=130)
    out, _ = session.train("--engine", "torch", "--resume")
    assert "engine  torch" in out
    run = checkpoint.load(session.folder / "run" / LAST, "numpy")
    assert run.notes["engines"] == ["numpy", "torch"]
    np.testing.assert_allclose(run.history.losses, by_hand().history.losses, rtol=0, atol=1e-5)


def test_ctrl_c_before_anything_was_saved_says_so(session, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", interrupt)
    assert session.train(*NUMPY, *SMALL, code=130)[1] == "interrupted.\nNothing was saved yet.\n"


def test_a_finished_run_says_so_and_stays_as_it_is(trained):
    before = (trained.folder / "run" / LAST).read_bytes()
    out, err = trained.train("--resume")
    assert "is finished already, after step 20: 1,280 characters" in out
    assert err == ""
    assert (trained.folder / "run" / LAST).read_bytes() == before


def test_a_run_begun_in_python_goes_on_too(session):
    vocab = Vocab(TEXT)
    run = Run(build(ModelConfig(len(vocab), 4, 8), "numpy"), Recipe(4, 16, 12), vocab)
    ids = vocab.encode(split_text(TEXT)[0])
    fit_stream(run, ids, folder=session.folder / "run", stop_at=5, progress=False)
    out, _ = session.train(*NUMPY, "--resume")
    assert "going on after step 5" in out
    assert "is finished after step 12" in out


RESUME = {
    "fewer steps": (["--steps", 10], "steps 20, not 10"),
    "two settings": (
        ["--dropout", 0.5, "--decay", "none"],
        "decay 'cosine', not 'none', dropout 0.0, not 0.5",
    ),
    "another form": (["--normalize", "nfc"], "normalize None, not 'nfc'"),
    "another size": (["--hidden", 16], "hidden 8, not 16"),
    "another cell": (["--cell", "gru"], "cell 'lstm', not 'gru'"),
    "more layers": (["--layers", 2, "--steps", 9], "layers 1, not 2, steps 20, not 9"),
    "another seed": (["--seed", 1], "seed 0, not 1"),
    "another cut": (["--fraction", 0.8], "fraction 0.9, not 0.8"),
}


def test_other_settings_than_those_of_the_run_are_refused_by_name(trained):
    before = (trained.folder / "run" / LAST).read_bytes()
    argv = ["train", trained.text, "--folder", trained.folder / "run", "--resume"]
    table = [
        ([*argv, *options], f"was begun with {piece}. Leave that out")
        for options, piece in RESUME.values()
    ]
    assert_refused(trained, table, "See _check_same_settings in rnnlib/cli/train.py.")
    assert (trained.folder / "run" / LAST).read_bytes() == before


def test_the_settings_of_the_run_may_be_repeated(trained):
    assert "is finished already" in trained.train(*NUMPY, *SMALL, "--seed", 0, "--resume")[0]


def test_another_text_than_that_of_the_run_is_refused(trained):
    other, argv = trained.folder / "other.txt", ["--folder", trained.folder / "run", "--resume"]
    another_alphabet, another_start = PANGRAM * 90, TEXT[1] + TEXT[1:]
    another_end = TEXT[:-1] + TEXT[-2]
    for text in (another_alphabet, another_start, another_end):
        assert text != TEXT
        trained.text.write_text(text, encoding="utf-8")
        assert "cats.txt has changed since the run in" in trained.fails(
            "train", trained.text, *argv
        )
        other.write_text(text, encoding="utf-8")
        assert "was begun on another text than" in trained.fails("train", other, *argv)


# write


def commands():
    """The parser of each command."""
    return build_parser()._subparsers._group_actions[0].choices


def model_of(session, name=BEST):
    run = checkpoint.load(session.folder / "run" / name, "numpy")
    return run.model, run.vocab


DRAWN = [
    ([], {}),
    (["--temperature", 0.5], {"sampler": Sampler(0.5)}),
    (["--top-k", 2], {"sampler": Sampler(top_k=2)}),
    (["--top-p", 0.7], {"sampler": Sampler(top_p=0.7)}),
    (["--min-p", 0.2], {"sampler": Sampler(min_p=0.2)}),
    (["--temperature", 0], {"sampler": GREEDY}),
    (["--seed", 5], {"rng": 5}),
    (["--temperature", 2, "--top-k", 4, "--seed", 3], {"sampler": Sampler(2, 4), "rng": 3}),
]


def test_write_prints_the_prompt_and_what_generate_gives(trained):
    model, vocab = model_of(trained)
    for options, same in DRAWN:
        rng = np.random.default_rng(same.get("rng", 0))
        sampler = same.get("sampler", Sampler())
        text = generate(model, vocab, "the ", 60, sampler=sampler, rng=rng)
        argv = ["write", trained.folder / "run", *NUMPY, "--prompt", "the ", "--length", 60]
        assert trained(*argv, *options) == (f"the {text}\n", ""), options
        (found,) = trained.json(*argv, *options)
        assert (found["prompt"], found["text"]) == ("the ", text), options


def test_write_with_beams_prints_the_likeliest_text_found(trained):
    model, vocab = model_of(trained)
    found = beam_search(model, vocab, "the", 12, 3)
    argv = [
        "write",
        trained.folder / "run",
        *NUMPY,
        "--prompt",
        "the",
        "--length",
        12,
        "--beams",
        3,
    ]
    assert trained(*argv)[0] == f"the{found[0][0]}\n"
    (record,) = trained.json(*argv)
    assert [(beam["text"], beam["log_probability"]) for beam in record["beams"]] == found


def test_write_without_a_prompt_begins_after_a_line_break(trained):
    model, vocab = model_of(trained)
    text = generate(model, vocab, "\n", 500)
    assert trained("write", trained.folder / "run", *NUMPY)[0] == text + "\n"


def test_write_gives_each_character_as_it_comes(trained, monkeypatch):
    flushed = []
    monkeypatch.setattr("builtins.print", lambda *args, **kwargs: flushed.append((args, kwargs)))
    trained("write", trained.folder / "run", *NUMPY, "--length", 7)
    pieces = [args[0] for args, kwargs in flushed if kwargs.get("flush")]
    assert len(pieces) == 7
    assert {len(piece) for piece in pieces} == {1}


def test_all_engines_and_both_kinds_of_file_write_the_same(trained):
    trained("export", trained.folder / "run", trained.folder / "model.safetensors")
    argv = ["--length", 40, "--temperature", 0, "--prompt", "the"]
    found = {
        trained("write", trained.folder / name, "--engine", engine, *argv)
        for name in ("model.safetensors", f"run/{BEST}", "run")
        for engine in ("numpy", "torch")
    }
    assert len(found) == 1


# score, export, info


def test_score_prints_what_the_library_measures(trained):
    model, vocab = model_of(trained)
    part, rest = map(vocab.encode, split_text(TEXT, 0.8))
    expected = score(model, rest)
    argv = ["score", trained.folder / "run", trained.text, *NUMPY, "--fraction", 0.8]
    (found,) = trained.json(*argv)
    assert found["characters"] == len(rest) - 1
    assert found["model"]["nats"] == pytest.approx(expected.nats, abs=1e-12)
    assert found["model"]["bits"] == pytest.approx(expected.bits, abs=1e-12)
    assert found["model"]["perplexity"] == pytest.approx(expected.perplexity, abs=1e-12)
    assert found["uniform"]["nats"] == pytest.approx(np.log(len(vocab)))
    counts = NgramModel(1, len(vocab)).fit(part)
    assert found["unigram"]["nats"] == pytest.approx(counts.nats(rest[1:]))
    lines = trained(*argv)[0].splitlines()
    assert lines[0].startswith(f"{len(rest) - 1} characters")
    for line, name in zip(lines[1:], ("model", "unigram", "uniform"), strict=True):
        row = found[name]
        assert line.split() == [
            name,
            f"{row['nats']:.4f}",
            f"{row['bits']:.4f}",
            f"{row['perplexity']:.2f}",
        ]


def test_the_held_out_part_scores_as_train_said(trained):
    run = checkpoint.load(trained.folder / "run" / BEST, "numpy")
    argv = ["score", trained.folder / "run", trained.text, *NUMPY, "--fraction", 0.9]
    assert trained.json(*argv)[0]["model"]["nats"] == run.best


def test_scoring_the_training_text_itself_is_warned_of(trained):
    trained("export", trained.folder / "run", trained.folder / "model.safetensors")
    for name in ("run", "model.safetensors"):
        out, err = trained("score", trained.folder / name, trained.text, *NUMPY)
        assert "Add --fraction 0.9 to score the rest alone." in err
        assert_sentence(err.strip())
        assert "3,001 characters" in out
    other = trained.folder / "other.txt"
    other.write_text(TEXT[5:], encoding="utf-8")
    assert trained("score", trained.folder / "run", other, *NUMPY)[1] == ""


def test_export_makes_a_weights_file_that_says_how_it_was_made(trained):
    out = trained.folder / "model.safetensors"
    printed, _ = trained("export", trained.folder / "run" / LAST, out)
    assert f"{out}: the model of {trained.folder / 'run' / LAST} after step 20" in printed
    params, config, vocab, training = weights_file.load(out)
    run = by_hand()
    assert_params_equal(params, run.model.get_params())
    assert (config, vocab) == (run.model.config, run.vocab)
    assert training["recipe"] == run.recipe.to_dict()
    assert (training["seed"], training["step"], training["characters"]) == (0, 20, 1280)
    assert (training["text"], training["fraction"], training["engines"]) == (
        "cats.txt",
        0.9,
        ["numpy"],
    )
    assert training["held_out_loss"] == round(run.history.validation_losses[-1], 4)
    assert training["training_loss"] == round(float(np.mean(run.history.losses)), 4)
    assert training["seconds"] >= 0
    assert out.stat().st_size < (trained.folder / "run" / LAST).stat().st_size / 2
    model, _ = engines.load(out, "numpy")
    assert_params_equal(model.get_params(), params)


def test_export_of_a_folder_takes_its_best(trained):
    (found,) = trained.json("export", trained.folder / "run", trained.folder / "m.safetensors")
    assert found["from"] == str(trained.folder / "run" / BEST)
    assert found["training"]["held_out_loss"] == round(by_hand().best, 4)


def test_info_tells_the_same_of_a_checkpoint_and_of_its_weights(trained):
    trained("export", trained.folder / "run", trained.folder / "m.safetensors")
    (first,) = trained.json("info", trained.folder / "run" / BEST)
    (second,) = trained.json("info", trained.folder / "m.safetensors")
    assert (first["kind"], second["kind"]) == ("checkpoint", "weights")
    for name in ("config", "parameters", "vocab", "training"):
        assert first[name] == second[name]
    run = by_hand()
    assert first["vocab"] == "".join(run.vocab.chars)
    assert first["parameters"] == sum(v.size for v in run.model.get_params().values())
    out, _ = trained("info", trained.folder / "run")
    assert f"{trained.folder / 'run' / BEST}: a checkpoint file" in out
    assert "batch size 4, length 16, steps 20" in out
    assert repr("".join(run.vocab.chars)) in out


def test_info_reads_every_weights_file_of_the_book(session):
    root = Path(__file__).parents[2]
    for path in [root / "weights" / "pangram.safetensors", *root.glob("weights/*.safetensors")]:
        out, _ = session("info", path)
        assert f"{path}: a weights file" in out


# what is wrong is said in one sentence


def damage(path, data):
    path.write_bytes(data)
    return path


def bad_files(folder):
    """Files that cannot be used, and a piece of what is said of each."""
    good = (folder / "run" / BEST).read_bytes()
    foreign, newer, named = (folder / name for name in ("foreign", "newer", "named"))
    safetensors.numpy.save_file({"x": np.zeros(2)}, foreign)
    safetensors.numpy.save_file({"x": np.zeros(2)}, newer, {"format": "rnnlib-checkpoint-2"})
    safetensors.numpy.save_file({"x": np.zeros(2)}, named, {"format": "rnnlib-9"})
    (folder / "empty folder").mkdir()
    return {
        folder / "missing": "there is no file or folder",
        folder / "empty folder": "holds no best.safetensors and no last.safetensors",
        damage(folder / "short", good[:-9]): "not a complete safetensors file",
        damage(folder / "noise", b"\xff\xfe" * 50): "is no safetensors file, and a model is needed",
        damage(folder / "text", b"hello"): "is no safetensors file, and a model is needed",
        damage(
            folder / "changed", good.replace(b"cosine", b"cosinE")
        ): "its checksum does not match",
        foreign: "not one of this book",
        newer: "newer version of this book (rnnlib-checkpoint-2). Update rnnlib.",
        named: "newer version of this book (rnnlib-9)",
    }


def test_a_file_that_cannot_be_used_is_explained_by_every_command(trained):
    for path, piece in bad_files(trained.folder).items():
        assert piece in trained.fails("info", path)
        assert piece in trained.fails("write", path, *NUMPY)
        assert piece in trained.fails("score", path, trained.text, *NUMPY)
        if path.name not in ("missing", "named"):
            assert piece in trained.fails("export", path, trained.folder / "out.keras")
    assert not (trained.folder / "out.keras").exists()


def test_a_damaged_or_newer_run_is_not_gone_on_with(trained):
    for path, piece in bad_files(trained.folder).items():
        if path.is_file() and path.name not in ("named", "noise", "text"):
            (trained.folder / "run" / LAST).write_bytes(path.read_bytes())
            argv = ["train", trained.text, "--folder", trained.folder / "run", "--resume"]
            assert piece in trained.fails(*argv)


def test_export_refuses_what_it_cannot_make(trained):
    out = trained.folder / "model.safetensors"
    trained("export", trained.folder / "run", out)
    kept = out.read_bytes()
    assert "exists, and nothing is overwritten" in trained.fails(
        "export", trained.folder / "run", out
    )
    assert out.read_bytes() == kept
    assert "cannot be written" in trained.fails("export", trained.folder / "run", out / "a.pt")


def test_a_checkpoint_without_a_vocabulary_is_explained(session):
    run = Run(build(ModelConfig(5, 2, 3), "numpy"), Recipe())
    checkpoint.save(session.folder / "nameless", run)
    assert "holds no vocabulary" in session.fails("info", session.folder / "nameless")


BAD_TEXTS = {
    "missing": (None, "does not exist"),
    "empty": (b"", "is empty"),
    "not UTF-8": (b"abc\n\xff\xfe", "is not UTF-8: byte 4 (line 2)"),
    "one character": (b"aaaa", "at least 2 distinct characters"),
    "shorter than a batch": (b"ab" * 50, "has 90 characters, too few for 128 inputs"),
}


def test_a_text_that_cannot_be_trained_on_is_explained_and_nothing_is_made(session):
    argv = ["--folder", session.folder / "run", *NUMPY, *SMALL, "--length", 32]
    table = []
    for name, (data, piece) in BAD_TEXTS.items():
        path = session.folder / name
        if data is not None:
            path.write_bytes(data)
        table.append((["train", path, *argv], piece))
    assert_refused(session, table, "See rnnlib/cli/input_text.py, and _read in train.py.")
    assert not (session.folder / "run").exists()


def test_a_held_out_part_of_one_character_is_refused(session):
    session.text.write_text("abcdefghijk", encoding="utf-8")
    argv = ["--folder", session.folder / "run", "--batch-size", 1, "--length", 2]
    argv += ["--fraction", 0.95]
    words = session.fails("train", session.text, *argv, *NUMPY)
    assert "the held-out part has 1 character" in words


def test_a_folder_that_holds_a_run_is_not_trained_into(trained):
    before = {path.name: path.read_bytes() for path in (trained.folder / "run").iterdir()}
    argv = ["train", trained.text, "--folder", trained.folder / "run"]
    assert "already holds a run, and nothing is overwritten" in trained.fails(*argv)
    (trained.folder / "run" / LAST).unlink()
    assert "already holds a run" in trained.fails(*argv)  # a best one alone counts too
    assert "Leave --resume out" in trained.fails(*argv, "--resume")
    assert (trained.folder / "run" / BEST).read_bytes() == before[BEST]


RANGES = {  # of options, from the first that is refused to the last that is taken
    "train t --folder f": [
        ("--steps", 0, 1, "steps must be a whole number of at least 1, not 0"),
        ("--dropout", 1, 0.99, "dropout must be a number of at least 0 and below 1, not 1.0"),
        ("--warmup", 1, 0, "warmup must be a number of at least 0 and below 1, not 1.0"),
        ("--reset", 1.01, 1, "reset must be a number from 0 to 1, not 1.01"),
        ("--hidden", 0, 1, "hidden_size must be a whole number of at least 1, not 0"),
        ("--embed", 0, 1, "embed_size must be a whole number of at least 1, not 0"),
        ("--layers", 1001, 1000, "num_layers must be at most 1000, not 1001"),
        ("--batch-size", 0, 1, "batch_size must be a whole number of at least 1, not 0"),
        ("--length", 0, 1, "length must be a whole number of at least 1, not 0"),
        ("--clip-norm", 0, 0.1, "clip_norm must be a number above 0, not 0.0"),
        ("--clip-norm", "nan", "inf", "argument --clip-norm: nan is not a finite number"),
        ("--weight-decay", -0.1, 0, "weight_decay must be a number of at least 0, not -0.1"),
        ("--validate-every", 0, 1, "validate_every must be a whole number of at least 1, not 0"),
        ("--patience", 0, 1, "patience must be a whole number of at least 1, not 0"),
        ("--seed", -1, 0, "--seed: must be a whole number of at least 0, not -1"),
        ("--threads", 0, 1, "--threads: must be a whole number of at least 1, not 0"),
        ("--save-every", 0, 1, "--save-every: must be a whole number of at least 1, not 0"),
        ("--fraction", 1.5, 1, "--fraction: must be above 0 and at most 1, not 1.5"),
        ("--fraction", "1.0000001", 0.1, "at most 1, not 1.0000001"),
        ("--fraction", 0, 1e-9, "--fraction: must be above 0"),
        ("--learning-rate", 1e38, 1e32, "--learning-rate: must be at most 1e+32, not 1e+38"),
        ("--learning-rate", -1, 0, "learning_rate must be a number of at least 0, not -1.0"),
        ("--learning-rate", "inf", 1, "argument --learning-rate: inf is not a finite number"),
        ("--minutes", 0, 1e-9, "--minutes: must be above 0 and at most 1,000,000, not 0.0"),
        ("--minutes", 1e300, 1e6, "must be above 0 and at most 1,000,000, not 1e+300"),
        ("--minutes", "inf", 1, "argument --minutes: inf is not a finite number"),
        ("--steps", 10**15, 10**15 - 1, "is too large: give less than 1,000,000,000,000,000"),
    ],
    "write m": [
        ("--length", -1, 0, "--length: must be a whole number of at least 0, not -1"),
        ("--temperature", -1, 0, "--temperature: must be 0 or a number above it, not -1.0"),
        ("--samples", 0, 1, "--samples: must be a whole number of at least 1, not 0"),
        ("--top-k", 0, 1, "top_k must be a whole number of at least 1, not 0"),
        ("--top-p", 1.5, 1, "top_p must be a share above 0 and at most 1, not 1.5"),
        ("--top-p", 0, 0.1, "top_p must be a share above 0 and at most 1, not 0.0"),
        ("--min-p", -1, 0, "min_p must be a share from 0 to 1, not -1.0"),
        ("--beams", 0, 1, "--beams: must be a whole number of at least 1, not 0"),
        ("--seed", -1, 0, "--seed: must be a whole number of at least 0, not -1"),
    ],
    "score m t": [
        ("--fraction", 1, 0.99, "--fraction: must be above 0 and below 1, not 1.0"),
        ("--fraction", 0, 0.01, "--fraction: must be above 0 and below 1, not 0.0"),
    ],
}


def test_an_option_has_its_range_and_is_refused_beyond_it(session):
    table, faults = [], []
    for command, options in RANGES.items():
        for flag, refused, taken, piece in options:
            table.append(([*command.split(), flag, refused], piece))
            try:
                parse([*command.split(), flag, str(taken)])
            except SystemExit:
                faults.append(f"{command} {flag} {taken} is refused, and should not be")
    remedy = "The range stands beside the option, or in __post_init__, in rnnlib/cli/options.py."
    assert_none(faults, remedy)
    assert_refused(session, table, remedy, code=2)
    assert not (session.folder / "run").exists()


def test_a_device_that_is_not_there_is_refused(session):
    argv = ["train", session.text, "--folder", session.folder / "run", *NUMPY, *SMALL]
    assert "finds no GPU" in session.fails(*argv, "--device", "gpu")
    assert not (session.folder / "run").exists()


def test_what_cannot_be_written_is_refused(trained):
    argv = ["write", trained.folder / "run", *NUMPY]
    table = [
        ([*argv, "--prompt", "the é ü"], "the prompt holds 'é', 'ü', which this model does not kn"),
        ([*argv, "--prompt", ""], "the prompt is empty"),
        ([*argv, "--prompt", "é", "--skip-unknown"], "the prompt holds no character that this mod"),
        ([*argv, "--device", "gpu"], "finds no GPU"),
    ]
    assert_refused(trained, table, "See rnnlib/cli/write.py.")


UNDONE = [  # options of write of which one changes nothing, or all texts would be the same
    ("--stop ''", "--stop needs at least one character"),
    ("--beams 5 --temperature 0.5", "--beams draws nothing, so --temperature"),
    ("--beams 5 --seed 0", "--beams draws nothing, so --seed"),
    ("--beams 5 --top-k 3", "--beams draws nothing, so --top-k"),
    ("--beams 5 --top-p 0.5", "--beams draws nothing, so --top-p"),
    ("--beams 5 --min-p 0.1", "--beams draws nothing, so --min-p"),
    ("--beams 5 --samples 3", "with --beams all --samples would be the same"),
    ("--temperature 0 --samples 3", "with --temperature 0 all --samples"),
    ("--top-k 1 --samples 2", "with --top-k 1 all --samples"),
]


def test_options_of_write_that_undo_others_are_mistakes(session):
    table = [(["write", "m", *shlex.split(options)], piece) for options, piece in UNDONE]
    assert_refused(session, table, "See WriteOptions in rnnlib/cli/options.py.", code=2)


def test_unknown_characters_in_a_scored_text_are_named(trained):
    trained.text.write_text("the cat éöüßñ¿¡çàØ", encoding="utf-8")
    words = trained.fails("score", trained.folder / "run", trained.text, *NUMPY)
    assert re.search(r"the text holds ('.', ){7}'.' and 2 more, which this model does not", words)


MISTAKES = [
    ("", "the following arguments are required: COMMAND"),
    ("paint", "'paint'"),
    ("train", "the following arguments are required: TEXT, --folder"),
    ("train x --folder y --engine jax", "'jax' (choose from 'numpy', 'keras', "),
    ("train x --folder y --device tpu", "'tpu' (choose from 'cpu', 'gpu')"),
    ("train x --folder y --steps many", "--steps: invalid int value: 'many'"),
    ("train x --folder y --dropout many", "--dropout: invalid float value: 'many'"),
    ("train x --folder y --epochs 3", "--epochs. Did you mean --steps? See"),
    ("train x --hiden 3 --folder y", "--hiden. Did you mean --hidden? See rnnlib train --help"),
    ("train x --lenght=3", "--lenght. Did you mean --length? See rnnlib train --help"),
    ("train x y --folder z", "one at a time; rnnlib shard joins several texts"),
    ("models x", "x is more than rnnlib models takes. See rnnlib models --help."),
    ("train - --folder z", "TEXT must be a file"),
    ("write x --prompt a --prompt-file b", "not allowed with argument"),
    ("train x", "the following arguments are required: --folder"),
    ("train --folder x", "the following arguments are required: TEXT"),
    ("train --folder x --resume --from y", "--from: not allowed with argument --resume"),
    ("train --folder x --resume --minutes 1", "--minutes: not allowed with argument --resume"),
    ("train --folder x --resume --lr-find", "--lr-find: not allowed with argument --resume"),
    ("train x --folder y --minutes 1 --steps 2", "--steps: not allowed with argument --minutes"),
    ("completion cmd", "'cmd' (choose from 'bash', 'zsh', 'fish')"),
    ("shard x", "the following arguments are required: --folder"),
]


def test_a_mistake_on_the_command_line_is_one_line_and_code_2(session):
    faults = []
    for argv, piece in MISTAKES:
        try:
            out, err = session(*shlex.split(argv), code=2)
        except AssertionError as error:
            faults.append(f"rnnlib {argv}: {error}")
            continue
        fits = (err.startswith("rnnlib"), err.endswith("--help.\n"), len(err.splitlines()) == 1)
        if out or piece not in err or not all(fits):
            faults.append(f"rnnlib {argv}: {out}{err}")
    assert_none(faults, "See rnnlib/cli/options.py.")


@pytest.mark.parametrize(("engine", "package"), [("torch", "torch"), ("keras", "tensorflow")])
def test_an_engine_that_is_not_installed_is_explained(session, monkeypatch, engine, package):
    monkeypatch.setitem(sys.modules, f"rnnlib.models.char_rnn.{engine}_model", None)
    argv = ["train", session.text, "--folder", session.folder / "run", *SMALL]
    words = session.fails(*argv, "--engine", engine)
    assert f"the engine {engine} cannot be loaded" in words
    assert f"Run `pip install {package}` to install it." in words
    assert not (session.folder / "run").exists()


def test_a_name_that_is_nearly_that_of_a_model_is_answered_with_it(session):
    words = session.fails("write", "shakespeare_ltsm")
    assert "the nearest is shakespeare_lstm" in words
    assert "rnnlib models lists" in words


def test_files_of_other_programs_are_no_models(trained):
    for ending in (".pt", ".onnx"):
        path = trained.folder / f"m{ending}"
        trained("export", trained.folder / "run", path)
        said = f"{path} is no safetensors file, and a model is needed here"
        assert said in trained.fails("info", path)
        argv = ["train", trained.text, "--folder", trained.folder / "more", "--from", path]
        assert said in trained.fails(*argv)


def test_score_leaves_out_what_the_model_does_not_know_where_that_is_asked_for(trained):
    trained.text.write_text("the cat " * 9 + "é" + "sat on " * 9, encoding="utf-8")
    argv = ["score", trained.folder / "run", trained.text, *NUMPY]
    assert "'é', which this model does not know" in trained.fails(*argv)
    (found,) = trained.json(*argv, "--skip-unknown")
    assert found["characters"] == 8 * 9 + 7 * 9 - 1


# nothing is lost


def test_a_run_that_breaks_keeps_nothing_broken(session):
    argv = [*NUMPY, "--hidden", 8, "--learning-rate", 1000, "--validate-every", 5]
    out, err = session.train(*argv, "--save-every", 1000, code=1)
    assert re.search(r"the (held-out )?loss became \S+ at step \d+\. Start again", err)
    assert "NaN" not in out + err
    for path in (session.folder / "run").iterdir():
        assert len(session("write", path, "--length", 30, *NUMPY)[0]) == 31


def test_a_loss_that_is_no_number_says_its_step_and_what_stays(session):
    wild = [*NUMPY, *SMALL, "--learning-rate", 1e30, "--decay", "none"]
    path = session.folder / "run" / LAST
    _, err = session.train(*wild, code=1)
    first, second = err.splitlines()
    assert re.search(r"the loss became (nan|inf) at step \d+\. Start again with a smaller", first)
    assert second == f"The checkpoint of step 0 is in {path}."
    assert checkpoint.load(path, "numpy").step == 0
    _, err = session.train(*wild, "--save-every", 1, folder="saved", code=1)
    first, second = err.splitlines()
    path = session.folder / "saved" / LAST
    found = re.search(r"(?:after|became \S+ at) step (\d+)[.:].* with a smaller", first)
    step = int(found[1])  # by the processor the weights are the first to break, or the loss
    assert second == f"The checkpoint of step {step - 1} is in {path}."
    assert checkpoint.load(path, "numpy").step == step - 1


def test_a_disk_that_fails_on_the_way_warns_and_at_the_end_says_what_stays(session, monkeypatch):
    original, counted = Path.write_bytes, []

    def write(self, data):
        counted.append(self)
        if len(counted) > 2:
            raise OSError(28, os.strerror(28))
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    _, err = session.train(*NUMPY, *SMALL, "--save-every", 3, code=1)
    *warned, last, kept = err.splitlines()
    assert len(warned) == 5 + 3  # five saves on the way, and each of three scores was a new best
    assert all("No space left on device" in line for line in [*warned, last])
    assert all("Training goes on, unsaved." in line for line in warned)
    assert kept == f"The checkpoint of step 3 is in {session.folder / 'run' / LAST}."
    assert checkpoint.load(session.folder / "run" / LAST, "numpy").step == 3


def test_a_folder_that_cannot_be_made_is_explained(session):
    argv = ["train", session.text, "--folder", session.text / "run", *NUMPY, *SMALL]
    assert f"the folder {session.text / 'run'} cannot be made" in session.fails(*argv)


# as a reader runs it


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_a_real_ctrl_c_in_a_real_process_then_another_engine_goes_on(session):
    folder = session.folder / "run"
    argv = ["-m", "rnnlib", "train", session.text, "--folder", folder, *SMALL]
    argv += ["--steps", 100_000, "--decay", "none", "--warmup", 0, "--validate-every", 40]
    process = python(*argv, *NUMPY)
    while not process.stdout.readline().startswith("step 40"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    step = int(re.search(r"The checkpoint of step ([\d,]+) is in", err)[1].replace(",", ""))
    run = checkpoint.load(folder / LAST, "torch")
    assert run.step == step >= 40
    whole = checkpoint.load(folder / LAST, "numpy")
    for found in (run, whole):
        ids = found.vocab.encode(split_text(TEXT)[0])
        fit_stream(found, ids, stop_at=step + 20, progress=False)
    np.testing.assert_allclose(run.history.losses, whole.history.losses, rtol=0, atol=1e-4)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize("presses", [(0.02,), (0.05,), (0.3,), (1.5, 1.52, 1.56)], ids=str)
def test_ctrl_c_at_any_time_and_many_times_ends_with_130_and_no_traceback(session, presses):
    """Any time from when the library's first lines have run, and it begins to import the rest."""
    argv = ["-m", "rnnlib", "train", session.text, "--folder", session.folder / "run", *SMALL]
    process = python("-X", "importtime", *argv, "--steps", 1_000_000, *NUMPY)
    while not process.stderr.readline().endswith(" rnnlib.cli\n"):
        assert process.poll() is None
    began = time.perf_counter()
    for moment in presses:
        time.sleep(max(0, began + moment - time.perf_counter()))
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    assert process.returncode == 130


def test_a_pipe_that_is_closed_early_ends_it_without_a_traceback(trained):
    argv = ["-m", "rnnlib", "write", trained.folder / "run", *NUMPY, "--length", 100_000]
    process = python(*argv)
    assert process.stdout.read(5)
    process.stdout.close()
    assert process.wait(timeout=300) == 1
    assert process.stderr.read() == (
        "rnnlib write: what reads the output went away before the end.\n"
    )


def test_a_terminal_that_cannot_show_a_letter_gets_a_question_mark(trained):
    argv = ["-m", "rnnlib", "info", trained.folder / "run"]
    out, err = python(*argv, env={"PYTHONIOENCODING": "ascii"}).communicate(timeout=300)
    assert err == ""
    assert "?" in out.splitlines()[2]  # for the omega


def test_help_and_what_needs_no_model_load_no_framework(trained):
    code = f"""
import sys
from rnnlib.cli.main import main
main(["info", {str(trained.folder / "run")!r}])
main(["export", {str(trained.folder / "run")!r}, {str(trained.folder / "m.safetensors")!r}])
main(["write", {str(trained.folder / "run")!r}, "--engine", "numpy", "--length", "3"])
print(sorted({{"torch", "tensorflow", "keras"}} & set(sys.modules)))
"""
    out, err = python("-c", code).communicate(timeout=300)
    assert out.splitlines()[-1] == "[]", err


def test_checkup_is_a_command_only_where_its_package_is_found():
    code = "import sys; sys.modules['checkup'] = None; from rnnlib.cli.main import main; main()"
    for argv, found in ((["-c", code], False), (["-m", "rnnlib"], True)):
        out, err = python(*argv, "--help").communicate(timeout=300)
        assert ("checkup" in out, "models" in out) == (found, True), err


def test_every_option_is_explained():
    names = ["train", "shard", "write", "score", "checkup", "export", "info", "models"]
    names += ["completion"]
    assert list(commands()) == names
    for parser in commands().values():
        assert parser.description
        first, *examples = parser.epilog.splitlines()
        assert (first, len(examples) > 0) == ("examples:", True)
        for example in examples:
            program, *argv = shlex.split(example.partition(">")[0])
            assert program == "rnnlib"
            assert type(parse(argv)) is parser.get_default("kind")
        for action in parser._actions:
            assert action.help, action.dest
            if isinstance(action.default, float | int) and action.default is not False:
                assert action.help.endswith(f"(default: {action.default:g})")


def commands_of(page):
    """The arguments of every `rnnlib ...` that a page shows."""
    joined = page.replace("\\\n", " ")
    lines = re.findall(r"^\$ rnnlib (.*)$", joined, re.MULTILINE)
    return [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]


def test_the_page_shows_every_option_and_nothing_else():
    page = PAGE.read_text(encoding="utf-8")
    parser, shown = build_parser(), {}
    for argv in commands_of(page):
        if "--help" not in argv:
            parser.parse_args(argv)
        shown.setdefault(argv[0], set()).update(part for part in argv if part.startswith("--"))
    for name, sub in commands().items():
        options = {option for action in sub._actions for option in action.option_strings}
        missing = options - {"-h", "--help"} - shown[name]
        mentioned = {option for option in missing if f"`{option}" in page}
        assert missing == mentioned, name


# one folder, one process; signals


def test_a_folder_in_which_a_run_is_trained_is_refused_at_once(trained):
    folder = trained.folder / "run"
    with RunFolder(folder):
        for argv in ([trained.text], [trained.text, "--resume"], ["--resume", "--steps", 90]):
            words = trained.fails("train", *argv, "--folder", folder, *NUMPY)
            assert f"is in use: a run is trained there by process {os.getpid()} on" in words
            assert "Wait for its end, stop it, or choose another folder." in words
    assert "is finished already" in trained.train("--resume")[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the two are forked, so that they meet")
def test_of_two_that_begin_together_one_goes_on(session, monkeypatch):
    """The looking and the beginning of each lie between those of the other."""
    told, tell = os.pipe()
    original = train_module._begin

    def begin(*args):  # has looked, and has not begun
        os.write(tell, b".")
        time.sleep(1)
        return original(*args)

    monkeypatch.setattr(train_module, "_begin", begin)
    child = os.fork()
    if child == 0:
        argv = ["train", session.text, "--folder", session.folder / "run", "--seed", 1]
        os._exit(main([str(part) for part in [*argv, *NUMPY, *SMALL]]))
    watch(child)
    os.close(tell)  # so that a child that dies is not waited for
    assert os.read(told, 1) == b"."
    argv = ["train", session.text, "--folder", session.folder / "run", *NUMPY, *SMALL]
    assert f"by process {child} on" in session.fails(*argv)
    assert reap(child) == 0
    assert checkpoint.load(session.folder / "run" / LAST, "numpy").model.seed == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_other_signals_save_say_so_and_end_with_their_code(session, name):
    argv = ["-m", "rnnlib", "train", session.text, "--folder", session.folder / "run", *SMALL]
    argv += [*NUMPY, "--steps", 1_000_000, "--save-every", 1_000_000, "--validate-every", 40]
    process, number = python(*argv), getattr(signal, name)
    while not process.stdout.readline().startswith("step 40"):
        assert process.poll() is None
    process.send_signal(number)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 128 + number
    first, kept = err.splitlines()[-2:]
    assert first.startswith(f"ended by {name}")
    step = checkpoint.load(session.folder / "run" / LAST, "numpy").step
    assert kept.startswith(f"The checkpoint of step {step:,} is in ")
    assert step >= 40


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_before_anything_is_loaded_ends_it_with_its_code(name):
    process, number = python("-X", "importtime", "-m", "rnnlib", "models"), getattr(signal, name)
    while not process.stderr.readline().endswith(" numpy\n"):
        assert process.poll() is None
    process.send_signal(number)
    _, err = process.communicate(timeout=300)
    assert (process.returncode, err.splitlines()[-1]) == (128 + number, "interrupted.")


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGHUP")
def test_a_terminal_that_is_closed_loses_no_step(session):
    import pty
    import termios

    argv = ["-m", "rnnlib", "train", session.text, "--folder", session.folder / "run", *SMALL]
    argv += [*NUMPY, "--steps", 1_000_000, "--save-every", 1_000_000, "--validate-every", 40]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, *map(str, argv)])
    watch(child)
    termios.tcsetwinsize(terminal, (24, 80))
    said = b""
    while b"step 80" not in said or b"char/s, loss" not in said:  # the bar
        said += os.read(terminal, 10_000)  # an OSError where the child has ended
    os.close(terminal)
    assert reap(child) == 128 + signal.SIGHUP
    assert checkpoint.load(session.folder / "run" / LAST, "numpy").step >= 80


def test_what_is_kept_of_a_run_whose_folder_is_anothers_is_not_told(session, monkeypatch):
    run = session.folder / "run"

    def take_away(*args):
        shutil.rmtree(run)
        run.mkdir()
        checkpoint.save(run / LAST, Run(build(ModelConfig(5, 2, 3), "numpy"), Recipe()))
        return 1.0, None

    monkeypatch.setattr(numpy_model.CharRNN, "train_step", take_away)
    _, err = session.train(*NUMPY, *SMALL, "--save-every", 1, code=1)
    assert f"{run} was removed, and another run was begun there" in err
    assert err.endswith(f"Nothing of this run is left in {run}.\n")


def test_a_run_that_gets_more_steps_says_how_the_learning_rate_jumps(trained):
    run = checkpoint.load(trained.folder / "run" / LAST, "numpy")
    before, after = run.recipe.rate(19), replace(run.recipe, steps=200).rate(20)
    out, _ = trained.train("--resume", "--steps", 200)
    plan = out.splitlines()[4]
    said = f"going on after step 20, where the learning rate goes from {before:.2g} to {after:.2g}"
    assert plan.endswith(said)
    assert before < 0.01 < 0.1 < after


def test_a_run_that_goes_on_as_it_was_says_nothing_of_the_rate(session, monkeypatch):
    press_ctrl_c(monkeypatch, 11)
    session.train(*NUMPY, *SMALL, code=130)
    assert session.train("--resume")[0].splitlines()[4].endswith("going on after step 11")


# no traceback


@pytest.mark.parametrize("hidden", [200_000, 99_999_999_999])
def test_a_model_that_the_machine_cannot_hold_is_refused_before_it_is_made(session, hidden):
    words = session.fails(
        "train", session.text, "--folder", session.folder / "r", "--hidden", hidden
    )
    said = re.search(r"([\d,]+) weights take ([\d,]+) GiB of memory in training, more", words)
    count, size = (int(number.replace(",", "")) for number in said.groups())
    assert size == round(count * 4 * 4 / 2**30)  # float32: weights, slopes, and Adam's two
    assert not (session.folder / "r").exists()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA out of memory. Tried to allocate 3 GiB."),
    ],
    ids=repr,
)
def test_memory_that_is_not_there_is_a_sentence(session, monkeypatch, error):
    def fail(*args):
        raise error

    monkeypatch.setattr(numpy_model.CharRNN, "train_step", fail)
    _, err = session.train(*NUMPY, *SMALL, code=1)
    assert "there is not enough memory for this." in err
    error = RuntimeError("a mistake of ours")
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        session.train(*NUMPY, *SMALL, folder="other")


def test_the_shortest_time_is_enough_for_a_plan(session):
    out, _ = session.train(*NUMPY, "--hidden", 4, "--minutes", 1e-9)
    assert "or rather the fewest that are planned" in out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_devices_and_pipes_are_no_texts(trained):
    os.mkfifo(trained.folder / "pipe")
    argv = ["--folder", trained.folder / "other"]
    assert "is a device." in trained.fails("train", "/dev/zero", *argv)
    assert "is a pipe, and train reads" in trained.fails("train", trained.folder / "pipe", *argv)
    assert "is a device." in trained.fails("score", trained.folder / "run", "/dev/zero")
    for name in ("/dev/zero", trained.folder / "pipe"):
        assert "is no file of bytes" in trained.fails("info", name)


def test_links_that_lead_nowhere_are_told_as_such(trained):
    link = trained.folder / "link.safetensors"
    link.symlink_to(trained.folder / "nowhere")
    assert "(File exists)" in trained.fails("train", trained.text, "--folder", link)
    assert "is a link that leads nowhere" in trained.fails("info", link)
    assert "exists, and nothing is overwritten" in trained.fails(
        "export", trained.folder / "run", link
    )


def test_texts_that_are_too_short_are_told_of_before_a_framework_is_loaded(trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "rnnlib.models.char_rnn.torch_model", None)
    trained.text.write_text("t", encoding="utf-8")
    words = trained.fails("score", trained.folder / "run", trained.text)
    assert "the text has 1 character to score, and 2 are needed" in words
    words = trained.fails("checkup", trained.folder / "run", trained.text, "--engine", "torch")
    assert "the text has 1 character, and a checkup reads 145." in words


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the streams")
@pytest.mark.parametrize(
    ("command", "code", "piece"),
    [
        ("models >&-", 0, ""),
        ("models >&- 2>&-", 0, ""),
        ("info nowhere 2>&-", 1, ""),
        (
            "models >/dev/full",
            1,
            "standard input or output cannot be used (No space left on device).",
        ),
        (
            "--help >/dev/full",
            1,
            "standard input or output cannot be used (No space left on device).",
        ),
        ("nonsense 2>/dev/full", 2, ""),
        ("info nowhere 2>/dev/full", 1, ""),
        ("write pangram --prompt-file - <&-", 1, "standard input is closed. Give --prompt, or"),
    ],
)
def test_streams_that_are_closed_or_full_are_no_tracebacks(command, code, piece):
    if "full" in command and not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    shell = f"{shlex.quote(sys.executable)} -m rnnlib {command}"
    env = os.environ | {"PYTHONUNBUFFERED": ""}  # with it, argparse hides that help is not printed
    done = subprocess.run(shell, shell=True, env=env, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr.count("\n")) == (code, bool(piece))
    assert piece in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a shell closes the streams")
def test_what_native_code_prints_does_not_get_into_a_file(session):
    """Without its stream the first file that is opened would be the one that it prints to."""
    code = "import os; from rnnlib import __main__ as m; from rnnlib.cli import main; "
    code += f"main.run = lambda: print(os.open({str(session.text)!r}, os.O_RDONLY)); m.run()"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} 2>&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=300)
    assert int(done.stdout) > 2
