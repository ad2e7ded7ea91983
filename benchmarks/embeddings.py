"""What hangs on the initial weights, and above all on the size of the first embedding.

    python -m benchmarks.embeddings [STUDY ...]

runs the studies named, or all, in about ten minutes on one thread, and writes
benchmarks/results/embeddings.json: one row a run, stored as soon as it is known; rows already
stored are not run again. Each study repeats what a page compares, from other initial weights: those
of Keras, which this book uses (embedding within 0.05 of zero), the same with an embedding twenty
times as large, and those of PyTorch (embedding of deviation 1, all else within 1/sqrt(H) of zero).
A row that is not final searches: it trains on the first nine tenths of the training text, and its
loss is that on the rest of it; the loss of a final one is that on held-out text. All losses are in
nats per character.
"""

import sys
from dataclasses import replace
from functools import cache
from itertools import product
from operator import itemgetter

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks import ablations, state, store
from benchmarks.variants import Variant
from benchmarks.weights import texts
from rnnlib.data.texts import load_corpus
from rnnlib.evaluation.scores import score
from rnnlib.models import parts
from rnnlib.models.char_rnn.torch_model import CharRNN, Net
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.parts import initialise, initialise_as_pytorch
from rnnlib.text.vocab import Vocab
from rnnlib.text.windows import make_windows
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream

RESULTS = store.FOLDER / "embeddings.json"
KEYS = ("study", "start", "name", "rate", "seed", "final")
key = itemgetter(*KEYS)  # what tells a row from every other


def initialise_larger(config, seed=0, times=20):
    """Keras' first values with a larger embedding: {name: array of config.dtype}."""
    params = initialise(config, seed)
    return params | {"embed": params["embed"] * np.asarray(times, config.dtype)}


STARTS = {
    "Keras": initialise,
    "Keras, larger embedding": initialise_larger,
    "PyTorch": initialise_as_pytorch,
}
FRAMEWORKS = ("Keras", "PyTorch")


def begin(config, start, seed, model=None):
    """A model with these initial weights: the library's, or one with its parameters in order."""
    plain = CharRNN(config, seed, device="cpu") if model else build(config, "torch", seed)
    plain.set_params(STARTS[start](config, seed))
    if model is None:
        return plain
    with torch.no_grad():
        pairs = zip(model.net.parameters(), plain.net.parameters(), strict=True)
        for parameter, value in pairs:
            parameter.copy_(value)
    return model


def read(model, recipe, final, glimpse=None):
    """The loss of a model after its training by a recipe; a final one on held-out text."""
    train, end, test = ablations.shakespeare()
    try:
        fit_stream(Run(model, recipe), train if final else train[: -len(end)])
        return round(score(model, (test if final else end[:40_000])[:glimpse]).nats, 4)
    except ValueError:  # the loss became nan
        return None


# Chapter 9: which plan is best after 300 updates, and what a decay gains on a text that is reread.

PLANS = {
    "constant": {"warmup": 0.0, "decay": "none"},
    "cosine": {"warmup": 0.0},
    "warm-up and cosine": {"warmup": 0.1},
}
PUPIL = ModelConfig(65, 32, 64, cell="lstm")


def plan(start, name, rate, seed, final):
    """The pupil's 300 updates by a plan; its loss on 10,000 held-out characters."""
    recipe = Recipe(16, 32, 300, rate, **PLANS[name])
    return {"loss": read(begin(PUPIL, start, seed), recipe, final, 10_000)}


def plans(rows):
    best = [("warm-up and cosine", 0.1), ("cosine", 0.1), ("constant", 0.03)]
    every = [*best, *(one for one in product(PLANS, (0.01, 0.03, 0.1)) if one not in best)]
    for seed, start in product(range(20), FRAMEWORKS):
        for name, rate in every if seed < 3 else best:
            yield "plan", start, name, rate, seed, True
    for seed, (name, rate) in product(range(6), best[:2]):
        yield "plan", "Keras, larger embedding", name, rate, seed, True


