"""From whose country is this name, and whose are these vowels: networks beside counters of letters.

    python -m benchmarks.names

takes about twenty minutes on one thread, and writes benchmarks/results/names.json: one row a run,
with its settings, and accuracy, macro F1, nats and calibration error on the names to choose by and
on those to test. A row is written as soon as it is known; rows already stored are not run again.

First come the trials, which are judged by the names to choose by alone: a row of a trial has no
test. The settings with the fewest nats there are those of all runs that follow: for the networks,
for logistic regression, and for "tempered" naive Bayes, whose share added to each count is tried
and whose temperature is fitted there. "names 2" and "names 3" are other splits of the same names,
with the settings of the first. At the end the network that chapter 15 looks into is written, where
there is none yet.
"""

import time
from functools import cache
from itertools import product

import numpy as np

from benchmarks import store
from benchmarks.logistic import Logistic
from rnnlib import models
from rnnlib.data.names import COUNTRIES, load_names, split_names
from rnnlib.data.vowels import load_vowels
from rnnlib.evaluation.classification import calibration, fit_temperature, macro_f1, share_right
from rnnlib.evaluation.letter_counts import NaiveBayes
from rnnlib.functional import log_softmax
from rnnlib.models.classifier import SequenceConfig, build
from rnnlib.models.update import Update
from rnnlib.text import Vocab
from rnnlib.training.sequences import ask, fit_sequences

RESULTS = store.FOLDER / "names.json"
FILE = store.FOLDER.parents[1] / "weights" / "families" / "names.safetensors"
CLASSES = tuple(COUNTRIES)
PARTS = ("train", "choose", "test")
SPLITS = {"names": 1, "names 2": 2, "names 3": 3}  # the seeds by which names are shared out
BATCH = dict.fromkeys(SPLITS, 128) | {"vowels": 30}
TRIED = ("last", True, "gru")  # the network that settings are chosen for
GRID = {  # data: hidden sizes, rates, shares dropped, epochs
    "names": ((64, 128), (0.01, 0.02), (0.1, 0.3, 0.5), (12,)),
    "vowels": ((16, 32), (0.01,), (0.1, 0.3, 0.5), (30,)),
}
TUNED = {  # what is tried for each length of the pieces
    "tempered": (0.01, 0.03, 0.1, 0.3, 1.0),  # added to each count of naive Bayes
    "logistic": (3.0, 10.0, 30.0),  # C: the larger, the less the weights are drawn to zero
}

FLOORS = [("letters", 1), ("bayes", 2), ("bayes", 3), ("bayes", 4)]
FLOORS += [("tempered", longest) for longest in (2, 3, 4, 5)]
FLOORS += [("logistic", 3)]
AGAIN = [("bayes", 3), ("bayes", 4), ("tempered", 4)]  # in the other splits
WAYS = [  # pooling, both directions, cell
    ("max", True, "gru"),
    ("last", False, "gru"),
    ("last", True, "gru"),
    ("mean", True, "gru"),
    ("attention", True, "gru"),
    ("max", False, "gru"),
]
SEEDS = range(5)
FILED = ("attention", True, "gru")
KEYS = ("data", "what", "pooling", "bidirectional", "cell", "seed", "settings")


@cache
def names(data="names"):
    """{part: (names, labels)} of a split, and the vocabulary of all names."""
    found = load_names()
    vocab = Vocab("".join(name for mine in found.values() for name in mine))
    numbers = {country: i for i, country in enumerate(CLASSES)}
    parts = {}
    for part, pairs in zip(PARTS, split_names(found, seed=SPLITS[data]), strict=True):
        labels = np.array([numbers[country] for _, country in pairs])
        parts[part] = [name for name, _ in pairs], labels
    return parts, vocab


@cache
def vowels():
    """{part: (series, labels)}: a fifth of the archive's training part is kept to choose by.

    The numbers are scaled by mean and spread of what is trained on.
    """
    train, test = load_vowels("train"), load_vowels("test")
    order = np.random.default_rng(0).permutation(len(train.series))
    cut = len(order) * 4 // 5
    seen = np.concatenate([train.series[i] for i in order[:cut]])
    mean, spread = seen.mean(axis=0), seen.std(axis=0)

    def scaled(found, rows):
        return [(found.series[i] - mean) / spread for i in rows], found.labels[rows]

    return {
        "train": scaled(train, order[:cut]),
        "choose": scaled(train, order[cut:]),
        "test": scaled(test, np.arange(len(test.series))),
    }


def build_for(data, pooling, bidirectional, cell, seed, settings, engine="torch"):
    """The network for one of the two data sets."""
    if data in SPLITS:
        reads = {"vocab_size": len(names()[1]), "embed_size": 32, "outputs": len(CLASSES)}
    else:
        reads = {"features": 12, "outputs": 9}
    way = {"cell": cell, "bidirectional": bidirectional, "pooling": pooling}
    return build(SequenceConfig(hidden_size=settings[0], **reads, **way), engine, seed)


def data_for(data):
    """{part: (sequences, labels)}."""
    if data == "vowels":
        return vowels()
    parts, vocab = names(data)
    return {
        part: ([vocab.encode(name) for name in mine], labels)
        for part, (mine, labels) in parts.items()
    }


