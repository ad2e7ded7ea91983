"""The built site in a real browser: nothing from outside, nothing broken, usable by everyone.

The site is built by `make book`. The browser is any Chromium or Chrome on the machine, or the one
that the environment variable RNNLIB_BROWSER names.
"""

import contextlib
import http.server
import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import numpy as np
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import expect, sync_playwright

from rnnlib.corpus.texts import PANGRAM
from rnnlib.models import weights_file
from tools.execute import METADATA

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
PAGES = [
    path.relative_to(SITE).as_posix()
    for path in sorted(SITE.rglob("*.html"))
    if not path.relative_to(SITE).parts[0].startswith("_")
]
GUARD = 300_000  # milliseconds; against hanging, not a test
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP, PHONE = {"width": 1366, "height": 900}, {"width": 390, "height": 844}
PANEL = ".framework-panel.has-keras.has-torch"


@pytest.fixture(scope="module", params=PAGES, ids=[page[:-5] for page in PAGES])
def name(request):
    """Every page; of this scope, so that all tests of one page run one after the other."""
    return request.param


@cache
def read(name):
    return (SITE / name).read_text(encoding="utf-8")


def first_page_with(text):
    """The first page that holds a text, so that the tests need not know the chapters."""
    found = next((name for name in PAGES if text in read(name)), None)
    assert found, f"No page of the site holds {text!r}; build the whole book with `make book`."
    return found


# --- a server and a browser, each started once ---------------------------------------------------


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site at / and, as a publisher may, at /any/prefix/; 404.html for the rest."""

    def translate_path(self, path):
        return super().translate_path(path.removeprefix("/any/prefix"))

    def send_error(self, code, message=None, explain=None):
        body = (SITE / "404.html").read_bytes()
        self.send_response(code, message)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def copyfile(self, source, outputfile):
        with contextlib.suppress(ConnectionError):  # the browser went to another page
            super().copyfile(source, outputfile)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def base():
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(SITE))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    found = os.environ.get("RNNLIB_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("No browser: install Chromium or Chrome, or put its path into RNNLIB_BROWSER.")
    expect.set_options(timeout=GUARD)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS, timeout=GUARD)
        yield browser
        browser.close()


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


@pytest.fixture
def page(browser):
    page = open_page(browser)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def opened(browser, base, name):
    """A page of the book, visited once for all the tests that only look at it."""
    page = open_page(browser)
    visit(page, base + name)
    yield page
    page.context.close()


def visit(page, address, viewport=LAPTOP, scheme="light"):
    """Open an address, wait until it is quiet, open all solutions; forget what was before."""
    page.problems.clear()
    page.requests.clear()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address, wait_until="load")
    page.evaluate("window.MathJax?.startup?.promise")
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")


# --- the files themselves ------------------------------------------------------------------------


class Collector(HTMLParser):
    """The ids of a page, its links, and every address it would load by itself."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = {key: value or "" for key, value in attrs}
        self.ids.update(attrs[key] for key in ("id", "name") if key in attrs)
        links = tag == "a" or attrs.get("rel") in ("canonical", "next", "prev", "search", "index")
        for key in ("src", "href", "poster", "data"):
            if key in attrs and not (key == "data" and tag != "object"):
                (self.links if links else self.loads).append(attrs[key])
        self.loads += [item.split()[0] for item in attrs.get("srcset", "").split(",") if item]
        self.loads += find_urls(attrs.get("style", ""))


def find_urls(css):
    """The addresses a style sheet loads."""
    return re.findall(r"""(?:url\(|@import\s)\s*["']?([^"')\s;]+)""", css)


def is_outside(address):
    """Whether an address leaves the folder of the site."""
    return bool(urlsplit(address).netloc) or address.startswith("//")


collect = cache(lambda name: Collector(read(name)))


def test_site_is_built():
    assert PAGES, "The site is not built: run `make book` first."
    assert {"index.html", "search.html", "404.html"} <= set(PAGES)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://host.test/a.png">',
        '<img srcset="a.png 1x, //host.test/a.png 2x">',
        '<link rel="stylesheet" href="https://host.test/a.css">',
        "<p style=\"background: url('https://host.test/a.png')\">",
    ],
)
def test_outside_address_is_found(html):
    assert any(map(is_outside, Collector(html).loads))


def test_page_names_nothing_outside(name):
    assert [address for address in collect(name).loads if is_outside(address)] == []


