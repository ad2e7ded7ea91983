"""The study of looking inside: what its rows hold, and how they are made."""

import json
from collections import defaultdict

import numpy as np
import pytest

from benchmarks import hidden_states as study
from rnnlib.probing import patching, probes
from rnnlib.probing.hidden_states import record
from rnnlib.probing.text_properties import CLASSES
from tests.helpers import random_params, shared_model, small_config

ROWS = json.loads(study.RESULTS.read_text(encoding="utf-8"))["rows"]
SHAKESPEARE = [row for row in ROWS if row["task"] == "shakespeare"]
MADE_UP = [row for row in ROWS if row["task"] in study.LANGUAGES]
UNTRAINED = [row for row in ROWS if row["task"] in study.OTHER_STARTS]
BANKS = (study.SUMS, study.LATEST, study.BANKS)
NO_NETWORK = (*BANKS, study.TOGETHER, study.BY_COLUMN)


def of(cell, rows=SHAKESPEARE):
    """The rows of one cell."""
    return [row for row in rows if row["cell"] == cell]


# what is stored


def test_no_row_is_stored_twice_and_every_row_is_planned():
    keys = list(map(study.key, ROWS))
    assert len(set(keys)) == len(keys)
    assert set(keys) <= set(study.planned())


def test_the_predictions_cover_what_is_measured():
    for row in SHAKESPEARE:
        assert set(row["properties"]) == set(study.ABOVE_EVERY_CONTROL)
        assert {name: e["victim"] for name, e in row["erased"].items()} == study.VICTIMS
    assert set(study.VICTIMS.values()) <= set(CLASSES)
    assert study.PATCHED in study.ABOVE_EVERY_CONTROL
    assert set(study.FOOLED) <= set(study.LANGUAGES)


def test_above_every_control_is_what_the_leads_say():
    for row in SHAKESPEARE:
        for found in row["properties"].values():
            lows = [low for low, _ in found["leads"].values()]
            assert not found["above every control"] or min(lows) >= 0
            assert found["above every control"] or min(lows) <= 0.001
            assert set(found["leads"]) == set(found["controls"])
            assert found["interval"][0] <= found["score"] <= found["interval"][1]


def test_a_property_is_found_beside_a_start_if_every_lead_lies_above_0():
    for row in SHAKESPEARE:
        biases = study.STARTS.get(row["cell"], {"as built": None})
        for found in row["properties"].values():
            others = [low for rival, (low, _) in found["leads"].items() if rival != "untrained"]
            assert list(found["starts"]) == list(biases)
            for start in found["starts"].values():
                assert len(start["scores"]) == len(start["leads"]) == len(study.SEEDS)
                low = min(others + [low for low, _ in start["leads"]])
                assert low == start["smallest lead"][0]
                assert not start["found"] or low >= 0
                assert start["found"] or low <= 0.001
            first = next(iter(found["starts"].values()))
            assert first["scores"][row["seed"]] == pytest.approx(
                found["controls"]["untrained"], abs=0.01
            )


def test_what_held_is_what_the_effects_say():
    for row in SHAKESPEARE:
        for found in row["erased"].values():
            assert len(found["random"]) == study.RANDOM
            apart = "apart" in row  # measured with fewer, and its network not kept
            assert len(found["typical"]) == (study.TYPICAL_FIRST if apart else study.TYPICAL)
            assert found["held"] == study.is_held(found)


def effect(victim, others, low, randoms, typical=0):
    """An erasure of which the effects are known."""
    classes = {name: [others, 0, 0] for name in CLASSES} | {"name": [victim, 0, 0]}
    random = [{name: value for name in CLASSES} for value in randoms]
    return {
        "victim": "name",
        "direction": {"classes": classes, "lead": [1, low, 2]},
        "random": random,
        "typical": [dict.fromkeys(CLASSES, typical)],
    }


@pytest.mark.parametrize(
    ("held", "found"),
    [
        (True, effect(3, 1, 0.5, [1, 2])),
        (False, effect(3, 4, 0.5, [1, 2])),
        (False, effect(3, 1, -0.1, [1, 2])),
        (False, effect(3, 1, 0.5, [1, 3.5])),
        (False, effect(3, 1, 0.5, [1, 2], typical=3.5)),
    ],
)
def test_a_prediction_holds_only_where_the_victim_suffers_most(held, found):
    assert study.is_held(found) is held


