"""Changes of the state while a network reads: erased, patched, moved; and what they cost whom."""

import numpy as np
import pytest

from benchmarks import hidden_states as study
from rnnlib.functional import log_softmax
from rnnlib.probing import patching
from rnnlib.probing.hidden_states import as_rows
from rnnlib.probing.probes import Ridge, score
from tests.helpers import (
    every_engine,
    every_kind,
    random_batch,
    random_params,
    shared_model,
    small_config,
)

T, B, N, D = 6, 3, 4000, 8


def ready(engine, cell, num_layers):
    """A float64 model with parameters of ordinary size, ids (B, T) and states (B, D)."""
    config = small_config("float64", cell, num_layers)
    model = shared_model(engine, "float64", cell, num_layers)
    model.set_params(random_params(config))
    ids, _, state = random_batch(config, B, T)
    return model, ids, as_rows(state), state


def planted(kind="number", seed=0):
    """States whose units are mixed and of different size, and a value that two of them hold."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(N, D)) @ rng.normal(size=(D, D)) * 10.0 ** np.linspace(-1, 1, D) + 3
    values = states[:, 0] * 5 + states[:, 4] + 0.3 * rng.normal(size=N)
    return states, values > values.mean() if kind == "yes/no" else values


# reading with changes


@every_engine
@every_kind
def test_without_a_change_it_is_what_the_model_reads(engine, cell, num_layers):
    model, ids, states, state = ready(engine, cell, num_layers)
    logits, last = model.forward(ids, state)
    found = patching.read_changed(model, ids, states)
    np.testing.assert_allclose(found.log_probs, log_softmax(logits), atol=1e-10)
    np.testing.assert_allclose(found.states, as_rows(last), atol=1e-10)
    assert not found.moves.any()


def test_to_patch_everything_is_to_read_from_the_other_text():
    model, ids, states, _ = ready("numpy", "lstm", 2)
    others = np.random.default_rng(5).normal(size=states.shape)
    found = patching.read_changed(model, ids, states, lambda s, t: others if t == 2 else s)
    wanted = patching.read_changed(model, ids[:, 2:], others)
    np.testing.assert_array_equal(found.log_probs[:, 2:], wanted.log_probs)
    unchanged = patching.read_changed(model, ids, states)
    np.testing.assert_array_equal(found.log_probs[:, :2], unchanged.log_probs[:, :2])
    assert not found.moves[:, [0, 1, 3, 4, 5]].any()
    assert np.abs(found.log_probs[:, 2] - unchanged.log_probs[:, 2]).max() > 0.01


def test_moves_are_what_was_added():
    model, ids, states, _ = ready("numpy", "gru", 2)
    found = patching.read_changed(model, ids, states, lambda s, t: s + t)
    np.testing.assert_allclose(
        found.moves,
        np.broadcast_to(np.arange(T)[:, None], found.moves.shape[1:])[None].repeat(B, axis=0),
    )


def test_nats_are_those_of_the_targets():
    log_probs = np.log(np.array([[[0.5, 0.25, 0.25]], [[0.1, 0.1, 0.8]]]))
    found = patching.nats_of_targets(log_probs, np.array([[1], [2]]))
    np.testing.assert_allclose(found, [[np.log(4)], [-np.log(0.8)]])


# erasing


@pytest.mark.parametrize("kind", ["number", "yes/no"])
@pytest.mark.parametrize("penalty", [0.0, 1e-3, 1.0])
def test_after_erasure_no_linear_probe_reads_it(kind, penalty):
    states, values = planted(kind)
    before = Ridge(states).fit(values[:, None] * 1.0, 0.0)[0](states)
    assert score(kind, values, before) > 0.9
    erased = patching.leace(states, values, penalty).erase(states)
    covariance = (erased - erased.mean(axis=0)).T @ (values - values.mean()) / N
    scale = erased.std(axis=0) * values.std()
    assert np.abs(covariance / scale).max() < 1e-10
    after = Ridge(erased).fit(values[:, None] * 1.0, 1e-6)[0](erased)
    assert np.ptp(after) < 1e-6


def test_what_does_not_covary_with_it_is_unharmed():
    states, values = planted()
    direction = patching.leace(states, values)
    moved = states - direction.erase(states)
    assert np.linalg.matrix_rank(moved, tol=1e-8 * np.linalg.norm(moved)) == 1
    across = np.linalg.svd(direction.direction[None])[2][1:]  # (D - 1, D), orthogonal to it
    np.testing.assert_allclose(across @ moved.T, 0, atol=1e-8)
    np.testing.assert_allclose(direction.erase(direction.erase(states)), direction.erase(states))


def test_leace_moves_the_states_least():
    """Belrose et al. (2023): in the metric of the states, no other erasure moves them less."""
    states, values = planted()
    found = patching.leace(states, values, penalty=0.0)
    centred = states - states.mean(axis=0)
    weights = np.linalg.inv(centred.T @ centred / N)

    def cost(direction):
        moved = states - direction.erase(states)
        return np.einsum("ni,ij,nj->", moved, weights, moved) / N

    rng = np.random.default_rng(0)
    for size in (0.01, 0.1, 1.0):
        for _ in range(5):
            reader = found.reader + size * rng.normal(size=D) * np.abs(found.reader)
            reader /= reader @ found.direction
            other = patching.Direction(found.mean, found.direction, reader)
            left = other.erase(states) - states.mean(axis=0)
            assert np.abs(left.T @ (values - values.mean()) / N).max() < 1e-6  # it erases as well
            assert cost(other) > cost(found)


def test_amounts_are_in_the_unit_of_the_values_and_can_be_put():
    states, values = planted()
    direction = patching.leace(states, values, penalty=0.0)
    amounts = direction.amounts(states)
    assert np.polyfit(values, amounts, 1) == pytest.approx([1, -values.mean()])
    assert direction.direction @ direction.reader == pytest.approx(1)
    put = direction.put(states, amounts[::-1])
    np.testing.assert_allclose(direction.amounts(put), amounts[::-1], atol=1e-8)
    np.testing.assert_allclose(direction.put(put, amounts), states, atol=1e-8)


def test_a_unit_that_is_erased_is_held_at_its_mean():
    states, _ = planted()
    erased = study.unit_direction(states, 3).erase(states)
    np.testing.assert_allclose(erased[:, 3], states[:, 3].mean())
    np.testing.assert_array_equal(np.delete(erased, 3, axis=1), np.delete(states, 3, axis=1))


def test_the_unit_that_goes_along_most_is_found():
    states, _ = planted()
    unit, correlation = study.find_unit(states, -2 * states[:, 6] + 1)
    assert (unit, correlation) == (6, pytest.approx(-1))
    states[:, 6] = 0
    assert study.find_unit(states, states[:, 2])[0] == 2


# the control: the same moves elsewhere


def test_a_typical_direction_is_one_in_which_the_states_vary():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 6))
    states = 5 + np.outer(rng.normal(size=300), one) + 0.1 * np.outer(rng.normal(size=300), two)
    drawn = np.array([patching.typical_direction(states, rng) for _ in range(200)])
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1)
    basis = np.linalg.qr(np.stack([one, two], axis=1))[0]
    np.testing.assert_allclose(drawn @ basis @ basis.T, drawn, atol=1e-12)  # in their plane
    along = np.abs(drawn @ one) / np.linalg.norm(one)
    assert np.median(along) > 0.98  # and mostly where they vary most
    assert 0.3 < np.mean(drawn @ one > 0) < 0.7
    assert patching.typical_direction(states.astype(np.float32), rng).dtype == np.float32


def test_the_control_moves_every_state_as_far_along_another_direction():
    model, ids, states, _ = ready("numpy", "gru", 2)
    rng = np.random.default_rng(0)
    direction = patching.leace(rng.normal(size=(100, 10)), rng.normal(size=100))
    erased = patching.read_changed(model, ids, states, direction.erase)
    other = study.random_direction(rng.normal(size=(50, 10)) * np.arange(10), rng)
    assert np.linalg.norm(other) == pytest.approx(1)
    assert other[0] == 0  # a unit that never moves
    change = patching.matched_moves(erased.moves, direction.direction, other)
    found = patching.read_changed(model, ids, states, change)
    lengths = [np.linalg.norm(moves, axis=-1) for moves in (found.moves, erased.moves)]
    np.testing.assert_allclose(*lengths, atol=1e-12)
    np.testing.assert_allclose(
        np.abs(found.moves @ other), np.linalg.norm(found.moves, axis=-1), atol=1e-12
    )
    signs = np.sign(erased.moves @ direction.direction)
    np.testing.assert_array_equal(np.sign(found.moves @ other), signs)


# who suffers


def test_effects_are_means_by_class_with_intervals_over_rows():
    rng = np.random.default_rng(0)
    classes = rng.integers(3, size=(40, 30))
    added = np.array([0.0, 1.0, 2.0])[classes] + rng.normal(size=(40, 30))
    found = patching.effects(added, classes, ["a", "b", "c", "none"])
    for number, name in enumerate("abc"):
        mean, low, high = found[name]
        assert mean == pytest.approx(added[classes == number].mean())
        assert low < number < high
        assert high - low == pytest.approx(4 / np.sqrt((classes == number).sum()), rel=0.3)
    assert np.isnan(found["none"]).all()


def test_a_lead_is_that_of_the_chosen_over_all_others():
    rng = np.random.default_rng(0)
    chosen = rng.random((40, 30)) < 0.2
    added = 0.5 * chosen + rng.normal(size=(40, 30))
    mean, low, high = study.mean_difference(added, chosen)
    assert mean == pytest.approx(added[chosen].mean() - added[~chosen].mean())
    assert low < 0.5 < high
    nothing = study.mean_difference(rng.normal(size=(40, 30)), chosen)
    assert nothing[1] < 0 < nothing[2]


def test_rows_that_resemble_themselves_make_intervals_wide():
    rng = np.random.default_rng(0)
    row = rng.normal(size=(40, 1)).repeat(30, axis=1)
    chosen = np.ones((40, 30), bool)
    chosen[:, ::2] = False
    wide = patching.effects(row, chosen.astype(int), ["no", "yes"])["yes"]
    assert wide[2] - wide[1] == pytest.approx(4 / np.sqrt(40), rel=0.3)
    lead = study.mean_difference(row, chosen)
    assert lead[2] - lead[1] < 1e-9  # within a row both classes are hit alike
