"""Keeps a run in a folder while it is trained."""

import warnings
from contextlib import ExitStack, contextmanager

from rnnlib.models.weights_file import BEST, LAST
from rnnlib.training import checkpoint
from rnnlib.training.distributed import group_of, together
from rnnlib.training.run_folder import RunFolder


class Keeper:
    """Keeps the last and the best checkpoint of a run in a folder, a path or a RunFolder; without
    a folder, nothing.

    A save in mid-run that fails is a warning, and is tried again later: training goes on, and the
    file of the save before stays. Raises OSError when the folder cannot be written at the start.
    """

    def __init__(self, folder, every):
        known = folder is None or isinstance(folder, RunFolder)
        self.folder, self.every = folder if known else RunFolder(folder), every

    @contextmanager
    def keeping(self, run):
        """Within it the folder is this run's, and it is seen at the start that a save succeeds."""
        with ExitStack() as stack:
            if self.folder is not None:
                group = group_of(run.model)
                with together(group):
                    if group.rank == 0:
                        stack.enter_context(self.folder)
                self._save(LAST, run)
            yield

    def after_step(self, run):
        """Save the last one when it is due, and the best one when it was just found."""
        if self.folder is None:
            return
        history = run.history
        is_new = history.validation_steps[-1:] == [run.step]
        if is_new and history.validation_losses[-1] == run.best:
            self._try(BEST, run)
        if run.step % self.every == 0:
            self._try(LAST, run)

    def finish(self, run):
        """Save the last one; here a failure is an error."""
        if self.folder is not None:
            self._save(LAST, run)

    def _save(self, name, run):
        group = group_of(run.model)
        with together(group):
            if group.rank == 0:
                self.folder.mend()
        checkpoint.save(self.folder.path / name, run)
        if group.rank == 0:
            self.folder.note(name)

    def _try(self, name, run):
        try:
            self._save(name, run)
        except OSError as error:
            problem, cause = str(error), error.__context__
            if isinstance(cause, OSError):  # of the system: no other name would help in mid-run
                problem = f"{self.folder.path / name} cannot be written ({cause.strerror})."
            warnings.warn(f"{problem} Training goes on, unsaved.", stacklevel=2)
