"""Every page on a phone: quiet, no wider than the screen, its pictures described."""

import pytest
from playwright.sync_api import expect

from tests.site.visits import LAPTOP, PAGES, PHONE, check_quiet, first_page_with, visit


def test_a_printed_table_keeps_its_columns_and_scrolls_by_keyboard(page, base):
    visit(page, base + "chapters/12_go_deeper.html", viewport=PHONE)
    table = page.locator(".cell_output pre", has_text="AdamW     0.016").first
    lines = table.evaluate("pre => pre.textContent.trimEnd().split('\\n').length")
    height = "pre => pre.clientHeight / parseFloat(getComputedStyle(pre).lineHeight)"
    assert lines <= table.evaluate(height) < lines + 2
    assert table.evaluate("pre => pre.scrollWidth > pre.clientWidth && pre.tabIndex === 0")
    page.set_viewport_size(LAPTOP)  # where it has room, it is no stop of the Tab key
    expect(table).not_to_have_attribute("tabindex", "0")
    assert table.evaluate("pre => pre.scrollWidth === pre.clientWidth")


def test_what_check_says_wraps(page, base):
    visit(page, base + first_page_with("8.1: not yet"), viewport=PHONE)
    hint = page.locator(".cell_output pre", has_text="8.1: not yet").first
    assert hint.evaluate("pre => pre.scrollWidth <= pre.clientWidth")


def test_exercises_and_solutions_have_boxes(page, base):
    visit(page, base + first_page_with('class="exercise"'))
    widths = "all => all.map(s => getComputedStyle(s).borderTopWidth)"
    assert "0px" not in page.locator("section.exercise").evaluate_all(widths)
    solutions = page.locator("section.exercise .solution summary").all_inner_texts()
    assert solutions
    assert all(words.startswith("Hide solution") for words in solutions)


@pytest.fixture(scope="module", params=PAGES, ids=[page[:-5] for page in PAGES])
def opened(request, shared, base):
    """Every page, visited once for the tests that only look at it."""
    visit(shared, base + request.param, viewport=PHONE)
    return shared


def test_page_loads_from_the_folder_without_errors(opened, base):
    check_quiet(opened, base)


# Texts that stand in more than one line: options, and in tables numbers, ranges and names.
BROKEN = """
() => {
  const found = [], names = /[\\w.]{2,}/g, options = /--[\\w-]+/g;
  const numbers = /[-−]?\\d[\\d.,]*(?:-\\d[\\d.]*)?|\\([\\d.-]+\\)/g;
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text; (text = walker.nextNode()); ) {
    const code = text.parentElement.closest("code"), cell = text.parentElement.closest("td, th");
    if (!code && !cell || text.parentElement.closest("pre, svg, math")) continue;
    for (const words of code ? (cell ? [names, options] : [options]) : [numbers]) {
      for (const { 0: word, index } of text.data.matchAll(words)) {
        const range = new Range();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        const { height } = range.getBoundingClientRect();
        const line = parseFloat(getComputedStyle(text.parentElement).lineHeight);
        if (height > 1.5 * line) found.push(word);
      }
    }
  }
  return found;
}
"""


def test_no_option_number_or_name_is_parted_on_a_phone(opened):
    assert opened.evaluate(BROKEN) == []


WIDE_ELEMENTS = """
() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || box.right <= innerWidth + 1 || !element.checkVisibility()) return false;
  for (let up = element; up; up = up.parentElement) {
    const style = getComputedStyle(up);
    if (up !== element && /auto|scroll/.test(style.overflowX)) return false;
    if (style.position === "fixed" || style.clip !== "auto") return false;
  }
  return true;
}).map((element) => element.outerHTML.slice(0, 120))
"""


def test_page_fits_a_phone(opened):
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert opened.evaluate(WIDE_ELEMENTS) == []


def test_no_link_to_a_term_shows_its_markup(opened):
    shown = "all => all.map(a => a.textContent).filter(words => /[*`]/.test(words))"
    assert opened.eval_on_selector_all(".std-term", shown) == []


SMALL_IN_FIGURES = """
() => [...document.querySelectorAll(".vector :is(text, tspan)")].filter((text) => {
  if (!text.checkVisibility()) return false;
  const { a, b } = text.getScreenCTM();
  return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b) < 10.9;
}).map((text) => text.outerHTML)
"""


