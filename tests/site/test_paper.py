"""The PDF and the EPUB that `make book` has made of the site."""

import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile

import pikepdf
import pytest

from tests.notebooks import CHAPTERS, ROOT
from tests.site.visits import SITE
from tools.browsers import find_browser
from website.paper import pages as paper

TO_GO = ROOT / "_build" / "to_go"
NAMES = [name for name, _ in paper.order() if paper.short(name) not in paper.LEFT_OUT]
SOLUTION = re.compile(r">solution\(<[^>]*>&quot;|solution\(<span class=\"s2\">\"([\d.]+)\"")
HTML = "{http://www.w3.org/1999/xhtml}"
FORMULA = "{http://www.w3.org/1998/Math/MathML}math"


def article(name):
    """The HTML of a page of the site, without what stands around its article."""
    text = (SITE / f"{name}.html").read_text(encoding="utf-8")
    return text.partition('<article class="bd-article">')[2].partition("</article>")[0]


@pytest.fixture(scope="module")
def book():
    """The files of the EPUB by their names; those in XML as trees."""
    with zipfile.ZipFile(TO_GO / "hidden-state.epub") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        files = {name: archive.read(name) for name in archive.namelist()}
    kinds = (".xhtml", ".svg", ".opf", ".xml")
    return {n: ET.fromstring(data) if n.endswith(kinds) else data for n, data in files.items()}


@pytest.fixture(scope="module")
def chapters(book):
    """The pages of the EPUB in the order of its spine."""
    package = book["book/package.opf"]
    files = {item.get("id"): item.get("href") for item in package.iter() if item.get("href")}
    spine = [files[item.get("idref")] for item in package.iter() if item.get("idref")]
    assert {f"book/{name}" for name in files.values()} | {"book/package.opf"} == {
        name for name in book if name.startswith("book/")
    }
    return {name: book[f"book/{name}"] for name in spine}


def test_the_epub_holds_every_page_in_order(chapters):
    pages = [name for name in chapters if name.startswith("page-")]
    expected = [f"page-{posixpath.basename(name)}.xhtml" for name in NAMES]
    assert pages == [*expected, "page-solutions.xhtml"]


def test_every_link_of_the_epub_leads_to_a_place_and_every_image_is_there(book, chapters):
    ids = {f"{name}#{n.get('id')}" for name, tree in chapters.items() for n in tree.iter()}
    seen = 0
    for name, tree in chapters.items():
        for node in tree.iter():
            link = node.get("href") or node.get("src") or ""
            if not re.match(r"\w+:|$", link) and node.tag != f"{HTML}link":
                there = link in ids if "#" in link else f"book/{link}" in book
                assert there, (name, link)
                seen += 1
        for image in tree.iter(f"{HTML}img"):
            assert image.get("alt"), (name, image.get("src"))
    assert seen > 1000


def test_the_epub_has_all_formulas_and_figures_of_the_site_and_nothing_to_press(chapters):
    formulas = figures = images = 0
    for name in NAMES:
        html = article(name)
        formulas += html.count("<math")
        figures += html.count('class="vector') + html.count('class="diagram"')
        figures += html.count('class="reading"')
    counted = sum(len(list(tree.iter(FORMULA))) for tree in chapters.values())
    questions = sum(  # a formula of a question stands again beside its answer
        len(list(node.iter(FORMULA)))
        for node in chapters["page-solutions.xhtml"].iter()
        if node.get("class") == "question"
    )
    assert counted == formulas + questions
    for tree in chapters.values():
        images += len(list(tree.iter(f"{HTML}img")))
        assert not {node.tag.removeprefix(HTML) for node in tree.iter()} & {
            "script", "button", "input", "details", "summary",
        }  # fmt: skip
    assert images == figures


def test_no_drawing_of_the_epub_needs_what_an_old_reader_lacks(book):
    drawings = [name for name in book if name.endswith(".svg")]
    assert len(drawings) > 80
    for name in drawings:
        code = ET.tostring(book[name], encoding="unicode")
        assert not re.search(r"var\(|light-dark|:is\(|@media|by-night", code), name


