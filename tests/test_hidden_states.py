"""States while a text is read: against the three engines step by step; the widest directions."""

import numpy as np

from rnnlib.functional import log_softmax
from rnnlib.probing import hidden_states
from tests.helpers import (
    assert_refused,
    every_engine,
    every_kind,
    random_params,
    shared_model,
    small_config,
)

IDS = np.random.default_rng(3).integers(7, size=47)


def ready(engine, cell, num_layers):
    """A float64 model with parameters of ordinary size."""
    model = shared_model(engine, "float64", cell, num_layers)
    model.set_params(random_params(small_config("float64", cell, num_layers)))
    return model


def step_through(model, ids, state):
    """Rows of states and log-probabilities, one character after the other."""
    found, expected = [], []
    for t in range(len(ids)):
        logits, state = model.forward(ids[None, t : t + 1], state)
        found.append(np.concatenate([layer[0] for layer in state]))
        expected.append(log_softmax(logits[0, 0]))
    return np.array(found), np.array(expected)


@every_engine
@every_kind
def test_a_row_is_what_the_engine_itself_steps_through(engine, cell, num_layers):
    model = ready(engine, cell, num_layers)
    found, log_probs = hidden_states.record(model, IDS, length=10, warm=4)
    assert found.shape == (40, num_layers * model.config.state_size)
    for row in range(4):
        start, warm = 10 * row, 4 if row else 0
        piece = IDS[start - warm : start + 10]
        wanted, expected = step_through(model, piece, model.init_state(1))
        np.testing.assert_allclose(found[start : start + 10], wanted[warm:], atol=1e-12)
        np.testing.assert_allclose(log_probs[start : start + 10], expected[warm:], atol=1e-12)


def test_one_row_is_the_long_read_and_without_warmth_every_row_begins_with_zeros():
    model = ready("numpy", "gru", 2)
    long, _ = hidden_states.record(model, IDS, length=47, warm=0)
    np.testing.assert_allclose(long, step_through(model, IDS, model.init_state(1))[0], atol=1e-12)
    cold, _ = hidden_states.record(model, IDS, length=10, warm=0)
    np.testing.assert_allclose(
        cold[20:30], step_through(model, IDS[20:30], model.init_state(1))[0], atol=1e-12
    )
    assert np.abs(cold[20] - long[20]).max() > 1e-3


def test_rows_and_states_turn_into_each_other():
    state = np.random.default_rng(0).normal(size=(3, 5, 2))
    rows = hidden_states.as_rows(state)
    np.testing.assert_array_equal(rows[4], state[:, 4].ravel())
    np.testing.assert_array_equal(hidden_states.as_state(rows, 3), state)


def test_what_holds_no_row_is_refused():
    cases = [
        ({"length": 48}, "48"),
        ({"length": 10, "warm": 11}, "11"),
        ({"length": 0}, "length"),
        ({"ids": IDS[None]}, "(1, 47)"),
    ]
    assert_refused(
        lambda changes: hidden_states.record(shared_model("numpy"), **{"ids": IDS} | changes), cases
    )


def test_the_widest_directions_are_those_that_were_planted():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    planted = rng.normal(size=(50_000, 6)) * [5, 3, 1, 0.5, 0.1, 0.1]
    mean, directions, shares = hidden_states.principal_components(planted @ axes.T + 7, 2)
    np.testing.assert_allclose(mean, 7, atol=0.1)
    np.testing.assert_allclose(np.abs(directions @ axes[:, :2]), np.eye(2), atol=0.02)
    np.testing.assert_allclose(shares, np.array([25, 9]) / 35.27, atol=0.01)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