def test_style_sheets_name_nothing_outside():
    sheets = list(SITE.rglob("*.css"))
    assert len(sheets) > 3
    for sheet in sheets:
        urls = find_urls(sheet.read_text(encoding="utf-8"))
        assert [url for url in urls if is_outside(url)] == [], sheet.name


def test_links_lead_somewhere(name):
    broken = []
    for address in {*collect(name).links, *collect(name).loads}:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        here = urljoin(name, unquote(parts.path)) if parts.path else name
        anchor = unquote(parts.fragment)
        if not (SITE / here).is_file() or (
            anchor and here in PAGES and anchor not in collect(here).ids
        ):
            broken.append(address)
    assert broken == []


def test_buttons_follow_the_repository_setting():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    is_set = bool(config["repository"]["url"])
    text = read(first_page_with("has-keras has-torch"))
    for word in (
        "mybinder.org",
        "colab.research",
        "btn-source-edit-button",
        "btn-source-repository",
    ):
        assert (word in text) is is_set, word
    if not is_set:
        for word in ('rel="canonical"', "og:url"):
            assert word not in text
        assert not (SITE / "sitemap.xml").exists()


# --- every page ----------------------------------------------------------------------------------


def test_page_loads_from_the_folder_without_errors(opened, base):
    outside = [u for u in opened.requests if not u.startswith((base, "data:", "blob:"))]
    assert outside == []
    assert opened.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(opened, scheme):
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    check_accessible(opened)


def check_accessible(page):
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


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


