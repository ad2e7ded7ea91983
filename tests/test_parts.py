"""The translation of weights: there and back, and every block where the frameworks look for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.models import parts
from rnnlib.models.char_rnn.numpy_cells import STEPS
from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.parts import initialise_as_pytorch
from tests.helpers import (
    assert_params_equal,
    every_cell,
    every_kind,
    raises_sentence,
    random_params,
    small_config,
)

SIZES = st.integers(1, 6)
FIRST = [-0.02631895, 0.23260869, -0.02615493, -0.70273197]
GATED = [(cell, letter) for cell in ("gru", "lstm") for letter in parts.BLOCKS[cell]]


@st.composite
def models(draw):
    """A config of any cell and depth, and parameters of any size and order."""
    cell, dtype = draw(st.sampled_from(CELLS)), draw(st.sampled_from(["float32", "float64"]))
    config = ModelConfig(
        draw(SIZES), draw(SIZES), draw(SIZES), draw(st.integers(1, 3)), cell, dtype
    )
    params = random_params(config, seed=draw(st.integers(0, 99)))
    return config, {name: params[name] for name in draw(st.permutations(list(params)))}


@given(models())
def test_to_keras_and_back(case):
    config, params = case
    found = parts.from_keras(parts.to_keras(params, config), config)
    assert_params_equal(found, {name: params[name] for name in parts.shapes(config)})


@every_cell
def test_keras_weights_of_another_depth_are_refused_and_not_cut(cell):
    one, two = (ModelConfig(5, 3, 4, cell=cell, num_layers=n) for n in (1, 2))
    for given_, asked in ((one, two), (two, one)):
        values = parts.to_keras(random_params(given_, seed=0), given_)
        with raises_sentence(ValueError, "arrays in Keras"):
            parts.from_keras(values, asked)


@given(models())
def test_to_torch_and_back(case):
    config, params = case
    there = parts.to_torch(params, config)
    found = parts.from_torch(dict(reversed(there.items())), config)
    assert_params_equal(found, {name: params[name] for name in parts.shapes(config)})
    assert all(value.flags.c_contiguous and value.flags.owndata for value in found.values())


@given(models())
def test_from_torch_and_back(case):
    config, params = case
    there = parts.to_torch(params, config)
    named = {name: np.random.default_rng(0).normal(size=v.shape) for name, v in there.items()}
    again = parts.to_torch(parts.from_torch(named, config), config)
    assert_params_equal(again, named)


def test_names_and_shapes_are_those_of_the_table():
    assert parts.shapes(small_config(cell="rnn", num_layers=1)) == {
        "embed": (7, 4), "W_xh": (4, 5), "W_hh": (5, 5), "b_h": (5,), "W_hy": (5, 7), "b_y": (7,),
    }  # fmt: skip
    assert list(parts.shapes(small_config(cell="gru", num_layers=2)).items()) == [
        ("embed", (7, 4)),
        *[("W_xh", (4, 15)), ("W_hh", (5, 15)), ("b_x", (15,)), ("b_h", (15,))],
        *[("W_xh_l1", (5, 15)), ("W_hh_l1", (5, 15)), ("b_x_l1", (15,)), ("b_h_l1", (15,))],
        *[("W_hy", (5, 7)), ("b_y", (7,))],
    ]
    assert list(parts.shapes(small_config(cell="lstm", num_layers=3)).items()) == [
        ("embed", (7, 4)),
        *[("W_xh", (4, 20)), ("W_hh", (5, 20)), ("b_h", (20,))],
        *[("W_xh_l1", (5, 20)), ("W_hh_l1", (5, 20)), ("b_h_l1", (20,))],
        *[("W_xh_l2", (5, 20)), ("W_hh_l2", (5, 20)), ("b_h_l2", (20,))],
        *[("W_hy", (5, 7)), ("b_y", (7,))],
    ]


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@every_cell
def test_the_frameworks_have_just_these_weights_in_these_shapes(cell, num_layers):
    import torch

    from rnnlib.models.char_rnn.keras_model import build_net
    from rnnlib.models.char_rnn.torch_model import Net

    config = small_config("float64", cell, num_layers)
    params = random_params(config)
    net = Net(config).double()
    state = {name: torch.tensor(value) for name, value in parts.to_torch(params, config).items()}
    missing, unknown = net.load_state_dict(state, strict=False)
    second = [] if cell == "gru" else [f"rnn.bias_hh_l{layer}" for layer in range(num_layers)]
    assert (missing, unknown) == (second, [])
    values = parts.to_keras(params, config)
    theirs = [weight.shape for weight in build_net(config).get_weights()]
    assert [value.shape for value in values] == theirs


def test_every_matrix_is_transposed_for_torch_even_a_square_one():
    config = small_config(cell="rnn", num_layers=3)
    params = random_params(config)
    found = parts.to_torch(params, config)
    for layer, end in enumerate(["", "_l1", "_l2"]):
        for ours, theirs in (("W_xh", "weight_ih"), ("W_hh", "weight_hh")):
            value = found[f"rnn.{theirs}_l{layer}"]
            np.testing.assert_array_equal(value, params[ours + end].T)
    np.testing.assert_array_equal(found["out.weight"], params["W_hy"].T)
    np.testing.assert_array_equal(found["embed.weight"], params["embed"])


@every_kind
def test_layer_weights_are_what_a_step_takes(cell, num_layers):
    config = small_config("float64", cell, num_layers)
    params = random_params(config)
    for layer in range(num_layers):
        found = config.layers()[layer].weights(params)
        inputs, state = np.zeros((2, 5 if layer else 4)), np.zeros((2, config.state_size))
        assert STEPS[cell](inputs, state, **found).shape == state.shape
        end = f"_l{layer}" if layer else ""
        assert all(found[name] is params[name + end] for name in found)


# the order of the blocks


def columns(cell, letter, H=5):
    """Where the block of this letter lies along the last axis, in canonical order."""
    start = H * {"gru": "zrg", "lstm": "ifgo"}[cell].index(letter)
    return slice(start, start + H)


@pytest.mark.parametrize(("cell", "letter"), GATED)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_what_pytorch_holds_in_a_block_comes_back_under_its_letter(cell, letter, num_layers):
    """Weights or gradients alike: PyTorch's documentation orders them r, z, n and i, f, g, o."""
    config = small_config(cell=cell, num_layers=num_layers)
    place = 5 * {"gru": "rzg", "lstm": "ifgo"}[cell].index(letter)
    named = {
        name: np.zeros_like(v) for name, v in parts.to_torch(random_params(config), config).items()
    }
    for name, value in named.items():
        if name.startswith("rnn."):
            value[place : place + 5] = 1  # rows, for PyTorch's matrices are transposed
    found = parts.from_torch(named, config)
    for name in set(found) - {"embed", "W_hy", "b_y"}:
        expected = np.zeros_like(found[name])
        expected[..., columns(cell, letter)] = 1
        np.testing.assert_array_equal(found[name], expected, err_msg=name)


