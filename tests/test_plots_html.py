"""Text and tables in HTML: the words are those given, and each shade is that of its number."""

import base64
import re

import numpy as np
import pytest

from rnnlib.data import read_wav
from rnnlib.plots.html import (
    Html,
    as_table,
    filter_tables,
    shade_surprise,
    shade_values,
    show_players,
)
from rnnlib.writing import Sampler
from tests.helpers import raises_sentence

LOGITS = np.log([0.1, 0.5, 0.15, 0.25])
CELL = re.compile(
    r"<td(?: style=\"--n: ([\d.]+); background-color: rgba\(204, 121, 167, \1\)\")?>(.*?)</td>"
)


def test_a_cell_shows_html_and_plain_text_where_there_is_none():
    shown = Html("<p>a</p>", "a")
    assert (shown._repr_html_(), repr(shown)) == ("<p>a</p>", "a")


def test_a_table_holds_its_words_and_its_columns_line_up_in_plain_text():
    shown = as_table(["name", "loss"], [["a <b>", 1.5], ["c", 12]])
    assert repr(shown) == "name   loss\na <b>   1.5\nc        12"
    assert '<th scope="col">loss</th>' in shown.html
    assert '<th scope="row">a &lt;b&gt;</th><td>1.5</td>' in shown.html
    with raises_sentence(ValueError, "2 cells"):
        as_table(["name", "loss"], [["a"]])


def test_a_heading_reaches_across_the_columns_and_opens_a_group():
    shown = as_table(["", "rate"], ["LSTM & co", ["zero", 1], ["carried", 2], "GRU", ["zero", 3]])
    lines = ["         rate", "LSTM & co", "zero        1", "carried     2", "GRU", "zero        3"]
    assert repr(shown).splitlines() == lines
    assert '<tr><th scope="rowgroup" colspan="2">LSTM &amp; co</th></tr>' in shown.html
    assert [group.count("<tr>") for group in shown.html.split("<tbody>")[1:]] == [3, 2]
    assert shown.html.count("</tbody>") == 2


def test_a_number_in_the_head_is_written_as_it_is():
    shown = as_table(["rate", 0.5], [["loss", 1]])
    assert '<th scope="col">0.5</th>' in shown.html


def test_filters_are_rows_of_what_is_left_in_hundredths():
    filters = {"all": Sampler(), "two": Sampler(top_k=2), "cold": Sampler(0.1)}
    shown = filter_tables({"here": LOGITS}, filters, "ab\nd", most=3)
    assert re.findall(r'scope="col">(.*?)<', shown.html) == ["b", "d", "⏎"]
    cells = CELL.findall(shown.html.partition("<tbody>")[2])
    assert [word for _, word in cells] == ["50", "25", "15", "67", "33", "", "100", "·", "·"]
    shades = [float(shade or 0) for shade, _ in cells[:6]]
    np.testing.assert_allclose(shades, np.sqrt([0.5, 0.25, 0.15, 2 / 3, 1 / 3, 0]), atol=0.005)
    assert repr(shown).startswith("here\n")


def test_logits_of_more_than_one_step_are_refused():
    with raises_sentence(ValueError, "(2, 4)", "4 characters"):
        filter_tables({"here": [LOGITS, LOGITS]}, {"all": Sampler()}, "abcd")


def test_each_character_has_its_surprise_and_its_shade():
    shown = shade_surprise({"a & b": ("x<\ny", [np.nan, 3.0, 9.0, 0.0])}, highest=6)
    assert "<p>a &amp; b</p>" in shown.html
    inside = re.search(r"<pre>(.*)</pre>", shown.html, re.S)[1]
    spans = re.findall(
        r'title="([\d.]+) nats" style="--n: ([\d.]+);[^>]*>(.*?)</span>', inside, re.S
    )
    assert spans == [("3.0", "0.5", "&lt;"), ("9.0", "1", "⏎\n")]
    assert re.sub(r"<.*?>", "", inside) == "x&lt;⏎\ny"
    assert repr(shown) == "a & b\nx<\ny"
    assert "1.5" in shown.html.partition("scale")[2]


def test_a_value_is_shaded_between_low_and_high():
    shown = shade_values({"unit 3": ("abcde", [-1, -2, 0, 1, np.nan])}, "c of unit 3", -1, 1)
    spans = re.findall(r'title="(.*?)" style="--n: ([\d.]+);[^>]*>(.)</span>', shown.html)
    assert spans == [("0", "0.5", "c"), ("1", "1", "d")]
    assert "c of unit 3: <span> -1 </span>" in shown.html
    assert "> 0.5 </span>" in shown.html


@pytest.mark.parametrize("nats", [[1.0], [[1.0, 2.0]], 1.0])
def test_a_surprise_that_does_not_fit_the_text_is_refused(nats):
    with raises_sentence(ValueError, str(np.shape(nats)), "2 characters"):
        shade_surprise({"a": ("ab", nats)})
    with raises_sentence(ValueError, "0 characters"):
        shade_surprise({"a": ("", [])})


# players: the words are for those who cannot hear or see


SOUND = np.sin(np.arange(22_050) / 20) * 1.5


def test_a_player_holds_its_sound_and_what_is_too_loud_is_cut_off(tmp_path):
    html = show_players({"A tone.": SOUND, "Half.": SOUND[:11_025] / 3})._repr_html_()
    found = re.findall(r'src="data:audio/wav;base64,([^"]*)"', html)
    for text, expected in zip(found, (np.clip(SOUND, -1, 1), SOUND[:11_025] / 3), strict=True):
        (tmp_path / "a.wav").write_bytes(base64.b64decode(text))
        samples, rate = read_wav(tmp_path / "a.wav")
        assert rate == 22_050
        np.testing.assert_allclose(samples, expected, atol=1e-4)


def test_a_player_has_a_name_and_a_sentence_that_stays_where_nothing_plays():
    shown = show_players({'Said "7" & 3.': SOUND})
    said = "Said &quot;7&quot; &amp; 3. (1.0 seconds of sound)"
    assert re.findall(r'<audio controls="" aria-label="([^"]*)"', shown._repr_html_()) == [said]
    assert f">{said}</p>" in shown._repr_html_()
    assert repr(shown) == 'Said "7" & 3. (1.0 seconds of sound)'


def test_what_is_no_sound_is_refused():
    with raises_sentence(ValueError, "'x' must be one row of samples, not of shape (2, 3)."):
        show_players({"x": np.zeros((2, 3))})
