"""Backpropagation through time by hand in PyTorch, against autograd."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchmarks.throughput import multiplies_16_bits
from rnnlib.models.char_rnn.fast import WIDE, torch_steps
from rnnlib.models.char_rnn.fast.torch_model import FastCharRNN, is_faster
from rnnlib.models.char_rnn.fast.torch_steps import STEPS, forward
from rnnlib.models.char_rnn.torch_model import LAYERS, CharRNN
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.models.update import Update
from tests.helpers import TOLERANCE, assert_like_numpy, every_cell, every_dtype, random_batch

UPDATE = Update(1e-3, 0.5, 0.1, 0.3)
sizes = st.integers(1, 5)
every_hand_made = pytest.mark.parametrize("cell", ["rnn", "gru"])
every_depth = pytest.mark.parametrize("num_layers", [1, 2, 3])


def draw(cell, num_layers, dtype="float64", V=7, E=4, H=5, B=3, T=6, seed=0):
    """A layer as PyTorch makes it, an embedding, ids (B, T) with repeats, and a state to start."""
    torch.manual_seed(seed)
    kind = getattr(torch, dtype)
    rnn = LAYERS[cell](E, H, num_layers, batch_first=True).to(kind)
    embedding = torch.randn(V, E, dtype=kind, requires_grad=True)
    ids = torch.randint(V, (B, T))
    ids[-1, -1] = ids[0, 0]
    return rnn, embedding, ids, torch.randn(num_layers, B, H, dtype=kind, requires_grad=True)


def by_autograd(rnn, embedding, ids, state):
    """The layer itself, its hidden states with time first."""
    hs, state = rnn(embedding[ids], state)
    return hs.transpose(0, 1), state


def values_and_gradients(reader, rnn, embedding, ids, state):
    """All that comes out, and the gradients of a number that depends on all of it."""
    found = reader(rnn, embedding, ids, state)
    generator = torch.Generator().manual_seed(1)
    total = sum(
        (part * torch.randn(part.shape, generator=generator, dtype=part.dtype)).sum()
        for part in found
    )
    return found, torch.autograd.grad(total, [embedding, *rnn.parameters(), state])


def assert_same_as_autograd(rnn, embedding, ids, state, tolerance):
    ours, theirs = (
        values_and_gradients(reader, rnn, embedding, ids, state)
        for reader in (forward, by_autograd)
    )
    for mine, other in zip(ours, theirs, strict=True):
        for a, b in zip(mine, other, strict=True):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a.detach(), b.detach(), rtol=tolerance, atol=tolerance)


@every_hand_made
@every_depth
@every_dtype
def test_it_gives_the_states_and_every_gradient_of_autograd(cell, num_layers, dtype):
    assert_same_as_autograd(*draw(cell, num_layers, dtype), TOLERANCE[dtype])


@every_hand_made
@every_dtype
def test_also_for_a_wide_layer_and_a_long_text(cell, dtype):
    case = draw(cell, 1, dtype, V=65, E=32, H=WIDE, B=16, T=50)
    assert_same_as_autograd(*case, 5 * TOLERANCE[dtype])  # sums of 800 terms of size 1


@every_hand_made
@given(st.integers(1, 3), sizes, sizes, sizes, sizes, sizes, st.integers(0, 99))
@settings(max_examples=25)
def test_for_any_sizes(cell, num_layers, V, E, H, B, T, seed):
    case = draw(cell, num_layers, "float64", V, E, H, B, T, seed)
    assert_same_as_autograd(*case, TOLERANCE["float64"])


@every_hand_made
def test_a_large_argument_saturates_and_gives_no_nan(cell):
    rnn, embedding, ids, state = draw(cell, 1, "float32")
    with torch.no_grad():
        embedding.mul_(1e4)
    values, gradients = values_and_gradients(forward, rnn, embedding, ids, state)
    assert all(part.isfinite().all() for part in (*values, *gradients))
    assert_same_as_autograd(rnn, embedding, ids, state, 1e-4)


@every_hand_made
def test_two_texts_read_before_either_goes_back_do_not_disturb_each_other(cell):
    cases = [draw(cell, 2, seed=seed) for seed in (1, 2)]
    alone = [torch.autograd.grad(forward(*case)[0].sum(), case[1])[0] for case in cases]
    totals = [forward(*case)[0].sum() for case in cases]
    for total, case, grad in zip(totals, cases, alone, strict=True):
        once = torch.autograd.grad(total, case[1], retain_graph=True)[0]
        again = torch.autograd.grad(total, case[1])[0]
        assert torch.equal(once, grad)
        assert torch.equal(again, grad)


@every_hand_made
def test_second_derivatives_are_refused_not_wrong(cell):
    case = draw(cell, 1)
    (grad,) = torch.autograd.grad(forward(*case)[0].square().sum(), case[1], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


@every_hand_made
def test_a_frozen_bias_gets_no_gradient_and_a_given_state_needs_none(cell):
    rnn, embedding, ids, state = draw(cell, 1)
    rnn.bias_ih_l0.requires_grad_(False)
    forward(rnn, embedding, ids, state.detach())[0].sum().backward()
    assert rnn.bias_ih_l0.grad is None
    assert rnn.bias_hh_l0.grad.abs().max() > 0


# where it is used


def test_wide_layers_on_a_processor_get_the_fast_model_and_all_others_the_plain_one():
    for cell in LAYERS:
        wide, narrow = (ModelConfig(7, 4, width, cell=cell) for width in (WIDE, WIDE - 1))
        assert type(build(wide, "torch", device="cpu")) is FastCharRNN
        assert type(build(narrow, "torch", device="cpu")) is CharRNN
        assert is_faster(wide, "cpu")
        assert not is_faster(narrow, "cpu")


def test_on_a_gpu_the_plain_one_is_faster(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert not any(is_faster(ModelConfig(7, 4, WIDE), device) for device in (None, "gpu"))
    assert is_faster(ModelConfig(7, 4, WIDE), "cpu")


def test_a_layer_that_it_does_not_know_is_called_as_it_is(counted):
    class Own(nn.GRU):
        """Whose forward may be anything."""

    model = FastCharRNN(ModelConfig(7, 4, WIDE, cell="gru"))
    model.net.rnn = Own(4, WIDE, batch_first=True)
    model.loss_and_grads(*random_batch(model.config))
    assert not counted


@pytest.fixture
def counted(monkeypatch):
    """How often torch_steps.forward has been called, as the length of a list."""
    calls, original = [], torch_steps.forward
    monkeypatch.setattr(torch_steps, "forward", lambda *args: calls.append(1) or original(*args))
    return calls


@every_cell
@pytest.mark.parametrize("width", [WIDE - 1, WIDE])
def test_the_library_trains_wide_models_with_it_and_reads_without(counted, cell, width):
    model = build(ModelConfig(7, 4, width, cell=cell), "torch")
    batch = random_batch(model.config)
    model.forward(batch[0], batch[2])
    assert not counted
    model.loss_and_grads(*batch)
    model.train_step(*batch, UPDATE)
    used = width >= WIDE and LAYERS[cell] in STEPS
    assert len(counted) == (2 if used else 0)


@every_dtype
@every_cell
@pytest.mark.parametrize(("num_layers", "K"), [(1, 6), (2, 2)])
def test_a_wide_model_is_that_of_numpy(cell, dtype, num_layers, K):
    assert_like_numpy("torch", ModelConfig(7, 4, WIDE, num_layers, cell, dtype), K, UPDATE)


# products of 16 bits


@every_hand_made
@every_depth
def test_in_a_block_of_autocast_only_the_products_are_rounded(cell, num_layers):
    case = draw(cell, num_layers, "float32", V=65, E=32, H=64, B=16, T=20)
    values, gradients = values_and_gradients(by_autograd, *case)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = values_and_gradients(forward, *case)
    for exact, found in zip((*values, *gradients), (*rounded[0], *rounded[1]), strict=True):
        assert found.dtype == torch.float32
        error = (found - exact).norm() / exact.norm()
        assert 1e-5 < error < 0.02  # bfloat16 has 8 bits: 0.004 or less for each product


@every_hand_made
def test_so_are_those_of_each_step(cell):
    """The table is given here, so that only h_prev W^T can differ."""
    V, B, H, G = 5, 3, 16, {"rnn": (1, 1), "gru": (4, 3)}[cell]
    torch.manual_seed(0)
    table, W, h = (torch.randn(shape) for shape in [(V, G[0] * H), (G[1] * H, H), (B, H)])
    ids = torch.tensor([[0, 4, 4]])
    steps = STEPS[LAYERS[cell]]
    exact = steps.apply(table, ids, W, h)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = steps.apply(table, ids, W, h)
    by_hand = steps.apply(table, ids, W.bfloat16().float(), h.bfloat16().float())
    error, unavoidable = ((part - exact).abs().max() for part in (rounded, by_hand))
    assert 1e-5 < error < 4 * unavoidable


@every_hand_made
def test_numbers_of_64_bits_are_not_rounded(cell):
    with torch.autocast("cpu", torch.bfloat16):
        assert_same_as_autograd(*draw(cell, 2), TOLERANCE["float64"])


def autocast_models(width):
    """Models with every cell that this processor can train in 16 bits."""
    cells = ["rnn", "gru", "lstm"] if multiplies_16_bits() else ["rnn", "gru"]
    return [build(ModelConfig(7, 4, width, cell=cell), "torch") for cell in cells]


@pytest.mark.parametrize("width", [8, WIDE])
def test_updates_in_a_block_reach_its_next_update(width):
    """autocast's own copies of the weights would hide them until the block ends."""
    for model, again in zip(autocast_models(width), autocast_models(width), strict=True):
        batch = random_batch(model.config)
        with torch.autocast("cpu", torch.bfloat16):
            together = [model.train_step(*batch, Update(1e-3))[0] for _ in range(5)]
        apart = []
        for _ in range(5):
            with torch.autocast("cpu", torch.bfloat16):
                apart.append(again.train_step(*batch, Update(1e-3))[0])
        assert together == apart
        assert len(set(together)) == 5


@pytest.mark.parametrize("T", [1, 6])
@pytest.mark.parametrize("width", [8, WIDE])
def test_a_model_in_a_block_hands_out_numbers_as_long_as_its_weights(width, T):
    for model in autocast_models(width):
        ids, _, state = random_batch(model.config)
        exact = model.forward(ids[:, :T], state)
        with torch.autocast("cpu", torch.bfloat16):
            rounded = model.forward(ids[:, :T], state)
        for a, b in zip(exact, rounded, strict=True):
            assert b.dtype == np.float32
            np.testing.assert_allclose(a, b, rtol=0, atol=0.05)
            assert not np.array_equal(a, b)
