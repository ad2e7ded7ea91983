"""Dates as people write them in twelve locales, their ISO form, and which character says which.

How a locale writes a date is read from the Unicode CLDR, which Babel carries. Dates
are made, not collected, so the right answer of each is known, and so are the characters that each
digit of the answer comes from.
"""

import datetime
import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from rnnlib.checks import check_whole

LOCALES = ("en_US", "en_GB", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "tr", "hu")
STYLES = ("full", "long", "medium", "short")  # the four that every locale has
SKELETONS = ("yMd", "yMEd", "yMMdd", "yMMMd", "yMMMEd", "yMMMMd", "yMMMMEd", "yMMMMEEEEd")
FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)

PLACES = {"y": (0, 1, 2, 3), "m": (5, 6), "d": (8, 9)}  # where each field stands in 2005-03-07
PARTS = {"y": "y", "M": "m", "L": "m", "d": "d"}  # the letters of the CLDR for these fields
NOWHERE = (0, 0)  # the span of a character that no part of the input says


@dataclass(frozen=True)
class DateFormat:
    """One way to write a date: the locale, the CLDR's pattern, and the pattern cut into pieces.

    A piece is (letter, how many of it) for a field, or ("", text) for what stands in between.
    """

    locale: str
    pattern: str
    pieces: tuple[tuple[str, int | str], ...] = field(repr=False, compare=False)

    @property
    def in_words(self) -> bool:
        """Whether the month is a word, and not a number."""
        return any(letter in "ML" and int(n) > 2 for letter, n in self.pieces if letter)


@dataclass(frozen=True)
class Pair:
    """What is read, what is to be written, and for each character written the span of its source.

    `spans[i]` is (start, stop) in `source`, or (0, 0) where nothing in the source says it.
    """

    source: str
    target: str
    spans: tuple[tuple[int, int], ...]
    formats: tuple[DateFormat, ...] = ()


def list_formats() -> list[DateFormat]:
    """Every way in which Babel writes a day, a month and a year of four digits in LOCALES.

    Years of two digits are left out: nothing says their century. Raises ImportError without Babel.
    """
    babel = _load("babel")
    found = {}
    for name in LOCALES:
        locale = babel.Locale.parse(name)
        patterns = [str(locale.date_formats[style]) for style in STYLES]
        kept = locale.datetime_skeletons
        patterns += [str(kept[name].pattern) for name in SKELETONS if name in kept]
        for pattern in patterns:
            made = DateFormat(name, pattern, _cut(pattern))
            letters = [letter for letter, _ in made.pieces if letter]
            if _is_plain(made) and {"y", "d"} <= set(letters):
                found[name, pattern] = made
    return list(found.values())


def write_date(date: datetime.date, how: DateFormat) -> Pair:
    """`date` as `how` writes it, with its ISO form and the span that says each digit of it.

    A field written in as many digits as ISO uses is aligned digit by digit; a word, and a number
    without its leading 0, says both digits.
    """
    iso, text = date.isoformat(), ""
    spans = [NOWHERE] * len(iso)
    for letter, size in how.pieces:
        piece = _say(how.locale, letter, size, _number(date, letter)) if letter else str(size)
        places = PLACES.get(PARTS.get(letter, ""), ())
        by_digit = piece.isdigit() and len(piece) == len(places)
        for i, place in enumerate(places):
            start, stop = (i, i + 1) if by_digit else (0, len(piece))
            spans[place] = (len(text) + start, len(text) + stop)
        text += piece
    return Pair(text, iso, tuple(spans), (how,))


def join(pairs: Sequence[Pair], between: str = "; ", separator: str = " ") -> Pair:
    """Several dates in one line: the sources with `between`, the targets with `separator`."""
    source, target, spans = "", "", []
    for number, pair in enumerate(pairs):
        if number:
            source, target = source + between, target + separator
            spans += [NOWHERE] * len(separator)
        spans += [
            (start + len(source), stop + len(source)) if stop else NOWHERE
            for start, stop in pair.spans
        ]
        source, target = source + pair.source, target + pair.target
    return Pair(source, target, tuple(spans), tuple(how for pair in pairs for how in pair.formats))


def read_date(text: str, formats: Iterable[DateFormat]) -> set[str]:
    """The ISO form of every date that `text` can mean in one of these formats.

    The day of the week is not used to decide: 3/4/2005 is two dates, and so is "Mon, 3/4/2005".
    """
    found = set()
    for how in formats:
        rule, months = _reader(how)
        match = rule.fullmatch(text)
        if match:
            year, month, day = match["y"], match["m"], match["d"]
            number = months.get(month) or int(month)
            try:
                found.add(datetime.date(int(year), number, int(day)).isoformat())
            except ValueError:
                continue  # there is no 31 April
    return found


@dataclass(frozen=True)
class Split:
    """Which days and which formats are for training, and which are held out."""

    days: tuple[int, ...]
    held_days: tuple[int, ...]
    formats: tuple[DateFormat, ...]
    held_formats: tuple[DateFormat, ...]


