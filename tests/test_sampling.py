"""Text from any model: probabilities, temperature, the state that is stepped, the window."""

import numpy as np
import pytest

from rnnlib.config import ModelConfig
from rnnlib.engines import ENGINES
from rnnlib.sampling import generate, log_softmax, pick, softmax
from rnnlib.text import Vocab
from tests.helpers import (
    every_engine,
    raises_sentence,
    random_params,
    shared_model,
    small_config,
)

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


@pytest.mark.parametrize(
    ("logits", "probs"),
    [
        ([1e4, 0, -1e4], [1, 0, 0]),
        ([-1e300, -1e300], [0.5, 0.5]),
        ([0, -np.inf], [1, 0]),
        ([3], [1]),
        (np.array([1e38, 1e38], "float32"), [0.5, 0.5]),
        ([[2000, 0], [0, 0]], [[1, 0], [0.5, 0.5]]),  # each row by its own highest
    ],
    ids=str,
)
def test_softmax_of_extreme_scores(logits, probs):
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


def test_greedy_takes_the_highest_score_at_any_temperature():
    rng = np.random.default_rng(0)
    for temperature in (0.1, 1.0, 100.0):
        assert pick(LOGITS, temperature, rng, greedy=True) == 4
    assert rng.random() == np.random.default_rng(0).random()  # nothing was drawn


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_characters_are_drawn_with_the_probabilities_of_their_temperature(temperature):
    rng, draws = np.random.default_rng(0), 4000
    counts = np.bincount([pick(LOGITS, temperature, rng) for _ in range(draws)], minlength=5)
    expected = draws * np.exp(LOGITS / temperature) / np.exp(LOGITS / temperature).sum()
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 18.5  # 4 degrees of freedom: beyond it 1 seed in 1,000


def test_a_low_temperature_approaches_greedy_and_a_high_one_evenness():
    rng = np.random.default_rng(0)
    for temperature in (0.05, 1e-3, 1e-200, 5e-324):
        assert {pick(LOGITS, temperature, rng) for _ in range(50)} == {4}
    counts = np.bincount([pick(LOGITS, 1e6, rng) for _ in range(2000)])
    assert counts.min() > 320  # 400 each, less four and a half standard deviations


def test_float32_scores_are_drawn_from_without_a_complaint_about_their_sum():
    logits = np.random.default_rng(0).normal(size=500).astype("float32")
    assert 0 <= pick(logits, 1.0, np.random.default_rng(1)) < 500


# a text


@pytest.mark.parametrize("prompt", ["c", "gabba"])
@pytest.mark.parametrize("window", [None, 1, 2, 3, 40])
@pytest.mark.parametrize("greedy", [True, False])
def test_what_is_written_is_what_a_loop_by_hand_writes(prompt, window, greedy):
    text = generate(Summing(), VOCAB, prompt, 20, greedy=greedy, window=window)
    assert text == continue_by_hand(prompt, 20, window)


def test_a_window_forgets_and_the_state_does_not():
    assert continue_by_hand("gabba", 20, 2) != continue_by_hand("gabba", 20)
    assert continue_by_hand("gabba", 20, 2) == continue_by_hand("eeeba", 20, 2)


def test_the_prompt_is_read_once_and_then_one_character_a_step():
    model = Summing()
    text = generate(model, VOCAB, "abc", 4, greedy=True)
    assert model.read == [[[0, 1, 2]], *[[[i]] for i in VOCAB.encode(text[:3])]]


def test_a_window_reads_its_last_characters_at_each_step():
    model = Summing()
    ids = [*VOCAB.encode("abcd" + generate(model, VOCAB, "abcd", 3, greedy=True, window=3))]
    assert model.read == [[ids[1:4]], [ids[2:5]], [ids[3:6]]]


@every_engine
@pytest.mark.parametrize("window", [None, 4])
def test_greedy_text_of_a_real_model_is_the_argmax_after_all_that_was_read(engine, window):
    model = shared_model(engine)
    kept = model.get_params()
    model.set_params(random_params(model.config))
    ids = [*VOCAB.encode("bad")]
    for _ in range(12):
        logits, _ = model.forward([ids[-(window or 0) :]], model.init_state(1))
        ids.append(int(logits[0, -1].argmax()))
    text = generate(model, VOCAB, "bad", 12, greedy=True, window=window)
    model.set_params(kept)
    assert text == VOCAB.decode(ids[3:])


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("window", [None, 4])
def test_every_engine_writes_the_same_text_with_the_same_seed(temperature, window):
    texts = set()
    for engine in ENGINES:
        model = shared_model(engine)
        kept = model.get_params()
        model.set_params(random_params(model.config, seed=3))
        rng = np.random.default_rng(5)
        texts.add(generate(model, VOCAB, "cafe", 40, temperature, rng, window=window))
        model.set_params(kept)
    assert len(texts) == 1
    assert len(set(texts.pop())) > 1


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


@pytest.mark.parametrize("length", [0, 1, 7])
def test_the_text_has_the_length_asked_for_and_does_not_repeat_the_prompt(length):
    text = generate(Summing(), VOCAB, "abc", length, greedy=True)
    assert len(text) == length
    assert text == continue_by_hand("abc", length)


GOOD = {"prompt": "abc", "length": 5}


@pytest.mark.parametrize(
    ("change", "kind", "pieces"),
    [
        *(
            ({"temperature": t}, ValueError, ["temperature", repr(t), "greedy=True"])
            for t in (0, 0.0, -1, float("nan"), float("inf"), -float("inf"), "1", None, 1j)
        ),
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
    ],
    ids=str,
)
def test_a_request_that_makes_no_sense_gets_one_sentence_before_anything_is_read(
    change, kind, pieces
):
    model = Summing()
    with raises_sentence(kind, *pieces):
        generate(model, VOCAB, **GOOD | change)
    assert not model.read


def test_a_vocabulary_larger_than_the_model_is_noticed():
    with raises_sentence(ValueError, "id 7 is out of range"):
        generate(shared_model("numpy"), Vocab("abcdefgh"), "h", 5)
    assert small_config().vocab_size == 7
