"""Players: the sound is in them, as it is, and their words are for those who cannot hear or see."""

import base64
import re

import numpy as np

from rnnlib.data import read_wav
from rnnlib.plots.html import show_players
from tests.helpers import raises_sentence

SOUND = np.sin(np.arange(22_050) / 20) * 1.5


def test_a_player_holds_its_sound_and_what_is_too_loud_is_cut_off(tmp_path):
    html = show_players({"A tone.": SOUND, "Half.": SOUND[:11_025] / 3})._repr_html_()
    found = re.findall(r'src="data:audio/wav;base64,([^"]*)"', html)
    for text, expected in zip(found, (np.clip(SOUND, -1, 1), SOUND[:11_025] / 3), strict=True):
        (tmp_path / "a.wav").write_bytes(base64.b64decode(text))
        samples, rate = read_wav(tmp_path / "a.wav")
        assert rate == 22_050
        np.testing.assert_allclose(samples, expected, atol=1e-4)


def test_a_player_has_a_name_and_a_sentence_that_stays_where_nothing_plays():
    shown = show_players({'Said "7" & 3.': SOUND})
    said = "Said &quot;7&quot; &amp; 3. (1.0 seconds of sound)"
    assert re.findall(r'<audio controls="" aria-label="([^"]*)"', shown._repr_html_()) == [said]
    assert f">{said}</p>" in shown._repr_html_()
    assert repr(shown) == 'Said "7" & 3. (1.0 seconds of sound)'


def test_what_is_no_sound_is_refused():
    with raises_sentence(ValueError, "'x' must be one row of samples, not of shape (2, 3)."):
        show_players({"x": np.zeros((2, 3))})
