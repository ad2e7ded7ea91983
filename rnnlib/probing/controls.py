"""What a probe must beat before it has found anything: other ways to the same answer."""

from collections.abc import Callable

import numpy as np

from rnnlib.checks import check_ids, check_whole
from rnnlib.evaluation.ngrams import gram_codes
from rnnlib.interface import Array, ArrayLike, Model
from rnnlib.models.engines import build
from rnnlib.models.parts import initialise
from rnnlib.probing.probes import Split, as_targets, score
from rnnlib.probing.text_properties import Property

STRENGTHS = (0.5, 1, 2, 4, 8, 16, 32, 64)
TIMES = (1, 2, 4, 8, 16, 32, 64, 128)  # after so many characters a leaky sum has kept 1/e


def untrained(
    model: Model,
    seed: int = 0,
    engine: str = "numpy",
    forget_bias: float | None = None,
    draw: Callable = initialise,
) -> Model:
    """A network of the same shape before training. Its state holds much of the past already.

    How much, depends on its initial weights: `draw(config, seed)` gives them, as Keras draws them
    unless told; an LSTM's forget biases can be set. Raises ValueError for those of another cell.
    """
    first, config = build(model.config, engine, seed), model.config
    params = draw(config, seed)
    if forget_bias is not None:
        if config.cell != "lstm":
            raise ValueError(f"a {config.cell} has no forget gate; leave forget_bias out.")
        H = config.hidden_size
        for layer in range(config.num_layers):
            config.layers()[layer].weights(params)["b_h"][H : 2 * H] = forget_bias
    first.set_params(params)
    return first


def guess(prop: Property, split: Split) -> Array:
    """The answer that looks at nothing, for every place: the mean, or the majority's class."""
    targets = as_targets(prop.kind, prop.values)
    return np.repeat(targets[split.fit & prop.mask].mean(axis=0)[None], len(targets), axis=0)


def leaky_sums(
    ids: ArrayLike, vocab_size: int, times: ArrayLike = TIMES, latest: bool = False
) -> Array:
    """A memory without any network: for each character of the alphabet, how often it was read, in
    sums that leak. ids (N,) -> (N, len(times) * vocab_size), after each character. With `latest`,
    a character sets its sums to 1, so that only its latest reading counts.

    A sum with the time constant k keeps exp(-1/k) of itself from one character to the next: it is a
    unit of an untrained network that nothing mixes with another.
    """
    ids, times = check_ids(ids, vocab_size), np.asarray(times, np.float64)
    keep, now = np.exp(-1 / times)[:, None], np.zeros((len(times), vocab_size))
    sums = np.empty((len(ids), *now.shape), np.float32)
    for t, char in enumerate(ids):
        now *= keep
        now[:, char] = 1 if latest else now[:, char] + 1
        sums[t] = now
    return sums.reshape(len(ids), -1)


class NgramProbe:
    """What the last characters tell about a property, by counting in another text.

    For each run of n characters that occurs in that text, the mean of the values after it, drawn
    towards the mean of the run without its first character, as if `strength` more places had it.
    Raises ValueError where runs of `longest` characters do not fit into 64-bit codes.
    """

    def __init__(self, ids: ArrayLike, vocab_size: int, longest: int = 8):
        self.vocab_size = vocab_size
        if vocab_size ** check_whole("longest", longest) > 2**63:
            raise ValueError(f"runs of {longest} do not fit into 64-bit codes; give a lower one.")
        ids = check_ids(ids, vocab_size)
        lengths = range(1, longest + 1)
        self.runs = [np.unique(codes_of(ids, n, vocab_size), return_inverse=True) for n in lengths]

    def read(self, counted: Property, prop: Property, ids: ArrayLike, choose: Array) -> Array:
        """The outputs (N, K) for a text ids (N,), at the n and the strength that suit it best.

        `counted` is the property in the text that was counted, `prop` the same property in this
        text, whose places `choose` (N,) choose n and strength.
        """
        ids, at = check_ids(ids, self.vocab_size), choose & prop.mask
        table = [self._look_up(n, counted, ids) for n in range(1, len(self.runs) + 1)]
        shortest = as_targets(counted.kind, counted.values)[counted.mask].mean(axis=0)
        tried = []
        for strength in STRENGTHS:
            outputs = np.repeat(shortest[None], len(ids), axis=0)
            for seen, total in table:
                outputs = (total + strength * outputs) / (seen + strength)[:, None]
                tried.append((score(prop.kind, prop.values[at], outputs[at]), outputs))
        return max(tried, key=lambda pair: pair[0])[1]

    def _look_up(self, n, counted, ids):
        """For the last n characters of every place: how often they were met where the property is
        asked for, (N,), and the sum of its values there, (N, K).
        """
        runs, of = self.runs[n - 1]
        codes = codes_of(ids, n, self.vocab_size)
        place = np.minimum(np.searchsorted(runs, codes), len(runs) - 1)
        known, mask = runs[place] == codes, counted.mask
        targets = as_targets(counted.kind, counted.values)[mask]
        sums = [np.bincount(of[mask], y, len(runs)) for y in (np.ones(len(targets)), *targets.T)]
        seen, *total = (known * numbers[place] for numbers in sums)
        return seen, np.stack(total, axis=1)


def codes_of(ids: Array, n: int, vocab_size: int) -> Array:
    """A number (N,) for the last n characters at every place; before the text stands id 0."""
    return gram_codes(np.append(np.zeros(n - 1, np.int64), ids), n, vocab_size)
