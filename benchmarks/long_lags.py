"""Which cell learns what needs a long memory: four tasks, three cells, several first values.

    python -m benchmarks.long_lags

takes about half an hour on one thread, and writes results/long_lags.json, other first values to
long_lags_starts.json, and what the lab needs besides to long_lags_lab.json: one row a run, with its
settings, the updates it took, its loss on held-out examples, and whether that solves the task. A
row is written as soon as it is known; rows already stored are not run again. Six networks are then
kept in weights/ for the lab: for an order of 30, 100 and 200 letters and each cell, the run whose
loss is the median over the seeds (of ten, the fifth).
"""

import time
from dataclasses import asdict, dataclass, replace
from functools import cache

import numpy as np

from benchmarks import store
from rnnlib.evaluation.ngrams import NgramModel
from rnnlib.evaluation.scores import accuracy, mean_loss
from rnnlib.functional import softmax
from rnnlib.models import weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.parts import initialise_as_pytorch
from rnnlib.models.update import Update
from rnnlib.probing.state_jacobians import influence
from rnnlib.tasks.synthetic import TemporalOrder, embedded_reber, knights_and_knaves
from rnnlib.training import loop
from rnnlib.training.schedule import Schedule
from rnnlib.training.validation import Validation

RESULTS = store.FOLDER / "long_lags.json"
STARTS = store.FOLDER / "long_lags_starts.json"  # other starts, and whether a latch is luck
LAB = store.FOLDER / "long_lags_lab.json"  # what the lab shows beside RESULTS
CHECK_EVERY = 100  # updates between two looks at the held-out examples
HELD_OUT_SEED = 10**6  # no training run draws with it
GATE_BIAS = 4.0  # of gates set to keep: sigmoid(4) = 0.98, a time constant of 56 steps
ANSWERS = "QRSU"


@dataclass(frozen=True)
class Recipe:
    """How a cell is trained on a task; `decay` lets the learning rate fall to zero on a line."""

    hidden_size: int
    learning_rate: float
    updates: int
    batch_size: int = 20
    length: int = 0  # of the texts cut from a language
    embed_size: int = 8
    clip_norm: float = 1.0
    decay: bool = False


ORDER = Recipe(hidden_size=16, learning_rate=0.01, updates=1500)
PLAIN_ORDER = replace(ORDER, hidden_size=32)  # about as many weights
REBER = Recipe(hidden_size=16, learning_rate=0.01, updates=2000, batch_size=10, length=50)
KNIGHTS = Recipe(32, 0.05, updates=4000, batch_size=10, length=25, decay=True)
PLAIN_KNIGHTS = replace(KNIGHTS, learning_rate=0.02)  # at 0.05 half of its runs lose their way
PLAIN = {ORDER: PLAIN_ORDER, KNIGHTS: PLAIN_KNIGHTS}
TASKS = {
    "temporal order 30": (TemporalOrder(30), ORDER),
    "temporal order 100": (TemporalOrder(100), ORDER),
    "temporal order 200": (TemporalOrder(200), ORDER),
    "embedded Reber": (embedded_reber(), REBER),
    "knights and knaves": (knights_and_knaves(), KNIGHTS),
}
AS_IT_COMES, SET_TO_KEEP = "as it comes", "set to keep"
CHRONO = "chrono"  # each unit is set to keep for a lag of its own, up to the length of the texts
IDENTITY = "identity, ReLU"  # of the plain cell, with PyTorch's layer
FORGET = "forget bias 4"  # the forget gate alone is set to keep; the input gate is as it comes
PYTORCH = ", PyTorch"  # ends a start whose other initial weights are drawn as PyTorch does it
KEYS = ("task", "cell", "start", "engine", "seed", "learning_rate")  # what tells two runs apart
RUNS = [
    # task, cell, start, seeds with PyTorch, seeds with Keras, the rate if not the recipe's (on the
    # order at 100 each cell as it comes is given 0.001 and 0.01)
    ("embedded Reber", "lstm", AS_IT_COMES, 10, 2),
    ("embedded Reber", "gru", AS_IT_COMES, 10, 2),
    ("embedded Reber", "rnn", AS_IT_COMES, 10, 2),
    ("temporal order 100", "lstm", SET_TO_KEEP, 10, 2),
    ("temporal order 100", "gru", SET_TO_KEEP, 10, 2),
    ("temporal order 100", "lstm", AS_IT_COMES, 10, 0, 0.001),
    ("temporal order 100", "lstm", AS_IT_COMES, 5, 0, 0.003),
    ("temporal order 100", "lstm", AS_IT_COMES, 10, 0, 0.01),
    ("temporal order 100", "gru", AS_IT_COMES, 5, 0, 0.001),
    ("temporal order 100", "gru", AS_IT_COMES, 5, 0, 0.01),
    ("temporal order 100", "rnn", AS_IT_COMES, 10, 0, 0.001),
    ("temporal order 100", "rnn", AS_IT_COMES, 5, 0, 0.01),
    ("temporal order 200", "lstm", SET_TO_KEEP, 10, 2),
    ("temporal order 200", "gru", SET_TO_KEEP, 10, 2),
    ("temporal order 200", "rnn", AS_IT_COMES, 10, 2, 0.001),  # the rate that is best at 100
    ("knights and knaves", "lstm", AS_IT_COMES, 10, 2),
    ("knights and knaves", "gru", AS_IT_COMES, 10, 2),
    ("knights and knaves", "rnn", AS_IT_COMES, 10, 2),
]
STARTS_RUNS = [  # other starts made for keeping, and how much of each hangs on the rate
    ("temporal order 200", "lstm", CHRONO, 5, 0),
    ("temporal order 200", "rnn", IDENTITY, 5, 0, 0.001),
    ("temporal order 200", "rnn", IDENTITY, 3, 0, 0.003),
    ("temporal order 200", "lstm", SET_TO_KEEP, 3, 0, 0.003),
    ("temporal order 200", "lstm", SET_TO_KEEP, 3, 0, 0.03),
    ("temporal order 200", "lstm", FORGET, 5, 0, 0.001),
    ("temporal order 200", "lstm", SET_TO_KEEP + PYTORCH, 5, 0, 0.01),
]


