"""What can be said of each place in a text, to be looked for in the state of its reader.

Every array holds a value for each character of the text: what is so after that character was read.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from rnnlib.interface import Array

KINDS = ("number", "yes/no", "class")
VOWELS = "aeiouAEIOU"
END = "\n"


class Property(NamedTuple):
    """Values (N,) of one kind, a number, a yes/no (0 or 1) or a class (0, 1, 2, ...), and the
    places where they are asked for, a mask (N,).
    """

    kind: str
    values: Array
    mask: Array


def is_any(text: str, characters: str) -> Array:
    """Whether each character of the text is one of these, booleans (N,)."""
    return np.isin(list(text), list(characters))


def since(hits: Array) -> Array:
    """How many characters ago the last hit was read, (N,): 0 at a hit. Before the first: since
    the beginning, which counts as one.
    """
    places = np.arange(len(hits))
    return places - np.maximum.accumulate(np.where(hits, places, -1))


def until(hits: Array) -> Array:
    """How many characters are still to come before the next hit, (N,): 0 right before one. After
    the last: before the end of the text.
    """
    return np.append(since(hits[::-1])[::-1][1:], 0)


def is_followed_by(text: str, wanted: str, among: str) -> Array:
    """Whether the next of the characters `among` that is still to come is `wanted`, (N,)."""
    nearest = until(is_any(text, among)) + np.arange(len(text)) + 1
    return np.array([text[at] == wanted if at < len(text) else False for at in nearest])


def letters(text: str) -> Array:
    """Whether each character belongs to a word: a letter or an apostrophe, (N,)."""
    return np.array([char.isalpha() or char == "'" for char in text])


class Speeches(NamedTuple):
    """The layout of a play, for each character (N,): whether it stands in a speaker's name, how
    many lines of the speech have begun (0 in the name, and before the first), the number of the
    speaker (-1 before the first), and the length of the line before.
    """

    in_name: Array
    line: Array
    speaker: Array
    line_before: Array


def speeches(text: str) -> Speeches:
    """Read the layout of Tiny Shakespeare: an empty line, the name and a colon, then the lines."""
    lines = text.split(END)
    at = np.cumsum(is_any(text, END)) - is_any(text, END)  # which line each character is in
    full = np.array([bool(line) for line in lines])
    before = np.append(False, full[:-1])  # whether the line before is full
    name = ~before & np.array([line.endswith(":") for line in lines])
    begun = np.cumsum(full)
    of_name = np.maximum.accumulate(np.where(name, begun, 0))  # lines up to the last name
    numbers = {line: n for n, line in enumerate(dict.fromkeys(np.array(lines)[name].tolist()))}
    last_name = np.maximum.accumulate(np.where(name, np.arange(len(lines)), -1))
    speaker = np.array([numbers[lines[n]] if n >= 0 else -1 for n in last_name])
    last_full = np.maximum.accumulate(np.where(full, np.arange(len(lines)), -1))
    last_full = np.append(-1, last_full[:-1])
    length = np.array([len(lines[n]) if n >= 0 else 0 for n in last_full])
    line = np.where(of_name > 0, begun - of_name, 0)
    return Speeches(name[at] & ~is_any(text, END), line[at], speaker[at], length[at])


def describe_play(text: str, speakers: int = 8) -> dict[str, Property]:
    """{name: Property} of a text in the layout of Tiny Shakespeare.

    Lengths are in characters; "log" is log(1 + n). Who speaks: of the most frequent `speakers`.
    """
    play, breaks = speeches(text), is_any(text, END)
    spoken, every = ~play.in_name & (play.line > 0), np.ones(len(text), bool)
    to_break, word = until(breaks), since(~letters(text))
    large = np.array([char.isupper() for char in text])
    begins_large = large[np.arange(len(text)) - np.maximum(word - 1, 0)]
    counts = Counter(play.speaker[play.speaker >= 0].tolist())
    often = {who: n for n, (who, _) in enumerate(counts.most_common(speakers))}
    who = np.array([often.get(speaker, -1) for speaker in play.speaker.tolist()])
    return {
        "column in the line": Property("number", since(breaks), every),
        "characters to the line's end": Property("number", to_break, spoken),
        "line break within 5": Property("yes/no", to_break <= 5, spoken & ~breaks),
        "inside a speaker's name": Property("yes/no", play.in_name, every),
        "position in the word": Property("number", np.minimum(word, 12), every),
        "capital began the word": Property("yes/no", begins_large, spoken & (word >= 6)),
        "since the last vowel": Property(
            "number", np.minimum(since(is_any(text, VOWELS)), 6), every
        ),
        "since . ? ! : (log)": Property("number", np.log1p(since(is_any(text, ".?!:"))), every),
        "sentence will end in ?": Property("yes/no", is_followed_by(text, "?", ".?!"), spoken),
        "first line of the speech": Property("yes/no", play.line == 1, spoken),
        "lines since the name (log)": Property("number", np.log1p(play.line), spoken),
        "length of the line before": Property("number", play.line_before, spoken),
        "who speaks": Property("class", np.maximum(who, 0), spoken & (who >= 0)),
    }


CLASSES = (
    "name",
    "after a line break",
    "end of line",
    "end of word",
    "first letter",
    "letter in a word",
    "other",
)


def classify(text: str) -> Array:
    """The class of each character of a play, as a number in CLASSES, (N,): the first that fits.

    Effects on the loss are split by it, as characters are hit differently.
    """
    letter, breaks = letters(text), is_any(text, END)
    after_letter, after_break = (np.append(False, hits[:-1]) for hits in (letter, breaks))
    fits = (
        speeches(text).in_name,
        after_break,
        breaks,
        ~letter & after_letter,
        letter & ~after_letter,
        letter,
    )
    return np.select(fits, range(len(fits)), len(fits))
