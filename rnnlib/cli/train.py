"""The command train: begin a run on a text, or go on with one, and say how it goes."""

import shlex
import time
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path

from rnnlib.cli import input_text
from rnnlib.cli.plan import find_rate, fit_minutes, make_plan
from rnnlib.cli.quiet import deaf, hushed
from rnnlib.cli.report import Reporter, measure_floors, tell_rates
from rnnlib.cli.shared import check_notes, find_file, read_file
from rnnlib.models.engines import build, join, share_out
from rnnlib.text.vocab import Vocab
from rnnlib.training import checkpoint
from rnnlib.training.distributed import (
    ALONE,
    check_same,
    count_processes,
    is_first,
    joined,
    together,
)
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.run_folder import RunFolder
from rnnlib.training.signals import Ended
from rnnlib.training.stream import check_documents, fit_stream

MODEL = {"cell": "cell", "hidden_size": "hidden", "embed_size": "embed", "num_layers": "layers"}
FRACTION, SEED, ENGINE = 0.9, 0, "torch"  # where nothing else is asked for
PLACES = ("text", "folder", "start")  # may lie elsewhere on another machine; what counts is inside


def train(args):
    """Train as the command line says; Ctrl-C saves, and the message says how to go on, as SIGTERM
    and SIGHUP do.
    """
    began = time.perf_counter()
    if args.lr_find:
        if count_processes() > 1:
            raise ValueError("--lr-find tries rates in one process: leave torchrun out.")
        return tell_rates(args, *_find_rate(args))
    group = _join(args)
    with group.heard(), ExitStack() as stack:
        return _train(args, group, began, stack)


def _train(args, group, began, stack):
    """The same in the processes of a group, of which the first has the folder until the end."""
    folder = RunFolder(args.folder)
    with joined(group):
        check_same(group, options=_plain(args))
        with together(group):
            _check_folder(args)
            if group.rank == 0:
                stack.enter_context(folder)
            _check_begun(args)
            run, *more = _resume(args) if args.resume else _begin(args, began)
            group.rows(run.recipe.batch_size)
        facts = {"text": run.notes.get("text_sha256"), "model": run.model.config.to_dict()}
        check_same(group, **facts)
    run.recipe = group.of_all(run.recipe)[0]  # --minutes measures, and no two measure alike
    reporter = Reporter(args, run, *more)
    if run.finished:
        group.close()
        return reporter.tell_end("is finished already,")
    if group.count > 1:
        run.model = share_out(run.model, group, args.shard)
    reporter.tell_start()
    try:
        with reporter.watch(), group.heard():
            fit_stream(
                run,
                reporter.ids,
                reporter.scored,
                folder,
                args.save_every,
                progress=False,
                report=reporter.tell_score,
            )
    except (KeyboardInterrupt, Ended, ValueError, OSError, MemoryError) as stop:
        with deaf():
            stop.add_note(_explain_kept(args, stop, folder))
        raise
    if group.count > 1:
        run.model = run.model.alone()
    group.close()
    return reporter.tell_end("is finished") if group.rank == 0 else None


def _plain(args):
    """The options that all processes must have alike."""
    found = {name: value for name, value in vars(args).items() if name not in PLACES}
    return {k: v for k, v in found.items() if isinstance(v, str | int | float | None)}


def _join(args):
    """The processes that torchrun started, of which this is one; without it the process alone."""
    if count_processes() == 1:
        if args.shard:
            raise ValueError(
                "--shard cuts a model into one part for each process, and this is one alone. Start "
                "several: torchrun --nproc-per-node 2 -m rnnlib train ..."
            )
        return ALONE
    if args.engine not in (None, "torch"):
        raise ValueError(
            f"several processes train with torch, not {args.engine}. Leave --engine out, or start "
            "one process."
        )
    args.engine = "torch"
    return join(args.device)