def test_first_weights_of_a_seed_stay_what_they_were():
    """Stored outputs, weights and runs began with them: the numbers of November 2026."""
    drawn = parts.initialise(ModelConfig(7, 4, 5, 2, "gru"), seed=3)
    found = [float(drawn[name].ravel()[1]) for name in ("embed", "W_xh", "W_hh_l1", "W_hy")]
    assert found == pytest.approx(FIRST, abs=1e-7)


@every_cell
def test_as_pytorch_every_array_has_the_bounds_and_the_spread_of_its_layers(cell):
    import torch

    config = ModelConfig(300, 40, 256, cell=cell)
    ours = initialise_as_pytorch(config, seed=3)
    torch.manual_seed(3)
    layer = getattr(torch.nn, cell.upper())(40, 256)
    theirs = {
        "embed": torch.nn.Embedding(300, 40).weight,
        "W_xh": layer.weight_ih_l0,
        "W_hh": layer.weight_hh_l0,
        "b_h": layer.bias_hh_l0 + (0 if cell == "gru" else layer.bias_ih_l0),
        "b_x": layer.bias_ih_l0,
        "W_hy": torch.nn.Linear(256, 300).weight,
        "b_y": torch.nn.Linear(256, 300).bias,
    }
    assert ours.keys() == parts.initialise(config).keys()
    for name, value in ours.items():
        other = theirs[name].detach().numpy()
        assert value.size == other.size
        assert value.dtype == np.float32
        assert np.std(value) == pytest.approx(np.std(other), rel=0.15), name
        if name != "embed":
            assert np.abs(value).max() == pytest.approx(np.abs(other).max(), rel=0.2), name
