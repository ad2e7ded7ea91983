"""The adding problem over 50 steps from several first weights, tanh and ReLU, as in chapter 7.

    python -m benchmarks.starts

takes about three minutes on one thread, and writes benchmarks/results/starts.json: for each way to
start, the errors of eight networks that read the same sums in the same order.
"""

from itertools import product

import torch
from torch import nn

from benchmarks import store
from rnnlib.tasks.synthetic import AddingProblem

RESULTS = store.FOLDER / "starts.json"
RECURRENT = {"identity": nn.init.eye_, "orthogonal": nn.init.orthogonal_, "uniform": None}
ACTIVATIONS, SEEDS = ("tanh", "relu"), range(8)
RECIPE = {
    "length": 50,
    "hidden_size": 32,
    "batch_size": 32,
    "updates": 800,
    "learning_rate": 0.005,
    "clip_norm": 1.0,
}


def make(recurrent, activation, seed):
    """PyTorch's plain layer and its answer; W_hh drawn anew and no biases, but for "uniform"."""
    torch.manual_seed(seed)
    rnn = nn.RNN(2, RECIPE["hidden_size"], nonlinearity=activation, batch_first=True)
    if RECURRENT[recurrent]:
        RECURRENT[recurrent](rnn.weight_hh_l0)
        nn.init.zeros_(rnn.bias_ih_l0)
        nn.init.zeros_(rnn.bias_hh_l0)
    return rnn, nn.Linear(RECIPE["hidden_size"], 1)


def error(recurrent, activation, seed, rate=RECIPE["learning_rate"], limit=RECIPE["clip_norm"]):
    """The mean squared error on 1,000 sums after training, a float; clipped at the norm `limit`."""
    task, size = AddingProblem(RECIPE["length"]), RECIPE["batch_size"]
    rnn, out = make(recurrent, activation, seed)
    weights = [*rnn.parameters(), *out.parameters()]
    adam = torch.optim.Adam(weights, rate)

    def loss(inputs, sums):
        return nn.functional.mse_loss(out(rnn(inputs)[0][:, -1])[:, 0], sums)

    inputs, sums = map(torch.tensor, task.draw(RECIPE["updates"] * size, seed=0))
    for batch in zip(inputs.split(size), sums.split(size), strict=True):
        adam.zero_grad()
        loss(*batch).backward()
        nn.utils.clip_grad_norm_(weights, limit)
        adam.step()
    with torch.no_grad():
        return round(loss(*map(torch.tensor, task.draw(1000, seed=1))).item(), 4)


def main():
    """Run all and store them."""
    torch.set_num_threads(1)
    errors = {
        f"{recurrent}, {activation}": [error(recurrent, activation, seed) for seed in SEEDS]
        for recurrent, activation in product(RECURRENT, ACTIVATIONS)
    }
    found = {"recipe": RECIPE, "torch": torch.__version__, "errors": errors}
    store.write(RESULTS, found)


if __name__ == "__main__":
    main()
