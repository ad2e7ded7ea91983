"""Linear probes and their controls: closed forms, planted properties, intervals that cover."""

from itertools import product

import numpy as np
import pytest

from benchmarks import hidden_states as study
from rnnlib.models.engines import build
from rnnlib.models.parts import initialise_as_pytorch
from rnnlib.probing import controls, probes
from rnnlib.probing.probes import Ridge, score, split_blocks
from rnnlib.probing.text_properties import Property
from tests.helpers import every_engine, raises_sentence, small_config

N, D, BLOCK = 3000, 12, 50
SPLIT = split_blocks(N, BLOCK)
EVERY = np.ones(N, bool)
ALL = np.ones(600, bool)
THIRTY = probes.Split(~ALL, ~ALL, ALL, np.arange(600) // 20)  # blocks, all of which judge


def planted(seed=0, noise=1.0):
    """States that hold a number on a line and a yes/no, with units of very different size."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=(N, D)) * 10.0 ** np.linspace(-2, 2, D) + 5
    number = states[:, 0] * 100 + states[:, -1] / 100 + noise * rng.normal(size=N)
    return states, Property("number", number, EVERY)


# the split


def test_a_split_keeps_blocks_whole_and_covers_every_place_once():
    split = split_blocks(1530, 100, seed=3)
    np.testing.assert_array_equal(split.fit.astype(int) + split.choose + split.judge, 1)
    for mask in split[:3]:
        for block in range(16):
            assert len(set(mask[100 * block : 100 * (block + 1)])) == 1
    assert split_blocks(15_000, 1000).fit.sum() == 8000
    assert split_blocks(15_000, 1000).judge.sum() == 5000
    assert (split_blocks(1530, 100, 4).fit != split.fit).any()
    assert all(mask.sum() == 10 for mask in split_blocks(30, 10)[:3])


def test_too_few_blocks_are_refused():
    with raises_sentence(ValueError, "2 blocks", "3 blocks"):
        split_blocks(20, 10)


# least squares


def test_ridge_is_the_closed_form(subtests):
    for penalty in [0.0, 1e-2, 3.0]:
        with subtests.test(str(penalty)):
            states, prop = planted()
            targets = np.stack([prop.values, states[:, 3] ** 2], axis=1)
            (probe,) = Ridge(states).fit(targets, penalty)
            Z = (states - states.mean(axis=0)) / states.std(axis=0)
            long = np.concatenate(
                [Z, np.sqrt(penalty * N) * np.eye(D)]
            )  # the penalty as more equations
            wanted = np.concatenate([targets - targets.mean(axis=0), np.zeros((D, 2))])
            W = np.linalg.lstsq(long, wanted, rcond=None)[0]
            np.testing.assert_allclose(
                probe(states), Z @ W + targets.mean(axis=0), rtol=1e-3, atol=1e-2
            )


def test_what_hardly_varies_where_it_is_fitted_is_not_blown_up():
    rng = np.random.default_rng(0)
    states = np.column_stack([rng.normal(size=200), 1e-4 * rng.normal(size=200)])
    targets = states[:, :1] + rng.normal(size=(200, 1))
    free, held = (Ridge(states, least).fit(targets, 1e-3)[0] for least in (1e-6, 0.1))
    rare = np.array([[0.0, 1.0]])  # elsewhere it is as large as the other
    assert abs(held(rare)[0, 0] - held(0 * rare)[0, 0]) < 1
    assert abs(free(rare)[0, 0] - free(0 * rare)[0, 0]) > 10


def test_a_probe_is_the_same_from_states_of_either_precision():
    states, prop = planted()
    states = states.astype(np.float32)
    one, other = (Ridge(s).fit(prop.values[:, None], 1e-6)[0] for s in (states, states * 1.0))
    assert one.weights.dtype == np.float64
    wide = Ridge(states.astype(np.float64)).fit(prop.values[:, None], 1e-6)[0]
    np.testing.assert_allclose(one.weights, wide.weights, rtol=1e-12)
    np.testing.assert_array_equal(one.weights, other.weights)


def test_a_unit_that_never_moves_does_no_harm():
    states, prop = planted()
    states[:, 4] = 1
    (probe,) = Ridge(states).fit(prop.values[:, None], 1e-4)
    assert np.isfinite(probe(states)).all()
    assert score("number", prop.values, probe(states)) > 0.5


# scores


def test_the_scores_are_their_definitions():
    rng = np.random.default_rng(0)
    y, out = rng.normal(size=200), rng.normal(size=(200, 1))
    assert score("number", y, out) == pytest.approx(1 - ((out[:, 0] - y) ** 2).mean() / y.var())
    yes, out = rng.random(60) < 0.3, rng.integers(5, size=(60, 1))  # with draws
    pairs = [(a > b) + (a == b) / 2 for a, b in product(out[yes, 0], out[~yes, 0])]
    assert score("yes/no", yes, out) == pytest.approx(np.mean(pairs))
    which, out = rng.integers(3, size=200), rng.normal(size=(200, 3))
    assert score("class", which, out) == pytest.approx((out.argmax(axis=1) == which).mean())
    with raises_sentence(ValueError, "'log'", "yes/no"):
        score("log", y, out)


@pytest.mark.parametrize("kind", ["number", "yes/no", "class"])
def test_a_score_of_blocks_drawn_anew_is_that_of_the_rows_repeated(kind):
    rng = np.random.default_rng(1)
    values = {"number": rng.normal(size=120), "yes/no": rng.random(120) < 0.4}
    values = values.get(kind, rng.integers(3, size=120))
    outputs = np.round(rng.normal(size=(120, 3 if kind == "class" else 1)), 1)
    blocks = np.arange(120) // 20
    counts = rng.multinomial(6, [1 / 6] * 6, size=10)
    found = probes.scores_of(kind, values, outputs, blocks, counts)
    for count, one in zip(counts, found, strict=True):
        rows = np.concatenate(
            [np.flatnonzero(blocks == b) for b in range(6) for _ in range(count[b])]
        )
        assert one == pytest.approx(score(kind, values[rows], outputs[rows]))


# reading a property


def test_a_planted_number_is_read_as_well_as_its_noise_allows():
    states, prop = planted(noise=1.0)
    read = probes.Reader(states, SPLIT).read(prop)
    best = 1 - 1 / prop.values.var()
    assert probes.judge(prop, read, SPLIT) == pytest.approx(best, abs=0.04)


def test_what_is_not_there_is_not_read_and_the_interval_covers_chance():
    states, prop = planted()
    rng, covered = np.random.default_rng(5), []
    reader = probes.Reader(states, SPLIT)
    for _ in range(20):
        nothing = prop._replace(kind="yes/no", values=rng.random(N) < 0.5)
        low, high = probes.interval(nothing, reader.read(nothing), SPLIT)
        covered.append(low < 0.5 < high)
    assert sum(covered) >= 16


def test_the_penalty_is_chosen_by_the_blocks_that_choose():
    rng = np.random.default_rng(0)
    states = rng.normal(size=(300, 140))  # nearly as many numbers as places to fit
    prop = Property("number", states[:, 0] + 3 * rng.normal(size=300), np.ones(300, bool))
    split = split_blocks(300, 10)
    penalties = (1e-6, 1.0)
    scores = {
        penalty: probes.judge(prop, probes.Reader(states, split, penalty).read(prop), split)
        for penalty in penalties
    }
    both = probes.judge(prop, probes.Reader(states, split, penalties).read(prop), split)
    assert scores[1e-6] < scores[1.0] == both


def test_a_reader_holds_what_hardly_varies_as_its_ridge_does():
    states, prop = planted()
    states[:, 0] *= 1e-2
    found, free = (probes.Reader(states, SPLIT, [1e-3], *least).fit(prop) for least in ([1.0], []))
    held = Ridge(states[SPLIT.fit], 1.0).fit(prop.values[SPLIT.fit, None], 1e-3)[0]
    np.testing.assert_array_equal(found.weights, held.weights)
    assert not np.allclose(found.weights, free.weights)


def test_only_the_places_asked_for_are_fitted_and_judged():
    states, prop = planted(noise=0.0)
    asked = np.arange(N) % 2 == 0
    values = np.where(asked, prop.values, 1e9)
    found = prop._replace(values=values, mask=asked)
    assert probes.judge(found, probes.Reader(states, SPLIT).read(found), SPLIT) > 0.99


def test_classes_are_read_and_two_masks_do_not_mix():
    states, _ = planted()
    which = Property(
        "class", np.digitize(states[:, 5], np.quantile(states[:, 5], [1 / 3, 2 / 3])), EVERY
    )
    reader = probes.Reader(states, SPLIT)
    first = reader.read(which)
    reader.read(which._replace(mask=np.arange(N) < 2000))
    np.testing.assert_array_equal(reader.read(which), first)
    assert probes.judge(which, first, SPLIT) > 0.6


# intervals


def test_the_interval_over_blocks_covers_about_95_times_in_100():
    rng, covered = np.random.default_rng(0), 0
    for run in range(200):
        level = np.repeat(rng.normal(size=(30,)), 20)  # what the places of a block share
        values = level + rng.normal(size=600)
        outputs = (
            values[:, None]
            + rng.normal(size=(600, 1))
            + np.repeat(rng.normal(size=30), 20)[:, None]
        )
        prop = Property("number", values, np.ones(600, bool))
        low, high = probes.interval(prop, outputs, THIRTY, n=300, seed=run)
        covered += low < 0 < high  # error and value have the variance 2
    assert 0.86 <= covered / 200 <= 0.99


def test_the_interval_of_a_lead_judges_the_same_blocks():
    rng = np.random.default_rng(0)
    values, hard = rng.normal(size=600), np.repeat(rng.normal(size=30) * 3, 20)
    prop = Property("number", values, np.ones(600, bool))
    good, bad = (values + hard + shift * rng.normal(size=600) for shift in (0.1, 0.5))
    split = THIRTY
    low, high = probes.interval(prop, good[:, None], split, over=bad[:, None])
    assert 0 < low < high  # though the intervals of both, which blocks make wide, overlap
    assert (
        probes.interval(prop, bad[:, None], split)[1]
        > probes.interval(prop, good[:, None], split)[0]
    )
    assert probes.interval(prop, good[:, None], split, over=good[:, None]) == (0, 0)


def test_the_interval_of_a_mean_is_students_for_every_number_of_values(subtests):
    from scipy import stats

    for n in range(2, 11):
        with subtests.test(str(n)):
            values = np.random.default_rng(n).normal(size=n)
            theirs = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
            found = probes.interval_of_mean(values)
            assert np.diff(found) == pytest.approx(np.diff(theirs), rel=5e-4)
            assert np.mean(found) == pytest.approx(values.mean())
    with raises_sentence(ValueError, "2 to 10", "not 1"):
        probes.interval_of_mean([1.0])


# controls


def test_shuffled_labels_are_the_same_values_and_leave_nothing_to_read():
    states, prop = planted(noise=0.0)
    prop = prop._replace(mask=np.arange(N) < 2500)
    found = study.shuffle_labels(prop)
    np.testing.assert_array_equal(found.values[2500:], prop.values[2500:])
    np.testing.assert_array_equal(np.sort(found.values), np.sort(prop.values))
    assert (found.values[:2500] != prop.values[:2500]).mean() > 0.99
    assert probes.judge(prop, probes.Reader(states, SPLIT).read(found), SPLIT) < 0.1


def test_a_control_task_deals_out_no_value_of_a_place_that_is_not_asked_for():
    asked = np.arange(N) % 3 > 0
    prop = Property("number", np.where(asked, np.arange(N) % 7, 1000), asked)
    ids = np.random.default_rng(0).integers(4, size=N)
    assert set(study.control_task(prop, ids).values) == set(range(7))


def test_a_control_task_gives_every_run_of_characters_one_value():
    ids = np.random.default_rng(0).integers(4, size=N)
    prop = Property("yes/no", np.random.default_rng(1).random(N) < 0.2, np.arange(N) % 3 > 0)
    found = study.control_task(prop, ids, length=2)
    pairs = {}
    for i in range(1, N):
        pairs.setdefault((ids[i - 1], ids[i]), set()).add(bool(found.values[i]))
    assert len(pairs) == 16
    assert all(len(values) == 1 for values in pairs.values())
    long = study.control_task(prop, ids, length=5, seed=2)
    assert long.values.mean() == pytest.approx(0.2, abs=0.04)
    assert (study.control_task(prop, ids, 5, seed=3).values != long.values).any()


@every_engine
def test_the_untrained_network_has_the_first_weights_of_its_seed(engine):
    model = build(small_config(), "numpy", seed=4)
    found = controls.untrained(model, 4, engine)
    assert found.config == model.config
    for name, value in model.get_params().items():
        np.testing.assert_array_equal(found.get_params()[name], value)


def test_an_untrained_network_can_begin_with_other_weights():
    model = build(small_config(cell="lstm"), "numpy", seed=4)
    found = controls.untrained(model, 4, draw=initialise_as_pytorch).get_params()
    for name, value in initialise_as_pytorch(model.config, 4).items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_forget_gates_of_an_untrained_lstm_can_start_elsewhere(layers):
    model = build(small_config(cell="lstm", num_layers=layers), "numpy", seed=4)
    H, found = model.config.hidden_size, controls.untrained(model, 4, forget_bias=-2.0)
    for name, value in model.get_params().items():
        if name.startswith("b_h"):
            value[H : 2 * H] = -2
        np.testing.assert_array_equal(found.get_params()[name], value)
    with pytest.raises(ValueError, match="no forget gate"):
        controls.untrained(build(small_config(cell="gru"), "numpy"), forget_bias=0.0)


def test_shuffled_weights_are_the_same_numbers_elsewhere():
    model = build(small_config(cell="gru"), "numpy", seed=4)
    before, after = model.get_params(), study.shuffle_weights(model).get_params()
    for name, value in before.items():
        np.testing.assert_array_equal(np.sort(after[name].ravel()), np.sort(value.ravel()))
    assert (after["W_hh"] != before["W_hh"]).any()
    assert (np.sort(after["W_hh"], axis=0) != np.sort(before["W_hh"], axis=0)).any()


def test_the_guess_is_the_mean_or_the_majority():
    states, prop = planted()
    assert probes.judge(prop, controls.guess(prop, SPLIT), SPLIT) == pytest.approx(0, abs=0.01)
    yes = prop._replace(kind="yes/no", values=states[:, 0] > 5)
    assert probes.judge(yes, controls.guess(yes, SPLIT), SPLIT) == 0.5
    which = prop._replace(kind="class", values=(np.arange(N) % 5 > 2) * 2)
    assert probes.judge(which, controls.guess(which, SPLIT), SPLIT) == pytest.approx(0.6, abs=0.01)


def test_counting_answers_what_the_last_characters_tell_and_no_more():
    rng = np.random.default_rng(0)
    there, here = rng.integers(3, size=(2, N))

    def sum_of(ids, back):
        return Property("number", sum(np.roll(ids, k) for k in back).astype(float), EVERY)

    counts = controls.NgramProbe(there, 3, longest=4)
    for back, wanted in (((0, 1), 1.0), ((0, 3), 1.0), ((0, 7), 0.5), ((7, 8), 0.0)):
        prop = sum_of(here, back)
        found = counts.read(sum_of(there, back), prop, here, SPLIT.choose)
        assert probes.judge(prop, found, SPLIT) == pytest.approx(wanted, abs=0.06), back


def test_counting_is_the_shrunk_mean_of_each_run():
    there, here = np.array([0, 1, 0, 1, 1]), np.array([0, 1, 1])
    counted = Property("number", np.array([1.0, 2, 3, 4, 50]), np.array([1, 1, 1, 1, 0], bool))
    prop, mask = Property("number", np.array([2.0, 3, 4]), np.ones(3, bool)), np.ones(3, bool)
    counts = controls.NgramProbe(there, 2, longest=1)
    found = counts.read(counted, prop, here, mask)[:, 0]
    candidates = [
        np.array([(4 + s * 2.5) / (2 + s), (6 + s * 2.5) / (2 + s), (6 + s * 2.5) / (2 + s)])
        for s in controls.STRENGTHS
    ]
    best = max(candidates, key=lambda out: score("number", prop.values, out[:, None]))
    np.testing.assert_allclose(found, best)


def test_a_run_that_was_never_met_is_answered_by_the_shorter_one():
    there = np.array([0, 0, 1, 2, 2, 1, 2] * 20)
    here = np.append(there[:70], [1, 0])  # 1, 0 was never met
    counted, prop = (
        Property("number", np.append(0, (ids[:-1] == 1) & (ids[1:] == 2)), np.ones(len(ids), bool))
        for ids in (there, here)
    )
    found = controls.NgramProbe(there, 3, longest=2).read(counted, prop, here, prop.mask)
    after_zero = (0 + 0.5 * counted.values.mean()) / (40 + 0.5)
    assert found[-1, 0] == pytest.approx(after_zero)
    assert probes.score("number", prop.values, found) > 0.99


def test_what_is_rare_is_drawn_towards_the_shorter_run():
    there, here = np.array([0] * 50 + [1, 0, 0]), np.array([0, 0, 1, 0, 0])
    values = np.append(np.zeros(51), [8.0, 0])
    counted = Property("number", values, np.ones(53, bool))
    prop, mask = Property("number", np.array([0.0, 0, 0, 3, 0]), np.ones(5, bool)), np.ones(5, bool)
    found = controls.NgramProbe(there, 2, longest=2).read(counted, prop, here, mask)[:, 0]
    candidates = []
    for s in controls.STRENGTHS:
        zero = (8 + s * values.mean()) / (52 + s)
        candidates.append((8 + s * zero) / (1 + s))  # 1, 0 was met once, with an 8
    assert found[3] == pytest.approx(min(candidates, key=lambda one: abs(one - 3)))


def test_runs_that_do_not_fit_are_refused():
    with raises_sentence(ValueError, "64-bit", "11"):
        controls.NgramProbe(np.zeros(10, int), 65, longest=11)


# rivals without a network


def test_leaky_sums_are_the_sum_over_the_past():
    ids = np.random.default_rng(0).integers(3, size=40)
    found = controls.leaky_sums(ids, 3, times=(2, 8)).reshape(40, 2, 3)
    for k, time in enumerate((2, 8)):
        for char in range(3):
            ago = 39 - np.flatnonzero(ids == char)
            assert found[39, k, char] == pytest.approx(np.exp(-ago / time).sum(), rel=1e-5)
    assert controls.leaky_sums(ids, 3).shape == (40, 24)


def test_latest_readings_tell_how_long_ago_each_character_was_read():
    ids = np.random.default_rng(0).integers(3, size=40)
    found = controls.leaky_sums(ids, 4, times=(2, 8), latest=True).reshape(40, 2, 4)
    for k, time in enumerate((2, 8)):
        for char in range(3):
            ago = 39 - np.flatnonzero(ids == char)[-1]
            assert found[39, k, char] == pytest.approx(np.exp(-ago / time), rel=1e-5)
    assert not found[..., 3].any()


def test_word_flags_rise_after_the_word_and_fall_at_the_end():
    text = "What is it? He is.\nIs"
    flags = study.word_flags(text, ["is", "what"])
    wanted = [(4, 11, "what"), (7, 11, "is"), (17, 18, "is")]  # from a place up to another
    for column, name in enumerate(("is", "what")):
        on = np.zeros(len(text))
        for start, end, word in wanted:
            if word == name:
                on[start : end - 1] = 1
        np.testing.assert_array_equal(flags[:, column], on)