KEPT = {  # weights/STEM.safetensors, for the lab: the runs of which one is kept
    f"order_{length}_{cell}": (f"temporal order {length}", cell, start, "torch", rate)
    for length, plain_rate in ((30, 0.001), (100, 0.001), (200, 0.0003))
    for cell, start, rate in (("lstm", SET_TO_KEEP, 0.01), ("rnn", AS_IT_COMES, plain_rate))
}
LAB_RUNS = [  # a short order, and the other rates of the plain cell on the long one
    ("temporal order 30", "lstm", SET_TO_KEEP, 10, 0),
    ("temporal order 30", "rnn", AS_IT_COMES, 10, 0, 0.001),
    ("temporal order 200", "rnn", AS_IT_COMES, 5, 0, 0.0003),
    ("temporal order 200", "rnn", AS_IT_COMES, 1, 0, 0.0001),
    ("temporal order 200", "rnn", AS_IT_COMES, 1, 0, 0.003),
]


def draw(problem, recipe, n, seed):
    """n examples: inputs (n, T) and targets (n, K), ids."""
    if isinstance(problem, TemporalOrder):
        return problem.draw(n, seed)
    rows = problem.draw_rows(n, recipe.length + 1, seed)
    return rows[:, :-1], rows[:, 1:]


@cache
def held_out(task):
    """Examples of a task that no run trains on: 500 texts, or 100 of 500 characters each."""
    problem, recipe = TASKS[task]
    n = 500 if isinstance(problem, TemporalOrder) else 100
    return draw(problem, replace(recipe, length=500), n, HELD_OUT_SEED)


def first_model(task, cell, start, engine, seed, recipe):
    """The model before training. Gates set to keep start with z and f near 1, i near 0.

    In the temporal order only four of the twelve characters are ever an answer; the output bias
    says so from the start. Else every first update pushes in the same direction, and the gates
    may saturate before anything else is learned.
    """
    problem, H = TASKS[task][0], recipe.hidden_size
    config = ModelConfig(len(problem.vocab), recipe.embed_size, H, cell=cell)
    model = build(config, engine, seed)
    params = initialise_as_pytorch(config, seed) if PYTORCH in start else model.get_params()
    start = start.removesuffix(PYTORCH)
    if isinstance(problem, TemporalOrder):
        params["b_y"][:] = -8
        params["b_y"][problem.vocab.encode(ANSWERS)] = 0
    if start == CHRONO:  # Tallec and Ollivier (2018)
        lags = np.random.default_rng(seed).uniform(1, problem.length - 1, H)
        params["b_h"][: 2 * H] = np.append(-np.log(lags), np.log(lags))
    elif start == IDENTITY:
        params["W_hh"], params["b_h"], model.net.rnn.mode = np.eye(H), np.zeros(H), "RNN_RELU"
    elif start == FORGET:
        params["b_h"][H : 2 * H] = GATE_BIAS
    elif start == SET_TO_KEEP and cell == "gru":
        params["b_h"][:H] = GATE_BIAS
    elif start == SET_TO_KEEP:
        params["b_h"][: 2 * H] = np.repeat([-GATE_BIAS, GATE_BIAS], H)
    model.set_params(params)
    return model


