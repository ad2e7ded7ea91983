"""The stored runs of the listener: whole, and made from the sounds that they say."""

import numpy as np
import pytest

from benchmarks import listening, store
from rnnlib.data.speech import RATE, Utterance, group_voices
from tests.test_speech import fingerprint  # noqa: F401  skips where there is no synthesiser

ROWS = store.read(listening.RESULTS)["rows"]


def test_every_training_has_the_same_seeds_three_at_least():
    best = listening.choose_part(ROWS)
    whole = {*listening.TRAININGS, best}
    assert {row["training"] for row in ROWS} == {*whole, *listening.PARTS, *listening.DELAYS}
    for training in whole:
        seeds = sorted(row["seed"] for row in ROWS if row["training"] == training)
        assert seeds == list(listening.SEEDS)
    assert len(listening.SEEDS) >= 3


def test_voices_add_up_to_the_whole_and_no_more_are_wrong_than_can_be():
    for row in ROWS:
        for condition, voices in row["voices"].items():
            counts = np.array(list(voices.values()))
            assert counts.sum(axis=0).tolist() == row["edits"][condition]
        for edits, digits in row["edits"].values():
            assert 0 <= edits < 3 * digits


@pytest.mark.parametrize("training", ["clean", "none alike"])
def test_the_digits_are_those_that_are_made_now(training):
    _, voices = listening.choose_voices(training)
    made = listening.make(listening.TESTED, voices, 7)
    said = {}
    for u in made:
        said[u.voice] = said.get(u.voice, 0) + len(u.digits)
    for row in ROWS:
        assert {voice: n for voice, (_, n) in row["voices"]["clean"].items()} == said


def test_no_voice_is_heard_and_tested_and_no_name_stands_on_both_sides():
    families = {voice: name for name, voices in group_voices().items() for voice in voices}
    for training in listening.TRAININGS:
        heard, tested = listening.choose_voices(training)
        assert not {families[voice] for voice in heard} & {families[voice] for voice in tested}


def test_voices_that_are_alike_are_away_or_are_all_there_are():
    found, brothers = listening.measure_likeness()
    assert len(brothers) == 43
    border = np.quantile(brothers, listening.NEAR)
    trained = {name: listening.choose_voices(name) for name in listening.TRAININGS}
    near = {
        name: [min(found[voice][other] for other in tested) for voice in heard]
        for name, (heard, tested) in trained.items()
    }
    assert min(near["none alike"]) >= border > max(near["alike, fewer voices"])
    assert len(near["none alike"]) == len(near["alike, fewer voices"]) == 40
    assert {tested for _, tested in trained.values()} == {trained["clean"][1]}


def test_the_part_of_a_digit_that_is_told_is_the_best_on_validation_strings():
    rows = [
        {"training": name, "seed": 0, "edits": {"validation": [edits, 9], "clean": [9 - edits, 9]}}
        for edits, name in enumerate((*listening.PARTS, "true times and a blank"), 3)
    ]
    assert listening.choose_part(rows) is None
    rows += [rows[0] | {"training": name} for name in listening.DELAYS]
    rows[2]["edits"]["validation"] = [1, 9]
    rows.append(rows[0] | {"seed": 1, "edits": {"validation": [0, 9]}})
    best = list(listening.PARTS)[2]
    assert listening.choose_part(rows) == best
    assert (best, 3) in listening.plan(rows)
    assert listening.plan(rows).count((best, 0)) == 1


def test_what_an_answer_is_told():
    samples = np.zeros(512 + 256 * 15, np.float32)  # 16 frames, 4 answers
    u = Utterance(samples, np.array([7, 3]), np.array([0, 3000]), "adam", 175, 50)
    # the last frame of answer a ends at sample (4 a + 3) 256 + 512: 1280, 2304, 3328, 4352
    assert listening.say_when(u, 16, 4, "true times").tolist() == [8, 8, 4, 4]
    assert listening.say_when(u, 16, 4, "even cuts").tolist() == [8, 4, 4, 4]
    later = u.starts + RATE // 5  # the second digit after the end
    assert later.tolist() == [4410, 7410]
    assert listening.say_when(u, 16, 4, "true times, later").tolist() == [8, 8, 8, 8]
    # of those due by sample 4410 the last two are 1 and 2, and by 7410 all are
    u = Utterance(samples, np.array([7, 3]), np.array([0, 2000]), "adam", 175, 50)
    assert listening.say_when(u, 16, 4, "true times and a blank").tolist() == [0, 0, 4, 4]
    u = Utterance(samples, np.array([7]), np.array([0]), "adam", 175, 50)
    assert listening.say_when(u, 24, 4, "true times and a blank").tolist() == [0, 0, 8, 8, 0, 0]


def test_a_part_of_each_digit_or_a_delay_is_told():
    samples = np.zeros(512 + 256 * 31, np.float32)  # 8 answers, of which a ends at 1024 a + 1280
    u = Utterance(samples, np.array([7, 3]), np.array([0, 4608]), "adam", 175, 50)
    told = {part: listening.say_when(u, 32, 4, part) for part in listening.PARTS}
    # the seven from 0 to 4608, the three from there to 8448
    first, _, late, last = told.values()
    assert first.tolist() == [8, 8, 0, 0, 4, 4, 0, 0]
    assert late.tolist() == [0, 8, 8, 0, 0, 4, 4, 0]
    assert last.tolist() == [0, 0, 8, 8, 0, 0, 4, 4]
    sooner = listening.say_when(u, 32, 4, "true times and a blank, 0.1 s later")
    assert sooner.tolist() == [8, 0, 0, 0, 4, 4, 0, 0]  # due by 2205 and by 6813


def test_runs_are_merged_and_short_ones_dropped():
    logits = np.full((6, 4), -1.0)
    logits[range(6), [2, 2, 1, 3, 3, 3]] = 1
    logits[:, 0] = 5  # the blank, which such a network has not learnt
    assert listening.merge(logits).tolist() == [2, 1, 3]
    assert listening.merge(logits, shortest=2).tolist() == [2, 3]


def test_runs_that_are_dropped_are_those_that_validation_says():
    chosen = [row["shortest_runs"] for row in ROWS if "shortest_runs" in row]
    assert len(chosen) == 3 * len(listening.SEEDS)
    for found in chosen:
        assert found["chosen"] == 1 + int(np.argmin(found["validation"]))
    for row in ROWS:
        assert ("shortest_runs" in row) == (row["training"] in listening.WITHOUT_BLANK)
        if "shortest_runs" in row:
            assert min(row["shortest_runs"]["validation"]) == row["edits"]["validation"][0]


def test_frames_are_learnt_by_a_framewise_listener(monkeypatch):
    monkeypatch.setattr(listening, "TRAINED", 20)
    monkeypatch.setattr(listening, "UPDATES", 40)
    model, scaling = listening.train("even cuts", 0)
    heard, _ = listening.choose_voices("even cuts")
    made = listening.make(20, heard, 1)
    hits = []
    for u in made:
        picture = scaling.apply(listening.log_mel(u.samples))
        logits, _ = model.forward(picture[None], [len(picture)])
        told = listening.say_when(u, len(picture), 4, "even cuts")
        hits.append(np.mean(logits[0].argmax(axis=-1) == told))
    assert np.mean(hits) > 0.3  # a tenth by chance
