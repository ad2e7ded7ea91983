"""What test_distributed.py starts in several processes: trains a job, or goes on with it.

    torchrun --standalone --nproc-per-node 2 -m tests.parallel_program FOLDER JOBS

JOBS is JSON, a list of Job; each is kept in a folder of its number. The environment variable
PATIENCE is the seconds that a process waits for another, where it is not two minutes.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from rnnlib.models.char_rnn import torch_parallel
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build, join, share_out
from rnnlib.training import checkpoint
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

VOCAB = 11
IDS = np.random.default_rng(0).integers(VOCAB, size=1100)
TEXT, HELD_OUT = IDS[:900], IDS[900:]


class Job(NamedTuple):
    """A training of `steps` steps, or what of it is done by `stop_at`."""

    cell: str
    dtype: str
    steps: int
    shard: bool = False
    stop_at: int | None = None


def begin(job):
    """The Run of a job, in one process, before its first step."""
    config = ModelConfig(VOCAB, 6, 8, 2, job.cell, dtype=job.dtype)
    recipe = Recipe(8, 5, job.steps, 0.02, clip_norm=0.5, dropout=0.3, validate_every=10, reset=0.1)
    return Run(build(config, "torch", seed=3, device="cpu"), recipe)


def train(job, folder, share_out=None, engine="torch"):
    """Train a job in a folder, or go on with what lies there in another engine; its Run."""
    path = folder / checkpoint.LAST
    run = checkpoint.load(path, engine, "cpu") if path.exists() else begin(job)
    if share_out is not None:
        run.model = share_out(run.model, job.shard)
    fit_stream(run, TEXT, HELD_OUT, folder, 5, job.stop_at, progress=False)
    return run


def main(folder, jobs):
    """Train all jobs in the processes that are there."""
    torch.set_num_threads(1)
    if "PATIENCE" in os.environ:
        torch_parallel.PATIENCE = timedelta(seconds=int(os.environ["PATIENCE"]))
    group = join("cpu")
    for number, job in enumerate(jobs):
        with group.heard():
            train(
                Job(*job),
                Path(folder) / str(number),
                lambda model, shard: share_out(model, group, shard),
            )
    group.close()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
