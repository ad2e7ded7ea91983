"""What is trained where nothing is asked for follows from the text, and says why."""

import pytest

from rnnlib.models.config import ModelConfig
from rnnlib.training import defaults
from rnnlib.training.defaults import (
    RATE,
    WIDTHS,
    check_memory,
    choose_scored,
    count_parameters,
    make_plan,
)
from rnnlib.training.recipe import Recipe
from tests.helpers import raises_sentence


@pytest.mark.parametrize("count", [30, 200, 1_800, 30_000, 270_000, 1_003_854, 54_000_000])
def test_no_text_gets_more_weights_passes_or_rows_than_it_can_use(count):
    found = make_plan(60, count)
    recipe, width = found.recipe, found.config.hidden_size
    assert count_parameters(found.config) <= count or width == min(WIDTHS)
    assert recipe.characters <= 20 * count
    assert recipe.batch_size * recipe.length * 8 <= count
    assert recipe.learning_rate == pytest.approx(min(4 / width, 0.1), rel=0.03)
    assert recipe.validate_every * 10 <= max(recipe.steps, 10)  # a score in the first tenth


def test_a_wider_model_is_not_chosen_only_where_its_weights_would_outnumber_the_text():
    for count in (1_800, 30_000, 100_000):
        width = make_plan(60, count).config.hidden_size
        wider = WIDTHS[WIDTHS.index(width) - 1]
        embed = min(wider // 2, 64)
        assert count_parameters(ModelConfig(60, embed, wider, 1, "gru")) > count


def test_what_is_given_stays_and_the_rate_follows_the_width():
    given = {"hidden_size": 128, "cell": "lstm", "batch_size": 5, "steps": 7}
    found = make_plan(60, 10_000, given)
    assert (found.config.hidden_size, found.config.cell) == (128, "lstm")
    assert (found.recipe.batch_size, found.recipe.steps) == (5, 7)
    assert found.recipe.learning_rate == pytest.approx(RATE / 128, rel=0.02)
    assert make_plan(60, 10_000, given | {"learning_rate": 0.3}).recipe.learning_rate == 0.3


def test_a_trained_model_reads_a_text_shorter_than_its_weights_four_times_and_calmly():
    config = ModelConfig(60, 64, 192, 1, "gru")
    short, long = (make_plan(60, count, config=config).recipe for count in (1_800, 1_000_000))
    assert 3 < short.characters / 1_800 <= 4
    assert short.learning_rate == pytest.approx(4 / 192 / 4, rel=0.03)  # 4 rows: root of 4 / 64
    assert long.learning_rate == pytest.approx(4 / 192, rel=0.03)
    assert long == make_plan(60, 1_000_000).recipe


def test_a_short_text_gets_what_the_rules_say():
    config, recipe = make_plan(60, 1_800).config, make_plan(60, 1_800).recipe
    assert (config.hidden_size, config.embed_size) == (8, 4)
    assert (recipe.length, recipe.batch_size, recipe.steps) == (32, 4, 280)
    assert (recipe.learning_rate, recipe.reset) == (0.1, 0.05)


def recipe_of(count, config=None, **given):
    return make_plan(60, count, given, config).recipe


def test_the_rules_at_their_ends(monkeypatch):
    for width, embed in ((1, 1), (2, 1), (127, 63), (128, 64), (500, 64)):
        assert make_plan(60, 10**6, {"hidden_size": width}).config.embed_size == embed
    lengths = [recipe_of(count).length for count in (1, 8, 9, 17, 257, 10**6)]
    assert lengths == [1, 1, 1, 2, 32, 32]
    assert recipe_of(64 * 8 * 32).batch_size == 64
    assert recipe_of(64 * 8 * 32 - 1).batch_size == 32
    assert recipe_of(10**6, hidden_size=192).steps == 1_250
    assert recipe_of(2048 * 7, hidden_size=192, batch_size=64).steps == 140
    assert recipe_of(10**6, hidden_size=40).learning_rate == 0.1
    assert recipe_of(10**6, hidden_size=1).learning_rate == 0.1
    assert recipe_of(10**6, hidden_size=200).learning_rate == 0.02
    trained = ModelConfig(60, 64, 200, 1, "gru")
    assert recipe_of(2_000, trained, batch_size=16).learning_rate == 0.01
    assert recipe_of(10**6, trained, batch_size=16).learning_rate == 0.02
    assert recipe_of(2_000, trained, batch_size=128).learning_rate == 0.02
    monkeypatch.setattr(defaults, "WORK", 1_000)
    assert recipe_of(10**6, hidden_size=192).steps == 10


def test_a_share_of_the_held_out_text_is_scored_on_the_way():
    few, many = Recipe(1, 1, 1), Recipe(64, 32, 10**6)
    assert choose_scored(100, few) == choose_scored(100, many) == 100
    assert choose_scored(10**6, few) == 2_000
    assert choose_scored(10**6, many) == 20_000
    assert choose_scored(10**6, Recipe(10, 50, 500)) == 5_000


def test_every_choice_has_its_reason_and_what_is_given_has_none():
    settings = {"hidden_size", "batch_size", "steps", "learning_rate"}
    assert make_plan(60, 1_800).reasons.keys() == settings
    given = {"hidden_size": 8, "batch_size": 4, "steps": 280, "learning_rate": 0.1}
    plan = make_plan(60, 1_800, given)
    assert plan.reasons == {}
    assert (plan.config, plan.recipe) == (make_plan(60, 1_800).config, make_plan(60, 1_800).recipe)


def test_a_model_that_no_memory_holds_is_refused():
    with raises_sentence(ValueError, "GiB of memory in training", "Give a smaller --hidden"):
        check_memory(ModelConfig(60, 64, 10**6))
    check_memory(ModelConfig(60, 64, 192))
