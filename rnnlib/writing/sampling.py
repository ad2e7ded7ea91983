"""Text written by any CharRNN, one character at a time, stepping its state."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from numbers import Real

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.functional import softmax
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.text.vocab import Vocab


def keep_top_k(logits: ArrayLike, k: int) -> Array:
    """The logits (V,) with all but the `k` highest at minus infinity; of equal ones the first.

    Fan, Lewis and Dauphin (2018). Raises ValueError unless k is a whole number from 1 up.
    """
    kept = np.zeros(np.shape(logits), bool)
    kept[_likely_first(logits)[: check_whole("top_k", k)]] = True
    return np.where(kept, logits, -np.inf)


def keep_top_p(logits: ArrayLike, p: float) -> Array:
    """The logits (V,) with all but the nucleus at minus infinity.

    The nucleus is the smallest set of most likely characters whose probabilities sum to at least
    `p` (Holtzman et al., 2020). Raises ValueError unless 0 < p <= 1.
    """
    if not (isinstance(p, Real) and 0 < p <= 1):
        raise ValueError(f"top_p must be a share above 0 and at most 1, not {p!r}.")
    order, kept = _likely_first(logits), np.ones(len(logits), bool)
    sums = np.cumsum(softmax(np.asarray(logits, np.float64))[order])
    if p < 1:  # rounded sums may reach 1 before the last character
        kept[order[1:]] = sums[:-1] < p  # what the more likely ones sum to
    return np.where(kept, logits, -np.inf)


def keep_min_p(logits: ArrayLike, p: float) -> Array:
    """The logits (V,), less likely ones than `p` times the likeliest at minus infinity.

    Nguyen et al. (2025). Raises ValueError unless 0 <= p <= 1.
    """
    if not (isinstance(p, Real) and 0 <= p <= 1):
        raise ValueError(f"min_p must be a share from 0 to 1, not {p!r}.")
    probs = softmax(np.asarray(logits, np.float64))
    return np.where(probs >= p * probs.max(), logits, -np.inf)


@dataclass(frozen=True)
class Sampler:
    """How the next character is chosen: at a temperature, from a narrowed choice.

    The logits are divided by `temperature` before the softmax; at 0, its limit, the likeliest
    character is taken and nothing is drawn, of equal ones the first. `top_k`, `top_p` and `min_p`
    narrow the choice as keep_top_k, keep_top_p and keep_min_p do. Raises ValueError for an
    impossible temperature or filter.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None

    def __post_init__(self):
        t = self.temperature
        if not (isinstance(t, Real) and t >= 0 and math.isfinite(t)):
            raise ValueError(
                f"temperature must be a positive number, not {t!r}. "
                "For the most likely character every time give 0."
            )
        self._narrow(np.zeros(2))  # raises where a filter is impossible

    def filter(self, logits: ArrayLike) -> Array:
        """Logits (V,) at the temperature, then filtered: float64, -inf where none is drawn.

        The order is that of the Hugging Face library: temperature, top-k, top-p, min-p, each
        looking at the softmax of what the one before has left.
        """
        logits = np.asarray(logits, np.float64)
        if self.temperature == 0:
            return keep_top_k(logits, 1)
        with np.errstate(over="ignore"):  # near temperature 0 all but the highest become -inf
            logits = (logits - logits.max()) / self.temperature
        return self._narrow(logits)

    def pick(self, logits: ArrayLike, rng: np.random.Generator) -> int:
        """One id, drawn from softmax(filter(logits (V,))) with a NumPy Generator."""
        if self.temperature == 0:
            return int(np.argmax(logits))
        probs = softmax(self.filter(logits))
        if np.isnan(probs[0]):  # one that is not finite makes all of them so
            raise ValueError(
                "the model gives numbers that are not finite, and nothing can be drawn from them. "
                "Train it again with a smaller learning rate."
            )
        return int(rng.choice(len(probs), p=probs))

    def _narrow(self, logits):
        filters = ((keep_top_k, self.top_k), (keep_top_p, self.top_p), (keep_min_p, self.min_p))
        for keep, amount in filters:
            if amount is not None:
                logits = keep(logits, amount)
        return logits


GREEDY = Sampler(temperature=0)


def generate(
    model: Model,
    vocab: Vocab,
    prompt: str,
    length: int,
    sampler: Sampler = Sampler(),
    rng: int | np.random.Generator | None = None,
    window: int | None = None,
    errors: str = "strict",
) -> str:
    """The `length` characters that follow `prompt`, a string.

    Each is chosen as `sampler` says, with `rng` (a NumPy Generator, or a seed; 0 by default); with
    GREEDY it is the most likely one. The prompt is read once; after that every character costs one
    step, for the state remembers the rest. With a `window`, each is instead predicted from the last
    `window` characters alone, read from a state of zeros. Raises TypeError for a sampler that is
    none, ValueError for an empty prompt, and for a character that the vocabulary lacks, unless
    errors="skip" leaves such characters out.
    """
    check_whole("length", length, least=0)
    return "".join(islice(stream(model, vocab, prompt, sampler, rng, window, errors), length))


def stream(
    model: Model,
    vocab: Vocab,
    prompt: str,
    sampler: Sampler = Sampler(),
    rng: int | np.random.Generator | None = None,
    window: int | None = None,
    errors: str = "strict",
) -> Iterator[str]:
    """The characters that generate joins, without end, each given as soon as it is drawn.

    Arguments and errors are those of generate; what is wrong is said before anything is read.
    """
    ids = read_prompt(vocab, prompt, errors)
    if not isinstance(sampler, Sampler):
        raise TypeError(f"sampler must be a Sampler, as Sampler(temperature=0.8), not {sampler!r}.")
    if window is not None:
        check_whole("window", window)
    rng = np.random.default_rng(0 if rng is None else rng)

    def draw(logits):
        return sampler.pick(logits, rng)

    written = _step(model, ids, draw) if window is None else _reread(model, ids, draw, window)
    return map(vocab.decode, written)


def _step(model, ids, draw):
    """One new id after the other: the prompt is read once, then the state is stepped."""
    state = model.init_state(1)
    while True:
        logits, state = model.forward(np.array([ids]), state)
        ids = [draw(logits[0, -1])]
        yield ids[0]


def _reread(model, ids, draw, window):
    """One new id after the other: the last `window` ids are read anew, from a state of zeros."""
    while True:
        ids = ids[-window:]
        logits, _ = model.forward(np.array([ids]), model.init_state(1))
        ids.append(draw(logits[0, -1]))
        yield ids[-1]


def read_prompt(vocab: Vocab, prompt: str, errors: str = "strict") -> list[int]:
    """The ids of a prompt, a list; characters that `vocab` lacks raise, or are skipped.

    Raises TypeError unless it is a string, ValueError when nothing is left of it.
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
    return vocab.encode("".join(char for char in prompt if char in vocab.chars)).tolist()


def _likely_first(logits):
    """The ids (V,) by falling logit; of equal ones the smaller first, as argmax takes them."""
    return np.argsort(-np.asarray(logits, np.float64), kind="stable")
