"""What several tests share: the form of an error message, small models, numerical gradients."""

import re
from contextlib import contextmanager
from functools import cache, partial

import numpy as np
import pytest

from rnnlib.models.config import CELLS, ModelConfig
from rnnlib.models.engines import ENGINES, build
from rnnlib.models.parts import shapes

DTYPES = ("float32", "float64")
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
KINDS = [("rnn", 1), ("gru", 2), ("lstm", 2)]  # for tests that need not try every depth

every_engine = pytest.mark.parametrize("engine", ENGINES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)
every_cell = pytest.mark.parametrize("cell", CELLS)
every_kind = pytest.mark.parametrize(("cell", "num_layers"), KINDS)


def assert_none(faults, remedy):
    """Fail with every fault, a line each, and with what to do about them and in which file."""
    faults = list(faults)
    if faults:
        pytest.fail(
            "\n".join([f"{len(faults)} to mend:", *map(str, faults), remedy]), pytrace=False
        )


def assert_sentence(message):
    """One sentence, or one and what to do about it: whole, on one line, short enough to read."""
    assert message.endswith("."), message
    assert "\n" not in message, message
    assert len(message) < 450, message
    assert len(re.findall(r"[.!?] (?=[A-Z])", message)) <= 1, message


@contextmanager
def raises_sentence(kind, *pieces):
    """The block raises exactly this kind of error; its message is a sentence with these pieces."""
    with pytest.raises(kind) as caught:
        yield
    message = str(caught.value)
    assert type(caught.value) is kind, repr(caught.value)
    assert_sentence(message)
    for piece in pieces:
        assert piece in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def refusal_faults(cases, kind=ValueError):
    """For assert_none: a line for each of (what, call, *pieces) whose call does not raise this kind
    of error with a sentence that holds the pieces.
    """
    for what, call, *pieces in cases:
        try:
            with raises_sentence(kind, *pieces):
                call()
        except (Exception, pytest.fail.Exception) as problem:
            yield f"{what}: {problem}"


def assert_refused(function, cases, kind=ValueError):
    """Fail with every case, (*arguments, piece), for which function(*arguments) does not raise this
    kind of error with a sentence that holds the piece.
    """
    calls = [(piece, partial(function, *arguments), piece) for *arguments, piece in cases]
    assert_none(refusal_faults(calls, kind), "Let it be refused in a sentence with these words.")


def small_config(dtype="float32", cell="rnn", num_layers=1):
    """V, E and H all differ, so that a swapped axis cannot hide."""
    return ModelConfig(7, 4, 5, num_layers, cell, dtype)


@cache
def shared_model(engine, dtype="float32", cell="rnn", num_layers=1):
    """One model for all tests that leave it as it was: Keras takes seconds to trace one."""
    return build(small_config(dtype, cell, num_layers), engine, seed=1)


@contextmanager
def restored(model):
    """The model; after the block its weights and Adam's memory are again as they were before."""
    params, memory = model.get_params(), model.get_optimizer()
    try:
        yield model
    finally:
        model.set_params(params)
        model.set_optimizer(memory)


def random_params(config, seed=0):
    """Parameters of ordinary size, biases included, so that none is lost among zeros."""
    rng = np.random.default_rng(seed)
    return {n: rng.normal(0, 0.5, s).astype(config.dtype) for n, s in shapes(config).items()}


def random_batch(config, B=3, T=6, K=None, seed=0):
    """ids (B, T) in which characters repeat, targets (B, K) and a state that is not zero."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(config.vocab_size, size=(B, T))
    ids[0, 0] = ids[0, -1] = ids[-1, -1]
    targets = rng.integers(config.vocab_size, size=(B, K or T))
    state = rng.normal(0, 0.5, (config.num_layers, B, config.state_size)).astype(config.dtype)
    return ids, targets, state


def assert_like_numpy(engine, config, K, update):
    """A model gives the gradients, weights, state and losses of NumPy's over five updates."""
    batch, found = random_batch(config, K=K), []
    for name in ("numpy", engine):
        model = build(config, name, seed=3)
        loss, grads, state = model.loss_and_grads(*batch)
        losses = [model.train_step(*batch, update)[0] for _ in range(5)]
        found.append((grads, model.get_params(), loss, state, losses))
    ours, theirs = found
    close = TOLERANCE[config.dtype]
    assert_params_equal(theirs[0], ours[0], close)
    assert_params_equal(theirs[1], ours[1], close)
    for a, b in zip(theirs[2:], ours[2:], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=close)
    assert ours[4][-1] < ours[4][0] < np.inf


