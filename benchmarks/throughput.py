"""How fast a model trains: the library beside the plainest loop of each framework, in one run.

    python -m benchmarks.throughput

takes about ten minutes on one thread, and writes benchmarks/results/throughput.json. For every
cell and width the four loops take turns, round after round, with a matrix product between them,
so that a busy moment of the machine meets all of them; a ratio is taken within a round. Time is
processor time of one thread. A character costs 6 (k H (E + H) + H V) floating-point operations
to train, k = 1, 3, 4 for the plain cell, GRU and LSTM: two for each weight forward, four backward.
"""

import json
import os
import platform
import statistics
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import torch
from torch import nn
from torch.nn import functional as F

from rnnlib.config import CELLS, ModelConfig
from rnnlib.engines import build
from rnnlib.files import write_atomically

RESULTS = Path(__file__).parent / "results" / "throughput.json"
V, E, B, T = 65, 64, 64, 64
WIDTHS, ROUNDS, UPDATES = (256, 512), 5, 2  # so many updates a round
BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}
TORCH = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
KERAS = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
PAIRS = {"torch": ("rnnlib, torch", "plain PyTorch"), "keras": ("rnnlib, keras", "plain Keras")}


def operations(cell, width):
    """Floating-point operations that training on one character takes."""
    return 6 * (BLOCKS[cell] * width * (E + width) + width * V)


def batch(seed=0):
    """Random ids and targets (B, T); how fast a loop is does not depend on the text."""
    return np.random.default_rng(seed).integers(V, size=(2, B, T))


def library(engine, cell, width):
    """The library's own train_step, the state carried."""
    model = build(ModelConfig(V, E, width, cell=cell), engine)
    model.clip_norm, model.weight_decay = 1.0, 0.1
    state = model.init_state(B)
    ids, targets = batch()

    def run():
        nonlocal state
        for _ in range(UPDATES):
            _, state = model.train_step(ids, targets, state)

    return run


def plain_torch(cell, width):
    """Embedding -> layer -> linear layer, Adam: the loop of any tutorial."""
    torch.manual_seed(0)
    embed, rnn = nn.Embedding(V, E), TORCH[cell](E, width, batch_first=True)
    out = nn.Linear(width, V)
    optimizer = torch.optim.Adam([p for m in (embed, rnn, out) for p in m.parameters()], 1e-3)
    ids, targets = map(torch.tensor, batch())

    def run():
        for _ in range(UPDATES):
            loss = F.cross_entropy(out(rnn(embed(ids))[0]).flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return run


def plain_keras(cell, width):
    """The same layers in Keras, trained by `fit`."""
    net = keras.Sequential(
        [
            keras.layers.Embedding(V, E),
            KERAS[cell](width, return_sequences=True),
            keras.layers.Dense(V),
        ]
    )
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    ids, targets = (np.concatenate([part] * UPDATES) for part in batch())
    return lambda: net.fit(ids, targets, batch_size=B, epochs=1, shuffle=False, verbose=0)


def product(size=1024):
    """The matrix product that the machine's peak is measured with."""
    a = torch.rand(size, size)
    return lambda: torch.mm(a, a)


def seconds(run):
    """Processor seconds of one call."""
    began = time.process_time()
    run()
    return time.process_time() - began


def measure(cell, width):
    """One row: characters a second of every loop, a list over the rounds, and the peak."""
    loops = {
        "rnnlib, torch": library("torch", cell, width),
        "plain PyTorch": plain_torch(cell, width),
        "rnnlib, keras": library("keras", cell, width),
        "plain Keras": plain_keras(cell, width),
    }
    multiply, peaks = product(), []
    for run in loops.values():
        run()  # what is compiled at the first call is not counted
    speeds = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, run in loops.items():
            peaks.append(2 * 1024**3 / min(seconds(multiply) for _ in range(3)))
            speeds[name].append(round(UPDATES * B * T / seconds(run), 1))
    peak = statistics.median(peaks)
    return {"cell": cell, "hidden": width, "peak": round(peak / 1e9, 1), "speeds": speeds}


def ratio(row, framework):
    """Median, lowest and highest ratio of the library to the plain loop within the rounds."""
    ours, plain = (row["speeds"][name] for name in PAIRS[framework])
    found = [a / b for a, b in zip(ours, plain, strict=True)]
    return statistics.median(found), min(found), max(found)


def share(row, name):
    """The part of the machine's peak that a loop reaches, 0 to 1."""
    speed = statistics.median(row["speeds"][name])
    return speed * operations(row["cell"], row["hidden"]) / (row["peak"] * 1e9)


def machine():
    """What the numbers depend on."""
    return {
        "processor": platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "processors": os.cpu_count(),
        "torch": torch.__version__.partition("+")[0],
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def main():
    """Measure, store, and print a table."""
    torch.set_num_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rows = []
    for cell in CELLS:
        for width in WIDTHS:
            rows.append(measure(cell, width))
            for framework, names in PAIRS.items():
                middle, low, high = ratio(rows[-1], framework)
                shares = " ".join(f"{share(rows[-1], name):.0%}" for name in names)
                print(cell, width, framework, f"{middle:.2f} ({low:.2f} to {high:.2f})", shares)
    results = {"machine": machine(), "rows": rows}
    write_atomically(RESULTS, (json.dumps(results, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
