"""The adding problem over 50 steps from several initial weights, tanh and ReLU, as in chapter 7.

    python -m benchmarks.starts

takes about four minutes on one thread, and writes benchmarks/results/starts.json: for each way to
start, the errors of eight networks that read the same sums in the same order; and for orthogonal
weights, how much of the gradient arrives fifty steps back, before and during training.
"""

from functools import partial
from itertools import product

import torch
from torch import nn

from benchmarks import store
from benchmarks.adding import HIDDEN, TORCH_LAYERS, TorchNet, plain_layer
from rnnlib.tasks.synthetic import AddingProblem

RESULTS = store.FOLDER / "starts.json"
RECURRENT = {"identity": nn.init.eye_, "orthogonal": nn.init.orthogonal_, "uniform": None}
ACTIVATIONS, SEEDS = ("tanh", "relu"), range(8)
MOMENTS = (0, 10, 100, 800)  # updates, after which it is measured what arrives
RECIPE = {
    "length": 50,
    "hidden_size": HIDDEN,
    "batch_size": 32,
    "updates": 800,
    "learning_rate": 0.005,
    "clip_norm": 1.0,
}


def make(recurrent, activation, seed, rate=RECIPE["learning_rate"]):
    """PyTorch's plain layer and its answer; W_hh drawn anew and no biases, but for "uniform"."""
    if RECURRENT[recurrent]:
        layer = partial(plain_layer, RECURRENT[recurrent], activation)
    else:
        layer = partial(TORCH_LAYERS["rnn"], nonlinearity=activation)
    return TorchNet(layer, rate, seed)


def error(recurrent, activation, seed, rate=RECIPE["learning_rate"], limit=RECIPE["clip_norm"]):
    """The mean squared error on 1,000 sums after training, a float; clipped at the norm `limit`."""
    task, size = AddingProblem(RECIPE["length"]), RECIPE["batch_size"]
    net = make(recurrent, activation, seed, rate)
    net.learn(*task.draw(RECIPE["updates"] * size, seed=0), size, limit)
    return round(net.error(*task.draw(1000, seed=1)), 4)


def arrives(activation, seed):
    """From orthogonal weights: the length that a gradient of 1 has LENGTH steps back, by MOMENTS.

    Of the answer's direction in the last state; the mean over 100 sums, rounded to 4 digits.
    """
    task, size = AddingProblem(RECIPE["length"]), RECIPE["batch_size"]
    inputs = torch.tensor(task.draw(100, seed=1)[0])
    found = []
    for updates in MOMENTS:
        net = make("orthogonal", activation, seed)
        if updates:
            net.learn(*task.draw(updates * size, seed=0), size, RECIPE["clip_norm"])
        begin = torch.zeros(1, len(inputs), HIDDEN, requires_grad=True)
        last = net.layer(inputs, begin)[0][:, -1]
        answer = last @ nn.functional.normalize(net.out.weight[0].detach(), dim=0)
        (gradient,) = torch.autograd.grad(answer.sum(), begin)
        found.append(float(f"{gradient.norm(dim=-1).mean().item():.4g}"))
    return found


def main():
    """Run all and store them."""
    torch.set_num_threads(1)
    errors = {
        f"{recurrent}, {activation}": [error(recurrent, activation, seed) for seed in SEEDS]
        for recurrent, activation in product(RECURRENT, ACTIVATIONS)
    }
    found = {
        "recipe": RECIPE,
        "torch": torch.__version__,
        "errors": errors,
        "moments": MOMENTS,
        "arrives": {act: [arrives(act, seed) for seed in SEEDS] for act in ACTIVATIONS},
    }
    store.write(RESULTS, found)


if __name__ == "__main__":
    main()
