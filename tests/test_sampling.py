"""Text from any model: probabilities, temperature and filters, the state stepped, beams."""

import math
import re
from dataclasses import FrozenInstanceError, fields
from functools import cache
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnnlib.functional import log_softmax, softmax
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, build
from rnnlib.text.vocab import Vocab
from rnnlib.writing.beam import beam_search
from rnnlib.writing.sampling import (
    GREEDY,
    Sampler,
    generate,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    stream,
)
from tests.helpers import (
    assert_none,
    every_cell,
    every_engine,
    raises_sentence,
    random_params,
    restored,
    shared_model,
    small_config,
)
from tests.notebooks import ROOT

VOCAB = Vocab("abcdefg")
LOGITS = np.array([1.0, -2.0, 0.5, 0.5, 3.0])


class Summing:
    """A fake model whose next character is decided by the sum of all ids it has read."""

    config = ModelConfig(7, 1, 1)

    def __init__(self):
        self.read = []

    def init_state(self, batch_size):
        return np.zeros((1, batch_size, 1))

    def forward(self, ids, state):
        self.read.append(ids.tolist())
        sums = state[0] + np.cumsum(ids, axis=1)  # (B, T)
        logits = 50.0 * np.eye(7)[(sums.astype(int) * 3 + 1) % 7]
        return logits, sums[None, :, -1:]


def continue_by_hand(prompt, length, window=None):
    """What Summing must write, from the sum of the last `window` ids or of all."""
    ids = [*VOCAB.encode(prompt)]
    for _ in range(length):
        ids.append((sum(ids[-window:] if window else ids) * 3 + 1) % 7)
    return VOCAB.decode(ids[len(prompt) :])


# probabilities


def test_softmax_is_the_definition_along_the_last_axis():
    logits = np.random.default_rng(0).normal(size=(2, 3, 5))
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(softmax(logits), expected, atol=1e-15)
    np.testing.assert_allclose(softmax(logits + 700), expected, atol=1e-12)
    np.testing.assert_allclose(np.exp(log_softmax(logits)), expected, atol=1e-15)


def test_softmax_of_extreme_scores(subtests):
    for logits, probs in [
        ([1e4, 0, -1e4], [1, 0, 0]),
        ([-1e300, -1e300], [0.5, 0.5]),
        ([0, -np.inf], [1, 0]),
        ([3], [1]),
        (np.array([1e38, 1e38], "float32"), [0.5, 0.5]),
        ([[2000, 0], [0, 0]], [[1, 0], [0.5, 0.5]]),  # each row by its own highest
    ]:
        with subtests.test(str(logits)):
            np.testing.assert_array_equal(softmax(logits), probs)


def test_log_softmax_is_finite_where_softmax_rounds_to_nothing():
    np.testing.assert_array_equal(log_softmax([0, -1e4]), [0, -1e4])
    np.testing.assert_allclose(log_softmax([5.0, 5.0]), [-np.log(2)] * 2)
    np.testing.assert_array_equal(log_softmax([[2000, 0], [0, -9000]]), [[0, -2000], [0, -9000]])


def test_softmax_keeps_its_input_and_its_type():
    logits = LOGITS.astype("float32")
    assert softmax(logits).dtype == "float32"
    np.testing.assert_array_equal(logits, LOGITS)


# one character


def test_at_temperature_0_the_highest_score_is_taken_whatever_the_filters():
    assert Sampler(temperature=0) == Sampler(0.0) == GREEDY
    rng = np.random.default_rng(0)
    for sampler in (GREEDY, Sampler(0, top_k=3), Sampler(0, top_p=0.9), Sampler(0, min_p=0.0)):
        assert sampler.pick(LOGITS, rng) == 4
        assert np.flatnonzero(np.isfinite(sampler.filter(LOGITS))).tolist() == [4]
    assert rng.random() == np.random.default_rng(0).random()  # nothing was drawn