def test_page_fits_a_phone(page, base, name):
    visit(page, base + name, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(WIDE_ELEMENTS) == []


def test_pictures_have_words(opened):
    bare = "imgs => imgs.filter(i => !i.hasAttribute('alt')).map(i => i.outerHTML)"
    assert opened.eval_on_selector_all("img", bare) == []
    silent = "imgs => imgs.filter(i => !i.alt.trim() || i.alt.startsWith('../')).map(i => i.src)"
    assert opened.eval_on_selector_all("article img", silent) == []
    without = """items => items.filter(i =>
        !i.closest('figure')?.querySelector('figcaption')?.innerText.trim())
        .map(i => i.outerHTML.slice(0, 200))"""
    assert opened.eval_on_selector_all("article figure, article .cell_output img", without) == []


# --- panels and the switch -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def panels():
    return first_page_with("has-keras has-torch")


def test_panels_stand_in_two_columns(page, base, panels):
    visit(page, base + panels)
    panels = page.locator(PANEL).all()
    assert panels
    for panel in panels:
        keras = panel.locator(".framework-keras").bounding_box()
        torch = panel.locator(".framework-torch").bounding_box()
        assert keras["x"] + keras["width"] <= torch["x"]
        assert keras["y"] == torch["y"]
    assert page.get_by_role("tablist").count() == 0


def test_64_columns_fit_in_one_of_two(page, base, panels):
    visit(page, base + panels)
    pre = page.locator(f"{PANEL} .framework-keras .cell_input pre").first
    pre.evaluate("pre => pre.textContent = 'x'.repeat(64)")
    assert pre.evaluate("pre => pre.scrollWidth <= pre.clientWidth")


def test_a_printed_table_keeps_its_columns_on_a_phone_and_scrolls_by_keyboard(page, base):
    visit(page, base + "chapters/what_it_costs.html", viewport=PHONE)
    table = page.locator(".cell_output pre", has_text="shares of peak")
    lines = table.evaluate("pre => pre.textContent.trimEnd().split('\\n').length")
    height = "pre => pre.clientHeight / parseFloat(getComputedStyle(pre).lineHeight)"
    assert lines <= table.evaluate(height) < lines + 2
    assert table.evaluate("pre => pre.scrollWidth > pre.clientWidth && pre.tabIndex === 0")


def test_what_check_says_wraps_on_a_phone(page, base):
    visit(page, base + "chapters/08_train_on_real_text.html", viewport=PHONE)
    hint = page.locator(".cell_output pre", has_text="8.1: not yet").first
    assert hint.evaluate("pre => pre.scrollWidth <= pre.clientWidth")


def test_panels_become_tabs(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    panel = page.locator(PANEL).first
    tabs = panel.get_by_role("tab")
    names = tabs.all_inner_texts()
    assert {"Keras", "PyTorch"} <= set(names)
    last = len(names) - 1
    tabs.first.focus()
    for key, index in [("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", last), ("ArrowRight", 0)]:
        check_tab_after(page, panel, names, key, index)
    check_tab_after(page, panel, names, "End", last)
    check_tab_after(page, panel, names, "Home", 0)


def check_tab_after(page, panel, names, key, index):
    page.keyboard.press(key)
    for position, name in enumerate(names):
        tab = panel.get_by_role("tab", name=name)
        expect(tab).to_have_attribute("aria-selected", str(position == index).lower())
        expect(tab).to_have_attribute("tabindex", "0" if position == index else "-1")
        column = panel.locator(f"#{tab.get_attribute('aria-controls')}")
        expect(column).to_have_attribute("role", "tabpanel")
        expect(column).to_be_visible(visible=position == index)
    assert page.evaluate("document.activeElement.textContent") == names[index]


def test_tab_opens_in_every_panel(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    page.locator(PANEL).first.get_by_role("tab", name="PyTorch").click()
    for panel in page.locator(PANEL).all():
        expect(panel.get_by_role("tab", name="PyTorch")).to_have_attribute("aria-selected", "true")


def check_frameworks(page, keras, torch):
    """Whether the cells of each framework are there; those of NumPy always are."""
    for name, visible in (("keras", keras), ("torch", torch), ("numpy", True)):
        cells = page.locator(f".framework-{name} .cell_input")
        seen = [cell.is_visible() for cell in cells.all()]
        assert seen == [visible] * len(seen), name
        assert seen or name == "numpy"


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_switch_hides_the_other_framework(page, base, panels, viewport):
    visit(page, base + panels, viewport=viewport)
    switch = page.get_by_role("radiogroup", name="Show code in")
    for name, keras, torch in (("Keras", True, False), ("PyTorch", False, True)):
        switch.get_by_role("radio", name=name).check()
        check_frameworks(page, keras, torch)
    switch.get_by_role("radio", name="Both").check()
    if viewport is LAPTOP:
        check_frameworks(page, True, True)


def test_switch_works_by_keyboard(page, base, panels):
    visit(page, base + panels)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "framework":
            break
    outline = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("ArrowRight")
    check_frameworks(page, True, False)


def test_switch_is_remembered(page, base, panels):
    visit(page, base + panels)
    page.get_by_role("radio", name="PyTorch").check()
    page.reload()
    check_frameworks(page, False, True)
    expect(page.get_by_role("radio", name="PyTorch")).to_be_checked()
    page.get_by_role("link", name="next page").or_(page.locator("a.right-next")).first.click()
    page.wait_for_load_state()
    expect(page.get_by_role("radio", name="PyTorch")).to_be_checked()
    assert page.evaluate("document.documentElement.dataset.framework") == "torch"


def test_choice_is_applied_before_the_first_paint(page, base, panels):
    visit(page, base + panels)
    page.get_by_role("radio", name="Keras").check()
    page.route("**/panels.js*", lambda route: route.abort())  # only the script in the head runs
    page.reload()
    assert not page.locator(".framework-torch").first.is_visible()


def test_page_works_without_storage(page, base, panels):
    page.goto(base)
    page.problems.clear()
    sandbox = "<iframe sandbox='allow-scripts' width=1366 height=900 src='{}'></iframe>"
    page.set_content(sandbox.format(base + panels))
    frame = page.frame_locator("iframe")
    frame.get_by_role("radio", name="Keras").check()
    expect(frame.locator(".framework-torch").first).to_be_hidden()
    expect(frame.locator(".framework-keras").first).to_be_visible()
    assert [p for p in page.problems if "Failed to load" not in p and "'null'" not in p] == []


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_page_works_without_javascript(browser, base, panels, viewport):
    page = open_page(browser, java_script_enabled=False, viewport=viewport)
    page.goto(base + panels)
    check_frameworks(page, True, True)
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    labels = page.locator(".framework-label")
    assert all(label.is_visible() for label in labels.all())
    assert not page.locator(".framework-switch").is_visible()
    columns = page.locator(PANEL).first.locator(".framework-column").all()
    boxes = [column.bounding_box() for column in columns]
    assert all(a["y"] + a["height"] <= b["y"] for a, b in itertools.pairwise(boxes))
    page.context.close()


def test_print_holds_everything(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    page.get_by_role("radio", name="Keras").check()
    page.emulate_media(media="print")
    check_frameworks(page, True, True)
    assert all(label.is_visible() for label in page.locator(".framework-label").all())
    assert not page.locator(".framework-switch").is_visible()


def test_tabs_are_accessible(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    assert page.get_by_role("tab").count() > 1
    check_accessible(page)


# --- the reading figure --------------------------------------------------------------------------


def test_reading_figure_shows_the_numbers_of_the_model(page, base):
    visit(page, base + "index.html")
    params, _, vocab, _ = weights_file.load(ROOT / "_static" / "pangram.safetensors")
    h, states, guesses = np.zeros(len(params["b_h"])), [], ""
    for char_id in vocab.encode(PANGRAM):
        h = np.tanh(params["embed"][char_id] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        states.append(h)
        guesses += vocab.chars[np.argmax(h @ params["W_hy"] + params["b_y"])]
    drawn = page.eval_on_selector_all(
        ".reading rect",
        "all => all.map(r => (r.matches('.plus') ? 1 : -1) * r.getAttribute('fill-opacity'))",
    )
    np.testing.assert_allclose(np.reshape(drawn, (len(PANGRAM), -1)), states, atol=0.0051)
    shown = page.locator(".reading .step text:last-child").all_text_contents()
    assert "".join(shown).replace("␣", " ") == guesses
    assert guesses[:-1] == PANGRAM[1:]  # a figure of a network that has learned its sentence


def test_reading_figure_plays_and_pauses(browser, base):
    page = open_page(browser, reduced_motion="no-preference")
    page.goto(base + "index.html")
    figure = page.locator(".reading")
    figure.scroll_into_view_if_needed()
    slider = figure.get_by_role("slider", name="Character")
    page.wait_for_function("document.querySelector('.reading input').value >= 4")
    figure.get_by_role("button", name="Pause").click()
    stopped = slider.input_value()
    page.wait_for_timeout(900)
    assert slider.input_value() == stopped
    slider.focus()
    page.keyboard.press("End")
    assert PANGRAM.endswith(figure.locator("q").inner_text())
    page.keyboard.press("ArrowLeft")
    assert figure.locator(".unread").count() == 1
    page.context.close()


def test_reading_figure_stands_still_for_who_wants_it(page, base):
    visit(page, base + "index.html")
    page.wait_for_timeout(900)
    assert page.locator(".reading .unread").count() == 0
    expect(page.locator(".reading").get_by_role("button", name="Play")).to_be_visible()


# --- the rest of the furniture -------------------------------------------------------------------


def check_maths(page):
    page.locator("mjx-container").first.wait_for()
    page.evaluate("document.fonts.ready")
    loaded = (
        "[...document.fonts].filter(f => f.family.includes('MJX') && f.status === 'loaded').length"
    )
    assert page.evaluate(loaded) > 0
    assert page.locator("article mjx-container").first.bounding_box()["width"] > 5


def test_maths_is_drawn_with_fonts_of_the_folder(page, base):
    visit(page, base + first_page_with('class="math '))
    check_maths(page)
    fonts = [url for url in page.requests if url.endswith(".woff")]
    assert fonts
    assert all(url.startswith(base + "_static/mathjax/") for url in fonts)


def test_site_works_from_the_disk(page, panels):
    for name in ("index.html", panels, first_page_with('class="math ')):
        visit(page, (SITE / name).as_uri())
        assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
        assert page.problems == []
    check_maths(page)


def test_search_finds_a_word(page, base):
    visit(page, base + "search.html?q=hidden")
    found = page.locator("#search-results a, .search a[href]")
    found.first.wait_for()
    assert found.count() >= 2
    found.first.click()
    page.wait_for_load_state()
    assert "hidden" in page.locator("article").inner_text().lower()


def test_search_works_from_the_disk(page):
    visit(page, (SITE / "search.html").as_uri() + "?q=hidden")
    page.locator("#search-results a").first.wait_for()


@pytest.mark.parametrize("prefix", ["", "any/prefix/"], ids=["root", "prefix"])
def test_missing_page_leads_back(page, base, prefix):
    response = page.goto(f"{base}{prefix}chapters/no-such-page.html")
    assert response.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert page.evaluate("[...document.styleSheets].filter(s => s.href).length") > 3
    assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length)")
    page.get_by_role("link", name="Start at the welcome page").click()
    page.wait_for_url(f"{base}{prefix}index.html")
    expect(page.get_by_role("heading", name="Page not found")).to_have_count(0)


def test_notebook_can_be_copied_and_downloaded(page, base, panels):
    visit(page, base + panels)
    assert page.locator(".cell_input button.copybtn").count() > 3
    link = page.locator(".bd-header-article a[href$='.ipynb']")
    response = page.request.get(urljoin(page.url, link.get_attribute("href")))
    assert nbformat.reads(response.text(), as_version=4).cells


def test_dark_mode_is_remembered(page, base):
    visit(page, base + "index.html")
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.mode") == "dark":
            break
        page.locator(".theme-switch-button:visible").click()
    page.goto(base + "search.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_pages_are_chained(page, base):
    visit(page, base + "index.html")
    seen = {page.url}
    while page.locator("a.right-next").count():
        page.goto(urljoin(page.url, page.locator("a.right-next").get_attribute("href")))
        assert page.url not in seen
        seen.add(page.url)
    assert len(seen) == len(PAGES) - 2  # all but search and 404


def test_exercises_and_solutions_have_boxes(page, base):
    visit(page, base + first_page_with('class="exercise"'))
    for section in page.locator("section.exercise").all():
        assert section.evaluate("s => getComputedStyle(s).borderTopWidth") != "0px"
    solutions = page.locator("section.exercise .solution summary").all_inner_texts()
    assert solutions
    assert all(words.startswith("Hide solution") for words in solutions)


# --- other ways to build a book with these extensions --------------------------------------------


def make_book(folder, repository=""):
    """A book of two small pages with the configuration and the extensions of this one."""
    for name in ("_ext", "_static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["url"] = repository
    (folder / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: cells\n")
    (folder / "references.bib").write_text("")
    (folder / "index.md").write_text("# Book\n\n## Part\n\n```{reading-figure}\n```\n\n$x$\n")
    cells = [new_markdown_cell("# Cells\n\nThe first words.\n\n## Exercise 1.1. Try")]
    for tag in ("numpy", "keras", "torch"):
        cells.append(new_code_cell(f"{tag}cell", metadata={"tags": [tag]}))
    cells.append(new_code_cell("solution", metadata={"tags": ["hide-output"]}))
    cells[-1].outputs = [new_output("stream", text="solved")]
    nbformat.write(new_notebook(cells=cells, metadata=METADATA), folder / "cells.ipynb")
    return folder


def build_book(folder, *options):
    command = [Path(sys.executable).with_name("jupyter-book"), "build", folder, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("builder", "result"),
    [("singlehtml", "index.html"), ("epub", "cells.xhtml"), ("latex", "hidden-state.tex")],
)
def test_other_formats_hold_every_cell(tmp_path, builder, result):
    build_book(make_book(tmp_path), "--builder", "custom", "--custom-builder", builder)
    text = (tmp_path / "_build" / builder / result).read_text(encoding="utf-8")
    places = [text.index(cell) for cell in ("numpycell", "kerascell", "torchcell")]
    assert places == sorted(places)


def test_repository_address_turns_the_buttons_on(tmp_path):
    build_book(make_book(tmp_path, "https://github.com/Owner/name"), "-W", "-n", "--keep-going")
    text = (tmp_path / "_build/html/cells.html").read_text(encoding="utf-8")
    pages = "https://owner.github.io/name/"
    for part in (
        "mybinder.org/v2/gh/Owner/name/main?urlpath=lab/tree/cells.ipynb",
        "colab.research.google.com/github/Owner/name/blob/main/cells.ipynb",
        "github.com/Owner/name/edit/main/cells.ipynb",
        "github.com/Owner/name/issues/new",
        f'<link rel="canonical" href="{pages}cells.html"',
        f'<meta property="og:url" content="{pages}cells.html">',
        '<meta property="og:description" content="The first words.">',
    ):
        assert part in text, part
    sitemap = (tmp_path / "_build/html/sitemap.xml").read_text(encoding="utf-8")
    assert f"<loc>{pages}index.html</loc>" in sitemap


def test_a_page_that_is_not_built_again_stays_as_it_is(tmp_path):
    """What _ext repairs in the finished pages it must not repair twice."""
    build_book(make_book(tmp_path))
    kept = tmp_path / "_build/html/cells.html"
    before = kept.read_text(encoding="utf-8")
    (tmp_path / "index.md").write_text("# Book\n\nAnother text.\n")
    build_book(tmp_path)
    assert "Another text." in (tmp_path / "_build/html/index.html").read_text(encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == before
