"""The benchmark of long memories: its criteria by hand, rows trained again, starts."""

import json
from functools import cache

import numpy as np
import pytest

from benchmarks import long_lags
from rnnlib.evaluation.ngrams import NgramModel
from rnnlib.evaluation.scores import mean_loss
from rnnlib.models import weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import load
from rnnlib.probing.gate_activations import gates
from rnnlib.probing.state_jacobians import influence
from tests.helpers import every_engine
from tests.notebooks import ROOT

RESULTS = json.loads(long_lags.RESULTS.read_text(encoding="utf-8"))
REBER, ISLAND = "embedded Reber", "knights and knaves"
ORDERS = ("temporal order 100", "temporal order 200", "temporal order 30")
every_order = pytest.mark.parametrize("task", ORDERS)


def rows(task, cell=None, start=None):
    """The stored rows of a task, of a cell and a start if given."""
    return [
        row
        for row in RESULTS["rows"]
        if row["task"] == task and cell in (None, row["cell"]) and start in (None, row["start"])
    ]


def key(row):
    return tuple(row[name] for name in long_lags.KEYS)


@cache
def train_again(task, cell, start, engine, seed, rate):
    return long_lags.train(task, cell, start, engine, seed, long_lags.recipe_for(task, cell, rate))


class Oracle:
    """A model that knows the right distribution, and mixes it with `doubt` of the uniform one."""

    def __init__(self, task, doubt=0.0):
        self.problem, self.doubt = long_lags.TASKS[task][0], doubt
        self.config = ModelConfig(len(self.problem.vocab), 1, 1)

    def init_state(self, batch_size):
        return None

    def forward(self, ids, state):
        right = self.problem.probs(ids)
        return np.log((1 - self.doubt) * right + self.doubt / right.shape[-1] + 1e-12), state


# the criteria


def judge(task, model):
    """Whether the task counts as solved by this model."""
    sample = long_lags.held_out(task)
    return long_lags.is_solved(task, model, mean_loss(model, *sample), sample)


def test_reber_is_solved_where_every_legal_character_comes_first():
    assert judge(REBER, Oracle(REBER))
    assert judge(REBER, Oracle(REBER, doubt=0.5))  # less sure, in the same order
    assert not judge(REBER, Oracle(REBER, doubt=1))


def test_one_illegal_character_in_fifty_thousand_is_too_many():
    model = Oracle(REBER)
    inputs, _ = long_lags.held_out(REBER)
    assert inputs.shape == (100, 500)
    right = model.forward(inputs, None)[0]
    place = np.argwhere(~model.problem.legal(inputs))[-1]
    right[tuple(place)] = 1
    model.forward = lambda ids, state: (right, state)
    assert not judge(REBER, model)


def test_the_island_is_solved_within_two_per_cent_of_the_entropy():
    assert judge(ISLAND, Oracle(ISLAND))
    problem = long_lags.TASKS[ISLAND][0]
    for share, solved in ((1.019, True), (1.021, False)):
        assert long_lags.is_solved(ISLAND, None, share * problem.optimum, None) == solved


@every_order
def test_the_order_is_solved_when_every_answer_is_right(task):
    inputs, targets = long_lags.held_out(task)
    assert inputs.shape == (500, int(task.split()[-1]))
    model, logits = Oracle(task), np.zeros((*inputs.shape, 12))
    model.forward = lambda ids, state: (logits, state)
    np.put_along_axis(logits[:, -1], targets, 1, axis=-1)
    assert judge(task, model)
    logits[0, -1] = 1 - logits[0, -1]
    assert not judge(task, model)


def test_what_is_drawn_for_training_is_what_the_problem_draws_and_not_held_out():
    for task, (problem, recipe) in long_lags.TASKS.items():
        inputs, targets = long_lags.draw(problem, recipe, 3, seed=1)
        if task in ORDERS:
            np.testing.assert_array_equal(targets, problem.draw(3, 1)[1])
        else:
            assert inputs.shape == targets.shape == (3, recipe.length)
            np.testing.assert_array_equal(inputs[:, 1:], targets[:, :-1])
            problem.follow(inputs)  # refuses what is not of this language
        stored = RESULTS["rows"] + long_lags.store.read(long_lags.LAB)["rows"]
        longest = max(row["updates"] for row in stored if row["task"] == task)
        assert 10 * 1000 + longest < long_lags.HELD_OUT_SEED