def is_solved(task, model, loss, sample):
    """Whether every answer is right, every legal character scores above every other one, or the
    loss is within 2 % of the entropy: what the task asks for.
    """
    problem, _ = TASKS[task]
    if isinstance(problem, TemporalOrder):
        return accuracy(model, *sample) == 1
    if task == "knights and knaves":
        return loss < 1.02 * problem.entropy()
    logits, _ = model.forward(sample[0], model.init_state(len(sample[0])))
    legal = problem.legal(sample[0])
    worst = np.where(legal, logits, np.inf).min(axis=-1)
    return bool((worst > np.where(legal, -np.inf, logits).max(axis=-1)).all())


def train(task, cell, start=AS_IT_COMES, engine="torch", seed=0, recipe=None):
    """One run: a model, and its row for the results. A recipe that does not decay stops when it
    has solved the task on held-out examples.
    """
    recipe = recipe or recipe_for(task, cell)
    model = first_model(task, cell, start, engine, seed, recipe)
    began, solved = time.perf_counter(), False

    def stop_when_solved(history):
        nonlocal solved
        if history.is_scored:
            solved = is_solved(task, model, history.validation_losses[-1], held_out(task))
        return solved

    every = recipe.updates if recipe.decay else CHECK_EVERY
    validation = Validation(lambda: mean_loss(model, *held_out(task)), every)
    batches = fresh_batches(TASKS[task][0], recipe, seed)
    history = run_loop(model, batches, recipe, [validation, stop_when_solved])
    loss, updates = round(history.validation_losses[-1], 4), len(history.losses)
    row = {"task": task, "cell": cell, "start": start, "engine": engine, "seed": seed}
    row |= asdict(recipe) | {"updates": updates, "loss": loss, "solved": solved}
    row["seconds"] = round(time.perf_counter() - began, 1)
    return model, row | ({"influence": look_back(model)} if recipe.decay else {})


def run_loop(model, batches, recipe, callbacks=()):
    """Train a model on batches, each read from zeros, at the rates of a recipe; the History."""
    decay = "linear" if recipe.decay else "none"
    schedule = Schedule(recipe.updates, recipe.learning_rate, decay=decay)
    update = Update(recipe.learning_rate, recipe.clip_norm)
    step = loop.carry_state(model)
    return loop.train(model, batches, update, schedule, callbacks, train_step=step)


def fresh_batches(problem, recipe, seed):
    """Batches for all updates of a recipe, drawn a hundred at a time."""
    B = recipe.batch_size
    for first in range(0, recipe.updates, CHECK_EVERY):
        inputs, targets = draw(problem, recipe, CHECK_EVERY * B, seed * 1000 + first)
        for start in range(0, min(CHECK_EVERY, recipe.updates - first) * B, B):
            yield inputs[start : start + B], targets[start : start + B]


def recipe_for(task, cell, rate=None):
    """The recipe of a task, with another learning rate if given; the plain cell has its own."""
    recipe = TASKS[task][1]
    recipe = PLAIN.get(recipe, recipe) if cell == "rnn" else recipe
    return replace(recipe, learning_rate=rate) if rate else recipe


@cache
def long_visits():
    """32 texts of the island, ids (32, 90), and the reports due after them, (32,). They end with 50
    characters of a visit, twice as long as the texts in training; 40 of other visits come before.
    """
    island, _ = TASKS["knights and knaves"]
    strings = island.draw_strings(20_000, seed=5)
    visits = [string for string in strings if len(string) > 50][:32]
    before = ["".join(strings[30 * n : 30 * n + 30])[-40:] for n in range(32)]
    ids = [island.vocab.encode(old + new[:50]) for old, new in zip(before, visits, strict=True)]
    return np.array(ids), island.vocab.encode("".join(visit[50] for visit in visits))


def look_back(model):
    """The influence of the last 90 states in long visits, two digits of each."""
    return [float(f"{norm:.1e}") for norm in influence(model, *long_visits())]


@cache
def floors(task):
    """What the losses stand beside: chance, the optimum, and the best of the counting models."""
    problem, _ = TASKS[task]
    found = {"chance": round(problem.chance, 4), "optimum": round(problem.optimum, 4)}
    if not isinstance(problem, TemporalOrder):
        counted, V = problem.draw(100_000, seed=1), len(problem.vocab)
        held = problem.draw(50_000, seed=HELD_OUT_SEED)
        nats = [NgramModel(n, V).fit(counted).nats(held) for n in range(1, 13)]
        found |= {"ngrams": [round(loss, 4) for loss in nats]}
    return found


