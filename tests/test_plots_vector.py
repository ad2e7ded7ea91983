"""Vectors: the same bytes each time, letters for phones, and nothing of the figure changed."""

import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbval.plugin import get_sanitize_patterns

from rnnlib.plots import draw_states, use_style
from tests.helpers import assert_none
from tests.notebooks import NOTEBOOKS, ROOT, code_cells, place_of
from website.figures.vector import LETTERS, NARROW, PHONE, draw_both, fits_phone

NUMBER = r"([\d.]+)"
EACH = re.compile(rf'data-letters="{NUMBER}".*?viewBox="0 0 {NUMBER} {NUMBER}"', re.S)


def sizes(svg):
    """(smallest letters, width, height) of the wide drawing and of the narrow one."""
    return [tuple(map(float, found)) for found in EACH.findall(svg)]


def curves(size=(7, 3), panels=1):
    fig, axes = plt.subplots(1, panels, figsize=size, squeeze=False)
    for ax in axes[0]:
        ax.plot([0, 1, 2], [2, 1, 0], label="falls")
        ax.set(xlabel="step", ylabel="loss")
    return fig, axes[0]


@pytest.fixture(autouse=True)
def style():
    """The book's style, for one test."""
    with mpl.rc_context():
        use_style()
        yield
    plt.close("all")


def test_style_is_that_of_the_book_with_a_size_of_its_own():
    use_style(size=(5, 3))
    assert plt.rcParams["axes.spines.top"] is False
    assert plt.rcParams["figure.figsize"] == [5, 3]


@pytest.mark.parametrize("kind", ["curves", "heat map"])
def test_a_figure_gives_the_same_bytes_each_time_and_stays_as_it_is(kind):
    fig, (ax,) = curves()
    if kind == "heat map":
        draw_states(ax, np.linspace(-1, 1, 12).reshape(4, 3), "abcd")
    before = fig.get_size_inches().tolist(), ax.get_position().bounds
    first = draw_both(fig)
    assert draw_both(fig) == first
    assert (fig.get_size_inches().tolist(), ax.get_position().bounds) == before
    assert "date" not in first
    assert not re.search(r'\bd="[^"]*\d\.\d\d', first)


def test_a_bitmap_of_many_rows_fills_its_axes():
    """Rounded to a tenth, what multiplies 257 rows would leave a strip empty."""
    fig = plt.figure(figsize=(7, 3), layout="none")
    ax = fig.add_axes((0.1, 0.1, 0.8, 0.8))
    ax.imshow(np.arange(257 * 106).reshape(257, 106), aspect="auto", interpolation="none")
    svg = draw_both(fig)
    matrix = re.search(rf"matrix\({NUMBER} 0 0 (-?{NUMBER})", svg)
    width, height = (
        float(re.search(rf'<image[^>]* {side}="{NUMBER}"', svg)[1]) for side in ("width", "height")
    )
    assert float(matrix[1]) * width == pytest.approx(0.8 * 7 * 72, abs=0.5)
    assert abs(float(matrix[2])) * height == pytest.approx(0.8 * 3 * 72, abs=0.5)


def test_words_are_words():
    fig, (ax,) = curves()
    ax.set_title("A title")
    assert ">A title</text>" in draw_both(fig)


def test_a_wide_figure_has_a_drawing_for_phones_with_letters_as_large():
    fig, _ = curves()
    (letters, width, _), (narrow_letters, narrow_width, _) = sizes(draw_both(fig))
    assert letters == narrow_letters == plt.rcParams["font.size"]
    assert width > 400 > NARROW * 72 + 10 > narrow_width
    assert narrow_letters * PHONE / narrow_width > LETTERS


def test_a_figure_that_fits_has_one_drawing():
    fig, _ = curves(size=(4, 3))
    assert len(sizes(draw_both(fig))) == 1


@pytest.mark.parametrize(
    ("letters", "width", "fits"), [(8, 330, False), (8, 240, True), (7, 9, False)]
)
def test_it_fits_when_its_smallest_letters_are_11_pixels(letters, width, fits):
    assert fits_phone(f'<svg data-letters="{letters}" viewBox="0 0 {width} 9">') == fits


def test_small_letters_are_found_though_ticks_outside_count_for_nothing():
    fig, (ax,) = curves()
    ax.text(1, 1, "small", fontsize=7)
    ax.set_xticks([0, 9], ["in", "out"], fontsize=5)
    ax.set_xlim(-1, 3)
    (label,) = [label for label in ax.get_xticklabels() if label.get_text() == "in"]
    label.set_fontsize(9)
    assert {letters for letters, *_ in sizes(draw_both(fig))} == {7}


