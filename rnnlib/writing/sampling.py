"""Text written by any CharRNN, one character at a time, stepping its state."""

import math
from itertools import islice
from numbers import Real

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.functional import softmax


def keep_top_k(logits, k):
    """The logits (V,) with all but the `k` highest at minus infinity; of equal ones the first.

    Fan, Lewis and Dauphin (2018). Raises ValueError unless k is a whole number from 1 up.
    Chapter 10.
    """
    kept = np.zeros(len(logits), bool)
    kept[_likely_first(logits)[: check_whole("top_k", k)]] = True
    return np.where(kept, logits, -np.inf)


def keep_top_p(logits, p):
    """The logits (V,) with all but the nucleus at minus infinity.

    The nucleus is the smallest set of most likely characters whose probabilities sum to at least
    `p` (Holtzman et al., 2020). Raises ValueError unless 0 < p <= 1. Chapter 10.
    """
    if not (isinstance(p, Real) and 0 < p <= 1):
        raise ValueError(f"top_p must be a share above 0 and at most 1, not {p!r}.")
    order, kept = _likely_first(logits), np.ones(len(logits), bool)
    sums = np.cumsum(softmax(np.asarray(logits, np.float64))[order])
    if p < 1:  # rounded sums may reach 1 before the last character
        kept[order[1:]] = sums[:-1] < p  # what the more likely ones sum to
    return np.where(kept, logits, -np.inf)


def keep_min_p(logits, p):
    """The logits (V,), less likely ones than `p` times the likeliest at minus infinity.

    Nguyen et al. (2025). Raises ValueError unless 0 <= p <= 1. Chapter 10.
    """
    if not (isinstance(p, Real) and 0 <= p <= 1):
        raise ValueError(f"min_p must be a share from 0 to 1, not {p!r}.")
    probs = softmax(np.asarray(logits, np.float64))
    return np.where(probs >= p * probs.max(), logits, -np.inf)


def filter_logits(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    """Logits (V,) at a temperature, then filtered: float64, minus infinity where none is drawn.

    The order is that of the Hugging Face library: temperature, top-k, top-p, min-p, each looking
    at the softmax of what the one before has left. Chapter 10.
    """
    logits = np.asarray(logits, np.float64)
    with np.errstate(over="ignore"):  # near temperature 0 all but the highest become -inf
        logits = (logits - logits.max()) / temperature
    for keep, amount in ((keep_top_k, top_k), (keep_top_p, top_p), (keep_min_p, min_p)):
        if amount is not None:
            logits = keep(logits, amount)
    return logits


def pick(logits, temperature, rng, greedy=False, top_k=None, top_p=None, min_p=None):
    """One id from logits (V,): the highest when `greedy`, otherwise drawn as filter_logits says."""
    if greedy:
        return int(logits.argmax())
    probs = softmax(filter_logits(logits, temperature, top_k, top_p, min_p))
    return int(rng.choice(len(probs), p=probs))


def generate(
    model,
    vocab,
    prompt,
    length,
    temperature=1.0,
    rng=None,
    greedy=False,
    window=None,
    top_k=None,
    top_p=None,
    min_p=None,
    errors="strict",
):
    """The `length` characters that follow `prompt`, a string.

    Each is drawn from softmax(logits / temperature) with `rng` (a NumPy Generator, seed 0 by
    default), or is the most likely one when `greedy`. `top_k`, `top_p` and `min_p` narrow the
    choice, as filter_logits says. The prompt is read once; after that every character costs one
    step, for the state remembers the rest. With a `window`, each is instead predicted from the
    last `window` characters alone, read from a state of zeros. Chapters 4 and 10.
    Raises ValueError for an empty prompt, an impossible temperature or filter, and a character
    that the vocabulary lacks, unless errors="skip" leaves such characters out.
    """
    check_whole("length", length, least=0)
    how = (temperature, rng, greedy, window, top_k, top_p, min_p, errors)
    return "".join(islice(stream(model, vocab, prompt, *how), length))


def stream(
    model,
    vocab,
    prompt,
    temperature=1.0,
    rng=None,
    greedy=False,
    window=None,
    top_k=None,
    top_p=None,
    min_p=None,
    errors="strict",
):
    """The characters that generate joins, without end, each given as soon as it is drawn.

    Arguments and errors are those of generate; what is wrong is said at the call, before anything
    is read. Chapter 10.
    """
    ids = read_prompt(vocab, prompt, errors)
    _check_temperature(temperature)
    filter_logits(np.zeros(2), 1.0, top_k, top_p, min_p)  # raises where one is impossible
    if window is not None:
        check_whole("window", window)
    rng = np.random.default_rng(0 if rng is None else rng)

    def draw(logits):
        return pick(logits, temperature, rng, greedy, top_k, top_p, min_p)

    return map(vocab.decode, _step(model, ids, draw, window))


def _step(model, ids, draw, window):
    """One new id after the other, stepping the state, or reading each window anew."""
    unread, state = ids[-(window or 0) :], model.init_state(1)
    while True:
        logits, state = model.forward(np.array([unread]), state)
        unread = [*unread, draw(logits[0, -1])][-(window or 1) :]
        yield unread[-1]
        if window:
            state = model.init_state(1)


def read_prompt(vocab, prompt, errors="strict"):
    """The ids of a prompt, a list; characters that `vocab` lacks raise, or are skipped.

    Raises TypeError unless it is a string, ValueError when nothing is left of it. Chapter 10.
    """
    if errors not in ("strict", "skip"):
        raise ValueError(f'errors must be "strict" or "skip", not {errors!r}.')
    if not isinstance(prompt, str):
        raise TypeError(f"the prompt must be a string, not {type(prompt).__name__}.")
    if not prompt:
        raise ValueError("the prompt is empty; give at least one character to start from.")
    unknown = [place for place, char in enumerate(prompt) if char not in vocab.chars]
    if len(unknown) == len(prompt):
        raise ValueError(
            f"none of the {len(prompt)} characters of the prompt is among the {len(vocab)} that "
            f"this model knows ({prompt[0]!r} is not). Give it at least one that it does know."
        )
    if unknown and errors == "strict":
        raise ValueError(
            f"the prompt holds {prompt[unknown[0]]!r} at position {unknown[0]}, which is not among "
            f"the {len(vocab)} characters this model knows. "
            'Replace it, or pass errors="skip" to leave it out.'
        )
    return [i for char in prompt if char in vocab.chars for i in vocab.encode(char)]


def _check_temperature(temperature):
    if not (isinstance(temperature, Real) and temperature > 0 and math.isfinite(temperature)):
        raise ValueError(
            f"temperature must be a positive number, not {temperature!r}. "
            "For the most likely character every time pass greedy=True."
        )


def _likely_first(logits):
    """The ids (V,) by falling logit; of equal ones the smaller first, as argmax takes them."""
    return np.argsort(-np.asarray(logits, np.float64), kind="stable")
