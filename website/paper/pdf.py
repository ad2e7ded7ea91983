"""The book as a PDF: one long page, which Chromium prints, tagged and with bookmarks.

It is printed twice, for the contents name pages that are known only when it was printed once.
"""

import tempfile
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote

import matplotlib
import pikepdf
from playwright.sync_api import sync_playwright
from pygments.formatters import HtmlFormatter

from tools.browsers import FLAGS, find_browser
from website.paper.front import AUTHOR, SUBTITLE, TITLE, make_front
from website.paper.pages import ET, SITE, make, read

HERE = Path(__file__).parent
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SHEETS = ("formulas.css", "diagrams.css", "figures.css", "reading.css")
FACES = {
    ("Text", "normal", "400"): "STIXGeneral",
    ("Text", "italic", "400"): "STIXGeneralItalic",
    ("Text", "normal", "700"): "STIXGeneralBol",
    ("Text", "italic", "700"): "STIXGeneralBolIta",
    ("Labels", "normal", "400"): "DejaVuSans",
    ("Labels", "normal", "700"): "DejaVuSans-Bold",
    ("Labels", "italic", "400"): "DejaVuSans-Oblique",
    ("Code", "normal", "400"): "DejaVuSansMono",
    ("Code", "normal", "700"): "DejaVuSansMono-Bold",
    ("Code", "italic", "400"): "DejaVuSansMono-Oblique",
}
HEADINGS = {f"h{level}": f"h{min(level + 1, 6)}" for level in range(1, 7)}


def style(pages):
    """The style sheet: fonts by their place, colours of code, `paper.css`, running heads."""
    faces = [
        f'@font-face {{ font-family: "{family}"; font-style: {slant}; font-weight: {weight}; '
        f'src: url("{(FONTS / name).as_uri()}.ttf"); }}'
        for (family, slant, weight), name in FACES.items()
    ]
    heads = [
        f'@page p{number} {{ @top-right {{ content: "{running_head(page)}"; }} }}\n'
        f'[id="{page.name}--top"] {{ page: p{number}; }}'
        for number, page in enumerate(pages)
    ]
    code = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    own = (HERE / "paper.css").read_text(encoding="utf-8")
    return "\n".join([*faces, code, own, *heads])


def running_head(page):
    """What stands at the top of a page's sheets."""
    return (f"{page.number}. " if page.number else "") + page.title.replace('"', r"\"")


def contents(pages):
    """The contents; the number of a page is filled in when it is known."""
    items = []
    for part, found in groupby(pages, key=lambda page: page.part):
        if part:
            items.append(make("p", text=part, class_="part-line"))
        for page in found:
            link = make("a", text=running_head(page), href=f"#{page.name}--top")
            dots, number = make("span", class_="dots"), make("span", text="0", class_="number")
            items.append(make("p", link, dots, number, class_="line"))
    return make("nav", make("h1", text="Contents"), *items, class_="contents")


def document(pages):
    """The whole book as one page of HTML."""
    body = make("body", *make_front(pages), contents(pages))
    for part, found in groupby(pages, key=lambda page: page.part):
        chapters = [page.tree for page in found]
        if part and part != "Appendix":
            body.append(make("h1", text=part, class_="part"))
        body.extend(chapters)
    for node in body.iter():
        if node.tag == "figure":  # of a figure and its drawing, the drawing has the description
            node.set("role", "group")
        node.tag = HEADINGS.get(node.tag, node.tag) if "class" not in node.attrib else node.tag
    sheets = [make("link", rel="stylesheet", href=f"{SITE.as_uri()}/_static/{n}") for n in SHEETS]
    head = make("head", make("meta", charset="utf-8"), make("title", text=TITLE), *sheets)
    head.append(make("style", text=style(pages)))
    return make("html", head, body, lang="en", **{"data-theme": "light"})


def page_numbers(path):
    """The page of every target of a link, counted from 1."""
    with pikepdf.open(path) as pdf:
        place = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        named = pdf.Root.get("/Dests", {})
        return {
            unquote(str(name)[1:]): place[target[0].objgen]
            for name, target in named.items()
            if target[0].objgen in place
        }


def finish(source, target):
    """Add title and author, and pack the many small objects of a tagged file."""
    with pikepdf.open(source) as pdf:
        with pdf.open_metadata() as known:
            known["dc:title"], known["dc:creator"] = TITLE, [AUTHOR]
            known["dc:description"], known["dc:language"] = SUBTITLE, ["en"]
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            recompress_flate=True,
            deterministic_id=True,
        )


FILL_IN = """numbers => document.querySelectorAll(".contents .line").forEach(line => {
  line.lastElementChild.textContent = numbers[line.firstElementChild.hash.slice(1)];
})"""


def print_twice(book, printed):
    """Print the book, write the numbers of its pages into the contents, and print it again."""
    source = printed.with_suffix(".html")
    code = ET.tostring(book, encoding="unicode", method="html")
    source.write_text(f"<!doctype html>\n{code}", encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        tab = browser.new_page(color_scheme="light")
        tab.goto(source.as_uri(), timeout=0)
        tab.pdf(path=printed, prefer_css_page_size=True)
        numbers = page_numbers(printed)
        tab.evaluate(FILL_IN, numbers)
        tab.pdf(path=printed, prefer_css_page_size=True, tagged=True, outline=True)
        browser.close()
    if page_numbers(printed) != numbers:
        raise SystemExit("The contents name wrong pages: their numbers changed what they count.")


def write(target):
    """Print the book to a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder, "book.pdf")
        print_twice(document(read()), printed)
        finish(printed, target)