@every_engine
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gates_that_are_set_to_keep_do_so(engine, cell):
    recipe = long_lags.TASKS[ORDERS[0]][1]
    model = long_lags.first_model(ORDERS[0], cell, long_lags.SET_TO_KEEP, engine, 0, recipe)
    found = gates(model, long_lags.held_out(ORDERS[0])[0][:2])
    for letter, expected in {"z": 0.98, "f": 0.98, "i": 0.02}.items():
        if letter in found:
            assert abs(found[letter] - expected).max() < 0.01
    logits, _ = model.forward(np.zeros((1, 1), int), model.init_state(1))
    likely = logits[0, 0] > -4
    assert long_lags.TASKS[ORDERS[0]][0].vocab.decode(np.flatnonzero(likely)) == "QRSU"


def test_the_long_visits_are_what_they_say():
    ids, due = long_lags.long_visits()
    island = long_lags.TASKS[ISLAND][0]
    for text, report in zip(map(island.vocab.decode, ids), island.vocab.decode(due), strict=True):
        before, visit = text[:40], text[40:]
        assert before[-1] == "."
        assert visit[0] in "KN"
        assert "." not in visit
        assert visit[-1] in "rs"
        assert report in "RS"
        island.nats(island.vocab.encode(visit + report))


# the rows


def test_every_run_is_stored_once_with_its_recipe():
    expected = {(*run, recipe.learning_rate) for *run, recipe in long_lags.runs()}
    found = [key(row) for row in RESULTS["rows"]]
    assert len(found) == len(set(found))
    assert set(found) == expected
    for row in RESULTS["rows"]:
        recipe = long_lags.recipe_for(row["task"], row["cell"], row["learning_rate"])
        recipe = long_lags.asdict(recipe)
        most = recipe.pop("updates")
        assert row | recipe == row
        assert row["updates"] == most if recipe["decay"] or not row["solved"] else most >= 100


@pytest.mark.parametrize(
    "wanted",
    [
        (REBER, "lstm", long_lags.AS_IT_COMES, "torch", 0, 0.01),
        pytest.param(
            (REBER, "lstm", long_lags.AS_IT_COMES, "keras", 0, 0.01), marks=pytest.mark.slow
        ),
        (ORDERS[0], "lstm", long_lags.SET_TO_KEEP, "torch", 2, 0.01),
        (ORDERS[0], "gru", long_lags.SET_TO_KEEP, "torch", 1, 0.01),
    ],
)
def test_a_row_can_be_trained_again(wanted):
    (stored,) = [row for row in RESULTS["rows"] if key(row) == wanted]
    _, row = train_again(*wanted)
    assert row.keys() == stored.keys()
    assert row["solved"]
    assert abs(row["updates"] - stored["updates"]) <= long_lags.CHECK_EVERY
    assert row["loss"] == pytest.approx(stored["loss"], abs=0.02)


def test_a_short_run_with_decay_ends_with_its_budget_and_looks_back():
    recipe = long_lags.Recipe(8, 0.02, updates=100, batch_size=5, length=10, decay=True)
    model, row = long_lags.train(ISLAND, "lstm", recipe=recipe)
    assert (row["updates"], row["solved"]) == (100, False)
    assert row["loss"] < long_lags.TASKS[ISLAND][0].chance
    np.testing.assert_allclose(
        row["influence"], influence(model, *long_lags.long_visits()), rtol=0.06
    )


@pytest.mark.parametrize("task", long_lags.TASKS)
def test_the_floors_are_those_of_the_problem(task):
    problem, found = long_lags.TASKS[task][0], RESULTS["floors"][task]
    assert found["chance"] == round(problem.chance, 4)
    assert found["optimum"] == round(problem.optimum, 4)
    if task not in ORDERS:
        model = NgramModel(4, len(problem.vocab)).fit(problem.draw(100_000, seed=1))
        nats = model.nats(problem.draw(50_000, seed=long_lags.HELD_OUT_SEED))
        assert found["ngrams"][3] == round(nats, 4)


# other starts


@pytest.mark.parametrize("name", ["STARTS", "LAB"])
def test_every_planned_run_of_another_start_is_stored_once(name):
    found = json.loads(getattr(long_lags, name).read_text(encoding="utf-8"))["rows"]
    stored = [long_lags.key(row) for row in found]
    planned = list(long_lags.runs(getattr(long_lags, f"{name}_RUNS")))
    assert len(stored) == len(planned)
    assert all(settings in planned for settings in stored)


