"""The adding problem over 100 steps, learned by the layers of PyTorch and Keras as they come.

One more is no layer as it comes: "irnn", the plain layer with ReLU, whose recurrent weights begin
as the identity, and its biases at zero (Le et al., 2015).

    python -m benchmarks.adding

takes about an hour and a half on one thread, and writes benchmarks/results/adding.json: one row a
run. A row is written as soon as it is known; rows already stored are not run again, unless `--all`
asks for it. Every cell gets its learning rate from the same search, on seeds that do not judge it;
the identity, whose best rate was the smallest of the search, is then given smaller ones.
"""

import sys
import time
from functools import partial
from itertools import product
from typing import NamedTuple

import keras
import numpy as np
import torch
from torch import nn

from benchmarks import store
from benchmarks.throughput import use_threads
from rnnlib.tasks.synthetic import AddingProblem

RESULTS = store.FOLDER / "adding.json"
LENGTH, HIDDEN, BATCH, CLIP_NORM = 100, 32, 50, 1.0
STEPS, CHECK_EVERY = 3000, 100  # the budget, and how often validation looks at a network
DIVERGED = 1000.0  # stands for all errors above it, and for one that is no number
STOP_BELOW = 0.005  # of the mean squared error on the validation examples
VALIDATION, TEST = (1000, 10**6), (10_000, 10**6 + 1)  # how many examples, and their seed
LEARNING_RATES = (2e-3, 5e-3, 2e-2)  # those tried for every cell
SEEDS, SEARCH_SEEDS = range(10), (100, 101)  # no seed that chose a rate is one that judges it
LAGS, LAG_RATES, LAG_SEEDS = (10, 20, 40, 60, 80), (2e-3, 5e-3), range(3)  # PyTorch's plain cell
LAG_STEPS = (1500, STEPS)  # half the budget, and all of it: patience moves the lag
SMALL_RATES = {  # below those of the search, which Keras' identity was not given
    ("torch", "irnn"): (5e-4, 1e-3),
    ("keras", "irnn"): (1e-3,),
}
SMALL_SEEDS = range(10, 13)
LONG = 10_000  # steps for one plain cell of Keras, whose first recurrent weights are orthogonal
RECIPE = {
    "length": LENGTH,
    "hidden_size": HIDDEN,
    "batch_size": BATCH,
    "clip_norm": CLIP_NORM,
    "steps": STEPS,
    "check_every": CHECK_EVERY,
    "stop_below": STOP_BELOW,
    "validation": list(VALIDATION),
    "test": list(TEST),
}
TORCH_LAYERS = {
    name: partial(layer, 2, HIDDEN, batch_first=True)
    for name, layer in (("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM))
}
KERAS_LAYERS = {
    "rnn": keras.layers.SimpleRNN,
    "gru": keras.layers.GRU,
    "lstm": keras.layers.LSTM,
    "irnn": partial(keras.layers.SimpleRNN, activation="relu", recurrent_initializer="identity"),
}


class Job(NamedTuple):
    """One run; its cell is "rnn", "gru", "lstm" or "irnn"."""

    framework: str
    cell: str
    length: int
    rate: float
    seed: int
    budget: int = STEPS


def plain_layer(draw=nn.init.eye_, activation="relu"):
    """A plain layer whose first recurrent weights `draw` makes, with biases of zero."""
    layer = nn.RNN(2, HIDDEN, nonlinearity=activation, batch_first=True)
    draw(layer.weight_hh_l0)
    for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
        nn.init.zeros_(bias)
    return layer


class TorchNet(nn.Module):
    """A layer of PyTorch with its first values, and the answer read from its last state.

    `cell` names the layer, or makes it.
    """

    def __init__(self, cell, rate, seed):
        torch.manual_seed(seed)
        super().__init__()
        self.layer = ({"irnn": plain_layer} | TORCH_LAYERS).get(cell, cell)()
        self.out = nn.Linear(HIDDEN, 1)
        self.optimizer = torch.optim.Adam(self.parameters(), rate)

    def forward(self, inputs):
        """Inputs (B, T, 2) -> answers (B,)."""
        hs, _ = self.layer(inputs)  # (B, T, H)
        return self.out(hs[:, -1])[:, 0]

    def learn(self, inputs, targets, batch_size=BATCH, clip_norm=CLIP_NORM):
        """One clipped Adam step for each batch of the examples, in their order."""
        batches = (torch.tensor(part).split(batch_size) for part in (inputs, targets))
        for xs, ys in zip(*batches, strict=True):
            self.optimizer.zero_grad()
            nn.functional.mse_loss(self(xs), ys).backward()
            nn.utils.clip_grad_norm_(self.parameters(), clip_norm)
            self.optimizer.step()

    def error(self, inputs, targets):
        """The mean squared error, a float."""
        with torch.no_grad():
            return nn.functional.mse_loss(self(torch.tensor(inputs)), torch.tensor(targets)).item()


class KerasNet:
    """A layer of Keras with its own first values, and the answer read from its last state."""

    def __init__(self, cell, rate, seed):
        keras.utils.set_random_seed(seed)
        layers = [keras.Input((None, 2)), KERAS_LAYERS[cell](HIDDEN), keras.layers.Dense(1)]
        self.net = keras.Sequential(layers)
        self.net.compile(keras.optimizers.Adam(rate, global_clipnorm=CLIP_NORM), "mse")

    def learn(self, inputs, targets):
        """One clipped Adam step for each BATCH of the examples, in their order."""
        self.net.fit(inputs, targets, batch_size=BATCH, shuffle=False, verbose=0)

    def error(self, inputs, targets):
        """The mean squared error, a float."""
        return self.net.evaluate(inputs, targets, batch_size=1000, verbose=0)


NETS = {"torch": TorchNet, "keras": KerasNet}
CELLS = [*product(NETS, TORCH_LAYERS), ("torch", "irnn")]


def bounded(error):
    """An error as it is stored: that of a network that ran off is DIVERGED."""
    return min(error, DIVERGED) if np.isfinite(error) else DIVERGED


def train(job):
    """Train one network on fresh examples until it is good or the budget ends; returns its row.

    The curve holds the error on the validation examples after every CHECK_EVERY steps, `mse` that
    on the test examples, at the end. Both frameworks read the same numbers in the same order.
    """
    start, curve = time.perf_counter(), []
    task, net = AddingProblem(job.length), NETS[job.framework](job.cell, job.rate, job.seed)
    validation = task.draw(*VALIDATION)
    for block in range(job.budget // CHECK_EVERY):
        net.learn(*task.draw(CHECK_EVERY * BATCH, seed=1000 * job.seed + block))
        curve.append(round(bounded(net.error(*validation)), 4))
        if curve[-1] < STOP_BELOW:
            break
    mse = round(bounded(net.error(*task.draw(*TEST))), 5)
    found = {"steps": CHECK_EVERY * len(curve), "mse": mse}
    seconds = round(time.perf_counter() - start, 1)
    return job._asdict() | found | {"seconds": seconds, "curve": curve}


def search():
    """The jobs that choose the learning rates."""
    parts = product(CELLS, [LENGTH], LEARNING_RATES, SEARCH_SEEDS)
    return [Job(*cell, *part) for cell, *part in parts]


def best_rate(rows, framework, cell):
    """The rate that needs the fewest steps to STOP_BELOW; if as many, that with the least error."""

    def cost(rate):
        wanted = [Job(framework, cell, LENGTH, rate, seed) for seed in SEARCH_SEEDS]
        found = [row for row in rows if job_of(row) in wanted]
        return np.mean([row["steps"] for row in found]), np.mean([row["mse"] for row in found])

    return min(LEARNING_RATES, key=cost)


def final(rows):
    """The jobs that the claims are about: ten seeds with the best rate among the stored rows."""
    return [
        Job(framework, cell, LENGTH, best_rate(rows, framework, cell), seed)
        for (framework, cell), seed in product(CELLS, SEEDS)
    ]


def lags():
    """The jobs that show from which lag on PyTorch's plain cell learns nothing."""
    parts = product(["torch"], ["rnn"], LAGS, LAG_RATES, LAG_SEEDS, LAG_STEPS)
    return [Job(*part) for part in parts]


def smaller():
    """The jobs that give the identity rates below those of the search, in both frameworks."""
    return [
        Job(*cell, LENGTH, rate, seed)
        for cell, rates in SMALL_RATES.items()
        for rate, seed in product(rates, SMALL_SEEDS)
    ]


def long_run():
    """One job with far more steps: does the plain cell of Keras stay at the floor for ever?"""
    return [Job("keras", "rnn", LENGTH, 1e-3, 0, LONG)]


def job_of(row):
    """The job whose row this is."""
    return Job(*(row[name] for name in Job._fields))


def main():
    """Run and store whatever is not stored yet."""
    use_threads(1, keras=True)
    if "--all" in sys.argv or store.read(RESULTS).get("recipe", RECIPE) != RECIPE:
        RESULTS.unlink(missing_ok=True)
    versions = {"torch": torch.__version__, "keras": keras.__version__}
    head = {"recipe": RECIPE, "versions": versions, "floor": round(AddingProblem.chance, 5)}
    for row in store.fill(RESULTS, planned, job_of, run, **head):
        print(*job_of(row), row["steps"], row["mse"], row["seconds"], flush=True)


def planned(rows):
    """All jobs: first those that choose the rates of the others."""
    yield from search()
    yield from final(rows) + lags() + smaller() + long_run()


def run(*job):
    """The row of a job."""
    keras.utils.clear_session()  # else the graphs of all runs pile up
    return train(Job(*job))


if __name__ == "__main__":
    main()
