"""Rules of drawing on Shakespeare: spelling at equal surprise, wider beams, who speaks to whom.

    python -m benchmarks.drawing

takes about twenty minutes, and writes benchmarks/results/drawing.json: a row a rule (`known`, the
share of words that the training text holds, with its standard error from scene to scene), a row a
width of the beam, and a row a writer. Rows already stored are not run again. The network is that
of weights/shakespeare_lstm.safetensors, in 32 bits, so another processor draws other texts.
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from benchmarks import store
from rnnlib.data import load_corpus
from rnnlib.evaluation import repetition
from rnnlib.functional import log_softmax, softmax
from rnnlib.models import load
from rnnlib.text import split_text
from rnnlib.writing import beam_search

RESULTS = store.FOLDER / "drawing.json"
WEIGHTS = Path(__file__).parents[1] / "weights" / "shakespeare_lstm.safetensors"
LENGTH = 300  # characters of a scene that are read, and that are written
DRAWS = 2  # texts of each scene
RULES = [{"tau": tau} for tau in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0, 1.1)]
RULES += [{"top_k": k} for k in (3, 5, 8)]
RULES += [{"top_p": p} for p in (0.8, 0.9, 0.95)]
RULES += [{"min_p": p} for p in (0.2, 0.1, 0.05)]
RULES += [{"tau": tau, "min_p": p} for tau, p in ((1.25, 0.1), (1.25, 0.2), (1.5, 0.1))]
RULES += [{"tau": tau, "min_p": p} for tau, p in ((1.5, 0.2), (2, 0.2), (2, 0.3))]
RULES += [{"tau": tau, "top_p": p} for tau, p in ((1.25, 0.8), (1.25, 0.9), (1.5, 0.8))]
WIDTHS = (1, 3, 10, 30)  # beams
WINDOWS = (16, 32, 64, 128, None)  # last characters that a penalty looks at; None: all
PENALTIES = [[1.0, None], *([theta, n] for theta in (1.1, 1.2, 1.5) for n in WINDOWS)]
SEARCHED = 120  # characters that the beams look for
TEXTS = 100  # of 4,000 characters, by each writer
WORD = r"[A-Za-z']+"


@cache
def plays():
    """The training text, the held-out text, and the set of words of the first."""
    train, held_out = split_text(load_corpus("shakespeare"))
    return train, held_out, set(re.findall(WORD, train))


@cache
def network():
    """The model on one thread, and its vocabulary."""
    torch.set_num_threads(1)
    return load(WEIGHTS, "torch")


def scenes(step):
    """Every so many places of the held-out text where a speech begins, with room on both sides."""
    held_out = plays()[1]
    turns = [found.end() for found in re.finditer(r"\n\n[A-Z][^\n]*:\n", held_out)]
    return [n for n in turns if LENGTH <= n <= len(held_out) - LENGTH][::step]


def narrow(logits, tau=1.0, top_k=None, top_p=None, min_p=None):
    """Shares (B, V) to draw from: those of the library's Sampler with one filter, for many rows."""
    shares = softmax(logits.astype(np.float64) / tau)
    falling = -np.sort(-shares, axis=1)
    least = np.zeros(len(shares))
    if top_k is not None:
        least = falling[:, top_k - 1]
    if top_p is not None:
        needed = (falling.cumsum(axis=1) < top_p).sum(axis=1)
        least = falling[np.arange(len(shares)), np.minimum(needed, shares.shape[1] - 1)]
    if min_p is not None:
        least = min_p * falling[:, 0]
    kept = np.where(shares >= least[:, None], shares, 0)
    return kept / kept.sum(axis=1, keepdims=True)


def draw(prompts, length, rule, seed=0):
    """New ids (B, length) after the prompts (B, T), and the network's surprise at each, in nats."""
    (model, _), rng, found = network(), np.random.default_rng(seed), []
    seen, state = model.forward(prompts, model.init_state(len(prompts)))
    for _ in range(length):
        sums = narrow(seen[:, -1], **rule).cumsum(axis=1)
        sums /= sums[:, -1:]
        new = (sums <= rng.random((len(sums), 1))).sum(axis=1, keepdims=True)
        found.append((new, -np.take_along_axis(log_softmax(seen[:, -1]), new, axis=1)))
        seen, state = model.forward(new, state)
    ids, nats = zip(*found, strict=True)
    return np.hstack(ids), np.hstack(nats)


def known(texts):
    """Share of words that the training text holds, and its standard error.

    texts: a list of lists, those of one scene together.
    """
    words = [re.findall(WORD, text) for same in texts for text in same]
    hits = np.array([sum(word in plays()[2] for word in found) for found in words])
    hits = hits.reshape(len(texts), -1).sum(axis=1)
    lengths = np.array([len(found) for found in words]).reshape(len(texts), -1).sum(axis=1)
    share = hits.sum() / lengths.sum()
    error = (hits - share * lengths).std() / lengths.mean() / len(texts) ** 0.5
    return round(float(share), 4), round(float(error), 4)


def draw_scenes(rule, step=5):
    """One rule: nats, known words and their error, over DRAWS texts of each scene."""
    _, vocab = network()
    held_out, places = plays()[1], scenes(step)
    prompts = np.array([vocab.encode(held_out[n - LENGTH : n]) for n in places])
    ids, nats = draw(np.repeat(prompts, DRAWS, axis=0), LENGTH, rule)
    texts = [vocab.decode(row) for row in ids]
    share, error = known([texts[i : i + DRAWS] for i in range(0, len(texts), DRAWS)])
    nats = round(float(nats.mean()), 4)
    return {"scenes": len(places), "nats": nats, "known": share, "error": error}


