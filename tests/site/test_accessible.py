"""Every page on a laptop under axe: all rules in the light theme, colours in the dark one."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe

from tests.site.visits import PAGES, PHONE, check_quiet, visit

# Words of code, figures and formulas, with the same classes inside the same classes: the first of
# each kind stays an element, for axe is slow with thousands. It judges no single character, nor
# what a figure draws besides its words. What is more than a word or a line stays.
ONE_OF_A_KIND = """
() => {
  const more = "a, title, desc, [role], [tabindex], [aria-label]";
  for (const drawn of [...document.querySelectorAll(`svg :not(${more})`)].reverse()) {
    if (!drawn.textContent.trim() && !drawn.querySelector(more)) drawn.remove();
  }
  const seen = new Set();
  const words = `:is(pre span, math *, svg *):not(${more}):not(:has(*))`;
  for (const word of document.querySelectorAll(words)) {
    let kind = "";
    for (let up = word; up; up = up.parentElement) {
      kind += `${up.localName} ${up.getAttribute("class")} > `;
    }
    const isShort = word.textContent.trim().length < 2;
    if (isShort || seen.has(kind)) word.replaceWith(word.textContent);
    else seen.add(kind);
  }
}
"""

# Texts that are drawn alike, and all that they lie in: the contrast of the first is that of all,
# on this page and on those of `known`, the looks met so far and what kinds of text were judged.
FIRST_DRAWN_SO = """
(known) => {
  const LOOK = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "fontSize",
                "fontWeight", "textShadow", "position", "clip"];
  const [looks, judged] = JSON.parse(known);
  const numbers = new Map(looks), kinds = new Map(), seen = new Set(judged);
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
  return JSON.stringify([[...numbers], [...seen]]);
}
"""
SELECT = 'axe.configure({rules: [{id: "color-contrast", selector: "[data-first]"}]});'
NOTHING = "[[], []]"


def check_accessible(page, known=NOTHING, **options):
    """axe finds nothing; returns `known` with what this page shows."""
    page.evaluate(ONE_OF_A_KIND)
    known = page.evaluate(FIRST_DRAWN_SO, known)
    results = Axe(f"{AXE_SCRIPT};{SELECT}").run(
        page, options={"resultTypes": ["violations"], **options}
    )
    assert results.violations_count == 0, results.generate_report()
    return known


def check_colors(page, known=NOTHING):
    return check_accessible(page, known, runOnly=["color-contrast"])


def test_tabs_are_accessible(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    assert page.get_by_role("tab").count() > 1
    check_accessible(page)


@pytest.mark.parametrize(
    "pale",
    [
        ".framework-torch .highlight .kn",
        "section:last-of-type > p:last-of-type",
        ".bd-sidebar-primary li:nth-child(3) > a",
        ".cell_output pre",
    ],
)
def test_a_pale_text_among_thousands_is_seen(page, base, panels, pale):
    visit(page, base + panels)
    page.add_style_tag(content=f"{pale} {{ color: #ccc !important }}")
    with pytest.raises(AssertionError, match="color-contrast"):
        check_colors(page)


FAULTS = {
    "link-name": '<svg><a href="#x"><path d="M0 0h9v9z"/></a></svg>',
    "svg-img-alt": '<svg><g role="img"><path d="M0 0h9v9z"/></g></svg>',
    "button-name": '<button><svg><path d="M0 0h9v9z"/></svg></button>',
    "aria-hidden-focus": '<svg aria-hidden="true"><g tabindex="0"><text>word</text></g></svg>',
    "aria-roles": '<svg><text>word</text><text role="word">word</text></svg>',
    "label": "<pre><span>word</span><span><input></span></pre>",
}


def test_what_is_left_out_hides_no_fault(page, base):
    visit(page, base + "404.html")
    add = "faults => { document.querySelector('main').innerHTML += faults.join(''); }"
    page.evaluate(add, [*FAULTS.values()])
    with pytest.raises(AssertionError) as found:
        check_accessible(page)
    assert [rule for rule in FAULTS if f"{rule} - " not in str(found.value)] == []


@pytest.fixture(scope="module", params=PAGES, ids=[page[:-5] for page in PAGES])
def opened(request, shared, base):
    """Every page, visited once."""
    visit(shared, base + request.param)
    return shared


def test_page_loads_from_the_folder_without_errors(opened, base):
    check_quiet(opened, base)


@pytest.fixture(scope="module")
def known():
    """In a list: what the pages visited so far show."""
    return [NOTHING]


def test_page_is_accessible(opened, known):
    known[:] = [check_accessible(opened, *known)]


def test_colors_can_be_read_in_the_dark(opened, known):
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    known[:] = [check_colors(opened, *known)]