def test_letters_in_figures_can_be_read_on_a_phone(opened):
    assert opened.evaluate(SMALL_IN_FIGURES) == []


SCROLLING = """
() => [...document.querySelectorAll(".vector")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.ariaLabel)
"""


def test_no_figure_scrolls_sideways_on_a_phone(opened):
    assert opened.evaluate(SCROLLING) == []


def test_small_letters_are_seen(page, base):
    visit(page, base + first_page_with('class="vector both"'), viewport=PHONE)
    page.add_style_tag(content=".vector svg { font-size: 5px } .vector > div { width: 50% }")
    assert page.evaluate(SMALL_IN_FIGURES)


def test_pictures_have_words(opened):
    bare = "imgs => imgs.filter(i => !i.hasAttribute('alt')).map(i => i.outerHTML)"
    assert opened.eval_on_selector_all("img", bare) == []
    silent = "imgs => imgs.filter(i => !i.alt.trim() || i.alt.startsWith('../')).map(i => i.src)"
    assert opened.eval_on_selector_all("article img", silent) == []
    unnamed = "all => all.filter(v => (v.ariaLabel ?? '').length < 20).map(v => v.outerHTML)"
    assert opened.eval_on_selector_all(".vector", unnamed) == []
    without = """items => items.filter(i =>
        !i.closest('figure')?.querySelector('figcaption')?.innerText.trim())
        .map(i => i.outerHTML.slice(0, 200))"""
    shown = "article figure, article .cell_output :is(img, .vector)"
    assert opened.eval_on_selector_all(shown, without) == []


SMALL_LETTERS = """
() => [...document.querySelectorAll(".diagram :is(text, tspan)")].filter((letters) => {
  const own = [...letters.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  if (!own.some((node) => node.data.replace("\\u200b", "").trim())) return false;
  const sheet = letters.ownerSVGElement;
  const unit = sheet.getBoundingClientRect().width / sheet.viewBox.baseVal.width;
  return unit && parseFloat(getComputedStyle(letters).fontSize) * unit < 11;
}).map((letters) => letters.textContent)
"""


def test_letters_of_diagrams_can_be_read_on_a_phone(opened):
    assert opened.evaluate(SMALL_LETTERS) == []


COLORS = """
sheet => Object.fromEntries(["state", "weight", "input"].map((kind) => {
  const style = getComputedStyle(sheet.querySelector(`.${kind} rect`));
  return [kind, [style.fill, style.stroke]];
}))
"""


def test_a_diagram_follows_the_theme_and_is_printed_on_white(page, base):
    visit(page, base + first_page_with('<g class="plate">'), viewport=PHONE)
    sheet = page.locator(".diagram svg.sheet").first
    light = sheet.evaluate(COLORS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    dark = sheet.evaluate(COLORS)
    assert all(light[kind] != dark[kind] for kind in light)
    page.emulate_media(media="print")
    printed = sheet.evaluate(COLORS)
    assert printed["input"] == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert len({fill for fill, _ in printed.values()}) == 3


def test_sheets_stand_side_by_side_or_one_below_the_other(page, base):
    for viewport, is_stacked in ((PHONE, True), (LAPTOP, False)):
        visit(page, base + first_page_with('<g class="plate">'), viewport=viewport)
        one, two = (page.locator(".diagram svg.sheet").nth(n).bounding_box() for n in (0, 1))
        assert (two["y"] >= one["y"] + one["height"]) == is_stacked
        assert (two["x"] >= one["x"] + one["width"]) != is_stacked


def test_a_box_of_the_map_shows_the_focus_and_opens_its_page(page, base):
    page.goto(f"{base}/index.html")
    box = page.locator("#fig-map").get_by_role("link", name="Watch gradients fade")
    edge = box.locator("rect")
    width = "e => parseFloat(getComputedStyle(e).strokeWidth)"
    before = edge.evaluate(width)
    page.locator("#fig-map").get_by_role("link").first.focus()
    for _ in range(30):
        if box.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    assert edge.evaluate(width) > before + 2
    page.keyboard.press("Enter")
    page.wait_for_url("**/07_watch_gradients_fade.html")
