"""Training along one long text, the state carried from step to step."""

import signal
import time
from contextlib import contextmanager
from importlib.metadata import version

import numpy as np
from tqdm import tqdm

from rnnlib.checks import check_ids, check_loss, check_scored, check_whole
from rnnlib.evaluation.scores import score
from rnnlib.text.shards import Part
from rnnlib.text.windows import Streams
from rnnlib.training.distributed import check_same, group_of, together
from rnnlib.training.keeper import Keeper
from rnnlib.training.run import fingerprint
from rnnlib.training.signals import ENDINGS, answered, end

LOST = 1000  # nats a character: such weights are finite, but what is computed with them is not
RESETS = 1  # tells these draws from those of dropout, which depend on seed and step too


def fit_stream(
    run,
    ids,
    validation=None,
    folder=None,
    save_every=500,
    stop_at=None,
    progress=True,
    report=None,
):
    """Train a Run along one long text, the state carried from step to step; returns its History.

    ids (N,), an array or a Part of Shards, are cut as by text.make_streams, as the run's recipe
    says; each pass begins with a state of zeros. `validation` is other ids, scored from a state of
    its own. With a `folder`, a path or a RunFolder, the run is kept there as last.safetensors,
    every `save_every` steps and at the end, and as best.safetensors at its lowest held-out loss;
    `checkpoint.load` gives it back. It goes on from run.step to the recipe's last step, or to
    `stop_at`. Where torchrun started several processes, each reads its rows. `progress` shows a bar
    on a terminal; `report(run)` is called after every score.
    Ctrl-C ends the step, saves, and raises KeyboardInterrupt; a second one stops at once. SIGTERM
    and SIGHUP do the same and raise SystemExit. No other process can train in the folder meanwhile,
    and what is removed from it is put back by the next save.
    Raises ValueError before the first step when anything does not fit or the text is not the one
    the run began with, and when a loss stops being a number; OSError when nothing can be saved or
    another process has the folder.
    Chapter 9.
    """
    keeper = Keeper(folder, check_whole("save_every", save_every))
    streams = _begin(run, ids, validation)
    last = run.recipe.steps if stop_at is None else min(stop_at, run.recipe.steps)
    group = group_of(run.model)
    stop = None  # the signal that ends it, in this process or another
    with keeper.keeping(run), _interruptible(group) as asked, _bar(run, progress) as bar:
        while run.step < last and not run.finished and not stop:
            began = time.perf_counter()
            stop = _advance(run, streams, asked)
            scored = validation is not None and _is_due(run)
            if scored:
                nats = score(run.model, validation).nats
                check_loss(nats, run.step, "held-out loss", below=LOST)
                run.history.validation_losses.append(nats)
                run.history.validation_steps.append(run.step)
            run.seconds += time.perf_counter() - began
            keeper.after_step(run)
            _show(bar, run)
            if scored and report is not None:
                with _kept(keeper, run, asked):
                    report(run)
        keeper.finish(run)
    if stop or asked:
        end(stop or asked[0])
    return run.history


def _begin(run, ids, validation):
    """Check everything, and cut the text: the Streams of this process."""
    model, recipe, group = run.model, run.recipe, group_of(run.model)
    with together(group):
        check_documents(recipe, ids)
        if not isinstance(ids, Part):  # whose ids are those of its vocabulary
            ids = check_ids(ids, model.config.vocab_size)
        rows = group.rows(recipe.batch_size)
        streams = Streams(ids, recipe.batch_size, recipe.length, rows)
        streams[run.step % len(streams)]  # what cannot be read is refused before the first step
        if validation is not None:
            check_scored(validation, model.config.vocab_size)
        elif recipe.patience is not None:
            raise ValueError(
                f"patience {recipe.patience} counts scores of a held-out text, and none is given. "
                "Hold some text out, or leave patience out."
            )
        text_hash = fingerprint(ids)
        if run.text_hash not in (None, text_hash):
            raise ValueError(
                "this run began with another training text. Give the same one to go on."
            )
    check_same(
        group,
        text=text_hash,
        recipe=recipe.to_dict(),
        model=model.config.to_dict(),
        step=run.step,
        version=version("rnnlib"),
    )
    run.text_hash = text_hash
    if run.state is not None:
        run.state = run.state[:, rows]
    return streams


def check_documents(recipe, ids):
    """Raise ValueError where a row is to forget at another text, and none is known."""
    if recipe.documents and not isinstance(ids, Part):
        raise ValueError(
            "only shards know where another text begins. Cut your texts with rnnlib shard, or "
            "leave documents out."
        )


def _advance(run, streams, asked):
    """One update, with the state carried from the step before unless a new pass begins; the signal
    by which a process was `asked` to stop.
    """
    place = run.step % len(streams)
    inputs, targets = streams[place]
    if place == 0:
        run.state = run.model.init_state(len(inputs))
    else:
        run.state = _reset_some(run, streams)
    update = run.recipe.update(run.step)
    loss, run.state = run.model.train_step(inputs, targets, run.state, update)
    loss, *shares = group_of(run.model).mean(loss, *(float(number in asked) for number in ENDINGS))
    run.step += 1
    run.history.losses.append(check_loss(loss, run.step))
    return next((number for number, share in zip(ENDINGS, shares, strict=True) if share), None)


def _reset_some(run, streams):
    """The state, zeros in the rows that are drawn: by the run's seed and step alone, so that every
    engine, and a run that is resumed, draws the same; and in those where another text has begun.
    """
    recipe, state = run.recipe, run.state
    if recipe.reset:
        rng = np.random.default_rng([run.model.seed, run.step, RESETS])
        drawn = rng.random(recipe.batch_size)[group_of(run.model).rows(recipe.batch_size)]
        state = _forget(state, drawn < recipe.reset)
    if recipe.documents:
        state = _forget(state, streams.begin_anew(run.step % len(streams)))
    return state


def _forget(state, rows):
    """The state (L, B, S), zeros in the rows that a list of B truths names."""
    return np.where(np.asarray(rows)[:, None], np.zeros_like(state), state)


def _is_due(run):
    return run.step % run.recipe.validate_every == 0 or run.step == run.recipe.steps


def _bar(run, progress):
    """A bar on a terminal that wipes itself away; nothing in a notebook or a file."""
    return tqdm(
        total=run.recipe.characters,
        initial=run.characters,
        unit="char",
        unit_scale=True,
        leave=False,
        disable=None if progress else True,
    )


def _show(bar, run):
    if not bar.disable:
        bar.set_postfix_str(f"loss {np.mean(run.history.losses[-50:]):.3f}", refresh=False)
        bar.update(run.characters - bar.n)


@contextmanager
def _kept(keeper, run, asked):
    """Within it, a line that cannot be printed loses no step: the terminal may just be closed."""
    try:
        yield
    except OSError:
        if group_of(run.model).count == 1:
            keeper.finish(run)
        if not asked:
            raise


@contextmanager
def _interruptible(group):
    """A list of the signals of ENDINGS that come: the step under way ends first.

    torchrun passes on the press that each process has felt already, so of several none is stopped
    by a second. Only Ctrl-C stops at once when it is repeated: a system that shuts down sends more
    than one signal.
    """
    asked = []

    def ask(number, frame):
        if number == signal.SIGINT and asked and group.count == 1:
            raise KeyboardInterrupt
        asked.append(number)

    with answered(ask):
        yield asked
