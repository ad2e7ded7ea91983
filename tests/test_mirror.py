"""One model, three engines: the same names in the same order, and the same numbers.

The tolerance is 1e-5 in float32 and 1e-10 in float64, for logits, states, losses, every gradient,
one clipped Adam step, and the parameters after thirty. Keras keeps the learning rate as a float32
number even in a float64 model; the other two round theirs alike, so that float64 is not spoilt.
"""

import inspect
import math
from dataclasses import fields
from functools import cache, partial
from itertools import product

import numpy as np
import pytest

from rnnlib.interface import Model
from rnnlib.models.config import ADAM_BETAS, ADAM_EPSILON, CELLS, choose_device
from rnnlib.models.engines import ENGINES, build
from rnnlib.models.parts import shapes
from rnnlib.models.update import Update
from tests.helpers import (
    DTYPES,
    KINDS,
    TOLERANCE,
    assert_params_equal,
    bad_batches,
    every_engine,
    raises_sentence,
    random_batch,
    random_params,
    restored,
    shared_model,
    small_config,
)

INTERFACE = ["init_state", "forward", "loss_and_grads", "train_step"]
INTERFACE += ["get_params", "set_params", "get_optimizer", "set_optimizer"]
RATE = 2**-7  # the same number in float32
LIMIT = 1e-5  # so low that Adam's epsilon counts: otherwise it would undo the scaling
EPSILON = ADAM_EPSILON / np.sqrt(1 - ADAM_BETAS[1])  # epsilon beside the first step's |gradient|


EVERY_SIZE = list(product(CELLS, (1, 2, 3), DTYPES))
USUAL = [size for size in EVERY_SIZE if size[:2] in KINDS]
UNUSUAL = [size for size in EVERY_SIZE if size[:2] not in KINDS]


def every_size(*engines):
    """Every cell, depth and dtype in each of these engines.

    Keras takes seconds to trace a model; what it does otherwise by depth, KINDS shows.
    """
    params = [pytest.param(e, EVERY_SIZE, id=e) for e in engines if e != "keras"]
    params += [
        pytest.param("keras", USUAL, id="keras"),
        pytest.param("keras", UNUSUAL, id="keras, other depths", marks=pytest.mark.slow),
    ]
    return pytest.mark.parametrize(("engine", "sizes"), params)


every_framework = pytest.mark.parametrize("engine", ["keras", "torch"])


@pytest.fixture(params=[(e, *kind) for e in ENGINES for kind in KINDS], ids=lambda p: f"{p}")
def model(request):
    """A float32 model of each engine and kind, shared, and put back after the test."""
    engine, cell, num_layers = request.param
    with restored(shared_model(engine, "float32", cell, num_layers)) as model:
        yield model


@every_engine
def test_the_methods_of_the_interface_are_written_once_for_all_engines(engine):
    model, ours = (type(shared_model(name)) for name in (engine, "numpy"))
    assert [name for name in vars(model) if not name.startswith("_")] == []
    assert {n for n, f in vars(Model).items() if inspect.isfunction(f) and n[0] != "_"} == {
        *INTERFACE
    }
    for name in INTERFACE:
        method, wanted = getattr(model, name), getattr(Model, name)
        assert method is getattr(ours, name)
        assert inspect.getdoc(method)
        assert [*inspect.signature(method).parameters] == [*inspect.signature(wanted).parameters]


@every_engine
def test_same_attributes(engine):
    model = build(small_config(), engine)
    assert model.config == small_config()
    assert (model.seed, model.device) == (0, "cpu")
    settings = {field.name for field in fields(Update)} | {"learning_rate"}
    assert not settings & set(dir(model))  # what is set for one step lasts for one step
    names = [name for name in dir(model) if name in INTERFACE]
    assert sorted(names) == sorted(INTERFACE)


@every_size("keras", "torch")
def test_same_seed_gives_the_same_first_weights(engine, sizes, subtests):
    for cell, num_layers, dtype in sizes:
        with subtests.test(f"{cell} {num_layers} {dtype}"):
            theirs, ours = (computed(e, cell, num_layers, dtype) for e in (engine, "numpy"))
            assert_params_equal(theirs["first"], ours["first"])
            assert list(ours["first"]) == list(shapes(small_config(dtype, cell, num_layers)))