def real_scenes(step=5):
    """Shakespeare's own continuations of the scenes: the same numbers."""
    (model, vocab), held_out, places = network(), plays()[1], scenes(step)
    ids = np.array([vocab.encode(held_out[n - LENGTH : n + LENGTH]) for n in places])
    logits, _ = model.forward(ids[:, :-1], model.init_state(len(ids)))
    log_p, came = log_softmax(logits[:, LENGTH - 1 :]), ids[:, LENGTH:, None]
    nats = -np.take_along_axis(log_p, came, axis=2).mean()
    share, error = known([[held_out[n : n + LENGTH]] for n in places])
    return {"scenes": len(places), "nats": round(float(nats), 4), "known": share, "error": error}


def search(beams, step=15, first=60):
    """Nats per character of the likeliest text that so many beams find, at each of the scenes."""
    (model, vocab), held_out, found = network(), plays()[1], []
    for n in scenes(step)[:first]:
        _, total = beam_search(model, vocab, held_out[n - LENGTH : n], SEARCHED, beams)[0]
        found.append(round(-total / SEARCHED, 4))
    return {"nats": found}


def penalise(logits, written, theta, window):
    """Logits (B, V) with those of the last `window` of the characters written (B, T) penalised."""
    used = np.zeros(logits.shape, bool)
    recent = written[:, -window:] if window else written
    np.put_along_axis(used, recent, True, axis=1)
    less = np.where(logits > 0, logits / theta, logits * theta)
    return np.where(used, less, logits)


def circle(setting, step=100, length=1600):
    """Greedy texts under a repetition penalty: repeats in the first 300 and in the last 900.

    With them the standard error of the second from scene to scene, and the known words.
    """
    (model, vocab), held_out, places = network(), plays()[1], scenes(step)
    prompts = np.array([vocab.encode(held_out[n - LENGTH : n]) for n in places])
    seen, state = model.forward(prompts, model.init_state(len(prompts)))
    written = np.zeros((len(prompts), 0), int)
    for _ in range(length):
        new = penalise(seen[:, -1], written, *setting).argmax(axis=1)[:, None]
        written = np.hstack([written, new])
        seen, state = model.forward(new, state)
    texts = [vocab.decode(row) for row in written]
    first = [repetition(text[:300], 8) for text in texts]
    last = [repetition(text[-900:], 8) for text in texts]
    found = {"first": np.mean(first), "last": np.mean(last)}
    found |= {"error": np.std(last) / len(last) ** 0.5, "known": known([[t] for t in texts])[0]}
    return {"scenes": len(texts)} | {name: round(float(x), 3) for name, x in found.items()}


def neighbours(text):
    """Pairs of speakers that speak one after the other."""
    names = re.findall(r"\n\n([^\n:]+):\n", text)
    return [frozenset(pair) for pair in pairwise(names) if len(set(pair)) == 2]


def write(writer, texts=TEXTS, length=4000, start="ROMEO:\n"):
    """Pairs of neighbours in texts of a writer, and how many of them the training text knows.

    A standard error of the share is reckoned from text to text. "names" puts names one after the
    other, drawn as often as they speak in the training text. "real" are passages of that text, as
    long, whose pairs are looked for in the rest of it.
    """
    train, pairs = plays()[0], set(neighbours(plays()[0]))
    rng = np.random.default_rng(1)
    if writer == "LSTM":
        _, vocab = network()
        ids, _ = draw(np.tile(vocab.encode(start), (texts, 1)), length, {}, seed=1)
        written = [start + vocab.decode(row) for row in ids]
    elif writer == "7-gram":
        after, written = {}, []
        for i in range(len(train) - 6):
            after.setdefault(train[i : i + 6], []).append(train[i + 6])
        for _ in range(texts):
            text = start
            while len(text) < length:
                following = after[text[-6:]]
                text += following[rng.integers(len(following))]
            written.append(text)
    elif writer == "real":
        places = range(0, len(train) - length, len(train) // texts)
        written = [train[i : i + length] for i in places]
        rest = [{*neighbours(train[:i]), *neighbours(train[i + length :])} for i in places]
    else:
        names = re.findall(r"\n\n([^\n:]+):\n", train)
        drawn = rng.choice(names, (texts, 40))
        written = ["".join(f"\n\n{name}:\n" for name in row) for row in drawn]
    known_pairs = rest if writer == "real" else [pairs] * texts
    both = zip(written, known_pairs, strict=True)
    found = [[pair in those for pair in neighbours(text)] for text, those in both]
    hits, sizes = (np.array([f(row) for row in found]) for f in (sum, len))
    share = hits.sum() / sizes.sum()
    error = (hits - share * sizes).std() / sizes.mean() / texts**0.5
    shares = {"known": round(float(share), 4), "error": round(float(error), 4)}
    return {"texts": texts, "pairs": int(sizes.sum())} | shares


DOES = {
    "draw": draw_scenes,
    "real": real_scenes,
    "beams": search,
    "penalty": circle,
    "neighbours": write,
}


def run(what, setting):
    """One row."""
    given = () if setting is None else (setting,)
    return {"what": what, "setting": setting, **DOES[what](*given)}


def planned(rows):
    """Every run."""
    yield from (("neighbours", writer) for writer in ("names", "7-gram", "LSTM", "real"))
    yield "real", None
    yield from (("draw", rule) for rule in RULES)
    yield from (("beams", width) for width in WIDTHS)
    yield from (("penalty", setting) for setting in PENALTIES)


def main():
    """Run what has no row yet, and print it."""
    for row in store.fill(RESULTS, planned, lambda row: (row["what"], row["setting"]), run):
        print(row if len(str(row)) < 200 else (row["what"], row["setting"]), flush=True)


if __name__ == "__main__":
    main()
