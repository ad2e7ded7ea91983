"""The command train: begin a run on a text, or go on with one, and say how it goes."""

import shlex
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from rnnlib.cli.input_text import find_oddities, locate, open_source
from rnnlib.cli.model_file import find_file, read_file
from rnnlib.cli.options import ENGINE, FLAGS, FRACTION, SEED, TrainOptions
from rnnlib.cli.quiet import loading
from rnnlib.cli.report import Reporter, measure_floors, tell_rates
from rnnlib.models.engines import build, join, share_out
from rnnlib.text.vocab import Vocab
from rnnlib.text.windows import Streams
from rnnlib.training import checkpoint
from rnnlib.training.defaults import make_plan
from rnnlib.training.distributed import ALONE, check_same, count_processes, is_first, together
from rnnlib.training.rate_finder import find_rate
from rnnlib.training.run import Run
from rnnlib.training.run_folder import RunFolder
from rnnlib.training.signals import Ended, answered
from rnnlib.training.speed import plan_minutes
from rnnlib.training.stream import check_documents, fit_stream
from rnnlib.training.threads import Threads

PLACES = ("text", "folder", "start")  # may lie elsewhere on another machine; what counts is inside


def command(options: TrainOptions) -> None:
    """Train as the options say; Ctrl-C saves, and the message says how to go on, as SIGTERM and
    SIGHUP do.
    """
    began = time.perf_counter()
    if options.lr_find:
        if count_processes() > 1:
            raise ValueError("--lr-find tries rates in one process: leave torchrun out.")
        return tell_rates(options, *_find_rate(options))
    options, group = _join(options)
    with group.heard(), ExitStack() as stack:
        return _train(options, group, began, stack)


def _train(options, group, began, stack):
    """The same in the processes of a group, of which the first has the folder until the end."""
    folder = RunFolder(options.folder)
    try:
        alike = {name: value for name, value in asdict(options).items() if name not in PLACES}
        check_same(group, options=alike)
        with together(group):
            if group.rank == 0:
                stack.enter_context(folder)
            _check_folder(options)
            reporter = _resume(options) if options.resume else _begin(options, began)
            run = reporter.run
            group.rows(run.recipe.batch_size)
        facts = {"text": run.notes.get("text_sha256"), "model": run.model.config.to_dict()}
        check_same(group, **facts)
    except BaseException:  # in a group, a process may end in a fault of its own
        group.close()
        raise
    run.recipe = group.of_all(run.recipe)[0]  # --minutes measures, and no two measure alike
    if run.finished:
        group.close()
        return reporter.tell_end("is finished already,")
    if group.count > 1:
        run.model = share_out(run.model, group, options.shard)
    reporter.tell_start()
    try:
        with reporter.watch_threads(), group.heard():
            fit_stream(
                run,
                reporter.ids,
                reporter.scored,
                folder,
                options.save_every,
                progress=not options.json and sys.stdout.isatty(),
                report=reporter.tell_score,
            )
    except (KeyboardInterrupt, Ended, ValueError, OSError, MemoryError) as stop:
        with answered(signal.SIG_IGN):
            stop.add_note(_explain_kept(options, stop, folder))
        raise
    if group.count > 1:
        run.model = run.model.alone()
    group.close()
    return reporter.tell_end("is finished") if group.rank == 0 else None


def _join(options):
    """The options, and the processes that torchrun started, of which this is one; without it the
    process alone.
    """
    if count_processes() == 1:
        if options.shard:
            raise ValueError(
                "--shard cuts a model into one part for each process, and this is one alone. Start "
                "several: torchrun --nproc-per-node 2 -m rnnlib train ..."
            )
        return options, ALONE
    if options.engine not in (None, "torch"):
        raise ValueError(
            f"several processes train with torch, not {options.engine}. Leave --engine out, or "
            "start one process."
        )
    return replace(options, engine="torch"), join(options.device)


