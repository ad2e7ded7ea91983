"""Dropout masks: their share, mean and shape; the same from the same seed and update."""

import numpy as np
import pytest

from rnnlib.models.config import ModelConfig
from rnnlib.models.dropout import draw_mask
from rnnlib.models.engines import build
from rnnlib.models.update import Update
from tests.helpers import (
    TOLERANCE,
    every_dtype,
    every_engine,
    raises_sentence,
    random_batch,
    small_config,
)

WIDE = ModelConfig(7, 4, 500)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_the_share_left_out_is_the_rate_and_the_mean_stays(rate):
    mask = draw_mask(WIDE, rate, 200, seed=0, step=0)
    error = np.sqrt(rate * (1 - rate) / mask.size)  # one standard error of the share
    assert abs((mask == 0).mean() - rate) < 4 * error
    assert mask.mean() == pytest.approx(1, abs=4 * error / (1 - rate))


@every_dtype
def test_a_unit_is_out_or_scaled_up_through_the_whole_piece(dtype):
    mask = draw_mask(small_config(dtype), 0.2, 3, seed=0, step=0)
    assert mask.shape == (3, 1, 5)  # one value for all steps
    assert mask.dtype == dtype
    assert set(np.unique(mask)) <= {0, np.dtype(dtype).type(1 / 0.8)}


def test_rows_and_units_fall_out_independently_of_each_other():
    out = draw_mask(WIDE, 0.5, 400, seed=3, step=7)[:, 0] == 0
    correlation = np.corrcoef(out[:, :20].T) - np.eye(20)
    assert np.abs(correlation).max() < 4 / np.sqrt(400)
    assert len(np.unique(out, axis=0)) == 400


def test_the_mask_depends_on_the_seed_and_the_update_alone():
    masks = {(s, t): draw_mask(WIDE, 0.5, 2, s, t) for s in (0, 1, 2) for t in (0, 1, 2)}
    for (seed, step), mask in masks.items():
        np.testing.assert_array_equal(mask, draw_mask(WIDE, 0.5, 2, seed, step))
    assert len({mask.tobytes() for mask in masks.values()}) == len(masks)


def test_a_higher_rate_leaves_out_the_same_units_and_more():
    low, high = (draw_mask(WIDE, rate, 4, 0, 0) == 0 for rate in (0.2, 0.6))
    assert (high >= low).all()
    assert high.sum() > low.sum()


def test_at_rate_zero_there_is_no_mask():
    assert draw_mask(WIDE, 0, 4, 0, 0) is None
    assert draw_mask(WIDE, 0.0, 4, 0, 0) is None


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, float("nan")])
def test_an_impossible_rate_is_refused(rate):
    with raises_sentence(ValueError, "dropout", repr(rate)):
        Update(0.1, dropout=rate)


def loss_by_hand(model, ids, targets, mask):
    """Mean cross-entropy of a NumPy plain cell whose hidden states were multiplied by `mask`."""
    params, h, losses = model.get_params(), np.zeros((len(ids), 5)), []
    for t in range(ids.shape[1]):
        x = params["embed"][ids[:, t]]
        h = np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        logits = (h * mask[:, 0]) @ params["W_hy"] + params["b_y"]
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        probs = shifted / shifted.sum(axis=1, keepdims=True)
        losses.append(-np.log(probs[np.arange(len(ids)), targets[:, t]]))
    return np.mean(losses)


@every_engine
def test_training_reads_the_hidden_states_through_the_mask_and_nothing_else_does(engine):
    config = small_config("float64")
    model = build(config, engine, seed=4)
    ids, targets, _ = random_batch(config)
    clean = model.forward(ids, model.init_state(3))
    expected = loss_by_hand(model, ids, targets, draw_mask(config, 0.5, 3, seed=4, step=0))
    for ours, theirs in zip(model.forward(ids, model.init_state(3)), clean, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    loss, state = model.train_step(ids, targets, model.init_state(3), Update(1e-3, dropout=0.5))
    assert loss == pytest.approx(expected, abs=TOLERANCE["float64"])
    np.testing.assert_allclose(state, clean[1], atol=TOLERANCE["float64"])  # carried undropped
