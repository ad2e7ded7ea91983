"""How alike two voices are: the distance of their pictures, and what it says of names."""

import numpy as np
import pytest

from rnnlib.data import voice_similarity
from rnnlib.data.voice_similarity import compare_voices, stretch
from tests.test_speech import fingerprint  # noqa: F401  skips where there is no synthesiser


def test_a_picture_is_stretched_in_a_straight_line():
    picture = np.array([[0.0, 5.0], [2.0, 5.0], [6.0, 5.0]])
    np.testing.assert_allclose(stretch(picture, 5)[:, 0], [0, 1, 2, 4, 6])
    np.testing.assert_allclose(stretch(picture, 2)[:, 0], [0, 6])
    np.testing.assert_array_equal(stretch(picture, 3), picture)
    assert (stretch(picture, 7)[:, 1] == 5).all()


def test_distances_are_those_of_a_distance():
    found = compare_voices(["adam", "klatt", "klatt2", "Alicia"])
    assert (np.diag(found) == 0).all()
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    assert (found[~np.eye(4, dtype=bool)] > 0).all()
    for a, b, c in np.ndindex(4, 4, 4):
        assert found[a, c] <= found[a, b] + found[b, c] + 1e-9


def test_variants_are_near_and_so_are_some_voices_of_different_names():
    names = ["klatt", "klatt2", "Henrique", "Hugo", "Alicia", "Lee"]
    found = compare_voices(names)
    nearest = [names[i] for i in np.argmin(found + 9 * np.eye(6), axis=1)]
    assert nearest[:4] == ["klatt2", "klatt", "Hugo", "Henrique"]
    assert found[2, 3] < 0.5 * found[4:].max()


def test_pictures_count_in_deviations_and_lengths_as_logarithms(monkeypatch):
    tones = np.random.default_rng(0).normal(size=(10, 3))

    def draw(digits, voice):
        steps = {"short": 10, "long": 20, "high": 10}[voice]
        row = tones[digits[0]] + 2 * (voice == "high")
        return type("Said", (), {"samples": np.tile(row, (steps, 1))})

    monkeypatch.setattr(voice_similarity, "say_digits", draw)
    monkeypatch.setattr(voice_similarity, "log_mel", lambda samples: samples)
    found = compare_voices(["short", "long", "high"])
    assert found[0, 1] == pytest.approx(np.log(2))
    heard = np.concatenate([np.repeat(tones, 30, axis=0), np.repeat(tones + 2, 10, axis=0)])
    assert found[0, 2] == pytest.approx((2 / heard.std(axis=0)).mean())


def test_one_voice_alone_cannot_be_compared():
    with pytest.raises(ValueError, match="two voices at least"):
        compare_voices(["adam"])
