"""Sequence models: padded, masked and packed sequences give what each gives alone, in every engine.

The tolerance is 1e-6 in float32 and 1e-12 in float64, for answers, losses and every gradient.
"""

import math
from functools import cache
from itertools import product

import numpy as np
import pytest
import tensorflow as tf
import torch

from rnnlib.models.classifier import (
    POOLINGS,
    SequenceConfig,
    build,
    keras_losses,
    keras_model,
    numpy_losses,
    numpy_model,
    torch_losses,
    torch_model,
)
from rnnlib.models.config import CELLS
from rnnlib.models.numpy_masked import read
from rnnlib.models.update import Update
from rnnlib.text.padding import make_mask, pad
from tests.helpers import (
    TOLERANCE,
    assert_params_equal,
    every_engine,
    numerical_gradient,
    raises_sentence,
)

EXACT = {"float32": 1e-6, "float64": 1e-12}
LENGTHS = (5, 1, 3, 5)
SIZES = {"outputs": 3, "hidden_size": 5}


def small(pooling="last", cell="gru", bidirectional=False, dtype="float64", **more):
    """Ids into 3 outputs; V, E, H and N all differ, so that a swapped axis cannot hide."""
    reads = {"features": 2} if more.pop("vectors", False) else {"vocab_size": 7, "embed_size": 4}
    return SequenceConfig(
        **(SIZES | more),
        **reads,
        cell=cell,
        bidirectional=bidirectional,
        pooling=pooling,
        dtype=dtype,
    )


def make_batch(config, lengths=LENGTHS, loss="cross_entropy", seed=0):
    """Inputs with padding, lengths, and targets for a loss."""
    rng = np.random.default_rng(seed)
    if config.vocab_size:
        rows = [rng.integers(config.vocab_size, size=n) for n in lengths]
    else:
        rows = [rng.normal(size=(n, config.features)) for n in lengths]
    inputs, lengths = pad(rows)
    shape = inputs.shape[:2] if config.pooling == "every" else inputs.shape[:1]
    if loss == "cross_entropy":
        return inputs, lengths, rng.integers(config.outputs, size=shape)
    return inputs, lengths, rng.normal(size=(*shape, config._target_size(loss)))


@cache
def make_model(config, engine, size=0.5):
    """A model with weights of ordinary size, biases included; tests leave it as it is."""
    model = build(config, engine, seed=1)
    rng = np.random.default_rng(3)
    params = model.get_params()
    model.set_params({name: rng.normal(0, size, value.shape) for name, value in params.items()})
    return model


def alone(model, inputs, lengths, targets, loss="cross_entropy"):
    """Answers, loss and gradients from one unpadded sequence after the other: the truth."""
    every = model.config.pooling == "every"
    share = lengths / lengths.sum() if every else np.full(len(lengths), 1 / len(lengths))
    outputs, total, grads = [], 0.0, {}
    for i, n in enumerate(lengths):
        row, target = inputs[i : i + 1, :n], targets[i : i + 1, :n] if every else targets[i : i + 1]
        outputs.append(model.forward(row, [n])[0])
        value, mine = model.loss_and_grads(row, [n], target, loss)
        total += share[i] * value
        grads = {name: grads.get(name, 0) + share[i] * grad for name, grad in mine.items()}
    return outputs, total, grads


def check_padding(model, loss="cross_entropy", seed=0):
    """Padding changes no answer, no loss and no gradient: fails where it does."""
    inputs, lengths, targets = make_batch(model.config, loss=loss, seed=seed)
    close = EXACT[model.config.dtype]
    rows, total, grads = alone(model, inputs, lengths, targets, loss)
    outputs = model.forward(inputs, lengths)
    for found, row, n in zip(outputs, rows, lengths, strict=True):
        if model.config.pooling == "every":
            assert not found[n:].any()
            found = found[:n]
        np.testing.assert_allclose(found, row, rtol=0, atol=close)
    value, found = model.loss_and_grads(inputs, lengths, targets, loss)
    assert value == pytest.approx(total, rel=0, abs=close)
    assert_params_equal(found, grads, close)
    assert min(np.abs(grad).max() for grad in grads.values()) > 1e-3


ALL = list(product(CELLS, POOLINGS, (False, True)))
# Keras takes seconds to compile a model: at every change it is asked for each cell, each pooling
# and both directions once, and for the rest by `make test-all`.
QUICK = [("rnn", "last", True), ("gru", "mean", False), ("lstm", "max", True)]
QUICK += [("gru", "attention", True), ("rnn", "every", True), ("lstm", "last", False)]
every_model = pytest.mark.parametrize(
    ("engine", "cell", "pooling", "bidirectional"),
    [
        pytest.param(
            engine, *kind, marks=pytest.mark.slow if engine == "keras" and kind not in QUICK else ()
        )
        for engine in ("numpy", "torch", "keras")
        for kind in ALL
    ],
)