def test_where_words_would_collide_there_is_no_drawing_for_phones():
    fig, (ax,) = curves()
    for place in range(3):
        ax.text(place, 1, f"a long word, number {place}", ha="center")
    assert len(sizes(draw_both(fig))) == 1


@pytest.mark.parametrize("name", ["a name as long as half a phone", "short"])
def test_long_names_of_rows_stand_above_them_where_they_would_crowd_the_ticks(name):
    fig, ax = plt.subplots(figsize=(7, 3))
    ax.plot([1, 2, 3], [0, 1, 2], "o")
    ax.set_yticks(range(3), [f"{name} {row}" for row in range(3)], fontsize=8)
    ax.set_xticks([1, 2, 3], ["one second", "a minute", "an hour"], fontsize=8)
    svg = draw_both(fig)
    assert len(sizes(svg)) == 2
    places = re.findall(rf"text-anchor: (\w+)[^>]*>{name} \d</text>|>{name} \d</text>", svg)
    assert places == ["end"] * 3 + (["end"] * 3 if name == "short" else ["start"] * 3)


def test_axes_side_by_side_stand_one_above_the_other_on_a_phone():
    fig, _ = curves(size=(8, 3), panels=2)
    (_, _, height), (_, _, narrow_height) = sizes(draw_both(fig))
    assert narrow_height == pytest.approx(2 * height, rel=0.1)


@pytest.mark.parametrize("covers", [True, False])
def test_a_legend_that_would_cover_a_curve_is_lifted(covers):
    fig, (ax,) = curves()
    ax.legend(loc="upper left" if covers else "upper right")
    (_, _, height), (_, _, narrow_height) = sizes(draw_both(fig))
    assert (narrow_height > height + 8) == covers


def test_heat_maps_are_small_bitmaps_of_two_themes():
    fig, (ax,) = curves()
    draw_states(ax, np.linspace(-1, 1, 400).reshape(10, 40), "a" * 10)
    svg = draw_both(fig)
    pairs = re.findall(r'xlink:href="(data:[^"]*)" data-dark="(data:[^"]*)"', svg)
    assert len(pairs) == 4  # the states and their bar, wide and narrow
    assert all(light != dark for light, dark in pairs)
    assert len(svg) < 60_000


def test_markers_alike_say_once_how_they_look():
    fig, (ax,) = curves(size=(4, 3))
    ax.plot([0, 1, 2], [1, 1, 2], "o", color="#123456")
    ax.scatter([0, 1], [1, 2], c=["#111111", "#222222"])
    svg = draw_both(fig)
    assert re.search(
        r'<g clip-path="[^"]*" style="fill: #123456[^"]*">\n<use [^>]*y="[^"]*"/>', svg
    )
    assert "fill: #111111" in svg
    assert "fill: #222222" in svg
    assert "\n" not in re.sub(r">\n", ">", svg)


def compared(svg):
    """What nbval compares of a drawing."""
    text = (ROOT / "tests" / "figures.cfg").read_text(encoding="utf-8")
    for pattern, new in get_sanitize_patterns(text):
        svg = re.sub(pattern, new, svg)
    return svg


def test_nbval_compares_words_colours_and_parts_but_no_places():
    drawings = []
    for y, label, color in ((0, "a", "red"), (0.5, "a", "red"), (0, "b", "red"), (0, "a", "blue")):
        fig, (ax,) = curves(size=(4, 3))
        ax.plot([0, 1, 2], [1, y, 1], color=color, label=label)
        ax.legend()
        drawings.append(draw_both(fig))
    first, moved, renamed, recoloured = map(compared, drawings)
    assert drawings[0] != drawings[1]
    assert first == moved
    assert len({first, renamed, recoloured}) == 3


def stored_figures():
    """Every figure of the book: (place of its cell, the vector that is stored)."""
    for path in NOTEBOOKS:
        for cell in code_cells(path):
            for output in cell.outputs:
                if "image/svg+xml" in output.get("data", {}):
                    yield place_of(path, cell), output.data["image/svg+xml"]


def test_letters_of_each_figure_of_the_book_are_at_least_11_pixels_on_a_phone():
    """8 points are 11 pixels; a drawing too wide for a phone, with no narrow one, scrolls."""
    faults = []
    for place, svg in stored_figures():
        (smallest, *_), *narrow = sizes(svg)
        if smallest < 8:
            faults.append(f"{place}: letters of {smallest} points")
        faults += [
            f"{place}: on a phone letters of {letters * PHONE / width:.1f} pixels"
            for letters, width, _ in narrow
            if letters < 8 or letters * PHONE / width < LETTERS
        ]
    assert_none(faults, "Draw it with larger letters, in the function of rnnlib/plots/ it calls.")
