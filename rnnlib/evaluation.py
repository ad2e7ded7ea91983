"""How good a model is: nats and bits per character, perplexity, accuracy, verbatim copying."""

from dataclasses import dataclass

import numpy as np

from rnnlib.sampling import log_softmax
from rnnlib.text import check_examples, check_ids, check_whole


@dataclass(frozen=True)
class Score:
    """A loss in nats per character, measured over so many predicted characters. Chapter 2."""

    nats: float
    characters: int

    @property
    def bits(self):
        """The same loss in bits per character: nats / ln 2."""
        return self.nats / np.log(2)

    @property
    def perplexity(self):
        """exp(nats): among how many equally likely characters the model might as well choose."""
        return float(np.exp(self.nats))


def score(model, ids, piece=1000):
    """Read ids (N,) once, from a state of zeros that is carried on; a Score over the last N - 1.

    The text is read in pieces of `piece` characters to bound memory; the result does not depend
    on it. Raises ValueError for fewer than two characters. Chapter 4.
    """
    check_whole("piece", piece)
    ids = check_ids(ids, model.config.vocab_size)
    if ids.ndim != 1 or len(ids) < 2:
        raise ValueError(
            f"ids of shape {ids.shape} cannot be scored: one is read, the next is predicted. "
            "Give at least 2 in one row."
        )
    state, total = model.init_state(1), 0.0
    for start in range(0, len(ids) - 1, piece):
        targets = ids[start + 1 : start + 1 + piece]
        logits, state = model.forward(ids[None, start : start + len(targets)], state)
        total += _nats(logits[0], targets).sum()
    return Score(float(total / (len(ids) - 1)), len(ids) - 1)


def mean_loss(model, inputs, targets):
    """Mean cross-entropy over separate examples, nats per character; shapes as in training.fit."""
    logits, targets = _predict(model, inputs, targets)
    return float(_nats(logits, targets).mean())


def accuracy(model, inputs, targets):
    """The share of targets to which the model gives the highest probability. Chapter 4."""
    logits, targets = _predict(model, inputs, targets)
    return float((logits.argmax(axis=-1) == targets).mean())


def longest_overlap(text, training_text):
    """The longest piece of `text` that stands word for word in `training_text`. Chapter 4.

    A model that only copies gives back long pieces; the first of several equally long is returned.
    """
    best = ""
    for start in range(len(text)):
        while (
            start + len(best) < len(text) and text[start : start + len(best) + 1] in training_text
        ):
            best = text[start : start + len(best) + 1]
    return best


def check_data(model, inputs, targets):
    """Return inputs (N, T) and targets (N, K); ValueError unless shapes and ids fit the model."""
    inputs, targets = check_examples(inputs, targets)
    vocab_size = model.config.vocab_size
    return check_ids(inputs, vocab_size), check_ids(targets, vocab_size)


def _predict(model, inputs, targets):
    """Logits (N, K, V) after the last K steps of inputs (N, T), and targets (N, K)."""
    inputs, targets = check_data(model, inputs, targets)
    logits, _ = model.forward(inputs, model.init_state(len(inputs)))
    return logits[:, -targets.shape[1] :], targets


def _nats(logits, targets):
    """-log softmax(logits)[target]: logits (..., V) and targets (...) give (...), in float64."""
    log_probs = log_softmax(logits.astype(np.float64))
    return -np.take_along_axis(log_probs, targets[..., None], axis=-1)[..., 0]
