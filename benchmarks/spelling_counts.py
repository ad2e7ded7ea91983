"""Spelling to sound by counting: the floor for a network that has read the same words.

Every letter of a word says none, one or two phonemes. Which ones is found by aligning words with
their sounds; then a letter of a new word says what it said most often in the widest surroundings
that were met.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

Sounds = tuple[str, ...]
WINDOWS = ((4, 4), (4, 3), (3, 3), (2, 3), (2, 2), (1, 2), (1, 1), (0, 1), (0, 0))
EDGE, MOST, UNMET = "#", 2, -14.0  # beside a word; phonemes a letter says; log of one never met


def align(
    word: str, sounds: Sounds, log_probs: Mapping[str, Mapping[Sounds, float]]
) -> list[Sounds] | None:
    """The phonemes of each letter, the likeliest cut of `sounds` into none, one or two a letter.

    `log_probs[letter][phonemes]` says how likely a letter says them; None where the sounds are too
    many.
    """
    best: dict[int, tuple[float, list[Sounds]]] = {0: (0.0, [])}  # by phonemes said so far
    for letter in word:
        known = log_probs.get(letter, {})
        after: dict[int, tuple[float, list[Sounds]]] = {}
        for said, (total, cut) in best.items():
            for stop in range(said, min(said + MOST, len(sounds)) + 1):
                piece = sounds[said:stop]
                gain = total + known.get(piece, UNMET)
                if stop not in after or gain > after[stop][0]:
                    after[stop] = gain, [*cut, piece]
        best = after
    return best[len(sounds)][1] if len(sounds) in best else None


def count_spelling(
    words: Sequence[str], sounds: Mapping[str, Sounds], few: int = 4000, rounds: int = 4
) -> dict[tuple, Counter]:
    """Counters of what each letter says, {(window, surroundings): Counter}, for `say_by_counts`.

    The likelihoods that align all words are learned from `few` of them in so many rounds, each
    of which starts with the alignments of the round before. At first the phonemes are spread
    evenly.
    """
    order = np.random.default_rng(0).permutation(len(words))[:few]
    sample = [words[i] for i in order]
    log_probs = _likelihoods(zip(word, _spread(word, sounds[word]), strict=True) for word in sample)
    for _ in range(rounds):
        cuts = ((word, align(word, sounds[word], log_probs)) for word in sample)
        log_probs = _likelihoods(zip(word, cut, strict=True) for word, cut in cuts if cut)
    found: dict[tuple, Counter] = defaultdict(Counter)
    for word in words:
        for place, piece in enumerate(align(word, sounds[word], log_probs) or ()):
            for key in _surroundings(word, place):
                found[key][piece] += 1
    return dict(found)


def say_by_counts(word: str, counts: Mapping[tuple, Counter]) -> Sounds:
    """The phonemes of a word: each letter's commonest ones, in the widest surroundings met."""
    said: Sounds = ()
    for place in range(len(word)):
        met = (counts[key] for key in _surroundings(word, place) if key in counts)
        said += next((counter.most_common(1)[0][0] for counter in met), ())
    return said


def _surroundings(word, place):
    """The letter with those beside it, from the widest window to the letter alone."""
    width = max(max(window) for window in WINDOWS)
    edged, middle = EDGE * width + word + EDGE * width, place + width
    return [(window, edged[middle - window[0] : middle + window[1] + 1]) for window in WINDOWS]


def _spread(word, sounds):
    """The phonemes cut as evenly as the letters allow, at most two for a letter."""
    ends = np.round(np.arange(len(word) + 1) * len(sounds) / len(word)).astype(int)
    return [sounds[start:stop][:MOST] for start, stop in pairwise(ends)]


def _likelihoods(pairs: Iterable[Iterable[tuple[str, Sounds]]]):
    """{letter: {phonemes: log of their share}} of letters and what they say, word by word."""
    counts: dict[str, Counter] = defaultdict(Counter)
    for pair in pairs:
        for letter, piece in pair:
            counts[letter][piece] += 1
    return {
        letter: {piece: float(np.log(n / met.total())) for piece, n in met.items()}
        for letter, met in counts.items()
    }