@every_model
def test_padded_masked_and_packed_give_what_each_sequence_gives_alone(
    engine, cell, pooling, bidirectional
):
    dtypes = ("float32",) if engine == "keras" else ("float32", "float64")
    for dtype in dtypes:
        check_padding(make_model(small(pooling, cell, bidirectional, dtype), engine))


@every_model
def test_the_engines_agree(engine, cell, pooling, bidirectional):
    for dtype in ("float32",) if engine == "keras" else ("float32", "float64"):
        config = small(pooling, cell, bidirectional, dtype)
        batch = make_batch(config)
        ours, theirs = (make_model(config, e) for e in ("numpy", engine))
        close = EXACT[dtype]
        outputs = [model.forward(*batch[:2]) for model in (ours, theirs)]
        np.testing.assert_allclose(outputs[1], outputs[0], rtol=0, atol=close)
        (loss, grads), (other, found) = (m.loss_and_grads(*batch) for m in (ours, theirs))
        assert other == pytest.approx(loss, rel=0, abs=close)
        assert_params_equal(found, grads, close)


@pytest.mark.parametrize("pooling", ["attention", "last"])
@pytest.mark.parametrize("engine", ["numpy", "torch", "keras"])
def test_two_layers_of_both_directions_agree_and_ignore_padding(engine, pooling):
    config = small(pooling, "lstm", True, "float64", num_layers=2)
    model, ours = make_model(config, engine), make_model(config, "numpy")
    check_padding(model)
    batch = make_batch(config)
    assert_params_equal(model.loss_and_grads(*batch)[1], ours.loss_and_grads(*batch)[1], 1e-12)
    assert [name for name in ours.get_params() if name.endswith("_l1_back")] == [
        "W_xh_l1_back",
        "W_hh_l1_back",
        "b_h_l1_back",
    ]


LOSS_SIZES = {"squares": {}, "gaussian": {"outputs": 4}}
LOSS_SIZES["quantiles"] = {"outputs": 6, "levels": (0.1, 0.5, 0.9)}


@pytest.mark.parametrize("pooling", ["last", "every"])
@pytest.mark.parametrize("loss", LOSS_SIZES)
@every_engine
def test_losses_of_real_numbers_agree_and_ignore_padding(engine, loss, pooling):
    config = small(pooling, "gru", False, "float64", vectors=True, **LOSS_SIZES[loss])
    model = make_model(config, engine)
    check_padding(model, loss)
    batch = make_batch(config, loss=loss)
    value, grads = make_model(config, "numpy").loss_and_grads(*batch, loss)
    other, found = model.loss_and_grads(*batch, loss)
    assert other == pytest.approx(value, rel=0, abs=1e-12)
    assert_params_equal(found, grads, 1e-12)


@pytest.mark.parametrize(
    ("cell", "pooling", "bidirectional", "loss"),
    [
        ("rnn", "last", True, "cross_entropy"),
        ("gru", "mean", True, "cross_entropy"),
        ("lstm", "max", True, "cross_entropy"),
        ("gru", "attention", True, "cross_entropy"),
        ("lstm", "every", True, "cross_entropy"),
        ("gru", "last", False, "squares"),
        ("gru", "every", False, "gaussian"),
        ("gru", "last", False, "quantiles"),
    ],
)
def test_the_gradients_are_those_of_finite_differences(cell, pooling, bidirectional, loss):
    vectors = loss != "cross_entropy"
    more = dict(LOSS_SIZES.get(loss, {}))
    more |= {"hidden_size": 2, "num_layers": 2 if pooling == "every" else 1}
    config = small(pooling, cell, bidirectional, "float64", vectors=vectors, **more)
    model = build(config, "numpy", seed=1)
    model.set_params(make_model(config, "numpy").get_params())
    batch = make_batch(config, (3, 1, 2), loss)
    grads = model.loss_and_grads(*batch, loss)[1]
    for name, value in model._params.items():
        expected = numerical_gradient(lambda: model.loss_and_grads(*batch, loss)[0], value)
        np.testing.assert_allclose(grads[name], expected, rtol=0, atol=1e-7, err_msg=name)


# mask bugs


def all_true(lengths, steps=None):
    """A mask that takes padding for text."""
    return np.ones((len(lengths), steps), bool)


