"""Backpropagation through time against finite differences: parameters, states, cut texts."""

import numpy as np
import pytest

from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.models.char_rnn.numpy_cells import STEPS
from rnnlib.models.char_rnn.numpy_model import CharRNN
from rnnlib.models.parts import shapes
from tests.helpers import (
    every_cell,
    every_kind,
    numerical_gradient,
    random_batch,
    random_params,
    small_config,
)

CLOSE = {"rtol": 1e-6, "atol": 1e-9}
T = 4
every_depth = pytest.mark.parametrize("num_layers", [1, 2])


def draw(cell, num_layers):
    """A float64 config, parameters of ordinary size, and ids, targets (B, T) and a state."""
    config = small_config("float64", cell, num_layers)
    return config, random_params(config), *random_batch(config, B=2, T=T)


def nats(params, config, ids, targets, state):
    """The loss after every step, (T,), mean over the sequences; written without output_loss."""
    _, hs = numpy_bptt.forward(params, config, ids, state)
    probs = np.exp(hs @ params["W_hy"] + params["b_y"])
    picked = np.take_along_axis(probs, targets[..., None], axis=-1)[..., 0]
    return -np.log(picked / probs.sum(axis=-1)).mean(axis=0)


def mean_of_last(losses):
    """The mean over the last K steps, for K = 1 .. T."""
    return np.cumsum(losses[::-1]) / np.arange(1, len(losses) + 1)


def gradients(params, config, ids, targets, state):
    """The gradients of every parameter, and those for the state before every step."""
    layers, hs = numpy_bptt.forward(params, config, ids, state)
    _, dhs, grads = numpy_bptt.output_loss(params, hs, targets)
    more, before = numpy_bptt.backward(params, config, ids, layers, dhs, np.zeros_like(state))
    return grads | more, before


@every_depth
@every_cell
def test_every_gradient_equals_finite_differences_for_every_number_of_targets(cell, num_layers):
    config, params, ids, targets, state = draw(cell, num_layers)
    found = {K: gradients(params, config, ids, targets[:, -K:], state)[0] for K in range(1, T + 1)}
    for name in shapes(config):
        expected = numerical_gradient(
            lambda: mean_of_last(nats(params, config, ids, targets, state)), params[name]
        )
        for K, grads in found.items():
            np.testing.assert_allclose(grads[name], expected[..., K - 1], **CLOSE, err_msg=name)
            assert np.abs(grads[name]).max() > 1e-3  # no gradient is zero by accident


@every_depth
@every_cell
def test_gradient_for_the_state_before_every_step_equals_finite_differences(cell, num_layers):
    config, params, ids, targets, state = draw(cell, num_layers)
    _, before = gradients(params, config, ids, targets, state)
    assert before.shape == (num_layers, 2, T, config.state_size)
    for t in range(T):
        if t > 0:
            state = numpy_bptt.last_state(
                numpy_bptt.forward(params, config, ids[:, t - 1 : t], state)[0]
            )
        expected = numerical_gradient(
            lambda t=t, at=state: nats(params, config, ids[:, t:], targets[:, t:], at).sum() / T,
            state,
        )
        np.testing.assert_allclose(before[:, :, t], expected, **CLOSE)
        assert np.abs(expected).max(axis=(1, 2)).min() > 1e-4  # in every layer


@every_depth
@every_cell
def test_what_arrives_at_the_last_state_is_sent_back_too(cell, num_layers):
    config, params, ids, _, state = draw(cell, num_layers)
    d_last = np.random.default_rng(1).normal(size=state.shape)
    layers, hs = numpy_bptt.forward(params, config, ids, state)
    grads, before = numpy_bptt.backward(params, config, ids, layers, np.zeros_like(hs), d_last)

    def loss():
        return (
            d_last * numpy_bptt.last_state(numpy_bptt.forward(params, config, ids, state)[0])
        ).sum()

    np.testing.assert_allclose(before[:, :, 0], numerical_gradient(loss, state), **CLOSE)
    for name in grads:
        np.testing.assert_allclose(grads[name], numerical_gradient(loss, params[name]), **CLOSE)
    assert set(shapes(config)) - set(grads) == {"W_hy", "b_y"}


@every_kind
def test_read_steps_every_layer_through_the_text(cell, num_layers):
    config, params, ids, _, state = draw(cell, num_layers)
    layers, hs = numpy_bptt.forward(params, config, ids, state)
    below = params["embed"][ids]
    for layer, (xs, states) in enumerate(layers):
        np.testing.assert_array_equal(xs, below)
        np.testing.assert_array_equal(states[:, 0], state[layer])
        weights = config.layers()[layer].weights(params)
        for t in range(T):
            expected = STEPS[cell](xs[:, t], states[:, t], **weights)
            np.testing.assert_array_equal(states[:, t + 1], expected)
        below = states[:, 1:, :5]
    np.testing.assert_array_equal(hs, below)
    np.testing.assert_array_equal(
        numpy_bptt.last_state(layers), [states[:, -1] for _, states in layers]
    )


@every_kind
def test_the_loss_is_the_mean_of_minus_log_probability(cell, num_layers):
    config, params, ids, targets, state = draw(cell, num_layers)
    model = CharRNN(config)
    model.set_params(params)
    expected = mean_of_last(nats(params, config, ids, targets, state))
    for K in range(1, T + 1):
        loss, _, last = model.loss_and_grads(ids, targets[:, -K:], state)
        assert loss == pytest.approx(expected[K - 1], abs=1e-14)
    layers, _ = numpy_bptt.forward(params, config, ids, state)
    np.testing.assert_array_equal(last, numpy_bptt.last_state(layers))


@every_kind
def test_nothing_that_is_given_is_changed(cell, num_layers):
    config, params, ids, targets, state = draw(cell, num_layers)
    layers, hs = numpy_bptt.forward(params, config, ids, state)
    _, dhs, _ = numpy_bptt.output_loss(params, hs, targets)
    given = [*params.values(), ids, targets, state, hs, dhs, *(a for pair in layers for a in pair)]
    before, d_last = [array.copy() for array in given], np.ones_like(state)
    numpy_bptt.output_loss(params, hs, targets)
    numpy_bptt.backward(params, config, ids, layers, dhs, d_last)
    for array, kept in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    assert (d_last == 1).all()
