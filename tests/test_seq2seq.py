"""An encoder and decoder in three engines: gradients, the same numbers, masks, and refusals."""

import numpy as np
import pytest

from rnnlib.functional import cross_entropy
from rnnlib.models import numpy_masked
from rnnlib.models.seq2seq import ATTENTIONS, ENGINES, Seq2SeqConfig, build, numpy_model
from rnnlib.models.seq2seq.config import Memory, Vector
from rnnlib.models.seq2seq.numpy_attention import attend
from rnnlib.models.update import Update
from rnnlib.text.padding import pad
from tests.helpers import assert_refused

SHAPES = [(attention, both) for attention in ATTENTIONS for both in (False, True)]
LENGTHS, TARGET_LENGTHS = np.array([6, 2, 4]), np.array([1, 4, 3])
RNG = np.random.default_rng(0)
SOURCES, TARGETS = RNG.integers(0, 7, (3, 6)), RNG.integers(0, 5, (3, 4))
PAIRS = SOURCES, LENGTHS, TARGETS, TARGET_LENGTHS


def run_eagerly(function, arrays, **settings):
    """What a Keras model computes, without the seconds that compiling takes; once it is compiled in
    test_it_learns_to_write_backwards.
    """
    import tensorflow as tf

    return function(*map(tf.constant, arrays), **settings)


def make(attention, bidirectional=True, engine="numpy", dtype="float32"):
    """A small model with weights far from 0."""
    config = Seq2SeqConfig(7, 5, 3, 4, attention, bidirectional, dtype)
    model, rng = build(config, engine), np.random.default_rng(1)
    drawn = {name: rng.normal(size=p.shape) / 2 for name, p in model.get_params().items()}
    model.set_params(drawn)
    if engine == "keras":
        model._run = run_eagerly
    return model


@pytest.mark.parametrize(("attention", "both"), SHAPES)
def test_every_gradient_is_the_slope_of_the_loss(attention, both):
    config, rng = Seq2SeqConfig(3, 2, 2, 3, attention, both, "float64"), np.random.default_rng(3)
    model = numpy_model.Seq2Seq(config)
    params = {name: rng.normal(size=p.shape) for name, p in model.get_params().items()}
    model.set_params(params)
    pairs = np.array([[0, 1, 2], [2, 2, 0]]), [3, 2], np.array([[1, 0], [0, 0]]), [2, 1]
    _, _, _, outputs, counts = arrays = model._checked(*pairs, None)
    loss, grads = model.loss_and_grads(*pairs)

    def nats():  # the loss alone, by its definition
        logits, _ = model._call(*arrays[:3])
        return cross_entropy(logits, outputs)[counts].mean()

    assert loss == pytest.approx(nats(), abs=1e-12)
    assert list(grads) == list(params)
    for name, grad in grads.items():
        mine = model._params[name]
        for place in np.ndindex(grad.shape):
            ends = []
            for move in (1e-5, -2e-5):
                mine[place] += move
                ends.append(nats())
            mine[place] += 1e-5
            assert grad[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-9), name
        assert np.abs(grad).max() > 1e-5, name


def test_attention_by_hand():
    queries, keys = np.array([[[1.0, 0.0]]]), np.array([[[np.log(3), 9.0], [0.0, 9.0], [5, 5]]])
    values = np.array([[[4.0], [8.0], [1000.0]]])
    weights, found = attend(queries, keys, values, np.array([[True, True, False]]), "dot")
    np.testing.assert_allclose(weights, [[[0.75, 0.25, 0]]])
    np.testing.assert_allclose(found, [[[5.0]]])
    weights, _ = attend(queries, keys, values, np.array([[True, True, False]]), "dot", 0.5)
    np.testing.assert_allclose(weights[0, 0, 0] / weights[0, 0, 1], np.sqrt(3))


def test_what_additive_attention_multiplies_by_is_drawn_as_wide_as_glorot_says():
    v = Vector("attend", 5000, "v").draw(np.random.default_rng(0))["v"]
    limit = np.sqrt(6 / (5000 + 1))  # from 5,000 numbers to one
    assert 0.99 * limit < np.abs(v).max() <= limit


@pytest.mark.parametrize("both", [False, True])
def test_scaled_products_are_divided_by_the_root_of_the_width_of_a_question(both):
    """That of a state of the decoder, 4, whatever the encoder gives (Vaswani et al., 2017)."""
    assert Seq2SeqConfig(7, 5, 3, 4, "scaled", both).scale == 1 / 2
    assert Seq2SeqConfig(7, 5, 3, 4, "dot", both).scale == 1


def test_a_row_of_padding_alone_is_refused():
    empty = np.zeros((2, 3), bool)
    empty[0, 0] = True
    with pytest.raises(ValueError, match="row 1 is all padding"):
        attend(np.ones((2, 1, 4)), np.ones((2, 3, 4)), np.ones((2, 3, 4)), empty, "dot")


