"""A recipe's schedule, ranges and round trip; what a run knows of itself."""

import json
import math
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.models.update import Update
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import History, Run, fingerprint
from tests.helpers import assert_none, raises_sentence, refusal_faults

SHARES = st.floats(0, 1, exclude_max=True)
POSITIVE = st.floats(0, 1e6)
COUNTS = st.integers(1, 10**6)
RECIPES = st.builds(
    Recipe,
    batch_size=COUNTS,
    length=COUNTS,
    steps=COUNTS,
    learning_rate=POSITIVE,
    warmup=SHARES,
    decay=st.sampled_from(["cosine", "linear", "none"]),
    clip_norm=st.floats(0, 1e6, exclude_min=True) | st.just(math.inf),
    weight_decay=POSITIVE,
    dropout=SHARES,
    validate_every=COUNTS,
    patience=st.none() | COUNTS,
    reset=st.floats(0, 1),
    documents=st.booleans(),
)

# what is not set


def test_what_is_not_set_is_what_chapter_8_and_the_command_line_say():
    assert Recipe() == Recipe(
        16, 48, 1000, 0.005, 0.05, "cosine", 1.0, 0.1, 0.0, 500, None, 0.0, False
    )


def test_a_range_is_told_as_it_is():
    with raises_sentence(ValueError, "learning_rate must be a number of at least 0, not -1."):
        Recipe(learning_rate=-1)
    with raises_sentence(ValueError, "dropout must be a number of at least 0 and below 1, not 1."):
        Recipe(dropout=1)


# the schedule


def test_the_rate_rises_on_a_line_then_falls_along_half_a_cosine():
    recipe = Recipe(steps=100, learning_rate=0.02, warmup=0.1)
    rates = [recipe.rate(step) for step in range(100)]
    np.testing.assert_allclose(rates[:10], 0.02 * np.arange(1, 11) / 10, rtol=1e-15)
    falling = 0.01 * (1 + np.cos(np.pi * np.arange(90) / 90))
    np.testing.assert_allclose(rates[10:], falling, rtol=1e-12)


def test_on_a_line_it_falls_by_equal_steps():
    recipe = Recipe(steps=10, learning_rate=0.8, warmup=0.2, decay="linear")
    expected = [0.4, 0.8, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    np.testing.assert_allclose([recipe.rate(step) for step in range(10)], expected, rtol=1e-12)


def test_without_decay_it_stays_where_it_is_after_the_warm_up():
    recipe = Recipe(steps=20, learning_rate=0.5, warmup=0.2, decay="none")
    assert [recipe.rate(s) for s in range(20)] == [0.125, 0.25, 0.375] + [0.5] * 17


@given(recipe=RECIPES, part=st.floats(0, 1))
def test_the_rate_is_never_above_the_highest_nor_below_zero(recipe, part):
    step = min(int(part * recipe.steps), recipe.steps - 1)
    assert 0 <= recipe.rate(step) <= recipe.learning_rate * (1 + 1e-12)


@given(recipe=RECIPES)
def test_the_rate_never_rises_again_once_it_falls(recipe):
    steps = np.linspace(0, recipe.steps - 1, 50, dtype=int)
    rates = [recipe.rate(int(step)) for step in steps]
    top = int(np.argmax(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


@pytest.mark.parametrize("warmup", [0.0, 0.04])
def test_a_warm_up_of_less_than_half_a_step_is_none(warmup):
    assert Recipe(steps=10, learning_rate=0.3, warmup=warmup).rate(0) == 0.3


def test_one_step_alone_has_the_highest_rate():
    assert [Recipe(steps=1, warmup=warmup).rate(0) for warmup in (0, 0.9)] == [5e-3, 5e-3]


def test_an_update_is_told_its_rate_and_all_that_stays():
    recipe = Recipe(steps=20, clip_norm=2.0, weight_decay=0.3, dropout=0.4)
    assert recipe.update(7) == Update(recipe.rate(7), 2.0, 0.3, 0.4)


# its values


def test_characters_counts_what_all_steps_read():
    assert Recipe(batch_size=3, length=5, steps=7).characters == 105


@given(recipe=RECIPES)
def test_a_recipe_survives_the_trip_through_a_file(recipe):
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict(), allow_nan=False))) == recipe


def test_whole_numbers_of_numpy_are_stored_as_plain_ones():
    recipe = Recipe(steps=np.int64(5), patience=np.int32(2))
    assert json.loads(json.dumps(recipe.to_dict()))["steps"] == 5
    assert type(recipe.patience) is int


def test_a_recipe_never_changes():
    with pytest.raises(FrozenInstanceError):
        Recipe().steps = 5


COUNTED = ["batch_size", "length", "steps", "validate_every", "patience"]
BAD = {
    **{name: [0, -1, 2.5, "3", True] for name in COUNTED},
    "learning_rate": [-0.1, math.inf, math.nan, "0.1", None],
    "weight_decay": [-0.1, math.inf, math.nan, None],
    "warmup": [-0.1, 1, math.nan, None],
    "dropout": [-0.1, 1.0, math.nan, "half"],
    "clip_norm": [0, -1.0, math.nan, None, "1"],
    "decay": ["line", None, ""],
    "reset": [-0.1, 1.1, math.nan, None, "0.1"],
    "documents": [1, None, "yes"],
}


def test_what_is_out_of_range_is_refused_by_name():
    cases = [
        (
            f"{name}={value!r}",
            lambda name=name, value=value: Recipe(**{name: value}),
            name,
            repr(value),
        )
        for name, values in BAD.items()
        for value in values
    ]
    assert_none(refusal_faults(cases), "Let Recipe in training/recipe.py refuse it, by its name.")


def test_every_field_has_a_value_that_is_refused():
    assert BAD.keys() == {field.name for field in fields(Recipe)}


# a run


def run_with(losses=(), step=0, **recipe):
    """A run without a model, after these held-out losses."""
    history = History(validation_losses=list(losses))
    return Run(None, Recipe(**recipe), step=step, history=history)


def test_a_run_is_finished_after_its_last_step():
    assert [run_with(step=step, steps=5).finished for step in (0, 4, 5)] == [False, False, True]


def test_patience_runs_out_after_so_many_scores_without_a_new_best():
    for losses, patience, finished in (
        ([], 1, False),
        ([3], 1, False),
        ([3, 2], 1, False),
        ([3, 4], 1, True),
        ([3, 3], 1, True),
        ([3, 2, 4, 2.5], 3, False),
        ([3, 2, 4, 2.5, 2.0], 3, True),
        ([3, 2, 4, 2.5, 1.9], 3, False),
        ([3, 4, 5, 6], None, False),
    ):
        assert run_with(losses, patience=patience).finished is finished, (losses, patience)


def test_the_best_is_the_lowest_and_infinite_before_the_first():
    assert run_with().best == math.inf
    assert run_with([3, 2, 2.5]).best == 2
    assert run_with(step=3, batch_size=2, length=5).characters == 30


def test_a_fingerprint_tells_texts_apart_and_nothing_else():
    ids = np.array([1, 2, 3])
    assert fingerprint(ids) == fingerprint(ids.astype("int32")) == fingerprint([1, 2, 3])
    assert len({fingerprint(other) for other in ([1, 2, 3], [1, 2], [1, 3, 2], [0, 1, 2, 3])}) == 4