def _begin(options, began):
    """The Reporter of a new run. What is wrong is said before any work."""
    text, vocab, found, plan, make = _read(options)
    notes = {"text": Path(options.text).name, "path": locate(options.text)}
    notes |= {"text_sha256": text.digest, "fraction": options.fraction or FRACTION}
    notes |= {"engines": [options.engine or ENGINE]}
    notes |= {"normalize": options.normalize} if options.normalize else {}
    notes |= {"from": Path(options.start).name} if options.start else {}
    oddities = list(find_oddities(text.beginning))
    del text  # what follows needs the ids alone
    model = make()
    floors = measure_floors(*found.counted())
    threads = _choose_threads(options, notes, model, plan.recipe, found.ids)
    if options.minutes is not None:
        plan = plan_minutes(plan, options.minutes, began, model, found.ids, found.held_out)
    run = Run(model, plan.recipe, vocab, notes=notes)
    return Reporter(options, run, found, floors, plan.reasons, oddities, threads)


def _read(options):
    """The text, the vocabulary of its model, its Material, the Plan, and what makes the model."""
    text = open_source(options.text, options.normalize)
    vocab, config, old = text.vocab, None, None
    if options.start:
        if shape := ", ".join(f"--{FLAGS[name]}" for name in options.sizes):
            raise ValueError(f"the model of {options.start} keeps its shape: leave {shape} out.")
        _, params, config, known, _ = read_file(find_file(options.start))
        vocab, old = Vocab("".join({*known.chars, *vocab.chars})), (params, known)
        config = replace(config, vocab_size=len(vocab))
    fraction = options.fraction or FRACTION
    given = {**options.sizes, **options.recipe}
    plan = make_plan(len(vocab), int(text.count * fraction), given, config)
    found = text.prepare(vocab, fraction)
    check_documents(plan.recipe, found.ids)
    Streams(found.ids, plan.recipe.batch_size, plan.recipe.length)  # refuses too short a text
    if found.held_out is not None and len(found.held_out) < 2:
        raise ValueError(
            "the held-out part has 1 character, and 2 are needed. Give less --fraction."
        )
    return text, vocab, found, plan, partial(_make, options, plan, vocab, old)


def _make(options, plan, vocab, old):
    """The model of a Plan, with the old weights where it is to start from some."""
    engine = options.engine or ENGINE
    with loading(engine):
        model = build(plan.config, engine, options.seed or SEED, options.device)
        if old is not None:
            model.set_params(_widen(model.get_params(), vocab, *old))
    return model


def _choose_threads(options, notes, model, recipe, ids):
    """The Threads of PyTorch on a CPU, set: those that were asked for, now or when the run was
    begun, or else the fastest. None elsewhere.
    """
    if notes["engines"][-1] != "torch" or model.device != "cpu":
        if options.threads:
            raise ValueError(
                "--threads are those of torch on a CPU. Leave it out, or set OMP_NUM_THREADS "
                "before the start."
            )
        return None
    number = options.threads or notes.get("threads")
    if number:
        notes["threads"] = number
    elif count_processes() > 1:
        return None
    threads = Threads(model, [number] if number else None)
    inputs, targets = Streams(ids, recipe.batch_size, recipe.length)[0]
    threads.choose(inputs, targets, model.init_state(len(inputs)), recipe.update(0))
    return threads


def _widen(fresh, vocab, params, known):
    """The old weights, with the rows and columns of a fresh model for the characters it lacks."""
    places = vocab.encode("".join(known.chars))
    fresh["embed"][places] = params["embed"]
    fresh["W_hy"][:, places] = params["W_hy"]
    fresh["b_y"][places] = params["b_y"]
    return params | {name: fresh[name] for name in ("embed", "W_hy", "b_y")}


def _find_rate(options):
    """The Plan, and what short runs of it find: {rate: loss} and a proposal."""
    _, _, found, plan, make = _read(options)
    notes = {"engines": [options.engine or ENGINE]}
    _choose_threads(options, notes, make(), plan.recipe, found.ids)
    return plan, *find_rate(plan, make, found.ids, found.held_out)


