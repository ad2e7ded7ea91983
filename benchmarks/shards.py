"""What a text of 10 GB costs to cut and to read, beside one of 10 MB in shards and in memory.

    python -m benchmarks.shards

takes about ten minutes and 20 GB of a disk, and writes benchmarks/results/shards.json. The texts
are Shakespeare's, repeated. Every command runs in a process of its own, on one thread. Seconds are
those of the wall, memory is the most that a process held, in MB of a million bytes. The first score
comes after the first step and one reading of the held-out text; characters a second are those of
400 steps, scores included, whatever came before the first of them left out.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from benchmarks import store
from benchmarks.throughput import machine
from rnnlib.data import load_corpus
from rnnlib.training import checkpoint

RESULTS = store.FOLDER / "shards.json"
ROUNDS = 3
SIZES = {"10 MB": 10**7, "10 GB": 10**10}
TRAIN = ["--hidden", "64", "--engine", "torch", "--json"]


def write(path, size):
    """Shakespeare, again and again, until so many bytes are written."""
    text = load_corpus("shakespeare").encode()
    with open(path, "wb") as file:
        while file.tell() < size:
            file.write(text)


def run(*argv):
    """Run a command: wall seconds, MB, and {event: seconds until it was printed first}."""
    began, seen = time.perf_counter(), {}
    command = [sys.executable, "-m", "rnnlib", *map(str, argv)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        seen.setdefault(json.loads(line)["event"], time.perf_counter() - began)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, argv
    return time.perf_counter() - began, usage.ru_maxrss * 1024 / 1e6, seen


def train(text, folder):
    """What a training on a text costs."""
    _, _, seen = run("train", text, "--folder", folder / "one", "--steps", 1, *TRAIN)
    _, memory, _ = run("train", text, "--folder", folder / "many", "--steps", 400, *TRAIN)
    found = checkpoint.load(folder / "many" / checkpoint.LAST, "numpy")
    row = {"plan_seconds": seen["start"], "first_score_seconds": seen["score"]}
    row |= {"memory": memory, "characters_a_second": found.characters / found.seconds}
    return {name: round(value, 1) for name, value in row.items()}


def measure(folder):
    """A row for each way to read, with all of its trainings, which take turns."""
    rows, ways = [], {}
    for name, size in SIZES.items():
        path, cut = folder / name, folder / f"{name} in shards"
        write(path, size)
        if not ways:
            rows.append({"text": name, "from": "memory"})
            ways[path] = []
        seconds, memory, _ = run("shard", path, "--folder", cut, "--json")
        row = {"text": name, "from": "shards", "cut_seconds": round(seconds, 1)}
        rows.append(row | {"cut_memory": round(memory, 1)})
        ways[cut] = []
        if path not in ways:
            path.unlink()
    os.sync()  # nothing is on its way to the disk while trainings are timed
    for number, path in product(range(ROUNDS), ways):
        ways[path].append(train(path, folder / f"run {number} on {path.name}"))
        print(path.name, ways[path][-1], flush=True)
    for row, found in zip(rows, ways.values(), strict=True):
        yield row | {"trainings": found}


def main():
    """Measure, print and store."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(Path(folder)):
            print(row, flush=True)
            rows.append(row)
    store.write(RESULTS, {"machine": machine() | {"threads": 1}, "rows": rows})


if __name__ == "__main__":
    main()
