"""The slides: whole on every screen, one framework at a time, by keyboard, with notes, on paper."""

import re
from collections import Counter

import pikepdf
import pytest
from bs4 import BeautifulSoup

from tests.helpers import assert_none, raises_sentence
from tests.site.test_files import collect, leads_nowhere
from tests.site.visits import SITE, check_no_trouble, find_trouble, read, visit
from website.extensions.slides import Deck, ExtensionError, read_decks

DECK = "slides/one_lecture.html"
# What reaches out of a slide's frame or over its last line; code that is long, small, too wide, of
# both frameworks, or begins inside a block.
FAULTS = """() => Reveal.getSlides().flatMap((slide, number) => {
  Reveal.slide(number);
  const frame = slide.firstElementChild.getBoundingClientRect();
  const end = slide.querySelector(".source")?.getBoundingClientRect().top ?? frame.bottom;
  const shown = [...slide.querySelectorAll("h2, .shown *:not(defs, defs *)")];
  const faults = shown.filter((part) => {
    const { left, right, top, bottom, width } = part.getBoundingClientRect();
    const isInside = left >= frame.left && right <= frame.right && top >= frame.top;
    return width && !(isInside && bottom <= end + 1);
  });
  const code = shown.filter((part) => part.tagName === "PRE" && part.offsetWidth);
  const lines = code.filter((pre) => pre.closest(".cell_input")).map((pre) => pre.innerText.trim());
  const size = (pre) => (parseFloat(getComputedStyle(pre).fontSize) * frame.height) / 900;
  faults.push(...code.filter((pre) => size(pre) < 24));
  const isTorn = (pre) => pre.closest(".cell_input") && /^\\s/.test(pre.textContent);
  faults.push(...code.filter((pre) => isTorn(pre) || pre.scrollWidth > pre.clientWidth));
  const isLong = lines.join("\\n").split("\\n").length > 9;
  if (isLong || new Set(code.map((pre) => pre.closest(".cell"))).size > 1) faults.push(...code);
  return faults.map((part) => `slide ${number + 1}, ${part.tagName}: ${part.textContent}`);
})"""
CHOSEN = "[document.documentElement.dataset.framework, document.documentElement.dataset.theme]"


@pytest.mark.parametrize("framework", ["keras", "torch"])
@pytest.mark.parametrize("screen", [(1920, 1080), (1024, 768)])
def test_every_slide_fits_its_screen(page, base, screen, framework):
    size = dict(zip(("width", "height"), screen, strict=True))
    visit(page, f"{base}{DECK}?framework={framework}", size)
    assert page.evaluate("Reveal.getTotalSlides()") > 20
    assert_none(page.evaluate(FAULTS), "Show less, or mend website/slides/slides.css.")
    assert page.evaluate(CHOSEN) == [framework, "light"]
    check_no_trouble(page, base)


def test_slides_turn_and_change_by_keyboard_and_the_book_follows(page, base, panels):
    visit(page, base + DECK)
    assert page.evaluate(CHOSEN) == ["keras", "light"]
    for key in ("ArrowRight", "c", "t"):
        page.keyboard.press(key)
    assert page.evaluate("Reveal.getIndices().h") == 1
    assert page.evaluate(CHOSEN) == ["torch", "dark"]
    visit(page, base + panels)
    assert page.evaluate(CHOSEN) == ["torch", "dark"]


def test_the_presenter_has_notes_in_a_window_also_from_a_file(page):
    visit(page, (SITE / DECK).as_uri())
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    opened.value.get_by_text("Press S for these notes").wait_for()
    opened.value.close()
    assert find_trouble(page, "file:") == []


def test_each_question_has_a_slide_and_the_next_one_answers_all_with_notes_and_whole_links():
    table = BeautifulSoup(read("chapters/one_lecture.html"), "html.parser").select("tbody tr")
    asked = " ".join(row.select("td")[3].get_text() for row in table)
    deck = BeautifulSoup(read(DECK), "html.parser")
    slides = deck.select(".slides > section")
    questions = [n for n, slide in enumerate(slides) if slide.select(".question")]
    assert [slides[n].h2.get_text() for n in questions] == re.findall(r"\S[^?]*\?", asked)
    assert not any(slides[n + 1].select(".question") for n in questions)
    assert all(slide.select_one(".notes").get_text() for slide in slides)
    assert "= 0.3726" in deck.get_text()  # an answer is told with its equations
    addresses = collect(DECK).links + collect(DECK).loads
    assert [url for url in addresses if leads_nowhere(DECK, url)] == []
    assert max(Counter(part["id"] for part in deck.select("[id]")).values()) == 1


def test_the_deck_is_printed_a_slide_a_page_and_light(page, base, tmp_path):
    page.evaluate("localStorage.setItem('mode', 'dark')")
    visit(page, f"{base}{DECK}?print-pdf")
    page.locator(".pdf-page").last.wait_for()
    assert page.evaluate(CHOSEN)[1] == "light"
    page.pdf(path=tmp_path / "deck.pdf", prefer_css_page_size=True)
    with pikepdf.open(tmp_path / "deck.pdf") as printed:
        assert len(printed.pages) == len(read_decks()["one_lecture"])


def test_a_source_that_has_gone_and_a_question_that_no_slide_asks_stop_the_build():
    row = "<tr><td>0-8</td><td></td><td>look</td><td><p>Why? How?</p></td></tr>"
    article = BeautifulSoup(f"<table><tbody>{row}</tbody></table>", "html.parser")
    slide = read_decks()["one_lecture"][1] | {"row": 1, "show": ["#gone"], "page": "04"}
    with raises_sentence(ExtensionError, "no slide asks question 2 in row 1 of"):
        Deck("page", [slide], lambda name: article).html()
    with raises_sentence(ExtensionError, "takes #gone of chapters/04"):
        Deck("page", [slide, slide | {"ask": 2}], lambda name: article).html()
    with raises_sentence(ExtensionError, "has lines [1, 2, 3], which are not pairs"):
        Deck("page", [], lambda name: article).prepare(slide, article, [1, 2, 3])
    with raises_sentence(ExtensionError, "has no row 2 with 1 questions"):
        Deck("page", [slide | {"row": 2}], lambda name: article).slide(slide | {"row": 2})
