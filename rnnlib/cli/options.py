"""The options of every command: declared once, read once, and never changed after that.

A command is a frozen dataclass, an option one of its fields, with its range and the sentence that
--help prints for it. Behind `parse` nothing sees what argparse made.
"""

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any, NoReturn

from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.engines import ENGINES
from rnnlib.training.recipe import DECAYS, Recipe
from rnnlib.writing.sampling import Sampler

FILE = (
    "a weights file, a checkpoint, the folder of a run (then its best checkpoint), or a name that "
    "rnnlib models lists"
)
TEXT = 'any UTF-8 text file, or one of the names "shakespeare" and "pangram"'
FRACTION = 0.9  # where nothing else is asked for
SEED = 0
ENGINE = "torch"
LARGEST = 10**15  # from here on a whole number is a slip of the finger
HIGHEST = 1e32  # rate that an update in 32 bits can take
LONGEST = 1e6  # minutes, nearly two years
ENDINGS = {  # of files, by the format that export gives them
    "safetensors": (".safetensors",),
    "keras": (".keras",),
    "torch": (".pt", ".pth"),
    "onnx": (".onnx",),
}


# what reads one number, with its range: for `type=` of argparse


def whole(text: str) -> int:
    """A whole number of a size that can be counted to."""
    number = int(text)
    if abs(number) >= LARGEST:
        raise argparse.ArgumentTypeError(f"{text} is too large: give less than {LARGEST:,}.")
    return number


def finite(text: str) -> float:
    """A number; neither nan nor infinite."""
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number.")
    return number


def limit(text: str) -> float:
    """A number, or inf for no limit."""
    return float(text) if text.strip().lower() in ("inf", "infinity") else finite(text)


def within(read: Callable, fits: Callable[[Any], bool], rule: str) -> Callable:
    """A reader of numbers that fit; of others it says that they must be as the rule says."""

    def reader(text):
        number = read(text)
        if not fits(number):
            raise argparse.ArgumentTypeError(f"must be {rule}, not {number!r}.")
        return number

    reader.__name__ = read.__name__  # as argparse calls it in "invalid int value"
    return reader


whole.__name__ = "int"
finite.__name__ = limit.__name__ = "float"


def at_least(least: int) -> Callable:
    """A reader of whole numbers from `least` up."""
    return within(whole, lambda number: number >= least, f"a whole number of at least {least}")


# the declaration of an option; its flag is the name of its field unless another is given


def _place(metavar, text, default=MISSING, **more):
    """An argument that is known by its place."""
    metadata = {"place": True, "metavar": metavar, "help": text, **more}
    return field(default=default, metadata=metadata)


def _option(text, default=None, **told):
    """An option, and what argparse is told of it; None is what was not given."""
    return field(default=default, metadata={"help": text, **told})


def _number(read, text, default=None, metavar="N", **more):
    return _option(text, default, type=read, metavar=metavar, **more)


def _switch(text):
    return _option(text, False, action="store_true")


def _settings(group, table):
    """Those that were given of the settings of a class, as {name: value}: what was not is chosen
    elsewhere. The table is {name: (flag, what argparse is told)}.
    """
    return field(default_factory=dict, metadata={"group": group, "table": table})


def _engine(shown="torch"):
    return _option(f"what computes (default: {shown})", choices=ENGINES)


def _device():
    return _option("where (default: a GPU if the engine finds one)", choices=("cpu", "gpu"))


def _sizes():
    """The settings of ModelConfig, but its precision: {name: (flag, what argparse is told)}."""
    table = {}
    for name, text in SIZES.items():
        told = {"choices": CELLS} if name == "cell" else {"type": whole, "metavar": "N"}
        table[name] = (f"--{FLAGS[name]}", told | {"help": text})
    return table


FLAGS = {"cell": "cell", "hidden_size": "hidden", "embed_size": "embed", "num_layers": "layers"}
SIZES = {
    "cell": "the recurrent cell (default: gru)",
    "hidden_size": "numbers in the hidden state (default: from the text, at most 192)",
    "embed_size": "numbers that stand for one character (default: half the hidden, at most 64)",
    "num_layers": "recurrent layers (default: 1)",
}
CHOSEN = {  # settings of the recipe that training/defaults.py chooses
    "batch_size": "from the text, at most 64",
    "length": "from the text, at most 32",
    "steps": "from the text and the width, at most 20 passes; with --from, 4 over a short text",
    "learning_rate": "4 / hidden, at most 0.1; with --from, less for a short text",
    "validate_every": "a tenth of the steps",
    "reset": "0.05",
}

