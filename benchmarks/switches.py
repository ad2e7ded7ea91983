"""What a switch of the framework is worth: compiling, 16-bit arithmetic, a second thread.

    python -m benchmarks.switches

takes about fifteen minutes, and writes benchmarks/results/switches.json: characters a second of
the plain loops at 256 units, as they are and with one switch turned, on one thread and on two.
Compiling itself is not counted; its seconds are given apart. What the processor cannot run is
left out: without 16-bit instructions, PyTorch's LSTM in bfloat16. Unlike the other benchmarks this
one goes by the clock on the wall, since threads share the work: run it when nothing else does.
"""

import statistics
import time
from functools import partial

import torch

from benchmarks import store
from benchmarks.throughput import UPDATES, B, T, machine, plain_keras, plain_torch, processes
from rnnlib.models.config import CELLS

RESULTS = store.FOLDER / "switches.json"
WIDTH, ROUNDS, THREADS = 256, 5, (1, 2)


def keras_fit(switch, cell, width):
    """Keras' `fit`, which compiles by tf.function unless it is told to run eagerly."""
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16" if switch == "bfloat16" else "float32")
    return plain_keras(cell, width, run_eagerly=switch == "eager", jit_compile=switch == "XLA")


LOOPS = {
    "PyTorch": plain_torch,
    "PyTorch, torch.compile": partial(plain_torch, switch=torch.compile),
    "PyTorch, bfloat16": partial(plain_torch, switch=torch.autocast("cpu", torch.bfloat16)),
    "Keras": partial(keras_fit, None),
    "Keras, eager": partial(keras_fit, "eager"),
    "Keras, XLA": partial(keras_fit, "XLA"),
    "Keras, bfloat16": partial(keras_fit, "bfloat16"),
}


def measure(turns, cell, threads, width=WIDTH):
    """One row: characters a second of every loop that runs, over the rounds, and what its first
    call took, in seconds: building, compiling and two turns.
    """
    first, speeds = {}, {}
    for name, turn in turns.items():
        began = time.perf_counter()
        if turn(cell, width) is not None:
            first[name], speeds[name] = round(time.perf_counter() - began, 1), []
    for _ in range(ROUNDS):
        for name, found in speeds.items():
            found.append(round(UPDATES * B * T / turns[name](cell, width), 1))
    row = {"cell": cell, "hidden": width, "threads": threads}
    return row | {"first_call": first, "speeds": speeds}


def main():
    """Measure, store, and print a table."""
    rows = []
    for threads in THREADS:
        with processes(LOOPS, threads, time.perf_counter) as turns:
            rows += [measure(turns, cell, threads) for cell in CELLS]
    results = {"machine": machine() | {"threads": THREADS}, "rows": rows}
    store.write(RESULTS, results)
    for row in rows:
        for name, speeds in row["speeds"].items():
            speed, first = statistics.median(speeds), row["first_call"][name]
            print(f"{row['cell']:5} {row['threads']}  {name:24} {speed:9,.0f} {first:6.1f} s")


if __name__ == "__main__":
    main()
