"""The study of the state: what is handed on, how it is measured, a row run again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import state as study
from rnnlib.evaluation.scores import loss_by_position, score, surprise
from rnnlib.text.vocab import Vocab
from tests.helpers import random_params, shared_model, small_config

ROWS = json.loads(study.RESULTS.read_text(encoding="utf-8"))["rows"]
PAID = json.loads(study.PAID.read_text(encoding="utf-8"))["rows"]
SHORT, _, _, ISLAND = study.RECIPES
both_texts = pytest.mark.parametrize("name", [study.PLAY, study.ISLAND])


# what is handed on


STATE = np.random.default_rng(0).normal(size=(2, 5, 3))


def test_zero_hands_on_nothing_and_carried_everything():
    rng = np.random.default_rng(0)
    assert not study.hand_on("zero", STATE, rng).any()
    assert study.hand_on("zero", STATE, rng).shape == STATE.shape
    np.testing.assert_array_equal(study.hand_on("carried", STATE, rng), STATE)


@given(st.integers(0, 10**6))
def test_shuffled_hands_every_state_to_another_row_whole(seed):
    found = study.hand_on("shuffled", STATE, np.random.default_rng(seed))
    givers = [int(np.flatnonzero(STATE[0, :, 0] == value)[0]) for value in found[0, :, 0]]
    assert sorted(givers) == list(range(5))
    assert all(giver != row for row, giver in enumerate(givers))
    np.testing.assert_array_equal(found, STATE[:, givers])


def test_some_zeros_are_whole_rows_about_one_in_sixteen():
    rng, state = np.random.default_rng(0), np.ones((2, 4000, 3))
    found = study.hand_on(study.MIXED, state, rng)
    emptied = ~found.any(axis=(0, 2))
    assert set(np.unique(found)) == {0, 1}
    np.testing.assert_array_equal(found.all(axis=(0, 2)), ~emptied)
    assert abs(emptied.mean() - 1 / 16) < 0.015


class Recorder:
    """A model that learns nothing, notes what it is given, and counts in its state."""

    def __init__(self, config, engine, seed):
        self.config, self.calls = config, []

    def init_state(self, batch_size):
        return np.zeros((1, batch_size, 2))

    def train_step(self, inputs, targets, state, update):
        self.calls.append((inputs, targets, state.copy(), update.rate))
        return 0.0, state + np.arange(1, len(inputs) + 1)[:, None]


def test_treatments_differ_in_the_state_alone(monkeypatch):
    monkeypatch.setattr(study, "build", Recorder)
    recipe = replace(study.RECIPES[SHORT], characters=256 * 10)
    calls = {t: study.train(recipe, t, rate=0.5).calls for t in (*study.THREE, study.MIXED)}
    _, ids, _ = study.texts(study.PLAY, True)
    for found in calls.values():
        assert len(found) == 10
        for s, (inputs, targets, _, rate) in enumerate(found):
            np.testing.assert_array_equal(inputs, calls["zero"][s][0])
            assert inputs.shape == (16, 16)
            np.testing.assert_array_equal(inputs[:, 1:], targets[:, :-1])
            np.testing.assert_array_equal(inputs[0], ids[16 * s : 16 * s + 16])
            assert rate == pytest.approx(0.5 * (1 - s / 10))
    numbers = np.arange(1, 17)
    assert not any(state.any() for _, _, state, _ in calls["zero"])
    for s, (_, _, state, _) in enumerate(calls["carried"]):
        np.testing.assert_array_equal(state[0, :, 0], s * numbers)
    for s, (_, _, state, _) in enumerate(calls["shuffled"]):
        assert state[0].sum() == 2 * s * numbers.sum()  # every state is still there,
        assert s == 0 or (state[0, :, 0] != s * numbers).any()  # in another row


# how it is measured


@pytest.fixture
def short_text(monkeypatch):
    """A text of seven characters in place of Shakespeare, and a model that reads it."""
    model = shared_model("numpy", cell="lstm")
    model.set_params(random_params(small_config(cell="lstm")))
    ids = np.random.default_rng(1).integers(7, size=1234)
    vocab = Vocab("\n:abcde")
    monkeypatch.setattr(study, "texts", lambda name, final: (vocab, ids, ids))
    return model, ids, vocab


def test_the_losses_are_those_of_the_library(short_text):
    model, ids, _ = short_text
    found = study.measure(model, study.RECIPES[SHORT])
    pieces = 6  # of 200 characters, and a rest
    assert found["warm"] == pytest.approx(score(model, ids[: 200 * pieces + 1]).nats)
    carried = surprise(model, ids[: 200 * pieces + 1]).reshape(pieces, 200).mean(axis=0)
    cold, count = loss_by_position(model, ids, 200)
    assert count == pieces
    for name, by_place in (("right", carried), ("zeros", cold)):
        np.testing.assert_allclose(found["by_place"][name], by_place, rtol=1e-5)
    assert found["cold"] == pytest.approx(found["by_place"]["zeros"].mean())
    as_trained, _ = loss_by_position(model, ids, 16)
    assert found["as_trained"] == pytest.approx(as_trained.mean(), rel=1e-5)


def test_a_reset_costs_what_is_lost_in_the_piece_after_it(short_text):
    model, ids, vocab = short_text
    found = study.measure(model, study.RECIPES[SHORT])
    assert found["reset"] == pytest.approx(200 * (found["cold"] - found["warm"]), abs=1e-3)
    warm, text, costs = surprise(model, ids), vocab.decode(ids), []
    for start in study.after_ends(ids, vocab, "\n\n"):
        lost = surprise(model, ids[start : start + 201]) - warm[start : start + 200]
        colon, line = (text.index(char, start + 1) - start - 1 for char in ":\n")
        costs.append([lost[:n].sum() for n in (200, 16, colon, line)])
    assert len(costs) > 5
    means = np.mean(costs, axis=0)
    assert found["reset_at_end"] == pytest.approx(means[0], abs=1e-3)
    paid = study.paid_at_ends(model, study.RECIPES[SHORT])
    for name, value in zip(("reset_at_end", "within_16", "in_name", "in_line"), means, strict=True):
        assert paid[name] == pytest.approx(value, abs=1e-5)


def test_a_wrong_state_is_that_of_another_place(short_text):
    model, ids, _ = short_text
    found, curves = study.measure(model, study.RECIPES[SHORT]), []
    for piece in range(6):
        other, state = (piece - 3) % 6, model.init_state(1)
        if other:
            _, state = model.forward(ids[None, : 200 * other], state)
        curves.append(study.nats(model, ids[None, 200 * piece : 200 * piece + 201], state)[0])
    by_place = found["by_place"]
    np.testing.assert_allclose(by_place["wrong"], np.mean(curves, axis=0), rtol=1e-5)
    assert found["stale"] == pytest.approx(by_place["wrong"].mean())
    assert abs(by_place["wrong"][0] - by_place["right"][0]) > 1e-3  # so that a mistake would show


def test_a_trial_is_measured_warm_and_cold_only(short_text):
    model, _, _ = short_text
    found = study.measure(model, study.RECIPES[SHORT], final=False)
    assert found.keys() == {"warm", "cold"}


@both_texts
def test_what_comes_after_an_end_is_a_new_speech_or_visit(name):
    vocab, _, ids = study.texts(name, True)
    text, end = vocab.decode(ids), study.ENDS[name]
    starts = study.after_ends(ids, vocab, end)
    assert len(starts) > 500
    assert all(text[: int(start)].endswith(end) for start in starts)
    assert max(starts) + study.PIECE < len(ids)
    firsts = {text[int(start)] for start in starts}
    assert firsts <= set("KN") if name == study.ISLAND else all(map(str.isalpha, firsts))


def test_no_trial_sees_what_the_final_runs_are_tested_on():
    _, whole, held_out = study.texts(study.PLAY, True)
    _, train, test = study.texts(study.PLAY, False)
    assert (len(whole), len(held_out)) == (1_003_854, 111_540)
    assert len(train) + len(test) < len(whole)
    np.testing.assert_array_equal(np.concatenate([train, test]), whole[: len(train) + len(test)])
    island = [study.texts(study.ISLAND, final)[2] for final in (True, False)]
    assert (island[0] != island[1]).any()


# the rows


def test_a_row_holds_its_recipe():
    for row in ROWS + PAID:
        assert row | study.asdict(study.RECIPES[row["recipe"]]) == row


def test_each_treatment_ran_at_the_rate_that_did_best_in_the_trials():
    for row in ROWS:
        best = study.best_rate(ROWS, row["recipe"], row["treatment"])
        if row["final"]:
            assert row["rate"] == best or (row["recipe"], row["rate"]) == (SHORT, study.AGAIN)
        if row["treatment"] in study.THREE:
            assert min(study.RATES[row["recipe"]]) < best < max(study.RATES[row["recipe"]])


def test_a_row_can_be_run_again():
    settings = False, ISLAND, "shuffled", 0.016, "torch", 0  # the cheapest that a wrong state shows
    (stored,) = [row for row in ROWS if study.key(row) == settings]
    found = study.run(*settings)
    assert found.keys() == stored.keys()
    for name in ("warm", "cold"):
        assert found[name] == pytest.approx(stored[name], abs=0.005)
