"""Japanese vowels: nine speakers say "ae", each time in another length (aeon's wheel, BSD).

Recorded by Kudo, Toyama and Shimbo (1999), given to the UCI archive under CC BY 4.0. A step of
speech is 12 numbers of a linear prediction analysis. Shapes: T steps, F = 12 features.
"""

from dataclasses import dataclass

import numpy as np

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
    if part not in ("train", "test"):
        raise ValueError(f'part must be "train" or "test", not {part!r}.')
    return parse_ts(*read_from_wheel(AEON, f"{FOLDER}/JapaneseVowels_{part.upper()}.ts"))


def parse_ts(text: str) -> Recordings:
    """The recordings in a file of the form .ts, in which series have lengths of their own.

    After "@data" a line holds one series: F features divided by colons, the T numbers of each by
    commas, and the class last. Raises ValueError, with the number of the line, for a file without
    classes or data, features of unequal length, what is no finite number, and an unknown class.
    """
    classes: tuple[str, ...] = ()
    series, labels, in_data = [], [], False
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line or line.startswith("#"):
            continue
        if not in_data:
            word, *rest = line.split()
            if word.lower() == "@classlabel" and rest and rest[0].lower() == "true":
                classes = tuple(rest[1:])
            in_data = word.lower() == "@data"
            continue
        *features, label = line.split(":")
        if label not in classes:
            raise ValueError(
                f"line {number} has the class {label!r}, which is not among those that "
                f"@classLabel lists: {', '.join(classes) or 'none'}."
            )
        series.append(_parse_series(features, number))
        labels.append(classes.index(label))
    if not series:
        raise ValueError("the file holds no series after @data. Give a file of the form .ts.")
    return Recordings(series, np.array(labels), classes)


def _parse_series(features, number):
    """One series (T, F) from the texts of its F features."""
    rows = [feature.split(",") for feature in features]
    if len({len(row) for row in rows}) != 1:
        raise ValueError(
            f"line {number} has features of unequal length. Give every feature a number at each "
            "step."
        )
    try:
        found = np.array(rows, dtype=np.float64).T
    except ValueError:
        found = np.array([[np.nan]])
    if not np.isfinite(found).all():
        raise ValueError(
            f"line {number} holds what is no finite number. Fill or leave out what is missing."
        )
    return found
