"""Slides: the deck of a lecture, made of figures, tables and cells of the built pages.

A deck is a file `website/slides/PAGE.toml`, where PAGE is the page of the lecture: its table gives
the minutes, what to do, and the questions to the room. A slide names a `page` and selectors of what
it shows there; a code cell has its id as a tag, so that its class is `tag_ID`. reveal.js turns the
slides; its files come with the package `sphinx-revealjs`.
"""

import json
import re
import shutil
import tomllib
from copy import copy
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urljoin

from bs4 import BeautifulSoup, SoupStrainer
from sphinx.errors import ExtensionError

from rnnlib.plots.style import LABELS
from website.extensions.search_index import text_of
from website.extensions.themed_figures import NAMES

HERE = Path(__file__).parent
DECKS = HERE.parent / "slides"
REVEAL = ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js", "LICENSE")
LEFT_OUT = ".headerlink, .narrow, details, button, script"
SENTENCE = re.compile(r".*?[.?!](?=\s|$)", re.S)


def read_decks():
    """{page of a lecture: its slides, whose fields are those of the file}."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DECKS.glob("*.toml"))}
    blank = {"show": [], "tell": [], "notes": "", "ask": 0, "say": "", "lines": []}
    return {name: [blank | s for s in tomllib.loads(t)["slide"]] for name, t in texts.items()}


def tag_cells(app, docname, source):
    """Code cells that a deck shows get their id as a tag."""
    page = Path(app.env.doc2path(docname))
    for name, slides in read_decks().items():
        shown = [
            part for slide in slides if slide.get("page") == page.stem for part in slide["show"]
        ]
        wanted = {cell for part in shown for cell in re.findall(r"\.tag_([\w-]+)", part)}
        if wanted:
            app.env.note_dependency(str(DECKS / f"{name}.toml"))
            notebook = json.loads(source[0])
            for cell in notebook["cells"]:
                if cell["id"] in wanted:
                    cell["metadata"].setdefault("tags", []).append(cell["id"])
            source[0] = json.dumps(notebook, ensure_ascii=False)


def words(tag):
    """The words of a part of a page, which stays as it is."""
    return text_of(copy(tag))


class Deck:
    """A lecture's slides as HTML; `read` gives the article of a built page by its name."""

    def __init__(self, lecture, slides, read):
        self.lecture, self.slides, self.read = lecture, slides, read
        rows = [row.select("td") for row in read(lecture).select("table tbody tr")]
        self.rows = [{"when": words(row[0]), "do": words(row[2]), "ask": row[3].p} for row in rows]

    def fail(self, what):
        raise ExtensionError(f"website/slides/{self.lecture}.toml: {what}")

    def find(self, slide, selector):
        """The parts that a slide takes from its page."""
        found = self.read(slide["page"]).select(selector)
        if not found:
            page = f"chapters/{slide['page']}"
            self.fail(f"the slide {slide['title']!r} takes {selector} from {page}, which has none.")
        return found

    def questions(self, row):
        """The questions to the room in a row of the table, counted from 1, as HTML."""
        asked = self.rows[row - 1]["ask"]
        return re.findall(r"\S[^?]*\?", asked.decode_contents()) if asked else []

    def slide(self, slide):
        """One slide: its minutes and title, what it shows, a link to where that stands, notes."""
        row = self.rows[slide["row"] - 1] if "row" in slide else {"when": "", "do": ""}
        shown = [part for one in slide["show"] for part in self.find(slide, one)]
        looks = ["question"] * bool(slide["ask"]) + ["bare"] * (not shown)
        title = self.questions(slide["row"])[slide["ask"] - 1] if slide["ask"] else slide["title"]
        do = f"{row['do']}." if slide["ask"] else ""
        told = [words(part) for one in slide["tell"] for part in self.find(slide, one)]
        told += [words(text) for part in shown for text in part.select("figcaption, .picture p")]
        notes = "".join(f"<p>{escape(text)}</p>" for text in (do, slide["notes"], *told) if text)
        parts = "".join(self.prepare(slide, part) for part in shown)
        parts = parts or f'<p class="say">{slide["say"]}</p>'
        return (
            f'<section><div class="frame {" ".join(looks)}">'
            f'<p class="when">{row["when"]}</p><h2>{title}</h2><div class="shown">{parts}</div>'
            f"{self.home(slide, shown[0]) if shown else ''}</div>"
            f'<aside class="notes">{notes}</aside></section>'
        )

    def address(self, slide, link=""):
        return urljoin(f"../chapters/{slide['page']}.html", link)

    def home(self, slide, part):
        """A link to what a slide shows, where it stands."""
        anchor = part.get("id") or part.find_parent(id=True)["id"]
        name = words(self.read(slide["page"]).h1).removesuffix("#")
        return f'<p class="source"><a href="{self.address(slide, f"#{anchor}")}">{name}</a></p>'

    def prepare(self, slide, found):
        """A part of a page as a slide shows it: first sentences of captions, ids of its own."""
        part = copy(found)
        for unwanted in part.select(LEFT_OUT):
            unwanted.decompose()
        for link in part.select("a[href]"):
            link["href"] = self.address(slide, link["href"])
        for caption in part.select(".caption-text"):
            caption.string = SENTENCE.match(words(caption))[0]
        for text in part.select(".picture p"):
            text.string = text.strong.get_text().rstrip(".")
        if slide["lines"]:
            keep_lines(part.pre, *slide["lines"])
        code = NAMES.sub(rf"\1{slide['page']}-", str(part))  # two pages have a figure f0
        for name in ("keras", "torch"):
            if f"tag_{name}" in part.get("class", ()):
                label = f'<p class="framework-label">{LABELS[name]}</p>'
                return f'<div class="framework-{name}">{label}{code}</div>'
        return code

    def html(self):
        """All slides; each question of the table is on one of them."""
        asked = {(slide.get("row"), slide["ask"]) for slide in self.slides}
        for row in range(1, len(self.rows) + 1):
            for n, question in enumerate(self.questions(row), 1):
                if (row, n) not in asked:
                    self.fail(f"no slide asks {question!r}, question {n} in row {row} of the page.")
        return "\n".join(map(self.slide, self.slides))


