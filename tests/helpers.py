"""What several tests share: the form of an error message, small models, numerical gradients."""

import re
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

from rnnlib.config import ModelConfig
from rnnlib.engines import ENGINES, build

DTYPES = ("float32", "float64")
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}

every_engine = pytest.mark.parametrize("engine", ENGINES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


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


def small_config(dtype="float32"):
    """V, E and H all differ, so that a swapped axis cannot hide."""
    return ModelConfig(vocab_size=7, embed_size=4, hidden_size=5, dtype=dtype)


@cache
def shared_model(engine, dtype="float32"):
    """A model for tests that do not change it: building one costs Keras a second."""
    return build(small_config(dtype), engine, seed=1)


def random_params(config, seed=0):
    """Parameters of ordinary size, biases included, so that none is lost among zeros."""
    rng = np.random.default_rng(seed)
    zeros = build(config, "numpy").get_params()
    return {name: rng.normal(0, 0.5, a.shape).astype(a.dtype) for name, a in zeros.items()}


def random_batch(config, B=3, T=6, K=None, seed=0):
    """ids (B, T) in which characters repeat, targets (B, K) and a state that is not zero."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(config.vocab_size, size=(B, T))
    ids[0, 0] = ids[0, -1] = ids[-1, -1]
    targets = rng.integers(config.vocab_size, size=(B, K or T))
    state = rng.normal(0, 0.5, (1, B, config.hidden_size)).astype(config.dtype)
    return ids, targets, state


def numerical_gradient(function, array, step=1e-6):
    """Central differences of function() for every number of `array`, which is put back."""
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = function()
        array[place] = kept - step
        gradient[place] = (above - function()) / (2 * step)
        array[place] = kept
    return gradient


def assert_params_equal(ours, theirs, atol=0.0):
    """The same names in the same order, and the same numbers."""
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=atol, err_msg=name)


OK = {
    "ids": np.array([[0, 1, 2, 6], [3, 3, 3, 3]]),
    "targets": np.array([[1, 2, 6, 0], [3, 3, 3, 4]]),
    "state": np.zeros((1, 2, 5)),
}
# name -> (what is passed instead, a piece of the message); ids and states for every method
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
BAD_STATES = {
    "one sequence, which would broadcast": (np.zeros((1, 1, 5)), "(1, 1, 5)"),
    "too many sequences": (np.zeros((1, 3, 5)), "init_state(2)"),
    "without the layer axis": (np.zeros((2, 5)), "(2, 5)"),
    "two layers": (np.zeros((2, 2, 5)), "(2, 2, 5)"),
    "another hidden size": (np.zeros((1, 2, 4)), "(1, 2, 4)"),
    "a single number": (0.0, "()"),
    "none": (None, "(1, 2, 5)"),
    "a string": ("zero", "str"),
    "a ragged list": ([[[0, 0], [0]]], "list"),
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
BAD_BATCHES = [
    pytest.param(OK | {kind: value}, piece, id=f"{kind}: {name}")
    for kind, table in {"ids": BAD_IDS, "state": BAD_STATES, "targets": BAD_TARGETS}.items()
    for name, (value, piece) in table.items()
]
