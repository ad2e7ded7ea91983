"""The listener: three engines, the same numbers; padding changes nothing; pieces are the whole."""

import importlib
from functools import cache

import numpy as np
import pytest

from rnnlib.data import log_mel
from rnnlib.data.spectra import Scaling
from rnnlib.functional import log_softmax
from rnnlib.models.char_rnn.numpy_cells import STEPS
from rnnlib.models.ctc import numpy_model
from rnnlib.models.ctc.config import ListenerConfig, ListenerState
from rnnlib.models.ctc.ctc_decoding import beam_decode, greedy_decode
from rnnlib.models.ctc.numpy_ctc import ctc_loss
from rnnlib.models.ctc.recognition import Transcriber, transcribe
from rnnlib.models.parts import shapes
from rnnlib.models.update import Update
from tests.helpers import (
    TOLERANCE,
    assert_params_equal,
    assert_refused,
    every_dtype,
    every_engine,
    numerical_gradient,
)

# float64 in Keras: TensorFlow's CTC loss itself computes in float32
CLOSE = {("keras", "float64"): 1e-6}
every_cell = pytest.mark.parametrize("cell", ["rnn", "gru"])
LENGTHS, TARGETS = np.array([13, 8, 6]), [[1, 1, 2], [], [4, 3]]


@cache
def build(engine, dtype="float64", cell="gru", **sizes):
    """A model for tests that do not change it; all sizes differ, so that no axis hides."""
    module = importlib.import_module(f"rnnlib.models.ctc.{engine}_model")
    sizes = (
        {"bands": 6, "labels": 4, "conv_size": 5, "hidden_size": 7}
        | {"width": 5, "stride": 2}
        | sizes
    )
    model = module.Listener(ListenerConfig(cell=cell, dtype=dtype, **sizes), seed=1)
    rng = np.random.default_rng(2)
    model.set_params({n: rng.normal(0, 0.5, v.shape) for n, v in model.get_params().items()})
    return model


@cache
def batch(dtype="float64"):
    features = np.random.default_rng(3).normal(size=(3, 13, 6)).astype(dtype)
    return features, LENGTHS, TARGETS


@cache
def whole(engine, dtype="float64", cell="gru"):
    """Logits, state, loss and gradients of the batch."""
    model, (features, lengths, targets) = build(engine, dtype, cell), batch(dtype)
    logits, state = model.forward(features, lengths)
    return logits, state, *model.loss_and_grads(features, lengths, targets)


# the three engines


