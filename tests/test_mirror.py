"""One model, three engines: the same names in the same order, and the same numbers.

The tolerance is 1e-5 in float32 and 1e-10 in float64, for logits, states, losses, every gradient
and the parameters after thirty Adam steps. Keras keeps the learning rate as a float32 number
even in a float64 model; the other two round theirs alike, so that float64 is not spoilt by it.
"""

import ast
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import rnnlib
from rnnlib.engines import ENGINES, build
from tests.helpers import (
    BAD_BATCHES,
    DTYPES,
    OK,
    TOLERANCE,
    assert_params_equal,
    every_dtype,
    every_engine,
    raises_sentence,
    random_batch,
    random_params,
    shared_model,
    small_config,
)

INTERFACE = ["init_state", "forward", "loss_and_grads", "train_step", "get_params", "set_params"]
every_framework = pytest.mark.parametrize("engine", ["keras", "torch"])


@cache
def read_class(engine):
    """The CharRNN of an engine as it stands in its file: {method: syntax tree}, in order."""
    source = (Path(rnnlib.__file__).parent / f"{engine}_model.py").read_text(encoding="utf-8")
    (found,) = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == "CharRNN"
    ]
    return found, {node.name: node for node in found.body if isinstance(node, ast.FunctionDef)}


def public(engine):
    """Its public methods, with __init__."""
    return [name for name in read_class(engine)[1] if name[0] != "_" or name == "__init__"]


@every_engine
def test_same_methods_in_the_same_order(engine):
    assert public(engine) == ["__init__", *INTERFACE]
    helpers = list(read_class(engine)[1])[len(INTERFACE) + 1 :]
    assert all(name.startswith("_") for name in helpers)  # what differs stands at the end


@every_framework
def test_same_docstrings_and_signatures(engine):
    ours, theirs = read_class("numpy"), read_class(engine)
    assert ast.get_docstring(theirs[0]) == ast.get_docstring(ours[0])
    for name in public("numpy"):
        mine, other = ours[1][name], theirs[1][name]
        assert ast.dump(other.args) == ast.dump(mine.args)
        assert ast.get_docstring(other) == ast.get_docstring(mine)
        assert (ast.get_docstring(mine) is None) == (name == "__init__")
    signatures = [inspect.signature(type(shared_model(e)).forward) for e in ("numpy", engine)]
    assert signatures[0] == signatures[1]


@every_engine
def test_same_attributes(engine):
    model = build(small_config(), engine)
    assert model.config == small_config()
    assert model.learning_rate == 1e-3
    names = [name for name in dir(model) if name in INTERFACE]
    assert sorted(names) == sorted(INTERFACE)


@every_dtype
@every_framework
def test_same_seed_gives_the_same_first_weights(engine, dtype):
    assert_params_equal(
        shared_model(engine, dtype).get_params(), shared_model("numpy", dtype).get_params()
    )


@pytest.fixture(scope="module", params=DTYPES)
def computed(request):
    """{K: {engine: (logits, state, loss, grads, state after)}} from equal, biased weights."""
    dtype = request.param
    models = {engine: shared_model(engine, dtype) for engine in ENGINES}
    kept = models["numpy"].get_params()
    for model in models.values():
        model.set_params(random_params(model.config))
    found = {}
    for K in (1, 2, 6):
        ids, targets, state = random_batch(small_config(dtype), K=K)
        found[K] = {
            engine: (*model.forward(ids, state), *model.loss_and_grads(ids, targets, state))
            for engine, model in models.items()
        }
    for model in models.values():
        model.set_params(kept)
    return dtype, found


@every_framework
@pytest.mark.parametrize("K", [1, 2, 6], ids=lambda K: f"K={K}")
def test_same_logits_states_loss_and_gradients(computed, engine, K):
    dtype, found = computed
    close = {"rtol": 0, "atol": TOLERANCE[dtype]}
    logits, state, loss, grads, after = found[K]["numpy"]
    their_logits, their_state, their_loss, their_grads, their_after = found[K][engine]
    np.testing.assert_allclose(their_logits, logits, **close)
    np.testing.assert_allclose(their_state, state, **close)
    np.testing.assert_allclose(their_after, state, **close)
    np.testing.assert_allclose(after, state, **close)
    assert their_loss == pytest.approx(loss, rel=0, abs=TOLERANCE[dtype])
    assert_params_equal(their_grads, grads, TOLERANCE[dtype])


