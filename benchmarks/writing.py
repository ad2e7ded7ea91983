"""How fast a model writes, and how long a reader waits for the first character.

    python -m benchmarks.writing

takes some minutes, and writes benchmarks/results/writing.json. Speeds are in processor seconds, for
which the frameworks are told to use one thread. All ways of writing take turns, round after round,
so that a busy moment of the machine meets all of them; a ratio is taken within a round. Every way
has the same weights: those of weights/shakespeare_lstm.safetensors.
"""

import resource
import statistics
import subprocess
import sys
import time
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks import store
from benchmarks.plain import keras_net
from benchmarks.throughput import ratio, use_threads
from rnnlib.data import load_corpus
from rnnlib.models.engines import ENGINES, load
from rnnlib.writing.sampling import Sampler, stream

RESULTS = store.FOLDER / "writing.json"
WEIGHTS = Path(__file__).parents[1] / "weights" / "shakespeare_lstm.safetensors"
PROMPT = "First Citizen:\n"
ROUNDS = 7
WINDOWS = (10, 100)  # characters that are read again for each one written, without a state
BEGINNING = load_corpus("shakespeare")[: max(WINDOWS)]  # fills the longest window
STARTS = {
    "import rnnlib": "import rnnlib",
    **{
        f"first character, {engine}": (
            "from rnnlib.models import load; from rnnlib.writing import generate; "
            f"generate(*load({str(WEIGHTS)!r}, {engine!r}), {PROMPT!r}, 1)"
        )
        for engine in ENGINES
    },
}


def step_state(engine):
    """Write by stepping the state: `characters` of them, one at a time."""
    model, vocab = load(WEIGHTS, engine)

    def write(characters):
        return "".join(islice(stream(model, vocab, PROMPT), characters))

    return write


def read_window(length, compiled=False):
    """Write by reading the last `length` characters again for each one: by `model.predict`, as most
    tutorials do, or by a compiled call of the same net.
    """
    model, vocab = load(WEIGHTS, "keras")
    net = reading_net(model)
    read = tf.function(net) if compiled else partial(net.predict, verbose=0)

    def write(characters):
        sampler, rng = Sampler(), np.random.default_rng(0)
        ids = [*vocab.encode(BEGINNING)]
        for _ in range(characters):
            logits = np.asarray(read(np.array([ids[-length:]])))
            ids.append(sampler.pick(logits[0, -1], rng))
        return vocab.decode(ids[len(BEGINNING) :])

    return write


def reading_net(model):
    """The model's layers, with its weights, from ids to logits: the net of a tutorial."""
    net = keras_net(model.config)
    net(np.zeros((1, 1), int))
    net.set_weights(model.net.get_weights())
    return net


def measure():
    """Characters a second of every way, a list over the rounds."""
    ways = {f"state, {engine}": (step_state(engine), 300) for engine in ENGINES}
    ways |= {f"compiled, window {n}": (read_window(n, compiled=True), 50) for n in WINDOWS}
    ways |= {f"predict, window {n}": (read_window(n), 5) for n in WINDOWS}
    for write, _ in ways.values():
        write(3)  # what is compiled at the first call is not counted
    found = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (write, characters) in ways.items():
            began = time.process_time()
            write(characters)
            found[name].append(round(characters / (time.process_time() - began), 2))
    return found


def starts():
    """Processor seconds that a fresh Python needs for each of STARTS: the median of three."""
    found = {}
    for name, code in STARTS.items():
        seconds = []
        for _ in range(3):
            began = spent_by_children()
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            seconds.append(spent_by_children() - began)
        found[name] = round(statistics.median(seconds), 2)
    return found


def spent_by_children():
    """Processor seconds of all programs started so far and ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    """Measure, store, and print a table."""
    use_threads(1, keras=True)
    speeds = measure()
    results = {"characters_per_second": speeds, "seconds_to_start": starts()}
    store.write(RESULTS, results)
    for name, values in speeds.items():
        print(f"{name:22} {statistics.median(values):10,.1f} characters a second")
    for window in WINDOWS:
        for engine in ENGINES:
            ways = f"state, {engine}", f"predict, window {window}"
            middle, low, high = ratio({"speeds": speeds}, *ways)
            print(f"{engine} / predict {window}: {middle:,.0f} ({low:,.0f} to {high:,.0f})")
    for name, seconds in results["seconds_to_start"].items():
        print(f"{name:22} {seconds:6.2f} s")


if __name__ == "__main__":
    main()
