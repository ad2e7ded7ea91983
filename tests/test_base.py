"""What the models of an engine share: parts that mean the same everywhere, and the same updates."""

import inspect
import math
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from rnnlib.models.char_rnn.numpy_cells import STEPS
from rnnlib.models.parts import Convolution, Dense, Recurrent, Table, Vector, shapes
from rnnlib.models.update import Update
from tests.helpers import (
    TOLERANCE,
    assert_params_equal,
    every_cell,
    every_dtype,
    every_engine,
    numerical_gradient,
    raises_sentence,
)

# parts


def draw(part, seed=0):
    """Weights of ordinary size, biases included."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 0.5, shape) for name, shape in part.shapes().items()}


def load_keras(layer, part, params):
    layer.set_weights(part.to_keras(params))
    return layer


def load_torch(module, part, params):
    import torch

    with torch.no_grad():
        for p in module.parameters():
            p.zero_()
        for name, value in part.to_torch(params).items():
            getattr(module, name).copy_(torch.from_numpy(np.ascontiguousarray(value)))
    return module.double()


PARTS = {
    "table": Table("embed", 7, 4),
    "dense": Dense("out", 3, 5, "W_hy", "b_y"),
    "dense without bias": Dense("out", 3, 5, "W_a"),
    "convolution": Convolution("conv", 2, 4, "W_c", "b_c", 3),
    "vector": Vector("attend", 5, "v"),
} | {f"{cell} {end}": Recurrent("rnn", cell, 4, 5, end) for cell in STEPS for end in ("", "_back")}
every_part = pytest.mark.parametrize("name", PARTS)


@every_part
def test_a_part_goes_to_each_framework_and_back(name):
    part = PARTS[name]
    params = draw(part)
    assert_params_equal(part.from_keras(part.to_keras(params)), params)
    assert_params_equal(part.from_torch(part.to_torch(params)), params)
    assert len(part.to_keras(params)) == part.keras_arrays
    assert tuple(part.to_torch(params)) == part.torch_names
    first = part.draw(np.random.default_rng(0))
    assert {n: value.shape for n, value in first.items()} == part.shapes()


@every_cell
def test_a_recurrent_part_computes_the_steps_of_the_equations(cell):
    import keras
    import torch
    from torch import nn

    part, H = PARTS[f"{cell} _back"], 5
    params = draw(part)
    xs = np.random.default_rng(1).normal(size=(2, 6, 4))
    state, hs = np.zeros((2, H * (2 if cell == "lstm" else 1))), []
    for t in range(6):
        state = STEPS[cell](xs[:, t], state, **part.weights(params))
        hs.append(state[:, :H])
    hs = np.stack(hs, axis=1)
    layer = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    layer = layer[cell](H, return_sequences=True, dtype="float64")
    layer.build((None, None, 4))
    theirs = load_keras(layer, part, params)(xs).numpy()
    np.testing.assert_allclose(theirs, hs, rtol=0, atol=1e-12)
    module = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell](4, H, batch_first=True).double()
    theirs = load_torch(module, part, params)(torch.from_numpy(xs))[0].detach().numpy()
    np.testing.assert_allclose(theirs, hs, rtol=0, atol=1e-12)


def test_the_other_parts_compute_their_equations():
    import keras
    import torch
    from torch import nn

    rng = np.random.default_rng(1)
    ids, xs, wide = (
        rng.integers(7, size=(2, 6)),
        rng.normal(size=(2, 3)),
        rng.normal(size=(2, 6, 2)),
    )
    part = PARTS["table"]
    params = draw(part)
    layer = keras.layers.Embedding(7, 4, dtype="float64")
    layer.build()
    np.testing.assert_array_equal(load_keras(layer, part, params)(ids), params["embed"][ids])
    module = load_torch(nn.Embedding(7, 4).double(), part, params)
    found = module(torch.from_numpy(ids)).detach()
    np.testing.assert_array_equal(found, params["embed"][ids])

    for name in ("dense", "dense without bias"):
        part = PARTS[name]
        params = draw(part)
        W, *b = params.values()
        expected = xs @ W + (b[0] if b else 0)
        layer = keras.layers.Dense(5, use_bias=bool(b), dtype="float64")
        layer.build((None, 3))
        found = load_keras(layer, part, params)(xs)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
        module = load_torch(nn.Linear(3, 5, bias=bool(b)).double(), part, params)
        found = module(torch.from_numpy(xs)).detach()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)

    part = PARTS["convolution"]
    params = draw(part)
    windows = np.stack([wide[:, k : k + 4] for k in range(3)])  # (K, B, T', I)
    expected = np.einsum("kbti,kio->bto", windows, params["W_c"]) + params["b_c"]
    layer = keras.layers.Conv1D(4, 3, dtype="float64")
    layer.build((None, None, 2))
    found = load_keras(layer, part, params)(wide)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    module = load_torch(nn.Conv1d(2, 4, 3).double(), part, params)
    found = module(torch.from_numpy(wide).mT).mT.detach()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_two_parts_of_one_name_are_refused():
    config = SimpleNamespace(parts=lambda: [Table("embed", 2, 2), Table("embed", 3, 2)])
    with raises_sentence(ValueError, "two parts share the name embed"):
        shapes(config)


# a family of models as small as can be: the class of a bag of ids, in every engine


def make_bag(engine, dtype="float64", seed=0, device="cpu"):
    """A model of the family in one engine."""
    from tests import bag_models

    return bag_models.BAGS[engine](bag_models.BagConfig(dtype), seed=seed, device=device)


IDS, TARGETS = np.array([[0, 1, 1], [6, 2, 0]]), np.array([2, 0])


@cache
def trained(engine, dtype):
    """Initial weights, outputs, loss and gradients, and what ten updates make of them."""
    model = make_bag(engine, dtype, seed=2)
    found = {"first": model.get_params(), "outputs": model._evaluate(model._call, [IDS])}
    found["gradients"] = model._gradients([IDS, TARGETS], scale=2.0)
    found["losses"] = []
    for i in range(10):
        update = Update(0.01, 0.1 if i % 2 else math.inf, 0.1 if i % 3 else 0.0)
        batch = [IDS, TARGETS] if i % 2 else [IDS[:1, :2], TARGETS[:1]]
        found["losses"].append(model._train(batch, update, scale=0.5))
    return found | {"params": model.get_params(), "memory": model.get_optimizer(), "model": model}


@every_dtype
@pytest.mark.parametrize("engine", ["keras", "torch"])
def test_the_engines_agree_before_and_after_ten_updates(engine, dtype):
    ours, theirs, close = trained("numpy", dtype), trained(engine, dtype), TOLERANCE[dtype]
    assert_params_equal(theirs["first"], ours["first"])
    np.testing.assert_allclose(theirs["outputs"], ours["outputs"], rtol=0, atol=close)
    assert theirs["gradients"][0] == pytest.approx(ours["gradients"][0], rel=0, abs=close)
    assert_params_equal(theirs["gradients"][1], ours["gradients"][1], close)
    np.testing.assert_allclose(theirs["losses"], ours["losses"], rtol=0, atol=close)
    assert_params_equal(theirs["params"], ours["params"], close)
    assert theirs["memory"]["step"] == ours["memory"]["step"] == 10
    for part in "mv":
        assert_params_equal(theirs["memory"][part], ours["memory"][part], close)
    assert np.abs(ours["params"]["embed"] - ours["first"]["embed"]).max() > 0.01
    for array in (*theirs["params"].values(), *theirs["gradients"][1].values()):
        assert type(array) is np.ndarray
        assert array.dtype == dtype


def test_the_gradients_are_those_of_finite_differences():
    model = make_bag("numpy", seed=2)
    grads = model._gradients([IDS, TARGETS], scale=2.0)[1]
    for name, value in model._params.items():
        expected = numerical_gradient(lambda: model._gradients([IDS, TARGETS], scale=2.0)[0], value)
        np.testing.assert_allclose(grads[name], expected, rtol=0, atol=1e-8)


@every_engine
def test_what_is_handed_out_or_in_is_a_copy(engine):
    model = make_bag(engine, seed=1)
    kept = model.get_params()
    for value in model.get_params().values():
        value += 1
    assert_params_equal(model.get_params(), kept)
    given = {name: value + 1 for name, value in reversed(kept.items())}  # names count alone
    model.set_params(given)
    for value in given.values():
        value += 1
    assert_params_equal(model.get_params(), {name: value + 1 for name, value in kept.items()})


@every_engine
def test_a_model_with_the_memory_of_another_goes_on_as_it_would(engine):
    first, second = trained("numpy", "float64")["model"], make_bag(engine, seed=5)
    again = make_bag("numpy")
    for model in (again, second):
        model.set_params(first.get_params())
        model.set_optimizer(first.get_optimizer())
        assert model.steps == 10
        model._train([IDS, TARGETS], Update(0.01))
    assert_params_equal(second.get_params(), again.get_params(), 1e-10)
    fresh = make_bag(engine, seed=5)
    assert fresh.steps == 0
    assert not any(value.any() for part in "mv" for value in fresh.get_optimizer()[part].values())
    fresh.set_params(first.get_params())
    fresh._train([IDS, TARGETS], Update(0.01))
    gap = np.abs(fresh.get_params()["embed"] - again.get_params()["embed"]).max()
    assert gap > 1e-4  # without the memory it would have been another step


@every_engine
def test_what_does_not_fit_is_refused(engine):
    model = make_bag(engine)
    params = model.get_params()
    with raises_sentence(ValueError, "missing: b_y, unknown: bias"):
        model.set_params({**{n: v for n, v in params.items() if n != "b_y"}, "bias": params["b_y"]})
    with raises_sentence(ValueError, "b_y has the shape (4,)"):
        model.set_params(params | {"b_y": np.zeros(4)})
    with raises_sentence(ValueError, "b_y has the shape (4,)"):
        memory = model.get_optimizer()
        model.set_optimizer(memory | {"v": params | {"b_y": np.zeros(4)}})
    with raises_sentence(ValueError, "device must be"):
        make_bag(engine, device="tpu")


def test_the_bases_have_the_same_methods_and_say_none_of_the_public_ones_again():
    from rnnlib.models import base, keras_base, numpy_base, torch_base

    ours, *others = (vars(module.Model) for module in (numpy_base, keras_base, torch_base))
    public = {name for name in vars(base.Model) if not name.startswith("_")}
    for engine in (ours, *others):
        assert not public & engine.keys()
    for theirs in others:
        for name, method in ours.items():
            same = name not in ("_apply", "_canonical")  # of Keras' own lists of variables
            if inspect.isfunction(method) and same and name in theirs:
                assert inspect.signature(theirs[name]) == inspect.signature(method), name
