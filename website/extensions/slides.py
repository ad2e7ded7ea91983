"""Slides: the deck of a lecture, made of figures, tables and cells of the built pages.

A deck is a file `website/slides/PAGE.toml`, where PAGE is the page of the lecture: its table gives
the minutes, what to do, and the questions to the room. A slide names a `page` and selectors of what
it shows there. reveal.js turns the slides; its files come with the package `sphinx-revealjs`.
"""

import json
import re
import shutil
import tomllib
from copy import copy
from functools import cache, partial
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from bs4 import BeautifulSoup, SoupStrainer
from sphinx.errors import ExtensionError

from website.extensions.search_index import text_of
from website.extensions.themed_figures import NAMES

HERE = Path(__file__).parent
DECKS = HERE.parent / "slides"
REVEAL = ("dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js", "LICENSE")
BLANK = {"row": 0, "ask": 0, "say": "", "show": [], "lines": [[]], "tell": [], "notes": ""}
NO_WORDS = ".headerlink, .caption-number, .save"
LEFT_OUT = f"{NO_WORDS}, .narrow, .c1, details, button, script"


def read_decks():
    """{page of a lecture: its slides, whose fields are those of the file}."""
    decks = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in DECKS.glob("*.toml")}
    return {page: [BLANK | slide for slide in deck["slide"]] for page, deck in decks.items()}


def tag_cells(app, docname, source):
    """Code cells that a deck shows get their id as a tag, so that their class is `tag_ID`."""
    page = Path(app.env.doc2path(docname))
    for name, slides in read_decks().items():
        shown = " ".join(part for s in slides if s.get("page") == page.stem for part in s["show"])
        if wanted := set(re.findall(r"\.tag_([\w-]+)", shown)):
            app.env.note_dependency(str(DECKS / f"{name}.toml"))
            notebook = json.loads(source[0])
            for cell in notebook["cells"]:
                if cell["id"] in wanted:
                    cell["metadata"].setdefault("tags", []).append(cell["id"])
            source[0] = json.dumps(notebook, ensure_ascii=False)


def is_kept(n, lines):
    """Whether line `n` is in one of the ranges of [first, last, first, last, ...]; all if none."""
    return not lines or any(a <= n <= b for a, b in zip(lines[::2], lines[1::2], strict=True))


def words(tag):
    """The words of a part of a page, which stays as it is."""
    tag = copy(tag)
    for mark in tag.select(NO_WORDS):
        mark.decompose()
    return text_of(tag)


