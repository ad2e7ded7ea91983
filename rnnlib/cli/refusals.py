"""What argparse cannot see: numbers out of range, and options that exclude or undo each other."""

from contextlib import contextmanager
from dataclasses import fields

from rnnlib.checks import check_whole
from rnnlib.cli.train import FRACTION, MODEL, SEED
from rnnlib.models.config import ModelConfig
from rnnlib.training.recipe import Recipe
from rnnlib.writing.sampling import Sampler

LARGEST = 1e32  # rate that an update in 32 bits can take
LAYERS = 1000  # that can be built while somebody waits
LONGEST = 1e6  # minutes, nearly two years


def check_train(parser, args):
    """Refuse what argparse cannot see: a missing text or folder, and options that exclude another.

    Exits with code 2.
    """
    needed = {"TEXT": args.text or args.resume, "--folder": args.folder or args.lr_find}
    if missing := [name for name, given in needed.items() if not given]:
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    steps = hasattr(args, "steps")
    for first, second, both in (
        ("--resume", "--from", args.resume and args.start),
        ("--resume", "--minutes", args.resume and args.minutes is not None),
        ("--resume", "--lr-find", args.resume and args.lr_find),
        ("--minutes", "--steps", args.minutes is not None and steps),
    ):
        if both:
            parser.error(f"argument {second}: not allowed with argument {first}")
    if args.text == "-":
        parser.error("TEXT must be a file, for it is read again at --resume, and - is none")
    if args.minutes is not None and not 0 < args.minutes <= LONGEST:
        parser.error(f"--minutes must be above 0 and at most {LONGEST:,.0f}, not {args.minutes!r}")
    if getattr(args, "num_layers", 0) > LAYERS:
        parser.error(f"--layers must be at most {LAYERS:,}, not {args.num_layers:,}")
    given = vars(args)
    sizes = {name: given[name] for name in MODEL if name in given}
    settings = {field.name: given[field.name] for field in fields(Recipe) if field.name in given}
    with _ranges(parser):
        ModelConfig(**{"vocab_size": 2, "embed_size": 1, "hidden_size": 1} | sizes)
        Recipe(**settings)
        check_whole("seed", given.get("seed", SEED), least=0)
        check_whole("save_every", args.save_every)
    if not 0 < given.get("fraction", FRACTION) <= 1:
        parser.error(f"--fraction must be above 0 and at most 1, not {args.fraction!r}")
    if given.get("learning_rate", 0) > LARGEST:
        parser.error(
            f"--learning-rate {args.learning_rate:g} is more than 32-bit numbers hold in an "
            "update: give one below 1"
        )


@contextmanager
def _ranges(parser):
    """Within it, a check that fails is a mistake on the command line, told by the option's name."""
    try:
        yield
    except ValueError as error:
        name, _, rest = str(error).partition(" ")
        parser.error(f"--{MODEL.get(name, name).replace('_', '-')} {rest}")


def check_write(parser, args):
    """Refuse numbers out of range, and options of which one would be ignored.

    Exits with code 2.
    """
    for name, least in (("length", 0), ("samples", 1)):
        with _ranges(parser):
            check_whole(name, getattr(args, name), least=least)
    with _ranges(parser):
        check_whole("seed", args.seed or 0, least=0)
        check_whole("beams", 1 if args.beams is None else args.beams)
        Sampler(1.0, args.top_k, args.top_p, args.min_p)
    if (args.temperature or 0) < 0:
        parser.error(f"--temperature must be 0 or a number above it, not {args.temperature!r}")
    if args.stop == "":
        parser.error("--stop needs at least one character")
    drawing = ("temperature", "top_k", "top_p", "min_p", "seed")
    for name in drawing if args.beams is not None else ():
        if getattr(args, name) is not None:
            flag = name.replace("_", "-")
            parser.error(f"--beams draws nothing, so --{flag} changes nothing: leave one out")
    alike = {"--beams": args.beams is not None, "--temperature 0": args.temperature == 0}
    for flag, given in (alike | {"--top-k 1": args.top_k == 1}).items():
        if given and args.samples > 1:
            parser.error(f"with {flag} all --samples would be the same text: leave one out")


def check_score(parser, args):
    """Refuse a share that leaves nothing to score. Exits with code 2."""
    if args.fraction is not None and not 0 < args.fraction < 1:
        parser.error(f"--fraction must be above 0 and below 1, not {args.fraction!r}")


CHECKS = {"train": check_train, "write": check_write, "score": check_score}
