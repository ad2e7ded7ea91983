"""Text written by any CharRNN, one character at a time, stepping its state."""

import math
from numbers import Real

import numpy as np

from rnnlib.text import check_whole


def softmax(logits):
    """Scores (..., V) to probabilities (..., V) that sum to 1, without overflow. Chapter 3."""
    logits = np.asarray(logits)
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def log_softmax(logits):
    """The logarithm of softmax(logits), finite even where a probability rounds to 0."""
    logits = np.asarray(logits)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def generate(model, vocab, prompt, length, temperature=1.0, rng=None, greedy=False, window=None):
    """The `length` characters that follow `prompt`, a string.

    Each is drawn from softmax(logits / temperature) with `rng` (a NumPy Generator, seed 0 by
    default), or is the most likely one when `greedy`. The prompt is read once; after that every
    character costs one step, for the state remembers the rest. With a `window`, each is instead
    predicted from the last `window` characters alone, read from a state of zeros. Chapter 4.
    Raises ValueError for an empty prompt, an unknown character or an impossible temperature.
    """
    ids = list(vocab.encode(prompt))
    _check_request(prompt, length, temperature, window)
    rng = np.random.default_rng(0 if rng is None else rng)
    unread, state = ids[-(window or 0) :], model.init_state(1)
    for _ in range(length):
        logits, state = model.forward(np.array([unread]), state)
        ids.append(pick(logits[0, -1], temperature, rng, greedy))
        unread = ids[-1:]
        if window:
            unread, state = ids[-window:], model.init_state(1)
    return vocab.decode(ids[len(prompt) :])


def pick(logits, temperature, rng, greedy=False):
    """One id from logits (V,): the highest when `greedy`, otherwise drawn at this temperature."""
    if greedy:
        return int(logits.argmax())
    logits = logits.astype(np.float64)
    with np.errstate(over="ignore"):  # near temperature 0 all but the highest become -inf
        probs = softmax((logits - logits.max()) / temperature)
    return int(rng.choice(len(probs), p=probs))


def _check_request(prompt, length, temperature, window):
    if not prompt:
        raise ValueError("the prompt is empty; give at least one character to start from.")
    check_whole("length", length, least=0)
    if window is not None:
        check_whole("window", window)
    if not (isinstance(temperature, Real) and temperature > 0 and math.isfinite(temperature)):
        raise ValueError(
            f"temperature must be a positive number, not {temperature!r}. "
            "For the most likely character every time pass greedy=True."
        )