class Deck:
    """A lecture's slides as HTML; `read` gives the article of a built page by its name."""

    def __init__(self, lecture, slides, read):
        self.lecture, self.slides, self.read = lecture, slides, read
        rows = [row.select("td") for row in read(lecture).select("table tbody tr")]
        self.rows = [("", "", [])]  # those of the table count from 1
        for when, _, do, ask in rows:
            asked = re.findall(r"\S[^?]*\?", ask.p.decode_contents() if ask.p else "")
            self.rows.append((words(when), f"To do: {words(do)}.", asked))

    def fail(self, what):
        raise ExtensionError(f"website/slides/{self.lecture}.toml: {what}")

    def find(self, slide, field):
        """The parts of its page that a slide names in a field."""
        for selector in slide[field]:
            found = self.read(slide["page"]).select(selector)
            if not found:
                where = f"{selector} of chapters/{slide['page']}, where it is not. Name what is."
                self.fail(f"the slide {slide['title']!r} takes {where}")
            yield from found

    def slide(self, slide):
        """One slide: its minutes and title, what it shows, a link to where that stands, notes."""
        row, ask = slide["row"], slide["ask"]
        if row >= len(self.rows) or ask > len(self.rows[row][2]):
            self.fail(f"the lecture's table has no row {row} with {ask} questions.")
        when, do, asked = self.rows[row]
        title = asked[ask - 1] if ask else escape(slide["title"])
        shown = list(self.find(slide, "show"))
        texts = [text for part in shown for text in part.select("figcaption, .picture p")]
        told = [words(text) for text in (*self.find(slide, "tell"), *texts)]
        notes = [do * bool(ask), slide["notes"], *told]
        looks = ["question"] * bool(ask) + ["bare"] * (not shown)
        lines = slide["lines"] * len(shown)
        parts = "".join(map(partial(self.prepare, slide), shown, lines))
        parts += f"<p>{escape(slide['say'])}</p>" * bool(slide["say"])
        return (
            f'<section><div class="frame {" ".join(looks)}"><p class="when">{when}</p>'
            f'<h2>{title}</h2><div class="shown">{parts}</div>'
            f"{self.home(slide, shown[0]) if shown else ''}</div>"
            f'<aside class="notes">{"".join(f"<p>{escape(n)}</p>" for n in notes if n)}</aside>'
            "</section>"
        )

    def home(self, slide, part):
        """A link to what a slide shows, where it stands."""
        place = part if part.get("id") else part.find_parent(id=True)
        address, name = f"{slide['page']}.html#{place['id']}", words(self.read(slide["page"]).h1)
        return f'<p class="source"><a href="../chapters/{address}">{name}</a></p>'

    def prepare(self, slide, found, lines):
        """A part of a page as a slide shows it: first sentences of captions, ids of its own.

        Of its code, of what it prints, or of its equations, only those in `lines`. One sheet of
        a drawing is a drawing, which says what is under it.
        """
        if len(lines) % 2:
            self.fail(f"the slide {slide['title']!r} has lines {lines}, which are not pairs.")
        part = copy(found)
        for unwanted in part.select(LEFT_OUT):
            unwanted.decompose()
        for caption in [part] * (part.name == "p") + part.select(".caption-text"):
            caption.string = re.match(r".*?([.?!](?=\s)|$)", words(caption), re.S)[0]
        for text in part.select(".picture p"):
            text.string = text.strong.get_text().rstrip(".")
        for n, equation in enumerate(part.select("mtr"), 1):
            if not is_kept(n, lines):
                equation.decompose()
        if part.pre:
            code = enumerate(part.pre.decode_contents().split("\n"), 1)
            code = "\n".join(line for n, line in code if is_kept(n, lines))
            part.pre.replace_with(BeautifulSoup(f"<pre>{code}</pre>", "html.parser"))
        if "picture" in part.get("class", []):
            part.svg.attrs.pop("aria-hidden", None)
            part.svg.attrs |= {"role": "img", "aria-label": words(found.p)}
            part = f'<div class="diagram">{part}</div>'
        return NAMES.sub(rf"\g<1>{slide['page']}-", str(part))  # two pages have a figure f0

    def html(self):
        """All slides; each question of the table is on one of them."""
        taken = {(slide["row"], slide["ask"]) for slide in self.slides}
        for row, (*_, asked) in enumerate(self.rows):
            for n, question in enumerate(asked, 1):
                if (row, n) not in taken:
                    self.fail(
                        f"no slide asks question {n} in row {row} of the table, {question!r}."
                    )
        return "\n".join(map(self.slide, self.slides))


def write(app, exception):
    """Write the deck of each lecture whose page is on the site, and copy what it loads."""
    if exception:
        return

    @cache
    def read(name):
        path = Path(app.builder.get_outfilename(f"chapters/{name}"))
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return BeautifulSoup(text, "html.parser", parse_only=SoupStrainer("article"))

    site = Path(app.outdir)
    template = Template((DECKS / "page.html").read_text(encoding="utf-8"))
    early = (HERE / "first_paint.js").read_text(encoding="utf-8")
    for name, slides in read_decks().items():
        if f"chapters/{name}" in app.env.found_docs:
            reveal = files("sphinx_revealjs") / "_static" / "revealjs"
            for folder in (site / "slides", site / "_static" / "slides"):
                folder.mkdir(parents=True, exist_ok=True)
            for source in (*DECKS.glob("slides.*"), *(reveal / path for path in REVEAL)):
                shutil.copy2(source, site / "_static" / "slides")
            said = {"title": words(read(name).h1), "slides": Deck(name, slides, read).html()}
            page = template.substitute(said, early=early, name=name)
            (site / "slides" / f"{name}.html").write_text(page, encoding="utf-8")


def setup(app):
    app.connect("source-read", tag_cells, priority=400)  # before cells come and go
    app.connect("build-finished", write, priority=550)  # before the style sheet is made
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
