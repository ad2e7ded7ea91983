"""The options of each command, with the sentence that --help prints for each."""

import argparse
from dataclasses import fields

from rnnlib.cli.train import FRACTION, MODEL, SEED
from rnnlib.models.config import CELLS
from rnnlib.models.engines import ENGINES
from rnnlib.training.recipe import DECAYS, Recipe

FILE = "a weights file, a checkpoint, or the folder of a run (then its best checkpoint)"
TEXT = 'any UTF-8 text file, or one of the names "shakespeare" and "pangram"'

# flag: (name in ModelConfig, type or choices, help)
SIZES = {
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
    "reset": "share of the states that are set to zeros before a step, to practise beginnings",
}


def _add_engine(parser, default="torch"):
    shown = default or "torch, or the one the run had before"
    parser.add_argument(
        "--engine", choices=ENGINES, default=default, help=f"what computes (default: {shown})"
    )
    parser.add_argument(
        "--device", choices=("cpu", "gpu"), help="where (default: a GPU if the engine finds one)"
    )


def add_train(parser):
    """The options of train."""
    parser.add_argument("text", metavar="TEXT", help=TEXT)
    text = "where the run is kept: last.safetensors, best.safetensors"
    parser.add_argument("--folder", metavar="FOLDER", required=True, help=text)
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in the folder, where it stopped"
    )
    _add_number(parser, "--save-every", int, 100, "N", "steps between two saves (default: 100)")
    _add_engine(parser, default=None)
    group = parser.add_argument_group("the model")
    for flag, (dest, kind, text) in SIZES.items():
        _add_setting(group, flag, dest, kind, MODEL[dest], text)
    text = "number that the first weights are drawn from"
    _add_setting(group, "--seed", "seed", int, SEED, text)
    group = parser.add_argument_group("the training")
    text = "share of the text to train on, from its start; the rest is held out (1: nothing is)"
    _add_setting(group, "--fraction", "fraction", float, FRACTION, text)
    for field in fields(Recipe):
        kind = int if field.default is None else type(field.default)
        kind = DECAYS if field.name == "decay" else kind
        flag = f"--{field.name.replace('_', '-')}"
        _add_setting(group, flag, field.name, kind, field.default, RECIPE[field.name])


def _add_setting(group, flag, dest, kind, default, text):
    """An option that the namespace lacks unless it was given: --resume compares what was given."""
    values = {"choices": kind} if isinstance(kind, tuple) else {"type": kind, "metavar": "N"}
    shown = "never" if default is None else default
    text = f"{text} (default: {shown})"
    group.add_argument(flag, dest=dest, default=argparse.SUPPRESS, help=text, **values)


def add_write(parser):
    """The options of write."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument(
        "--prompt", metavar="TEXT", help="what the text begins with (default: a line break)"
    )
    _add_number(parser, "--length", int, 500, "N", "characters to write (default: 500)")
    text = "below 1 safer, above 1 wilder (default: 1)"
    _add_number(parser, "--temperature", float, 1.0, "T", text)
    _add_number(parser, "--top-k", int, None, "K", "draw from the K likeliest characters only")
    text = "draw from the likeliest characters only, those that make up the share P"
    _add_number(parser, "--top-p", float, None, "P", text)
    text = "draw only characters at least P times as likely as the likeliest"
    _add_number(parser, "--min-p", float, None, "P", text)
    _add_number(parser, "--seed", int, 0, "N", "another number, another text (default: 0)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--greedy", action="store_true", help="draw nothing: take the likeliest character each time"
    )
    text = "draw nothing: look for the likeliest text, N beginnings at a time"
    _add_number(way, "--beams", int, None, "N", text)
    _add_engine(parser)


def _add_number(parser, flag, kind, default, metavar, text):
    parser.add_argument(flag, type=kind, default=default, metavar=metavar, help=text)


def add_score(parser):
    """The options of score."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument("text", metavar="TEXT", help=TEXT)
    text = "leave out this share at the start, which train read with the same --fraction"
    _add_number(parser, "--fraction", float, None, "N", f"{text} (default: score all)")
    _add_engine(parser)


def add_export(parser):
    """The options of export."""
    parser.add_argument(
        "file", metavar="FILE", help="a checkpoint, or the folder of a run (then its best one)"
    )
    parser.add_argument("out", metavar="OUT", help="the new file, such as NAME.safetensors")


def add_info(parser):
    """The options of info."""
    parser.add_argument("file", metavar="FILE", help=FILE)
