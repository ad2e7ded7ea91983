"""The adding problem: the nets are those of the frameworks, and what is stored is whole."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import adding, starts
from benchmarks.adding import NETS, SEEDS, Job
from rnnlib.tasks.synthetic import AddingProblem

FOUND = json.loads(adding.RESULTS.read_text(encoding="utf-8"))
ROWS = {adding.job_of(row): row for row in FOUND["rows"]}
FLOOR = 1 / 6
every_framework = pytest.mark.parametrize("framework", NETS)
every_cell = pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])


def ten(framework, cell):
    """The ten rows that a claim is about, at the rate chosen from the stored search."""
    jobs = adding.final(FOUND["rows"])
    return [ROWS[job] for job in jobs if job[:2] == (framework, cell)]


def at_the_floor(error):
    """Within five per cent: the 10,000 test examples alone move the floor by one or two."""
    return abs(error - FLOOR) < 0.05 * FLOOR


# what is stored


def test_the_stored_recipe_is_that_of_the_code():
    assert FOUND["recipe"] == adding.RECIPE
    assert FOUND["floor"] == pytest.approx(FLOOR, abs=1e-5)
    assert set(FOUND["versions"]) == {"torch", "keras"}


def test_every_job_of_the_code_has_one_row_and_no_row_is_left_over():
    jobs = [*adding.search(), *adding.final(FOUND["rows"]), *adding.lags(), *adding.long_run()]
    jobs += adding.smaller()
    assert Counter(map(adding.job_of, FOUND["rows"])) == Counter(dict.fromkeys(jobs, 1))


def test_the_seeds_that_choose_the_rates_do_not_judge_them():
    assert not set(adding.SEARCH_SEEDS) & {*SEEDS, *adding.SMALL_SEEDS}
    for cell in adding.CELLS:
        tried = Counter(job.rate for job in adding.search() if job[:2] == cell)
        assert tried == dict.fromkeys(adding.LEARNING_RATES, len(adding.SEARCH_SEEDS))


def test_a_run_stops_when_it_is_good_enough_and_else_at_the_end_of_its_budget():
    for job, row in ROWS.items():
        *before, last = row["curve"]
        assert len(row["curve"]) * adding.CHECK_EVERY == row["steps"] <= job.budget, job
        assert min(before, default=1) >= adding.STOP_BELOW, job
        assert last < adding.STOP_BELOW or row["steps"] == job.budget, job
        assert row["mse"] == pytest.approx(last, rel=0.3), job  # validation and test agree


def test_the_identity_layer_passes_on_what_it_holds():
    layer = adding.plain_layer()
    held = torch.arange(float(adding.HIDDEN))[None, None]
    _, kept = layer(torch.zeros(1, 50, 2), held)
    torch.testing.assert_close(kept, held)


def test_the_identity_adds_at_smaller_rates_in_both_frameworks_and_takes_longer():
    rows = [ROWS[job] for job in adding.smaller()]
    assert Counter(row["framework"] for row in rows) == {"torch": 6, "keras": 3}
    assert max(row["rate"] for row in rows) < min(adding.LEARNING_RATES)
    assert all(row["mse"] < 0.01 for row in rows)
    slow = [row["steps"] for row in rows if row["framework"] == "torch"]
    assert np.mean(slow) > 1.5 * np.mean([row["steps"] for row in ten("torch", "irnn")])


def test_the_identity_layer_of_keras_passes_on_what_it_holds():
    layer, held = adding.KERAS_LAYERS["irnn"](adding.HIDDEN), np.arange(32, dtype="float32")[None]
    kept = layer(np.zeros((1, 50, 2), "float32"), initial_state=held)
    np.testing.assert_array_equal(kept, held)


# the nets


def test_the_floor_is_the_error_of_the_best_constant():
    _, sums = AddingProblem(adding.LENGTH).draw(*adding.TEST)
    assert at_the_floor(np.var(sums))
    assert min(np.mean((sums - c) ** 2) for c in np.arange(0, 2, 0.05)) >= np.var(sums)


@every_framework
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_stored_run_can_be_begun_again(framework, cell):
    stored = ten(framework, cell)[0]
    found = adding.train(adding.job_of(stored)._replace(budget=adding.CHECK_EVERY))
    assert found["curve"][0] == pytest.approx(stored["curve"][0], abs=2e-4)


@pytest.mark.parametrize(
    ("framework", "cell"),
    [
        ("torch", "gru"),
        ("torch", "lstm"),
        ("keras", "gru"),
        pytest.param("keras", "lstm", marks=pytest.mark.slow),
    ],
)
def test_gates_add_over_10_steps_within_600(framework, cell):
    found = adding.train(Job(framework, cell, 10, 0.01, seed=0, budget=600))
    assert found["mse"] < 0.01


@every_cell
def test_learning_is_the_loop_one_would_write_by_hand(cell):
    inputs, targets = AddingProblem(12).draw(4 * adding.BATCH, seed=0)
    net, ours = (adding.TorchNet(cell, 0.01, seed=3) for _ in range(2))
    net.learn(inputs, 100 * targets)  # large errors, so that clipping counts
    adam = torch.optim.Adam(ours.parameters(), 0.01)
    for start in range(0, len(inputs), 50):
        hs, _ = ours.layer(torch.tensor(inputs[start : start + 50]))
        errors = ours.out(hs[:, -1])[:, 0] - torch.tensor(100 * targets[start : start + 50])
        loss = (errors**2).mean()
        adam.zero_grad()
        loss.backward()
        norm = torch.cat([p.grad.ravel() for p in ours.parameters()]).norm()
        assert norm > 1
        for p in ours.parameters():
            p.grad /= norm
        adam.step()
    for theirs, mine in zip(net.parameters(), ours.parameters(), strict=True):
        torch.testing.assert_close(theirs, mine, rtol=0, atol=2e-5)


def test_both_frameworks_learn_alike_from_the_same_weights():
    """The plain cell: between the two nets only the first values differ, and a second bias."""
    theirs, ours = (NETS[name]("rnn", 0.01, seed=3) for name in ("keras", "torch"))
    nn.init.zeros_(ours.layer.bias_hh_l0).requires_grad_(False)  # Keras has one bias
    weights = [p.detach().numpy().T for p in ours.parameters()]  # they follow the training
    del weights[3]  # the second bias
    theirs.net.set_weights(weights)
    inputs, targets = AddingProblem(12).draw(8 * adding.BATCH, seed=0)
    for net in (theirs, ours):
        net.learn(inputs, 100 * targets)
    for now, wanted in zip(theirs.net.get_weights(), weights, strict=True):
        assert np.abs(now - wanted).mean() < 1e-4  # Adam moved each by up to 0.08


# the ways to start


STARTS = json.loads(starts.RESULTS.read_text(encoding="utf-8"))


def test_the_errors_of_every_start_and_seed_are_stored():
    assert STARTS["recipe"] == starts.RECIPE
    names = {f"{recurrent}, {act}" for recurrent in starts.RECURRENT for act in starts.ACTIVATIONS}
    assert set(STARTS["errors"]) == names
    assert {len(errors) for errors in STARTS["errors"].values()} == {len(starts.SEEDS)}


@pytest.mark.parametrize("activation", starts.ACTIVATIONS)
def test_the_starts_are_what_they_are_called(activation):
    W = {
        name: starts.make(name, activation, 3).layer.weight_hh_l0.detach()
        for name in starts.RECURRENT
    }
    eye = torch.eye(32)
    assert torch.equal(W["identity"], eye)
    torch.testing.assert_close(W["orthogonal"] @ W["orthogonal"].T, eye, rtol=0, atol=1e-5)
    torch.manual_seed(3)
    assert torch.equal(W["uniform"], nn.RNN(2, 32).weight_hh_l0)
    assert starts.make("identity", activation, 3).layer.nonlinearity == activation


def test_every_start_and_every_seed_reaches_the_training(monkeypatch):
    monkeypatch.setitem(starts.RECIPE, "updates", 3)
    ways = [*itertools.product(starts.RECURRENT, starts.ACTIVATIONS, (0, 1))]
    errors = {starts.error(*way) for way in ways}
    assert len(errors) == len(ways)
    assert errors == {starts.error(*way) for way in ways}


@pytest.mark.parametrize(
    "name",
    [
        "identity, relu",
        pytest.param("identity, tanh", marks=pytest.mark.slow),
        pytest.param("uniform, relu", marks=pytest.mark.slow),
    ],
)
def test_a_start_run_again_ends_on_the_stored_side(name):
    stored, again = STARTS["errors"][name][0], starts.error(*name.split(", "), 0)
    assert (again < 0.05, again > 0.15) == (stored < 0.05, stored > 0.15), again
