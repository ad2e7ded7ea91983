"""How good a model is: nats and bits per character, perplexity, accuracy, verbatim copying."""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_examples, check_ids, check_scored, check_whole
from rnnlib.functional import cross_entropy
from rnnlib.interface import Array, ArrayLike, Model

BATCH = 1000  # separate examples that are read at once


@dataclass(frozen=True)
class Score:
    """A loss in nats per character, measured over so many predicted characters."""

    nats: float
    characters: int

    @property
    def bits(self) -> float:
        """The same loss in bits per character: nats / ln 2."""
        return self.nats / np.log(2)

    @property
    def perplexity(self) -> float:
        """exp(nats): among how many equally likely characters the model might as well choose."""
        return float(np.exp(self.nats))


def score(model: Model, ids: ArrayLike, piece: int = 1000) -> Score:
    """Read ids (N,) once, from a state of zeros that is carried on; a Score over the last N - 1.

    The text is read in pieces of `piece` characters to bound memory; the result does not depend on
    it. Raises ValueError for fewer than two characters.
    """
    check_whole("piece", piece)
    ids = check_scored(ids, model.config.vocab_size)
    total = sum(nats.sum() for nats in _read(model, ids, piece))
    return Score(float(total / (len(ids) - 1)), len(ids) - 1)


def mean_loss(model: Model, inputs: ArrayLike, targets: ArrayLike) -> float:
    """Mean cross-entropy over separate examples, nats per character; shapes as in training.fit.

    The examples are read 1,000 at a time to bound memory, here as in accuracy.
    """
    return float(_over_batches(cross_entropy, model, inputs, targets).mean())


def accuracy(model: Model, inputs: ArrayLike, targets: ArrayLike) -> float:
    """The share of targets to which the model gives the highest probability."""
    return float(_over_batches(_is_right, model, inputs, targets).mean())


def surprise(model: Model, ids: ArrayLike, piece: int = 1000) -> Array:
    """-log p of each of ids[1:], in nats (N - 1,): the text read once, as in score."""
    check_whole("piece", piece)
    return np.concatenate(list(_read(model, check_scored(ids, model.config.vocab_size), piece)))


def loss_by_position(model: Model, ids: ArrayLike, length: int) -> tuple[Array, int]:
    """Mean nats (length,) at the 1st, 2nd, ... place of a piece, and from how many pieces.

    ids (N,) are cut into (N - 1) // length pieces, one after the other, and each is read from a
    state of zeros. What remains at the end is left out. Raises ValueError when no piece fits.
    """
    ids, length = check_scored(ids, model.config.vocab_size), check_whole("length", length)
    count = (len(ids) - 1) // length
    if not count:
        raise ValueError(
            f"{len(ids)} characters hold no piece of {length} and the character after it. "
            "Give a longer text, or ask for shorter chunks."
        )
    inputs, targets = (part[: count * length].reshape(count, length) for part in (ids, ids[1:]))
    total = np.zeros(length)
    for start in range(0, count, 100):
        rows = slice(start, start + 100)
        logits, _ = model.forward(inputs[rows], model.init_state(len(inputs[rows])))
        total += cross_entropy(logits, targets[rows]).sum(axis=0)
    return total / count, count


def check_data(model: Model, inputs: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    """Return inputs (N, T) and targets (N, K); ValueError unless shapes and ids fit the model."""
    inputs, targets = check_examples(inputs, targets)
    vocab_size = model.config.vocab_size
    return check_ids(inputs, vocab_size), check_ids(targets, vocab_size)


def _read(model, ids, piece):
    """The nats of ids[1:], piece by piece; the state is carried on, zeros at first."""
    state = model.init_state(1)
    for start in range(0, len(ids) - 1, piece):
        targets = ids[start + 1 : start + 1 + piece]
        logits, state = model.forward(ids[None, start : start + len(targets)], state)
        yield cross_entropy(logits[0], targets)


def _over_batches(judge, model, inputs, targets):
    """judge(logits, targets) after the last K steps of inputs (N, T), batch by batch: (N, K)."""
    inputs, targets = check_data(model, inputs, targets)
    found = []
    for start in range(0, len(inputs), BATCH):
        rows = slice(start, start + BATCH)
        logits, _ = model.forward(inputs[rows], model.init_state(len(inputs[rows])))
        found.append(judge(logits[:, -targets.shape[1] :], targets[rows]))
    return np.concatenate(found)


def _is_right(logits, targets):
    return logits.argmax(axis=-1) == targets
