"""Chapters 5 to 7 from the initial weights of both frameworks: what a start does, and what a task.

    python -m benchmarks.first_weights

takes about half an hour on one thread, and writes benchmarks/results/first_weights.json: one row a
run, written as soon as it is known. Rows already stored are not run again.
"""

from inspect import signature
from itertools import product

import keras
import numpy as np
import torch

from benchmarks import starts, store
from rnnlib import models, probing, training
from rnnlib.data import load_corpus
from rnnlib.evaluation import accuracy, mean_loss, score
from rnnlib.functional import softmax
from rnnlib.models import ModelConfig, Update, optimizers
from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.models.char_rnn.numpy_cells import rnn_step
from rnnlib.models.parts import initialise, initialise_as_pytorch
from rnnlib.text import Vocab, make_streams, make_windows, one_hot, split_text
from rnnlib.training import loop
from rnnlib.writing import GREEDY, generate

RESULTS = store.FOLDER / "first_weights.json"
STARTS = {"Keras": initialise, "PyTorch": initialise_as_pytorch}
TEXT = load_corpus("pangram")
VOCAB = Vocab(TEXT)
IDS = VOCAB.encode(TEXT)
OTHER = VOCAB.encode("the dog hums over the wide brown mountain at noon.")
PANGRAM = ModelConfig(29, 8, 16, dtype="float64")


def build(config, start, seed, engine="numpy"):
    """A model with the initial weights of a framework, some of them multiplied by a factor."""
    framework, *changes = start.split(", ")
    params = STARTS[framework](config, seed)
    for change in changes:
        name, factor = change.split(" x ")
        params[name] *= float(factor)
    model = models.build(config, engine, seed=seed)
    model.set_params(params)
    return model


# Chapter 5: the windower is asked "once", after ten characters, and the stepper at "every" step.


def windows(start, asked, seed, rate=0.001):
    """Train one of the two on the 34 windows, and ask what it does and where it looks."""
    inputs, targets = make_windows(IDS, 10)
    every = np.column_stack([inputs[:, 1:], targets])  # (34, 10)
    model = build(PANGRAM, start, seed)
    before = probing.influence(model, inputs, targets)
    new = make_windows(OTHER, 10)
    answers = {"once": targets, "every": every}[asked]
    given = {"learning_rate": rate, "validation": new}
    held = training.fit(model, inputs, answers, epochs=100, **given).validation_losses
    after = probing.influence(model, inputs, targets)
    logits, _ = model.forward(inputs, model.init_state(34))
    rest = TEXT[10:]
    return {
        "carried": generate(model, VOCAB, TEXT[:10], 34, GREEDY) == rest,
        "window": generate(model, VOCAB, TEXT[:10], 34, GREEDY, window=10) == rest,
        "right": (logits.argmax(axis=-1) == every).mean(axis=0).round(3).tolist(),
        "replaced": [round(without(model, inputs, targets, back), 3) for back in range(1, 11)],
        "five": round(scrambled(model, inputs, targets), 3),
        "loss": round(mean_loss(model, inputs, targets), 3),
        "new": round(mean_loss(model, *new), 3),
        "new_right": round(accuracy(model, *new), 3),
        "best": round(min(held), 3),
        "best_epoch": int(np.argmin(held)) + 1,
        "arrived": round(float(before[-1] / before[0]), 5),
        "arrives": round(float(after[-1] / after[0]), 5),
    }


def windows_at(rate, start, asked, seed):
    """The same at another learning rate."""
    row = windows(start, asked, seed, rate)
    return {name: row[name] for name in ("carried", "window", "replaced", "loss", "best", "new")}


def without(model, inputs, targets, back):
    """The share still right when the character `back` places from the end is each other one."""
    changed = np.repeat(inputs, 28, axis=0)  # (952, 10)
    others = [np.delete(np.arange(29), old) for old in inputs[:, -back]]
    changed[:, -back] = np.concatenate(others)
    return accuracy(model, changed, np.repeat(targets, 28))