def read_padding_first(part, params, xs, mask, state=None, backwards=False):
    """Begins at the end of the padded row, not of the sequence in it."""
    return read(part, params, xs, mask | backwards, state, backwards)


def pack_all(xs, lengths, **settings):
    """Packs the padding too."""
    return PACK(xs, torch.full_like(lengths, xs.shape[1]), **settings)


PACK = torch_model.pack_padded_sequence
MEASURES = {"numpy": numpy_model, "torch": torch_model, "keras": keras_model}


def count_padding(engine):
    """A loss that is divided by the padded length, as public programs do."""
    kept = MEASURES[engine].measure

    def measure(name, outputs, targets, counts=None, levels=()):
        return kept(name, outputs, targets, None, levels)

    return measure


BUGS = {
    "numpy: no mask": ("numpy", "last", False, numpy_model, "make_mask", all_true),
    "numpy: padding read first": ("numpy", "last", True, numpy_model, "read", read_padding_first),
    "torch: no packing": ("torch", "last", False, torch_model, "pack_padded_sequence", pack_all),
    "torch: the mean over padding": (
        "torch",
        "mean",
        False,
        torch_model.SequenceModel,
        "_mask",
        lambda self, inputs, lengths: torch.ones(inputs.shape[:2], dtype=bool),
    ),
    "keras: no mask": (
        "keras",
        "last",
        False,
        keras_model.SequenceModel,
        "_mask",
        lambda self, inputs, lengths: tf.ones_like(inputs, bool),
    ),
    **{
        f"{engine}: loss over padding": (
            engine,
            "every",
            False,
            module,
            "measure",
            count_padding(engine),
        )
        for engine, module in MEASURES.items()
    },
}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_mask_bug_is_caught(monkeypatch, name):
    engine, pooling, bidirectional, home, attribute, bug = BUGS[name]
    config = small(pooling, "gru", bidirectional, "float32", hidden_size=6)
    params = make_model(config, engine).get_params()
    monkeypatch.setattr(home, attribute, bug)
    model = build(config, engine)  # a fresh one: Keras compiles what it finds at the first call
    model.set_params(params)
    with pytest.raises(AssertionError):
        check_padding(model)


def test_steps_that_tie_for_the_maximum_share_its_gradient():
    config = small("max", "rnn", False, "float64")
    found = []
    for engine in ("numpy", "torch"):
        model = build(config, engine)
        model.set_params(make_model(config, "numpy").get_params() | {"W_hh": np.zeros((5, 5))})
        inputs = np.zeros((1, 4), int)  # nothing is carried on: one symbol, one state
        states = model.states(inputs, [3])[0, :3]
        assert (states == states[0]).all()
        found.append(model.loss_and_grads(inputs, [3], [0])[1])
    assert_params_equal(found[1], found[0], 1e-12)
    assert np.abs(found[0]["W_xh"]).max() > 1e-3


# what padding holds


@every_engine
def test_what_stands_in_the_padding_is_never_read(engine):
    config = small("attention", "gru", True, "float32")
    model = make_model(config, engine)
    inputs, lengths, targets = make_batch(config)
    dirty = np.where(make_mask(lengths), inputs, 99)  # no id at all
    np.testing.assert_array_equal(model.forward(dirty, lengths), model.forward(inputs, lengths))
    wide = np.pad(inputs, ((0, 0), (0, 3)))
    found, expected = model.forward(wide, lengths), model.forward(inputs, lengths)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    config = small("mean", "gru", True, "float32", vectors=True)
    model = make_model(config, engine)
    inputs, lengths, targets = make_batch(config)
    dirty = np.where(make_mask(lengths)[..., None], inputs, np.nan)
    assert np.isnan(dirty).any()
    ours, theirs = (model.loss_and_grads(x, lengths, targets) for x in (inputs, dirty))
    assert ours[0] == theirs[0]
    assert_params_equal(ours[1], theirs[1])


@every_engine
def test_states_and_attention_are_those_of_the_equations(engine):
    config = small("attention", "gru", True, "float64")
    model = make_model(config, engine)
    inputs, lengths, _ = make_batch(config)
    hs, weights = model.states(inputs, lengths), model.attention(inputs, lengths)
    mask = make_mask(lengths)
    assert hs.shape == (4, 5, 10)
    assert not hs[~mask].any()
    assert not weights[~mask].any()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-12)
    params = model.get_params()
    for i, n in enumerate(lengths):
        e = np.exp(hs[i, :n] @ params["W_a"][:, 0])
        np.testing.assert_allclose(weights[i, :n], e / e.sum(), rtol=0, atol=1e-12)
    pooled = (weights[..., None] * hs).sum(axis=1)
    expected = pooled @ params["W_hy"] + params["b_y"]
    np.testing.assert_allclose(model.forward(inputs, lengths), expected, rtol=0, atol=1e-12)
    with raises_sentence(ValueError, "pools by 'last'"):
        make_model(small(), engine).attention(inputs, lengths)


