"""Influence, Jacobians and gates: against finite differences, every engine, closed forms."""

import numpy as np
import pytest

from rnnlib.models.char_rnn import numpy_bptt
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.probing import gate_activations, state_jacobians
from tests.helpers import (
    assert_refused,
    every_engine,
    every_kind,
    numerical_gradient,
    raises_sentence,
    random_batch,
    random_params,
    shared_model,
    small_config,
)

CLOSE = {"rtol": 1e-6, "atol": 1e-9}
T = 4


def draw(cell, num_layers, engine="numpy", B=2):
    """A float64 model with parameters of ordinary size, ids (B, T), targets (B,) and a state."""
    config = small_config("float64", cell, num_layers)
    model = build(config, engine)
    model.set_params(random_params(config))
    ids, targets, state = random_batch(config, B, T, K=1)
    return model, ids, targets[:, 0], state


def states_before(model, ids, state):
    """The state before every step, one (num_layers, B, S) after the other."""
    found = [state]
    for t in range(ids.shape[1] - 1):
        found.append(model.forward(ids[:, t : t + 1], found[-1])[1])
    return found


def nats(logits, targets):
    """-log p of every sequence's target after its last step, (B,)."""
    probs = np.exp(logits[:, -1])
    return -np.log(probs[range(len(targets)), targets] / probs.sum(axis=1))


# influence


@every_kind
def test_influence_equals_finite_differences(cell, num_layers):
    model, ids, targets, state = draw(cell, num_layers)
    found = state_jacobians.influence(model, ids, targets, state)
    assert found.shape == (T,)
    for k, before in zip(range(T, 0, -1), states_before(model, ids, state), strict=True):
        gradients = numerical_gradient(
            lambda k=k, at=before: nats(model.forward(ids[:, -k:], at)[0], targets).sum(), before
        )  # of the sum over the sequences, so each gets its own gradient
        norms = np.sqrt((gradients**2).sum(axis=(0, 2)))
        assert found[k - 1] == pytest.approx(norms.mean(), rel=1e-6)


@every_kind
def test_without_a_state_it_starts_from_zeros_and_targets_may_be_a_column(cell, num_layers):
    model, ids, targets, state = draw(cell, num_layers)
    zeros = state_jacobians.influence(model, ids, targets, np.zeros_like(state))
    np.testing.assert_array_equal(state_jacobians.influence(model, ids, targets), zeros)
    np.testing.assert_array_equal(state_jacobians.influence(model, ids, targets[:, None]), zeros)
    assert np.abs(zeros - state_jacobians.influence(model, ids, targets, state)).max() > 1e-4
    alone = [state_jacobians.influence(model, ids[b : b + 1], targets[b : b + 1]) for b in range(2)]
    np.testing.assert_allclose(np.mean(alone, axis=0), zeros, rtol=1e-12)


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
def test_influence_of_a_plain_cell_near_zero_decays_at_the_rate_of_its_recurrent_weights(rho):
    """With W_hh = rho Q and states so small that tanh is the identity, every step scales by rho."""
    config = ModelConfig(5, 3, 16, dtype="float64")
    model = build(config, "numpy", seed=3)
    params = model.get_params()  # W_hh is orthogonal at first, biases are zero
    model.set_params(params | {"W_hh": rho * params["W_hh"], "embed": 1e-6 * params["embed"]})
    ids = np.random.default_rng(0).integers(5, size=(3, 30))
    found = state_jacobians.influence(model, ids, ids[:, 0])
    np.testing.assert_allclose(found[1:] / found[:-1], rho, rtol=1e-6)
    jacobian = state_jacobians.jacobians(model, ids[0])
    norms = np.linalg.norm(jacobian, ord=2, axis=(1, 2))
    np.testing.assert_allclose(norms, rho ** np.arange(1, 31), rtol=1e-6)


# jacobians


@every_kind
def test_jacobians_equal_finite_differences(cell, num_layers):
    model, ids, _, state = draw(cell, num_layers, B=1)
    found = state_jacobians.jacobians(model, ids[0], state)
    N = num_layers * model.config.state_size
    assert found.shape == (T, N, N)
    for k, before in zip(range(T, 0, -1), states_before(model, ids, state), strict=True):
        slopes = numerical_gradient(
            lambda k=k, at=before: model.forward(ids[:, -k:], at)[1].ravel(), before
        )  # (num_layers, 1, S, N): the number moved comes first
        np.testing.assert_allclose(found[k - 1], slopes.reshape(N, N).T, **CLOSE)


