"""SGD, momentum and Adam are those of both frameworks; clipping keeps the direction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON
from rnnlib.models.optimizers import SGD, Adam, Momentum, clip_by_global_norm, global_norm
from tests.helpers import assert_params_equal, every_dtype

RATE = 2**-6  # the same number in float32, where Keras keeps it
CLOSE = {"float32": 2e-6, "float64": 1e-13}
OURS = {"sgd": SGD, "momentum": lambda: Momentum(0.875), "adam": Adam}
every_optimizer = pytest.mark.parametrize("name", OURS)


def start(dtype="float64"):
    """Two parameters."""
    return {"a": np.ones((3, 4), dtype), "b": np.zeros(5, dtype)}


def gradients(dtype="float64", steps=20):
    """Gradients of both over many steps, some of them tiny, where Adam's epsilon counts."""
    rng = np.random.default_rng(0)
    scale = 10.0 ** rng.uniform(-9, 0.5, size=(3, 4))
    for _ in range(steps):
        grads = {"a": rng.normal(size=(3, 4)) * scale, "b": rng.normal(size=5)}
        yield {name: grad.astype(dtype) for name, grad in grads.items()}


def assert_same_path(name, dtype, steps):
    """Our optimizer's parameters after every step are those that `steps` yields."""
    params, ours = start(dtype), OURS[name]()
    for grads, theirs in zip(gradients(dtype), steps, strict=True):
        ours.update(params, grads, RATE)
        assert_params_equal(params, theirs, CLOSE[dtype])
    assert min(np.abs(params[key] - value).max() for key, value in start().items()) > 0.05


def torch_steps(name, dtype):
    """The parameters after every step of PyTorch's optimizer."""
    import torch

    params = {key: torch.tensor(value) for key, value in start(dtype).items()}
    optimizer = {
        "sgd": lambda: torch.optim.SGD(params.values(), RATE),
        "momentum": lambda: torch.optim.SGD(params.values(), RATE, momentum=0.875),
        "adam": lambda: torch.optim.Adam(params.values(), RATE, betas=ADAM_BETAS),
    }[name]()
    for step, grads in enumerate(gradients(dtype), start=1):
        for key, value in params.items():
            value.grad = torch.tensor(grads[key])
        if name == "adam":  # PyTorch adds epsilon after the bias correction, we before it
            optimizer.param_groups[0]["eps"] = ADAM_EPSILON / np.sqrt(1 - ADAM_BETAS[1] ** step)
        optimizer.step()
        yield {key: value.numpy() for key, value in params.items()}


def keras_steps(name, dtype):
    """The parameters after every step of Keras' optimizer."""
    import keras
    import tensorflow as tf

    params = {key: keras.Variable(value, dtype=dtype) for key, value in start(dtype).items()}
    optimizer = {
        "sgd": lambda: keras.optimizers.SGD(RATE),
        "momentum": lambda: keras.optimizers.SGD(RATE, momentum=0.875),
        "adam": lambda: keras.optimizers.Adam(RATE, *ADAM_BETAS, ADAM_EPSILON),
    }[name]()
    for grads in gradients(dtype):
        optimizer.apply([tf.constant(grads[key]) for key in params], [*params.values()])
        yield {key: np.asarray(value) for key, value in params.items()}


@every_dtype
@every_optimizer
def test_twenty_steps_are_those_of_pytorch(name, dtype):
    assert_same_path(name, dtype, torch_steps(name, dtype))


@every_dtype
@every_optimizer
def test_twenty_steps_are_those_of_keras(name, dtype):
    assert_same_path(name, dtype, keras_steps(name, dtype))


def test_momentum_keeps_beta_of_its_velocity():
    params, momentum = {"a": np.zeros(1)}, Momentum(0.5)
    for gradient, expected in [(1.0, -1.0), (0.0, -1.5), (0.0, -1.75), (4.0, -5.875)]:
        momentum.update(params, {"a": np.array([gradient])}, 1.0)
        assert params["a"].item() == expected
    assert Momentum().beta == 0.9


