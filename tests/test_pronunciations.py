"""How words are spoken: the dictionary as it is read, and words held out whole."""

from benchmarks.translating import load_phonemes
from rnnlib.data.pronunciations import load_sounds, read_dictionary, split_words

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