@every_engine
def test_shapes_and_types_are_those_of_the_interface(computed, engine):
    dtype, found = computed
    logits, state, loss, grads, after = found[6][engine]
    assert (logits.shape, state.shape, after.shape) == ((3, 6, 7), (1, 3, 5), (1, 3, 5))
    assert type(loss) is float
    for array in (logits, state, after, *grads.values()):
        assert type(array) is np.ndarray
        assert array.dtype == dtype
    params = shared_model("numpy", dtype).get_params()
    assert {n: g.shape for n, g in grads.items()} == {n: p.shape for n, p in params.items()}


@every_engine
def test_float64_is_really_float64(engine):
    model = shared_model(engine, "float64")
    ids, targets, state = random_batch(model.config)
    before = model.forward(ids, state)[0], model.loss_and_grads(ids, targets, state)
    kept = model.get_params()
    nudged = {name: value + 1e-12 for name, value in kept.items()}  # invisible in float32
    model.set_params(nudged)
    assert_params_equal(model.get_params(), nudged)
    assert 0 < np.abs(model.forward(ids, state)[0] - before[0]).max() < 1e-10
    model.set_params(kept)
    moved = model.forward(ids, state + 1e-12)
    assert 0 < np.abs(moved[0] - before[0]).max() < 1e-10
    assert 0 < np.abs(moved[1] - before[1][2]).max() < 1e-10
    assert float(np.float32(before[1][0])) != before[1][0]


def train(model, steps=30):
    """Steps with batches of several sizes and lengths, the state carried while it fits."""
    losses, states = [], []
    for i in range(steps):
        model.learning_rate = 1e-2 if i < 20 else 3e-3
        B, T = (3, 6) if i % 3 else (2, 4)
        ids, targets, state = random_batch(model.config, B, T, K=1 if i % 5 == 0 else T, seed=i)
        carried = i % 3 == 2
        loss, state = model.train_step(ids, targets, states[-1] if carried else state)
        losses.append(loss)
        states.append(state)
    return losses, states


@pytest.fixture(scope="module", params=DTYPES)
def trained(request):
    """{engine: (parameters after 1 step, after 30 more, losses, states)}, all from one start."""
    found = {}
    for engine in ENGINES:
        model = build(small_config(request.param), engine, seed=3)
        ids, targets, state = random_batch(model.config)
        model.train_step(ids, targets, state)
        first = model.get_params()
        losses, states = train(model)
        found[engine] = first, model.get_params(), losses, states
    return request.param, found


@every_framework
def test_one_training_step_gives_the_same_parameters(trained, engine):
    dtype, found = trained
    assert_params_equal(found[engine][0], found["numpy"][0], TOLERANCE[dtype])
    started = build(small_config(dtype), "numpy", seed=3).get_params()
    for name, value in found[engine][0].items():  # Adam's first step is the learning rate long
        moved = np.abs(value - started[name])
        assert moved.max() == pytest.approx(1e-3, rel=1e-2), name


@every_framework
def test_thirty_training_steps_give_the_same_parameters_losses_and_states(trained, engine):
    dtype, found = trained
    _, params, losses, states = found["numpy"]
    assert_params_equal(found[engine][1], params, TOLERANCE[dtype])
    np.testing.assert_allclose(found[engine][2], losses, rtol=0, atol=TOLERANCE[dtype])
    for theirs, ours in zip(found[engine][3], states, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=TOLERANCE[dtype])
    moved = [np.abs(params[n] - found["numpy"][0][n]).max() for n in params]
    assert min(moved) > 0.01  # there was something to agree about


@every_engine
def test_train_step_returns_the_loss_before_the_update_and_the_state_after_the_text(engine):
    model = build(small_config(), engine, seed=4)
    batch = random_batch(model.config)
    loss, _, state = model.loss_and_grads(*batch)
    returned, after = model.train_step(*batch)
    assert returned == pytest.approx(loss, abs=1e-6)
    np.testing.assert_allclose(after, state, atol=1e-6)
    assert model.loss_and_grads(*batch)[0] < loss
    model.learning_rate, before = 0.0, model.get_params()
    model.train_step(*batch)
    assert_params_equal(model.get_params(), before)


@every_engine
def test_set_params_and_get_params_are_a_round_trip_of_copies(engine):
    model = shared_model(engine)
    kept, params = model.get_params(), random_params(model.config)
    ids, _, state = random_batch(model.config)
    model.set_params(dict(reversed(params.items())))  # names count, not their order
    assert_params_equal(model.get_params(), params)
    logits = model.forward(ids, state)[0]
    for value in (*params.values(), *model.get_params().values()):
        value += 1  # neither what was given nor what was returned is the model's own
    np.testing.assert_array_equal(model.forward(ids, state)[0], logits)
    model.set_params(kept)
    assert_params_equal(model.get_params(), kept)