def reread(start, decay, rate, seed, final):
    """20,000 characters again and again: the lowest of the losses on 10,000 held-out characters,
    after how many passes, and the loss of the same weights on the next 10,000.
    """
    train, _, test = ablations.shakespeare()
    recipe = Recipe(
        16, 32, 80 * 39, rate, warmup=0, decay="none", weight_decay=decay, validate_every=39,
        patience=3,
    )  # fmt: skip
    run, kept = Run(begin(PUPIL, start, seed), recipe), []
    fit_stream(
        run, train[:20_000], test[:10_000], report=lambda run: kept.append(run.model.get_params())
    )
    best = int(np.argmin(run.history.validation_losses))
    run.model.set_params(kept[best])
    other = score(run.model, test[10_000:20_000]).nats
    return {"loss": round(run.best, 4), "passes": best + 1, "next": round(other, 4)}


def rereads(rows):
    rates = (0.005, 0.01, 0.02, 0.04)
    for seed, start in ((0, "Keras"), (1, "Keras"), (0, "PyTorch")):
        for decay, rate in product((0.0, 0.5), rates):
            yield "reread", start, decay, rate, seed, True


def reread_curve(start, decay, rate, seed, final):
    """The mean training loss and the held-out loss of each pass, in float64, which repeats."""
    train, _, test = ablations.shakespeare()
    recipe = Recipe(
        16, 32, 80 * 39, rate, warmup=0, decay="none", weight_decay=decay, validate_every=39,
        patience=3,
    )  # fmt: skip
    run = Run(begin(replace(PUPIL, dtype="float64"), start, seed), recipe)
    fit_stream(run, train[:20_000], validation=test[:10_000])
    training = np.reshape(run.history.losses, (-1, 39)).mean(axis=1)
    scores = run.history.validation_losses
    return {"training": training.round(4).tolist(), "held_out": np.round(scores, 4).tolist()}


def reread_curves(rows):
    yield "reread curve", "Keras", 0.5, 0.02, 0, True


# Chapter 12: the best rate of each width, and what shortcuts bring.

RATES = {64: 0.064, 128: 0.032}  # the middle of five, by width