def test_an_impossible_setting_is_refused_when_the_sampler_is_made(subtests):
    for name, wrong in [
        ("temperature", (-1, -1e-300, math.nan, math.inf, -math.inf, "1", None, 1j)),
        ("top_k", (0, -1, 2.0, "3", True)),
        ("top_p", (0, 0.0, -0.1, 1.01, math.nan, "1")),
        ("min_p", (-0.1, 1.01, math.nan, "1")),
    ]:
        with subtests.test(str(name)):
            for value in wrong:
                with raises_sentence(ValueError, name, repr(value)):
                    Sampler(**{name: value})
                if name != "temperature":
                    with raises_sentence(ValueError, name, repr(value)):
                        Sampler(0, **{name: value})  # nor where it would make no difference


def test_every_setting_of_a_sampler_is_explained_an_option_and_in_the_lab():
    """What the library can do, the command line and the page can do as well."""
    options = (ROOT / "rnnlib" / "cli" / "options.py").read_text(encoding="utf-8")
    lab = (ROOT / "website" / "lab" / "sampling.js").read_text(encoding="utf-8")
    faults = []
    for name in (field.name for field in fields(Sampler)):
        first, *others = name.split("_")
        if f"`{name}`" not in Sampler.__doc__:
            faults.append(f"{name}: the docstring of Sampler, in rnnlib/writing/sampling.py")
        if not re.search(rf"^    {name}: ", options, re.M):
            faults.append(f"{name}: an option of `rnnlib write`, in rnnlib/cli/options.py")
        if first + "".join(map(str.title, others)) not in lab:
            faults.append(f"{name}: the sampler of the lab, website/lab/sampling.js")
    assert_none(faults, "Add the setting in each of these places.")


def test_a_sampler_is_a_value():
    assert Sampler() == Sampler(1.0, None, None, None) != Sampler(top_k=1)
    assert len({Sampler(0.7, 5), Sampler(top_k=5, temperature=0.7), GREEDY}) == 2
    with pytest.raises(FrozenInstanceError):
        Sampler().temperature = 2.0


def test_characters_are_drawn_with_the_probabilities_of_their_temperature(subtests):
    for temperature in [0.5, 1.0, 2.0]:
        with subtests.test(str(temperature)):
            rng, draws = np.random.default_rng(0), 4000
            counts = np.bincount(
                [Sampler(temperature).pick(LOGITS, rng) for _ in range(draws)], minlength=5
            )
            expected = draws * np.exp(LOGITS / temperature) / np.exp(LOGITS / temperature).sum()
            chi_square = ((counts - expected) ** 2 / expected).sum()
            assert chi_square < 18.5  # 4 degrees of freedom: beyond it 1 seed in 1,000


def test_a_low_temperature_approaches_greedy_and_a_high_one_evenness():
    rng = np.random.default_rng(0)
    for temperature in (0.05, 1e-3, 1e-200, 5e-324):
        assert {Sampler(temperature).pick(LOGITS, rng) for _ in range(50)} == {4}
    counts = np.bincount([Sampler(1e6).pick(LOGITS, rng) for _ in range(2000)])
    assert counts.min() > 320  # 400 each, less four and a half standard deviations


def test_float32_scores_are_drawn_from_without_a_complaint_about_their_sum():
    logits = np.random.default_rng(0).normal(size=500).astype("float32")
    assert 0 <= Sampler().pick(logits, np.random.default_rng(1)) < 500


# filters

some_logits = st.lists(st.floats(-30, 30), min_size=1, max_size=9).map(np.array)
distinct_logits = st.lists(st.integers(-40, 40), min_size=1, max_size=8, unique=True).map(
    lambda logits: np.array(logits) / 4
)


