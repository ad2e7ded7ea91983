"""What is visited, how wide, and how: the pages of the built site, and a page of the browser."""

from functools import cache

from tests.helpers import assert_none
from tests.notebooks import ROOT

SITE = ROOT / "_build" / "html"
PAGES = [
    path.relative_to(SITE).as_posix()
    for path in sorted(SITE.rglob("*.html"))
    if not path.relative_to(SITE).parts[0].startswith(("_", "slides"))  # test_slides.py has those
]
LAPTOP, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}
GUARD = 300_000  # milliseconds; against hanging, not a test
PANEL = ".framework-panel.has-keras.has-torch"
# Where the page stands, once it has been drawn twice: a key that scrolls has done so by then.
SETTLED = """() => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(scrollY))))"""


@cache
def read(name):
    """The HTML of a page."""
    return (SITE / name).read_text(encoding="utf-8")


def shortest_page_with(*texts):
    """The chapter that holds all texts and costs least to open, so that tests need not know any.

    Another page where no chapter does.
    """
    found = [name for name in PAGES if all(text in read(name) for text in texts)]
    assert found, f"No page of the site holds {texts}; build the whole book with `make book`."
    return min(found, key=lambda name: ("/" not in name, len(read(name))))


def open_page(browser, **options):
    """A new page in a context of its own: with empty storage, and no animations to wait for."""
    options = {"viewport": LAPTOP, "reduced_motion": "reduce", **options}
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(GUARD)
    page.set_default_navigation_timeout(GUARD)
    page.problems, page.requests = [], []
    page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))
    return page


def visit(page, address, viewport=LAPTOP, motion="reduce"):
    """Open an address, wait until it is loaded, open all that is folded; forget what was before."""
    page.problems.clear()
    page.requests.clear()
    page.set_viewport_size(viewport)
    page.emulate_media(media="screen", color_scheme="light", reduced_motion=motion)
    page.goto(address, wait_until="load")
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.evaluate("for (const a of document.querySelectorAll('.answer')) a.hidden = false")


def look(page, address, viewport=LAPTOP):
    """Visit for a test that only looks, or puts back what it changes: the next need not load."""
    if page.url != address or not page.evaluate("!!window.looked"):
        visit(page, address)
        page.evaluate("window.looked = true")
    light = {"color_scheme": "light", "forced_colors": "none", "reduced_motion": "reduce"}
    page.emulate_media(media="screen", **light)
    page.set_viewport_size(viewport)


def find_trouble(page, base):
    """What the last visit asked for outside the site, and the errors that it reported."""
    return [u for u in page.requests if not u.startswith((base, "data:", "blob:"))] + page.problems


def check_no_trouble(page, base):
    """The last visit asked for nothing outside the site and reported no error."""
    assert_none(find_trouble(page, base), "Look into the console of the page: `make serve`.")