def scrambled(model, inputs, targets):
    """The share still right when the last five characters are drawn at random."""
    changed = np.repeat(inputs, 28, axis=0)  # (952, 10)
    changed[:, -5:] = np.random.default_rng(0).integers(29, size=(952, 5))
    return accuracy(model, changed, np.repeat(targets, 28))


# Chapter 6: the bit of eight steps ago, in pieces.

ECHO = ModelConfig(2, 4, 32, dtype="float64")
LAG, STEPS, ROWS = 8, 3600, 16


def echo(start, length, cell_rate, output_rate, seed, steps=STEPS):
    """The mean of the last 20 losses in pieces of `length`; cell and output have own rates."""
    model, state = build(ECHO, start, seed), np.zeros((1, ROWS, 32))
    params, output, cell = model.get_params(), optimizers.Adam(), optimizers.Adam()
    bits = np.random.default_rng(seed).integers(2, size=(ROWS, steps + LAG))
    losses = []
    for begin in range(0, steps - length + 1, length):
        piece = slice(begin, begin + length)
        x, y = bits[:, LAG:][:, piece], bits[:, :-LAG][:, piece]
        loss, grads, state = model.loss_and_grads(x, y, state)
        output.update(params, {n: grads.pop(n) for n in ("W_hy", "b_y")}, output_rate)
        cell.update(params, grads, cell_rate)
        model.set_params(params)
        losses.append(loss)
    return {"loss": round(float(np.mean(losses[-20:])), 3)}


# Chapter 6: what is fed while the pangram is learned.

FEEDS = ("truth", "guesses", "slips", "mix", "noise 0.1", "noise 0.3")


def fed(feed, params, update, rng):
    """The ids (43,) that are read in this update."""
    true = IDS[:-1].copy()
    if feed == "slips":
        true[rng.integers(43)] = rng.choice(np.delete(np.arange(29), VOCAB.encode("q")[0]))
    if feed not in ("guesses", "mix"):
        return true
    share = 1 if feed == "guesses" else min(0.5, update / 400)  # of guesses: half from 200 on
    h, ids, weights = np.zeros(16), [true[0]], [params[n] for n in ("W_xh", "W_hh", "b_h")]
    for right in true[1:]:
        h = rnn_step(params["embed"][ids[-1]], h, *weights)
        guess = (h @ params["W_hy"] + params["b_y"]).argmax()
        ids.append(guess if rng.random() < share else right)
    return np.array(ids)


def feeding(feed, start, rate, seed):
    """Train for 400 updates; then put a `q` in each place: wrong guesses of 43, on average.

    After what is fed may stand a weight decay apart from the gradient, as in `truth, decay 1`.
    """
    feed, _, decay = feed.partition(", decay ")
    model, rng, adam = build(PANGRAM, start, seed), np.random.default_rng(seed), optimizers.Adam()
    params, zero, losses = model.get_params(), np.zeros((1, 1, 16)), []
    deviation = float(feed.split()[1]) if feed.startswith("noise") else 0
    places = np.arange(43)[None]
    for update in range(400):
        ids = fed(feed, params, update, rng)
        vectors = params["embed"][ids] + deviation * rng.normal(size=(43, 8))
        read = params | {"embed": vectors}  # a row for each place
        layers, hs = numpy_bptt.forward(read, PANGRAM, places, zero)
        loss, dhs, grads = numpy_bptt.output_loss(read, hs, IDS[None, 1:])
        more, _ = numpy_bptt.backward(read, PANGRAM, places, layers, dhs, zero)
        rows = more.pop("embed")
        more["embed"] = np.zeros_like(params["embed"])
        np.add.at(more["embed"], ids, rows)
        adam.update(params, grads | more, rate, float(decay or 0))
        losses.append(loss)
    model.set_params(params)
    slipped = np.repeat(IDS[None, :-1], 43, axis=0)
    np.fill_diagonal(slipped, VOCAB.encode("q")[0])
    logits, _ = model.forward(slipped, model.init_state(43))
    wrong = (logits.argmax(axis=-1) != IDS[1:]).sum(axis=1)
    logits, _ = model.forward(IDS[None, :-1], model.init_state(1))
    clean = int((logits[0].argmax(axis=-1) != IDS[1:]).sum())
    return {"wrong": round(float(wrong.mean()), 3), "clean": clean, "loss": round(losses[-1], 3)}