def test_the_leads_over_rivals_without_a_network_follow_from_the_scores():
    for row in SHAKESPEARE:
        for name, found in row["properties"].items():
            assert set(BANKS) <= set(found["leads"])
            assert (study.TOGETHER in found["leads"]) == (found["kind"] != "class")
            assert (study.BY_COLUMN in found["leads"]) == (found["kind"] != "class")
            assert (study.FLAGS in found["leads"]) == (name == study.FLAGGED)
            for rival in {*NO_NETWORK, study.FLAGS} & set(found["leads"]):
                low, high = found["leads"][rival]
                middle = found["score"] - found["controls"][rival]
                assert low - 0.001 <= middle <= high + 0.001
    for name in study.VICTIMS:  # the same text, whatever network stands beside
        for rival in NO_NETWORK:
            assert len({row["properties"][name]["controls"][rival] for row in SHAKESPEARE}) == 1


def test_every_rival_of_a_network_that_is_not_kept_is_judged_apart():
    for row in SHAKESPEARE:
        wanted = {*NO_NETWORK, study.FLAGS} if row["seed"] else set()
        assert set(row.get("apart", [])) == wanted


def test_nothing_is_found_and_the_line_s_end_would_be_without_the_count_by_column():
    name = "characters to the line's end"
    for row in SHAKESPEARE:
        for found in row["properties"].values():
            assert not any(start["found"] for start in found["starts"].values())
        at = row["properties"][name]
        leads = at["leads"] | dict(enumerate(next(iter(at["starts"].values()))["leads"]))
        low, high = leads.pop(study.BY_COLUMN)
        kept = row["cell"] == "lstm" and "apart" not in row
        assert (min(leads.values())[0] > 0) == kept, (row["cell"], row["seed"])
        assert not kept or low < 0 < high
        rivals = max(at["controls"][rival] for rival in (*BANKS, study.TOGETHER, "counted"))
        assert (at["score"] > rivals) == (row["cell"] == "lstm")
        assert at["score"] < at["controls"][study.BY_COLUMN] + 0.004


def test_untrained_networks_that_begin_as_those_of_pytorch_are_behind_where_training_helps():
    assert len(UNTRAINED) == 20
    for row in of("lstm"):
        begun = of("lstm", UNTRAINED)
        assert len(begun) == 10
        at = "characters to the line's end"
        highest = max(r["properties"][at]["interval"][1] for r in begun)
        assert row["properties"][at]["interval"][0] > highest


def test_a_lead_from_two_intervals_is_harder_than_one_from_the_same_blocks():
    """Where the network was at hand, the lead was measured on the same blocks, draw by draw. The
    rival's own interval is worked out from the row of another network, for it is not stored.
    """
    harder = []
    for row in SHAKESPEARE:
        if "apart" in row:
            continue
        twin = next(r for r in SHAKESPEARE if "apart" in r and r["cell"] == row["cell"])
        for name, found in row["properties"].items():
            other = twin["properties"][name]
            middle = other["score"] - other["controls"][study.SUMS]
            whole = middle - other["leads"][study.SUMS][0]
            its = np.sqrt(max(whole**2 - (other["score"] - other["interval"][0]) ** 2, 0))
            below = np.hypot(found["score"] - found["interval"][0], its)
            low = found["score"] - found["controls"][study.SUMS] - below
            harder.append(low <= found["leads"][study.SUMS][0] + 0.001)
    assert len(harder) == 39
    assert np.mean(harder) > 0.9


def test_the_lead_apart_is_a_right_triangle():
    found = study.lead_apart(0.9, [0.87, 0.94], 0.5, [0.47, 0.54])
    np.testing.assert_allclose(found, [0.4 - 0.05, 0.4 + 0.05])


# how it is measured


def make_play(seed):
    """A play of seven characters, by chance."""
    rng = np.random.default_rng(seed)
    speech = ["".join(rng.choice(list("Aeb?."), rng.integers(3, 9))) for _ in range(900)]
    return "\n".join(f"\nAb:\n{line}" if n % 3 == 0 else line for n, line in enumerate(speech))


@pytest.fixture
def short(monkeypatch):
    """A short play of seven characters in place of Shakespeare, and a network that reads it."""
    vocab = study.Vocab("\n:Aeb?.")
    text, other = make_play(0), make_play(1)
    monkeypatch.setattr(study, "N", 3000)
    monkeypatch.setattr(study, "BLOCK", 100)
    monkeypatch.setattr(study, "T", 20)
    monkeypatch.setattr(study, "ROWS", 25)
    monkeypatch.setattr(study, "CONTEXT", 20)
    monkeypatch.setattr(study, "DISTANCES", (1, 4))
    monkeypatch.setattr(study, "BACK", (1,))
    monkeypatch.setattr(study, "TYPICAL", 2)
    props = study.describe_play(text[:3000])
    monkeypatch.setattr(study, "texts", lambda: (vocab, other, text, props))
    study.counted_outputs.cache_clear()
    study.outputs_by_column.cache_clear()
    study.untrained_outputs.cache_clear()
    study.outputs_without_network.cache_clear()
    model = shared_model("numpy", cell="lstm")
    model.set_params(random_params(small_config(cell="lstm")))
    yield model, vocab.encode(text[:3000]), text
    study.counted_outputs.cache_clear()
    study.outputs_by_column.cache_clear()
    study.untrained_outputs.cache_clear()
    study.outputs_without_network.cache_clear()


