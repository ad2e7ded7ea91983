"""How far back: against texts that are read whole, changed by hand."""

import numpy as np
import pytest

from benchmarks.hidden_states import reach_by_deleting
from rnnlib.functional import log_softmax
from rnnlib.probing import perturbation
from tests.helpers import (
    every_engine,
    every_kind,
    raises_sentence,
    random_params,
    shared_model,
    small_config,
)

IDS = np.random.default_rng(1).integers(7, size=(5, 9))


def ready(engine, cell, num_layers=1):
    """A float64 model with parameters of ordinary size."""
    model = shared_model(engine, "float64", cell, num_layers)
    model.set_params(random_params(small_config("float64", cell, num_layers)))
    return model


def expected(model, ids):
    """Log-probabilities (V,) after one text, read from zeros."""
    return log_softmax(model.forward(ids[None], model.init_state(1))[0][0, -1])


def divergence(p, q):
    """Term by term."""
    return sum(np.exp(a) * (a - b) for a, b in zip(p, q, strict=True))


def test_the_divergence_is_that_of_two_coins():
    p, q = np.log([0.5, 0.5]), np.log([0.25, 0.75])
    assert perturbation.kl(p, q) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))
    assert perturbation.kl(p, p) == 0


@every_engine
@every_kind
def test_deleting_is_reading_without_it(engine, cell, num_layers):
    model = ready(engine, cell, num_layers)
    found = reach_by_deleting(model, IDS, [1, 2, 5, 9])
    for row, k in zip(found, [1, 2, 5, 9], strict=True):
        for ids, kl in zip(IDS, row, strict=True):
            without = np.delete(ids, len(ids) - k)
            wanted = divergence(expected(model, ids), expected(model, without))
            assert kl == pytest.approx(wanted, abs=1e-9)


@every_kind
def test_replacing_is_reading_another_character(cell, num_layers):
    model, distances = ready("numpy", cell, num_layers), [1, 3, 9]
    rng = np.random.default_rng(4)
    found = perturbation.reach_by_replacing(model, IDS, distances, seed=4)
    for row, k in zip(found, distances, strict=True):
        changed = IDS.copy()
        changed[:, -k] = perturbation.draw_others(IDS[:, -k], IDS.ravel(), rng)
        for ids, other, kl in zip(IDS, changed, row, strict=True):
            wanted = divergence(expected(model, ids), expected(model, other))
            assert kl == pytest.approx(wanted, abs=1e-9)
            assert kl > 0


def test_another_character_is_never_the_same_and_as_frequent_as_in_the_text():
    rng = np.random.default_rng(0)
    found = perturbation.draw_others(np.zeros(6000, int), np.array([0, 0, 0, 1, 1, 2]), rng)
    assert set(found) == {1, 2}
    assert (found == 1).mean() == pytest.approx(2 / 3, abs=0.03)
    with raises_sentence(ValueError, "every id is 3"):
        perturbation.draw_others(np.array([3]), np.array([3, 3]), rng)


def test_a_network_that_looks_at_the_last_character_alone_reaches_no_further():
    config = small_config("float64")
    model = shared_model("numpy", "float64")
    params = random_params(config)
    model.set_params(params | {"W_hh": np.zeros_like(params["W_hh"])})
    for measure in (perturbation.reach_by_replacing, reach_by_deleting):
        found = measure(model, IDS, [1, 2, 5])
        if measure is perturbation.reach_by_replacing:
            assert (found[0] > 1e-3).all()
        np.testing.assert_allclose(found[1:], 0, atol=1e-12)


@pytest.mark.parametrize("distances", [[0, 1], [1, 10]])
def test_a_distance_outside_of_the_context_is_refused(distances):
    for measure in (perturbation.reach_by_replacing, reach_by_deleting):
        with raises_sentence(ValueError, "9 characters", str(distances)):
            measure(ready("numpy", "rnn"), IDS, distances)
