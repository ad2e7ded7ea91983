"""Callbacks of the training loop: a bar that shows progress, and a keeper of checkpoints."""

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tqdm import tqdm

from rnnlib.models.weights_file import BEST, LAST
from rnnlib.training import checkpoint
from rnnlib.training.distributed import group_of, together
from rnnlib.training.loop import Callback
from rnnlib.training.run import History, Run
from rnnlib.training.run_folder import RunFolder


def show_progress(bar: tqdm, each: int = 1) -> Callback:
    """A callback that moves a bar of tqdm on by `each`, and shows the mean of the last losses."""

    def move(history):
        if not bar.disable:
            bar.set_postfix_str(f"loss {history.recent:.3f}", refresh=False)
            bar.update(each)

    return move


class Checkpoints:
    """A callback that keeps the last and the best checkpoint of a Run in a folder, a path or a
    RunFolder; without a folder, nothing.

    A save in mid-run that fails is a warning, and is tried again later: training goes on, and the
    file of the save before stays. Raises OSError when the folder cannot be written at the start.
    """

    def __init__(self, run: Run, folder: str | os.PathLike | RunFolder | None, every: int):
        if folder is not None and not isinstance(folder, RunFolder):
            folder = RunFolder(folder)
        self.run, self.folder, self.every = run, folder, every

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Within it the folder is this run's, and it is seen at the start that a save succeeds."""
        with ExitStack() as stack:
            group = group_of(self.run.model)
            with together(group):
                if self.folder and group.rank == 0 and not self.folder.is_held:
                    stack.enter_context(self.folder)
            self.save()
            yield

    def __call__(self, history: History) -> None:
        """Save the last one when it is due, and the best one when it was just found."""
        due = [BEST] * history.is_best + [LAST] * (self.run.step % self.every == 0)
        for name in due:
            try:
                self.save(name)
            except OSError as error:
                problem = str(error).removesuffix(" Choose another.")  # which is too late now
                warnings.warn(f"{problem} Training goes on, unsaved.", stacklevel=2)

    def save(self, name: str = LAST) -> None:
        """Save a checkpoint; here a failure is an error."""
        if self.folder is not None:
            group = group_of(self.run.model)
            with together(group):
                if group.rank == 0:
                    self.folder.mend()
            checkpoint.save(self.folder.path / name, self.run)
