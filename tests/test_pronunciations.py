"""How words are spoken: the dictionary as it is read, and words held out whole."""

import operator

import numpy as np

from rnnlib.data.pronunciations import (
    load_phonemes,
    load_sounds,
    read_dictionary,
    split_words,
    without_shared_prefix,
)
from rnnlib.text.vocab import Symbols
from tests.helpers import assert_refused

TEXT = """'bout B AW1 T
a AH0
a(2) EY1
a. EY1
aalborg AO1 L B AO0 R G # place, danish
record R AH0 K AO1 R D
record(2) R EH1 K ER0 D
record(3) R AH1 K AO0 R D
"""


def test_a_dictionary_loses_stress_comments_and_signs_and_keeps_every_way():
    assert read_dictionary(TEXT) == {
        "a": (("AH",), ("EY",)),
        "aalborg": (("AO", "L", "B", "AO", "R", "G"),),
        "record": (("R", "AH", "K", "AO", "R", "D"), ("R", "EH", "K", "ER", "D")),
    }


def test_the_whole_dictionary():
    sounds, phonemes = load_sounds(), load_phonemes()
    assert len(phonemes) == 39
    assert {sound for ways in sounds.values() for way in ways for sound in way} == set(phonemes)
    assert len(sounds) == 117_493
    assert sounds["knight"] == (("N", "AY", "T"),)
    assert len(sounds["read"]) == 2
    assert all(word.isascii() and word.islower() for word in sounds)


def test_words_are_held_out_whole_and_by_seed():
    words = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]
    train, held = split_words(words, seed=1)
    assert sorted(train + held) == words
    assert len(held) == 2
    assert split_words(reversed(words), seed=1) == (train, held)
    assert split_words(words, seed=2) != (train, held)


def test_kin_are_words_with_the_same_beginning():
    assert without_shared_prefix(["walked", "wander", "cat"], ["walks", "walke", "cats"]) == [
        "wander",
        "cat",
    ]
    assert without_shared_prefix(["cat"], ["cat"]) == []


def test_symbols_have_the_id_of_their_place():
    symbols = Symbols(["AA", "B", "CH"])
    np.testing.assert_array_equal(symbols.encode(("CH", "AA")), [2, 0])
    assert symbols.decode([2, 0]) == ("CH", "AA")
    assert len(symbols) == 3
    assert symbols.encode([]).shape == (0,)


def test_symbols_keep_the_order_in_which_they_are_given():
    symbols = Symbols(["ZH", "AA", "M"])
    assert symbols.encode(["AA", "ZH", "M"]).tolist() == [1, 0, 2]
    assert symbols.decode([0, 1, 2]) == ("ZH", "AA", "M")


def test_bad_symbols_get_a_sentence():
    cases = [
        (lambda: Symbols(["A", "B", "A"]), "'A' is given twice"),
        (lambda: Symbols(["A"]), "at least 2"),
        (lambda: Symbols("AB").encode(["C"]), "'C' is not among the 2 symbols"),
        (lambda: Symbols("AB").decode([2]), "out of range"),
    ]
    assert_refused(operator.call, cases)