@every_optimizer
def test_an_optimizer_changes_the_arrays_it_is_given_and_nothing_else(name):
    params, ours = start("float32"), OURS[name]()
    kept = dict(params)
    for grads in gradients("float32", steps=3):
        before = {key: grad.copy() for key, grad in grads.items()}
        ours.update(params, grads, 0.1)
        assert_params_equal(grads, before)
    assert all(params[key] is kept[key] and kept[key].dtype == "float32" for key in params)


@every_optimizer
def test_two_optimizers_share_no_memory(name):
    one, other, params, again = OURS[name](), OURS[name](), start(), start()
    for grads in gradients(steps=5):
        one.update(params, grads, RATE)
    one.update(start(), next(gradients()), RATE)
    for grads in gradients(steps=5):
        other.update(again, grads, RATE)
    assert_params_equal(params, again)


# clipping


@st.composite
def cases(draw):
    """Gradients of one to three parameters, at any scale, and a limit."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    scale, dtype = 10.0 ** draw(st.integers(-8, 8)), draw(st.sampled_from([*CLOSE]))
    shapes = [(3, 4), (5,), (2, 2)][: draw(st.integers(1, 3))]
    grads = {f"w{i}": (rng.normal(size=s) * scale).astype(dtype) for i, s in enumerate(shapes)}
    return grads, scale * draw(st.floats(0.01, 20))


def flat(grads):
    """All gradients as one vector, in float64."""
    return np.concatenate([np.asarray(grad, np.float64).ravel() for grad in grads.values()])


@given(cases())
def test_the_norm_is_that_of_one_long_vector(case):
    grads, _ = case
    tolerance = 1e-6 if grads["w0"].dtype == "float32" else 1e-14
    assert global_norm(grads) == pytest.approx(np.linalg.norm(flat(grads)), rel=tolerance)
    assert type(global_norm(grads)) is float


@given(cases())
def test_clipping_bounds_the_norm_and_keeps_the_direction(case):
    grads, limit = case
    before, clipped = flat(grads), clip_by_global_norm(grads, limit)
    after = flat(clipped)
    assert np.linalg.norm(after) <= limit * (1 + 1e-6)
    assert before @ after == pytest.approx(np.linalg.norm(before) * np.linalg.norm(after), rel=1e-6)
    assert {n: (g.shape, g.dtype) for n, g in clipped.items()} == {
        n: (g.shape, g.dtype) for n, g in grads.items()
    }
    np.testing.assert_array_equal(flat(grads), before)  # what was given is not changed
    if np.linalg.norm(before) > limit * (1 + 1e-6):
        assert np.linalg.norm(after) == pytest.approx(limit, rel=1e-6)
    elif np.linalg.norm(before) < limit * (1 - 1e-6):
        np.testing.assert_array_equal(after, before)


def test_clipping_by_hand():
    grads = {"a": np.array([3.0]), "b": np.array([[0.0, 4.0]])}
    assert global_norm(grads) == 5
    clipped = clip_by_global_norm(grads, 1.0)
    np.testing.assert_allclose(flat(clipped), [0.6, 0, 0.8], rtol=1e-15)
    assert clip_by_global_norm(grads, 5.0) is grads
    assert clip_by_global_norm(grads, np.inf) is grads
    nothing = {"a": np.zeros(3)}
    assert not clip_by_global_norm(nothing, 1.0)["a"].any()


def test_gradients_far_beyond_the_limit_keep_their_direction():
    grads = {"a": np.array([1e15, -1e15], "float32"), "b": np.array([1.0], "float32")}
    clipped = flat(clip_by_global_norm(grads, 2**0.5))
    np.testing.assert_allclose(clipped, [1, -1, 1e-15], rtol=1e-6)