READERS = {  # of settings of the recipe that may be infinite, or too large
    "clip_norm": limit,
    "learning_rate": within(finite, lambda rate: rate <= HIGHEST, f"at most {HIGHEST:g}"),
}


def _recipe():
    """The settings of Recipe, as a table."""
    table = {}
    for found in fields(Recipe):
        shown = CHOSEN.get(found.name, "never" if found.default is None else found.default)
        told = {"help": f"{found.metadata['help']} (default: {shown})"}
        if found.default is False:
            told = {"help": found.metadata["help"], "action": "store_true"}
        elif found.name == "decay":
            told["choices"] = DECAYS
        else:
            read = finite if isinstance(found.default, float) else whole
            told |= {"type": READERS.get(found.name, read), "metavar": "N"}
        table[found.name] = (f"--{found.name.replace('_', '-')}", told)
    return table


# the commands: what each does is its docstring, which --help prints


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every command has but completion."""

    json: bool = _switch("print JSON, for programs")


@dataclass(frozen=True, kw_only=True)
class TrainOptions(Options):
    """Train a model on a text."""

    name = "train"
    examples = (
        "shakespeare --folder runs/first",
        "notes.txt --folder runs/notes --minutes 5",
        "notes.txt --lr-find",
        "notes.txt --folder runs/more --from shakespeare_gru",
        "--folder runs/first --resume --steps 2000",
    )

    text: str | None = _place("TEXT", f"{TEXT}; --resume finds it by itself", None, nargs="?")
    folder: str | None = _option(
        "where the run is kept: last.safetensors, best.safetensors", metavar="FOLDER"
    )
    resume: bool = _switch(
        "go on with the run in the folder, where it stopped; with --steps, up to so many"
    )
    start: str | None = _option(
        f"start from the weights of another model ({FILE}); new characters are added to it",
        flag="--from",
        metavar="FILE",
    )
    minutes: float | None = _number(
        within(finite, lambda n: 0 < n <= LONGEST, f"above 0 and at most {LONGEST:,.0f}"),
        "train for so long: the speed is measured, and the steps planned",
    )
    lr_find: bool = _switch("only try learning rates, each in a short run, and propose one")
    normalize: str | None = _option(
        "nfc: letters with marks become one character each, in the text and in prompts",
        choices=("nfc",),
    )
    save_every: int = _number(at_least(1), "steps between two saves (default: 100)", 100)
    shard: bool = _switch(
        "of several processes, each keeps a part of the weights only (torchrun, FSDP2)"
    )
    threads: int | None = _number(
        at_least(1),
        "of torch on a CPU (default: the fastest number, as measured at the start and on the way)",
    )
    engine: str | None = _engine("torch, or the one the run had before")
    device: str | None = _device()
    sizes: Mapping[str, Any] = _settings("the model", _sizes())  # of ModelConfig
    seed: int | None = _number(
        at_least(0),
        f"number that the initial weights are drawn from (default: {SEED})",
        group="the model",
    )
    fraction: float | None = _number(
        within(finite, lambda n: 0 < n <= 1, "above 0 and at most 1"),
        "share of the text to train on, from its start; the rest is held out (1: nothing is) "
        f"(default: {FRACTION})",
        group="the training",
    )
    recipe: Mapping[str, Any] = _settings("the training", _recipe())  # of Recipe

    def __post_init__(self):
        needed = {"TEXT": self.text or self.resume, "--folder": self.folder or self.lr_find}
        if missing := [name for name, given in needed.items() if not given]:
            raise ValueError(f"the following arguments are required: {', '.join(missing)}")
        _exclude("--resume", self.resume, "--from", self.start)
        _exclude("--resume", self.resume, "--minutes", self.minutes)
        _exclude("--resume", self.resume, "--lr-find", self.lr_find)
        _exclude("--minutes", self.minutes, "--steps", self.recipe.get("steps"))
        Recipe(**self.recipe)  # which refuses what is out of range, as ModelConfig does
        ModelConfig(**{"vocab_size": 2, "embed_size": 1, "hidden_size": 1} | self.sizes)
        if self.text == "-":
            raise ValueError(
                "TEXT must be a file, for it is read again at --resume, and - is none."
            )


def _exclude(first, given, second, also_given):
    if given and also_given:
        raise ValueError(f"argument {second}: not allowed with argument {first}.")


@dataclass(frozen=True, kw_only=True)
class ShardOptions(Options):
    """Cut a text that does not fit in memory."""

    name = "shard"
    examples = ("one.txt two.txt --folder shards",)

    texts: Sequence[str] = _place("TEXT", "UTF-8 files, in their order", nargs="+")
    folder: str = _option(
        "where the shards are to lie; train takes it in place of a TEXT",
        required=True,
        metavar="FOLDER",
    )


@dataclass(frozen=True, kw_only=True)
class WriteOptions(Options):
    """Write new text with a trained model."""

    name = "write"
    examples = (
        "runs/first --prompt ROMEO: --temperature 0.8",
        "shakespeare_lstm --samples 3 --length 80 --stop '.'",
        "runs/first --prompt-file - --temperature 0",
    )

    file: str = _place("FILE", FILE)
    prompt: str | None = _option(
        "what the text begins with (default: a line break)", metavar="TEXT"
    )
    prompt_file: str | None = _option(
        "a file that holds what the text begins with; -: standard input",
        metavar="FILE",
    )
    skip_unknown: bool = _switch("leave out what the model does not know of the prompt")
    length: int = _number(at_least(0), "characters to write (default: 500)", 500)
    stop: str | None = _option("end before this text would be written", metavar="TEXT")
    samples: int = _number(at_least(1), "texts to write, each with the next seed (default: 1)", 1)
    temperature: float | None = _number(
        within(finite, lambda number: number >= 0, "0 or a number above it"),
        "below 1 safer, above 1 wilder; 0: the likeliest character each time (default: 1)",
        metavar="T",
    )
    top_k: int | None = _number(whole, "draw from the K likeliest characters only", metavar="K")
    top_p: float | None = _number(
        finite,
        "draw from the likeliest characters only, those that make up the share P",
        metavar="P",
    )
    min_p: float | None = _number(
        finite,
        "draw only characters at least P times as likely as the likeliest",
        metavar="P",
    )
    seed: int | None = _number(at_least(0), "another number, another text (default: 0)")
    beams: int | None = _number(
        at_least(1), "draw nothing: look for the likeliest text, N beginnings at a time"
    )
    engine: str | None = _engine("numpy, the fastest for one character at a time; torch on a GPU")
    device: str | None = _device()

    def __post_init__(self):
        _exclude("--prompt", self.prompt, "--prompt-file", self.prompt_file)
        Sampler(1.0, self.top_k, self.top_p, self.min_p)  # which refuses what is out of range
        if self.stop == "":
            raise ValueError("--stop needs at least one character.")
        for name in ("temperature", "top_k", "top_p", "min_p", "seed"):
            if self.beams is not None and getattr(self, name) is not None:
                flag = name.replace("_", "-")
                raise ValueError(
                    f"--beams draws nothing, so --{flag} changes nothing: leave one out."
                )
        alike = {
            "--beams": self.beams is not None,
            "--temperature 0": self.temperature == 0,
            "--top-k 1": self.top_k == 1,
        }
        for flag, given in alike.items():
            if given and self.samples > 1:
                raise ValueError(
                    f"with {flag} all --samples would be the same text: leave one out."
                )


@dataclass(frozen=True, kw_only=True)
class ScoreOptions(Options):
    """Measure how well a model predicts a text."""

    name = "score"
    examples = ("runs/first shakespeare --fraction 0.9",)

    file: str = _place("FILE", FILE)
    text: str = _place("TEXT", TEXT)
    skip_unknown: bool = _switch("leave out what the model does not know of the text")
    fraction: float | None = _number(
        within(finite, lambda n: 0 < n < 1, "above 0 and below 1"),
        "leave out this share at the start, which train read with the same --fraction "
        "(default: score all)",
    )
    engine: str | None = _engine()
    device: str | None = _device()


@dataclass(frozen=True, kw_only=True)
class CheckupOptions(Options):
    """Examine a model: what it remembers, whether it can learn."""

    name = "checkup"
    examples = ("runs/first", "shakespeare_lstm shakespeare --engine torch")

    file: str = _place("FILE", FILE)
    text: str | None = _place(
        "TEXT",
        f"what it reads meanwhile: {TEXT} (default: what the model writes itself)",
        None,
        nargs="?",
    )
    engine: str | None = _engine("numpy")
    device: str | None = _device()


@dataclass(frozen=True, kw_only=True)
class ExportOptions(Options):
    """Make a file of a model that others can read."""

    name = "export"
    examples = (
        "runs/first first.safetensors",
        "runs/first small.safetensors --bits 8",
        "runs/first first.keras",
        "runs/first first.pt --to torch",
        "runs/first first.onnx",
    )

    file: str = _place("FILE", FILE)
    out: str = _place("OUT", "the new file, such as NAME.safetensors")
    to: str | None = _option(
        "whose format it has (default: the one that the ending of OUT names)",
        choices=tuple(ENDINGS),
    )
    bits: int | None = _option(
        "round the weights, to a quarter of the bytes, for a .safetensors file",
        choices=(8,),
        type=int,
    )


@dataclass(frozen=True, kw_only=True)
class InfoOptions(Options):
    """Tell what is in a file."""

    name = "info"
    examples = ("runs/first", "shakespeare_gru --json")

    file: str = _place("FILE", FILE)


@dataclass(frozen=True, kw_only=True)
class ModelsOptions(Options):
    """List the trained weights that come with the book."""

    name = "models"
    examples = ("",)


@dataclass(frozen=True, kw_only=True)
class CompletionOptions:
    """Print what makes a shell complete these commands."""

    name = "completion"
    examples = ("bash > ~/.local/share/bash-completion/completions/rnnlib", "fish")

    shell: str = _place(None, "the shell that it is for", choices=("bash", "zsh", "fish"))


COMMANDS: tuple[Any, ...] = (
    TrainOptions,
    ShardOptions,
    WriteOptions,
    ScoreOptions,
    *([CheckupOptions] if find_spec("checkup") else []),  # a package of its own
    ExportOptions,
    InfoOptions,
    ModelsOptions,
    CompletionOptions,
)


# from the command line to a value


EPILOGUE = """\
a first session, of about a minute:
  rnnlib train shakespeare --folder runs/first
  rnnlib write runs/first --prompt "ROMEO:"

