"""The stored runs of the listener: whole, and made from the sounds that they say."""

import numpy as np
import pytest

from benchmarks import listening, store
from rnnlib.corpus.speech import RATE, Utterance, group_voices
from tests.test_speech import fingerprint  # noqa: F401  skips where there is no synthesiser

ROWS = store.read(listening.RESULTS)["rows"]


def test_every_training_has_the_same_seeds_three_at_least():
    seeds = {
        training: sorted(row["seed"] for row in ROWS if row["training"] == training)
        for training in listening.TRAININGS
    }
    assert len({tuple(found) for found in seeds.values()}) == 1, seeds
    assert seeds["clean"] == list(range(len(seeds["clean"])))
    assert len(seeds["clean"]) >= 3


def test_voices_add_up_to_the_whole_and_no_more_are_wrong_than_can_be():
    for row in ROWS:
        counts = np.array(list(row["voices"].values()))
        assert counts.sum(axis=0).tolist() == row["edits"]["clean"]
        for edits, digits in row["edits"].values():
            assert 0 <= edits < 3 * digits


@pytest.mark.parametrize("training", ["clean", "brothers"])
def test_the_digits_are_those_that_are_made_now(training):
    _, voices = listening.choose_voices(training)
    made = listening.make(listening.TESTED, voices, 7)
    said = {}
    for u in made:
        said[u.voice] = said.get(u.voice, 0) + len(u.digits)
    for row in ROWS:
        if ("brothers" in row["training"]) == ("brothers" in training):
            assert {voice: n for voice, (_, n) in row["voices"].items()} == said


def test_no_voice_is_heard_and_tested_and_brothers_stay_away_where_it_says_so():
    families = {voice: name for name, voices in group_voices().items() for voice in voices}
    for training in listening.TRAININGS:
        heard, tested = listening.choose_voices(training)
        assert not set(heard) & set(tested)
        shared = {families[voice] for voice in heard} & {families[voice] for voice in tested}
        assert len(shared) == (10 if training.startswith("brothers") else 0)
    fewer, none = (listening.choose_voices(t)[0] for t in ("brothers, fewer voices", "no brothers"))
    assert len(fewer) == len(none) == 59


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
