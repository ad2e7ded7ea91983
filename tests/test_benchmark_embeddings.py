"""The study of initial weights: what it draws and sums up, and that its rows are whole."""

import json
from collections import Counter

import numpy as np
import pytest
import torch

from benchmarks import embeddings
from benchmarks.embeddings import KEYS, STARTS, STUDIES, SlicedAdam, begin, key
from benchmarks.variants import Variant
from rnnlib.models.char_rnn.torch_model import CharRNN
from rnnlib.models.config import ModelConfig
from tests.helpers import assert_params_equal

ROWS = json.loads(embeddings.RESULTS.read_text(encoding="utf-8"))["rows"]
WIDE = ModelConfig(65, 32, 64, cell="lstm")
LSTM = ModelConfig(7, 5, 6, 2, cell="lstm")


def rows(study, **wanted):
    return [row for row in ROWS if row["study"] == study and wanted.items() <= row.items()]


# initial weights


def test_the_larger_embedding_is_all_that_differs_from_keras():
    usual, larger = (STARTS[name](WIDE, 3) for name in ("Keras", "Keras, larger embedding"))
    np.testing.assert_allclose(larger.pop("embed"), 20 * usual.pop("embed"), rtol=1e-6)
    assert_params_equal(larger, usual)


@pytest.mark.parametrize("shortcuts", [False, True])
@pytest.mark.parametrize("start", STARTS)
def test_a_variant_begins_with_the_weights_of_the_plain_model(start, shortcuts):
    model = begin(LSTM, start, 4, Variant(LSTM, shortcuts=shortcuts))
    plain = CharRNN(LSTM, device="cpu")
    plain.set_params(STARTS[start](LSTM, 4))
    for found, expected in zip(model.net.parameters(), plain.net.parameters(), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


# steps


def test_sliced_adam_moves_rows_as_keras_does_with_slices():
    import keras
    import tensorflow as tf

    ids, first = [0, 1, 1, 1, 0], np.ones((2, 1), "float32")
    ours, theirs = torch.nn.Parameter(torch.tensor(first)), keras.Variable(first)
    slow, fast = SlicedAdam([{"params": [ours]}], 0.01), keras.optimizers.Adam(0.01)
    for each in ([1.0, 2.0, 1.0, -1.0, 0.5], [0.5, 1.0, 1.0, 1.0, 2.0]):
        slices = torch.tensor(each)[:, None]
        ours.grad = torch.zeros(2, 1).index_add_(0, torch.tensor(ids), slices)
        slow.param_groups[0] |= {"slices": slices, "ids": torch.tensor(ids)}
        slow.step()
        fast.apply([tf.IndexedSlices(slices.numpy(), ids, (2, 1))], [theirs])
    np.testing.assert_allclose(ours.detach(), theirs.numpy(), atol=1e-5)


# rows


def test_every_row_that_was_planned_is_stored_once():
    assert max(Counter(map(key, ROWS)).values()) == 1
    for study, (planned, _) in STUDIES.items():
        missing = [one for one in planned(ROWS) if one not in set(map(key, ROWS))]
        assert not missing, (study, missing[:3])


def test_a_stored_row_comes_out_again():
    row = rows("plan", start="PyTorch", name="cosine", rate=0.1, seed=0)[0]
    again = embeddings.run(*(row[name] for name in KEYS))
    assert again["loss"] == pytest.approx(row["loss"], abs=0.03)
    row = rows("young GRU", name="all x 2 | slices", seed=0)[0]
    again = embeddings.run(*(row[name] for name in KEYS))
    assert again["loss"] == pytest.approx(row["loss"], abs=0.02)