# Chapter 6: a state that belongs to another place of the text.


def misplaced(start, carried, seed):
    """The mean of the last 200 losses over 1,000 shuffled pieces of four characters."""
    config, text = ModelConfig(65, 16, 32, dtype="float64"), load_corpus("shakespeare")
    inputs, targets = make_streams(Vocab(text).encode(text)[:64_001], batch_size=16, length=4)
    model, order = build(config, start, seed), np.random.default_rng(seed).permutation(1000)
    batches = zip(inputs[order], targets[order], strict=True)
    step = loop.carry_state(model, (lambda state: state) if carried else None)
    losses = loop.train(model, batches, Update(0.005), train_step=step).losses
    return {"loss": round(float(np.mean(losses[-200:])), 3)}


# Chapter 6's detour: update after every five characters, and carry the derivatives or look back.

SMALL = ModelConfig(2, 4, 16, dtype="float64")


def look_back(start, back, rate, seed, steps=STEPS, every=5, rows=8):
    """BPTT that goes back through `back` characters at each update; the mean of 200 last losses."""
    model, state, adam = build(SMALL, start, seed), np.zeros((1, rows, 16)), optimizers.Adam()
    params, losses = model.get_params(), []
    bits = np.random.default_rng(seed).integers(2, size=(rows, steps + LAG))
    for end in range(every, steps + 1, every):
        begin = max(0, end - back)
        x, y = bits[:, LAG + begin : LAG + end], bits[:, end - every : end]
        loss, grads, _ = model.loss_and_grads(x, y, state)
        grads.pop("embed")  # as on the way forwards
        adam.update(params, grads, rate)
        if end >= back:  # the next piece begins `every` characters later
            _, state = model.forward(x[:, :every], state)
        model.set_params(params)
        losses.append(loss)
    return {"loss": round(float(np.mean(losses[-200 // every :])), 3)}


def real_time(start, rate, seed, steps=STEPS, every=5, rows=8):
    """Real-time recurrent learning with an update after every five characters; the same mean."""
    p, adam, losses = build(SMALL, start, seed).get_params(), optimizers.Adam(), []
    W = np.concatenate([p["W_xh"], p["W_hh"], p["b_h"][None]])  # (E + H + 1, H)
    weights = {"W": W, "W_hy": p["W_hy"], "b_y": p["b_y"]}
    bits, unit = np.random.default_rng(seed).integers(2, size=(rows, steps + LAG)), np.arange(16)
    h, J = np.zeros((rows, 16)), np.zeros((rows, 21, 16, 16))
    grads = {name: np.zeros_like(w) for name, w in weights.items()}
    for t in range(steps):
        came = np.concatenate([p["embed"][bits[:, t + LAG]], h, np.ones((rows, 1))], axis=1)
        h, J = np.tanh(came @ W), J @ W[4:-1]
        J[:, :, unit, unit] += came[:, :, None]
        J *= (1 - h**2)[:, None, None]
        probs = softmax(h @ weights["W_hy"] + weights["b_y"])
        losses.append(-np.log(probs[range(rows), bits[:, t]]).mean())
        off = (probs - one_hot(bits[:, t], 2)) / (rows * every)
        grads["W"] += np.einsum("bijk,bk->ij", J, off @ weights["W_hy"].T)
        grads["W_hy"] += h.T @ off
        grads["b_y"] += off.sum(axis=0)
        if (t + 1) % every == 0:
            adam.update(weights, grads, rate)
            grads = {name: 0 * grad for name, grad in grads.items()}
    return {"loss": round(float(np.mean(losses[-200:])), 3)}


# Chapter 7: pieces of Shakespeare, and the adding problem at smaller rates.


def pieces(start, length, rows, updates, rate, seed):
    """The loss on 10,000 held-out characters after training on a stream in pieces of `length`."""
    train_text, held_text = split_text(load_corpus("shakespeare"))
    vocab = Vocab(train_text + held_text)
    model = build(ModelConfig(65, 32, 64), start, seed, "torch")
    inputs, answers = make_streams(vocab.encode(train_text), rows, length)
    order = np.arange(updates) % len(inputs)
    batches = ((inputs[piece], answers[piece]) for piece in order)
    step = loop.carry_state(model, lambda state: state)
    loop.train(model, batches, Update(rate), train_step=step)
    return {"nats": round(score(model, vocab.encode(held_text[:10_000])).nats, 3)}


def fifty(recurrent, activation, rate, clipped, seed):
    """The adding problem over 50 steps by the recipe of benchmarks/starts.py, at other rates."""
    limit = starts.RECIPE["clip_norm"] if clipped else torch.inf
    return {"mse": starts.error(recurrent, activation, seed, rate, limit)}


LOUD, QUIET = "Keras, embed x 20", "Keras, W_hh x 0.9, embed x 6"
QUICK = "Keras, W_hh x 0.58"
BOTH = f"{LOUD}, W_hh x 0.58"
MADE = (LOUD, QUICK, BOTH, "PyTorch, embed x 0.05")  # framework's own, one part or two changed
EIGHT, TEN, FIFTEEN = range(8), range(10), range(15)
PLANNED = [
    (windows, STARTS, ("once", "every"), range(20)),
    (windows, MADE, ("once",), TEN),
    (windows_at, (0.02,), ("Keras",), ("once",), TEN),
    (echo, (*STARTS, LOUD, QUIET), (1, 5, 8, 9), (0.003, 0.0003), (0.03, 0.003), TEN),
    (echo, (*STARTS, LOUD, QUIET), (1, 5, 8), (0,), (0.03,), TEN),
    (look_back, STARTS, (5, 10, 15), (0.003,), FIFTEEN),
    (real_time, ("Keras",), (0.003, 0.0015), FIFTEEN),
    (real_time, ("PyTorch",), (0.003,), FIFTEEN),
    (fifty, ("identity",), ("relu",), (0.005, 0.001, 0.0005), (False,), range(8)),
    (fifty, ("identity",), ("relu",), (0.001,), (True,), range(8)),
    (feeding, FEEDS, ("Keras",), (0.002, 0.005, 0.01, 0.02), TEN),
    (feeding, ("truth", "guesses", "truth, decay 1"), ("PyTorch",), (0.005, 0.01), EIGHT),
    (feeding, ("truth, decay 1",), ("Keras",), (0.005, 0.01), EIGHT),
    (feeding, ("slips", "noise 0.3"), ("PyTorch",), (0.005, 0.01), EIGHT),
    (misplaced, STARTS, (True, False), EIGHT),
    (pieces, STARTS, (40,), (32,), (500,), (0.003, 0.01, 0.02), range(3)),
    (pieces, STARTS, (400,), (32,), (50,), (0.003, 0.02, 0.04), range(3)),
    (fifty, starts.RECURRENT, ("tanh",), (0.0005, 0.0015, 0.015), (True,), range(4)),
]


def plan(_rows):
    """Every run: the name of its study, and its settings."""
    return [(study.__name__, *run) for study, *settings in PLANNED for run in product(*settings)]


def names(study):
    """The names of a study's settings."""
    return [name for name, of in signature(study).parameters.items() if of.default is of.empty]


STUDIES = {study.__name__: study for study, *_ in PLANNED}


def key(row):
    """The settings by which a row was made."""
    return (row["study"], *(row[name] for name in names(STUDIES[row["study"]])))


def run(study, *settings):
    """The row of a run."""
    given = dict(zip(names(STUDIES[study]), settings, strict=True))
    return {"study": study} | given | STUDIES[study](*settings)


def main():
    """Run and store whatever is not stored yet."""
    torch.set_num_threads(1)
    versions = {"torch": torch.__version__, "keras": keras.__version__}
    for row in store.fill(RESULTS, plan, key, run, versions=versions):
        print(*key(row), flush=True)


if __name__ == "__main__":
    main()
