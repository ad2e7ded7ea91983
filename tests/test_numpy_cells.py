"""The cell's equations and their chain rule, against the definition and finite differences."""

import numpy as np
import pytest

from rnnlib.numpy_cells import rnn_step, rnn_step_backward
from rnnlib.numpy_model import CharRNN
from tests.helpers import numerical_gradient, random_batch, random_params, small_config

CLOSE = {"rtol": 1e-6, "atol": 1e-9}
NAMES = ["embed", "W_xh", "W_hh", "b_h", "W_hy", "b_y"]


@pytest.fixture
def step():
    """The inputs of one step, float64: B, E and H differ, so a swapped axis cannot hide."""
    rng = np.random.default_rng(0)
    shapes = {"x": (3, 4), "h_prev": (3, 5), "W_xh": (4, 5), "W_hh": (5, 5), "b_h": (5,)}
    return {name: rng.normal(0, 0.6, shape) for name, shape in shapes.items()}


def test_step_is_the_equation_written_with_loops(step):
    h = rnn_step(**step)
    for b, j in np.ndindex(3, 5):
        a = step["b_h"][j]
        a += sum(step["x"][b, i] * step["W_xh"][i, j] for i in range(4))
        a += sum(step["h_prev"][b, i] * step["W_hh"][i, j] for i in range(5))
        assert h[b, j] == pytest.approx(np.tanh(a), abs=1e-15)


@pytest.mark.parametrize("name", ["x", "h_prev", "W_xh", "W_hh", "b_h"])
def test_backward_step_equals_finite_differences(step, name):
    dh = np.random.default_rng(1).normal(size=(3, 5))  # L = sum of dh * h has dL/dh = dh
    x, h_prev, W_xh, W_hh, _ = step.values()
    dx, dh_prev, grads = rnn_step_backward(dh, x, h_prev, rnn_step(**step), W_xh, W_hh)
    found = {"x": dx, "h_prev": dh_prev} | grads
    expected = numerical_gradient(lambda: (dh * rnn_step(**step)).sum(), step[name])
    np.testing.assert_allclose(found[name], expected, **CLOSE)


def test_backward_step_leaves_its_inputs_alone(step):
    before = {name: value.copy() for name, value in step.items()}
    x, h_prev, W_xh, W_hh, _ = step.values()
    rnn_step_backward(np.ones((3, 5)), x, h_prev, rnn_step(**step), W_xh, W_hh)
    for name, value in before.items():
        np.testing.assert_array_equal(step[name], value)


def test_four_steps_chained_give_the_gradient_of_the_first_state(step):
    _, h_0, W_xh, W_hh, b_h = step.values()
    rng = np.random.default_rng(2)
    xs, weights = rng.normal(size=(4, 3, 4)), rng.normal(size=(3, 5))

    def run():
        hs = [h_0]
        for x in xs:
            hs.append(rnn_step(x, hs[-1], W_xh, W_hh, b_h))
        return hs

    hs, dh = run(), weights
    for t in reversed(range(4)):
        _, dh, _ = rnn_step_backward(dh, xs[t], hs[t], hs[t + 1], W_xh, W_hh)
    expected = numerical_gradient(lambda: (weights * run()[-1]).sum(), h_0)
    np.testing.assert_allclose(dh, expected, **CLOSE)


def test_a_saturated_unit_passes_no_gradient():
    one = np.ones((1, 1))
    h = rnn_step(100 * one, one, one, one, np.zeros(1))
    _, dh_prev, grads = rnn_step_backward(one, 100 * one, one, h, one, one)
    assert (h.item(), dh_prev.item(), grads["W_xh"].item()) == (1, 0, 0)


@pytest.mark.parametrize("K", [1, 2, 6], ids=lambda K: f"K={K}")
@pytest.mark.parametrize("name", NAMES)
def test_every_gradient_of_the_model_equals_finite_differences(name, K):
    config = small_config("float64")
    model, params = CharRNN(config), random_params(config)
    ids, targets, state = random_batch(config, K=K)

    def loss():
        model.set_params(params)
        return model.loss_and_grads(ids, targets, state)[0]

    expected = numerical_gradient(loss, params[name])
    loss()
    found = model.loss_and_grads(ids, targets, state)[1][name]
    np.testing.assert_allclose(found, expected, **CLOSE)
    assert np.abs(found).max() > 1e-3  # no gradient is zero by accident


def test_a_character_read_twice_collects_both_gradients():
    config = small_config("float64")
    model = CharRNN(config)
    model.set_params(random_params(config))
    ids, targets, state = np.array([[3, 3, 3, 3]]), np.array([[1, 2, 3, 4]]), model.init_state(1)
    repeated = model.loss_and_grads(ids, targets, state)[1]["embed"]
    assert (np.abs(repeated).sum(axis=1) > 0).tolist() == [False] * 3 + [True] + [False] * 3
    params = model.get_params()
    params["embed"][[0, 1, 2]] = params["embed"][3]  # four rows with one meaning: read apart
    model.set_params(params)
    apart = model.loss_and_grads(np.array([[0, 1, 2, 3]]), targets, state)[1]["embed"]
    np.testing.assert_allclose(repeated[3], apart.sum(axis=0), atol=1e-14)


def test_the_loss_is_the_mean_of_minus_log_probability_by_hand():
    config = small_config("float64")
    model, params = CharRNN(config), random_params(config)
    model.set_params(params)
    ids, targets, state = random_batch(config, B=2, T=4, K=2)
    losses, h = [], state[0]
    for t in range(4):
        h = rnn_step(params["embed"][ids[:, t]], h, *(params[n] for n in ("W_xh", "W_hh", "b_h")))
        if t >= 2:
            probs = np.exp(h @ params["W_hy"] + params["b_y"])
            probs /= probs.sum(axis=1, keepdims=True)
            losses += [-np.log(probs[b, targets[b, t - 2]]) for b in range(2)]
    loss, _, last = model.loss_and_grads(ids, targets, state)
    assert loss == pytest.approx(np.mean(losses), abs=1e-14)
    np.testing.assert_allclose(last, h[None], atol=1e-14)