@cache
def computed(engine, cell, num_layers, dtype):
    """What one engine makes of random weights and batches, of one clipped step, and of thirty."""
    config = small_config(dtype, cell, num_layers)
    with restored(shared_model(engine, dtype, cell, num_layers)) as model:
        found = {"first": model.get_params()}
        model.set_params(random_params(config))
        for K in (1, 2, 6):
            ids, targets, state = random_batch(config, K=K)
            found[K] = *model.forward(ids, state), *model.loss_and_grads(ids, targets, state)
        model.train_step(*random_batch(config), Update(RATE, LIMIT))
        found["clipped"] = model.get_params()
        if (cell, num_layers) in KINDS:
            model.set_params(found["first"])
            found["losses"], found["states"] = train(model)
        found["memory"] = model.get_optimizer()
        return found | {"trained": model.get_params()}


def train(model, steps=30):
    """Steps with batches of several sizes and lengths, the state carried while it fits."""
    losses, states = [], []
    for i in range(steps):
        update = Update(
            1e-2 if i < 20 else 3e-3,
            0.1 if i % 4 == 1 else math.inf,
            0.1 if i % 6 < 3 else 0.0,
            0.25 if 10 <= i < 20 else 0.0,
        )
        B, T = (3, 6) if i % 3 else (2, 4)
        ids, targets, state = random_batch(model.config, B, T, K=1 if i % 5 == 0 else T, seed=i)
        carried = i % 3 == 2
        state = states[-1] if carried else state
        loss, state = model.train_step(ids, targets, state, update)
        losses.append(loss)
        states.append(state)
    return losses, states


@every_size("keras", "torch")
def test_same_logits_states_loss_and_gradients(engine, sizes, subtests):
    for (cell, num_layers, dtype), K in product(sizes, (1, 2, 6)):
        with subtests.test(f"{cell} {num_layers} {dtype}, {K} targets"):
            close = {"rtol": 0, "atol": TOLERANCE[dtype]}
            logits, state, loss, grads, after = computed("numpy", cell, num_layers, dtype)[K]
            theirs = computed(engine, cell, num_layers, dtype)[K]
            np.testing.assert_allclose(theirs[0], logits, **close)
            np.testing.assert_allclose(theirs[1], state, **close)
            assert theirs[2] == pytest.approx(loss, rel=0, abs=TOLERANCE[dtype])
            assert_params_equal(theirs[3], grads, TOLERANCE[dtype])
            np.testing.assert_allclose(theirs[4], state, **close)
            np.testing.assert_allclose(after, state, **close)


@every_size(*ENGINES)
def test_one_clipped_step_is_that_of_the_formula(engine, sizes, subtests):
    """Adam's first step along gradients of norm LIMIT: m = 0.1 g and v = 0.001 g^2."""
    for size in sizes:
        with subtests.test(" ".join(map(str, size))):
            check_clipped_step(engine, *size)


def check_clipped_step(engine, cell, num_layers, dtype):
    """The clipped step of one model is that of the formula, and no other."""
    grads = computed("numpy", cell, num_layers, "float64")[6][3]
    norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))
    assert norm > 1e4 * LIMIT  # the step really was clipped
    params, found = random_params(small_config(dtype, cell, num_layers)), {}
    for clipped in (True, False):
        scale = LIMIT / norm if clipped else 1.0
        found[clipped] = {
            name: value - RATE * scale * grads[name] / (scale * np.abs(grads[name]) + EPSILON)
            for name, value in params.items()
        }
    theirs = computed(engine, cell, num_layers, dtype)["clipped"]
    assert_params_equal(theirs, found[True], TOLERANCE[dtype])
    gaps = [np.abs(found[False][name] - theirs[name]).max() for name in params]
    assert min(gaps) > 1e-3  # without clipping it would have been another step


@every_engine
def test_shapes_and_types_are_those_of_the_interface(engine, subtests):
    for cell, num_layers, dtype in USUAL:
        with subtests.test(f"{cell} {num_layers} {dtype}"):
            logits, state, loss, grads, after = computed(engine, cell, num_layers, dtype)[6]
            assert logits.shape == (3, 6, 7)
            assert state.shape == after.shape == (num_layers, 3, 10 if cell == "lstm" else 5)
            assert type(loss) is float
            for array in (logits, state, after, *grads.values()):
                assert type(array) is np.ndarray
                assert array.dtype == dtype
            found = {name: grad.shape for name, grad in grads.items()}
            assert found == shapes(small_config(dtype, cell, num_layers))


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


