"""The runs on digits, dates and words: what is held out, a run begun again, counts."""

import json
from collections import Counter

import numpy as np
import pytest

from benchmarks import translating as study
from benchmarks.spelling_counts import count_spelling, say_by_counts
from benchmarks.translating import Job
from rnnlib.evaluation.error_rates import exact_share

ROWS = json.loads(study.RESULTS.read_text(encoding="utf-8"))["rows"]


class EnoughError(Exception):
    """As many steps as the test has time for."""


def stored(**wanted):
    return [row for row in ROWS if wanted.items() <= row.items()]


def test_what_is_judged_was_never_trained_on():
    train = {pair.target for pair in study.draw(study.DATES, 0)}
    for held_formats in (False, True):
        asked = study.draw(study.HELD_DATES, 1, True, held_formats)
        assert not train & {pair.target for pair in asked}
    formats = {how for pair in study.draw(500, 0) for how in pair.formats}
    assert not formats & set(study.split()[1].held_formats)
    _, words, held, alone = study.words()
    assert not set(words) & set(held)
    assert not {word[:5] for word in words} & {word[:5] for word in alone}
    long = {tuple(row) for row in study.draw_digits(1000, 8, 0)}
    assert not long & {tuple(row) for row in study.draw_digits(200, 8, 1)}


def test_the_first_steps_of_a_stored_run_come_out_again(monkeypatch):
    job, losses = Job("digits", "scaled", "forwards", 0), []
    (row,) = stored(**job._asdict())
    build = study.build

    def build_counting(*given):
        model = build(*given)
        step = model.train_step

        def counted(*batch, **more):
            if len(losses) == study.RECIPES["digits"]["steps"] // 10:
                raise EnoughError
            losses.append(step(*batch, **more))
            return losses[-1]

        monkeypatch.setattr(model, "train_step", counted)
        return model

    monkeypatch.setattr(study, "build", build_counting)
    with pytest.raises(EnoughError):
        study.run_digits(job)
    assert np.mean(losses) == pytest.approx(row["curve"][0], abs=0.01)


def test_an_answer_read_backwards_is_turned_but_what_is_written_is_not():
    job = Job("digits", "none", "backwards", 0)
    np.testing.assert_array_equal(study.turn(job, np.array([1, 2, 3])), [3, 2, 1])
    assert exact_share([(1, 2, 3)], [[(1, 2, 3)]]) == 1


def test_a_wide_beam_finds_likelier_words_and_fewer_or_more_errors():
    changes = {0: [], 1: []}
    for row in stored(task="sounds", attention="scaled"):
        found = {(beam["beams"], beam["normalise"]): beam for beam in row["beams"]}
        assert found[100, 0]["log_prob"] > found[1, 0]["log_prob"]
        for power, gone in changes.items():
            gone.append(found[100, power]["phonemes"] - found[1, 0]["phonemes"])
    assert np.abs(changes[0] + changes[1]).max() < 6.5 / 624
    signs = {power: Counter(np.sign(gone)) for power, gone in changes.items()}
    assert signs == {0: {-1: 6, 1: 4}, 1: {-1: 6, 0: 2, 1: 2}}


def test_a_job_of_more_units_and_batches_gets_them(monkeypatch):
    job, asked = Job("digits", "none", "forwards", 0, wider=2, longer=3, faster=0.5), {}
    monkeypatch.setattr(study, "fit_pairs", lambda *given, **more: asked.update(more) or [0.0] * 10)
    model = study.build(job, 10, 10)
    study.learn(job, model, [], [])
    recipe = study.RECIPES["digits"]
    assert model.config.hidden_size == 2 * recipe["hidden_size"]
    assert asked["steps"] == 3 * recipe["steps"]
    assert asked["rate"] == 0.5 * recipe["rate"]


@pytest.mark.parametrize("attention", ["none", "given"])
def test_a_job_begins_with_the_first_weights_that_it_names(attention):
    job = Job("dates", attention, "both", 1)
    found = {
        first: study.build(job._replace(first=first), 40, 11).get_params() for first in study.FIRST
    }
    keras, tables = found["keras"], ["embed_source", "embed_target"]
    assert np.abs(keras["embed_source"]).max() <= 0.05
    for first, wide in {
        "wide": tables,
        "wide source": tables[:1],
        "wide target": tables[1:],
    }.items():
        other = {name for name in keras if not np.array_equal(keras[name], found[first][name])}
        assert other == set(wide)
        for name in wide:
            np.testing.assert_array_equal(found[first][name], found["wide"][name])
            assert found[first][name].std() == pytest.approx(1, abs=0.1)
    assert found["torch"]["embed_source"].std() == pytest.approx(1, abs=0.1)
    for name in ("W_hh_fwd", "W_xh_dec", "b_h_bwd", "W_hy"):
        assert found["torch"][name].std() == pytest.approx(64**-0.5 / 3**0.5, rel=0.2)
        assert np.abs(found["torch"][name]).max() <= 64**-0.5


