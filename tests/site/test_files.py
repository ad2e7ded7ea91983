"""The files of the built site: they name nothing outside, and every link leads somewhere."""

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

from tests.notebooks import NOTEBOOKS, ROOT, code_cells, tags
from tests.site.visits import PAGES, SITE, first_page_with, read

every_page = pytest.mark.parametrize("name", PAGES, ids=[page[:-5] for page in PAGES])


@every_page
def test_no_id_is_given_twice(name):
    ids = Counter(re.findall(r'<[^<>]*\sid="([^"]*)"', read(name)))
    assert [name for name, times in ids.items() if times > 1] == []


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


@every_page
def test_page_names_nothing_outside(name):
    assert [address for address in collect(name).loads if is_outside(address)] == []


def test_style_sheets_name_nothing_outside():
    sheets = list(SITE.rglob("*.css"))
    assert len(sheets) > 3
    for sheet in sheets:
        urls = find_urls(sheet.read_text(encoding="utf-8"))
        assert [url for url in urls if is_outside(url)] == [], sheet.name


@every_page
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


@every_page
def test_the_first_paint_waits_for_the_style_sheet_alone(name):
    """On a slow line without gzip a sheet of 120 kB is there in two seconds, beside its page."""
    head, _, body = read(name).partition("<body")
    assert re.findall(r"<(?:script|link)[^>]*_static/([\w.]+)\?", head) == ["site.css"]
    assert 0 < body.rfind("<footer") < body.find("_static/site.js")
    assert re.search(r'_static/site\.js\?v=\w{8}"', body)  # no browser keeps an old one
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
    text = read(first_page_with("has-keras has-torch"))
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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_printed_table_is_tagged_so_that_its_lines_do_not_wrap(path):
    untagged = [cell for cell in code_cells(path) if "table" not in tags(cell)]
    assert [cell.source for cell in untagged if prints_columns(cell)] == []


@pytest.mark.parametrize("folder", ["website/extensions", "_static"])
def test_the_site_takes_the_names_of_the_frameworks_from_the_figures(folder):
    for path in (ROOT / folder).glob("*.*"):
        if path.suffix in (".py", ".js", ".html"):
            assert '"PyTorch"' not in path.read_text(encoding="utf-8"), path.name
