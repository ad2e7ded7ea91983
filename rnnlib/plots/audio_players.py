"""Sounds that a reader can play, each with a sentence that stands for it where nothing plays."""

import base64
import io
import wave
from html import escape

import numpy as np

from rnnlib.plots.html import Html

PLAYER = """<div>
<p style="margin: 0 0 0.25rem">{text}</p>
<audio controls="" aria-label="{text}" style="max-width: 100%" src="data:audio/wav;base64,{sound}">
</audio>
</div>"""


def show_players(sounds, rate=22_050):
    """Players beside each other: {a sentence that says what is heard: samples (N,)}. Chapter 18.

    The sentence is shown, and it is the player's name for those who cannot see it; its length in
    seconds stands behind it. Samples between -1 and 1 are played as loud as they are, and what
    reaches beyond is cut off. Raises ValueError for samples that are not one row.
    """
    players, plain = [], []
    for text, samples in sounds.items():
        samples = np.asarray(samples, float)
        if samples.ndim != 1 or not samples.size:
            raise ValueError(f"{text!r} must be one row of samples, not of shape {samples.shape}.")
        plain.append(f"{text} ({len(samples) / rate:.1f} seconds of sound)")
        sound = base64.b64encode(as_wav(samples, rate)).decode()
        players.append(PLAYER.format(text=escape(plain[-1]), sound=sound))
    style = "display: flex; flex-wrap: wrap; gap: 1rem"
    html = f'<div class="players" style="{style}">\n' + "\n".join(players) + "\n</div>"
    return Html(html, "\n".join(plain))


def as_wav(samples, rate):
    """A WAV file of 16 bits, as bytes."""
    whole = np.round(np.clip(samples, -1, 1) * 32_767).astype("<i2")
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(whole.tobytes())
        return file.getvalue()