def _begin(args, began):
    """A new Run, its Material and floors, why it is as it is, and "" for what only _resume tells.

    What is wrong is said before any work.
    """
    text = input_text.open_source(args.text, args.normalize)
    vocab, plan, old = _plan(args, text)
    engine, fraction = args.engine or ENGINE, getattr(args, "fraction", FRACTION)
    notes = {"text": Path(args.text).name, "path": input_text.locate(args.text)}
    notes |= {"text_sha256": text.digest, "fraction": fraction, "engines": [engine]}
    notes |= {"normalize": args.normalize} if args.normalize else {}
    notes |= {"from": Path(args.start).name} if args.start else {}
    found = text.prepare(vocab, fraction)
    del text  # what follows needs the ids alone
    _check_room(found, plan.recipe)
    model = _make(args, plan, vocab, old)
    floors = measure_floors(*found.counted())
    if args.minutes is not None:
        plan = fit_minutes(plan, args.minutes, began, model, found.ids, found.held_out)
        model = _make(args, plan, vocab, old)  # the first weights again
    return Run(model, plan.recipe, vocab, notes=notes), found, floors, plan.reasons, ""


def _plan(args, text):
    """The vocabulary, the Plan, and of --from the old weights and vocabulary, otherwise None."""
    given, vocab, config, old = _given(args, [*MODEL, *_names(Recipe)]), text.vocab, None, None
    if args.start:
        if shape := ", ".join(f"--{MODEL[name]}" for name in MODEL if name in given):
            raise ValueError(f"the model of {args.start} keeps its shape: leave {shape} out.")
        _, params, config, known, _ = read_file(find_file(args.start))
        vocab, old = Vocab("".join({*known.chars, *vocab.chars})), (params, known)
        config = replace(config, vocab_size=len(vocab))
    count = int(text.count * getattr(args, "fraction", FRACTION))
    return vocab, make_plan(given, len(vocab), count, config), old


def _make(args, plan, vocab, old):
    """The model of a Plan, with the old weights where it is to start from some."""
    seed, engine = getattr(args, "seed", SEED), args.engine or ENGINE
    with hushed(engine):
        model = build(plan.config, engine, seed, args.device)
        if old is not None:
            model.set_params(_widen(model.get_params(), vocab, *old))
    return model


def _widen(fresh, vocab, params, known):
    """The old weights, with the rows and columns of a fresh model for the characters it lacks."""
    places = vocab.encode("".join(known.chars))
    fresh["embed"][places] = params["embed"]
    fresh["W_hy"][:, places] = params["W_hy"]
    fresh["b_y"][places] = params["b_y"]
    return params | {name: fresh[name] for name in ("embed", "W_hy", "b_y")}


def _find_rate(args):
    """The Plan, and what short runs of it find: {rate: loss} and a proposal."""
    text = input_text.open_source(args.text, args.normalize)
    vocab, plan, old = _plan(args, text)
    found = text.prepare(vocab, getattr(args, "fraction", FRACTION))
    _check_room(found, plan.recipe)
    return plan, *find_rate(plan, lambda: _make(args, plan, vocab, old), found)


def _resume(args):
    """The Run that the folder holds, in the engine asked for or the one it had, as _begin does."""
    path = Path(args.folder) / checkpoint.LAST
    run = checkpoint.load(path, "numpy")
    check_notes(path, run.notes)
    name = args.text or run.notes.get("path")
    if name is None:
        raise ValueError(f"{path} does not say where its text is. Give the text as well.")
    text = input_text.open_source(name, run.notes.get("normalize"))
    _check_same_text(args, run, text, name)
    recipe = _check_same_settings(args, run)
    engines = run.notes.get("engines", [ENGINE])
    engine = args.engine or engines[-1]
    with hushed(engine):
        run = checkpoint.load(path, engine, args.device)
    moved = _explain_rate(run, recipe)
    run.recipe = recipe
    run.notes.setdefault("fraction", getattr(args, "fraction", FRACTION))
    run.notes["engines"] = [name for name in engines if name != engine] + [engine]
    found = text.prepare(run.vocab, run.notes["fraction"])
    return run, found, measure_floors(*found.counted()), (), moved


def _explain_rate(run, recipe):
    """How the learning rate jumps where a run goes on with more steps, for the line of the plan."""
    if recipe == run.recipe or run.step == 0:
        return ""
    before, after = run.recipe.rate(run.step - 1), recipe.rate(run.step)
    return f", where the learning rate goes from {before:.2g} to {after:.2g}"