def listen_by_the_equations(model, features):
    """One sound (T, bands), answer by answer, frame by frame: logits (A, K + 1) and the state."""
    p, config = model.get_params(), model.config
    h = np.zeros((1, config.hidden_size))
    weights = {n: p[n] for n in ("W_xh", "W_hh", "b_x", "b_h") if n in p}
    logits = []
    for a in range(len(features) // config.stride):
        made = p["b_c"].copy()
        for k in range(config.width):
            t = (a + 1) * config.stride - config.width + k
            if t >= 0:
                made = made + features[t] @ p["W_c"][k]
        h = STEPS[config.cell](np.maximum(0, made)[None], h, **weights)
        logits.append(h[0] @ p["W_hy"] + p["b_y"])
    return np.array(logits), h[0]


@every_cell
@pytest.mark.parametrize(("width", "stride"), [(5, 2), (3, 3), (4, 1)])
def test_the_network_is_that_of_the_equations(cell, width, stride):
    model = build("numpy", cell=cell, width=width, stride=stride)
    features, lengths, _ = batch()
    logits, state = model.forward(features, lengths)
    for b, n in enumerate(lengths):
        expected, h = listen_by_the_equations(model, features[b, :n])
        np.testing.assert_allclose(logits[b, : n // stride], expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(state.hidden[b], h, rtol=0, atol=1e-12)


@every_cell
@every_dtype
@pytest.mark.parametrize("engine", ["keras", "torch"])
def test_the_engines_agree(engine, dtype, cell):
    ours, theirs = whole("numpy", dtype, cell), whole(engine, dtype, cell)
    close = CLOSE.get((engine, dtype), TOLERANCE[dtype])
    for b, n in enumerate(LENGTHS // 2):
        np.testing.assert_allclose(theirs[0][b, :n], ours[0][b, :n], rtol=0, atol=TOLERANCE[dtype])
    for a, b in zip(theirs[1], ours[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[dtype])
        assert a.dtype == dtype
    assert theirs[2] == pytest.approx(ours[2], abs=close)
    assert_params_equal(theirs[3], ours[3], close)


@every_cell
def test_the_loss_is_ctc_and_its_gradients_those_of_finite_differences(cell):
    _, _, loss, grads = whole("numpy", "float64", cell)
    model, (features, lengths, targets) = build("numpy", cell=cell), batch()
    pairs = zip(features, lengths, strict=True)
    answers = [listen_by_the_equations(model, x[:n])[0] for x, n in pairs]
    expected = np.mean([ctc_loss(*pair)[0] for pair in zip(answers, targets, strict=True)])
    assert loss == pytest.approx(expected, abs=1e-12)
    for name, value in model._params.items():
        found = numerical_gradient(
            lambda: model.loss_and_grads(features, lengths, targets)[0], value
        )
        np.testing.assert_allclose(grads[name], found, rtol=0, atol=1e-7, err_msg=name)


@every_engine
def test_five_updates_are_the_same(engine):
    found = []
    for name in ("numpy", engine):
        model = importlib.import_module(f"rnnlib.models.ctc.{name}_model").Listener(
            ListenerConfig(6, 4, 5, 7, width=5, stride=2), seed=4
        )
        losses = [model.train_step(*batch("float32"), Update(0.01, 0.5, 0.01)) for _ in range(5)]
        found.append((model.get_params(), losses))
    assert_params_equal(found[1][0], found[0][0], 1e-5)
    np.testing.assert_allclose(found[1][1], found[0][1], rtol=0, atol=1e-5)
    assert found[0][1][-1] < found[0][1][0]


# padding


@every_engine
def test_padding_changes_nothing(engine):
    model, (features, lengths, targets) = build(engine), batch()
    logits, state, loss, grads = whole(engine)
    alone = [model.forward(features[b : b + 1, :n], [n]) for b, n in enumerate(lengths)]
    for b, n in enumerate(lengths // 2):
        np.testing.assert_allclose(logits[b, :n], alone[b][0][0], rtol=0, atol=1e-12)
        for together, single in zip(state, alone[b][1], strict=True):
            np.testing.assert_allclose(together[b], single[0], rtol=0, atol=1e-12)
    losses, sums = [], {name: 0.0 for name in grads}
    for b, n in enumerate(lengths):
        one, found = model.loss_and_grads(features[b : b + 1, :n], [n], targets[b : b + 1])
        losses.append(one)
        sums = {name: sums[name] + found[name] / 3 for name in sums}
    assert loss == pytest.approx(np.mean(losses), abs=1e-6)
    assert_params_equal(grads, sums, 1e-6)


@every_engine
def test_what_stands_in_the_padding_changes_nothing(engine):
    model, (features, lengths, targets) = build(engine), batch()
    junk = features.copy()
    junk[1, 8:], junk[2, 6:] = np.nan, 1e9
    logits, state, loss, grads = whole(engine)
    other, other_state = model.forward(junk, lengths)
    for b, n in enumerate(lengths // 2):
        np.testing.assert_array_equal(other[b, :n], logits[b, :n])
    for a, b in zip(other_state, state, strict=True):
        np.testing.assert_array_equal(a, b)
    again = model.loss_and_grads(junk, lengths, targets)
    assert again[0] == loss
    assert_params_equal(again[1], grads)


def test_a_planted_mask_bug_is_seen():
    """Were the lengths ignored, the state and the loss would be others by far."""
    model, (features, _, targets) = build("torch"), batch()
    _, state, loss, _ = whole("torch")
    _, wrong = model.forward(features, [13, 13, 13])
    assert np.abs(wrong.hidden[1:] - state.hidden[1:]).max() > 0.01
    assert abs(model.loss_and_grads(features, [13, 13, 13], targets)[0] - loss) > 0.01


# as it arrives


@every_engine
@every_dtype
def test_pieces_are_the_whole(engine, dtype):
    model, (features, _, _) = build(engine, dtype), batch(dtype)
    logits, last = model.forward(features, [13, 13, 13])
    for cuts in ([2, 4, 12], [6], [2, 4, 6, 8, 10]):
        state, found, start = model.init_state(3), [], 0
        for end in [*cuts, 12]:
            if end > start:
                piece, state = model.forward(features[:, start:end], [end - start] * 3, state)
                found.append(piece)
            start = end
        np.testing.assert_allclose(np.concatenate(found, axis=1), logits, rtol=0, atol=1e-6)
        for a, b in zip(state, last, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


def test_without_the_state_pieces_are_not_the_whole():
    model, (features, _, _) = build("numpy"), batch()
    logits, _ = model.forward(features, [13, 13, 13])
    second, _ = model.forward(features[:, 6:12], [6, 6, 6])
    assert np.abs(second - logits[:, 3:6]).max() > 0.01


@every_engine
@pytest.mark.parametrize("size", [100, 512, 3001, 20_000])
def test_the_transcriber_says_what_greedy_decoding_of_the_whole_says(engine, size):
    model = build(engine, "float32", bands=12, hidden_size=9)
    samples = np.random.default_rng(5).normal(0, 0.1, 20_000)
    features = log_mel(samples, bands=12)
    scaling = Scaling.measure([features])
    (expected,) = transcribe(model, [scaling.apply(features)])
    listener = Transcriber(model, scaling)
    heard = [listener.push(samples[i : i + size]) for i in range(0, len(samples), size)]
    assert [label for piece in heard for label in piece] == expected.tolist()
    assert len(expected) > 3


def test_transcribing_batch_by_batch_with_any_decoder():
    model, (features, lengths, _) = build("numpy"), batch()
    sounds = [x[:n] for x, n in zip(features, lengths, strict=True)]
    logits, _ = model.forward(features, lengths)
    expected = [greedy_decode(row[:n]) for row, n in zip(logits, lengths // 2, strict=True)]
    for size in (1, 2, 32):
        for a, b in zip(transcribe(model, sounds, batch_size=size), expected, strict=True):
            np.testing.assert_array_equal(a, b)
    beam = transcribe(model, sounds, lambda row: beam_decode(log_softmax(row), 4)[0])
    assert len(beam) == 3


# what does not fit


def test_a_shape_that_cannot_be_is_refused():
    cases = [
        ({"bands": 0}, "bands must be a whole number"),
        ({"stride": 9}, "width must be at least stride, 9, not 8"),
        ({"cell": "lstm"}, "a listener carries h alone"),
        ({"cell": "elman"}, "cell must be one of"),
        ({"dtype": "float16"}, "dtype must be one of"),
    ]
    assert_refused(lambda setting: ListenerConfig(**setting), cases)


X = np.zeros((2, 8, 6))
STATE = ListenerState(np.zeros((2, 3, 6)), np.zeros((2, 7)))


def test_sounds_that_do_not_fit_are_refused():
    cases = [
        (X[0], [8, 8], "(batch, time, 6) with at least one of each, not (8, 6)"),
        (np.zeros((2, 8, 5)), [8, 8], "(batch, time, 6) with at least one of each, not (2, 8, 5)"),
        ([[[0.0] * 6] * 3, [[0.0] * 6]], [3, 1], "with rnnlib.text.pad"),
        (np.full((2, 8, 6), np.nan), [8, 8], "not finite in row 0"),
        (X, [8, 0], "sequence 1 has the length 0"),
        (X, [8, 9], "a length must be 1 to 8"),
        (X, [8, 1], "sound 1 has too few frames, 1"),
        (X, [8, 7], STATE, "must have a multiple of 2 frames"),
        (X, [8, 8], ListenerState(STATE.frames[:1], STATE.hidden), "init_state(2)"),
    ]
    assert_refused(build("numpy").forward, cases)


@every_engine
def test_targets_that_do_not_fit_are_refused(engine):
    cases = [
        ([[1, 2, 3, 4, 1], [1]], "needs at least 5 frames"),
        ([[1, 1, 1], [1]], "needs at least 5 frames"),
        ([[5], [1]], "between 1 and 4"),
        ([[0], [1]], "0 is the blank"),
        ([[1]], "2 sounds need as many targets, not 1"),
    ]
    assert_refused(lambda targets: build(engine).loss_and_grads(X, [8, 8], targets), cases)


def test_there_are_as_many_parameters_as_the_parts_say():
    found = shapes(ListenerConfig())
    assert sum(np.prod(shape) for shape in found.values()) == 8 * 40 * 64 + 64 + 64 * 288 + (
        96 * 288 + 2 * 288 + 96 * 11 + 11
    )
    assert list(numpy_model.Listener(ListenerConfig()).get_params()) == list(found)
