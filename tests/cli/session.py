"""What the tests of the command line share: a folder with a text in it, and the commands."""

import json
import shlex

import numpy as np

from rnnlib.cli.main import main
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text.vocab import Vocab, split_text
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream
from tests.helpers import assert_none, assert_sentence

WORDS = ["the", "a", "cat", "dog", "Ωμέγα", "sat on", "ran by", "mat.\n", "door?\n", "saw 12"]
TEXT = " ".join(np.random.default_rng(0).choice(WORDS, 700))[:3002]
SMALL = shlex.split(
    "--cell lstm --hidden 8 --embed 4 --batch-size 4 --length 16 --steps 20 --validate-every 8 "
    "--learning-rate 0.2 --reset 0"
)
NUMPY = ["--engine", "numpy"]


class Session:
    """A folder with a text in it, and the command line."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys
        self.text = folder / "cats.txt"
        self.text.write_text(TEXT, encoding="utf-8")

    def __call__(self, *argv, code=0):
        """Run a command that ends with this exit code; returns stdout, stderr."""
        try:
            found = main([str(part) for part in argv])
        except SystemExit as stop:
            found = stop.code
        out, err = self.capsys.readouterr()
        assert found == code, out + err
        assert "Traceback" not in err
        return out, err

    def json(self, *argv):
        """Run a command with --json: the objects that it prints, one a line."""
        out, err = self(*argv, "--json")
        assert err == ""
        return [json.loads(line) for line in out.splitlines()]

    def train(self, *more, text=None, folder="run", code=0):
        return self("train", text or self.text, "--folder", self.folder / folder, *more, code=code)

    def fails(self, *argv, code=1):
        """The one sentence of a command that fails, without the name of the program."""
        out, err = self(*argv, code=code)
        assert out == ""
        lines = err.splitlines()
        assert len(lines) == 1, err
        prefix = f"rnnlib {argv[0]}: "
        assert lines[0].startswith(prefix)
        assert_sentence(lines[0].removeprefix(prefix))
        return lines[0]


def assert_refused(session, table, remedy, code=1):
    """Each argv of a table [(argv, piece)] ends with this code and a sentence with the piece."""
    faults = []
    for argv, piece in table:
        shown = " ".join(map(str, argv))
        try:
            words = session.fails(*argv, code=code)
        except AssertionError as error:
            faults.append(f"{shown}: {str(error).strip()}")
        else:
            if piece not in words:
                faults.append(f"{shown}: {piece!r} is not in {words!r}")
    assert_none(faults, remedy)


def by_hand():
    """The run that SMALL describes, trained without the command line."""
    vocab = Vocab(TEXT)
    recipe = Recipe(4, 16, 20, 0.2, validate_every=8)
    model = build(ModelConfig(len(vocab), 4, 8, 1, "lstm"), "numpy", 0)
    run = Run(model, recipe, vocab)
    fit_stream(run, *map(vocab.encode, split_text(TEXT)), progress=False)
    return run
