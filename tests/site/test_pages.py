"""Every page, visited once for all checks: its errors, its look on a phone, axe in both themes.

A page is opened on a phone, then widened to a laptop, where axe judges it in the light and in the
dark. What differs between a page that was opened wide and one that was widened, the other files of
this folder see on some pages of each kind.
"""

import pytest
from playwright.sync_api import expect

from tests.helpers import assert_none
from tests.site.axe import UNKNOWN, judge_page, show_theme
from tests.site.visits import (
    LAPTOP,
    PAGES,
    PHONE,
    SETTLED,
    find_trouble,
    look,
    shortest_page_with,
    visit,
)

# --- every page -----------------------------------------------------------------------------------

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
TOO_WIDE = f"""() => {{
  const {{ scrollWidth }} = document.documentElement;
  const wide = ({WIDE_ELEMENTS})();
  return scrollWidth > innerWidth ? [`the page is ${{scrollWidth}} wide`, ...wide] : wide;
}}"""

MARKUP = """() => [...document.querySelectorAll(".std-term")]
  .map((link) => link.textContent).filter((words) => /[*`]/.test(words))"""

SMALL_IN_FIGURES = """
() => [...document.querySelectorAll(".vector :is(text, tspan)")].filter((text) => {
  if (!text.checkVisibility()) return false;
  const { a, b } = text.getScreenCTM();
  return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b) < 10.9;
}).map((text) => text.outerHTML)
"""

SMALL_LETTERS = """
() => [...document.querySelectorAll(".diagram :is(text, tspan)")].filter((letters) => {
  const own = [...letters.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  if (!own.some((node) => node.data.replace("\\u200b", "").trim())) return false;
  const sheet = letters.ownerSVGElement;
  const unit = sheet.getBoundingClientRect().width / sheet.viewBox.baseVal.width;
  return unit && parseFloat(getComputedStyle(letters).fontSize) * unit < 11;
}).map((letters) => letters.textContent)
"""

SCROLLING = """
() => [...document.querySelectorAll(".vector")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.ariaLabel)
"""

WITHOUT_WORDS = """
() => {
  const all = (selector, isBare) => [...document.querySelectorAll(selector)].filter(isBare);
  return [
    ...all("img", (img) => !img.hasAttribute("alt")),
    ...all("article img", (img) => !img.alt.trim() || img.alt.startsWith("../")),
    ...all(".vector", (vector) => (vector.ariaLabel ?? "").length < 20),
    ...all("article figure, article .cell_output :is(img, .vector)", (shown) =>
      !shown.closest("figure")?.querySelector("figcaption")?.innerText.trim()),
  ].map((element) => element.outerHTML.slice(0, 200));
}
"""

FIGURES = "Draw it larger, or give it a drawing for phones: website/extensions/themed_figures.py."
# {what is found on a phone: (the script that finds it, what to do)}
ON_A_PHONE = {
    "an option, a number or a name in two lines": (
        BROKEN,
        "Keep it in one line by website/extensions/no_break.py or the style sheet.",
    ),
    "something wider than the screen": (
        TOO_WIDE,
        "Let it wrap, or scroll in a box of its own, by a style sheet of website/static.",
    ),
    "a link to a term with its markup": (MARKUP, "Name the term as the glossary does."),
    "small letters in a figure": (SMALL_IN_FIGURES, FIGURES),
    "small letters in a diagram": (
        SMALL_LETTERS,
        "Draw it narrower: website/diagrams, then `python -m website.diagrams`.",
    ),
    "a figure that scrolls sideways": (SCROLLING, FIGURES),
    "a picture without words": (
        WITHOUT_WORDS,
        "Give it an alternative text and a caption, in the cell's metadata or in the page.",
    ),
}


@pytest.fixture(scope="module")
def faults(shared, base):
    """{a check: the faults of all pages, each after the address of its page}."""
    found, known = {}, UNKNOWN

    def add(check, name, faults):
        found.setdefault(check, []).extend(f"{name}: {fault}" for fault in faults)

    for name in PAGES:
        visit(shared, base + name, viewport=PHONE)
        for check, (script, _) in ON_A_PHONE.items():
            add(check, name, shared.evaluate(script))
        shared.set_viewport_size(LAPTOP)
        shared.evaluate(SETTLED)
        add("trouble", name, find_trouble(shared, base))
        rules, colors, known = judge_page(shared, known)
        add("axe", name, rules)
        add("colors", name, colors)
        shared.goto("about:blank")  # the scripts of a page that is spoilt report errors
    return found