def numerical_gradient(function, array, step=1e-6):
    """Central differences of function() for every number of `array`, which is put back.

    Where function() is an array itself, its axes come last.
    """
    gradient = np.zeros(array.shape + np.shape(function()))
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = function()
        array[place] = kept - step
        gradient[place] = (above - function()) / (2 * step)
        array[place] = kept
    return gradient


def draw_wave(length, turns):
    """x[t] = cos(turns x[t-1]) + noise of deviation 0.1: no straight line shows what comes next."""
    rng, values = np.random.default_rng(0), [0.0]
    while len(values) < length:
        values.append(np.cos(turns * values[-1]) + rng.normal(0, 0.1))
    return np.array(values)


def assert_params_equal(ours, theirs, atol=0.0):
    """The same names in the same order, and the same numbers."""
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=atol, err_msg=name)


def good_batch(config):
    """The arguments of check_batch for two sequences of four steps, read from a state of zeros."""
    return {
        "ids": np.array([[0, 1, 2, 6], [3, 3, 3, 3]]),
        "targets": np.array([[1, 2, 6, 0], [3, 3, 3, 4]]),
        "state": config.init_state(2),
    }


# name -> (what is passed instead, a piece of the message)
BAD_IDS = {
    "a single sequence without its batch axis": (np.array([0, 1]), "(2,)"),
    "three axes": (np.zeros((2, 4, 1), int), "(2, 4, 1)"),
    "no time step": (np.zeros((2, 0), int), "(2, 0)"),
    "no sequence": (np.zeros((0, 4), int), "(0, 4)"),
    "an id too high": (np.array([[0, 7, 0, 0], [0, 0, 0, 0]]), "id 7"),
    "a negative id": (np.array([[0, 0, 0, -1], [0, 0, 0, 0]]), "id -1"),
    "floats": (np.zeros((2, 4)), "float64"),
    "characters": ([list("abcd"), list("abcd")], "integers"),
    "rows of unequal length": ([[0, 1, 2, 3], [0, 1, 2]], "equally long"),
}
BAD_TARGETS = {
    "without the batch axis": (np.array([0, 1]), "(2,)"),
    "one sequence, which would broadcast": (np.zeros((1, 4), int), "(1, 4)"),
    "more than there are steps": (np.zeros((2, 5), int), "(2, 5)"),
    "none at all": (np.zeros((2, 0), int), "(2, 0)"),
    "one-hot rows": (np.zeros((2, 4, 7), int), "(2, 4, 7)"),
    "an id too high": (np.full((2, 4), 7), "id 7"),
    "a negative id": (np.full((2, 4), -1), "id -1"),
    "floats": (np.zeros((2, 4)), "float64"),
}


def bad_states(config):
    """States that do not fit two sequences, as the tables above."""
    L, S, H = config.num_layers, config.state_size, config.hidden_size
    return {
        "one sequence, which would broadcast": (np.zeros((L, 1, S)), f"({L}, 1, {S})"),
        "too many sequences": (np.zeros((L, 3, S)), "init_state(2)"),
        "without the layer axis": (np.zeros((2, S)), f"(2, {S})"),
        "a layer too many": (np.zeros((L + 1, 2, S)), f"({L + 1}, 2, {S})"),
        "layers side by side": (np.zeros((1, 2, 2 * S)), f"(1, 2, {2 * S})"),
        "another hidden size": (np.zeros((L, 2, S - 1)), f"({L}, 2, {S - 1})"),
        "a pair h, c": ((np.zeros((L, 2, H)), np.zeros((L, 2, H))), f"(2, {L}, 2, {H})"),
        "a single number": (0.0, "()"),
        "none": (None, f"({L}, 2, {S})"),
        "a string": ("zero", "str"),
        "a ragged list": ([[[0, 0], [0]]], "list"),
    }


def bad_batches(config):
    """{name: (arguments of check_batch of which one is wrong, a piece of the message)}."""
    tables = {"ids": BAD_IDS, "state": bad_states(config), "targets": BAD_TARGETS}
    return {
        f"{kind}: {name}": (good_batch(config) | {kind: value}, piece)
        for kind, table in tables.items()
        for name, (value, piece) in table.items()
    }
