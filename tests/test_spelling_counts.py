"""Spelling to sound by counting: alignments against all cuts, and what is said in new words."""

import itertools

import numpy as np

from benchmarks.spelling_counts import UNMET, align, count_spelling, say_by_counts

LIKELY = {"a": {("A",): -0.1, (): -3.0}, "x": {("K", "S"): -0.2, ("K",): -1.0}, "e": {(): -0.3}}


def all_cuts(word, sounds):
    """Every way to give each letter none, one or two phonemes, in order."""
    for sizes in itertools.product(range(3), repeat=len(word)):
        if sum(sizes) == len(sounds):
            ends = np.cumsum([0, *sizes])
            yield [sounds[a:b] for a, b in itertools.pairwise(ends)]


def total(word, cut):
    return sum(LIKELY[letter].get(piece, UNMET) for letter, piece in zip(word, cut, strict=True))


def test_the_alignment_is_the_likeliest_of_all_cuts():
    for word, sounds in {"axe": ("A", "K", "S"), "xax": ("K", "A", "S", "K")}.items():
        best = max(all_cuts(word, sounds), key=lambda cut: total(word, cut))
        assert total(word, align(word, sounds, LIKELY)) == total(word, best)
    assert align("axe", ("A", "K", "S"), LIKELY) == [("A",), ("K", "S"), ()]


def test_of_cuts_that_are_as_likely_the_later_letters_say_more():
    for word, sounds in {"aa": ("X", "Y"), "xxx": ("P", "Q"), "axx": ("A", "P")}.items():
        cuts = list(all_cuts(word, sounds))
        most = max(total(word, cut) for cut in cuts)
        alike = [cut for cut in cuts if total(word, cut) == most]
        assert len(alike) > 1
        last = max(alike, key=lambda cut: [len(piece) for piece in reversed(cut)])
        assert align(word, sounds, LIKELY) == last


def test_more_than_two_phonemes_a_letter_cannot_be_aligned():
    assert align("a", ("A", "B", "C"), LIKELY) is None


def test_a_letter_says_what_it_said_most_often_where_it_stands():
    sounds = {"cat": ("K", "A", "T"), "city": ("S", "I", "T", "I"), "cab": ("K", "A", "B")}
    sounds |= {"bit": ("B", "I", "T"), "tab": ("T", "A", "B"), "cit": ("S", "I", "T")}
    counts = count_spelling(list(sounds), sounds)
    assert all(say_by_counts(word, counts) == said for word, said in sounds.items())
    assert say_by_counts("cib", counts)[0] == "S"  # before i
    assert say_by_counts("cax", counts) == ("K", "A")  # before a; x was never met
