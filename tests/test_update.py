"""The settings of one step: each bad value refused by name, and a value that never changes."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from rnnlib.models import Update
from tests.helpers import raises_sentence

BAD = {
    "rate": [-0.1, math.inf, math.nan, "0.1", None],
    "clip_norm": [0, -1.0, math.nan, None, "1"],
    "weight_decay": [-0.1, math.inf, math.nan, None],
    "dropout": [-0.1, 1.0, 2, math.nan, "half"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_what_is_out_of_range_is_refused_by_name(name, value):
    with raises_sentence(ValueError, f"{name} must be a number", repr(value)):
        Update(**{"rate": 0.1} | {name: value})


def test_but_for_the_rate_nothing_is_done_unless_asked():
    assert Update(0.1) == Update(0.1, math.inf, 0.0, 0.0)


def test_numbers_of_numpy_and_the_ends_of_the_ranges_will_do():
    assert Update(np.float32(0.5), np.float64(2), np.int64(0)) == Update(0.5, 2.0)
    assert Update(0, math.inf, 0, 0) == Update(0.0)


def test_without_their_names_the_settings_come_in_the_order_of_the_page():
    named = Update(rate=0.1, clip_norm=2.0, weight_decay=0.3, dropout=0.4)
    assert Update(0.1, 2.0, 0.3, 0.4) == named


def test_an_update_never_changes():
    with pytest.raises(FrozenInstanceError):
        Update(0.1).rate = 0.2
