"""Training along one long text, the state carried from step to step."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import numpy as np
from tqdm import tqdm

from rnnlib.checks import check_ids, check_scored, check_whole
from rnnlib.evaluation.scores import score
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.update import Update
from rnnlib.text.shards import Part
from rnnlib.text.windows import Streams
from rnnlib.training.callbacks import Checkpoints, show_progress
from rnnlib.training.distributed import check_same, group_of, together
from rnnlib.training.loop import Callback, train
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run, fingerprint
from rnnlib.training.run_folder import RunFolder
from rnnlib.training.signals import ENDINGS, answered, end
from rnnlib.training.validation import Validation

LOST = 1000  # nats a character: such weights are finite, but what is computed with them is not
RESETS = 1  # tells these draws from those of dropout, which depend on seed and step too

Text = ArrayLike | Part


def fit_stream(
    run: Run,
    ids: Text,
    validation: Text | None = None,
    folder: str | os.PathLike | RunFolder | None = None,
    save_every: int = 500,
    stop_at: int | None = None,
    progress: bool = True,
    report: Callable[[Run], None] | None = None,
    callbacks: Sequence[Callback] = (),
) -> History:
    """Train a Run along one long text, the state carried from step to step; returns its History.

    ids (N,), an array or a Part of Shards, are cut as by text.make_streams, as the run's recipe
    says; each pass begins with a state of zeros. `validation` is other ids, scored from a state of
    its own. With a `folder`, a path or a RunFolder, the run is kept there as last.safetensors,
    every `save_every` steps and at the end, and as best.safetensors at its lowest held-out loss;
    `checkpoint.load` gives it back. It goes on from run.step to the recipe's last step, or to
    `stop_at`. Where torchrun started several processes, each reads its rows. `progress` shows a bar
    on a terminal; `report(run)` is called after every score, `callbacks` after every step, as by
    loop.train.
    Ctrl-C ends the step, saves, and raises KeyboardInterrupt; a second one stops at once. SIGTERM
    and SIGHUP do the same and raise SystemExit. No other process can train in the folder meanwhile,
    and a folder that is removed is made anew by the next save.
    Raises ValueError before the first step when anything does not fit or the text is not the one
    the run began with, and when a loss stops being a number; OSError when nothing can be saved or
    another process has the folder.
    Chapter 9.
    """
    checkpoints = Checkpoints(run, folder, check_whole("save_every", save_every))
    streams = _begin(run, ids, validation)
    model, recipe, group = run.model, run.recipe, group_of(run.model)
    last = recipe.steps if stop_at is None else min(stop_at, recipe.steps)
    with checkpoints.keeping(), _interruptible(group) as asked, _bar(run, progress) as bar:
        batches = StreamBatches(run, streams, last, asked)
        shown = show_progress(bar, recipe.batch_size * recipe.length)
        callbacks = [batches.count_time, checkpoints, shown, *callbacks]
        if validation is not None:
            held_out: Any = validation
            every = recipe.validate_every
            scored = Validation(lambda: score(model, held_out).nats, every, recipe.steps, LOST)
            callbacks.insert(0, scored)
        if report is not None:
            callbacks.append(_reporting(run, report, checkpoints, asked))
        step = batches.train_step
        train(model, batches, recipe.update(0), recipe.rate, callbacks, run.history, step)
        checkpoints.save()
    if batches.stop or asked:
        end(batches.stop or asked[0])
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


def check_documents(recipe: Recipe, ids: Text) -> None:
    """Raise ValueError where a row is to forget at another text, and none is known."""
    if recipe.documents and not isinstance(ids, Part):
        raise ValueError(
            "only shards know where another text begins. Cut your texts with rnnlib shard, or "
            "leave documents out."
        )


class StreamBatches:
    """The batches of a Run along its text, up to step `last`, and the step that carries its state.

    They end when the run is finished, and after a signal by which a process was `asked` to stop,
    this one or another: `stop` is its number then.
    """

    def __init__(self, run: Run, streams: Streams, last: int, asked: list[int]):
        self.run, self.streams, self.last, self.asked = run, streams, last, asked
        self.stop, self.began = None, 0.0

    def __iter__(self):
        """Inputs and targets, (B, T); the state is zeros where a new pass over the text begins."""
        run = self.run
        while run.step < self.last and not run.finished and not self.stop:
            self.began = time.perf_counter()
            place = run.step % len(self.streams)
            inputs, targets = self.streams[place]
            if place == 0:
                run.state = run.model.init_state(len(inputs))
            else:
                run.state = _reset_some(run, self.streams)
            yield inputs, targets

    def train_step(self, inputs: Array, targets: Array, update: Update) -> float:
        """One update with the state of the Run; the loss, its mean over all processes."""
        run = self.run
        loss, run.state = run.model.train_step(inputs, targets, run.state, update)
        shares = [float(number in self.asked) for number in ENDINGS]
        loss, *shares = group_of(run.model).mean(loss, *shares)
        heard = (number for number, share in zip(ENDINGS, shares, strict=True) if share)
        self.stop = next(heard, None)
        run.step += 1
        return loss

    def count_time(self, history: History) -> None:
        """Count the time that the step took, and a score."""
        self.run.seconds += time.perf_counter() - self.began


def _reporting(run, report, checkpoints, asked):
    """A callback that reports every score; where the terminal was just closed no step is lost."""

    def tell(history):
        try:
            if history.is_scored:
                report(run)
        except OSError:
            if group_of(run.model).count == 1:
                checkpoints.save()
            if not asked:
                raise

    return tell


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