def test_solutions_and_answers_stand_in_the_appendix_alone(chapters):
    """Each that the site has, and none beside its exercise."""
    numbers = {n for name in NAMES for n in SOLUTION.findall(article(name)) if n}
    assert len(numbers) > 60
    appendix = chapters["page-solutions.xhtml"]
    ids = {node.get("id") or "" for node in appendix.iter()}
    assert {i.partition("--solution-")[2] for i in ids} - {""} == numbers
    cards = sum(article(name).count('<details class="recall"') for name in NAMES)
    asked = [node for node in appendix.iter() if node.get("class") == "question"]
    assert len(asked) == cards == 3 * len(CHAPTERS)
    for name, tree in chapters.items():
        text = "".join(tree.itertext())
        assert 'solution("' not in text, name
        assert ("recall-answer" in ET.tostring(tree, encoding="unicode")) == (tree is appendix)


def test_the_book_does_not_offer_itself(chapters):
    assert "Take it with you" in article("index")
    for name, tree in chapters.items():
        assert "Take it with you" not in "".join(tree.itertext()), name


def test_what_the_site_folds_is_left_out_but_for_the_setup(chapters):
    text = "".join(chapters["page-04_hidden_state.xhtml"].itertext())
    assert "from rnnlib.text import" in text
    assert "after_o" not in text
    assert "after_o" in re.sub(r"<[^>]*>", "", article("chapters/04_hidden_state"))


@pytest.fixture(scope="module")
def pdf():
    if not find_browser():
        pytest.skip("No browser has printed the PDF.")
    with pikepdf.open(TO_GO / "hidden-state.pdf") as found:
        yield found


def test_the_pdf_is_tagged_named_and_in_english(pdf):
    assert pdf.Root.MarkInfo.Marked
    assert "/StructTreeRoot" in pdf.Root
    assert str(pdf.Root.Lang).startswith("en")
    with pdf.open_metadata() as known:
        assert known["dc:title"] == "Hidden State"


def structure(node):
    """The elements of a tagged PDF in the order in which they are read."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if "/S" in node:
            yield node
        below = node.get("/K", [])
        below = below if isinstance(below, pikepdf.Array) else [below]
        waiting += [child for child in reversed(below) if isinstance(child, pikepdf.Dictionary)]


def test_every_figure_of_the_pdf_is_described_and_no_heading_skips_a_level(pdf):
    elements = list(structure(pdf.Root.StructTreeRoot))
    figures = [node for node in elements if node.S == "/Figure"]
    expected = sum(
        article(name).count(f'class="{kind}')
        for name in NAMES
        for kind in ("vector", 'diagram"', 'reading"')
    )
    assert len(figures) >= expected > 80
    assert all(len(str(node.get("/Alt", ""))) > 20 for node in figures)
    levels = [int(str(node.S)[2]) for node in elements if re.fullmatch(r"/H\d", str(node.S))]
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))


def titles(name):
    """The heading of a page of the site, as it is read."""
    words = re.search(r"<h1>(.*?)(?:<a class=\"headerlink\"|</h1>)", article(name), re.S)[1]
    return re.sub(r"<[^>]*>", "", words).strip()


def test_the_bookmarks_of_the_pdf_are_the_parts_and_in_them_the_chapters(pdf):
    with pdf.open_outline() as outline:
        found = [child.title for part in outline.root for child in [part, *part.children]]
    found = [" ".join(title.split()) for title in found]
    places = [found.index(titles(name)) for name in NAMES[1:]]
    assert places == sorted(places)
    assert {"From one sentence", "Through time", "Real text", "Detours"} <= set(found)


def test_the_contents_of_the_pdf_lead_to_the_pages_on_which_chapters_begin(pdf):
    from website.paper.pdf import page_numbers

    numbers = page_numbers(TO_GO / "hidden-state.pdf")
    with pdf.open_outline() as outline:
        begin = {
            " ".join(item.title.split()): pdf.pages.index(pikepdf.Page(item.destination[0])) + 1
            for part in outline.root
            for item in [part, *part.children]
            if item.destination
        }
    for name in NAMES[1:]:
        assert numbers[f"page-{posixpath.basename(name)}--top"] == begin[titles(name)], name