@given(some_logits)
def test_filters_that_leave_everything_change_nothing(logits):
    for found in (
        keep_top_k(logits, len(logits)),
        keep_top_k(logits, 1000),
        keep_top_p(logits, 1),
        keep_top_p(logits, 1.0),
        keep_min_p(logits, 0),
        Sampler(1.0, len(logits), 1.0, 0.0).filter(logits) + logits.max(),
    ):
        np.testing.assert_allclose(found, logits, rtol=0, atol=1e-13)


def test_a_share_that_rounds_to_nothing_is_kept_when_everything_is():
    logits = [0.0, -800.0]  # the first sum is 1 already
    np.testing.assert_array_equal(keep_top_p(logits, 1.0), logits)
    np.testing.assert_array_equal(keep_min_p(logits, 0.0), logits)


@given(some_logits, st.integers(1, 10))
def test_top_k_keeps_k_of_which_none_is_less_likely_than_one_left_out(logits, k):
    found = keep_top_k(logits, k)
    kept = np.isfinite(found)
    assert kept.sum() == min(k, len(logits))
    assert logits[kept].min() >= logits[~kept].max(initial=-np.inf)
    np.testing.assert_array_equal(found[kept], logits[kept])
    assert (found[~kept] == -np.inf).all()


@given(distinct_logits, st.floats(1e-6, 1))
def test_the_nucleus_is_the_smallest_set_with_the_mass_by_brute_force(logits, p):
    probs = softmax(logits)
    choices = list(product([False, True], repeat=len(logits)))
    masses = np.array(choices) @ probs
    assume(np.abs(masses - p).min() > 1e-9)  # rounding decides nothing
    enough = [(sum(kept), -mass, kept) for kept, mass in zip(choices, masses, strict=True)]
    *_, kept = min(entry for entry in enough if -entry[1] >= p)
    found = np.isfinite(keep_top_p(logits, p))
    assert tuple(found) == kept  # of the smallest sets, the one with the most mass


@given(some_logits, st.floats(0, 1))
def test_min_p_is_measured_against_the_likeliest(logits, p):
    probs = softmax(logits)
    assume((np.abs(probs - p * probs.max()) > 1e-12).all() or p == 1)
    expected = np.where(probs >= p * probs.max(), logits, -np.inf)
    np.testing.assert_array_equal(keep_min_p(logits, p), expected)
    assert np.isfinite(keep_min_p(logits, p)).any()


options = st.fixed_dictionaries(
    {
        "temperature": st.floats(0.2, 5),
        "top_k": st.none() | st.integers(1, 9),
        "top_p": st.none() | st.floats(0.01, 1),
        "min_p": st.none() | st.floats(0, 1),
    }
)


@given(some_logits, options)
def test_what_is_left_sums_to_one_and_keeps_its_ratios(logits, how):
    before, after = softmax(logits / how["temperature"]), softmax(Sampler(**how).filter(logits))
    assert after.sum() == pytest.approx(1, abs=1e-12)
    kept = after > 0
    assert kept[logits.argmax()]
    np.testing.assert_allclose(after[kept], before[kept] / before[kept].sum(), rtol=1e-9)


@given(some_logits, options)
def test_temperature_comes_first_and_then_the_filters_in_their_order(logits, how):
    expected = (logits - logits.max()) / how["temperature"]
    if how["top_k"]:
        expected = keep_top_k(expected, how["top_k"])
    if how["top_p"]:
        expected = keep_top_p(expected, how["top_p"])
    if how["min_p"] is not None:
        expected = keep_min_p(expected, how["min_p"])
    np.testing.assert_array_equal(Sampler(**how).filter(logits), expected)


def test_a_nucleus_whose_sum_is_exactly_the_share_takes_no_one_more():
    four = np.zeros(4)  # shares of exactly a quarter
    for p, kept in ((0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3), (0.76, 4), (1.0, 4)):
        assert np.isfinite(keep_top_p(four, p)).sum() == kept, p
    assert np.isfinite(keep_top_p([0.0, 0.0, -np.inf], 0.5)).tolist() == [True, False, False]