def answers_of(model, ids, true):
    """The mean probability of a true report after each of the texts, given the ids `true` (B,)."""
    logits, _ = model.forward(ids, model.init_state(len(ids)))
    return float(softmax(logits[:, -1].astype(np.float64))[np.arange(len(ids)), true].mean())


def latch(first, seed, updates=1500):
    """What a plain cell of chapter 8 remembers: the probability of a true report, with the first
    letter of a long visit K or N and, last, with K and the last twelve reports flipped.

    Trained as on the page; its initial weights are drawn as Keras does, like the book's engines,
    or as PyTorch does.
    """
    island, recipe = TASKS["knights and knaves"][0], replace(PLAIN_KNIGHTS, updates=updates)
    config = ModelConfig(len(island.vocab), 8, recipe.hidden_size, dtype="float64")
    model, rng = build(config, "numpy", seed), np.random.default_rng(seed)
    if first == "pytorch":
        params, bound = model.get_params(), recipe.hidden_size**-0.5
        drawn = {name: rng.uniform(-bound, bound, w.shape) for name, w in params.items()}
        drawn["embed"] = rng.normal(size=params["embed"].shape)
        drawn["b_h"] += rng.uniform(-bound, bound, drawn["b_h"].shape)  # it has two
        model.set_params(drawn)
    rows = island.draw_rows(10 * updates, 26, seed).reshape(updates, 10, 26)
    run_loop(model, ((batch[:, :-1], batch[:, 1:]) for batch in rows), recipe)
    ids = long_visits()[0].copy()
    true = island.vocab.encode(island.vocab.decode(ids[:, -1]).upper())
    R, S = island.vocab.encode("RS")
    found = []
    for letter in "KN":
        ids[:, 40] = island.vocab.encode(letter)  # the first of the visit
        found.append(answers_of(model, ids, true))
    ids[:, 40] = island.vocab.encode("K")
    ids[:, 66:90:2] = R + S - ids[:, 66:90:2]
    found.append(answers_of(model, ids, true))
    loss = mean_loss(model, *held_out("knights and knaves"))
    row = {"initial weights": first, "seed": seed, "loss": round(loss, 4)}
    names = "after K", "after N", "flipped"
    return row | {name: round(mean, 3) for name, mean in zip(names, found, strict=True)}


def latches():
    """Twenty such cells: ten seeds from each framework's initial weights."""
    return [latch(first, seed) for first in ("keras", "pytorch") for seed in range(10)]


def runs(planned=RUNS):
    """Every run planned: task, cell, start, engine, seed, recipe."""
    for task, cell, start, torch_seeds, keras_seeds, *rate in planned:
        for engine, seeds in (("torch", torch_seeds), ("keras", keras_seeds)):
            for seed in range(seeds):
                yield task, cell, start, engine, seed, recipe_for(task, cell, *rate)


def key(row):
    """The settings by which a row was made, as `runs` gives them."""
    *settings, rate = (row[name] for name in KEYS)
    return *settings, recipe_for(row["task"], row["cell"], rate)


def run(*settings):
    """The row of a run."""
    return train(*settings)[1]


def rows_of(name):
    """The stored rows of the runs of which one is kept under this name, by rising loss."""
    rows = store.read(RESULTS)["rows"] + store.read(LAB)["rows"]
    found = (row for row in rows if tuple(row[k] for k in KEYS if k != "seed") == KEPT[name])
    return sorted(found, key=lambda row: row["loss"])


def keep(name, folder=store.FOLDER.parents[1] / "weights"):
    """Train the network of the median of those rows again, and write its weights file."""
    found = rows_of(name)
    model, made = train(*key(found[(len(found) - 1) // 2]))
    vocab = TASKS[made["task"]][0].vocab
    weights_file.save(folder / f"{name}.safetensors", model.get_params(), model.config, vocab, made)


def main():
    """Run what is not stored yet, and store it; then make the networks of the lab again."""
    found = {task: floors(task) for task in TASKS}
    for row in store.fill(RESULTS, lambda rows: runs(), key, run, floors=found):
        print(*(row[name] for name in (*KEYS, "loss", "solved")), flush=True)
    held = store.read(STARTS).get("latches") or latches()
    for row in store.fill(STARTS, lambda rows: runs(STARTS_RUNS), key, run, latches=held):
        print(*(row[name] for name in (*KEYS, "loss", "solved")), flush=True)
    for row in store.fill(LAB, lambda rows: runs(LAB_RUNS), key, run):
        print(*(row[name] for name in (*KEYS, "loss", "solved")), flush=True)
    for name in KEPT:
        keep(name)


if __name__ == "__main__":
    main()