def split_dates(formats: Sequence[DateFormat], seed: int = 0) -> Split:
    """Hold out a tenth of all days from 1900 to 2099, and one format in words of each locale.

    A locale with a single such format keeps it, for nobody could write months never read.
    """
    rng = np.random.default_rng(seed)
    days = rng.permutation(np.arange(FIRST.toordinal(), LAST.toordinal() + 1))
    cut = round(0.1 * len(days))
    held = set()
    for locale in sorted({how.locale for how in formats}):
        words = [how for how in formats if how.locale == locale and how.in_words]
        if len(words) > 1:
            held.add(words[rng.integers(len(words))])
    return Split(
        tuple(int(day) for day in np.sort(days[cut:])),
        tuple(int(day) for day in np.sort(days[:cut])),
        tuple(how for how in formats if how not in held),
        tuple(how for how in formats if how in held),
    )


def draw_dates(
    count: int,
    formats: Sequence[DateFormat],
    days: Sequence[int],
    seed: int = 0,
    per_line: int = 1,
    every_format: Sequence[DateFormat] | None = None,
) -> list[Pair]:
    """`count` lines of `per_line` dates each: a day and a format drawn uniformly for every date.

    A date that could mean another day in one of `every_format` (by default `formats`) is drawn
    again. Raises ValueError where there is nothing to draw from.
    """
    check_whole("count", count)
    check_whole("per_line", per_line)
    if not len(formats) or not len(days):
        raise ValueError("there is nothing to draw from: give at least one format and one day.")
    rng, lines = np.random.default_rng(seed), []
    for _ in range(count):
        line: list[Pair] = []
        for _ in range(1000 * per_line):
            day = datetime.date.fromordinal(days[int(rng.integers(len(days)))])
            pair = write_date(day, formats[int(rng.integers(len(formats)))])
            if is_clear(pair, formats if every_format is None else every_format):
                line.append(pair)
            if len(line) == per_line:
                break
        else:
            raise ValueError(
                "none of 1,000 drawn dates was clear: each could mean two days. Give other formats."
            )
        lines.append(join(line))
    return lines


def is_clear(pair: Pair, formats: Sequence[DateFormat]) -> bool:
    """Whether a single date means one day only. A month in words settles it without a search."""
    if all(how.in_words for how in pair.formats):
        return True
    return read_date(pair.source, [how for how in formats if not how.in_words]) <= {pair.target}


def _is_plain(how):
    """Whether a format holds fields of `write_date` alone, each once, and a year of four digits."""
    letters = [letter for letter, _ in how.pieces if letter]
    if any(n == 2 for letter, n in how.pieces if letter == "y"):
        return False
    return set(letters) <= {*PARTS, "E", "c"} and len(letters) == len(set(letters))


def _number(date, letter):
    """What a field depends on: the year, the month, the day, or the day of the week from 0."""
    part = PARTS.get(letter)
    return {"y": date.year, "m": date.month, "d": date.day}.get(part, date.weekday())


@cache
def _say(locale, letter, size, number):
    """A field of a pattern as a locale writes it."""
    day = {
        "y": lambda: datetime.date(number, 1, 1),
        "m": lambda: datetime.date(2001, number, 1),
        "d": lambda: datetime.date(2001, 1, number),
    }.get(PARTS.get(letter), lambda: datetime.date(2001, 1, 1 + number))()  # that was a Monday
    return _load("babel.dates").DateTimeFormat(day, locale)[letter * size]


@cache
def _cut(pattern):
    """A pattern as pieces; neighbouring pieces of text become one."""
    pieces: list[tuple[str, int | str]] = []
    for kind, value in _load("babel.dates").tokenize_pattern(pattern):
        if kind == "field":
            pieces.append(value)
        elif pieces and not pieces[-1][0]:
            pieces[-1] = ("", pieces[-1][1] + value)
        else:
            pieces.append(("", value))
    return tuple(pieces)


@cache
def _reader(how):
    """The regular expression of a format, and {name of a month: its number} where it has names."""
    rule, months = "", {}
    for letter, size in how.pieces:
        if not letter:
            rule += re.escape(size)
        elif letter == "y":
            rule += r"(?P<y>\d{4})"
        elif letter == "d" or (letter in "ML" and size < 3):
            rule += rf"(?P<{PARTS[letter]}>\d\d?)"
        elif letter in "ML":
            months = {_say(how.locale, letter, size, month): month for month in range(1, 13)}
            rule += f"(?P<m>{'|'.join(map(re.escape, months))})"
        else:
            names = [_say(how.locale, letter, size, day) for day in range(7)]
            rule += f"(?:{'|'.join(map(re.escape, names))})"
    return re.compile(rule), months


def _load(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(
            'writing dates needs Babel. Install it with pip install "rnnlib[dates]".'
        ) from None