# gates


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gates_are_those_that_lead_from_state_to_state(cell, layer):
    model, ids, _, state = draw(cell, 2)
    found = gate_activations.gates(model, ids, layer, state)
    assert list(found) == list({"gru": "zrg", "lstm": "ifgo"}[cell])
    assert {gate.shape for gate in found.values()} == {(2, T, 5)}
    xs, states = numpy_bptt.forward(model.get_params(), model.config, ids, state)[0][layer]
    before, after = states[:, :-1], states[:, 1:]
    if cell == "gru":
        z, _, g = found.values()
        np.testing.assert_allclose(z * before + (1 - z) * g, after, rtol=0, atol=1e-15)
    else:
        i, f, g, o = found.values()
        np.testing.assert_allclose(f * before[..., 5:] + i * g, after[..., 5:], atol=1e-15)
        np.testing.assert_allclose(o * np.tanh(after[..., 5:]), after[..., :5], atol=1e-15)
    for letter, expected in gates_by_hand(model, layer, xs, before, cell).items():
        np.testing.assert_allclose(found[letter], expected, rtol=0, atol=1e-14)


def gates_by_hand(model, layer, xs, before, cell):
    """Every gate from the definition, with 1 / (1 + exp(-a)) and one product for each block."""
    weights, found = model.config.layers()[layer].weights(model.get_params()), {}
    for n, letter in enumerate({"gru": "zrg", "lstm": "ifgo"}[cell]):
        block = slice(5 * n, 5 * n + 5)
        from_x = xs @ weights["W_xh"][:, block]
        from_x += weights["b_x"][block] if cell == "gru" else 0
        from_h = before[..., :5] @ weights["W_hh"][:, block] + weights["b_h"][block]
        if letter == "g":
            reset = found["r"] if cell == "gru" else 1
            found["g"] = np.tanh(from_x + reset * from_h)
        else:
            found[letter] = 1 / (1 + np.exp(-from_x - from_h))
    return found


def test_gates_start_from_zeros_unless_told():
    model, ids, _, state = draw("lstm", 2)
    for letter, gate in gate_activations.gates(model, ids, 1).items():
        np.testing.assert_array_equal(
            gate, gate_activations.gates(model, ids, 1, 0 * state)[letter]
        )
    bottom = gate_activations.gates(model, ids)["f"]
    np.testing.assert_array_equal(bottom, gate_activations.gates(model, ids, 0)["f"])


# any engine, and what does not fit


@every_engine
def test_every_engine_gives_the_same_and_is_left_as_it_was(engine):
    model, ours = (shared_model(e, "float32", "lstm", 2) for e in (engine, "numpy"))
    ids, targets, state = random_batch(model.config, K=1)
    kept = model.get_params()
    for function, arguments in [
        (state_jacobians.influence, (ids, targets, state)),
        (state_jacobians.jacobians, (ids[0], state[:, :1])),
        (lambda *given: np.array([*gate_activations.gates(*given).values()]), (ids, 1, state)),
    ]:
        found, expected = function(model, *arguments), function(ours, *arguments)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert all((model.get_params()[name] == value).all() for name, value in kept.items())


IDS = np.array([[0, 1, 2], [3, 4, 5]])


def test_influence_refuses_what_does_not_fit():
    cases = [
        (IDS, IDS, "targets must have the shape (B,), one for a sequence, not (2, 3)."),
        (IDS, IDS[:, :0], "(2, 0)"),
        (IDS, 3, "not ()"),
        (IDS, IDS[0], "(3, 1)"),
        (IDS, [7, 0], "id 7"),
        (IDS, [0.5, 0], "float64"),
        (IDS, [[0], [1, 2]], "equally long"),
        (IDS[0], IDS[:, 0], "(3,)"),
        (IDS[:, :0], IDS[:, 0], "(2, 0)"),
        (IDS[:0], IDS[:0, 0], "(0, 3)"),
        (3, [1], "()"),
        (IDS + 2, IDS[:, 0], "id 7"),
        ([[0, 1], [2]], [1, 2], "equally long"),
    ]
    assert_refused(
        lambda ids, targets: state_jacobians.influence(shared_model("numpy"), ids, targets), cases
    )


@pytest.mark.parametrize(
    ("ids", "piece"),
    [(IDS, "(1, 2, 3)"), (3, "(1,)"), ([], "(1, 0)"), ([7], "id 7"), ([0.5], "float64")],
    ids=str,
)
def test_jacobians_refuse_what_does_not_fit(ids, piece):
    with raises_sentence(ValueError, piece):
        state_jacobians.jacobians(shared_model("numpy"), ids)
    with raises_sentence(ValueError, "(1, 3, 5)"):
        state_jacobians.jacobians(shared_model("numpy"), IDS[0], np.zeros((1, 3, 5)))


def test_gates_refuse_what_does_not_fit():
    with raises_sentence(ValueError, "a plain cell has no gates"):
        gate_activations.gates(shared_model("numpy"), IDS)
    model = shared_model("numpy", "float32", "gru", 2)
    with raises_sentence(ValueError, "(3,)"):
        gate_activations.gates(model, IDS[0])
    with raises_sentence(ValueError, "equally long"):
        gate_activations.gates(model, [[0, 1], [2]])
    for layer in (2, -1, 1.0, None):
        with raises_sentence(ValueError, "layer", repr(layer)):
            gate_activations.gates(model, IDS, layer)
