"""What is said of each place in a text: against a slow reading, and against a play read by eye."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnlib.probing import text_properties
from rnnlib.probing.text_properties import CLASSES, classify, describe_play, speeches

PLAY = "TOM:\nWho? Me,\nor you.\n\nANNE:\nI.\n\nTOM:\nOh no\n"
hits = st.lists(st.booleans(), min_size=1, max_size=30).map(np.array)


@given(hits)
def test_since_counts_from_the_last_hit_and_until_to_the_next(found):
    for i in range(len(found)):
        before = [j for j in range(i + 1) if found[j]]
        after = [j for j in range(i + 1, len(found)) if found[j]]
        assert text_properties.since(found)[i] == i - (before[-1] if before else -1)
        assert text_properties.until(found)[i] == (after[0] if after else len(found)) - i - 1


@given(st.text("a?.", min_size=1, max_size=20))
def test_what_comes_next_among_others(text):
    found = text_properties.is_followed_by(text, "?", "?.")
    for i in range(len(text)):
        rest = text[i + 1 :].replace("a", "")
        assert found[i] == rest.startswith("?")


def by_character(values):
    """The play's characters, each with its value, cut at the line breaks."""
    return list(zip(PLAY, values.tolist(), strict=True))


def test_the_layout_of_a_play():
    play = speeches(PLAY)
    named = "".join(char if yes else " " for char, yes in by_character(play.in_name))
    assert named.split() == ["TOM:", "ANNE:", "TOM:"]
    lines = {(char, n) for char, n in by_character(play.line) if char.isalpha()}
    assert ("W", 1) in lines
    assert ("y", 2) in lines
    assert ("h", 1) in lines
    assert ("M", 0) in lines
    who = [speaker for char, speaker in by_character(play.speaker) if char == ":"]
    assert who == [0, 1, 0]
    before = {char: n for char, n in by_character(play.line_before) if char in "Wy"}
    assert before == {"W": 4, "y": 8}
    assert play.line[-1] == 1  # the line break ends the last line


def test_before_the_first_name_there_is_no_speech():
    play = speeches("and so\n\nTOM:\nNo\n")
    assert (play.speaker[:8] == -1).all()
    assert (play.line[:8] == 0).all()
    assert play.line[-2] == 1
    found = describe_play("and so\n\nTOM:\nNo\n")
    assert not found["first line of the speech"].mask[:13].any()


def test_the_properties_of_a_place():
    found, at = describe_play(PLAY), PLAY.index("Me,") + 1  # after the e
    values = {name: prop.values[at] for name, prop in found.items()}
    assert values == {
        "column in the line": 7,
        "characters to the line's end": 1,
        "line break within 5": True,
        "inside a speaker's name": False,
        "position in the word": 2,
        "capital began the word": True,
        "since the last vowel": 0,
        "since . ? ! : (log)": pytest.approx(np.log(4)),
        "sentence will end in ?": False,
        "first line of the speech": True,
        "lines since the name (log)": pytest.approx(np.log(2)),
        "length of the line before": 4,
        "who speaks": 0,
    }
    assert found["sentence will end in ?"].values[PLAY.index("Who")]
    assert not found["line break within 5"].values[PLAY.index("Who")]


def test_a_capital_is_asked_for_from_the_sixth_letter_on():
    text = "TOM:\nWhatever is within"
    found = describe_play(text)["capital began the word"]
    asked = "".join(char for char, yes in zip(text, found.mask, strict=True) if yes)
    assert asked == "ver" + "n"
    assert found.values[found.mask].tolist() == [True, True, True, False]


def test_every_property_has_a_kind_and_a_value_for_every_place():
    for prop in describe_play(PLAY).values():
        assert prop.kind in text_properties.KINDS
        assert prop.values.shape == prop.mask.shape == (len(PLAY),)
        assert prop.kind != "yes/no" or prop.values.dtype == bool


def test_the_speakers_asked_for_are_the_most_frequent():
    found = describe_play(PLAY, speakers=1)["who speaks"]
    assert set(found.values[found.mask]) == {0}
    assert found.mask.sum() == sum(map(len, ("Who? Me,\n", "or you.\n", "\n", "Oh no\n")))


def test_every_character_is_in_one_class():
    found = "".join("nbewflo"[number] for number in classify(PLAY))
    assert len(CLASSES) == 7
    #               TOM:  W h o ?   M e ,   o r   y o u .       ANNE:  I .      TOM:  O h   n o
    assert found == "nnnnebllwoflweblwfllwebnnnnnebwebnnnneblwfle"