def test_pages_report_no_error_and_load_nothing_from_outside(faults):
    assert_none(faults["trouble"], "Look into the console of the page: `make serve`.")


@pytest.mark.parametrize("check", ON_A_PHONE)
def test_on_a_phone_no_page_has(faults, check):
    assert_none(faults[check], ON_A_PHONE[check][1])


def test_pages_are_accessible(faults):
    assert_none(faults["axe"], "Mend the page, or its template in website/extensions.")


def test_colors_can_be_read_in_the_light_and_in_the_dark(faults):
    assert_none(faults["colors"], "Mend the colour in a style sheet of website/static.")


# {a check: what it finds on a page of 404.html's look}
PLANTED = {
    "an option, a number or a name in two lines": (
        "<p style='width: 2em'><code>--a-b-c-d</code></p>"
    ),
    "something wider than the screen": "<p style='width: 500px'>wide</p>",
    "a link to a term with its markup": "<a class='std-term' href='#x'>a `term`</a>",
    "small letters in a figure": (
        "<div class='vector' aria-label='A figure with its label'>"
        "<svg><text style='font-size: 5px' y='9'>small</text></svg></div>"
    ),
    "small letters in a diagram": (
        "<div class='diagram'><svg viewBox='0 0 100 10' width='100' height='10'>"
        "<text style='font-size: 5px' y='9'>small</text></svg></div>"
    ),
    "a figure that scrolls sideways": (
        "<div class='vector' style='width: 50px' aria-label='wide'>"
        "<p style='min-width: 90px'>wide</p></div>"
    ),
    "a picture without words": "<img src='data:,' width='9' height='9'>",
}


def test_every_check_finds_what_it_is_for(page, base):
    assert list(PLANTED) == list(ON_A_PHONE)
    visit(page, base + "404.html", viewport=PHONE)
    page.evaluate("document.querySelector('article').innerHTML = '<div id=planted></div>'")
    for check, (script, _) in ON_A_PHONE.items():
        plant = "html => { document.getElementById('planted').innerHTML = html; }"
        page.evaluate(plant, PLANTED[check])
        assert page.evaluate(script), check
        page.evaluate(plant, "<p>Nothing</p>")
        assert page.evaluate(script) == [], check


def test_an_error_and_a_file_from_outside_are_found(page, base):
    visit(page, base + "404.html")
    page.route("**/outside.test/**", lambda route: route.fulfill(body=""))
    page.evaluate("console.error('planted'); fetch('https://outside.test/x', {mode: 'no-cors'})")
    trouble = find_trouble(page, base)
    assert [word for word in ("planted", "outside.test") if word not in str(trouble)] == []


# --- some pages -----------------------------------------------------------------------------------


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
    visit(page, base + shortest_page_with("4.3: not yet"), viewport=PHONE)
    hint = page.locator(".cell_output pre", has_text="4.3: not yet").first
    assert hint.evaluate("pre => pre.scrollWidth <= pre.clientWidth")


def test_exercises_and_solutions_have_boxes(page, base):
    visit(page, base + shortest_page_with('class="exercise"'))
    widths = "all => all.map(s => getComputedStyle(s).borderTopWidth)"
    assert "0px" not in page.locator("section.exercise").evaluate_all(widths)
    solutions = page.locator("section.exercise .solution summary").all_inner_texts()
    assert solutions
    assert all(words.startswith("Hide solution") for words in solutions)


FILLS = """
sheet => Object.fromEntries(["state", "weight", "input"].map((kind) => {
  const style = getComputedStyle(sheet.querySelector(`.${kind} rect`));
  return [kind, [style.fill, style.stroke]];
}))
"""


def test_a_diagram_follows_the_theme_and_is_printed_on_white(page, base):
    look(page, base + shortest_page_with('<g class="plate">'), PHONE)
    sheet = page.locator(".diagram svg.sheet").first
    light = sheet.evaluate(FILLS)
    show_theme(page, "dark")
    dark = sheet.evaluate(FILLS)
    assert all(light[kind] != dark[kind] for kind in light)
    page.emulate_media(media="print")
    printed = sheet.evaluate(FILLS)
    assert printed["input"] == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    assert len({fill for fill, _ in printed.values()}) == 3


def test_sheets_stand_side_by_side_or_one_below_the_other(page, base):
    for viewport, is_stacked in ((PHONE, True), (LAPTOP, False)):
        look(page, base + shortest_page_with('<g class="plate">'), viewport)
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
