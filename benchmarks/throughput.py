"""How fast a model trains: the library beside the plainest loop of each framework, in one run.

    python -m benchmarks.throughput

takes about ten minutes on one thread, and writes benchmarks/results/throughput.json. Each loop runs
in a process of its own, as a reader would run it. For every cell and width the loops take turns,
round after round, with a matrix product between them, so that a busy moment of the machine meets
all of them; a ratio is taken within a round. Time is processor time of one thread.

A character costs 6 (k H (E + H) + H V) floating-point operations to train, k = 1, 3, 4 for the
plain cell, GRU and LSTM: two for each weight forward, four backward. The products with W_hh and
W_hy are also timed alone, at their shapes and in their order, which no program can do without. On
a processor that has the instructions, PyTorch's are also rounded to 16 bits, by torch.autocast.
"""

import multiprocessing
import os
import platform
import statistics
import time
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from itertools import product

import numpy as np
import torch

from benchmarks import store
from benchmarks.plain import TorchLoop, keras_net
from rnnlib.models.char_rnn.fast.malloc import keep_memory
from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.update import Update

RESULTS = store.FOLDER / "throughput.json"
V, E, B, T = 65, 64, 64, 64
WIDTHS, ROUNDS, UPDATES = (256, 512), 11, 2  # so many updates a round
BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}
PAIRS = {"torch": ("rnnlib, torch", "plain PyTorch"), "keras": ("rnnlib, keras", "plain Keras")}
ALONE, BFLOAT16 = "the products alone", "rnnlib, bfloat16"


def operations(cell, width):
    """Floating-point operations that training on one character takes."""
    return 6 * (BLOCKS[cell] * width * (E + width) + width * V)


def batch(seed=0):
    """Random ids and targets (B, T); how fast a loop is does not depend on the text."""
    return np.random.default_rng(seed).integers(V, size=(2, B, T))


def library(engine, cell, width):
    """The library's own train_step, the state carried."""
    model = build(ModelConfig(V, E, width, cell=cell), engine)
    update, state = Update(1e-3, clip_norm=1.0, weight_decay=0.1), model.init_state(B)
    ids, targets = batch()

    def run():
        nonlocal state
        for _ in range(UPDATES):
            _, state = model.train_step(ids, targets, state, update)

    return run


def in_16_bits(cell, width):
    """The library's train_step in PyTorch, with products of 16-bit numbers."""
    return torch.autocast("cpu", torch.bfloat16)(library("torch", cell, width))


def multiplies_16_bits():
    """Whether this processor has instructions for products of bfloat16 numbers, and PyTorch may use
    them: where oneDNN is held back from them, an LSTM cannot be run in 16 bits.
    """
    held_back = "bf16" not in os.environ.get("ONEDNN_MAX_CPU_ISA", "bf16").lower()
    known = torch.cpu.get_capabilities().items()
    return not held_back and any(has for name, has in known if "bf16" in name)


def plain_torch(cell, width, switch=lambda update: update):
    """The loop of any tutorial in PyTorch, its update as a switch makes it."""
    update = switch(TorchLoop(ModelConfig(V, E, width, cell=cell)).update)
    ids, targets = map(torch.tensor, batch())

    def run():
        for _ in range(UPDATES):
            update(ids, targets)

    return run


def plain_keras(cell, width, **compiled):
    """The same layers in Keras, trained by `fit`."""
    net = keras_net(ModelConfig(V, E, width, cell=cell), **compiled)
    ids, targets = (np.concatenate([part] * UPDATES) for part in batch())
    return lambda: net.fit(ids, targets, batch_size=B, epochs=1, shuffle=False, verbose=0)


def products(cell, width):
    """The products with W_hh and W_hy: each step's, and those for all steps together."""
    H, G = width, BLOCKS[cell] * width
    h, W, da = torch.rand(B, H), torch.rand(H, G), torch.rand(B, G)
    hs, das = torch.rand(T * B, H), torch.rand(T * B, G)
    W_hy, dy = torch.rand(H, V), torch.rand(T * B, V)

    def run():
        for _ in range(UPDATES):
            for _ in range(T):
                h @ W, da @ W.T
            hs.T @ das, hs @ W_hy, dy @ W_hy.T, hs.T @ dy

    return run