def test_of_equal_scores_greedy_takes_the_first():
    assert GREEDY.pick(np.array([1.0, 3.0, 3.0, 2.0]), np.random.default_rng(0)) == 1
    assert np.isfinite(GREEDY.filter([1.0, 3.0, 3.0, 2.0])).tolist() == [False, True, False, False]


def test_a_temperature_next_to_nothing_overflows_in_silence():
    with np.errstate(over="raise"):
        found = Sampler(1e-308).filter([0.0, 5.0, 1.0])
    assert np.isfinite(found).tolist() == [False, True, False]


def test_equal_scores_are_kept_as_the_argmax_takes_them():
    equal = np.zeros(4)
    for k in (1, 2, 3):
        assert np.flatnonzero(np.isfinite(keep_top_k(equal, k))).tolist() == list(range(k))
    assert np.flatnonzero(np.isfinite(keep_top_p(equal, 0.3))).tolist() == [0, 1]
    assert np.isfinite(keep_min_p(equal, 1.0)).all()


def test_float32_scores_are_filtered_as_their_exact_shares_say():
    """Two hairs apart from the bar: 32 bits would round them onto it."""
    low = np.float32(-1.3)
    share = math.exp(low)  # of the likeliest
    for hair, kept in ((1 - 1e-12, 2), (1 + 1e-12, 1)):
        found = keep_min_p(np.array([0, low], "float32"), share * hair)
        assert np.isfinite(found).sum() == kept
    many = np.random.default_rng(0).normal(size=3000).astype("float32")
    shares = sorted((math.exp(logit) for logit in many), reverse=True)
    for number in (10, 700, 2500):  # of the likeliest, and what they hold of all
        held = math.fsum(shares[:number]) / math.fsum(shares)
        for hair, kept in ((1 - 1e-12, number), (1 + 1e-12, number + 1)):
            assert np.isfinite(keep_top_p(many, held * hair)).sum() == kept


def test_scores_a_hair_apart_are_not_equal():
    for keep, amount in ((keep_top_k, 1), (keep_top_p, 0.4)):
        found = keep([1.0, 1.0 + 1e-12, -5.0], amount)
        assert np.isfinite(found).tolist() == [False, True, False]


def test_filters_leave_what_they_are_given():
    logits = LOGITS.copy()
    for temperature in (0, 0.5):
        Sampler(temperature, 2, 0.5, 0.5).filter(logits)
    np.testing.assert_array_equal(logits, LOGITS)


# a text


def test_what_is_written_is_what_a_loop_by_hand_writes(subtests):
    for prompt in ["c", "gabba"]:
        for window in [None, 1, 2, 3, 40]:
            for length, sampler in [(20, GREEDY), (20, Sampler()), (1, GREEDY), (0, GREEDY)]:
                with subtests.test(f"{prompt}, {window}, {length}, {sampler}"):
                    text = generate(Summing(), VOCAB, prompt, length, sampler, window=window)
                    assert text == continue_by_hand(prompt, length, window)


def test_the_prompt_is_read_once_and_then_one_character_a_step():
    model = Summing()
    text = generate(model, VOCAB, "abc", 4, GREEDY)
    assert model.read == [[[0, 1, 2]], *[[[i]] for i in VOCAB.encode(text[:3])]]


def test_a_window_reads_its_last_characters_at_each_step():
    model = Summing()
    ids = [*VOCAB.encode("abcd" + generate(model, VOCAB, "abcd", 3, GREEDY, window=3))]
    assert model.read == [[ids[1:4]], [ids[2:5]], [ids[3:6]]]


