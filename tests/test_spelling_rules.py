"""Spelling to sound by rules: what the rules say, and that they know phonemes alone."""

import pytest

from rnnlib.data.pronunciations import load_sounds
from rnnlib.evaluation.spelling_rules import _rules, say_by_rules


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("knight", "N AY T"),  # the beginning of a word, and the longest rule
        ("banknote", "B AE NG K N OW T"),  # kn is one sound at the beginning alone
        ("make", "M EY K"),  # the e that lengthens a vowel
        ("mat", "M AE T"),
        ("city", "S IH T IY"),  # c before i, y at the end
        ("cat", "K AE T"),
        ("thinking", "TH IH NG K IH NG"),
        ("aa", "AE AH"),  # a at the end
        ("phone", "F OW N"),
    ],
)
def test_what_the_rules_say(word, sounds):
    assert " ".join(say_by_rules(word)) == sounds


def test_every_letter_can_be_read_and_every_sound_is_one_of_the_dictionary():
    known = {sound for ways in load_sounds().values() for way in ways for sound in way}
    assert {sound for _, sounds in _rules() for sound in sounds} <= known
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert all(say_by_rules(f"m{letter}m"))


@pytest.mark.parametrize("word", ["", "Cat", "don't", "é"])
def test_other_signs_get_a_sentence(word):
    with pytest.raises(ValueError, match="letters a to z"):
        say_by_rules(word)
