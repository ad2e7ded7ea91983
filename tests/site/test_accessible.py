"""Every page on a laptop under axe: all rules in the light theme, colours in the dark one."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe

from tests.site.visits import PAGES, PHONE, check_quiet, visit

# Words of code with the same classes inside the same classes: the first of each kind stays an
# element, for axe is slow with thousands. It cannot judge a single character.
ONE_OF_A_KIND = """
() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span:not(:has(*))")) {
    let kind = "";
    for (let up = word; up; up = up.parentElement) kind += `${up.className} > `;
    const isShort = word.textContent.trim().length < 2;
    if (isShort || seen.has(kind)) word.replaceWith(word.textContent);
    else seen.add(kind);
  }
}
"""

# Texts that are drawn alike, and all that they lie in: the contrast of the first is that of all.
FIRST_DRAWN_SO = """
() => {
  const LOOK = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "fontSize",
                "fontWeight", "textShadow", "position", "clip"];
  const numbers = new Map(), kinds = new Map(), seen = new Set();
  for (const element of document.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    const look = [kinds.get(element.parentElement), ...LOOK.map((name) => style[name])].join();
    if (!numbers.has(look)) numbers.set(look, numbers.size);
    const kind = numbers.get(look);
    kinds.set(element, kind);
    const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const isSeen = element.checkVisibility() && element.getBoundingClientRect().width > 0;
    const counts = isSeen && texts.map((node) => node.data).join("").trim().length > 1;
    element.toggleAttribute("data-first", counts && !seen.has(kind));
    if (counts) seen.add(kind);
  }
}
"""
SELECT = 'axe.configure({rules: [{id: "color-contrast", selector: "[data-first]"}]});'


def check_accessible(page, **options):
    page.evaluate(ONE_OF_A_KIND)
    page.evaluate(FIRST_DRAWN_SO)
    results = Axe(f"{AXE_SCRIPT};{SELECT}").run(
        page, options={"resultTypes": ["violations"], **options}
    )
    assert results.violations_count == 0, results.generate_report()


def check_colors(page):
    check_accessible(page, runOnly=["color-contrast"])


def test_tabs_are_accessible(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    assert page.get_by_role("tab").count() > 1
    check_accessible(page)


@pytest.mark.parametrize(
    "pale",
    [
        ".framework-torch .highlight .n",
        "section:last-of-type > p:last-of-type",
        ".bd-sidebar-primary li:nth-child(3) > a",
        ".cell_output td",
    ],
)
def test_a_pale_text_among_thousands_is_seen(page, base, panels, pale):
    visit(page, base + panels)
    page.add_style_tag(content=f"{pale} {{ color: #ccc !important }}")
    with pytest.raises(AssertionError, match="color-contrast"):
        check_colors(page)


@pytest.fixture(scope="module", params=PAGES, ids=[page[:-5] for page in PAGES])
def opened(request, shared, base):
    """Every page, visited once."""
    visit(shared, base + request.param)
    return shared


def test_page_loads_from_the_folder_without_errors(opened, base):
    check_quiet(opened, base)


def test_page_is_accessible(opened):
    check_accessible(opened)


def test_colors_can_be_read_in_the_dark(opened):
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    check_colors(opened)