@every_engine
def test_reading_changes_nothing(engine):
    model = shared_model(engine)
    ids, targets, state = random_batch(model.config)
    before, given = model.get_params(), state.copy()
    first = model.forward(ids, state)
    model.loss_and_grads(ids, targets, state)
    again = model.forward(ids, state)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(state, given)
    assert_params_equal(model.get_params(), before)


@every_engine
def test_a_text_read_in_two_pieces_with_the_state_carried_is_the_text_read_at_once(engine):
    model = shared_model(engine)
    ids, _, state = random_batch(model.config)
    whole, last = model.forward(ids, state)
    first, carried = model.forward(ids[:, :2], state)
    second, end = model.forward(ids[:, 2:], carried)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    np.testing.assert_allclose(end, last, atol=1e-6)
    forgotten, _ = model.forward(ids[:, 2:], model.init_state(3))
    assert np.abs(forgotten - whole[:, 2:]).max() > 1e-3


@every_engine
def test_sequences_of_a_batch_do_not_see_each_other(engine):
    model = shared_model(engine)
    ids, _, state = random_batch(model.config)
    logits, last = model.forward(ids, state)
    for b in range(3):
        alone, end = model.forward(ids[b : b + 1], state[:, b : b + 1])
        np.testing.assert_allclose(alone[0], logits[b], atol=1e-6)
        np.testing.assert_allclose(end[:, 0], last[:, b], atol=1e-6)


@every_engine
def test_what_is_read_later_does_not_change_what_was_predicted_before(engine):
    model = shared_model(engine)
    ids, _, state = random_batch(model.config)
    other = np.concatenate([ids[:, :4], (ids[:, 4:] + 1) % 7], axis=1)
    before, after = model.forward(ids, state)[0], model.forward(other, state)[0]
    np.testing.assert_allclose(before[:, :4], after[:, :4], atol=1e-6)
    assert np.abs(before[:, 4:] - after[:, 4:]).max() > 1e-3


@every_engine
def test_any_layout_of_the_arrays_in_memory_will_do(engine):
    model = shared_model(engine)
    ids, targets, state = random_batch(model.config)
    expected = model.loss_and_grads(ids, targets, state)
    backwards = [np.ascontiguousarray(a[..., ::-1])[..., ::-1] for a in (ids, targets, state)]
    for array in backwards:
        array.flags.writeable = False
    found = model.loss_and_grads(*backwards)
    assert found[0] == expected[0]
    assert model.loss_and_grads(ids.astype(np.int8), targets.tolist(), state)[0] == expected[0]


@every_engine
def test_a_loss_far_beyond_float32_probabilities_is_still_a_number(engine):
    model = shared_model(engine)
    kept = model.get_params()
    far = kept | {"b_y": np.array([300, 0, 0, 0, 0, 0, 0], "float32")}
    ids, targets, state = np.array([[0, 1]]), np.array([[1, 2]]), model.init_state(1)
    model.set_params(far)
    loss, grads, _ = model.loss_and_grads(ids, targets, state)
    model.set_params(kept)
    assert loss == pytest.approx(300, abs=1)
    assert all(np.isfinite(grad).all() for grad in grads.values())


@every_engine
@pytest.mark.parametrize(("batch", "piece"), BAD_BATCHES)
def test_a_batch_that_does_not_fit_gets_one_sentence_and_changes_nothing(engine, batch, piece):
    model = shared_model(engine)
    before = model.get_params()
    for call in (model.loss_and_grads, model.train_step):
        with raises_sentence(ValueError, piece):
            call(batch["ids"], batch["targets"], batch["state"])
    if batch["targets"] is OK["targets"]:
        with raises_sentence(ValueError, piece):
            model.forward(batch["ids"], batch["state"])
    assert_params_equal(model.get_params(), before)


@every_engine
def test_parameters_that_do_not_fit_get_one_sentence_and_change_nothing(engine):
    model = shared_model(engine)
    kept = model.get_params()
    params = {name: value + 1 for name, value in kept.items()}
    for wrong, piece in [
        (params | {"W_xh": params["W_xh"].T}, "W_xh has the shape (5, 4)"),
        (params | {"b_y": params["b_y"][None]}, "b_y has the shape (1, 7)"),
        (params | {"bias": params["b_h"]}, "unknown: bias"),
        ({"embed": params["embed"]}, "missing: W_hh, W_hy, W_xh, b_h, b_y"),
    ]:
        with raises_sentence(ValueError, piece):
            model.set_params(wrong)
        assert_params_equal(model.get_params(), kept)


@every_engine
def test_init_state_of_no_sequences_is_refused(engine):
    with raises_sentence(ValueError, "batch_size"):
        shared_model(engine).init_state(0)