def train(data, pooling, bidirectional, cell, seed, settings=None, engine="torch", epochs=None):
    """A network trained with the chosen settings, or others, and the mean loss of each epoch."""
    settings = settings or chosen(data, store.read(RESULTS)["rows"])
    model = build_for(data, pooling, bidirectional, cell, seed, settings, engine)
    _, rate, dropout, all_epochs = settings
    update = Update(rate, clip_norm=1.0, weight_decay=0.05, dropout=dropout)
    sequences, labels = data_for(data)["train"]
    losses = fit_sequences(
        model, sequences, labels, update, epochs or all_epochs, BATCH[data], seed=seed
    )
    return model, losses


def chosen(data, rows, what="trial"):
    """The settings whose trial has the fewest nats on the part to choose by."""
    trials = [row for row in rows if row["data"] == data and row["what"] == what]
    return min(trials, key=lambda row: row["choose"]["nats"])["settings"]


def judge(log_probs, labels):
    """Accuracy, macro F1, nats and calibration error, rounded."""
    guesses, classes = log_probs.argmax(axis=1), log_probs.shape[1]
    found = {
        "accuracy": share_right(labels, guesses),
        "macro_f1": macro_f1(labels, guesses, classes),
        "nats": -log_probs[np.arange(len(labels)), labels].mean(),
        "calibration_error": calibration(np.exp(log_probs), labels).error,
    }
    return {name: round(float(value), 4) for name, value in found.items()}


def run_floor(what, setting=None, data="names"):
    """A row of a counting model; of a trial where what is tuned of it is given."""
    kind, longest = what.split()[:2]
    parts, _ = names(data)
    row, judged = {"data": data, "what": what}, PARTS[1:]
    if setting:
        row["settings"], judged = setting, PARTS[1:2]
    elif kind in TUNED:
        setting = chosen("names", store.read(RESULTS)["rows"], f"{what} trial")
    how = {"C" if kind == "logistic" else "alpha": setting} if setting else {}
    model = (Logistic if kind == "logistic" else NaiveBayes)(
        *parts["train"], len(CLASSES), int(longest), **how
    )
    found = {part: model.log_probs(parts[part][0]) for part in PARTS[1:]}
    if kind == "tempered":
        T = fit_temperature(found["choose"], parts["choose"][1])
        found = {part: log_softmax(log_probs / T) for part, log_probs in found.items()}
    return row | {part: judge(found[part], parts[part][1]) for part in judged}


def run_network(data, pooling, bidirectional, cell, seed, settings=None):
    """A row of a network; of a trial, which is not tested, where the settings are given."""
    start = time.process_time()
    model, losses = train(data, pooling, bidirectional, cell, seed, settings)
    row = {"data": data, "what": "trial" if settings else "network"}
    row |= {"pooling": pooling, "bidirectional": bidirectional, "cell": cell, "seed": seed}
    row |= {"settings": settings} if settings else {}
    row["seconds"] = round(time.process_time() - start, 1)
    row["losses"] = [round(loss, 4) for loss in (losses[0], losses[-1])]
    for part in PARTS[1:2] if settings else PARTS[1:]:
        sequences, labels = data_for(data)[part]
        row[part] = judge(log_softmax(ask(model, sequences).astype(np.float64)), labels)
    return row


def write_file():
    """Train the network that chapter 15 looks into, and keep it with its scores."""
    model, _ = train("names", *FILED, seed=0)
    sequences, labels = data_for("names")["test"]
    scores = judge(log_softmax(ask(model, sequences).astype(np.float64)), labels)
    vocab = names()[1]
    about = {"classes": CLASSES, "vocab": "".join(vocab.chars), "test": scores}
    FILE.parent.mkdir(exist_ok=True)
    models.save(FILE, model, about)


def key(row):
    """What tells one run from another."""
    return tuple(row.get(name) for name in KEYS)


def planned(rows):
    """Every run that is wanted, by its key: the trials first."""
    none = (None, None, None, None)
    for data, grid in GRID.items():
        for settings in product(*grid):
            yield (data, "trial", *TRIED, 0, list(settings))
    for kind, longest in FLOORS:
        for setting in TUNED.get(kind, ()):
            yield ("names", f"{kind} {longest} trial", *none, setting)
    for kind, longest in FLOORS:
        yield ("names", f"{kind} {longest}", *none, None)
    for data in list(SPLITS)[1:]:
        for kind, longest in AGAIN:
            yield (data, f"{kind} {longest}", *none, None)
    for seed in SEEDS:
        for way in WAYS:
            yield ("names", "network", *way, seed, None)
        for way in WAYS[:5]:
            yield ("vowels", "network", *way, seed, None)


def run(data, what, pooling, bidirectional, cell, seed, settings):
    """The row of one key."""
    if what in ("network", "trial"):
        return run_network(data, pooling, bidirectional, cell, seed, settings)
    return run_floor(what, settings, data)


def main():
    """Run what is missing, a line each."""
    for row in store.fill(RESULTS, planned, key, run):
        print(*key(row), row.get("test", row["choose"]), row.get("seconds", ""), flush=True)
    if not FILE.exists():
        write_file()


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    main()
