"""The options of each command, with the sentence that --help prints for each."""

import argparse
import math
from dataclasses import fields

from rnnlib.cli.export import ENDINGS
from rnnlib.cli.train import FRACTION, MODEL, SEED
from rnnlib.models.config import CELLS
from rnnlib.models.engines import ENGINES
from rnnlib.training.recipe import DECAYS, Recipe

FILE = (
    "a weights file, a checkpoint, the folder of a run (then its best checkpoint), or a name that "
    "rnnlib models lists"
)
TEXT = 'any UTF-8 text file, or one of the names "shakespeare" and "pangram"'

# name in ModelConfig: (type or choices, help, what holds unless it is given)
SIZES = {
    "cell": (CELLS, "the recurrent cell", "gru"),
    "hidden_size": (int, "numbers in the hidden state", "from the text, at most 192"),
    "embed_size": (int, "numbers that stand for one character", "half the hidden, at most 64"),
    "num_layers": (int, "recurrent layers", "1"),
}
LARGEST = 10**15  # from here on a whole number is a slip of the finger
CHOSEN = {  # settings of the recipe that plan.py chooses
    "batch_size": "from the text, at most 64",
    "length": "from the text, at most 32",
    "steps": "from the text and the width, at most 20 passes; with --from, 4 over a short text",
    "learning_rate": "4 / hidden, at most 0.1; with --from, less for a short text",
    "validate_every": "a tenth of the steps",
    "reset": "0.05",
}


def whole(text):
    """A whole number of a size that can be counted to."""
    number = int(text)
    if abs(number) >= LARGEST:
        raise argparse.ArgumentTypeError(f"{text} is too large: give less than {LARGEST:,}.")
    return number


def finite(text):
    """A number; neither nan nor infinite."""
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number.")
    return number


def limit(text):
    """A number, or inf for no limit."""
    return float(text) if text.strip().lower() in ("inf", "infinity") else finite(text)


NUMBERS = {int: whole, float: finite}  # what argparse reads, by the kind of the setting
for kind, read in (*NUMBERS.items(), (float, limit)):
    read.__name__ = kind.__name__  # as argparse calls it in "invalid int value"


def _add_engine(parser, shown="torch"):
    parser.add_argument(
        "--engine", choices=ENGINES, default=None, help=f"what computes (default: {shown})"
    )
    parser.add_argument(
        "--device", choices=("cpu", "gpu"), help="where (default: a GPU if the engine finds one)"
    )


def add_train(parser):
    """The options of train."""
    text = f"{TEXT}; --resume finds it by itself"
    parser.add_argument("text", metavar="TEXT", nargs="?", help=text)
    text = "where the run is kept: last.safetensors, best.safetensors"
    parser.add_argument("--folder", metavar="FOLDER", help=text)
    text = "go on with the run in the folder, where it stopped; with --steps, up to so many"
    parser.add_argument("--resume", action="store_true", help=text)
    text = f"start from the weights of another model ({FILE}); new characters are added to it"
    parser.add_argument("--from", dest="start", metavar="FILE", help=text)
    text = "train for so long: the speed is measured, and the steps planned"
    _add_number(parser, "--minutes", float, None, "N", text)
    text = "only try learning rates, each in a short run, and propose one"
    parser.add_argument("--lr-find", action="store_true", help=text)
    text = "nfc: letters with marks become one character each, in the text and in prompts"
    parser.add_argument("--normalize", choices=("nfc",), help=text)
    _add_number(parser, "--save-every", int, 100, "N", "steps between two saves (default: 100)")
    text = "of several processes, each keeps a part of the weights only (torchrun, FSDP2)"
    parser.add_argument("--shard", action="store_true", help=text)
    _add_engine(parser, "torch, or the one the run had before")
    group = parser.add_argument_group("the model")
    for name, (kind, text, shown) in SIZES.items():
        _add_setting(group, f"--{MODEL[name]}", name, kind, shown, text)
    text = "number that the first weights are drawn from"
    _add_setting(group, "--seed", "seed", int, SEED, text)
    group = parser.add_argument_group("the training")
    text = "share of the text to train on, from its start; the rest is held out (1: nothing is)"
    _add_setting(group, "--fraction", "fraction", float, FRACTION, text)
    for field in fields(Recipe):
        kind = int if field.default is None else type(field.default)
        kind = DECAYS if field.name == "decay" else kind
        shown = CHOSEN.get(field.name, "never" if field.default is None else field.default)
        flag = f"--{field.name.replace('_', '-')}"
        _add_setting(group, flag, field.name, kind, shown, field.metadata["help"])