@every_engine
def test_greedy_text_of_a_real_model_is_the_argmax_after_all_that_was_read(subtests, engine):
    for window in [None, 4]:
        with subtests.test(str(window)):
            ids = [*VOCAB.encode("bad")]
            with restored(shared_model(engine)) as model:
                model.set_params(random_params(model.config))
                for _ in range(12):
                    logits, _ = model.forward([ids[-(window or 0) :]], model.init_state(1))
                    ids.append(int(logits[0, -1].argmax()))
                text = generate(model, VOCAB, "bad", 12, GREEDY, window=window)
            assert text == VOCAB.decode(ids[3:])


@every_cell
def test_text_of_one_seed_is_the_same_in_every_engine_and_cell(subtests, cell):
    filtered = [Sampler(top_k=3), Sampler(top_p=0.8), Sampler(1.4, min_p=0.2)]
    for sampler in [Sampler(0.3), Sampler(1.7), *filtered]:
        with subtests.test(str(sampler)):
            texts = set()
            for engine in ENGINES:
                with restored(shared_model(engine, cell=cell)) as model:
                    model.set_params(random_params(model.config, seed=3))
                    texts.add(generate(model, VOCAB, "cafe", 40, sampler, rng=5))
                    texts.add("".join(islice(stream(model, VOCAB, "cafe", sampler, rng=5), 40)))
                    plain = generate(model, VOCAB, "cafe", 40, rng=5)
            assert len(texts) == 1
            assert len(set(texts.pop())) > 1
            assert plain not in texts


def test_top_1_is_greedy_whatever_the_temperature(subtests):
    for window in [None, 3]:
        with subtests.test(str(window)):
            model = shared_model("numpy")
            greedy = generate(model, VOCAB, "cab", 30, GREEDY, window=window)
            for temperature in (0.2, 1.0, 5.0):
                for narrow in ({"top_k": 1}, {"top_p": 1e-9}, {"min_p": 1.0}):
                    sampler = Sampler(temperature, **narrow)
                    assert greedy == generate(model, VOCAB, "cab", 30, sampler, window=window)


def test_a_stream_never_ends_and_reads_only_what_is_asked_of_it(subtests):
    for window in [None, 2]:
        with subtests.test(str(window)):
            model = Summing()
            letters = stream(model, VOCAB, "gabba", GREEDY, window=window)
            assert not model.read
            for expected in continue_by_hand("gabba", 50, window):
                assert next(letters) == expected
            assert len(model.read) == 50


def test_a_stream_complains_at_the_call_and_not_at_the_first_character():
    with raises_sentence(ValueError, "window"):
        stream(Summing(), VOCAB, "a", window=0)


def test_a_character_the_model_does_not_know_can_be_left_out_but_never_silently():
    with raises_sentence(ValueError, "'é' at position 1", "7 characters", 'errors="skip"'):
        generate(Summing(), VOCAB, "céab", 5)
    with raises_sentence(ValueError, "'é' at position 1"):  # the first of those it lacks
        generate(Summing(), VOCAB, "céa?", 5)
    skipped = generate(Summing(), VOCAB, "céa-b?", 9, GREEDY, errors="skip")
    assert skipped == continue_by_hand("cab", 9)
    assert generate(Summing(), VOCAB, "cab", 9, GREEDY, errors="skip") == skipped


def test_the_seed_is_0_unless_told_and_a_generator_moves_on():
    model = shared_model("numpy")
    unseeded, zero = (generate(model, VOCAB, "a", 30, rng=rng) for rng in (None, 0))
    assert unseeded == zero == generate(model, VOCAB, "a", 30, rng=np.random.default_rng(0))
    rng = np.random.default_rng(0)
    assert generate(model, VOCAB, "a", 30, rng=rng) != generate(model, VOCAB, "a", 30, rng=rng)


def test_an_untrained_model_draws_as_its_probabilities_say():
    model, text = shared_model("numpy"), None
    text = generate(model, VOCAB, "a", 3000, rng=np.random.default_rng(0), window=1)
    text = "a" + text
    ids = VOCAB.encode(text)
    after_c = ids[1:][ids[:-1] == 2]
    expected = len(after_c) * softmax(model.forward([[2]], model.init_state(1))[0][0, 0])
    chi_square = ((np.bincount(after_c, minlength=7) - expected) ** 2 / expected).sum()
    assert chi_square < 22.5  # 6 degrees of freedom: beyond it 1 seed in 1,000