LOOPS = {
    "rnnlib, torch": partial(library, "torch"),
    BFLOAT16: in_16_bits,
    "plain PyTorch": plain_torch,
    "rnnlib, keras": partial(library, "keras"),
    "plain Keras": plain_keras,
    ALONE: products,
}


def seconds(run, clock=time.process_time):
    """Processor seconds of one call, or what another clock says."""
    began = clock()
    run()
    return clock() - began


def work(pipe, name, build, threads, clock):
    """The process of a loop: the seconds of a turn at (cell, width), None if it cannot run here."""
    use_threads(threads, "keras" in name.lower())
    keep_memory()
    built, run = None, None
    for asked in iter(pipe.recv, None):
        try:
            if asked != built:
                built, run = asked, build(*asked)
                run()  # what is compiled at the first call is not counted
            pipe.send(seconds(run, clock))
        except RuntimeError as error:
            print(f"{name}, {asked}: {error}")
            pipe.send(None)


def use_threads(n, keras):
    """Tell PyTorch, and where Keras is used TensorFlow, how many threads to use."""
    torch.set_num_threads(n)
    if keras:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(n)
        tf.config.threading.set_inter_op_parallelism_threads(1)


@contextmanager
def processes(loops, threads=1, clock=time.process_time):
    """{name: a function of cell and width that gives the seconds of one turn}, each a process."""
    context, started = multiprocessing.get_context("spawn"), []

    def start(name):
        ours, theirs = context.Pipe()
        task = (theirs, name, loops[name], threads, clock)
        started.append((context.Process(target=work, args=task, daemon=True), ours))
        started[-1][0].start()

        def turn(cell, width):
            ours.send((cell, width))
            return ours.recv()

        return turn

    yield {name: start(name) for name in loops}
    for process, pipe in started:
        pipe.send(None)
        process.join()


def measure(turns, cell, width):
    """One row: characters a second of every loop, a list over the rounds, and the peak."""
    torch.set_num_threads(1)
    square, peaks = torch.rand(1024, 1024), []
    for turn in turns.values():
        turn(cell, width)
    speeds = {name: [] for name in turns}
    for _ in range(ROUNDS):
        for name, turn in turns.items():
            peaks.append(2 * 1024**3 / min(seconds(lambda: square @ square) for _ in range(3)))
            speeds[name].append(round(UPDATES * B * T / turn(cell, width), 1))
    peak = statistics.median(peaks)
    return {"cell": cell, "hidden": width, "peak": round(peak / 1e9, 1), "speeds": speeds}


def ratio(row, one, other):
    """Median, lowest and highest ratio of two loops within the rounds."""
    found = [a / b for a, b in zip(row["speeds"][one], row["speeds"][other], strict=True)]
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
    } | {name: version(name).partition("+")[0] for name in ("torch", "tensorflow", "keras")}


def main():
    """Measure, store, and print a table."""
    loops = {name: LOOPS[name] for name in LOOPS if name != BFLOAT16 or multiplies_16_bits()}
    with processes(loops) as turns:
        rows = [measure(turns, cell, width) for cell in CELLS for width in WIDTHS]
    for row, (ours, plain) in product(rows, PAIRS.values()):
        middle, low, high = ratio(row, ours, plain)
        shares = " and ".join(f"{share(row, name):.0%}" for name in (ours, plain))
        spread = (
            f"{middle:.2f} ({low:.2f} to {high:.2f}), at most {ratio(row, ALONE, plain)[0]:.2f}"
        )
        print(row["cell"], row["hidden"], ours, spread, shares)
    for row in rows if BFLOAT16 in loops else ():
        middle, low, high = ratio(row, BFLOAT16, "plain PyTorch")
        print(row["cell"], row["hidden"], BFLOAT16, f"{middle:.2f} ({low:.2f} to {high:.2f})")
    results = {"machine": machine(), "rows": rows}
    store.write(RESULTS, results)


if __name__ == "__main__":
    main()
