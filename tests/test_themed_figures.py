"""The colours of a figure in the page: its ink, its paper, and a partner for the dark theme."""

import re
from types import SimpleNamespace

import pytest

from rnnlib.plots.style import CELL_COLORS, COLORS, STATE_COLORS
from tests.figures import luminance
from website.extensions import themed_figures as themed

NAMED = {*COLORS.values(), *CELL_COLORS.values(), *STATE_COLORS.values()} - {COLORS["plain"]}
DARK = luminance([channel / 255 for channel in themed.DARK_PAGE])
SVG = """<svg data-letters="9" xmlns="w3" width="10pt" viewBox="0 0 10 5" version="1.1">
<defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
<g id="figure_1"><g id="patch_1"><path d="M 0 0" style="fill: #ffffff"/></g>
<path id="a" style="fill: #ffffff; stroke: #000000"/><use xlink:href="#a" style="fill: #d55e00"/>
<g clip-path="url(#p1)"><text style="font-size: 9px; font-family: 'DejaVu Sans', sans-serif;">
not #000000</text></g>
<image xlink:href="data:day" data-dark="data:night" width="5"/></g></svg>"""


@pytest.mark.parametrize("color", sorted(NAMED))
def test_each_colour_of_the_book_is_seen_on_a_dark_page(color):
    assert (luminance(themed.PARTNERS[color.lower()]) + 0.05) / (DARK + 0.05) > 4.5


@pytest.mark.parametrize("color", ["#e9e6ff", "#4b3fb5", "#bbbbbb", "#1f2328"])
def test_another_colour_stands_as_far_from_a_dark_page_as_from_a_white_one(color):
    on_white = 1.05 / (luminance(color) + 0.05)
    on_dark = (luminance(themed.partner(color)) + 0.05) / (DARK + 0.05)
    assert on_dark == pytest.approx(on_white, rel=0.1)


def test_a_bright_line_stays_bright():
    assert (luminance(themed.partner("#7ad151")) + 0.05) / (DARK + 0.05) > 4


def test_partners_of_colours_differ():
    assert len({themed.partner(color.lower()) for color in NAMED}) == len(NAMED)


def test_black_is_ink_white_is_paper_and_the_page_shows_through():
    code = themed.prepare(SVG, "f0-")
    assert code.startswith('<svg viewBox="0 0 10 5" aria-hidden="true">')
    assert "fill: var(--page); stroke: var(--ink)" in code
    assert "fill: light-dark(#d55e00,#ff8a3d)" in code
    assert "not #000000" in code
    assert not any(gone in code for gone in ("patch_1", "<style", "DejaVu", "xlink"))


def test_an_exponent_has_letters_of_8_points_and_keeps_its_place():
    parts = ((0, -1, 10, "1"), (6.4, -1, 10, "0"), (12.8, -5, 7, "−"), (18.7, -5, 7, "4"))
    spans = "\n".join(
        f'<tspan x="{x}" y="{y}" style="font-size: {size}px; font-family: a">{sign}</tspan>'
        for x, y, size, sign in parts
    )
    code = themed.prepare(SVG.replace("not #000000", spans), "f0-")
    found = re.findall(r'<tspan x="(.*?)" y="(.*?)" style="font-size: (\d+)px', code)
    assert found[:3] == [("0", "-1", "10"), ("6.4", "-1", "10"), ("12.8", "-5", "8")]
    assert found[3] == ("19.5", "-5", "8")  # 5.9 · 8 / 7 further right


def test_names_inside_a_drawing_are_its_own():
    code = themed.prepare(SVG, "f0-")
    assert 'id="f0-a"' in code
    assert 'href="#f0-a"' in code
    assert "url(#f0-p1)" in code


def test_each_theme_has_its_bitmap():
    code = themed.prepare(SVG, "f0-")
    assert '<image class="by-day" href="data:day" width="5"/>' in code
    assert '<image class="by-night" href="data:night" width="5"/>' in code


def test_both_widths_lie_in_one_box_with_its_words():
    both = SVG.replace("</svg>", f'<defs class="narrow">{SVG}</defs></svg>')
    code = themed.draw(both, 'a "curve"', "f0-")
    assert code.startswith('<div class="vector both" role="img" aria-label="a &quot;curve&quot;">')
    assert code.count("<svg") == 2
    assert code.count('style="--w:10;--h:5;--letters:9"') == 2
    assert 'id="f0-w-a"' in code
    assert 'id="f0-n-a"' in code
    assert themed.draw(SVG, "", "f0-").count("<svg") == 1


def test_a_table_beside_a_picture_has_no_caption():
    page = {"figure": {"caption": "x"}, "image": {}}
    token = SimpleNamespace(meta={"metadata": {"tags": ["table"], "mystnb": page}})
    kept, seen = token.meta["metadata"], []

    def render(_, token, outputs):
        seen.append((outputs, token.meta["metadata"]))

    outputs = [{"data": {"image/png": ""}}, {"data": {"text/html": ""}}, {"text": "printed"}]
    themed.caption_pictures_only(render)(None, token, outputs)
    assert [found for found, _ in seen] == [[output] for output in outputs]
    assert ["figure" in metadata["mystnb"] for _, metadata in seen] == [True, False, False]
    assert all("image" in metadata["mystnb"] for _, metadata in seen)
    assert token.meta["metadata"] is kept