@every_framework
def test_thirty_steps_give_the_same_parameters_losses_and_states(engine, subtests):
    for cell, num_layers, dtype in USUAL:
        with subtests.test(f"{cell} {num_layers} {dtype}"):
            close = {"rtol": 0, "atol": TOLERANCE[dtype]}
            ours, theirs = (computed(e, cell, num_layers, dtype) for e in ("numpy", engine))
            assert_params_equal(theirs["trained"], ours["trained"], TOLERANCE[dtype])
            np.testing.assert_allclose(theirs["losses"], ours["losses"], **close)
            for other, state in zip(theirs["states"], ours["states"], strict=True):
                np.testing.assert_allclose(other, state, **close)
            first, trained = ours["first"], ours["trained"]
            moved = [np.abs(value - first[name]).max() for name, value in trained.items()]
            assert min(moved) > 0.01  # there was something to agree about


@every_framework
def test_adam_remembers_the_same_in_every_engine(engine, subtests):
    for cell, num_layers, dtype in USUAL:
        with subtests.test(f"{cell} {num_layers} {dtype}"):
            ours, theirs = (
                computed(e, cell, num_layers, dtype)["memory"] for e in ("numpy", engine)
            )
            assert ours["step"] == theirs["step"] == 31
            for part in ("m", "v"):
                assert_params_equal(theirs[part], ours[part], TOLERANCE[dtype])
                assert min(np.abs(value).max() for value in ours[part].values()) > 1e-9


def test_a_gpu_is_taken_where_there_is_one_and_missed_where_there_is_none():
    assert [choose_device(None, gpu) for gpu in (True, False)] == ["gpu", "cpu"]
    assert [choose_device("cpu", gpu) for gpu in (True, False)] == ["cpu", "cpu"]
    assert choose_device("gpu", True) == "gpu"
    with raises_sentence(ValueError, "finds no GPU here"):
        choose_device("gpu", False)


def test_train_step_returns_the_loss_before_the_update_and_the_state_after_the_text(model):
    batch = random_batch(model.config)
    loss, _, state = model.loss_and_grads(*batch)
    returned, after = model.train_step(*batch, Update(1e-3))
    assert returned == pytest.approx(loss, abs=1e-6)
    np.testing.assert_allclose(after, state, atol=1e-6)
    assert model.loss_and_grads(*batch)[0] < loss
    before = model.get_params()
    model.train_step(*batch, Update(0.0))
    assert_params_equal(model.get_params(), before)


def test_reading_changes_nothing(model):
    ids, targets, state = random_batch(model.config)
    before, given = model.get_params(), state.copy()
    first = model.forward(ids, state)
    model.loss_and_grads(ids, targets, state)
    again = model.forward(ids, state)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(state, given)
    assert_params_equal(model.get_params(), before)


def test_any_layout_of_the_arrays_in_memory_will_do(model):
    ids, targets, state = random_batch(model.config)
    expected = model.loss_and_grads(ids, targets, state)
    backwards = [np.ascontiguousarray(a[..., ::-1])[..., ::-1] for a in (ids, targets, state)]
    for array in backwards:
        array.flags.writeable = False
    found = model.loss_and_grads(*backwards)
    assert found[0] == expected[0]
    assert model.loss_and_grads(ids.astype(np.int8), targets.tolist(), state)[0] == expected[0]


def test_a_loss_far_beyond_float32_probabilities_is_still_a_number(model):
    ids, targets, state = np.array([[0, 1]]), np.array([[1, 2]]), model.init_state(1)
    model.set_params(model.get_params() | {"b_y": np.array([300, 0, 0, 0, 0, 0, 0])})
    loss, grads, _ = model.loss_and_grads(ids, targets, state)
    assert loss == pytest.approx(300, abs=1)
    assert all(np.isfinite(grad).all() for grad in grads.values())


def test_a_batch_that_does_not_fit_gets_one_sentence_and_changes_nothing(subtests, model):
    before = model.get_params()
    for name, (batch, piece) in bad_batches(model.config).items():
        with subtests.test(name):
            for call in (model.loss_and_grads, partial(model.train_step, update=Update(1e-3))):
                with raises_sentence(ValueError, piece):
                    call(batch["ids"], batch["targets"], batch["state"])
            if not name.startswith("targets"):
                with raises_sentence(ValueError, piece):
                    model.forward(batch["ids"], batch["state"])
    assert_params_equal(model.get_params(), before)
