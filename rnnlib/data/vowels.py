"""Japanese vowels: nine speakers say "ae", each time in another length (aeon's wheel, BSD).

Recorded by Kudo, Toyama and Shimbo (1999), given to the UCI archive under CC BY 4.0. A step of
speech is 12 numbers of a linear prediction analysis. Shapes: T steps, F = 12 features.
"""

from dataclasses import dataclass

import numpy as np

from rnnlib.checks import check_choice
from rnnlib.data.wheels import AEON, read_from_wheel
from rnnlib.interface import Array

FOLDER = "aeon/datasets/data/JapaneseVowels"


@dataclass(frozen=True)
class Recordings:
    """Series of unequal length, (T, F) each, and the class of each: 0 .. len(classes) - 1."""

    series: list[Array]
    labels: Array
    classes: tuple[str, ...]


def load_vowels(part: str) -> Recordings:
    """The 270 recordings of "train", 30 of each speaker, or the 370 of "test".

    Raises ValueError for another part, CorpusError where the wheel cannot be had.
    """
    check_choice("part", part, ("train", "test"))
    return parse_ts(*read_from_wheel(AEON, f"{FOLDER}/JapaneseVowels_{part.upper()}.ts"))


def parse_ts(text: str) -> Recordings:
    """The recordings in a file of the form .ts, in which series have lengths of their own.

    After "@data" a line is a series: F features divided by colons, T steps by commas, the class.
    """
    head, _, data = text.partition("@data\n")
    (listed,) = (line for line in head.splitlines() if line.startswith("@classLabel"))
    classes = tuple(listed.split()[2:])
    series, labels = [], []
    for line in data.splitlines():
        *features, label = line.split(":")
        series.append(np.array([feature.split(",") for feature in features], np.float64).T)
        labels.append(classes.index(label))
    return Recordings(series, np.array(labels), classes)
