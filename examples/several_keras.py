"""Train a character network in plain Keras in several processes, which share out a text's rows.

    python examples/several_keras.py shakespeare --workers 2 --steps 200
    python examples/several_keras.py my.txt --workers 4 --rows 64 --save mine.keras

Every worker holds the whole network, reads rows of its own and carries their states. In each step
the gradients of all workers are averaged, so that all make the same update: the losses are those of
one worker that reads every row.

What Keras 3.15 and TensorFlow 2.21 do here, each tried with two workers on the CPU:

- `model.fit` ends in "Attempt to convert a value (PerReplica ...", keras-team/keras#20585; hence
  the loop by hand.
- `optimizer.apply` inside `strategy.run` sums the gradients of the workers, and an optimiser that
  clips does so before the sum. Outside `run` it adds up nothing, and workers that bring different
  gradients part without a word. So the mean is taken in `run`, then clipped once, then applied.
- Dropout draws the same mask in every worker, so it is not that of one worker with all the rows.
- `set_weights` changes one worker alone. `net.save` and `tf.train.Checkpoint.write` work in worker
  0 alone, and workers that all read such a checkpoint go on exactly.
- `jit_compile=True` around a step fails on a CPU: XLA has no collective operations there.
- A worker that dies ends all. One that only stands still is waited for: 200 seconds, when tried.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from rnnlib.data import CorpusError, load_corpus
from rnnlib.text import Vocab
from rnnlib.text.windows import Streams

# Keras and TensorFlow are imported by the workers alone: that takes seconds.


def build_net(vocab_size, units):
    """Ids (B, T) and the states h and c, (B, H) each -> logits (B, T, V) and the states after."""
    from keras import Input, Model, layers

    ids, h, c = Input((None,), dtype="int64"), Input((units,)), Input((units,))
    lstm = layers.LSTM(units, return_sequences=True, return_state=True)
    hs, *after = lstm(layers.Embedding(vocab_size, 16)(ids), initial_state=[h, c])
    return Model([ids, h, c], [layers.Dense(vocab_size)(hs), *after])


def train(options, ids, vocab_size, place):
    """Train as the worker that TF_CONFIG says, which is `place`; worker 0 prints and saves."""
    import keras
    import tensorflow as tf

    threading.Thread(target=end_with, args=(place["parent"],), daemon=True).start()
    tf.config.set_visible_devices([], "GPU")
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything else is computed
    rank, each = place["task"]["index"], options.rows // options.workers
    streams = Streams(ids, options.rows, options.length, slice(rank * each, (rank + 1) * each))
    keras.utils.set_random_seed(options.seed)
    with strategy.scope():  # all begin with the weights of worker 0
        net = build_net(vocab_size, options.units)
        weights = net.trainable_variables
        optimizer = keras.optimizers.Adam(options.rate)
        optimizer.build(weights)

    def find_gradient(x, y, state):
        """The loss of this worker's rows and its gradient, both averaged over the workers."""
        with tf.GradientTape() as tape:
            logits, *state = net([x, *state])
            losses = keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
            loss = tf.reduce_mean(losses)  # of as many characters in every worker
        # The embedding's gradient arrives as slices, which Keras's optimisers mis-add.
        grads = [tf.convert_to_tensor(grad) for grad in tape.gradient(loss, weights)]
        everyone = tf.distribute.get_replica_context()
        loss, *grads = everyone.all_reduce("MEAN", [loss, *grads])
        return loss, grads, state

    @tf.function
    def step(x, y, state):
        loss, grads, state = strategy.run(find_gradient, (x, y, state))
        grads, _ = tf.clip_by_global_norm(grads, options.clip)
        optimizer.apply(grads, weights)
        return loss, state

    for number in range(options.steps):
        if number % len(streams) == 0:
            state = [tf.zeros((each, options.units))] * 2
        x, y = (tf.constant(part, "int64") for part in streams[number % len(streams)])
        loss, state = step(x, y, state)
        if (number + 1) % max(1, options.steps // 10) == 0:
            if not np.isfinite(loss):
                raise ValueError("the loss is no number any more. Give a smaller --rate.")
            if rank == 0:
                print(f"step {number + 1}: {loss:.5f} nats per character", flush=True)

    flat = tf.concat([tf.reshape(w, [-1]) for w in net.get_weights()], 0)
    if not tf.reduce_all(strategy.gather(flat[None], axis=0) == flat):  # (workers, numbers)
        raise ValueError("the workers have ended with different weights.")
    if rank == 0:
        print(
            f"Workers: {options.workers}, each with {each} of the {options.rows} rows. Every one "
            f"of the {options.steps} updates took the mean of their gradients, and their "
            f"{len(flat):,} weights are equal."
        )
        if options.save:
            net.save(options.save)


def end_with(parent):
    """End this worker a second after the process that started it, whatever it waits for."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def start(count, arguments):
    """Run this program in `count` workers; OSError if one ends badly, which ends all of them."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]  # free ports
    cluster = {"worker": [f"localhost:{each.getsockname()[1]}" for each in sockets]}
    for each in sockets:
        each.close()
    workers = []
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder, str(rank)) for rank in range(count)]
        try:
            for rank in range(count):
                place = {"cluster": cluster, "task": {"type": "worker", "index": rank}}
                config = json.dumps({**place, "parent": os.getpid()})
                command = [sys.executable, __file__, *arguments]
                with said[rank].open("w") as file:
                    ours = {"TF_CONFIG": config, "KERAS_BACKEND": "tensorflow"}
                    worker = subprocess.Popen(command, env=os.environ | ours, stderr=file)
                    workers.append(worker)
            while None in (codes := [worker.poll() for worker in workers]) and not any(codes):
                time.sleep(0.1)
        finally:
            for worker in workers:
                worker.kill()  # not SIGTERM, which TensorFlow catches
                worker.wait()
        if any(codes):
            code, rank = min((code, rank) for rank, code in enumerate(codes) if code)
            how = f"was ended by signal {-code}" if code < 0 else f"has ended with code {code}"
            last = said[rank].read_text(errors="replace").strip().rpartition("\n")[2]
            last = f" It said: {last.removeprefix('several_keras: ')}" if code > 0 else ""
            raise OSError(f"worker {rank} {how}, and so all were stopped.{last}")