@pytest.mark.parametrize("name", long_lags.KEPT)
def test_a_network_of_the_lab_is_the_median_and_as_good_as_its_row_says(name):
    model, _ = load(ROOT / "weights" / f"{name}.safetensors")
    made = weights_file.load(ROOT / "weights" / f"{name}.safetensors")[3]
    rows = long_lags.rows_of(name)
    row = rows[(len(rows) - 1) // 2]
    assert made | {"seconds": row["seconds"]} == row
    loss = mean_loss(model, *long_lags.held_out(made["task"]))
    assert loss == pytest.approx(row["loss"], abs=1e-3)


def test_the_lab_says_how_many_networks_learned_the_order():
    said = (ROOT / "chapters" / "lab.md").read_text(encoding="utf-8")
    solved = {name: [row["solved"] for row in long_lags.rows_of(name)] for name in long_lags.KEPT}
    assert all(all(found) for name, found in solved.items() if name.endswith("lstm"))
    counts = [f"{sum(f)} of {len(f)}" for name, f in solved.items() if name.endswith("rnn")]
    assert "the plain RNNs {} with 30 letters, {} with 100, {} with 200".format(*counts) in said


def test_the_recipe_makes_the_same_network_again(tmp_path):
    long_lags.keep("order_30_lstm", tmp_path)
    paths = (folder / "order_30_lstm.safetensors" for folder in (tmp_path, ROOT / "weights"))
    again, stored = (weights_file.load(path)[0]["W_hh"] for path in paths)
    np.testing.assert_allclose(again, stored, atol=1e-4)


def test_chrono_draws_a_lag_for_each_unit_up_to_the_length_of_the_texts():
    recipe = long_lags.TASKS["temporal order 200"][1]
    model = long_lags.first_model(
        "temporal order 200", "lstm", long_lags.CHRONO, "torch", 3, recipe
    )
    i, f = np.split(model.get_params()["b_h"][:32], 2)
    np.testing.assert_allclose(i, -f, rtol=1e-6)
    lags = np.exp(f) + 1
    assert 2 <= lags.min() < 60 < 140 < lags.max() <= 200


def test_the_identity_with_relu_keeps_what_it_holds():
    task, recipe = "temporal order 200", long_lags.recipe_for("temporal order 200", "rnn")
    model = long_lags.first_model(task, "rnn", long_lags.IDENTITY, "torch", 0, recipe)
    params = model.get_params()
    np.testing.assert_array_equal(params["W_hh"], np.eye(32))
    silent = {name: 0 * params[name] for name in ("embed", "W_xh", "b_h")}
    model.set_params(params | silent)
    state = np.linspace(0, 3, 32, dtype=np.float32).reshape(1, 1, 32)
    _, after = model.forward(np.zeros((1, 50), int), state)
    np.testing.assert_array_equal(after, state)


@pytest.mark.parametrize("start", [long_lags.FORGET, long_lags.SET_TO_KEEP, long_lags.IDENTITY])
def test_a_start_of_pytorch_changes_the_other_first_weights_alone(start):
    task, cell = "temporal order 200", "rnn" if start == long_lags.IDENTITY else "lstm"
    recipe = long_lags.recipe_for(task, cell)
    ours, theirs = (
        long_lags.first_model(task, cell, start + end, "torch", 2, recipe).get_params()
        for end in ("", long_lags.PYTORCH)
    )
    assert abs(ours["embed"]).max() <= 0.05 < 1 < abs(theirs["embed"]).max()
    assert abs(theirs["W_xh"]).max() <= recipe.hidden_size**-0.5
    if cell == "rnn":
        np.testing.assert_array_equal(theirs["W_hh"], np.eye(32))
        assert not theirs["b_h"].any()
    else:
        i, f, *_ = np.split(theirs["b_h"], 4)
        assert (f == long_lags.GATE_BIAS).all()
        assert (
            (i == -long_lags.GATE_BIAS).all()
            if start == long_lags.SET_TO_KEEP
            else abs(i).max() < 1
        )
    never = np.delete(theirs["b_y"], long_lags.TASKS[task][0].vocab.encode(long_lags.ANSWERS))
    assert (never == -8).all()


def test_a_cell_that_learned_nothing_is_no_latch():
    row = long_lags.latch("pytorch", 0, updates=2)
    assert abs(row["after K"] - row["after N"]) < 0.1