def usual(characters=ablations.CHARACTERS):
    """The recipe of chapter 12, but for its rate."""
    return Recipe(16, 48, characters // (16 * 48), warmup=0.05)


def width(start, name, rate, seed, final):
    """An LSTM of so many units."""
    config = ModelConfig(65, 32, int(name.split()[0]), cell="lstm")
    recipe = replace(usual(), learning_rate=rate)
    return {"loss": read(begin(config, start, seed), recipe, final)}


def widths(rows):
    times = (0.25, 0.5, 1, 2, 4)
    for (units, rate), share, start in product(RATES.items(), times, STARTS):
        yield "width", start, f"{units} units", rate * share, 0, False


NETS = {
    "1 of 64": (64, 1, False),
    "2 of 41": (41, 2, False),
    "2 of 41, shortcuts": (41, 2, True),
    "2 of 64": (64, 2, False),
    "2 of 64, shortcuts": (64, 2, True),
}


def depth(start, name, rate, seed, final):
    """A stack of LSTMs after 400,000 characters."""
    units, layers, shortcuts = NETS[name]
    config = ModelConfig(65, 32, units, layers, "lstm")
    model = begin(config, start, seed, Variant(config, seed, shortcuts=shortcuts))
    return {"loss": read(model, replace(usual(), learning_rate=rate), final)}


def depths(rows):
    for name, (units, layers, shortcuts) in list(NETS.items())[1:]:  # at the rates of chapter 12
        settings = ablations.Settings(hidden_size=units, num_layers=layers, shortcuts=shortcuts)
        rate = ablations.best_rate(store.read(ablations.RESULTS)["rows"], settings)
        for seed in range(10 if units == 41 else 5):
            yield "depth", "Keras", name, rate, seed, True
    for name in list(NETS)[:3]:
        while rate := ablations.next_rate(tried(rows, "depth", "PyTorch", name), 0.064):
            yield "depth", "PyTorch", name, rate, 0, False
        for seed in range(3):
            yield "depth", "PyTorch", name, best_rate(rows, "depth", "PyTorch", name), seed, True


def tried(rows, study, start, name, seeds=range(1)):
    """{rate: mean loss of these seeds} of what was tried in the search."""
    found = {}
    for row in rows:
        if key(row)[:3] == (study, start, name) and not row["final"] and row["seed"] in seeds:
            found.setdefault(row["rate"], []).append(row["loss"] or np.inf)
    return {rate: np.mean(each) for rate, each in found.items() if len(each) == len(seeds)}


def best_rate(rows, study, start, name, seeds=range(1)):
    """The rate whose search came lowest."""
    found = tried(rows, study, start, name, seeds)
    return min(found, key=found.get)


# Chapter 10: zero, carried and shuffled from PyTorch's initial weights, and more seeds from Keras'.


def carry(start, name, rate, seed, final):
    """The LSTM with pieces of 16, whose state is treated as the name says."""
    recipe = state.RECIPES["LSTM, pieces of 16"]
    model = state.train(recipe, name, rate, "torch", seed, final, STARTS[start])
    found = state.measure(model, recipe, final)
    found.pop("by_place", None)
    return {name: round(float(value), 4) for name, value in found.items()}


def carries(rows):
    for seed, name in product(range(2), ("zero", "carried")):
        yield "state", "PyTorch", name, 0.016, seed, True


# "See what it costs": what lengthens the steps of a young GRU, and how much that is worth.

GROWN = {  # parts whose rate is multiplied, by how much; first values of the embedding, by how much
    "as it is": ("", 1, 1),
    "embedding x 8": ("embed", 8, 1),
    "output layer x 8": ("out", 8, 1),
    "GRU x 8": ("rnn", 8, 1),
    "all x 2": ("all", 2, 1),
    "all x 4": ("all", 4, 1),
    "all x 8": ("all", 8, 1),
    "larger embedding": ("", 1, 20),
    "larger embedding, all x 8": ("all", 8, 20),
}


class SlicedAdam(torch.optim.Adam):
    """Adam with Keras' mistake: the square of an embedding's gradient is the sum of the squares of
    what its readings gave. `slices` (N, E) and `ids` (N,) of the last batch stand in each group.
    """

    def step(self):
        for group in self.param_groups:
            if (slices := group.get("slices")) is not None:
                (p,), (beta1, beta2) = group["params"], group["betas"]
                at = self.state[p]
                if not at:
                    at.update(n=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                at["n"] += 1
                squares = torch.zeros_like(p).index_add_(0, group["ids"], slices**2)
                at["m"].lerp_(p.grad, 1 - beta1)
                at["v"].lerp_(squares, 1 - beta2)
                corrected = (at["v"] / (1 - beta2 ** at["n"])).sqrt() + group["eps"]
                p.data -= group["lr"] * at["m"] / (1 - beta1 ** at["n"]) / corrected
                p.grad = None  # nothing is left for Adam itself
        super().step()


def grown(start, name, rate, seed, final):
    """A GRU of 64 units after 50 batches: the mean loss of the last ten. "slices" in the name has
    Keras' mistake.
    """
    how, *sliced = name.split(" | ")
    part, times, first = GROWN[how]
    ids = torch.tensor(texts("shakespeare")[1][: 50 * 4096 + 1])
    order = torch.from_numpy(np.random.default_rng(seed).permutation(50 * 64)).view(50, 64)
    torch.manual_seed(seed)
    net = Net(ModelConfig(65, 64, 64, cell="gru"))
    nn.init.uniform_(net.embed.weight, -0.05, 0.05).data.mul_(first)
    groups = [
        {"params": one.parameters(), "lr": rate * (times if part in (name, "all") else 1)}
        for name, one in net.named_children()
    ]
    adam, losses = SlicedAdam(groups), []
    pieces, nexts = ids[:-1].view(-1, 64), ids[1:].view(-1, 64)
    for x, y in ((pieces[batch], nexts[batch]) for batch in order):
        read_rows = net.embed(x)
        read_rows.retain_grad()
        scores = net.out(net.rnn(read_rows)[0]).flatten(0, 1)
        losses.append(F.cross_entropy(scores, y.flatten()))
        adam.zero_grad()
        losses[-1].backward()
        if sliced:
            adam.param_groups[0] |= {"slices": read_rows.grad.flatten(0, 1), "ids": x.flatten()}
        adam.step()
    return {"loss": round(torch.stack(losses)[-10:].mean().item(), 4)}


def growths(rows):
    sliced = ("as it is", "all x 2", "all x 4", "all x 8")
    names = [*GROWN, *(f"{name} | slices" for name in sliced)]
    for seed, name in product(range(3), names):
        yield "young GRU", "Keras", name, 0.004, seed, True


# "Why two frameworks disagree": which of the differences counts.


@cache
def windows():
    """Chapter 5's 34 windows of ten characters, and the character after each."""
    text = load_corpus("pangram")
    return make_windows(Vocab(text).encode(text), 10)


def apart(start, name, rate, seed, final):
    """How far the losses of 40 epochs are apart at most, one difference left in at a time: PyTorch
    with two biases, Keras with slices, both, and neither of them.
    """
    first = STARTS[start](ModelConfig(29, 8, 16), seed)
    torch_losses = {biases: pangram_torch(first, biases) for biases in (1, 2)}
    keras_losses = {dense: pangram_keras(first, dense) for dense in (True, False)}
    pairs = {"bias": (2, True), "slices": (1, False), "both": (2, False), "neither": (1, True)}
    return {
        name: round(float(np.abs(torch_losses[biases] - keras_losses[dense]).max()), 4)
        for name, (biases, dense) in pairs.items()
    }


def pangram_torch(first, biases):
    """The mean losses (40,) of the epochs, in PyTorch, with one bias trained or two."""
    net = CharRNN(ModelConfig(29, 8, 16), device="cpu")
    net.set_params(first)
    net.net.rnn.bias_hh_l0.requires_grad_(biases == 2)
    inputs, targets = map(torch.tensor, windows())
    adam = torch.optim.Adam([p for p in net.net.parameters() if p.requires_grad])
    losses, zeros = [], torch.zeros(1, 1, 16)
    for i in [*range(len(inputs))] * 40:
        scores, _ = net.net(inputs[i : i + 1], zeros)
        loss = F.cross_entropy(scores[:, -1], targets[i : i + 1])
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return np.reshape(losses, (40, -1)).mean(axis=1)


def pangram_keras(first, dense):
    """The same in Keras, its gradients dense or in slices."""
    import keras
    import tensorflow as tf
    from keras import layers

    net = keras.Sequential(
        [keras.Input((10,)), layers.Embedding(29, 8), layers.SimpleRNN(16), layers.Dense(29)]
    )
    net.set_weights(parts.to_keras(first, ModelConfig(29, 8, 16)))
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    weights, adam = net.trainable_variables, keras.optimizers.Adam()
    adam.build(weights)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, net(x))
        grads = tape.gradient(loss, weights)
        adam.apply([tf.convert_to_tensor(g) for g in grads] if dense else grads, weights)
        return loss

    inputs, targets = windows()
    places = [*range(len(inputs))] * 40
    losses = [float(step(inputs[i : i + 1], targets[i : i + 1])) for i in places]
    return np.reshape(losses, (40, -1)).mean(axis=1)


def aparts(rows):
    for start, seed in [("Keras", n) for n in range(10)] + [("PyTorch", n) for n in range(5)]:
        yield "frameworks", start, "pangram", 0.001, seed, True


STUDIES = {
    "plan": (plans, plan),
    "width": (widths, width),
    "frameworks": (aparts, apart),
    "young GRU": (growths, grown),
    "reread": (rereads, reread),
    "reread curve": (reread_curves, reread_curve),
    "depth": (depths, depth),
    "state": (carries, carry),
}


def run(study, *settings):
    """One row."""
    return dict(zip(KEYS, (study, *settings), strict=True)) | STUDIES[study][1](*settings)


def main():
    """Run what is not stored yet, and store it; studies may be named."""
    torch.set_num_threads(1)
    for study in sys.argv[1:] or STUDIES:
        for row in store.fill(RESULTS, STUDIES[study][0], key, run):
            print(*row.values(), flush=True)


if __name__ == "__main__":
    main()
