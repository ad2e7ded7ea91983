"""The command line, rnnlib: train, shard, write, score, checkup, export, info, models, ..."""

import argparse
import os
import re
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from difflib import get_close_matches

from rnnlib.cli import checkup, completion, export, options, refusals, shard, train, use
from rnnlib.cli.quiet import Output, deaf, name_output
from rnnlib.cli.shared import warn
from rnnlib.data.wheels import CorpusError
from rnnlib.models.char_rnn.fast.malloc import keep_memory
from rnnlib.training.distributed import is_first
from rnnlib.training.signals import ENDINGS, Ended, answered, end

LACK = re.compile("out of memory|allocate|ResourceExhausted", re.IGNORECASE)
TOO_LARGE = (
    "there is not enough memory for this. Give a smaller model or fewer characters at a time; "
    "rnnlib shard makes a long text fit."
)
STOPPED = {143: "ended by SIGTERM.", 129: "ended by SIGHUP, which a closed terminal sends."}

EPILOGUE = """\
a first session, of about a minute:
  rnnlib train shakespeare --folder runs/first
  rnnlib write runs/first --prompt "ROMEO:"

Each command explains itself: rnnlib train --help.
Exit codes: 0 done, 1 an error, 2 a mistake on the command line, 130 Ctrl-C, 143 SIGTERM,
129 SIGHUP."""

# name: (what does it, what adds its options, a summary, examples)
COMMANDS = {
    "train": (
        train.train,
        options.add_train,
        "train a model on a text",
        (
            "shakespeare --folder runs/first",
            "notes.txt --folder runs/notes --minutes 5",
            "notes.txt --lr-find",
            "notes.txt --folder runs/more --from shakespeare_gru",
            "--folder runs/first --resume --steps 2000",
        ),
    ),
    "shard": (
        shard.shard,
        options.add_shard,
        "cut a text that does not fit in memory",
        ("one.txt two.txt --folder shards",),
    ),
    "write": (
        use.write,
        options.add_write,
        "write new text with a trained model",
        (
            "runs/first --prompt ROMEO: --temperature 0.8",
            "shakespeare_lstm --samples 3 --length 80 --stop '.'",
            "runs/first --prompt-file - --temperature 0",
        ),
    ),
    "score": (
        use.score_text,
        options.add_score,
        "measure how well a model predicts a text",
        ("runs/first shakespeare --fraction 0.9",),
    ),
    "checkup": (
        checkup.examine,
        options.add_checkup,
        "examine a model: what it remembers, whether it can learn",
        ("runs/first", "shakespeare_lstm shakespeare --engine torch"),
    ),
    "export": (
        export.export,
        options.add_export,
        "make a file of a model that others can read",
        (
            "runs/first first.safetensors",
            "runs/first small.safetensors --bits 8",
            "runs/first first.keras",
            "runs/first first.pt --to torch",
            "runs/first first.onnx",
        ),
    ),
    "info": (
        use.info,
        options.add_info,
        "tell what is in a file",
        ("runs/first", "shakespeare_gru --json"),
    ),
    "models": (
        use.models,
        options.add_models,
        "list the trained weights that come with the book",
        ("",),
    ),
    "completion": (
        completion.completion,
        options.add_completion,
        "print what makes a shell complete these commands",
        ("bash > ~/.local/share/bash-completion/completions/rnnlib", "fish"),
    ),
}


class Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence, and where to read on."""

    def error(self, message):
        """Print the sentence and exit with code 2."""
        end = "" if message.endswith("?") else "."
        self.exit(2, f"{self.prog}: {message.rstrip('.')}{end} See {self.prog} --help.\n")


def build_parser():
    """The parser of all commands; each carries the function that does it as `command`."""
    parser = Parser(
        prog="rnnlib",
        description="Train a character model on any text, and let it write.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name", metavar="COMMAND", required=True)
    for name, (command, add_options, summary, examples) in COMMANDS.items():
        shown = "\n".join(f"  rnnlib {name} {example}".rstrip() for example in examples)
        sub = commands.add_parser(
            name,
            help=summary,
            description=f"{summary.capitalize()}.",
            epilog=f"examples:\n{shown}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=command, parser=sub, program=parser)
        add_options(sub)
        if name != "completion":
            sub.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def parse(argv=None):
    """The options of one command. A mistake among them raises SystemExit with 2."""
    args, rest = build_parser().parse_known_args(argv)
    if rest:
        args.parser.error(_explain_rest(args.parser, rest))
    if args.name in refusals.CHECKS:
        refusals.CHECKS[args.name](args.parser, args)
    return args


def _explain_rest(parser, rest):
    """What is wrong with the arguments that no option and no place takes."""
    wrong = next((part.partition("=")[0] for part in rest if part.startswith("-")), None)
    if wrong is None:
        many = ": it reads one at a time; rnnlib shard joins several texts"
        many *= parser.prog.endswith("train")
        return f"{' '.join(rest)} is more than {parser.prog} takes{many}"
    known = [flag for action in parser._actions for flag in action.option_strings]
    near = get_close_matches(wrong, known, 1)
    return f"there is no option {wrong}" + (f". Did you mean {near[0]}?" if near else "")


def main(argv=None):
    """Run one command; the exit code. Chapter 8.

    0 done, 1 an error (one sentence on stderr), 130 interrupted by Ctrl-C, 143 ended by SIGTERM,
    129 by SIGHUP. A mistake on the command line raises SystemExit with 2, as argparse does.
    """
    args = parse(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow says as it starts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_: warn(args, message)
        try:
            keep_memory()  # one model, and nothing else in the process
            args.command(args)
            sys.stdout.flush()
            return 0
        except (KeyboardInterrupt, Ended) as stop:
            with deaf():
                code = getattr(stop, "code", 130)
                return _fail(STOPPED.get(code, "interrupted."), stop, code)
        except (ValueError, OSError, CorpusError, ImportError, OverflowError) as error:
            return _fail(f"rnnlib {args.name}: {_explain(error, args)}", error, 1)
        except Exception as error:  # a framework has an error of its own for it
            if not isinstance(error, MemoryError) and not LACK.search(f"{error!r}"):
                raise
            return _fail(f"rnnlib {args.name}: {TOO_LARGE}", error, 1)


def run():
    """Run one command as a process of its own, and end it with the exit code."""
    for name in ("stdout", "stderr"):  # None where it was closed before
        stream = getattr(sys, name) or open(os.devnull, "w")  # noqa: SIM115
        stream.reconfigure(errors="replace")  # a terminal without Greek letters shows "?"
        setattr(sys, name, stream)
    sys.stdout = name_output(sys.stdout)
    if not is_first():  # of several processes one speaks for all
        sys.excepthook = _tell_of_a_mistake
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    try:
        signal.signal(signal.SIGINT, end)
        with answered(end, ENDINGS[1:]):
            code = main()
    except KeyboardInterrupt:  # once more, while the first was being answered
        code = 130
    except SystemExit as stop:  # --help, or a mistake
        code = stop.code
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to leave
    with suppress(OSError):
        sys.stdout.flush()
    if error := Output.failed:  # argparse hides it
        code = code or _fail(f"rnnlib: {_explain(error, None)}", error, 1)
    for number, stream in enumerate((sys.stdout, sys.stderr), start=1):
        try:
            stream.flush()
        except OSError:  # what cannot be printed is dropped
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    sys.exit(code)


def _tell_of_a_mistake(kind, error, trace):
    """A traceback, of a process that is to say nothing else."""
    traceback.print_exception(kind, error, trace, file=sys.__stderr__)


def _fail(sentence, error, code):
    """Say what happened, and what was noted about it on the way up; the exit code."""
    with suppress(OSError):  # a terminal that was closed hears nothing
        for line in (sentence, *getattr(error, "__notes__", ())):
            print(line, file=sys.stderr, flush=True)
    return code


def _explain(error, args):
    """The sentence of an error; most come with one already."""
    if isinstance(error, ImportError) and hasattr(args, "engine"):
        engine = args.engine or "torch"
        return (
            f"the engine {engine} cannot be loaded ({str(error).rstrip('.')}). "
            f"Run `pip install {'tensorflow' if engine == 'keras' else engine}` to install it."
        )
    if isinstance(error, BrokenPipeError):
        return "what reads the output went away before the end."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'} cannot be used ({error.strerror})."
    return str(error)
