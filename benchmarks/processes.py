"""What a second process gains on one machine, and what of a step is spent on sending.

    python -m benchmarks.processes

takes a quarter of an hour on two cores that do nothing else, one thread for each process, and
writes benchmarks/results/processes.json. For each width of an LSTM and each number of processes,
whole (DDP) and cut (FSDP2), torchrun starts the processes anew ROUNDS times, in turns. Each start
times, step by step in turns, the library's train_step on this process's share of B rows; the same
step of a model without the others, while they do theirs; and the sending of as many numbers as
there are gradients, alone. What is stored of a start are medians in seconds of the first process.
"""

import json
import statistics
import subprocess
import sys
import time
from itertools import product

import numpy as np
import torch
import torch.distributed as dist

from benchmarks import store
from benchmarks.throughput import B, E, V, batch, machine
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build, join, share_out
from rnnlib.models.update import Update

RESULTS = store.FOLDER / "processes.json"
WIDTHS, ROUNDS, STEPS = (128, 256, 512, 1024), 3, 7
STARTS = ((1, False), (2, False), (2, True), (4, False))  # processes, and whether the model is cut


def work(width, cut):
    """In each process: the medians of one start, which the first of them prints."""
    torch.set_num_threads(1)
    group = join("cpu")
    plain = build(ModelConfig(V, E, width, cell="lstm"), "torch", device="cpu")
    models = {"alone": plain, "together": share_out(plain, group, cut)}
    rows = group.rows(B)
    ids, targets = batch()[:, rows]
    states, update = plain.init_state(len(ids)), Update(1e-3, clip_norm=1.0, weight_decay=0.1)
    gradients = torch.zeros(sum(value.size for value in plain.get_params().values()))
    seconds = {"alone": [], "together": [], "sending": []}
    for _ in range(STEPS + 1):
        for name in models:
            dist.barrier()
            began = time.perf_counter()
            models[name].train_step(ids, targets, states, update)
            seconds[name].append(time.perf_counter() - began)
        dist.barrier()
        began = time.perf_counter()
        dist.all_reduce(gradients)
        seconds["sending"].append(time.perf_counter() - began)
    if group.rank == 0:
        row = {"hidden": width, "processes": group.count, "cut": cut, "numbers": len(gradients)}
        medians = {name: round(statistics.median(found[1:]), 6) for name, found in seconds.items()}
        print(json.dumps(row | medians))
    models.clear()  # before the group that they belong to
    group.close()


def start(width, count, cut):
    """What one start of so many processes measures."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(count), "-m", "benchmarks.processes"]
    command += ["work", str(width), str(int(cut))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def gain(rows, width, count, cut=False):
    """How many times as many characters a second as one process without DDP; for each round."""

    def seconds(name, count, cut):
        wanted = {"hidden": width, "processes": count, "cut": cut}
        return np.array([row[name] for row in rows if wanted.items() <= row.items()])

    return seconds("alone", 1, False) / seconds("together", count, cut)


def main():
    """Measure, store, and print a table."""
    rows = []
    for _, width, (count, cut) in product(range(ROUNDS), WIDTHS, STARTS):
        rows.append(start(width, count, cut))
        print(rows[-1], flush=True)
    store.write(RESULTS, {"machine": machine() | {"threads": 1}, "rows": rows})
    for width, (count, cut) in product(WIDTHS, STARTS[1:]):
        print(width, count, "cut" if cut else "whole", np.round(gain(rows, width, count, cut), 2))


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(int(sys.argv[2]), bool(int(sys.argv[3])))
    else:
        main()
