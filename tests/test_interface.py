"""What every model can do: each engine has all that the Protocol names, and takes the same."""

import importlib
import inspect

import pytest

from rnnlib.interface import Model
from rnnlib.models.engines import build
from tests.helpers import every_engine, small_config

METHODS = sorted(
    name
    for name, member in vars(Model).items()
    if inspect.isfunction(member) and not name.startswith("_")
)


def parameters(function):
    """The names of a function's parameters, in order."""
    return list(inspect.signature(function).parameters)


def test_the_protocol_names_what_the_design_names():
    assert set(METHODS) == {
        *("init_state", "forward", "loss_and_grads", "train_step"),
        *("get_params", "set_params", "get_optimizer", "set_optimizer"),
    }


@every_engine
@pytest.mark.parametrize("name", METHODS)
def test_every_engine_has_the_method_and_calls_its_parameters_the_same(engine, name):
    model = importlib.import_module(f"rnnlib.models.char_rnn.{engine}_model").CharRNN
    assert parameters(getattr(model, name)) == parameters(getattr(Model, name))


def test_a_model_has_the_attributes_of_the_protocol():
    model = build(small_config(), "numpy", seed=3)
    config, seed, device = (getattr(model, name) for name in Model.__annotations__)
    assert (config, seed, device) == (small_config(), 3, "cpu")
