"""The command line, python -m rnnlib: train, write, score, export and info."""

import argparse
import os
import sys
import warnings
from dataclasses import fields

from tqdm import tqdm

from rnnlib import cli_train, cli_use
from rnnlib.cli_files import warn
from rnnlib.config import CELLS
from rnnlib.corpus import CorpusError
from rnnlib.engines import ENGINES
from rnnlib.recipe import DECAYS, Recipe

EPILOGUE = """\
a first session, of about a minute:
  python -m rnnlib train shakespeare --folder runs/first
  python -m rnnlib write runs/first --prompt "ROMEO:"

Each command explains itself: python -m rnnlib train --help.
Exit codes: 0 done, 1 an error, 2 a mistake on the command line, 130 Ctrl-C."""

FILE = "a weights file, a checkpoint, or the folder of a run (then its best checkpoint)"
TEXT = 'any UTF-8 text file, or one of the names "shakespeare" and "pangram"'

# flag: (name in ModelConfig, type or choices, help)
MODEL = {
    "--cell": ("cell", CELLS, "the recurrent cell"),
    "--hidden": ("hidden_size", int, "numbers in the hidden state"),
    "--embed": ("embed_size", int, "numbers that stand for one character"),
    "--layers": ("num_layers", int, "recurrent layers"),
}
RECIPE = {
    "batch_size": "rows of the text that are read side by side",
    "length": "characters a step reads of each row, and so how far back errors travel",
    "steps": "updates of the weights",
    "learning_rate": "the highest learning rate",
    "warmup": "share of the steps over which the rate rises to it",
    "decay": "how the rate falls after that",
    "clip_norm": "longest gradient that is let through; inf: any",
    "weight_decay": "pull of the weights towards zero",
    "dropout": "share of hidden numbers left out at random in training",
    "validate_every": "steps between two scores of the held-out text",
    "patience": "stop after so many scores without a new best",
}


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence, and where to read on."""

    def error(self, message):
        """Print the sentence and exit with code 2."""
        self.exit(2, f"{self.prog}: {message.rstrip('.')}. See {self.prog} --help.\n")


def build_parser():
    """The parser of all commands; each carries the function that does it as `command`."""
    parser = Parser(
        prog="python -m rnnlib",
        description="Train a character model on any text, and let it write.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name", metavar="COMMAND", required=True)
    _add_train(_add(commands, "train", cli_train.train, "train a model on a text"))
    _add_write(_add(commands, "write", cli_use.write, "write new text with a trained model"))
    _add_score(_add(commands, "score", cli_use.score_text, "measure how well a model predicts"))
    export = _add(commands, "export", cli_use.export, "make a weights file of a checkpoint")
    export.add_argument("file", metavar="CHECKPOINT", help="a checkpoint, or the folder of a run")
    export.add_argument("out", metavar="OUT", help="the new file, such as NAME.safetensors")
    info = _add(commands, "info", cli_use.info, "tell what is in a file")
    info.add_argument("file", metavar="FILE", help=FILE)
    return parser


def _add(commands, name, command, summary):
    parser = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    parser.set_defaults(command=command)
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _add_engine(parser, default="torch"):
    shown = default or "torch, or the one the run had before"
    parser.add_argument(
        "--engine", choices=ENGINES, default=default, help=f"what computes (default: {shown})"
    )
    parser.add_argument(
        "--device", choices=("cpu", "gpu"), help="where (default: a GPU if the engine finds one)"
    )


def _add_train(parser):
    parser.add_argument("text", metavar="TEXT", help=TEXT)
    parser.add_argument(
        "--folder", required=True, help="where the run is kept: last.safetensors, best.safetensors"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in the folder, where it stopped"
    )
    parser.add_argument(
        "--save-every", type=int, default=100, help="steps between two saves (default: 100)"
    )
    _add_engine(parser, default=None)
    group = parser.add_argument_group("the model")
    for flag, (dest, kind, text) in MODEL.items():
        _add_setting(group, flag, dest, kind, cli_train.MODEL[dest], text)
    text = "number that the first weights are drawn from"
    _add_setting(group, "--seed", "seed", int, cli_train.SEED, text)
    group = parser.add_argument_group("the training")
    text = "share of the text to train on, from its start; the rest is held out (1: nothing is)"
    _add_setting(group, "--fraction", "fraction", float, cli_train.FRACTION, text)
    for field in fields(Recipe):
        kind = DECAYS if field.name == "decay" else type(field.default or 0)
        flag = f"--{field.name.replace('_', '-')}"
        _add_setting(group, flag, field.name, kind, field.default, RECIPE[field.name])


def _add_setting(group, flag, dest, kind, default, text):
    """An option that is absent from the namespace unless it was given: see cli_train."""
    values = {"choices": kind} if isinstance(kind, tuple) else {"type": kind, "metavar": "N"}
    shown = "never" if default is None else default
    text = f"{text} (default: {shown})"
    group.add_argument(flag, dest=dest, default=argparse.SUPPRESS, help=text, **values)


def _add_write(parser):
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument("--prompt", help="what the text begins with (default: a line break)")
    parser.add_argument("--length", type=int, default=500, help="characters (default: 500)")
    parser.add_argument(
        "--temperature", type=float, default=1.0, help="below 1 safer, above wilder (default: 1)"
    )
    parser.add_argument("--top-k", type=int, help="draw from the K likeliest characters only")
    parser.add_argument("--top-p", type=float, help="draw from the likeliest that sum to P only")
    parser.add_argument("--min-p", type=float, help="draw only what has P times the top chance")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--greedy", action="store_true", help="draw nothing: the likeliest each time")
    way.add_argument("--beams", type=int, help="draw nothing: search so many texts for the best")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    _add_engine(parser)


def _add_score(parser):
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument("text", metavar="TEXT", help=TEXT)
    text = "leave out this share at the start, which train read with the same --fraction"
    parser.add_argument("--fraction", type=float, help=f"{text} (default: score all)")
    _add_engine(parser)


def main(argv=None):
    """Run one command; the exit code. Chapter 8.

    0 done, 1 an error (one sentence on stderr), 130 interrupted by Ctrl-C. A mistake on the command
    line raises SystemExit with 2, as argparse does.
    """
    args = build_parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow says as it starts
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_: warn(args, message)
        try:
            args.command(args)
            sys.stdout.flush()
            return 0
        except KeyboardInterrupt as stop:
            return _fail("interrupted.", stop, 130)
        except (ValueError, OSError, CorpusError, ImportError) as error:
            return _fail(f"rnnlib {args.name}: {_explain(error, args)}", error, 1)


def _fail(sentence, error, code):
    """Say what happened, and what was noted about it on the way up; the exit code."""
    for line in (sentence, *getattr(error, "__notes__", ())):
        tqdm.write(line, file=sys.stderr)
    return code


def _explain(error, args):
    """The sentence of an error; most come with one already."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to flush to
        return "what reads the output went away before the end."
    if isinstance(error, ImportError):
        return f"the engine {args.engine or 'torch'} cannot be loaded ({str(error).rstrip('.')})."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'} cannot be used ({error.strerror})."
    return str(error)
