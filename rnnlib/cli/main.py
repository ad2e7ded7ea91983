"""The command line, rnnlib: one command is run, and its errors are told in a sentence."""

import importlib
import os
import re
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from typing import NoReturn

from rnnlib.cli.options import parse
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


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code. Chapter 9.

    0 done, 1 an error (one sentence on stderr), 130 interrupted by Ctrl-C, 143 ended by SIGTERM,
    129 by SIGHUP. A mistake on the command line raises SystemExit with 2, as argparse does.
    """
    options = parse(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow says as it starts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_: warn(options, message)
        try:
            keep_memory()  # one model, and nothing else in the process
            importlib.import_module(f"rnnlib.cli.{options.name}").command(options)
            sys.stdout.flush()
            return 0
        except (KeyboardInterrupt, Ended) as stop:
            with answered(signal.SIG_IGN):  # what was begun because of it is brought to its end
                code = getattr(stop, "code", 130)
                return _fail(STOPPED.get(code, "interrupted."), stop, code)
        except (ValueError, OSError, CorpusError, ImportError, OverflowError) as error:
            return _fail(f"rnnlib {options.name}: {_explain(error)}", error, 1)
        except Exception as error:  # a framework has an error of its own for it
            if not isinstance(error, MemoryError) and not LACK.search(f"{error!r}"):
                raise
            return _fail(f"rnnlib {options.name}: {TOO_LARGE}", error, 1)


def run() -> NoReturn:
    """Run one command as a process of its own, and end it with the exit code."""
    for name in ("stdout", "stderr"):  # None where it was closed before
        stream = getattr(sys, name) or open(os.devnull, "w")  # noqa: SIM115
        stream.reconfigure(errors="replace")  # a terminal without Greek letters shows "?"
        setattr(sys, name, stream)
    if not is_first():  # of several processes one speaks for all, but for a mistake of ours
        sys.excepthook = lambda *error: traceback.print_exception(*error, file=sys.__stderr__)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    try:
        signal.signal(signal.SIGINT, end)
        with answered(end, ENDINGS[1:]):
            code = main()
    except KeyboardInterrupt:  # once more, while the first was being answered
        code = 130
    except SystemExit as stop:  # --help, or a mistake
        code = int(stop.code or 0)
    except OSError as error:  # help that cannot be printed; a newer argparse hides it
        code = _fail(f"rnnlib: {_explain(error)}", error, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to leave
    for number, stream in enumerate((sys.stdout, sys.stderr), start=1):
        try:
            stream.flush()
        except OSError as error:  # also where argparse hid it; what cannot be printed is dropped
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            if number == 1:
                code = code or _fail(f"rnnlib: {_explain(error)}", error, 1)
    sys.exit(code)


def _fail(sentence, error, code):
    """Say what happened, and what was noted about it on the way up; the exit code."""
    with suppress(OSError):  # a terminal that was closed hears nothing
        for line in (sentence, *getattr(error, "__notes__", ())):
            print(line, file=sys.stderr, flush=True)
    return code


def _explain(error):
    """The sentence of an error; most come with one already."""
    if isinstance(error, BrokenPipeError):
        return "what reads the output went away before the end."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'standard input or output'} cannot be used ({error.strerror})."
    return str(error)