def test_properties_are_judged_beside_every_control(short):
    model, ids, _ = short
    states, _ = record(model, ids)
    found, back = study.read_properties(model, 1, states, ids)
    split, props = probes.split_blocks(3000, 100), study.texts()[3]
    name = "column in the line"
    outputs = probes.Reader(states, split).read(props[name])
    assert found[name]["score"] == pytest.approx(
        probes.judge(props[name], outputs, split), abs=6e-4
    )
    rivals = {"untrained", "weights shuffled", "labels shuffled", "guess", "counted", *BANKS}
    rivals |= {study.TOGETHER, study.BY_COLUMN}
    assert set(found[name]["controls"]) == rivals
    assert found[name]["controls"][study.LATEST] > 0.99
    assert set(found["who speaks"]["controls"]) == rivals - {
        "counted",
        study.TOGETHER,
        study.BY_COLUMN,
    }
    assert set(found[study.FLAGGED]["controls"]) == rivals | {study.FLAGS}
    assert set(found[name]["parts"]) == {"h", "c"}
    starts = found[name]["starts"]
    assert list(starts) == ["forget bias 1", "forget bias 0"]
    assert starts["forget bias 1"]["scores"][1] == pytest.approx(
        found[name]["controls"]["untrained"], abs=0.01
    )
    assert starts["forget bias 1"]["scores"] != starts["forget bias 0"]["scores"]
    assert 0 <= back["trained"][0] <= 1


def test_the_count_by_column_is_the_shrunk_mean_of_each_column_and_what_stood_before_it(short):
    """Counted in a dictionary: the column, then the character there, then the column before."""
    _, other, text, props = study.texts()
    name, text = "characters to the line's end", text[:3000]
    prop, there = props[name], study.describe_play(other)[name]

    def read(text):
        column, past = 0, (None,) * 8
        for char in text:
            column = 0 if char == "\n" else column + 1
            past = (column, char, *past[:6])
            yield [past[:n] for n in range(1, 9)]

    met = defaultdict(list)
    for runs, value, asked in zip(read(other), there.values, there.mask, strict=True):
        for run in runs:
            met[run] += [value] * int(asked)
    candidates = []
    for strength in study.controls.STRENGTHS:
        told = np.full((9, 3000), np.mean(there.values[there.mask]))
        for t, runs in enumerate(read(text)):
            for n, run in enumerate(runs, 1):
                values = met.get(run, [])
                told[n, t] = (sum(values) + strength * told[n - 1, t]) / (len(values) + strength)
        candidates += list(told[1:])
    at = probes.split_blocks(3000, 100).choose & prop.mask
    best = max(candidates, key=lambda told: probes.score("number", prop.values[at], told[at, None]))
    np.testing.assert_allclose(study.outputs_by_column()[name][:, 0], best)


def test_an_untrained_network_begins_as_those_of_pytorch(short, monkeypatch):
    begun = []
    monkeypatch.setattr(
        study, "record", lambda model, ids: (begun.append(model), record(model, ids))[1]
    )
    plan = study.weights.Plan("shakespeare", "lstm", 4, 3, None)
    monkeypatch.setattr(study, "PLANS", {"lstm": plan})
    rows = [study.run(task, "lstm", 2) for task in study.OTHER_STARTS]
    drawn, ones = (model.get_params() for model in begun)
    wanted = study.initialise_as_pytorch(begun[0].config, 2)
    for name, value in wanted.items():
        np.testing.assert_array_equal(drawn[name], value)
        assert (ones[name] == value).all() == (name != "b_h")
    assert (ones["b_h"][4:8] == 1).all()
    assert all(0 <= row["properties"]["line break within 5"]["score"] <= 1 for row in rows)