def _resume(options):
    """The Reporter of the run that the folder holds, in the engine asked for or the one it had."""
    path = Path(options.folder) / checkpoint.LAST
    run = checkpoint.load(path, "numpy")
    name = options.text or run.notes.get("path")
    if name is None:
        raise ValueError(f"{path} does not say where its text is. Give the text as well.")
    text = open_source(name, run.notes.get("normalize"))
    _check_same_text(options, run, text, name)
    recipe = _check_same_settings(options, run)
    engines = run.notes.get("engines", [ENGINE])
    engine = options.engine or engines[-1]
    with loading(engine):
        run = checkpoint.load(path, engine, options.device)
    moved = ""
    if recipe != run.recipe and run.step > 0:
        before, after = run.recipe.rate(run.step - 1), recipe.rate(run.step)
        moved = f", where the learning rate goes from {before:.2g} to {after:.2g}"
    run.recipe = recipe
    run.notes.setdefault("fraction", options.fraction or FRACTION)
    run.notes["engines"] = [name for name in engines if name != engine] + [engine]
    found = text.prepare(run.vocab, run.notes["fraction"])
    floors = measure_floors(*found.counted())
    threads = None
    if not run.finished:
        threads = _choose_threads(options, run.notes, run.model, recipe, found.ids)
    oddities = list(find_oddities(text.beginning))
    return Reporter(options, run, found, floors, {}, oddities, threads, moved)


def _check_folder(options):
    """Raise, before anything is read, where there is no checkpoint to go on with, and where a run
    would be overwritten. No other process can begin one any more.
    """
    folder = Path(options.folder)
    paths = (folder / checkpoint.LAST, folder / checkpoint.BEST)
    if options.resume and not paths[0].exists():
        raise FileNotFoundError(
            f"{folder} holds no {checkpoint.LAST} to go on with. "
            "Leave --resume out to begin a run there."
        )
    if not options.resume and any(path.exists() for path in paths):
        raise ValueError(
            f"{folder} already holds a run, and nothing is overwritten. "
            "Add --resume to go on with it, or give another --folder."
        )


def _check_same_text(options, run, text, name):
    noted = run.notes.get("text_sha256")
    if {*text.vocab.chars} - {*run.vocab.chars} or noted not in (None, text.digest):
        problem = f"the run in {options.folder} was begun on another text than {name}. Give that"
        if run.notes.get("path") == locate(name):
            problem = (
                f"{name} has changed since the run in {options.folder} was begun on it. Put it back"
            )
        raise ValueError(f"{problem} to go on, or begin another run in another folder.")


def _check_same_settings(options, run):
    """The recipe to go on with: the run's own, or the same with more steps."""
    given = {**options.sizes, **options.recipe, "seed": options.seed}
    given |= {"fraction": options.fraction, "normalize": options.normalize}
    kept = {**run.model.config.to_dict(), **asdict(run.recipe), "seed": run.model.seed}
    kept["fraction"] = run.notes.get("fraction", options.fraction)
    kept["normalize"] = run.notes.get("normalize")
    if given.get("steps", 0) > run.step:
        kept["steps"] = given["steps"]
    found = [
        f"{FLAGS.get(name, name)} {kept[name]!r}, not {value!r}"
        for name, value in given.items()
        if value not in (None, kept[name])
    ]
    if found:
        raise ValueError(
            f"the run in {options.folder} was begun with {', '.join(found)}. "
            "Leave that out to go on with it, or begin another run in another folder."
        )
    return replace(run.recipe, steps=kept["steps"])


def _explain_kept(options, stop, folder):
    """What stays of a run that was stopped, and how to go on where a signal stopped it."""
    path = Path(options.folder) / checkpoint.LAST
    if is_first() and not folder.is_held:
        return f"Nothing of this run is left in {options.folder}."
    try:
        step = checkpoint.load(path, "numpy").step
    except (ValueError, OSError):
        return "Nothing was saved yet."
    kept = f"The checkpoint of step {step:,} is in {path}."
    if isinstance(stop, KeyboardInterrupt | Ended):
        count = count_processes()
        several = f"torchrun --standalone --nproc-per-node {count} -m " * (count > 1)
        again = f"{several}rnnlib train --folder {shlex.quote(options.folder)} --resume"
        return f"{kept} To go on: {again}"
    return kept