def _check_folder(args):
    """Raise, before anything is made, where no checkpoint can lie, or none does to go on with."""
    folder = Path(args.folder)
    for path in (folder / checkpoint.LAST, folder / checkpoint.BEST):
        if path.is_dir():
            raise ValueError(
                f"{path} is a folder, and a checkpoint is to lie there. Move it away, or give "
                "another --folder."
            )
    if args.resume and not (folder / checkpoint.LAST).exists():
        raise FileNotFoundError(
            f"{folder} holds no {checkpoint.LAST} to go on with. "
            "Leave --resume out to begin a run there."
        )


def _check_begun(args):
    """Raise, before anything is read, where a run would be overwritten. No other process can begin
    one any more.
    """
    folder = Path(args.folder)
    kept = [name for name in (checkpoint.LAST, checkpoint.BEST) if (folder / name).exists()]
    if kept and not args.resume:
        raise ValueError(
            f"{folder} already holds a run, and nothing is overwritten. "
            "Add --resume to go on with it, or give another --folder."
        )


def _check_same_text(args, run, text, name):
    noted = run.notes.get("text_sha256")
    if {*text.vocab.chars} - {*run.vocab.chars} or noted not in (None, text.digest):
        same = run.notes.get("path") == input_text.locate(name)
        problem = f"{name} has changed since the run in {args.folder} was begun on it. Put it back"
        if not same:
            problem = f"the run in {args.folder} was begun on another text than {name}. Give that"
        raise ValueError(f"{problem} to go on, or begin another run in another folder.")


def _check_same_settings(args, run):
    """The recipe to go on with: the run's own, or the same with more steps."""
    given = _given(args, [*MODEL, "seed", "fraction"])
    given |= {"normalize": args.normalize} if args.normalize else {}
    kept = run.model.config.to_dict() | {"seed": run.model.seed}
    kept["fraction"] = run.notes.get("fraction", given.get("fraction"))
    kept["normalize"] = run.notes.get("normalize")
    found = [
        f"{MODEL.get(name, name)} {kept[name]}, not {value}"
        for name, value in given.items()
        if value != kept[name]
    ]
    more = getattr(args, "steps", run.recipe.steps)
    wanted = replace(run.recipe, **_given(args, _names(Recipe)))
    extended = replace(run.recipe, steps=wanted.steps) if more > run.step else run.recipe
    found += [wanted.differences(extended)] if wanted != extended else []
    if found:
        raise ValueError(
            f"the run in {args.folder} was begun with {', '.join(found)}. "
            "Leave that out to go on with it, or begin another run in another folder."
        )
    return extended


def _given(args, names):
    """{name: value} of those settings that stand on the command line."""
    return {name: value for name, value in vars(args).items() if name in names}


def _names(dataclass):
    return [field.name for field in fields(dataclass)]


def _check_room(found, recipe):
    """Raise ValueError, with sizes that would do, where the text is too short, and where it does
    not say where another begins and should.
    """
    check_documents(recipe, found.ids)
    B, T, N = recipe.batch_size, recipe.length, len(found.ids)
    if N < 2:
        raise ValueError(
            f"the text has {N} character to train on, and at least 2 are needed: one to read, and "
            "the next to predict. Give a longer text."
        )
    if N <= B * T:
        length = max(min(T, N - 1), 1)
        rows = max((N - 1) // length, 1)
        raise ValueError(
            f"the text has {N} characters to train on, and {B} rows of {T} need at least "
            f"{B * T + 1}. Give a longer one, or try --batch-size {rows} --length {length}."
        )
    if found.held_out is not None and len(found.held_out) < 2:
        raise ValueError(
            f"the held-out part has {len(found.held_out)} character, and 2 are needed to score "
            "it. Give a smaller --fraction, or --fraction 1 to hold nothing out."
        )


def _explain_kept(args, stop, folder):
    """What stays of a run that was stopped, and how to go on where a signal stopped it."""
    path = Path(args.folder) / checkpoint.LAST
    if is_first() and not folder.is_held:
        return f"Nothing of this run is left in {args.folder}."
    try:
        step = checkpoint.load(path, "numpy").step
    except (ValueError, OSError):
        return "Nothing was saved yet."
    kept = f"The checkpoint of step {step:,} is in {path}."
    if isinstance(stop, KeyboardInterrupt | Ended):
        count = count_processes()
        several = f"torchrun --standalone --nproc-per-node {count} -m " * (count > 1)
        again = f"{several}rnnlib train --folder {shlex.quote(args.folder)} --resume"
        return f"{kept} To go on: {again}"
    return kept
