"""The command train: begin a run on a text, or go on with one, and say how it goes."""

import shlex
from dataclasses import fields, replace
from pathlib import Path

from rnnlib.checks import check_whole
from rnnlib.cli.report import tell_end, tell_score, tell_start
from rnnlib.corpus.texts import load_corpus
from rnnlib.files import sha256
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.text.vocab import Vocab, split_text
from rnnlib.training import checkpoint
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

MODEL = {"cell": "lstm", "hidden_size": 256, "embed_size": 64, "num_layers": 1}
FLAGS = {"hidden_size": "hidden", "embed_size": "embed", "num_layers": "layers"}
FRACTION, SEED, ENGINE = 0.9, 0, "torch"  # where nothing else is asked for


def train(args):
    """Train as the command line says; Ctrl-C saves, and the message says how to go on."""
    text, folder = load_corpus(args.text), Path(args.folder)
    run = _resume(args, text, folder) if args.resume else _begin(args, text, folder)
    train_ids, held_out = _split(run.vocab.encode(text), run.notes["fraction"])
    if run.finished:
        return tell_end(args, run, "is finished already,")
    tell_start(args, run, train_ids, held_out)
    try:
        fit_stream(
            run,
            train_ids,
            held_out,
            folder,
            args.save_every,
            progress=not args.json,
            report=lambda run: tell_score(args, run),
        )
    except (KeyboardInterrupt, ValueError, OSError) as stop:
        stop.add_note(_explain_kept(args, folder, stop))
        raise
    return tell_end(args, run, "is finished")


def _begin(args, text, folder):
    """A new Run; all that can be wrong with it is said before a framework is loaded."""
    if any((folder / name).exists() for name in (checkpoint.LAST, checkpoint.BEST)):
        raise ValueError(
            f"{folder} already holds a run, and nothing is overwritten. "
            "Add --resume to go on with it, or give another --folder."
        )
    vocab = Vocab(text)
    config = ModelConfig(len(vocab), **(MODEL | _given(args, MODEL)))
    recipe = Recipe(**_given(args, _names(Recipe)))
    engine, fraction = args.engine or ENGINE, getattr(args, "fraction", FRACTION)
    seed = check_whole("seed", getattr(args, "seed", SEED), least=0)
    _check_room(*_split(text, fraction), recipe)
    notes = {"text": Path(args.text).name, "text_sha256": sha256(text.encode())}
    notes |= {"fraction": fraction, "engines": [engine]}
    return Run(build(config, engine, seed, args.device), recipe, vocab, notes=notes)


def _resume(args, text, folder):
    """The Run that the folder holds, in the engine asked for, or else in the one it had."""
    path = folder / checkpoint.LAST
    if not path.exists():
        raise FileNotFoundError(
            f"{folder} holds no {path.name} to go on with. Leave --resume out to begin a run there."
        )
    run = checkpoint.load(path, "numpy")
    _check_same_text(args, run, text, folder)
    _check_same_settings(args, run, folder)
    engines = run.notes.get("engines", [ENGINE])
    engine = args.engine or engines[-1]
    run = checkpoint.load(path, engine, args.device)
    run.notes.setdefault("fraction", getattr(args, "fraction", FRACTION))
    run.notes["engines"] = [name for name in engines if name != engine] + [engine]
    return run


def _check_same_text(args, run, text, folder):
    noted = run.notes.get("text_sha256", sha256(text.encode()))
    if run.vocab != Vocab(text) or noted != sha256(text.encode()):
        raise ValueError(
            f"the run in {folder} was begun on another text than {args.text}. "
            "Give the same one to go on, or begin another run in another folder."
        )


def _check_same_settings(args, run, folder):
    given = _given(args, [*MODEL, "seed", "fraction"])
    kept = run.model.config.to_dict() | {"seed": run.model.seed}
    kept["fraction"] = run.notes.get("fraction", given.get("fraction"))
    found = [
        f"{FLAGS.get(name, name)} {kept[name]}, not {value}"
        for name, value in given.items()
        if value != kept[name]
    ]
    wanted = replace(run.recipe, **_given(args, _names(Recipe)))
    found += [wanted.differences(run.recipe)] if wanted != run.recipe else []
    if found:
        raise ValueError(
            f"the run in {folder} was begun with {', '.join(found)}. "
            "Leave that out to go on with it, or begin another run in another folder."
        )


def _given(args, names):
    """{name: value} of those settings that stand on the command line."""
    return {name: value for name, value in vars(args).items() if name in names}


def _names(dataclass):
    return [field.name for field in fields(dataclass)]


def _split(text, fraction):
    """The part to train on and the part held out, which is None when the fraction is 1."""
    return (text, None) if fraction == 1 else split_text(text, fraction)


def _check_room(part, held_out, recipe):
    """Raise ValueError, with sizes that would do, where the text is too short."""
    B, T, N = recipe.batch_size, recipe.length, len(part)
    if N <= B * T:
        length = max(min(T, N - 1), 1)
        rows = max((N - 1) // length, 1)
        raise ValueError(
            f"the text has {N} characters to train on, and {B} rows of {T} need at least "
            f"{B * T + 1}. Give a longer one, or try --batch-size {rows} --length {length}."
        )
    if held_out is not None and len(held_out) < 2:
        raise ValueError(
            f"the held-out part has {len(held_out)} character, and 2 are needed to score it. "
            "Give a smaller --fraction, or --fraction 1 to hold nothing out."
        )


def _explain_kept(args, folder, stop):
    """What stays of a run that was stopped, and after Ctrl-C how to go on."""
    try:
        step = checkpoint.load(folder / checkpoint.LAST, "numpy").step
    except (ValueError, OSError):
        return "Nothing was saved yet."
    kept = f"The checkpoint of step {step:,} is in {folder / checkpoint.LAST}."
    if isinstance(stop, KeyboardInterrupt):
        text, folder = shlex.quote(args.text), shlex.quote(args.folder)
        return f"{kept} To go on: python -m rnnlib train {text} --folder {folder} --resume"
    return kept
