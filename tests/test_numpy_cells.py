"""The cells' equations against loops, and their chain rule against finite differences."""

import math

import numpy as np
import pytest

from rnnlib.functional import sigmoid
from rnnlib.models.char_rnn.numpy_cells import (
    BACKWARD_STEPS,
    STEPS,
    gru_gates,
    gru_step,
    lstm_gates,
    lstm_step,
    rnn_step,
    rnn_step_backward,
)
from tests.helpers import every_cell, numerical_gradient

CLOSE = {"rtol": 1e-6, "atol": 1e-9}
B, E, H = 3, 4, 5  # all different, so that a swapped axis cannot hide
BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}
ARGUMENTS = [
    (cell, name)
    for cell in STEPS
    for name in ("x", "state", "W_xh", "W_hh", *(["b_x"] if cell == "gru" else []), "b_h")
]


def draw_step(cell, seed=0):
    """The inputs of one step in float64: x, the state, and the weights as keyword arguments."""
    rng, wide = np.random.default_rng(seed), BLOCKS[cell] * H
    shapes = {"W_xh": (E, wide), "W_hh": (H, wide)}
    shapes |= {"b_x": (wide,), "b_h": (wide,)} if cell == "gru" else {"b_h": (wide,)}
    x, state = rng.normal(size=(B, E)), rng.normal(size=(B, 2 * H if cell == "lstm" else H))
    return x, state, {name: rng.normal(0, 0.6, shape) for name, shape in shapes.items()}


def logistic(a):
    """The sigmoid as it is defined, for one number of ordinary size."""
    return 1 / (1 + math.exp(-a))


def preactivations(b, j, x, h, weights):
    """Before tanh and sigmoid, for unit j of sequence b: [(from x, from h), ...] block by block."""
    found = []
    for column in range(j, weights["W_xh"].shape[1], H):
        from_x = sum(x[b, i] * weights["W_xh"][i, column] for i in range(E))
        from_h = sum(h[b, i] * weights["W_hh"][i, column] for i in range(H))
        b_x = weights["b_x"][column] if "b_x" in weights else 0.0
        found.append((from_x + b_x, from_h + weights["b_h"][column]))
    return found


def test_plain_step_is_the_equation_written_with_loops():
    x, h_prev, weights = draw_step("rnn")
    h = rnn_step(x, h_prev, **weights)
    for b, j in np.ndindex(B, H):
        ((from_x, from_h),) = preactivations(b, j, x, h_prev, weights)
        assert h[b, j] == pytest.approx(math.tanh(from_x + from_h), abs=1e-15)


def test_gru_step_is_the_equations_written_with_loops():
    x, h_prev, weights = draw_step("gru")
    h, gates = gru_step(x, h_prev, **weights), gru_gates(x, h_prev, **weights)
    for b, j in np.ndindex(B, H):
        update, reset, (from_x, from_h) = preactivations(b, j, x, h_prev, weights)
        z, r = logistic(sum(update)), logistic(sum(reset))
        g = math.tanh(from_x + r * from_h)  # the reset after the matrix product
        expected = [z, r, g, from_h]
        np.testing.assert_allclose([gate[b, j] for gate in gates], expected, rtol=0, atol=1e-14)
        assert h[b, j] == pytest.approx(z * h_prev[b, j] + (1 - z) * g, abs=1e-15)


def test_lstm_step_is_the_equations_written_with_loops():
    x, state, weights = draw_step("lstm")
    h_prev, c_prev = state[:, :H], state[:, H:]
    after, gates = lstm_step(x, state, **weights), lstm_gates(x, h_prev, **weights)
    for b, j in np.ndindex(B, H):
        a_i, a_f, a_g, a_o = map(sum, preactivations(b, j, x, h_prev, weights))
        i, f, g, o = logistic(a_i), logistic(a_f), math.tanh(a_g), logistic(a_o)
        np.testing.assert_allclose([gate[b, j] for gate in gates], [i, f, g, o], atol=1e-14)
        c = f * c_prev[b, j] + i * g
        assert after[b, j] == pytest.approx(o * math.tanh(c), abs=1e-15)
        assert after[b, H + j] == pytest.approx(c, abs=1e-15)


# the chain rule


@pytest.mark.parametrize(("cell", "name"), ARGUMENTS)
def test_backward_step_equals_finite_differences(cell, name):
    x, state, weights = draw_step(cell)
    arguments = {"x": x, "state": state} | weights
    d_after = np.random.default_rng(1).normal(size=state.shape)  # dL/d(after) of L = sum of both
    after = STEPS[cell](x, state, **weights)
    dx, d_state, grads = BACKWARD_STEPS[cell](d_after, x, state, after, **weights)
    found = {"x": dx, "state": d_state} | grads

    def loss():
        return (d_after * STEPS[cell](x, state, **weights)).sum()

    np.testing.assert_allclose(found[name], numerical_gradient(loss, arguments[name]), **CLOSE)
    assert set(found) == set(arguments)
    assert np.abs(found[name]).max() > 1e-2  # no gradient is zero by accident


@every_cell
def test_backward_step_leaves_its_inputs_alone(cell):
    x, state, weights = draw_step(cell)
    after = STEPS[cell](x, state, **weights)
    given = [x, state, after, *weights.values(), np.ones_like(state)]
    before = [value.copy() for value in given]
    BACKWARD_STEPS[cell](given[-1], x, state, after, **weights)
    for value, kept in zip(given, before, strict=True):
        np.testing.assert_array_equal(value, kept)


@every_cell
def test_float32_stays_float32(cell):
    x, state, weights = draw_step(cell)
    x, state, ones = (value.astype("float32") for value in (x, state, np.ones_like(state)))
    weights = {name: value.astype("float32") for name, value in weights.items()}
    after = STEPS[cell](x, state, **weights)
    dx, d_state, grads = BACKWARD_STEPS[cell](ones, x, state, after, **weights)
    assert {value.dtype for value in (after, dx, d_state, *grads.values())} == {np.dtype("float32")}


# what gates can do


def test_a_saturated_unit_of_the_plain_cell_passes_no_gradient():
    one = np.ones((1, 1))
    h = rnn_step(100 * one, one, one, one, np.zeros(1))
    _, dh_prev, grads = rnn_step_backward(one, 100 * one, one, h, one, one, np.zeros(1))
    assert (h.item(), dh_prev.item(), grads["W_xh"].item()) == (1, 0, 0)


# the sigmoid


def test_sigmoid_is_right_to_the_last_digits_and_overflows_nowhere():
    a = np.array([-1000.0, -700, -40, -20, -3, -1e-9, 0, 1e-9, 0.3, 2, 20, 40, 700, 1000])
    with np.errstate(all="raise"):
        found = sigmoid(a)
        assert np.isfinite(sigmoid(a.astype("float32"))).all()
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(found, 1 / (1 + np.exp(-a)), rtol=0, atol=1e-15)
    assert (found[0], found[6], found[-1]) == (0, 0.5, 1)
    np.testing.assert_allclose(sigmoid(-a), 1 - found, rtol=0, atol=1e-15)
    assert sigmoid(np.float32(0.5)).dtype == np.float32
