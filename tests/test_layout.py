"""The translation of weights: there and back, and every block where the frameworks look for it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.models import layout
from rnnlib.models.char_rnn.keras_model import build_net
from rnnlib.models.char_rnn.numpy_cells import STEPS
from rnnlib.models.char_rnn.torch_model import Net
from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.initial import initialise_as_pytorch
from tests.helpers import (
    assert_params_equal,
    every_cell,
    every_kind,
    raises_sentence,
    random_params,
    small_config,
)

SIZES = st.integers(1, 6)
FRAMEWORKS = ("numpy", "keras", "torch")
GATED = [(cell, letter) for cell in ("gru", "lstm") for letter in layout.BLOCKS[cell]]


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
    found = layout.from_keras(layout.to_keras(params, config), config)
    assert_params_equal(found, {name: params[name] for name in layout.shapes(config)})


@every_cell
def test_keras_weights_of_another_depth_are_refused_and_not_cut(cell):
    one, two = (ModelConfig(5, 3, 4, cell=cell, num_layers=n) for n in (1, 2))
    for given_, asked in ((one, two), (two, one)):
        values = layout.to_keras(random_params(given_, seed=0), given_)
        with raises_sentence(ValueError, "arrays in Keras"):
            layout.from_keras(values, asked)


@given(models())
def test_to_torch_and_back(case):
    config, params = case
    there = layout.to_torch(params, config)
    found = layout.from_torch(dict(reversed(there.items())), config)
    assert_params_equal(found, {name: params[name] for name in layout.shapes(config)})
    assert all(value.flags.c_contiguous and value.flags.owndata for value in found.values())


@given(models())
def test_from_torch_and_back(case):
    config, params = case
    there = layout.to_torch(params, config)
    named = {name: np.random.default_rng(0).normal(size=v.shape) for name, v in there.items()}
    again = layout.to_torch(layout.from_torch(named, config), config)
    assert_params_equal(again, named)


def test_names_and_shapes_are_those_of_the_table():
    assert layout.shapes(small_config(cell="rnn", num_layers=1)) == {
        "embed": (7, 4), "W_xh": (4, 5), "W_hh": (5, 5), "b_h": (5,), "W_hy": (5, 7), "b_y": (7,),
    }  # fmt: skip
    assert list(layout.shapes(small_config(cell="gru", num_layers=2)).items()) == [
        ("embed", (7, 4)),
        *[("W_xh", (4, 15)), ("W_hh", (5, 15)), ("b_x", (15,)), ("b_h", (15,))],
        *[("W_xh_l1", (5, 15)), ("W_hh_l1", (5, 15)), ("b_x_l1", (15,)), ("b_h_l1", (15,))],
        *[("W_hy", (5, 7)), ("b_y", (7,))],
    ]
    assert list(layout.shapes(small_config(cell="lstm", num_layers=3)).items()) == [
        ("embed", (7, 4)),
        *[("W_xh", (4, 20)), ("W_hh", (5, 20)), ("b_h", (20,))],
        *[("W_xh_l1", (5, 20)), ("W_hh_l1", (5, 20)), ("b_h_l1", (20,))],
        *[("W_xh_l2", (5, 20)), ("W_hh_l2", (5, 20)), ("b_h_l2", (20,))],
        *[("W_hy", (5, 7)), ("b_y", (7,))],
    ]


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@every_cell
def test_the_frameworks_have_just_these_weights_in_these_shapes(cell, num_layers):
    config = small_config("float64", cell, num_layers)
    params = random_params(config)
    net = Net(config).double()
    state = {name: torch.tensor(value) for name, value in layout.to_torch(params, config).items()}
    missing, unknown = net.load_state_dict(state, strict=False)
    second = [] if cell == "gru" else [f"rnn.bias_hh_l{layer}" for layer in range(num_layers)]
    assert (missing, unknown) == (second, [])
    values = layout.to_keras(params, config)
    theirs = [weight.shape for weight in build_net(config).get_weights()]
    assert [value.shape for value in values] == theirs


def test_every_matrix_is_transposed_for_torch_even_a_square_one():
    config = small_config(cell="rnn", num_layers=3)
    params = random_params(config)
    found = layout.to_torch(params, config)
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
        found = layout.layer_weights(params, config, layer)
        inputs, state = np.zeros((2, 5 if layer else 4)), np.zeros((2, config.state_size))
        assert STEPS[cell](inputs, state, **found).shape == state.shape
        end = f"_l{layer}" if layer else ""
        assert all(found[name] is params[name + end] for name in found)


# the order of the blocks


def columns(cell, letter):
    """Where the block of this letter lies along the last axis, canonical order, H = 5."""
    start = 5 * {"gru": "zrg", "lstm": "ifgo"}[cell].index(letter)
    return slice(start, start + 5)


def run(framework, config, params, x, state):
    """The last state (B, S) after one step on the character x, in float64."""
    ids = np.full((len(state), 1), x)
    if framework == "numpy":
        return STEPS[config.cell](
            params["embed"][ids[:, 0]], state, **layout.layer_weights(params, config, 0)
        )
    parts = np.split(state, config.state_size // 5, axis=1)
    if framework == "keras":
        net = build_net(config)
        net.set_weights(layout.to_keras(params, config))
        return np.concatenate([np.asarray(part) for part in net([ids, *parts])[1:]], axis=1)
    net = Net(config).double()
    for value in net.parameters():
        torch.nn.init.zeros_(value)
    named = {name: torch.tensor(v) for name, v in layout.to_torch(params, config).items()}
    net.load_state_dict(named, strict=False)
    parts = [torch.tensor(part)[None] for part in parts]
    _, after = net(torch.tensor(ids), parts[0] if config.cell == "gru" else tuple(parts))
    after = [after] if config.cell == "gru" else after
    return torch.cat([part[0] for part in after], dim=1).detach().numpy()


def after_one_step(framework, cell, gates, bias="b_h"):
    """State before, state after, config, params; `gates` maps letters to what their bias gains."""
    config = small_config("float64", cell)
    params = random_params(config)
    for letter, value in gates.items():
        params[bias][columns(cell, letter)] += value
    state = np.random.default_rng(1).normal(size=(2, config.state_size))
    return state, run(framework, config, params, 3, state), config, params


@pytest.mark.parametrize("bias", ["b_x", "b_h"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_z_block_keeps_the_state(framework, bias):
    before, after, *_ = after_one_step(framework, "gru", {"z": 999}, bias)
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-14)


@pytest.mark.parametrize("bias", ["b_x", "b_h"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_r_block_hides_the_state_from_the_candidate(framework, bias):
    _, after, config, params = after_one_step(framework, "gru", {"z": -999, "r": -999}, bias)
    other = run(framework, config, params, 3, np.full((2, 5), 0.7))
    np.testing.assert_allclose(after, other, rtol=0, atol=1e-14)
    candidate = params["embed"][3] @ params["W_xh"][:, 10:] + params["b_x"][10:]
    np.testing.assert_allclose(after[0], np.tanh(candidate), rtol=0, atol=1e-14)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_g_block_is_the_candidate(framework):
    after = after_one_step(framework, "gru", {"z": -999, "g": 999}, "b_x")[1]
    np.testing.assert_allclose(after, 1, rtol=0, atol=1e-14)
    after = after_one_step(framework, "gru", {"z": -999, "r": 999, "g": -999}, "b_h")[1]
    np.testing.assert_allclose(after, -1, rtol=0, atol=1e-14)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_blocks_i_and_f_decide_what_c_keeps(framework):
    before, after, *_ = after_one_step(framework, "lstm", {"i": -999, "f": 999})
    np.testing.assert_allclose(after[:, 5:], before[:, 5:], rtol=0, atol=1e-14)
    after = after_one_step(framework, "lstm", {"i": 999, "f": -999, "g": 999})[1]
    np.testing.assert_allclose(after[:, 5:], 1, rtol=0, atol=1e-14)
    after = after_one_step(framework, "lstm", {"i": -999, "f": -999})[1]
    np.testing.assert_allclose(after, 0, rtol=0, atol=1e-14)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_o_block_decides_what_is_shown(framework):
    before, after, *_ = after_one_step(framework, "lstm", {"i": -999, "f": 999, "o": 999})
    np.testing.assert_allclose(after[:, :5], np.tanh(before[:, 5:]), rtol=0, atol=1e-14)
    after = after_one_step(framework, "lstm", {"o": -999})[1]
    np.testing.assert_allclose(after[:, :5], 0, rtol=0, atol=1e-14)
    assert np.abs(after[:, 5:]).min() > 1e-3  # c goes on


@pytest.mark.parametrize(("cell", "letter"), GATED)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_what_pytorch_holds_in_a_block_comes_back_under_its_letter(cell, letter, num_layers):
    """Weights or gradients alike: PyTorch's documentation orders them r, z, n and i, f, g, o."""
    config = small_config(cell=cell, num_layers=num_layers)
    place = 5 * {"gru": "rzg", "lstm": "ifgo"}[cell].index(letter)
    named = {
        name: np.zeros_like(v) for name, v in layout.to_torch(random_params(config), config).items()
    }
    for name, value in named.items():
        if name.startswith("rnn."):
            value[place : place + 5] = 1  # rows, for PyTorch's matrices are transposed
    found = layout.from_torch(named, config)
    for name in set(found) - {"embed", "W_hy", "b_y"}:
        expected = np.zeros_like(found[name])
        expected[..., columns(cell, letter)] = 1
        np.testing.assert_array_equal(found[name], expected, err_msg=name)


@every_cell
def test_first_weights_as_pytorch_draws_them_are_as_wide_as_its_own(cell):
    """The two biases of a layer of PyTorch are one here, their sum; only the GRU keeps both."""
    drawn, limit = initialise_as_pytorch(ModelConfig(9, 8, 64, cell=cell)), 64**-0.5
    for name, value in drawn.items():
        if name != "embed":
            reach = 2 * limit if name == "b_h" and cell != "gru" else limit
            assert 0.6 * reach < np.abs(value).max() <= reach