@pytest.mark.parametrize("engine", ["keras", "torch"])
@pytest.mark.parametrize(("attention", "both"), SHAPES)
def test_the_engines_agree(engine, attention, both):
    ours, other = make(attention, both), make(attention, both, engine)
    (loss, grads), (theirs, their_grads) = (m.loss_and_grads(*PAIRS) for m in (ours, other))
    assert theirs == pytest.approx(loss, abs=1e-6)
    assert grads.keys() == their_grads.keys()
    for name, grad in grads.items():
        np.testing.assert_allclose(their_grads[name], grad, atol=1e-6, err_msg=name)
    for mine, other_s in zip(ours.forward(*PAIRS), other.forward(*PAIRS), strict=True):
        np.testing.assert_allclose(other_s, mine, atol=1e-5)
    (memory, state), (their_memory, their_state) = (
        m.encode(SOURCES, LENGTHS) for m in (ours, other)
    )
    np.testing.assert_allclose(their_memory.states, memory.states, atol=1e-6)
    np.testing.assert_allclose(their_state, state, atol=1e-6)
    assert not memory.states[1, 2:].any()
    update = Update(0.01, clip_norm=0.1, weight_decay=0.1)
    for _ in range(3):
        losses = [m.train_step(*PAIRS, update) for m in (ours, other)]
        assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    for name, value in ours.get_params().items():
        np.testing.assert_allclose(other.get_params()[name], value, atol=1e-5, err_msg=name)


def unpadded(model):
    """The loss and the gradients of the same pairs read one at a time, without padding."""
    total, sums, count = 0.0, {}, int((TARGET_LENGTHS + 1).sum())
    for source, m, target, n in zip(*PAIRS, strict=True):
        loss, grads = model.loss_and_grads(source[None, :m], [m], target[None, :n], [n])
        total += loss * (n + 1)
        for name, grad in grads.items():
            sums[name] = sums.get(name, 0) + grad * (n + 1)
    return total / count, {name: grad / count for name, grad in sums.items()}


def worst_difference(model, pairs=PAIRS):
    """How far a padded batch is from the same pairs without padding, in loss and gradients."""
    (loss, grads), (truth, true_grads) = model.loss_and_grads(*pairs), unpadded(model)
    return max(abs(loss - truth), *(np.abs(grads[name] - true_grads[name]).max() for name in grads))


@pytest.mark.parametrize(
    ("engine", "attention", "both"),
    [
        (engine, attention, both)
        for engine in ENGINES
        for attention, both in SHAPES
        if both or engine != "keras" or attention == "scaled"  # which takes a second each
    ],
)
def test_padding_changes_nothing(engine, attention, both):
    model = make(attention, both, engine)
    assert worst_difference(model) < 1e-6
    sources, targets = np.full((3, 9), 99), np.full((3, 8), -1)
    sources[:, :6], targets[:, :4] = SOURCES, TARGETS
    sources[np.arange(9) >= LENGTHS[:, None]] = -5
    assert worst_difference(model, (sources, LENGTHS, targets, TARGET_LENGTHS)) < 1e-6
    _, weights = model.forward(sources, LENGTHS, targets, TARGET_LENGTHS)
    assert not weights[np.broadcast_to(np.arange(9) >= LENGTHS[:, None, None], weights.shape)].any()
    sums = weights.sum(axis=-1)
    np.testing.assert_allclose(sums, 0 if attention == "none" else 1, atol=1e-6)


def test_a_mask_that_attention_ignores_is_caught(monkeypatch):
    def careless(queries, keys, values, mask, *how):
        return attend(queries, keys, values, np.ones_like(mask), *how)

    monkeypatch.setattr(numpy_model, "attend", careless)
    assert worst_difference(make("scaled")) > 1e-3


@pytest.mark.parametrize("both", [False, True])
def test_a_mask_that_the_encoder_ignores_is_caught(monkeypatch, both):
    def careless(part, params, xs, mask, *how, **ways):
        return numpy_masked.read(part, params, xs, np.ones_like(mask), *how, **ways)

    monkeypatch.setattr(numpy_model, "read", careless)
    assert worst_difference(make("none", both)) > 1e-3


def test_a_loss_over_padding_is_caught(monkeypatch):
    def careless(self, *given):
        inputs, outputs, counts = check(self, *given)
        return inputs, outputs, np.ones_like(counts)

    check = Seq2SeqConfig.check_targets
    monkeypatch.setattr(Seq2SeqConfig, "check_targets", careless)
    model = make("scaled")
    loss, _ = model.loss_and_grads(*PAIRS)
    monkeypatch.undo()
    assert abs(loss - unpadded(model)[0]) > 1e-3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("attention", ["none", "additive", "scaled"])
