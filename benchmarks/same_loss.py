"""Whether a faster loop learns as much: every loop of throughput.py, one pass, the same batches.

    python -m benchmarks.same_loss

takes about half an hour on one thread, and writes benchmarks/results/same_loss.json: one row a run. All
loops begin with the same weights, read the same pieces of 64 characters from zeros in the same
order, 64 at a time, and use Adam without clipping or decay, at each of a few rates: in a plain loop
biases and embeddings move further in an update (chapter 4), as if its rate were higher, so only the
best rate of each loop tells something. They train on the first nine tenths of the training text,
and the loss, in nats per character, is that on the rest of it; the held-out text is not read. Rows
already stored are not run again.
"""

import json
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch

from benchmarks.plain import BATCH, TorchLoop, keras_net, pieces
from benchmarks.throughput import E, use_threads
from benchmarks.weights import texts
from rnnlib import layout
from rnnlib.config import CELLS, ModelConfig
from rnnlib.engines import build
from rnnlib.evaluation import score
from rnnlib.files import write_atomically
from rnnlib.text import split_text
from rnnlib.weights import initialise

RESULTS = Path(__file__).parent / "results" / "same_loss.json"
RATES = {256: (0.002, 0.004, 0.008)}  # tried at each width


def batches(ids, seed=0):
    """One pass over a text: inputs and targets, each (N, 64, 64), pieces in random order."""
    inputs, targets = pieces(ids)
    order = np.random.default_rng(seed).permutation(len(inputs))
    order = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)
    return inputs[order], targets[order]


def library(engine, config, inputs, targets, rate):
    """The weights after one pass of the library's train_step."""
    model = build(config, engine)
    model.learning_rate = rate
    for ids, wanted in zip(inputs, targets, strict=True):
        model.train_step(ids, wanted, model.init_state(len(ids)))
    return model.get_params()


def plain_torch(config, inputs, targets, rate):
    """The weights after one pass of the plain PyTorch loop."""
    loop = TorchLoop(config, rate)
    loop.set_params(initialise(config, 0))
    for ids, wanted in zip(torch.tensor(inputs), torch.tensor(targets), strict=True):
        loop.update(ids, wanted)
    return loop.get_params()


def plain_keras(config, inputs, targets, rate):
    """The weights after one pass of Keras' `fit`."""
    net = keras_net(config, rate)
    net.build((None, None))
    net.set_weights(layout.to_keras(initialise(config, 0), config))
    ids, wanted = (part.reshape(-1, part.shape[-1]) for part in (inputs, targets))
    net.fit(ids, wanted, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    return layout.from_keras(net.get_weights(), config)


LOOPS = {
    "rnnlib, torch": partial(library, "torch"),
    "plain PyTorch": plain_torch,
    "rnnlib, keras": partial(library, "keras"),
    "plain Keras": plain_keras,
}


def run(name, cell, width, rate):
    """One row."""
    vocab, train_ids, _ = texts("shakespeare")
    config = ModelConfig(len(vocab), E, width, cell=cell)
    train_ids, end = split_text(train_ids)
    inputs, targets = batches(train_ids)
    judge = build(config, "torch")
    judge.set_params(LOOPS[name](config, inputs, targets, rate))
    loss = round(score(judge, end).nats, 4)
    row = {"what": name, "cell": cell, "hidden": width, "rate": rate}
    return row | {"characters": inputs.size, "loss": loss}


def best(rows, name, cell, width):
    """The lowest loss of a loop over the rates."""
    wanted = {"what": name, "cell": cell, "hidden": width}.items()
    return min(row["loss"] for row in rows if wanted <= row.items())


def main():
    """Run what is not stored yet, and store it."""
    use_threads(1, keras=True)
    rows = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    known = {(row["what"], row["cell"], row["hidden"], row["rate"]) for row in rows}
    for width in RATES:
        for cell, rate, name in product(CELLS, RATES[width], LOOPS):
            if (name, cell, width, rate) in known:
                continue
            rows.append(run(name, cell, width, rate))
            print(*rows[-1].values(), flush=True)
            lines = ",\n".join(map(json.dumps, rows))
            write_atomically(RESULTS, f'{{"rows": [\n{lines}\n]}}\n'.encode())


if __name__ == "__main__":
    main()
