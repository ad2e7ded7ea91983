"""Kill a training at random moments, go on from what it left, and compare the end bit for bit.

    python -m tools.kill_and_resume numpy keras torch --times 20

Each engine is loaded once; every attempt is then a fork that trains with a save after each step,
until kill -9 reaches it some random time after a random step. After so many kills the run ends
undisturbed, and its weights must be those of a run that was never stopped. test_checkpoint.py does
the same with fewer kills.
"""

import argparse
import importlib
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, build
from rnnlib.training import checkpoint
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

EACH = 4  # steps between two kills, at most
PAUSE = 0.004  # seconds that a kill waits at most, about as long as a step and its save take
CONFIG = ModelConfig(11, 8, 96, 1, "lstm")  # large enough for its save to take a while


def make_recipe(times):
    """A recipe long enough for so many kills, with all that must be restored."""
    steps = 2 * EACH * times + 10
    return Recipe(4, 8, steps, 0.01, weight_decay=0.1, dropout=0.2, validate_every=3)


def train(folder, engine, times, tell=None):
    """Go on from the checkpoint in the folder, or begin; `tell()` at each step and in each save."""
    path = folder / checkpoint.LAST
    if path.exists():
        run = checkpoint.load(path, engine)
    else:
        run = Run(build(CONFIG, engine, seed=3), make_recipe(times))
    if tell is not None:
        run.model.train_step = telling(run.model.train_step, tell)
        run.model.get_optimizer = telling(run.model.get_optimizer, tell)  # as a save begins
        Path.write_bytes = telling(Path.write_bytes, tell)  # before the file is moved to its place
    ids = np.random.default_rng(0).integers(CONFIG.vocab_size, size=700)
    fit_stream(run, ids[:600], ids[600:], folder, save_every=1, progress=False)


def telling(function, tell):
    """The same function; `tell()` is called before it returns."""

    def told(*args):
        found = function(*args)
        tell()
        return found

    return told


def attempt(folder, engine, times, rng):
    """Fork a training, and kill it some random time after a random moment.

    It may run ahead by a few steps while this process sleeps, and then waits for its end.
    """
    (told, tell), (allowed, allow) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(allow)
        fork_main(lambda: train(folder, engine, times, lambda: pass_on(allowed, tell)))
    os.close(tell)
    os.close(allowed)
    moment = rng.randint(1, 3 * EACH)  # each step tells of three: its end, and two in its save
    os.write(allow, b"." * 6 * EACH)
    for _ in range(moment):
        os.read(told, 1)
    wait = time.perf_counter() + rng.random() * PAUSE
    while time.perf_counter() < wait:
        pass
    os.kill(child, signal.SIGKILL)
    os.close(told)
    os.close(allow)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit(f"{engine}: a training ended before it was killed.")


def pass_on(allowed, tell):
    """Say that a moment has come, once it is allowed."""
    os.read(allowed, 1)
    os.write(tell, b".")


def fork_main(function):
    """All that a forked process does; it never returns."""
    code = 1
    try:
        function()
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def read_all(folder):
    """Every finished file of the folder; raises where one cannot be read."""
    return {path.name: checkpoint.load(path, "numpy") for path in folder.glob("*.safetensors")}


def compare(folder, whole):
    """The names of what differs between the last checkpoints of two folders."""
    ours, theirs = (read_all(path)[checkpoint.LAST] for path in (folder, whole))
    found = [
        name for name in ("step", "text_hash", "history", "recipe") if differ(ours, theirs, name)
    ]
    arrays = ((ours.model.get_params(), theirs.model.get_params()),)
    memories = ours.model.get_optimizer(), theirs.model.get_optimizer()
    arrays += tuple((memories[0][part], memories[1][part]) for part in "mv")
    for one, other in arrays:
        found += [name for name in one if one[name].tobytes() != other[name].tobytes()]
    return found + ([] if ours.state.tobytes() == theirs.state.tobytes() else ["state"])


def differ(ours, theirs, name):
    return getattr(ours, name) != getattr(theirs, name)


def torture(engine, times, seed=0):
    """Kill and go on so many times: (how many kills fell into a save, what differs)."""
    importlib.import_module(f"rnnlib.models.char_rnn.{engine}_model")
    if engine == "torch":
        build(CONFIG, engine)  # its optimiser imports for two seconds more
    rng, in_a_save = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as place:
        folder, whole = Path(place, "killed"), Path(place, "whole")
        for _ in range(times):
            attempt(folder, engine, times, rng)
            in_a_save += any(folder.glob("*.part"))
            read_all(folder)
        for path in (folder, whole):
            child = os.fork()
            if child == 0:
                fork_main(lambda path=path: train(path, engine, times))
            if os.waitpid(child, 0)[1] != 0:
                sys.exit(f"{engine}: a training failed.")
        if any(folder.glob("*.part")):
            sys.exit(f"{engine}: a part of a file was left over.")
        return in_a_save, compare(folder, whole)


def main():
    """Run it for the engines named, and say how each ended."""
    parser = argparse.ArgumentParser(description="Kill a training, go on, compare.")
    parser.add_argument("engines", nargs="+", choices=ENGINES)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    for engine in args.engines:
        began = time.perf_counter()
        in_a_save, found = torture(engine, args.times, args.seed)
        cost = time.perf_counter() - began
        print(
            f"{engine}: killed {args.times} times, {in_a_save} of them in a save, and gone on: "
            f"{'not the same in ' + ', '.join(found) if found else 'the same'}, {cost:.0f} s",
            flush=True,
        )
        if found:
            sys.exit(1)


if __name__ == "__main__":
    main()
