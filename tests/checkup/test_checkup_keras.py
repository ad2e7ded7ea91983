"""A checkup passes sound models of Keras, names bugs, and leaves no trace."""

import random

import numpy as np
import pytest

from checkup import checkup
from tests.checkup import data
from tests.helpers import assert_none

KINDS = ("compiled", "masked steps", "stateful", "batch norm, not built", "gaussian",
         "of the tutorial", "by hand", "forecast of a row")  # fmt: skip
BUGS = ("return_sequences", "logits as probabilities", "ids for one-hot", "a real id is masked",
        "padding read", "state kept", "own variable", "state stopped", "linear")  # fmt: skip


@pytest.fixture
def models():
    """The module of models in Keras."""
    from tests.checkup import keras_models

    return keras_models


def without(names, table):
    """The rest of a table: what others try as well, in another form."""
    assert table.keys() >= set(names)
    return table.keys() - set(names)


def test_a_sound_model_of_each_kind_passes(models):
    assert_none(data.false_alarms(models.SOUND, models.seed, KINDS), data.ALARM)


@pytest.mark.slow
def test_the_other_sound_models_pass(models):
    rest = without(KINDS, models.SOUND)
    assert_none(data.false_alarms(models.SOUND, models.seed, rest), data.ALARM)


def test_a_bug_of_each_kind_is_named_and_nothing_besides(models):
    assert_none(data.unnamed(models.SICK, models.seed, BUGS), data.UNNAMED)


@pytest.mark.slow
def test_the_other_bugs_are_named_and_nothing_besides(models):
    rest = without(BUGS, models.SICK)
    assert_none(data.unnamed(models.SICK, models.seed, rest), data.UNNAMED)


@pytest.mark.parametrize(
    "name", ["dropout", "stateful", "mixed precision", "batch norm, not built"]
)
def test_a_model_of_keras_is_given_back_as_it_was(name, models):
    models.seed()
    model, batch, how = models.SOUND[name]()
    if not model.built:
        checkup(model, batch, **how)  # gives it weights, as its first call would
        assert len(model.weights) == 9
    model(batch[0])  # leaves a state in a stateful one
    states = [s for m in model.layers if getattr(m, "stateful", False) for s in m.states]
    kept = [*model.variables, *states]
    before = [v.numpy() for v in kept]
    policies = [layer.dtype_policy for layer in model.layers]
    assert name != "stateful" or any(state.numpy().any() for state in states)
    chance = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    checkup(model, batch, **how)
    for variable, value in zip(kept, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert [layer.dtype_policy for layer in model.layers] == policies
    assert (np.random.get_state()[1] == chance[0]).all()  # noqa: NPY002
    assert random.getstate() == chance[1]
