"""Dates as people write them: the text, its ISO form, and which character says which digit."""

import datetime
import sys

import pytest
from babel.dates import format_date

from rnnlib.data.dates import (
    FIRST,
    LAST,
    LOCALES,
    NOWHERE,
    draw_dates,
    is_clear,
    join,
    list_formats,
    read_date,
    split_dates,
    write_date,
)

FORMATS = list_formats()
SPLIT = split_dates(FORMATS)
DAY = datetime.date(2005, 3, 7)


def find(locale, pattern):
    (how,) = [how for how in FORMATS if (how.locale, how.pattern) == (locale, pattern)]
    return how


def said_by(pair):
    """For each character of the target, the piece of the source that says it."""
    return [pair.source[start:stop] for start, stop in pair.spans]


def test_the_text_is_what_babel_writes_and_can_be_read_back(subtests):
    for how in FORMATS:
        with subtests.test(str(how)):
            for day in (DAY, FIRST, LAST, datetime.date(1999, 12, 31), datetime.date(2024, 2, 29)):
                pair = write_date(day, how)
                assert pair.source == format_date(day, how.pattern, locale=how.locale)
                assert pair.target == day.isoformat()
                assert pair.target in read_date(pair.source, [how])


def test_words_say_both_digits_and_full_numbers_one_each():
    pair = write_date(DAY, find("es", "EEEE, d 'de' MMMM 'de' y"))
    assert pair.source == "lunes, 7 de marzo de 2005"
    assert said_by(pair) == ["2", "0", "0", "5", "", "marzo", "marzo", "", "7", "7"]
    pair = write_date(datetime.date(2005, 11, 30), find("en_GB", "dd/MM/y"))
    assert said_by(pair) == ["2", "0", "0", "5", "", "1", "1", "", "3", "0"]


def test_every_span_says_its_digit(subtests):
    for how in FORMATS:
        with subtests.test(str(how)):
            for ordinal in range(FIRST.toordinal(), LAST.toordinal(), 1711):
                pair = write_date(datetime.date.fromordinal(ordinal), how)
                for place, (char, said) in enumerate(zip(pair.target, said_by(pair), strict=True)):
                    if char == "-":
                        assert pair.spans[place] == NOWHERE
                    elif said.isdigit():
                        number = pair.target[5:7] if place < 8 else pair.target[8:]
                        assert said in (char, number.lstrip("0"))
                    else:
                        month = datetime.date(2001, int(pair.target[5:7]), 1)
                        assert place in (5, 6)
                        assert said in (
                            format_date(month, size, locale=how.locale) for size in ("MMM", "MMMM")
                        ) or said in (
                            format_date(month, f"d {size}", locale=how.locale)[2:]
                            for size in ("MMM", "MMMM")
                        )


def test_a_line_of_dates_moves_the_spans():
    parts = [write_date(DAY, find("nl", "d-M-y")), write_date(LAST, find("hu", "y. MMMM d."))]
    line = join(parts)
    assert line.source == "7-3-2005; 2099. december 31."
    assert line.target == "2005-03-07 2099-12-31"
    assert said_by(line) == [*said_by(parts[0]), "", *said_by(parts[1])]
    assert said_by(line)[-2:] == ["3", "1"]


def test_a_date_that_means_two_days_is_seen_and_never_drawn():
    american, british = find("en_US", "M/d/y"), find("en_GB", "dd/MM/y")
    assert read_date("03/04/2005", [american, british]) == {"2005-03-04", "2005-04-03"}
    assert not is_clear(write_date(datetime.date(2005, 4, 3), british), FORMATS)
    assert is_clear(write_date(datetime.date(2005, 4, 13), british), FORMATS)
    assert is_clear(write_date(datetime.date(2005, 4, 4), british), FORMATS)
    assert is_clear(write_date(datetime.date(2005, 4, 3), british), [british])
    slashes = [how for how in FORMATS if "/" in how.pattern]
    for pair in draw_dates(200, slashes, SPLIT.days):
        assert read_date(pair.source, FORMATS) == {pair.target}


def test_what_is_drawn_means_one_day_among_all_formats():
    for pair in draw_dates(300, SPLIT.formats, SPLIT.days, seed=3, every_format=FORMATS):
        assert read_date(pair.source, FORMATS) == {pair.target}


def test_days_and_formats_are_held_out_and_none_is_lost():
    assert len(SPLIT.days) + len(SPLIT.held_days) == LAST.toordinal() - FIRST.toordinal() + 1
    assert not set(SPLIT.days) & set(SPLIT.held_days)
    assert len(SPLIT.held_days) == round(0.1 * 73049)
    assert {*SPLIT.formats, *SPLIT.held_formats} == set(FORMATS)
    assert len(SPLIT.formats) + len(SPLIT.held_formats) == len(FORMATS)
    assert sorted(how.locale for how in SPLIT.held_formats) == sorted(LOCALES)
    assert all(how.in_words for how in SPLIT.held_formats)
    drawn = draw_dates(200, SPLIT.held_formats, SPLIT.held_days, seed=1)
    held = {datetime.date.fromordinal(day).isoformat() for day in SPLIT.held_days}
    assert {pair.target for pair in drawn} <= held


def test_a_seed_decides_and_another_decides_otherwise():
    one, same, other = (
        draw_dates(20, FORMATS, SPLIT.days, seed=seed, per_line=2) for seed in (0, 0, 1)
    )
    assert one == same
    assert one != other
    assert all(len(pair.target) == 21 for pair in one)


def test_a_year_of_two_digits_is_in_no_format():
    assert all(("y", 2) not in how.pieces for how in FORMATS)
    assert ("es", "d/M/yy") not in {(how.locale, how.pattern) for how in FORMATS}


def test_bad_input_gets_a_sentence(subtests):
    for call, message in [
        (lambda: draw_dates(1, [], SPLIT.days), "at least one format"),
        (lambda: draw_dates(1, FORMATS, []), "at least one format"),
        (lambda: draw_dates(0, FORMATS, SPLIT.days), "count must be a whole number"),
        (lambda: draw_dates(1, FORMATS, SPLIT.days, per_line=0), "per_line must be"),
        (
            lambda: draw_dates(
                1, [find("en_US", "M/d/y")], [datetime.date(2005, 3, 4).toordinal()], 0, 1, FORMATS
            ),
            "none of 1,000",
        ),
    ]:
        with subtests.test(message), pytest.raises(ValueError, match=message):
            call()


def test_without_babel_the_reader_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(ImportError, match=r"rnnlib\[dates\]"):
        list_formats()