@pytest.mark.parametrize(("attention", "again"), [("none", False), ("given", True)])
def test_a_state_that_is_given_reaches_every_step_of_the_decoder(attention, again):
    model = study.build(Job("digits", attention, "forwards", 0), 10, 10)
    ids, lengths = np.array([[1, 2, 3], [7, 8, 0]]), np.array([3, 2])
    memory, state = model.encode(ids, lengths)
    symbols = np.array([[10, 4, 5, 6]] * 2)
    logits = model.decode(symbols, state, memory)[0]
    others = model.decode(symbols, state, memory.take([1, 0]))[0]
    assert (np.abs(others - logits).max(axis=-1) > 1e-4).tolist() == [[again] * 4] * 2
    after = state
    for step in range(4):  # as it writes
        found, after, _ = model.decode(symbols[:, [step]], after, memory)
        np.testing.assert_allclose(found[:, 0], logits[:, step], atol=1e-5)


SAID = {"cat": ("K", "A", "T"), "city": ("S", "I", "T", "I"), "cab": ("K", "A", "B")}
SAID |= {"bit": ("B", "I", "T"), "tab": ("T", "A", "B"), "cit": ("S", "I", "T")}


def test_mixed_counts_weigh_the_wider_surroundings_by_what_was_met_there():
    mixed = study.mix(Counter({"K": 3, "S": 1}), Counter({"K": 0.5, "X": 0.5}))
    assert mixed == {"K": (3 + 2 * 0.5) / 6, "S": 1 / 6, "X": 2 * 0.5 / 6}
    found = study.Mixed({((0, 0), "c"): Counter({"K": 2}), ((0, 1), "ci"): Counter({"S": 1})})
    assert found[(4, 4), "###acity#"] == {"K": 1 / 3, "S": 1 / 2}
    assert found[(4, 4), "###acats#"] == {"K": 2 / 3}
    counts = study.Mixed(count_spelling(list(SAID), SAID))
    assert all(say_by_counts(word, counts) == said for word, said in SAID.items())


def test_counts_of_pairs_find_the_likeliest_pairs_for_the_letters():
    pairs = study.PairCounts(SAID, count_spelling(list(SAID), SAID))
    assert all(pairs.say(word) == said for word, said in SAID.items())
    assert pairs.say("tic") == ("T", "I", "K")
    none = (pairs.END,) * 5
    assert sum(pairs.share(none, pair) for pair in pairs.after[()]) == pytest.approx(1, abs=0.01)
    k, met = ("c", ("K",)), pairs.after[()]
    share = met[k] / (met.total() + len(met))
    assert pairs.share((), k) == pytest.approx(share)
    assert pairs.share((k,), k) == pytest.approx(share / 3)  # an a came after it, twice


def test_more_batches_are_given_at_the_rate_that_ended_with_the_lowest_loss():
    way = {"task": "dates", "attention": "none", "seed": 0, "longer": 3}
    for first, rates in study.TRIED.items():
        ends = {row["faster"]: row["curve"][-1] for row in stored(**way, first=first)}
        best = min(ends, key=ends.get)
        assert tuple(sorted(ends)) == rates
        assert best not in (rates[0], rates[-1]) or first == "wide target"
        for row in stored(**way | {"longer": 7}, first=first):
            assert row["faster"] == best


def test_kin_are_words_with_the_same_beginning():
    assert study.without_shared_prefix(["walked", "wander", "cat"], ["walks", "walke", "cats"]) == [
        "wander",
        "cat",
    ]
    assert study.without_shared_prefix(["cat"], ["cat"]) == []


def test_where_it_looked():
    weights = np.array([[0.6, 0.4, 0.0], [0.2, 0.3, 0.5], [0.9, 0.1, 0.0], [0, 0, 1]])
    hits, inside = study.attention_accuracy(weights, [(0, 1), (0, 2), (0, 0)])
    assert (hits, inside) == (0.5, pytest.approx((0.6 + 0.5) / 2))
    _, even = study.attention_accuracy(np.full((2, 4), 0.25), [(1, 3), (0, 4)])
    assert even == pytest.approx(0.75)
    with pytest.raises(ValueError, match="nothing to compare"):
        study.attention_accuracy(np.ones((1, 3)), [(0, 0)])