def test_erasures_are_judged_on_rows_that_no_probe_was_fitted_on(short):
    model, ids, text = short
    states, _ = record(model, ids)
    split = probes.split_blocks(3000, 100)
    starts = study.judged_rows(split, np.random.default_rng(0))
    assert len(set(starts)) == 25
    assert split.judge[starts[:, None] + np.arange(20)].all()
    found, base = study.erase_properties(model, states, ids, text[:3001])
    one = found["column in the line"]
    assert set(one["direction"]["classes"]) == set(base) == set(CLASSES)
    assert one["typical"] != one["random"][: study.TYPICAL]
    here = split.fit & study.texts()[3]["column in the line"].mask
    direction = patching.leace(states[here], study.texts()[3]["column in the line"].values[here])
    at = starts[:, None] + np.arange(20)
    wanted = [
        patching.nats_of_targets(
            patching.read_changed(model, ids[at], states[starts - 1], change).log_probs, ids[at + 1]
        ).mean()
        for change in (None, direction.erase)
    ]
    assert one["direction"]["all"] == pytest.approx(wanted[1] - wanted[0], abs=1e-4)


def test_the_reach_is_that_of_the_library(short):
    model, ids, _ = short
    _, log_probs = record(model, ids, length=3000, warm=0)
    found = study.measure_reach(model, log_probs, ids)
    assert len(found["replaced"]) == len(found["deleted"]) == len(found["gradient"]) == 2
    assert found["replaced"][0] > found["replaced"][1] > 0
    assert found["after a reset"][-1][:2] == [129, 200]


@pytest.mark.parametrize("name", study.LANGUAGES)
def test_a_made_up_language_is_drawn_of_its_alphabet(name):
    ids = study.draw(name, 50, 30, seed=1)
    assert ids.shape == (50, 30)
    assert set(np.unique(ids)) == set(range(len(study.LANGUAGES[name].alphabet)))


def test_the_true_state_is_read_from_states_that_hold_it(monkeypatch):
    truth = study.nested(2)
    ids = truth.draw(60, 20, seed=0)
    one_hot = np.eye(4)[truth.follow(ids)[:, 1:].ravel()]
    model = shared_model("numpy", cell="gru")
    noise = np.random.default_rng(0).normal(size=one_hot.shape)
    readings = iter([(one_hot, None), (noise, None)])
    monkeypatch.setattr(study, "record", lambda *args, **settings: next(readings))
    found = study.read_truth(model, truth, ids, seed=0)
    assert found["score"] == 1
    assert found["untrained"] == pytest.approx(found["guess"], abs=0.1)
    assert found["lead"][0] > 0.15


# what the rows show


def test_training_forgets_the_characters_that_do_not_help():
    for row in SHAKESPEARE:
        back = row["characters back"]
        for k in (6, 8):
            at = back["k"].index(k)
            assert back["untrained"][at] > back["trained"][at] + 0.02, (row["cell"], row["seed"], k)


def test_a_depth_is_kept_as_long_as_the_brackets_close_right(monkeypatch):
    truth = study.nested(3, ".")

    def forgets(string):
        """It takes a bracket as closed once ten fillers stood in a row."""
        return truth.accepts(string) and "." * 10 not in string

    monkeypatch.setattr(study.automaton, "recogniser", lambda *args: forgets)
    assert study.hold_depth(None, truth, 2) == 5
    monkeypatch.setattr(study.automaton, "recogniser", lambda *args: truth.accepts)
    assert study.hold_depth(None, truth, 3) == max(study.WAITS)
    monkeypatch.setattr(study.automaton, "recogniser", lambda *args: lambda string: True)
    assert study.hold_depth(None, truth, 1) == 0


def test_a_strong_test_can_be_passed_by_a_network_that_errs_as_well():
    passed = [row for row in MADE_UP if row.get("automata", {}).get("walk", {}).get("finished")]
    assert any(
        row["first errors"] and not row["automata"]["walk"]["wrong answers"] for row in passed
    )


def test_the_first_errors_are_errors():
    for row in MADE_UP:
        truth = study.LANGUAGES[row["task"]]
        wrong = [row["automata"][test]["shortest wrong"] for test in row.get("automata", {})]
        first = row.get("first errors") or []
        assert len(set(map(len, first))) <= 1
        assert all(len(first[0]) <= len(string) for string in wrong if string and first)
        assert set("".join(first)) <= set(truth.alphabet)


def test_a_row_run_again_comes_out_about_the_same():
    """Not to the digit: another processor trains another network."""
    (stored,) = [row for row in ROWS if study.key(row) == ("flip-flops", "rnn", 0)]
    again = study.run("flip-flops", "rnn", 0)
    assert set(again) == set(stored)
    assert again["right"][50][0] == pytest.approx(stored["right"]["50"][0], abs=0.01)
    assert again["true state"]["score"] == pytest.approx(stored["true state"]["score"], abs=0.02)
    assert 0 in again["fixed points"]["unstable"]
    assert study.store.find(ROWS, task="flip-flops", cell="rnn", seed=0) == stored
