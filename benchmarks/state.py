"""What the state is worth: zeros, the state of the text before, or that of another row.

    python -m benchmarks.state

takes about 25 minutes on one thread, and writes benchmarks/results/state.json: one row a run, with
its settings and its losses on held-out text, nats per character. Networks with the same initial
weights read the same batches; only the state that each begins with differs. Stored rows are not run
again. state_ends.json: three of them trained once more, to see where a reset at an end is paid.
"""

import re
import time
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import product
from operator import itemgetter

import numpy as np

from benchmarks import store, weights
from rnnlib.functional import log_softmax
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.update import Update
from rnnlib.tasks.synthetic import knights_and_knaves
from rnnlib.text.vocab import split_text
from rnnlib.text.windows import make_streams
from rnnlib.training import loop
from rnnlib.training.schedule import Schedule

RESULTS, PAID = store.FOLDER / "state.json", store.FOLDER / "state_ends.json"
THREE, MIXED = ("zero", "carried", "shuffled"), "carried, some zeros"  # what is done with the state
ZEROS = 1 / 16  # how often a row starts from zeros where the state is carried with some zeros
PIECE = 200  # characters read after each start, when a network is tested
KEYS = ("final", "recipe", "treatment", "rate", "engine", "seed")
key = itemgetter(*KEYS)  # what tells a row from every other


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. The learning rate falls to zero on a line."""

    text: str
    cell: str
    length: int  # characters in a piece: how far the gradient goes back
    characters: int = 900_000  # read in all, none of them twice
    batch_size: int = 16
    hidden_size: int = 128
    embed_size: int = 32
    clip_norm: float = 1.0


PLAY, ISLAND = "shakespeare", "knights and knaves"
ENDS = {PLAY: "\n\n", ISLAND: "."}  # where a speech, or a visit, is over
RECIPES = {
    "LSTM, pieces of 16": Recipe(PLAY, "lstm", 16),
    "LSTM, pieces of 64": Recipe(PLAY, "lstm", 64),
    "plain RNN, pieces of 16": Recipe(PLAY, "rnn", 16),
    "island, pieces of 8": Recipe(ISLAND, "lstm", 8, 400_000, hidden_size=32, embed_size=8),
}
LOW, HIGH = (0.004, 0.008, 0.016), (0.008, 0.016, 0.032)  # rates, tried for each treatment
RATES = dict(zip(RECIPES, (LOW, HIGH, LOW, HIGH), strict=True))
SEEDS = {"torch": 3, "keras": 1}
WITH_KERAS, WITH_MIXED = "island, pieces of 8", "LSTM, pieces of 16"
AGAIN = 0.016  # WITH_MIXED runs at this rate too, whatever the trials say


@cache
def texts(name, final):
    """A vocabulary, ids to train on, ids to test on: in a final run the last tenth of the plays,
    which no trial sees; in a trial a part of the tenth before.
    """
    if name == ISLAND:
        island = knights_and_knaves()
        return island.vocab, island.draw(400_001, seed=1), island.draw(60_000, seed=2 + final)
    vocab, train, held_out = weights.texts(name)
    before, after = split_text(train)
    return vocab, *((train, held_out) if final else (before, after[:40_000]))


def hand_on(treatment, state, rng):
    """The state (L, B, S) that the next batch begins with, given that after the last batch."""
    if treatment == "zero":
        return np.zeros_like(state)
    if treatment == "shuffled":
        return state[:, elsewhere(state.shape[1], rng)]
    if treatment == MIXED:
        return state * (rng.random((state.shape[1], 1)) >= ZEROS)
    return state


def elsewhere(n, rng):
    """A random order of n rows in which none keeps its place."""
    order = np.arange(n)
    while (order == np.arange(n)).any():
        order = rng.permutation(n)
    return order


def train(recipe, treatment, rate, engine="torch", seed=0, final=True, first=None):
    """A network trained by a recipe, with one of the treatments of its state; from the weights
    first(config, seed), or those of the library.
    """
    vocab, ids, _ = texts(recipe.text, final)
    config = ModelConfig(len(vocab), recipe.embed_size, recipe.hidden_size, cell=recipe.cell)
    model = build(config, engine, seed)
    if first is not None:
        model.set_params(first(config, seed))
    inputs, targets = make_streams(ids, recipe.batch_size, recipe.length)
    rng, updates = np.random.default_rng(seed), recipe.characters // inputs[0].size
    batches = zip(inputs[:updates], targets[:updates], strict=True)
    schedule = Schedule(updates, rate, decay="linear")
    step = loop.carry_state(model, lambda state: hand_on(treatment, state, rng))
    loop.train(model, batches, Update(rate, recipe.clip_norm), schedule, train_step=step)
    return model


def cut(ids, starts, length=PIECE):
    """Pieces (N, length + 1) of a text: the characters from each start on, and a last target."""
    return ids[np.asarray(starts)[:, None] + np.arange(length + 1)]


def read_on(model, ids, starts):
    """The states (L, N, S) before the places `starts`, in one long read from the beginning."""
    state, states = model.init_state(1), []
    for place, start in zip([0, *starts], starts, strict=False):
        if start > place:
            _, state = model.forward(ids[None, place:start], state)
        states.append(state)
    return np.concatenate(states, axis=1)


def nats(model, pieces, states):
    """Losses (N, T) of pieces (N, T + 1), each read from a state of its own, states (L, N, S)."""
    logits, _ = model.forward(pieces[:, :-1], states)
    log_probs = log_softmax(logits.astype(np.float64))
    return -np.take_along_axis(log_probs, pieces[:, 1:, None], axis=-1)[..., 0]


def after_ends(ids, vocab, end):
    """The places after every `end` in the text that have a whole piece to follow."""
    found = re.finditer(re.escape(end), vocab.decode(ids[: -PIECE - 1]))
    return np.array([match.end() for match in found])


def measure(model, recipe, final=True):
    """Losses on the held-out text: warm in one long read, cold from zeros every 200 characters.

    A final run also tells: by place in a piece, the loss from the right state, from zeros and from
    the state of another place; the loss from zeros as often as in training; and the nats that a
    reset costs in the 200 characters after it, anywhere and where a speech or a visit is over.
    """
    vocab, _, ids = texts(recipe.text, final)
    every, ended = np.arange(0, len(ids) - PIECE, PIECE), after_ends(ids, vocab, ENDS[recipe.text])
    states = read_on(model, ids, np.union1d(every, ended))
    here, there = (
        states[:, np.isin(np.union1d(every, ended), starts)] for starts in (every, ended)
    )
    right, zeros = (nats(model, cut(ids, every), here * share) for share in (1, 0))
    found = {"warm": right.mean(), "cold": zeros.mean()}
    if final:
        wrong = nats(model, cut(ids, every), np.roll(here, len(every) // 2, axis=1))
        by_place = {"right": right, "zeros": zeros, "wrong": wrong}
        right_ended, zeros_ended = (nats(model, cut(ids, ended), there * share) for share in (1, 0))
        short = cut(ids, np.arange(0, len(ids) - recipe.length, recipe.length), recipe.length)
        found |= {
            "stale": wrong.mean(),
            "as_trained": nats(model, short, model.init_state(len(short))).mean(),
            "reset": (zeros - right).sum(axis=1).mean(),
            "reset_at_end": (zeros_ended - right_ended).sum(axis=1).mean(),
            "by_place": {name: losses.mean(axis=0) for name, losses in by_place.items()},
        }
    return found


def paid_at_ends(model, recipe, final=True):
    """Where a reset at an end of the plays is paid: nats in all, within 16 characters, before the
    colon of the next name and before the end of its line; by place, after every end and after those
    that the commonest name follows.
    """
    vocab, _, ids = texts(recipe.text, final)
    ended = after_ends(ids, vocab, ENDS[PLAY])
    pieces, states = cut(ids, ended), read_on(model, ids, ended)
    lost = nats(model, pieces, 0 * states) - nats(model, pieces, states)  # (N, PIECE)
    passed = [np.cumsum(pieces[:, 1:] == vocab.encode(char), axis=1) > 0 for char in ":\n"]
    in_name, in_line = (np.where(over, 0, lost).sum(axis=1).mean() for over in passed)
    names = [vocab.decode(piece).partition(":")[0] for piece in pieces]
    ((name, _),) = Counter(names).most_common(1)
    curve, of_name = lost.mean(axis=0), lost[np.array(names) == name].mean(axis=0)
    found = {"reset_at_end": curve.sum(), "within_16": curve[:16].sum()}
    found |= {"in_name": in_name, "in_line": in_line}
    return found | {"by_place": {"every end": curve, name: of_name}}


def run(final, name, treatment, rate, engine, seed, measured=measure):
    """One run, as a row for the results; losses with four digits, by place with three."""
    recipe = RECIPES[name]
    began = time.process_time()
    model = train(recipe, treatment, rate, engine, seed, final)
    seconds = round(time.process_time() - began, 1)
    curves = (losses := measured(model, recipe, final)).pop("by_place", {})
    row = dict(zip(KEYS, (final, name, treatment, rate, engine, seed), strict=True))
    row |= asdict(recipe) | {"seconds": seconds}
    row |= {loss: round(float(value), 4) for loss, value in losses.items()}
    by_place = {start: [round(float(v), 3) for v in curve] for start, curve in curves.items()}
    return row | ({"by_place": by_place} if final else {})


def planned(rows):
    """The settings of every run: trials first, then at the rates that these chose, seed by seed."""
    pairs = [*product(RECIPES, THREE), (WITH_MIXED, MIXED)]
    for name, treatment in pairs:
        for rate in RATES[name]:
            yield False, name, treatment, rate, "torch", 0
    for engine, seeds in SEEDS.items():
        for seed, (name, treatment) in product(range(seeds), pairs):
            if engine == "torch" or name == WITH_KERAS:
                yield True, name, treatment, best_rate(rows, name, treatment), engine, seed
    for seed, treatment in product(range(SEEDS["torch"]), THREE):
        yield True, WITH_MIXED, treatment, AGAIN, "torch", seed


def best_rate(rows, name, treatment):
    """The rate whose trial has the lowest loss on the end of the training text, warm or cold."""
    trials = [row for row in rows if key(row)[:3] == (False, name, treatment)]
    return min(trials, key=lambda row: min(row["warm"], row["cold"]))["rate"]


def main():
    """Run what is not stored yet, and store it."""
    for row in store.fill(RESULTS, planned, key, run):
        print(*key(row), row["warm"], row["cold"], row["seconds"], flush=True)
    again = [(True, WITH_MIXED, "carried", AGAIN, "torch", seed) for seed in range(SEEDS["torch"])]
    for row in store.fill(PAID, lambda rows: again, key, partial(run, measured=paid_at_ends)):
        print(*key(row), row["reset_at_end"], row["in_name"], row["seconds"], flush=True)


if __name__ == "__main__":
    main()