GOOD = {"prompt": "abc", "length": 5}


def test_a_request_that_makes_no_sense_gets_one_sentence_before_anything_is_read(subtests):
    for change, kind, pieces in [
        ({"prompt": ""}, ValueError, ["the prompt is empty"]),
        ({"prompt": "abcz"}, ValueError, ["'z' at position 3"]),
        ({"prompt": None}, TypeError, ["NoneType"]),
        ({"prompt": [0, 1]}, TypeError, ["list"]),
        ({"length": -1}, ValueError, ["length", "-1"]),
        ({"length": 2.5}, ValueError, ["length", "2.5"]),
        ({"length": None}, ValueError, ["length", "None"]),
        ({"window": 0}, ValueError, ["window", "0"]),
        ({"window": -3}, ValueError, ["window", "-3"]),
        ({"window": 1.0}, ValueError, ["window", "1.0"]),
        ({"sampler": 0.7}, TypeError, ["sampler", "0.7"]),
        ({"sampler": Sampler}, TypeError, ["sampler", "Sampler"]),
        ({"sampler": None}, TypeError, ["sampler", "None"]),
        ({"errors": "ignore"}, ValueError, ["errors", "'ignore'", '"skip"']),
        ({"prompt": "xyz", "errors": "skip"}, ValueError, ["none of the 3", "'x'"]),
        ({"prompt": "xyz"}, ValueError, ["none of the 3", "'x'"]),
        ({"prompt": "", "errors": "skip"}, ValueError, ["the prompt is empty"]),
    ]:
        with subtests.test(str(change)):
            model = Summing()
            with raises_sentence(kind, *pieces):
                generate(model, VOCAB, **GOOD | change)
            assert not model.read


def test_a_vocabulary_larger_than_the_model_is_noticed():
    with raises_sentence(ValueError, "id 7 is out of range"):
        generate(shared_model("numpy"), Vocab("abcdefgh"), "h", 5)
    assert small_config().vocab_size == 7


# beams


def every_continuation(model, prompt, length, vocab_size=7):
    """[(text, log probability)] of all of them, each read whole from the prompt on; best first."""
    texts = np.array(list(product(range(vocab_size), repeat=length)))
    read = np.column_stack([np.tile(VOCAB.encode(prompt), (len(texts), 1)), texts])
    logits, _ = model.forward(read, model.init_state(len(read)))
    probs = np.exp(logits.astype("float64"))
    probs /= probs.sum(axis=-1, keepdims=True)
    steps = probs[:, -length - 1 : -1]  # (texts, length, V)
    chosen = np.take_along_axis(steps, texts[..., None], axis=-1)[..., 0]
    totals = np.log(chosen).sum(axis=1)
    return [(VOCAB.decode(texts[i]), totals[i]) for i in np.argsort(-totals)]


@cache
def tuned(engine, cell, num_layers):
    """A model whose continuations differ clearly in probability."""
    model = build(small_config("float64", cell, num_layers), engine)
    model.set_params({n: 1.5 * v for n, v in random_params(model.config, seed=4).items()})
    return model


@every_engine
@pytest.mark.parametrize(("cell", "num_layers"), [("rnn", 1), ("gru", 2), ("lstm", 2)])
def test_wide_beams_find_what_trying_everything_finds(engine, cell, num_layers):
    model = tuned(engine, cell, num_layers)
    expected = every_continuation(model, "bad", 3)
    for beams in (7**2, 7**3, 1000):  # none of the 49 beginnings of two characters is dropped
        found = beam_search(model, VOCAB, "bad", 3, beams)
        assert len(found) == min(beams, 7**3)
        assert [text for text, _ in found] == [text for text, _ in expected[:beams]]
        totals = [total for _, total in expected[:beams]]
        np.testing.assert_allclose([total for _, total in found], totals, atol=1e-9)


