"""The trained models of weights/: every file gives the loss it claims, and says how it was made."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import learning_to_write, long_lags, long_runs, quality, writer_texts
from benchmarks.weights import FOLDER, PLANS, count, steps, texts, train
from rnnlib.evaluation.ngrams import NgramModel
from rnnlib.evaluation.scores import score
from rnnlib.models import weights_file
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, load
from rnnlib.tasks.synthetic import knights_and_knaves
from rnnlib.training.recipe import Recipe
from tests.notebooks import ROOT
from website.extensions.lab_engine import MODELS, WRITERS

NAMES = sorted(PLANS)
FETCHED = ("writer_openings", "writer_python", "writer_tunes")  # of wheels that no set-up fetches
every_name = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in FETCHED else ()) for n in NAMES]
)


def path(name):
    return FOLDER / f"{name}.safetensors"


def test_there_is_a_file_for_every_plan_and_no_other():
    others = ["pangram", *long_lags.KEPT]  # whose recipes are in tests of their own
    assert sorted(file.stem for file in FOLDER.glob("*.safetensors")) == sorted([*NAMES, *others])


@every_name
def test_a_file_is_small_enough_to_keep_and_belongs_to_its_plan(name):
    assert path(name).stat().st_size <= 5_000_000
    _, config, vocab, made = weights_file.load(path(name))
    plan = PLANS[name]
    assert (config.cell, config.hidden_size, config.embed_size) == (
        plan.cell,
        plan.hidden_size,
        plan.embed_size,
    )
    assert vocab == texts(plan.text)[0]
    assert Recipe.from_dict(made["recipe"]) == plan.recipe
    assert made["characters"] == plan.recipe.characters
    assert made["cpu_seconds"] > 0


@every_name
def test_the_first_words_of_the_held_out_text_are_known_about_as_well_as_the_file_says(name):
    model, _ = load(path(name))
    made = weights_file.load(path(name))[3]
    found = score(model, texts(made["text"])[2][:2000])
    assert found.nats == pytest.approx(made["held_out_loss"], abs=0.25)


def cost_of_eight_bits(name, folder, characters=None):
    """By how many nats the held-out loss rises when the weights are rounded."""
    rounded = folder / f"{name}.safetensors"
    weights_file.save(rounded, *weights_file.load(path(name)), bits=8)
    ids = texts(PLANS[name].text)[2][:characters]
    return score(load(rounded)[0], ids).nats - score(load(path(name))[0], ids).nats


every_name_of_the_lab = pytest.mark.parametrize("name", sorted(MODELS.values()))


@every_name_of_the_lab
def test_eight_bits_cost_the_networks_of_the_lab_little_on_the_first_pages(name, tmp_path):
    assert 0 < abs(cost_of_eight_bits(name, tmp_path, 3000)) < 0.002


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(WRITERS.values()))
def test_eight_bits_move_the_small_ones_by_as_little_as_the_lab_says(name, tmp_path):
    said = "Eight bits move their losses by less than 0.001 nats"
    assert said in (ROOT / "chapters" / "lab.md").read_text(encoding="utf-8")
    assert 0 < abs(cost_of_eight_bits(name, tmp_path)) < 0.001


@pytest.mark.slow
@every_name_of_the_lab
def test_eight_bits_move_the_held_out_loss_by_as_little_as_the_lab_says(name, tmp_path):
    said = "moves the loss of none of them by as much as 0.0002 nats"
    assert said in (ROOT / "chapters" / "lab.md").read_text(encoding="utf-8")
    assert 0 < abs(cost_of_eight_bits(name, tmp_path)) < 0.0002


@pytest.mark.parametrize("name", sorted(WRITERS.values()))
def test_the_networks_of_ten_minutes_are_small_and_quickly_trained(name):
    made = weights_file.load(path(name))[3]
    assert made["cpu_seconds"] < 300


def test_the_text_of_names_is_the_same_each_time_and_alike_at_both_ends():
    found = writer_texts.load("family names")
    assert found == writer_texts.load("family names")
    tenth = len(found) // 10
    assert 0.5 < found[:tenth].count("Ireland: ") / found[-tenth:].count("Ireland: ") < 2


def test_counting_is_scored_on_the_held_out_names():
    made = weights_file.load(path("writer_names"))[3]
    found = count("family names", longest=made["ngram"] + 1)
    assert found == {name: made[name] for name in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(WRITERS.values()))
def test_no_longer_run_guesses_the_held_out_text_better_than_the_stored_one(name):
    made = weights_file.load(path(name))[3]
    found = count(made["text"])
    assert found == {name: made[name] for name in found}


def test_long_runs_have_the_losses_of_the_library_where_its_codes_are_long_enough():
    vocab, train_ids, held_out = texts("family names")
    counted, scored = train_ids[:20_000], held_out[:3000]
    found = long_runs.losses(counted, scored, len(vocab), 9)
    models = [NgramModel(n, len(vocab)).fit(counted) for n in range(1, 10)]
    assert found == pytest.approx([model.nats(scored) for model in models])


def test_the_stored_training_is_that_of_the_network_in_the_box():
    stored = json.loads(learning_to_write.RESULTS.read_text(encoding="utf-8"))
    made = weights_file.load(path("writer_shakespeare"))[3]
    assert stored["recipe"] == made["recipe"] == PLANS["writer_shakespeare"].recipe.to_dict()
    assert [row["step"] for row in stored["rows"]] == list(learning_to_write.STEPS)
    again = learning_to_write.watch((0, 10))
    assert again[0]["text"] == stored["rows"][0]["text"]
    assert again[0]["held_out_loss"] == pytest.approx(stored["rows"][0]["held_out_loss"], abs=0.002)
    assert stored["rows"][1]["held_out_loss"] < again[1]["held_out_loss"] < 4.2


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == "knights_lstm" else pytest.mark.slow) for n in NAMES]
)
def test_the_loss_in_the_file_is_that_of_the_held_out_text(name):
    model, _ = load(path(name))
    made = weights_file.load(path(name))[3]
    found = score(model, texts(made["text"])[2])
    assert found.characters == made["held_out_characters"]
    assert found.nats == pytest.approx(made["held_out_loss"], abs=2e-4)


@pytest.mark.parametrize("engine", ENGINES)
@every_name
def test_every_engine_reads_the_files_alike(name, engine):
    model, _ = load(path(name), engine)
    reference, _ = load(path(name), "numpy")
    ids = texts(PLANS[name].text)[2][:200]
    assert score(model, ids).nats == pytest.approx(score(reference, ids).nats, abs=1e-5)


def test_the_islanders_are_known_almost_as_well_as_can_be():
    entropy = knights_and_knaves().entropy()
    loss = weights_file.load(path("knights_lstm"))[3]["held_out_loss"]
    assert 0.995 * entropy < loss < 1.01 * entropy  # below by chance of the text alone


@pytest.mark.parametrize("engine", [pytest.param("numpy", marks=pytest.mark.slow), "torch"])
def test_a_plan_trains_the_same_model_each_time_and_says_what_it_cost(engine):
    plan = replace(PLANS["knights_lstm"], recipe=Recipe(4, 8, 20, dropout=0.1))
    (run, made), (again, _) = (train(plan, 1, engine) for _ in range(2))
    other, _ = train(plan, 2, engine)
    ours, same = run.model.get_params(), again.model.get_params()
    assert all(np.array_equal(ours[name], same[name]) for name in ours)
    assert not np.array_equal(ours["W_hh"], other.model.get_params()["W_hh"])
    assert made["characters"] == 20 * 4 * 8
    assert made["held_out_loss"] == pytest.approx(
        score(run.model, texts(plan.text)[2]).nats, abs=1e-4
    )


def test_steps_never_read_more_than_the_budget():
    assert steps(1000, 3, 7) == 47
    for budget, characters in [*quality.CHARACTERS.items(), ("10 M", 10_000_000)]:
        recipe = quality.plan_for(budget).recipe
        assert characters - recipe.batch_size * recipe.length < recipe.characters <= characters


ROWS = json.loads(quality.RESULTS.read_text())["rows"]


@pytest.mark.parametrize("budget", ["2.8 M", "10 M"])
def test_stored_runs_are_those_of_the_plans_each_seed_once(budget):
    rows = [row for row in ROWS if (row["what"], row["budget"]) == ("rnnlib", budget)]
    assert sorted(row["seed"] for row in rows) == list(range(len(rows)))
    assert rows
    for row in rows:
        assert Recipe.from_dict(row["recipe"]) == quality.plan_for(budget).recipe


def test_the_committed_lstm_is_seed_0_of_the_stored_runs():
    made = weights_file.load(path("shakespeare_lstm"))[3]
    (row,) = [row for row in ROWS if (row["budget"], row.get("seed")) == ("10 M", 0)]
    assert made["held_out_loss"] == row["held_out_loss"]


@pytest.mark.parametrize("what", quality.PEERS)
def test_the_plain_loops_learn_and_are_scored_as_the_others(what):
    vocab, train_ids, held_out = texts("knights and knaves")
    config = ModelConfig(len(vocab), 8, 16, cell="lstm")
    row = quality.PEERS[what](config, train_ids, held_out[:5000], seconds=1, rate=0.02)
    assert row["held_out_loss"] < np.log(len(vocab)) - 0.05
    assert row["held_out_characters"] == 4999
    assert row["characters"] % (64 * 64) == 0
    assert row["cpu_seconds"] >= 1
