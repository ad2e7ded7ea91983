"""Training a listener: what it is told, in which order, and that it learns."""

import numpy as np

from rnnlib.models.ctc.config import ListenerConfig
from rnnlib.models.ctc.numpy_model import Listener
from rnnlib.models.ctc.recognition import transcribe
from rnnlib.training.sounds import fit_listener
from tests.helpers import raises_sentence


def tones(count, seed=0):
    """Rows of 1 to 3 labels out of 3, each a band that is loud for four frames, then a pause."""
    rng = np.random.default_rng(seed)
    labels = [rng.integers(1, 4, rng.integers(1, 4)) for _ in range(count)]
    sounds = []
    for row in labels:
        frames = rng.normal(0, 0.1, (6 * len(row), 3))
        for i, label in enumerate(row):
            frames[6 * i : 6 * i + 4, label - 1] += 2
        sounds.append(frames)
    return sounds, labels


def test_a_listener_learns_tones_it_has_not_heard():
    sounds, labels = tones(60)
    model = Listener(ListenerConfig(3, 3, 6, 8, width=3, stride=1, dtype="float64"), seed=0)
    lengths = [len(sound) for sound in sounds]
    losses = fit_listener(model, sounds.__getitem__, lengths, labels, 120, 8, 0.03)
    assert len(losses) == 120
    assert np.mean(losses[-10:]) < 0.2 < 3 < losses[0]
    tested, truth = tones(20, seed=1)
    heard = transcribe(model, tested)
    assert sum(list(a) == list(b) for a, b in zip(heard, truth, strict=True)) >= 19


def test_the_same_seed_gives_the_same_losses_and_every_sound_is_drawn():
    sounds, labels = tones(10)
    lengths, drawn, found = [len(sound) for sound in sounds], [], []

    def draw(i):
        drawn.append(int(i))
        return sounds[i]

    for seed in (0, 0, 1):
        model = Listener(ListenerConfig(3, 3, 2, 2, width=1, stride=1), seed=0)
        found.append(fit_listener(model, draw, lengths, labels, 3, 4, seed=seed))
    assert found[0] == found[1] != found[2]
    assert sorted(drawn[:10]) == list(range(10))


def test_another_step_takes_the_place_of_the_models():
    sounds, labels = tones(4)
    seen = []

    def step(features, lengths, targets, update):
        seen.append((features.shape[0], len(targets), update.clip_norm, update.rate > 0))
        return 1.0

    assert fit_listener(None, sounds.__getitem__, [6] * 4, labels, 2, 4, step=step) == [1.0, 1.0]
    assert seen == [(4, 4, 1.0, True)] * 2


def test_what_does_not_fit_is_refused():
    with raises_sentence(ValueError, "2 sounds need as many targets, not 1"):
        fit_listener(None, None, [4, 4], [[1]], 1)
