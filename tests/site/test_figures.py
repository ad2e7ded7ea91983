"""Figures in the page: its ink and paper in every theme, one drawing at a time, real words."""

import re

import pytest
from playwright.sync_api import expect

from tests.helpers import assert_none
from tests.site.axe import show_theme
from tests.site.visits import LAPTOP, PAGES, PHONE, look, read, shortest_page_with

INK = """() => {
  const seen = [...document.querySelectorAll(".vector text")].find((t) => t.checkVisibility());
  return [seen, document.querySelector("article")].map((e, i) => {
    const style = getComputedStyle(e);
    return i ? style.color : style.fill;
  });
}"""
DRAWN = "() => document.querySelectorAll('.vector.both').values().map((v) => " + (
    "[...v.children].filter((d) => d.checkVisibility()).map((d) => d.className)).toArray()"
)


@pytest.fixture
def figures(page, base):
    """A page with figures, some of which have a drawing for phones."""
    look(page, base + shortest_page_with('class="vector both"'))
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_are_in_the_ink_of_the_page(figures, scheme):
    show_theme(figures, scheme)
    fill, ink = figures.evaluate(INK)
    assert fill == ink


def test_print_is_black_on_white_even_in_the_dark(figures):
    figures.emulate_media(color_scheme="dark", media="print")
    assert figures.evaluate(INK)[0] == "rgb(0, 0, 0)"
    assert figures.locator(".by-night:visible").count() == 0


@pytest.mark.parametrize(("viewport", "kind"), [(LAPTOP, "wide"), (PHONE, "narrow")])
def test_one_drawing_is_shown_at_a_time(page, base, viewport, kind):
    look(page, base + shortest_page_with('class="vector both"'), viewport=viewport)
    assert {tuple(shown) for shown in page.evaluate(DRAWN)} == {(kind,)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_heat_map_is_that_of_the_theme(page, base, scheme):
    look(page, base + shortest_page_with('class="by-night"'))
    show_theme(page, scheme)
    shown, hidden = (".by-day", ".by-night")[:: 1 if scheme == "light" else -1]
    expect(page.locator(f"{shown} >> visible=true").first).to_be_visible()
    assert page.locator(f"{hidden} >> visible=true").count() == 0


def test_shaded_text_can_be_selected_and_each_character_tells_its_surprise(page, base):
    look(page, base + shortest_page_with('class="shaded">\n<p>1. found by search'))
    text = page.locator(".shaded pre").first
    expect(text.locator("span[title$=' nats']").first).to_be_visible()
    text.select_text()
    assert len(page.evaluate("getSelection().toString()")) > 250


def test_tables_of_results_are_tables_and_fit_or_scroll(page, base):
    look(page, base + shortest_page_with('class="results'), viewport=PHONE)
    assert page.locator("table.results th[scope=col]").count() > 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_figures_are_counted_by_chapter_or_by_page():
    faults = []
    for name in PAGES:
        chapter = re.search(r"/(\d\d)_", name)
        before = f"{int(chapter[1])}." if chapter else ""
        found = re.findall(r'caption-number">Fig. ([\d.]+) ', read(name))
        if found != [f"{before}{n}" for n in range(1, len(found) + 1)]:
            faults.append(f"{name}: {found}")
    assert_none(faults, "website/extensions/themed_figures.py counts those outside chapters.")