@every_engine
def test_the_backward_half_answers_last_at_the_first_step(engine):
    config = small("last", "lstm", True, "float64")
    model = make_model(config, engine)
    inputs, lengths, _ = make_batch(config)
    hs, params = model.states(inputs, lengths), model.get_params()
    last = np.concatenate([hs[np.arange(4), lengths - 1, :5], hs[:, 0, 5:]], axis=-1)
    expected = last @ params["W_hy"] + params["b_y"]
    np.testing.assert_allclose(model.forward(inputs, lengths), expected, rtol=0, atol=1e-12)


# training


@cache
def trained(engine, dtype):
    """Losses and weights of ten updates, with clipping, decay, dropout, several sizes of batch."""
    config = small("mean", "gru", True, dtype)
    model = build(config, engine, seed=4)
    found = {"first": model.get_params(), "losses": []}
    for i in range(10):
        update = Update(0.01, math.inf if i % 3 else 0.1, 0.1 * (i % 2), 0.25 if i > 4 else 0)
        batch = make_batch(config, LENGTHS[: 2 + i % 3], seed=i)
        found["losses"].append(model.train_step(*batch, update))
    return found | {"params": model.get_params()}


@pytest.mark.parametrize(
    ("engine", "dtype"),
    [
        ("torch", "float32"),
        ("torch", "float64"),
        ("keras", "float32"),
        pytest.param("keras", "float64", marks=pytest.mark.slow),
    ],
)
def test_ten_updates_give_the_same_losses_and_weights(engine, dtype):
    ours, theirs, close = trained("numpy", dtype), trained(engine, dtype), TOLERANCE[dtype]
    assert_params_equal(theirs["first"], ours["first"])
    np.testing.assert_allclose(theirs["losses"], ours["losses"], rtol=0, atol=close)
    assert_params_equal(theirs["params"], ours["params"], close)
    assert np.abs(ours["params"]["W_hh"] - ours["first"]["W_hh"]).max() > 0.01


def test_dropout_leaves_units_out_for_a_whole_sequence(monkeypatch):
    config = small("every", "rnn", True, "float64")
    model = build(config, "numpy", seed=1)
    seen = []
    kept = model._gradients
    monkeypatch.setattr(model, "_gradients", lambda a, **s: seen.append(a[-1]) or kept(a, **s))
    model.train_step(*make_batch(config), Update(0.01, dropout=0.5))
    model.train_step(*make_batch(config), Update(0.01, dropout=0.5))
    model.train_step(*make_batch(config), Update(0.01))
    assert [keep.shape for keep in seen] == [(4, 1, 10), (4, 1, 10), (1, 1, 1)]
    assert set(np.unique(seen[0])) == {0.0, 2.0}
    assert (seen[0] != seen[1]).any()
    assert (seen[2] == 1).all()


def test_models_of_other_seeds_leave_other_units_out():
    config, seen = small("last", "rnn", True, "float64"), []
    for seed in (1, 2, 1):
        model = build(config, "numpy", seed=seed)
        model._gradients = lambda arrays, kept=model._gradients, **settings: (
            seen.append(arrays[-1]) or kept(arrays, **settings)
        )
        model.train_step(*make_batch(config), Update(0.01, dropout=0.5))
    assert (seen[0] == seen[2]).all()
    assert (seen[0] != seen[1]).any()


# losses


def test_losses_are_those_of_their_definitions():
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
    mean, scale = torch.tensor(outputs[:, :2]), torch.tensor(np.exp(outputs[:, 2:] / 2))
    normal = torch.distributions.Normal(mean, scale)
    expected = -normal.log_prob(torch.tensor(targets)).mean().item()
    assert numpy_losses.measure("gaussian", outputs, targets)[0] == pytest.approx(expected)
    classes = np.array([0, 1, 3, 2, 2, 1])
    expected = torch.nn.functional.cross_entropy(torch.tensor(outputs), torch.tensor(classes))
    found = numpy_losses.measure("cross_entropy", outputs, classes)[0]
    assert found == pytest.approx(expected.item())
    # 10 % of the numbers lie under the answer that the pinball loss of 0.1 likes best
    sample = rng.normal(size=(1001, 1))
    losses = [
        numpy_losses.measure("quantiles", np.full((1001, 1), x), sample, None, (0.1,))[0]
        for x in np.linspace(-3, 3, 601)
    ]
    assert np.linspace(-3, 3, 601)[np.argmin(losses)] == pytest.approx(
        np.quantile(sample, 0.1), abs=0.02
    )


