"""A checkup passes sound models of Keras, names planted bugs, and leaves no trace."""

import random

import keras
import numpy as np
import pytest
from keras import layers

from checkup import checkup
from tests.checkup import data
from tests.checkup.keras_models import SICK, SOUND

SLOW = {  # what others try as well, in another form: left to the run of all tests
    "both ends", "masked in front", "masked series", "autoencoder", "convolutional", "attention",
    "tied", "with states", "encoder and decoder", "one-hot", "binary", "two answers by their names",
    "mixed precision", "convolution", "padding in the loss", "stateful, not meant", "state lost",
    "layers made in call", "stop_gradient", "state stopped",
}  # fmt: skip


def names_of(table):
    return [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in table]


@pytest.fixture(autouse=True)
def _same_weights():
    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("name", names_of(SOUND))
def test_a_sound_model_passes(name):
    model, batch, how = SOUND[name]()
    report = checkup(model, batch, **how)
    assert report.findings == []
    assert len(report.passed) >= 8


@pytest.mark.parametrize("name", names_of(SICK))
def test_a_bug_is_named_and_nothing_besides(name):
    model, batch, how, wanted = SICK[name]()
    assert [finding.name for finding in checkup(model, batch, **how).findings] == [wanted]


def test_a_model_of_keras_is_given_back_as_it_was():
    for name in ("dropout", "stateful"):
        model, batch, how = SOUND[name]()
        model(batch[0])  # leaves a state in a stateful one
        states = [s for layer in model.layers if getattr(layer, "stateful", False) for s in
                  layer.states]  # fmt: skip
        before = [v.numpy() for v in (*model.variables, *states)]
        assert name == "dropout" or any(state.numpy().any() for state in states)
        chance = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
        checkup(model, batch, **how)
        for variable, value in zip((*model.variables, *states), before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)
        assert (np.random.get_state()[1] == chance[0]).all()  # noqa: NPY002
        assert random.getstate() == chance[1]


def test_a_model_of_keras_that_was_not_built_is_not_built_afterwards():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.rnn, self.outs = layers.GRU(5, stateful=True), [layers.Dense(4)]

        def call(self, x):
            return self.outs[0](self.rnn(x))

    batch = data.SERIES, data.WORDS
    for model in (SOUND["batch norm, not built"]()[0], Own()):
        before = [(layer, dict(vars(layer))) for layer in model._flatten_layers()]
        assert not model.built
        checkup(model, batch)
        assert not model.built
        assert model.weights == []
        after = list(model._flatten_layers())
        assert len(after) == len(before)
        for layer, (same, held) in zip(after, before, strict=True):
            assert layer is same
            assert vars(layer).keys() == held.keys()
            assert all(vars(layer)[name] is value for name, value in held.items())
        model(batch[0][:, :5])  # and can still be built, for inputs of another length
        assert len(model.weights) > 4


def test_what_is_slow_is_in_a_table():
    assert {*SOUND, *SICK} >= SLOW