def keep_lines(pre, first, last):
    """Take all but these lines, counted from 1, out of code or of what it printed."""
    lines = pre.decode_contents().split("\n")[first - 1 : last]
    pre.replace_with(BeautifulSoup(f"<pre>{chr(10).join(lines)}</pre>", "html.parser"))


def write(app, exception):
    """Write the deck of each lecture whose page is on the site."""
    if exception:
        return

    @cache
    def read(name):
        text = Path(app.builder.get_outfilename(f"chapters/{name}")).read_text(encoding="utf-8")
        return BeautifulSoup(text, "html.parser", parse_only=SoupStrainer("article"))

    for name, slides in read_decks().items():
        if f"chapters/{name}" in app.env.found_docs:
            write_deck(
                Path(app.outdir), name, Deck(name, slides, read).html(), words(read(name).h1)
            )


def write_deck(site, name, slides, title):
    """The page of a deck, and what it loads."""
    static = site / "_static" / "slides"
    static.mkdir(parents=True, exist_ok=True)
    (site / "slides").mkdir(exist_ok=True)
    reveal = files("sphinx_revealjs") / "_static" / "revealjs"
    for source in (DECKS / "slides.css", DECKS / "slides.js", *(reveal / path for path in REVEAL)):
        shutil.copy2(source, static)
    early = (HERE / "first_paint.js").read_text(encoding="utf-8")
    template = Template((DECKS / "page.html").read_text(encoding="utf-8"))
    page = template.substitute(title=title.removesuffix("#"), early=early, slides=slides, name=name)
    (site / "slides" / f"{name}.html").write_text(page, encoding="utf-8")


def setup(app):
    app.connect("source-read", tag_cells, priority=400)  # before cells come and go
    app.connect("build-finished", write, priority=550)  # before the style sheet is made
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
