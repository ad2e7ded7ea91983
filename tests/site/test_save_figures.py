"""Figures to take: saved from the disk, in the light, with the licence; all of them on one page."""

import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from tests.helpers import assert_none
from tests.site.visits import PAGES, SITE, find_trouble, look, read, shortest_page_with, visit
from website.extensions.imprint import imprint
from website.paper.pages import order

ALL = "chapters/figures.html"
KINDS = ('class="sheet"', 'class="vector both"', 'class="by-day"', 'class="reading"')
# What only a page can resolve, and what was escaped twice
UNKNOWN = re.compile(r"var\(|light-dark|:is\(|by-night|&amp;amp;")
SIZE = ("width", "height")


def figures_of(name):
    """The ids of all numbered figures of a page, by their captions."""
    found = re.findall(r'<figure class="[^"]*"(?: id="([^"]*)")?>(.*?)</figure>', read(name), re.S)
    return [anchor for anchor, code in found if 'class="caption-number"' in code]


def test_the_page_of_all_figures_shows_each_once_in_the_order_of_the_book():
    pages = [f"{name}.html" for name, _ in order()]
    places = [(name, anchor) for name in pages for anchor in figures_of(name)]
    assert len(places) > 100
    shown = re.findall(r'<figcaption><p><a href="([^"]*)#([^"]*)">Fig', read(ALL))
    assert [(name.rpartition("/")[2], anchor) for name, anchor in places] == [
        (address.rpartition("/")[2], anchor) for address, anchor in shown
    ]
    assert [name for name in PAGES if name not in pages and figures_of(name)] == []


def faults_of(path):
    """What a saved figure lacks: whole SVG in plain colours, a title, white, source and licence."""
    code = path.read_text(encoding="utf-8")
    known, root = imprint(), ET.fromstring(code)
    title, ground, _, line = root
    yield from (f"{path.name} needs {word} of a page" for word in UNKNOWN.findall(code))
    words = (known["title"].partition(":")[0], "Fig.", known["author"], known["licence"])
    if not (title.text and all(word in line.text for word in words)):
        yield f"{path.name} does not say what it is and whose: {title.text} {line.text}"
    if ground.get("fill") != "#ffffff" or any(root.get(k) != ground.get(k) for k in SIZE):
        yield f"{path.name} is not on white"


def test_every_saved_figure_is_whole_light_and_says_its_source_and_licence():
    paths = sorted((SITE / "figures").glob("*.svg"))
    assert len(paths) >= len({anchor for name in PAGES for anchor in figures_of(name)})
    faults = [fault for path in paths for fault in faults_of(path)]
    assert_none(faults, "See website/paper/drawings.py and website/extensions/save_figures.py.")


def save(page, part, tmp_path):
    """What a press of the Enter key on a link or a button saves, as a file."""
    part.focus()
    with page.expect_download() as begun:
        page.keyboard.press("Enter")
    begun.value.save_as(tmp_path / begun.value.suggested_filename)
    return tmp_path / begun.value.suggested_filename


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_saved_as_svg_and_as_png_by_keyboard_from_the_disk(page, kind, tmp_path):
    visit(page, (SITE / shortest_page_with(kind)).as_uri())
    figure = page.locator("figure", has=page.locator(f"[{kind}]")).first
    saved = save(page, figure.get_by_role("link", name=re.compile(r"Save Fig\. .* SVG")), tmp_path)
    stem = figure.get_attribute("id").removeprefix("fig-")
    assert saved.name == f"hidden-state-{stem}.svg"
    assert saved.read_bytes() == (SITE / "figures" / f"{stem}.svg").read_bytes()
    button = figure.get_by_role("button", name=re.compile(r"Save Fig\. .* PNG"))
    with Image.open(save(page, button, tmp_path)) as picture:
        assert picture.format == "PNG"
        assert picture.width >= 1920
        colours = picture.convert("RGB").getcolors(10**6)
        assert max(colours)[1] == picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
        assert len(colours) > 4
    assert find_trouble(page, "file:") == []


def test_a_link_to_a_figure_is_beside_its_caption_and_nothing_of_it_on_paper(page, base):
    look(page, base + shortest_page_with('class="sheet"'))
    sign = page.get_by_role("link", name=re.compile(r"Link to Fig\. "))
    place = sign.first.get_attribute("href")
    assert page.locator(f"figure{place}").get_by_role("link", name="Link to Fig.").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".save:visible").count() == 0


def test_without_javascript_there_is_a_link_and_no_button(scriptless, base):
    scriptless.goto(base + shortest_page_with('class="sheet"'))
    figure = scriptless.locator("figure:has(.sheet)").first
    assert figure.get_by_role("link", name=re.compile("SVG")).is_visible()
    assert not figure.get_by_role("button").first.is_visible()


def test_the_page_of_all_figures_is_usable_at_once_and_loads_what_is_looked_at(page, base):
    visit(page, base + ALL)
    drawings = [url for url in page.requests if url.endswith(".svg") and "/figures/" in url]
    assert 0 < len(drawings) < 60
    assert not any(url.endswith(".js") and "/figures/" in url for url in page.requests)