def main(arguments=None):
    """Read the text and the options; start the workers, or be one of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("text", help='"shakespeare" or a UTF-8 file')
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=200, help="updates of the weights")
    parser.add_argument("--rows", type=int, default=32, help="rows of the text, of all workers")
    parser.add_argument("--length", type=int, default=32, help="characters of a row in each step")
    parser.add_argument("--units", type=int, default=128, help="hidden units of the LSTM")
    parser.add_argument("--rate", type=float, default=0.005, help="Adam's learning rate")
    parser.add_argument("--clip", type=float, default=1.0, help="largest norm of the gradient")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", help="a .keras file for the trained network")
    options = parser.parse_args(arguments)
    for name in ("workers", "steps", "rows", "length", "units", "rate", "clip"):
        if not 0 < getattr(options, name) < np.inf:
            raise ValueError(f"--{name} must be above 0, not {getattr(options, name)}.")
    if not 0 <= options.seed < 2**32:
        raise ValueError(f"--seed must be from 0 to 4294967295, not {options.seed}.")
    if options.rows % options.workers:
        raise ValueError(
            f"{options.rows} rows cannot be shared out evenly among {options.workers} workers; "
            f"give --rows {-(-options.rows // options.workers) * options.workers}."
        )
    if options.save and not Path(options.save).name.endswith(".keras"):
        raise ValueError(f"the name of {options.save} must end in .keras.")
    if options.save and not Path(options.save).resolve().parent.is_dir():
        raise ValueError(f"the folder of {options.save} does not exist.")
    text = load_corpus(options.text)
    vocab = Vocab(text)
    ids = vocab.encode(text)
    Streams(ids, options.rows, options.length)  # refuses a text that is too short
    config = os.environ.get("TF_CONFIG", "")
    if '"parent"' in config:  # of `start`
        train(options, ids, len(vocab.chars), json.loads(config))
    else:
        start(options.workers, arguments or sys.argv[1:])


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, CorpusError) as error:
        sys.exit(f"several_keras: {error}")
    except KeyboardInterrupt:
        sys.exit("several_keras: stopped.")