def search_by_hand(model, prompt, length, beams):
    """The same search in plain words: each beginning read anew, one at a time."""
    kept = [("", 0.0)]
    for _ in range(length):
        longer = []
        for text, total in kept:
            read = VOCAB.encode(prompt + text)[None]
            logits, _ = model.forward(read, model.init_state(1))
            scores = np.asarray(logits[0, -1], "float64")
            for char, nats in zip(VOCAB.chars, log_softmax(scores), strict=True):
                longer.append((text + char, total + nats))
        kept = sorted(longer, key=lambda entry: -entry[1])[:beams]
    return kept


@every_engine
@every_cell
def test_narrow_beams_are_what_rereading_every_beginning_gives(subtests, engine, cell):
    for beams in [2, 5]:
        with subtests.test(str(beams)):
            model = tuned(engine, cell, 2 if cell != "rnn" else 1)
            found = beam_search(model, VOCAB, "cab", 8, beams)
            expected = search_by_hand(
                tuned("numpy", cell, 2 if cell != "rnn" else 1), "cab", 8, beams
            )
            assert [text for text, _ in found] == [text for text, _ in expected]
            np.testing.assert_allclose([n for _, n in found], [n for _, n in expected], atol=1e-9)


@every_cell
def test_one_beam_is_greedy(cell):
    model = tuned("numpy", cell, 1)
    ((text, nats),) = beam_search(model, VOCAB, "cab", 20, 1)
    assert text == generate(model, VOCAB, "cab", 20, GREEDY)
    assert nats < 0


class Uneven(Summing):
    """A fake model to which every second character is likelier, always, in 32 bits."""

    def forward(self, ids, state):
        return np.tile((np.arange(7) % 2).astype("float32"), (*ids.shape, 1)), state[:, : len(ids)]


def test_of_equally_likely_texts_the_first_are_kept_and_sums_have_64_bits():
    found = beam_search(Uneven(), VOCAB, "a", 4, 40)
    expected = search_by_hand(Uneven(), "a", 4, 40)
    assert [text for text, _ in found] == [text for text, _ in expected]
    np.testing.assert_allclose([n for _, n in found], [n for _, n in expected], rtol=1e-14)


def test_beams_step_together_as_one_batch():
    model = Summing()
    beam_search(model, VOCAB, "abc", 4, 5)
    assert [np.shape(ids) for ids in model.read] == [(1, 3), (5, 1), (5, 1), (5, 1)]


def test_no_length_leaves_nothing_to_choose():
    model = Summing()
    assert beam_search(model, VOCAB, "abc", 0, 3) == [("", 0.0)]
    assert not model.read


def test_a_search_that_makes_no_sense_gets_one_sentence(subtests):
    for change, kind, pieces in [
        ({"prompt": ""}, ValueError, ["the prompt is empty"]),
        ({"prompt": "abz"}, ValueError, ["'z' at position 2"]),
        ({"prompt": 3}, TypeError, ["int"]),
        ({"length": -1}, ValueError, ["length", "-1"]),
        ({"beams": 0}, ValueError, ["beams", "0"]),
        ({"beams": 2.0}, ValueError, ["beams", "2.0"]),
    ]:
        with subtests.test(str(change)):
            with raises_sentence(kind, *pieces):
                beam_search(Summing(), VOCAB, **GOOD | {"beams": 3} | change)
            assert beam_search(Summing(), VOCAB, "zab", 2, 1, errors="skip")


def test_scores_that_are_not_finite_are_refused():
    with raises_sentence(ValueError, "not finite"):
        Sampler().pick(np.array([0.0, np.nan, 1.0]), np.random.default_rng(0))