def _add_setting(group, flag, dest, kind, shown, text):
    """An option that the namespace lacks unless it was given: --resume compares what was given."""
    if kind is bool:
        values = {"action": "store_true"}
    else:
        read = limit if dest == "clip_norm" else NUMBERS.get(kind)
        values = {"choices": kind} if isinstance(kind, tuple) else {"type": read, "metavar": "N"}
        text = f"{text} (default: {shown})"
    group.add_argument(flag, dest=dest, default=argparse.SUPPRESS, help=text, **values)


def add_shard(parser):
    """The options of shard."""
    parser.add_argument("texts", metavar="TEXT", nargs="+", help="UTF-8 files, in their order")
    text = "where the shards are to lie; train takes it in place of a TEXT"
    parser.add_argument("--folder", metavar="FOLDER", required=True, help=text)


def add_write(parser):
    """The options of write."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    prompt = parser.add_mutually_exclusive_group()
    prompt.add_argument(
        "--prompt", metavar="TEXT", help="what the text begins with (default: a line break)"
    )
    text = "a file that holds what the text begins with; -: standard input"
    prompt.add_argument("--prompt-file", metavar="FILE", help=text)
    text = "leave out what the model does not know of the prompt"
    parser.add_argument("--skip-unknown", action="store_true", help=text)
    _add_number(parser, "--length", int, 500, "N", "characters to write (default: 500)")
    text = "end before this text would be written"
    parser.add_argument("--stop", metavar="TEXT", help=text)
    text = "texts to write, each with the next seed (default: 1)"
    _add_number(parser, "--samples", int, 1, "N", text)
    text = "below 1 safer, above 1 wilder; 0: the likeliest character each time (default: 1)"
    _add_number(parser, "--temperature", float, None, "T", text)
    _add_number(parser, "--top-k", int, None, "K", "draw from the K likeliest characters only")
    text = "draw from the likeliest characters only, those that make up the share P"
    _add_number(parser, "--top-p", float, None, "P", text)
    text = "draw only characters at least P times as likely as the likeliest"
    _add_number(parser, "--min-p", float, None, "P", text)
    _add_number(parser, "--seed", int, None, "N", "another number, another text (default: 0)")
    text = "draw nothing: look for the likeliest text, N beginnings at a time"
    _add_number(parser, "--beams", int, None, "N", text)
    _add_engine(parser, "numpy, the fastest for one character at a time; torch on a GPU")


def _add_number(parser, flag, kind, default, metavar, text):
    read = NUMBERS[kind]
    parser.add_argument(flag, type=read, default=default, metavar=metavar, help=text)


def add_score(parser):
    """The options of score."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument("text", metavar="TEXT", help=TEXT)
    text = "leave out what the model does not know of the text"
    parser.add_argument("--skip-unknown", action="store_true", help=text)
    text = "leave out this share at the start, which train read with the same --fraction"
    _add_number(parser, "--fraction", float, None, "N", f"{text} (default: score all)")
    _add_engine(parser)


def add_checkup(parser):
    """The options of checkup."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    text = f"what it reads meanwhile: {TEXT} (default: what the model writes itself)"
    parser.add_argument("text", metavar="TEXT", nargs="?", help=text)
    _add_engine(parser, "numpy")


def add_export(parser):
    """The options of export."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    parser.add_argument("out", metavar="OUT", help="the new file, such as NAME.safetensors")
    text = "whose format it has (default: the one that the ending of OUT names)"
    parser.add_argument("--to", choices=tuple(ENDINGS), help=text)
    text = "round the weights, to a quarter of the bytes, for a .safetensors file"
    parser.add_argument("--bits", type=int, choices=(8,), help=text)


def add_info(parser):
    """The options of info."""
    parser.add_argument("file", metavar="FILE", help=FILE)


def add_models(parser):
    """The command models has no options of its own."""


def add_completion(parser):
    """The options of completion."""
    shells = ("bash", "zsh", "fish")
    parser.add_argument("shell", choices=shells, help="the shell that it is for")