Each command explains itself: rnnlib train --help.
Exit codes: 0 done, 1 an error, 2 a mistake on the command line, 130 Ctrl-C, 143 SIGTERM,
129 SIGHUP."""


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence, and where to read on."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and exit with code 2."""
        end = "" if message.endswith("?") else "."
        with suppress(OSError):  # what cannot be printed: the code tells
            self.exit(2, f"{self.prog}: {message.rstrip('.')}{end} See {self.prog} --help.\n")
        sys.exit(2)


def build_parser() -> Parser:
    """The parser of all commands; each sets `kind`, its class of options, and `parser`, its own."""
    parser = Parser(
        prog="rnnlib",
        description="Train a character model on any text, and let it write.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for kind in COMMANDS:
        shown = "\n".join(f"  rnnlib {kind.name} {example}".rstrip() for example in kind.examples)
        summary = kind.__doc__.rstrip(".")
        sub = commands.add_parser(
            kind.name,
            help=summary[0].lower() + summary[1:],
            description=kind.__doc__,
            epilog=f"examples:\n{shown}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(kind=kind, parser=sub)
        _add_options(sub, kind)
    return parser


def _add_options(parser, kind):
    groups = {None: parser}
    for found in sorted(fields(kind), key=lambda found: found.name == "json"):  # that comes last
        told = dict(found.metadata)
        title = told.pop("group", None)
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        group = groups[title]
        if "table" in told:
            for name, (flag, rest) in told["table"].items():
                group.add_argument(flag, dest=name, default=None, **rest)
        elif told.pop("place", False):
            group.add_argument(found.name, **told)
        else:
            flag = told.pop("flag", f"--{found.name.replace('_', '-')}")
            group.add_argument(flag, dest=found.name, default=found.default, **told)


def parse(argv: list[str] | None = None) -> Any:
    """The options of one command. A mistake among them raises SystemExit with 2."""
    found, rest = build_parser().parse_known_args(argv)
    if rest:
        found.parser.error(_explain_rest(found.parser, rest))
    try:
        return found.kind(**{f.name: _value_of(f, found) for f in fields(found.kind)})
    except ValueError as mistake:
        found.parser.error(str(mistake))


def _value_of(option, found):
    """What the command line says of an option, or of a table of them."""
    if "table" not in option.metadata:
        return getattr(found, option.name)
    values = {name: getattr(found, name) for name in option.metadata["table"]}
    return {name: value for name, value in values.items() if value is not None}


def _explain_rest(parser, rest):
    """What is wrong with the arguments that no option and no place takes."""
    wrong = next((part.partition("=")[0] for part in rest if part.startswith("-")), None)
    if wrong is None:
        many = ""
        if parser.get_default("kind") is TrainOptions:
            many = ": it reads one at a time; rnnlib shard joins several texts"
        return f"{' '.join(rest)} is more than {parser.prog} takes{many}"
    known = [flag for action in parser._actions for flag in action.option_strings]
    near = get_close_matches(wrong, known, 1)
    return f"there is no option {wrong}" + (f". Did you mean {near[0]}?" if near else "")
