"""Chapters 5 to 7 from both frameworks' initial weights: what is fed, and runs once more."""

import json

import numpy as np
import pytest

from benchmarks import first_weights as study
from rnnlib.models.optimizers import Adam
from rnnlib.models.parts import initialise

ROWS = json.loads(study.RESULTS.read_text(encoding="utf-8"))["rows"]


def found(name, **wanted):
    """The rows of a study with these settings; at least three."""
    rows = [row for row in ROWS if row["study"] == name and wanted.items() <= row.items()]
    assert len(rows) >= 3, (name, wanted)
    return rows


# the initial weights


def test_a_start_is_a_framework_s_with_some_of_its_weights_multiplied():
    plain = initialise(study.ECHO, 4)
    made = study.build(study.ECHO, study.QUIET, 4).get_params()
    factors = {"W_hh": 0.9, "embed": 6}
    for name, value in made.items():
        np.testing.assert_allclose(value, plain[name] * factors.get(name, 1), rtol=1e-12)


# what is stored, computed once more


@pytest.mark.parametrize(
    "settings",
    [
        ("windows", "PyTorch", "once", 1),
        ("windows_at", 0.02, "Keras", "once", 5),
        ("echo", study.LOUD, 5, 0.0003, 0.03, 2),
        ("look_back", "Keras", 15, 0.003, 6),
        ("real_time", "Keras", 0.003, 1),
        ("feeding", "noise 0.1", "Keras", 0.005, 1),
        ("feeding", "mix", "Keras", 0.002, 0),
        ("feeding", "truth, decay 1", "PyTorch", 0.01, 0),
        ("misplaced", "PyTorch", True, 0),
    ],
    ids=lambda settings: settings[0],
)
def test_a_run_gives_again_what_is_stored(settings):
    (stored,) = [row for row in ROWS if study.key(row) == settings]
    for name, value in study.run(*settings).items():
        assert value == pytest.approx(stored[name], abs=0.02), name


def test_looking_back_five_is_reading_pieces_of_five_with_a_carried_state():
    model, state, adam = study.build(study.SMALL, "Keras", 2), np.zeros((1, 8, 16)), Adam()
    bits, params, losses = (
        np.random.default_rng(2).integers(2, size=(8, 1008)),
        model.get_params(),
        [],
    )
    for begin in range(0, 1000, 5):
        piece = slice(begin, begin + 5)
        loss, grads, state = model.loss_and_grads(bits[:, 8:][:, piece], bits[:, piece], state)
        grads.pop("embed")
        adam.update(params, grads, 0.003)
        model.set_params(params)
        losses.append(loss)
    again = study.look_back("Keras", 5, 0.003, 2, steps=1000)["loss"]
    assert again == pytest.approx(np.mean(losses[-40:]), abs=1e-3)
    assert again != study.look_back("Keras", 10, 0.003, 2, steps=1000)["loss"]


def test_what_is_fed_is_what_its_name_says():
    params = initialise(study.PANGRAM, 0)
    true = study.IDS[:-1]
    rng = np.random.default_rng(0)
    assert np.array_equal(study.fed("truth", params, 0, rng), true)
    assert np.array_equal(study.fed("noise 0.3", params, 0, rng), true)
    slipped = [study.fed("slips", params, 0, rng) for _ in range(200)]
    assert max((ids != true).sum() for ids in slipped) == 1
    quiet = study.VOCAB.encode("q")[0]
    assert all(
        ids[place] != quiet or true[place] == quiet for ids in slipped for place in range(43)
    )
    guessed = study.fed("guesses", params, 0, rng)
    assert guessed[0] == true[0]
    assert (guessed != true).sum() > 20
    assert np.array_equal(study.fed("mix", params, 0, rng), true)
    mixed = np.mean([(study.fed("mix", params, 300, rng) != true).mean() for _ in range(30)])
    assert 0.35 < mixed < 0.6


# the claims


def test_from_pytorchs_start_own_guesses_do_not_teach_the_sentence_in_time():
    rows = found("feeding", feed="guesses", start="PyTorch")
    assert len(rows) == 16
    assert min(row["clean"] for row in rows) > 4
    assert not any(row["clean"] for row in found("feeding", feed="truth", start="PyTorch"))


@pytest.mark.parametrize("start", study.STARTS)
def test_a_wrong_state_is_worse_than_none_from_every_start(start):
    def losses(carried):
        rows = found("misplaced", start=start, carried=carried)
        return np.array([row["loss"] for row in sorted(rows, key=lambda row: row["seed"])])

    gaps = losses(carried=True) - losses(carried=False)
    assert len(gaps) == 8
    assert 0.02 < min(gaps) < max(gaps) < 0.08
