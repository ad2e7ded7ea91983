"""Listening with a trained model: whole sounds at once, or one that is still going on."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnlib.data.spectra import LogMelStream, Scaling
from rnnlib.interface import Array, ArrayLike
from rnnlib.models.ctc.ctc_decoding import greedy_decode
from rnnlib.models.ctc.numpy_ctc import BLANK
from rnnlib.text.padding import pad


def transcribe(
    model: Any,
    features: Sequence[ArrayLike],
    decode: Callable[[Array], Array] = greedy_decode,
    batch_size: int = 32,
) -> list[Array]:
    """The labels heard in each of a list of features (T, bands): a list of arrays.

    `decode` turns the logits (A, K + 1) of one sound into labels.
    """
    found = []
    for start in range(0, len(features), batch_size):
        padded, lengths = pad(features[start : start + batch_size])
        logits, _ = model.forward(padded, lengths)
        answers = lengths // model.config.stride
        found += [decode(row[:n]) for row, n in zip(logits, answers, strict=True)]
    return found


class Transcriber:
    """A listener at work: samples go in piece by piece, labels come out as soon as they are heard.

    The labels are those of the greedy path, which needs no future: a label is new when the answer
    before was another class. `scaling` is the Scaling of the model's training data.
    """

    def __init__(self, model: Any, scaling: Scaling, rate: int = 22_050):
        self.model, self.scaling = model, scaling
        self._stream = LogMelStream(rate, model.config.bands)
        self._left = np.zeros((0, model.config.bands), np.float32)
        self._state, self._class = model.init_state(1), BLANK

    def push(self, samples: ArrayLike) -> list[int]:
        """The labels that these samples complete, a list that is often empty."""
        features = self.scaling.apply(self._stream.push(samples))
        frames = np.concatenate([self._left, features])
        ready = len(frames) // self.model.config.stride * self.model.config.stride
        self._left = frames[ready:]
        if ready == 0:
            return []
        logits, self._state = self.model.forward(frames[None, :ready], [ready], self._state)
        heard = []
        for best in np.argmax(logits[0], axis=-1):
            if best not in (BLANK, self._class):
                heard.append(int(best))
            self._class = best
        return heard
