"""The weights behind the welcome page's figure: trained as their metadata says, in chapter 5."""

from pathlib import Path

import numpy as np
import pytest

from rnnlib.data.texts import load_corpus
from rnnlib.models import engines, weights_file
from rnnlib.training import epochs
from rnnlib.writing import GREEDY, generate

PATH = Path(__file__).parents[1] / "weights" / "pangram.safetensors"


def test_the_recipe_in_the_metadata_gives_the_weights_of_the_file():
    params, config, vocab, recipe = weights_file.load(PATH)
    ids = vocab.encode(load_corpus(recipe["text"]))
    model = engines.build(config, recipe["engine"], seed=recipe["seed"])
    history = epochs.fit(
        model,
        ids[None, :-1],
        ids[None, 1:],
        epochs=recipe["updates"],
        learning_rate=recipe["learning_rate"],
    )
    assert round(history.losses[-1], 3) == round(recipe["loss"], 3)
    for name, value in model.get_params().items():
        error = np.linalg.norm(value - params[name]) / np.linalg.norm(params[name])
        assert error < 0.01, (name, error)


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_every_engine_writes_the_sentence_from_its_first_letter(engine):
    model, vocab = engines.load(PATH, engine)
    text = load_corpus("pangram")
    assert text[0] + generate(model, vocab, text[0], 43, GREEDY) == text