def test_symbol_by_symbol_is_the_same_as_all_at_once(engine, attention):
    model = make(attention, engine=engine)
    logits, weights = model.forward(*PAIRS)
    memory, state = model.encode(SOURCES, LENGTHS)
    read = np.concatenate([np.full((3, 1), model.config.mark), TARGETS], axis=1)
    read[np.arange(5) > TARGET_LENGTHS[:, None]] = 0
    for step in range(5):
        now, state, looks = model.decode(read[:, step : step + 1], state, memory)
        np.testing.assert_allclose(now[:, 0], logits[:, step], atol=1e-5)
        np.testing.assert_allclose(looks[:, 0], weights[:, step], atol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_reading_something_else_than_the_targets(engine):
    model = make("scaled", engine=engine)
    same = model.loss_and_grads(*PAIRS, reads=np.where(TARGETS < 0, 0, TARGETS))[0]
    assert same == pytest.approx(model.loss_and_grads(*PAIRS)[0], abs=1e-6)
    other = np.full_like(TARGETS, model.config.mark)
    assert abs(model.loss_and_grads(*PAIRS, reads=other)[0] - same) > 1e-3
    logits, _ = model.forward(*PAIRS, reads=other)
    memory, state = model.encode(SOURCES, LENGTHS)
    marks = np.full((3, 5), model.config.mark)
    np.testing.assert_allclose(model.decode(marks, state, memory)[0], logits, atol=1e-5)
    asked = model.loss_and_grads(*PAIRS, reads=other)[0]
    assert model.train_step(*PAIRS, Update(0.0), reads=other) == pytest.approx(asked, abs=1e-6)


def test_without_attention_the_memory_is_not_read():
    model = make("none")
    memory, state = model.encode(SOURCES, LENGTHS)
    start = np.full((3, 1), model.config.mark)
    other = Memory(np.random.default_rng(5).normal(size=memory.states.shape), memory.lengths)
    for one, two in zip(
        model.decode(start, state, memory), model.decode(start, state, other), strict=True
    ):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("engine", ENGINES)
def test_it_learns_to_write_backwards(engine):
    config = Seq2SeqConfig(4, 4, 6, 16, "scaled")
    model, rng = build(config, engine), np.random.default_rng(0)
    rows = [rng.integers(0, 4, rng.integers(1, 5)) for _ in range(24)]
    (sources, lengths), (targets, _) = pad(rows), pad([row[::-1] for row in rows])
    first, _ = model.loss_and_grads(sources, lengths, targets, lengths)
    for _ in range(150):
        loss = model.train_step(sources, lengths, targets, lengths, Update(0.03, clip_norm=1.0))
    assert loss < 0.1 * first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sources": SOURCES[0]}, "source ids must have the shape"),
        ({"sources": SOURCES + 5}, "id .* is out of range"),
        ({"sources": SOURCES / 2}, "must be integers"),
        ({"lengths": [6, 0, 4]}, "sequence 1 has the length 0"),
        ({"lengths": [6, 2, 7]}, "sequence 2 has the length 7"),
        ({"lengths": [6, 2]}, "2 lengths for 3 sequences"),
        ({"targets": TARGETS[:2], "target_lengths": [1, 2]}, "3 sources and 2 targets"),
        ({"target_lengths": [1, 0, 3]}, "sequence 1 has the length 0"),
        ({"reads": TARGETS[:, :2]}, "what is read has the shape"),
        ({"reads": TARGETS + 5}, "out of range"),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_does_not_fit_gets_a_sentence(engine, change, message):
    given = dict(zip(("sources", "lengths", "targets", "target_lengths"), PAIRS, strict=True))
    with pytest.raises(ValueError, match=message):
        make("scaled", engine=engine).loss_and_grads(**(given | change))


@pytest.mark.parametrize(
    ("symbols", "state", "message"),
    [
        (np.zeros((2, 1), int), np.zeros((3, 4)), "a memory of 3 sources"),
        (np.zeros((3, 0), int), np.zeros((3, 4)), "at least one symbol"),
        (np.full((3, 1), 6), np.zeros((3, 4)), "out of range"),
        (np.zeros((3, 1), int), np.zeros((3, 5)), "the state has the shape"),
    ],
)
def test_a_decoder_refuses_what_does_not_fit(symbols, state, message):
    model = make("scaled")
    memory, _ = model.encode(SOURCES, LENGTHS)
    with pytest.raises(ValueError, match=message):
        model.decode(symbols, state, memory)


def test_a_shape_that_cannot_be_is_refused():
    cases = [
        ((0, 5, 3, 4), "source_size must be"),
        ((7, 5, 3, 4, "soft"), "attention must be one of none, additive"),
        ((7, 5, 3, 4, "dot", 1), "bidirectional must be"),
        ((7, 5, 3, 4, "dot", True, "int8"), "dtype must be one of"),
    ]
    assert_refused(lambda given: Seq2SeqConfig(*given), cases)
