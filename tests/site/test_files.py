"""The files of the built site: they name nothing outside, and every link leads somewhere."""

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

from tests.helpers import assert_none
from tests.notebooks import NOTEBOOKS, ROOT, code_cells, tags
from tests.site.visits import PAGES, SITE, read, shortest_page_with

TEMPLATES = "Mend the page, or what website/extensions adds to it."


def test_no_id_is_given_twice_on_a_page():
    ids = {name: Counter(re.findall(r'<[^<>]*\sid="([^"]*)"', read(name))) for name in PAGES}
    twice = [f"{name}: {id_}" for name in PAGES for id_, times in ids[name].items() if times > 1]
    assert_none(twice, TEMPLATES)


class Collector(HTMLParser):
    """The ids of a page, its links, the one to the next page, every address it would load."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads, self.next = set(), [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = {key: value or "" for key, value in attrs}
        self.ids.update(attrs[key] for key in ("id", "name") if key in attrs)
        links = tag == "a" or attrs.get("rel") in ("canonical", "next", "prev", "search", "index")
        for key in ("src", "href", "poster", "data"):
            if key in attrs and not (key == "data" and tag != "object"):
                (self.links if links else self.loads).append(attrs[key])
        if tag == "a" and "right-next" in attrs.get("class", "").split():
            self.next = attrs["href"]
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


def test_pages_and_style_sheets_name_nothing_outside():
    sheets = [*SITE.rglob("*.css")]
    assert len(sheets) > 3
    named = {name: collect(name).loads for name in PAGES}
    named |= {sheet.name: find_urls(sheet.read_text(encoding="utf-8")) for sheet in sheets}
    outside = [f"{name}: {url}" for name, urls in named.items() for url in urls if is_outside(url)]
    assert_none(outside, "Put a copy into website/static: the site must work without a network.")


def leads_nowhere(name, address):
    """Whether the file or the anchor is missing to which an address on this page leads."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return False
    here = urljoin(name, unquote(parts.path)) if parts.path else name
    anchor = unquote(parts.fragment)
    if not (SITE / here).is_file():
        return True
    return bool(anchor) and here in PAGES and anchor not in collect(here).ids


def test_links_lead_somewhere():
    named = [(name, url) for name in PAGES for url in {*collect(name).links, *collect(name).loads}]
    assert len(named) > 1000
    broken = [f"{name}: {url}" for name, url in named if leads_nowhere(name, url)]
    assert_none(sorted(broken), "Mend the link in the page's source, or restore what it leads to.")


@pytest.mark.parametrize("address", ["no_such_page.html", "#no-such-place", "index.html#nor-here"])
def test_a_broken_link_is_found(address):
    assert leads_nowhere("index.html", address)


def paint_faults(name):
    """What a page loads too early, or without a version."""
    head, _, body = read(name).partition("<body")
    loaded = re.findall(r"<(?:script|link)[^>]*_static/([\w.]+)\?", head)
    if loaded != ["site.css"]:
        yield f"{name}: its head loads {loaded}"
    if not 0 < body.rfind("<footer") < body.find("_static/site.js"):
        yield f"{name}: site.js is not at its end"
    if not re.search(r'_static/site\.js\?v=\w{8}"', body):  # no browser keeps an old one
        yield f"{name}: site.js has no version"


def test_the_first_paint_waits_for_the_style_sheet_alone():
    """On a slow line without gzip a sheet of 120 kB is there in two seconds, beside its page."""
    faults = [fault for name in PAGES for fault in paint_faults(name)]
    assert_none(faults, "See website/extensions/assets.py.")
    assert (SITE / "_static" / "site.css").stat().st_size < 120_000


def test_pages_are_chained():
    name, seen = "index.html", []
    while name:
        assert name not in seen
        seen.append(name)
        name = collect(name).next and urljoin(name, collect(name).next)
    assert sorted([*seen, "search.html", "404.html"]) == sorted(PAGES)


def test_buttons_follow_the_repository_setting():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    is_set = bool(config["repository"]["url"])
    text = read(shortest_page_with("has-keras has-torch"))
    for word in (
        "mybinder.org",
        "colab.research",
        "btn-source-edit-button",
        "btn-source-repository",
    ):
        assert (word in text) is is_set, word
    about = read("chapters/about.html")
    assert ("/issues/new" in about) is is_set
    assert ("url    = {" in about) is is_set
    if not is_set:
        for word in ('rel="canonical"', "og:url", "og:image", "twitter:card"):
            assert word not in text
        assert not (SITE / "sitemap.xml").exists()


def prints_columns(cell):
    """Whether a cell prints three lines or more with gaps between their columns."""
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    return len([line for line in text.splitlines() if re.search(r"\S {2,}\S", line)]) >= 3


def test_a_printed_table_is_tagged_so_that_its_lines_do_not_wrap():
    untagged = [
        f"{path.name}, cell {cell.id}: {cell.source.splitlines()[0]}"
        for path in NOTEBOOKS
        for cell in code_cells(path)
        if "table" not in tags(cell) and prints_columns(cell)
    ]
    assert_none(untagged, 'Add "table" to the tags of the cell.')


def scripts():
    """Every script of the site and of its tests, by its address in the repository."""
    paths = [*ROOT.glob("website/**/*.js"), *ROOT.glob("tests/site/*.js")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_the_site_takes_the_names_of_the_frameworks_from_the_figures():
    paths = [*ROOT.glob("website/extensions/*.py"), *ROOT.glob("website/extensions/*.html")]
    sources = scripts() | {path.name: path.read_text(encoding="utf-8") for path in paths}
    assert len(sources) > 40
    found = [name for name, source in sources.items() if '"PyTorch"' in source]
    assert_none(found, "Take it from LABELS of rnnlib/plots/style.py.")


def test_lines_of_scripts_end_by_column_100():
    """What the formatter leaves: sentences and comments."""
    lines = [
        f"{name}:{number} has {len(line)} characters"
        for name, source in scripts().items()
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > 100
    ]
    assert_none(lines, "Break the sentence or the comment: the formatter, `make lint`, does not.")
