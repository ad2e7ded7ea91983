"""Every page on a laptop under axe: all rules in the light theme, colours in the dark one."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.visits import PAGES, PHONE, check_quiet, visit

# Words of code of one kind in one kind of place have one colour: axe, slow with thousands, looks at
# the first. The others become plain text.
ONE_OF_A_KIND = """
() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span:not(:has(*))")) {
    let kind = "";
    for (let up = word; up; up = up.parentElement) kind += `${up.className} > `;
    if (seen.has(kind)) word.replaceWith(word.textContent);
    seen.add(kind);
  }
}
"""


def check_accessible(page, **options):
    page.evaluate(ONE_OF_A_KIND)
    results = Axe().run(page, options={"resultTypes": ["violations"], **options})
    assert results.violations_count == 0, results.generate_report()


def check_colors(page):
    check_accessible(page, runOnly=["color-contrast"])


def test_tabs_are_accessible(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    assert page.get_by_role("tab").count() > 1
    check_accessible(page)


def test_a_pale_word_among_thousands_is_seen(page, base, panels):
    visit(page, base + panels)
    page.add_style_tag(content=".framework-torch .highlight .n { color: #ccc !important }")
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
