"""Callbacks: what the training loop calls after every step, such as a keeper of checkpoints."""

import warnings
from contextlib import ExitStack, contextmanager

import numpy as np

from rnnlib.models.weights_file import BEST, LAST
from rnnlib.training import checkpoint
from rnnlib.training.distributed import group_of, together
from rnnlib.training.run_folder import RunFolder


class Callback:
    """What `training.loop.train` calls; a subclass does either of the two, or both."""

    def after_step(self, history) -> bool | None:
        """After a step, whose loss is the last of a History; True ends the training."""

    def at_end(self, history) -> None:
        """When the batches have ended, or a callback ended the training."""


class ProgressBar(Callback):
    """Moves a bar of tqdm on by `each` with every step, and shows the mean of the last losses."""

    def __init__(self, bar, each=1):
        self.bar, self.each = bar, each

    def after_step(self, history):
        """Move it, if it is shown."""
        if not self.bar.disable:
            loss = np.mean(history.losses[-50:])
            self.bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
            self.bar.update(self.each)


class Checkpoints(Callback):
    """Keeps the last and the best checkpoint of a Run in a folder, a path or a RunFolder; without
    a folder, nothing.

    A save in mid-run that fails is a warning, and is tried again later: training goes on, and the
    file of the save before stays. Raises OSError when the folder cannot be written at the start.
    """

    def __init__(self, run, folder, every):
        known = folder is None or isinstance(folder, RunFolder)
        self.run, self.folder, self.every = run, folder if known else RunFolder(folder), every

    @contextmanager
    def keeping(self):
        """Within it the folder is this run's, and it is seen at the start that a save succeeds."""
        with ExitStack() as stack:
            if self.folder is not None:
                group = group_of(self.run.model)
                with together(group):
                    if group.rank == 0:
                        stack.enter_context(self.folder)
                self._save(LAST)
            yield

    def after_step(self, history):
        """Save the last one when it is due, and the best one when it was just found."""
        if self.folder is not None:
            if history.is_best:
                self._try(BEST)
            if self.run.step % self.every == 0:
                self._try(LAST)

    def at_end(self, history):
        """Save the last one; here a failure is an error."""
        if self.folder is not None:
            self._save(LAST)

    def _save(self, name):
        group = group_of(self.run.model)
        with together(group):
            if group.rank == 0:
                self.folder.mend()
        checkpoint.save(self.folder.path / name, self.run)
        if group.rank == 0:
            self.folder.note(name)

    def _try(self, name):
        try:
            self._save(name)
        except OSError as error:
            problem = str(error).removesuffix(" Choose another.")
            warnings.warn(f"{problem} Training goes on, unsaved.", stacklevel=2)
