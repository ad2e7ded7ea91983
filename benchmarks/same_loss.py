"""Whether a faster loop learns as much: every loop, one pass, the same batches in the same order.

    python -m benchmarks.same_loss

takes about ten minutes on one thread, and writes benchmarks/results/same_loss.json: one row a run.
All begin with the same weights, and read the same pieces of 64 characters from zeros, 64 at a
time, with Adam at 0.004, without clipping or decay. "The layers" are the library's plain model,
not that of char_rnn/fast, so that the frameworks' own layers train it. A plain loop is mended in
the places that a detour of the book finds: PyTorch's second bias stays at zero and epsilon stands
before the bias correction; Keras adds up the gradients of an embedding's row before Adam sees
them. They train on the first nine tenths of the training text, and the loss, in nats per
character, is that on the rest of it; the held-out text is not read. Rows already stored are not
run again.

Products of 16-bit numbers round otherwise, and so lead to another run. They are compared with those
of 32 bits over three orders of the pieces, with clipping, since a run without it may stumble; on a
processor without the instructions this is left out.
"""

import math
from functools import partial
from importlib import import_module
from itertools import product
from operator import itemgetter

import numpy as np
import torch

from benchmarks import store
from benchmarks.plain import BATCH, TorchLoop, keras_net, pieces
from benchmarks.throughput import E, multiplies_16_bits, use_threads
from benchmarks.weights import texts
from rnnlib.evaluation.scores import score
from rnnlib.models import parts
from rnnlib.models.config import ADAM_EPSILON, CELLS, ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.parts import initialise
from rnnlib.models.update import Update
from rnnlib.text.vocab import split_text
from rnnlib.training import loop

RESULTS = store.FOLDER / "same_loss.json"
WIDTH, RATE, ORDERS = 256, 0.004, 3


def batches(ids, seed=0):
    """One pass over a text: inputs and targets, each (N, 64, 64), pieces in random order."""
    inputs, targets = pieces(ids)
    order = np.random.default_rng(seed).permutation(len(inputs))
    order = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)
    return inputs[order], targets[order]


def train(model, inputs, targets, clip_norm=math.inf):
    """The weights after one pass of the model's train_step."""
    batches = zip(inputs, targets, strict=True)
    loop.train(model, batches, Update(RATE, clip_norm), train_step=loop.carry_state(model))
    return model.get_params()


def library(engine, config, *batches, clip_norm=math.inf):
    """The weights of the library's model of an engine."""
    return train(build(config, engine), *batches, clip_norm)


def layers(engine, config, *batches):
    """Those of its plain model, trained by the layers of the framework, however wide they are."""
    plain = import_module(f"rnnlib.models.char_rnn.{engine}_model").CharRNN
    return train(plain(config), *batches)


def plain_torch(config, inputs, targets, mended=False):
    """The weights after one pass of the plain PyTorch loop."""
    loop = TorchLoop(config, RATE)
    loop.set_params(initialise(config, 0))
    if mended and config.cell != "gru":  # in a GRU both biases count
        loop.net.rnn.bias_hh_l0.requires_grad_(False)
    (group,) = loop.optimizer.param_groups
    pairs = zip(torch.tensor(inputs), torch.tensor(targets), strict=True)
    for step, (ids, wanted) in enumerate(pairs, start=1):
        if mended:
            group["eps"] = ADAM_EPSILON / math.sqrt(1 - group["betas"][1] ** step)
        loop.update(ids, wanted)
    return loop.get_params()


def plain_keras(config, inputs, targets, mended=False):
    """The weights after one pass of Keras' `fit`."""
    net = keras_net(config, RATE)
    if mended:
        add_up_rows(net.optimizer)
    net.build((None, None))
    net.set_weights(parts.to_keras(initialise(config, 0), config))
    ids, wanted = (part.reshape(-1, part.shape[-1]) for part in (inputs, targets))
    net.fit(ids, wanted, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    return parts.from_keras(net.get_weights(), config)


def add_up_rows(optimizer):
    """Let a Keras optimiser see one gradient for each row of an embedding, as it should."""
    import tensorflow as tf

    apply = optimizer.apply
    optimizer.apply = lambda grads, variables=None: apply(
        [tf.convert_to_tensor(gradient) for gradient in grads], variables
    )


LOOPS = {
    "rnnlib, torch": partial(library, "torch"),
    "layers, torch": partial(layers, "torch"),
    "plain PyTorch": plain_torch,
    "mended PyTorch": partial(plain_torch, mended=True),
    "rnnlib, keras": partial(library, "keras"),
    "layers, keras": partial(layers, "keras"),
    "plain Keras": plain_keras,
    "mended Keras": partial(plain_keras, mended=True),
}
CLIPPED = partial(library, "torch", clip_norm=1.0)
BITS = {"32 bits": CLIPPED, "16 bits": torch.autocast("cpu", torch.bfloat16)(CLIPPED)}


def run(name, cell, order):
    """One row."""
    vocab, train_ids, _ = texts("shakespeare")
    config = ModelConfig(len(vocab), E, WIDTH, cell=cell)
    train_ids, end = split_text(train_ids)
    inputs, targets = batches(train_ids, order)
    judge = build(config, "torch")
    judge.set_params((LOOPS | BITS)[name](config, inputs, targets))
    loss = round(score(judge, end).nats, 4)
    row = {"what": name, "cell": cell, "order": order, "hidden": WIDTH}
    return row | {"characters": inputs.size, "loss": loss}


def main():
    """Run what is not stored yet, and store it."""
    use_threads(1, keras=True)
    wanted = list(product(LOOPS, CELLS, range(1)))
    wanted += product(BITS, CELLS, range(ORDERS)) if multiplies_16_bits() else []
    for row in store.fill(RESULTS, lambda rows: wanted, itemgetter("what", "cell", "order"), run):
        print(*row.values(), flush=True)


if __name__ == "__main__":
    main()