def test_a_quantile_that_is_met_exactly_has_no_slope():
    value, slope = numpy_losses.measure("quantiles", np.ones((1, 1)), np.ones((1, 1)), None, (0.9,))
    assert value == slope.item() == 0


def test_the_losses_have_the_same_names_in_every_engine():
    names = [list(module.FUNCTIONS) for module in (numpy_losses, keras_losses, torch_losses)]
    assert names[0] == names[1] == names[2] == ["cross_entropy", *LOSS_SIZES]


# what is refused


@pytest.mark.parametrize(
    ("change", "piece"),
    [
        ({"features": 2}, "give vocab_size and embed_size, or features"),
        ({"vocab_size": None}, "give vocab_size and embed_size, or features"),
        ({"vocab_size": None, "embed_size": None}, "give vocab_size and embed_size, or features"),
        ({"outputs": 0}, "outputs must be a whole number"),
        ({"hidden_size": 2.5}, "hidden_size must be a whole number"),
        ({"cell": "elman"}, "cell must be one of"),
        ({"pooling": "median"}, "pooling must be one of"),
        ({"bidirectional": 1}, "bidirectional must be True or False"),
        ({"dtype": "float16"}, "dtype must be one of"),
        ({"levels": (0.5, 0.1)}, "rise and lie between 0 and 1"),
        ({"levels": (0.5, 0.5)}, "rise and lie between 0 and 1"),
        ({"levels": (0.5, 1.0)}, "rise and lie between 0 and 1"),
        ({"levels": 0.5}, "rise and lie between 0 and 1"),
    ],
    ids=str,
)
def test_a_configuration_that_does_not_fit_is_refused(change, piece):
    sizes = {"outputs": 3, "hidden_size": 5, "vocab_size": 7, "embed_size": 4}
    with raises_sentence(ValueError, piece):
        SequenceConfig(**(sizes | change))


IDS = np.array([[0, 1, 2], [6, 0, 0]])
VECTORS = np.ones((2, 3, 2))


@pytest.mark.parametrize(
    ("vectors", "change", "piece"),
    [
        (False, {"lengths": [3, 0]}, "sequence 1 has the length 0"),
        (False, {"lengths": [3, 4]}, "sequence 1 has the length 4"),
        (False, {"lengths": [3]}, "1 lengths for 2 sequences"),
        (False, {"inputs": IDS[0]}, "shape (batch, time)"),
        (False, {"inputs": IDS[:, :0]}, "not (2, 0)"),
        (False, {"inputs": [[0, 1, 2], [6]]}, "unequal length"),
        (False, {"inputs": IDS + 1}, "id 7 is out of range"),
        (False, {"inputs": IDS * 1.0}, "inputs must be integers, not float64"),
        (False, {"targets": [0, 3]}, "class 3 is unknown: this model tells 3 classes apart"),
        (False, {"targets": [0, -1]}, "class -1 is unknown"),
        (False, {"targets": [0]}, "targets have the shape (1,)"),
        (False, {"targets": ["it", "fi"]}, "targets must be integers"),
        (False, {"targets": [0.0, 1.0]}, "targets must be integers"),
        (True, {"inputs": IDS}, "shape (batch, time, 2)"),
        (True, {"inputs": VECTORS[..., :1]}, "shape (batch, time, 2)"),
        (True, {"inputs": VECTORS * np.nan}, "not finite in row 0"),
        (True, {"inputs": VECTORS * [[[1]], [[np.nan]]]}, "not finite in row 1"),
        (True, {"inputs": VECTORS.astype(str)}, "inputs must be numbers"),
        (False, {"loss": "hinge"}, "loss must be one of"),
        (False, {"loss": "squares", "targets": np.zeros((2, 2))}, "needs (2, 3)"),
        (False, {"loss": "squares", "targets": np.full((2, 3), np.inf)}, "targets hold a number"),
        (False, {"loss": "gaussian", "targets": np.zeros((2, 1))}, "reads 2 for each number"),
        (False, {"loss": "quantiles", "targets": np.zeros((2, 1))}, "needs levels"),
    ],
    ids=str,
)
@every_engine
def test_a_batch_that_does_not_fit_is_refused(engine, vectors, change, piece):
    model = make_model(small(vectors=vectors, dtype="float32"), engine)
    good = {"inputs": VECTORS if vectors else IDS, "lengths": [3, 1], "targets": [0, 2]}
    with raises_sentence(ValueError, piece):
        model.loss_and_grads(**(good | change))
