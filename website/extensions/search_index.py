"""The search: an index of what the built pages say, and the scripts that search it.

One document is a section, a row of advice, a term, an exercise or a cited work. The index is read
from the HTML, so that it holds what a reader sees: whatever another extension adds is found, and
solutions and recall cards are not. It is a script, because a page that was opened from a folder may
load scripts and fetch nothing. The scripts are copied to `_static/search`: below the source's own
`_static`, Jupyter Book would load them on every page. There, only `search.js` loads the others.
"""

import json
import keyword
import re
from pathlib import Path

from bs4 import BeautifulSoup, SoupStrainer, Tag
from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.fileutil import copy_asset

from rnnlib.plots.style import LABELS
from website.extensions.assets import INDEX

HERE = Path(__file__).parent
FOLDER = "_static/search"
SECTION, ADVICE, TERM, EXERCISE, WORK = range(5)

# --- what can be linked to ------------------------------------------------------------------------

ADVICE_TITLES = ("What can go wrong", "When something goes wrong", "When something is wrong")
BOTH = {LABELS["keras"], LABELS["torch"]}
NAMES = ("letter", "name", "parameter")  # heads of the tables of the notation


def holds_advice(table):
    """Whether each row of a table answers a question of its own."""
    head = [entry.astext() for entry in next(iter(table.findall(nodes.thead))).findall(nodes.entry)]
    is_advice = table.parent.next_node(nodes.title).astext() in ADVICE_TITLES
    return is_advice or set(head) >= BOTH or head[0] in NAMES


def opens_with_strong(paragraph):
    """Whether a paragraph begins with bold words, its title."""
    if not isinstance(paragraph, nodes.paragraph):
        return False
    return isinstance(next((part for part in paragraph if part.astext()), None), nodes.strong)


class AdviceAnchors(SphinxTransform):
    """Rows and paragraphs of advice get ids and the class `advice`."""

    default_priority = 770  # before anything lies in boxes

    def apply(self):
        found = []
        for table in self.document.findall(nodes.table):
            if isinstance(table.parent, nodes.section) and holds_advice(table):
                found += next(iter(table.findall(nodes.tbody))).findall(nodes.row)
        for section in self.document.findall(nodes.section):
            if section.next_node(nodes.title).astext() in ADVICE_TITLES:
                found += [part for part in section if opens_with_strong(part)]
        for number, node in enumerate(found, 1):
            node["ids"].append(f"advice-{number}")
            node["classes"].append("advice")


# --- words ----------------------------------------------------------------------------------------

SPACED = set("=+≈≠≤≥<>≡∼∝→←×·⊙∈")
MARKS = {"msub": "_", "munder": "_", "msup": "^", "mover": "^"}


def say(node, gap=" "):
    """MathML as somebody types it: h_t = tanh(x_t W_xh). `gap` stands between two names."""
    if not isinstance(node, Tag):
        return str(node).strip().replace("\u2061", "").replace(",", ", ")
    if node.name == "mo" and node.get_text().strip() in SPACED and node.get("lspace") != "0":
        return f" {node.get_text().strip()} "
    parts = [child for child in node.children if isinstance(child, Tag) or child.strip()]
    if node.name in MARKS:
        base, mark = say(parts[0], gap), say(parts[1], "").strip()
        return f"{base}{mark}" if set(mark) <= set("′^ˆ~˜¯‾") else f"{base}{MARKS[node.name]}{mark}"
    if node.name in ("msubsup", "munderover"):
        base, low, high = say(parts[0], gap), say(parts[1], ""), say(parts[2], "")
        return f"{base}_{low}^{high}"
    if node.name == "mfrac":
        halves = (tidy(say(part, gap)) for part in parts)
        return "/".join(half if re.fullmatch(r"[\w^.]+", half) else f"({half})" for half in halves)
    said, last = "", None
    for part in parts:
        word = say(part, gap)
        grow_together = said[-1:].isalnum() and word[:1].isalnum() and last.name != "mn"
        said += (gap if grow_together else "") + word
        last = part
    return f"√({said})" if node.name == "msqrt" else f"{said} " if node.name[:2] == "mt" else said


def tidy(words):
    """One line, without a gap before a comma."""
    return re.sub(r"\s+([,;:!?)]|\.(?!\.))", r"\1", re.sub(r"\s+", " ", words)).strip()


def text_of(element):
    """The words of an element; blocks and cells are kept apart."""
    for math in element.select("math"):
        math.replace_with(f" {tidy(say(math))} " if math.get("display") else tidy(say(math)))
    for row in element.find_all("tr"):
        row.append(". ")
    for item in element.find_all(("td", "th", "li")):
        item.append(" · " if item.find_next_sibling(item.name) else " ")
    for block in element.find_all(("p", "dd", "figcaption", "div")):
        block.append(" ")
    return tidy(element.get_text())


def title_of(section):
    """The heading of a section, without the number of its chapter."""
    heading = section.find(re.compile("^h[1-5]$"))
    for link in heading.select(".headerlink"):
        link.extract()
    return re.sub(r"^\d+\.\s+", "", tidy(heading.get_text()))


# Names that every program has, so that nobody looks for them.
KEYWORDS = {*keyword.kwlist, "print", "range", "len", "self"}
MESSAGE = re.compile(
    r"Error\b|Warning\b|\bmust be\b|\bExpected \w|cannot be|Trying to backward|\bnot among\b"
)


def names_of(code):
    """The names in a program, once each, and its comments."""
    comments = re.findall(r"#\s*(.*)", code)
    names = re.findall(r"[A-Za-z_]\w{2,}", re.sub(r'"[^"\n]*"|\'[^\'\n]*\'|#.*', " ", code))
    return [*dict.fromkeys(name for name in names if name not in KEYWORDS), *comments]


def messages_of(section):
    """What a library answered where a cell shows how it refuses: readers paste such lines."""
    outputs = (output.get_text() for output in section.select(".cell_output pre"))
    lines = [line.strip(" '") for text in outputs for line in text.split("\n")]
    return [line for line in lines if MESSAGE.search(line)][:4]


# --- documents ------------------------------------------------------------------------------------

HIDDEN = (
    "details:not(.lab-notes), .headerlink, .save, script, style, .cell_output, .framework-label, "
    ".reading, .all-figures"
)


class Index:
    """The pages of a book and the documents on them."""

    def __init__(self):
        self.pages, self.documents = [], []

    def add(self, kind, anchor, title, text, *, under="", code="", answers="", homes=()):
        """A document of the last page; empty ends are left out."""
        document = [len(self.pages) - 1, anchor, kind, title, under, text, code, answers, [*homes]]
        while document[-1] in ("", []):
            document.pop()
        self.documents.append(document)

    def add_page(self, html, address):
        """All documents of a page; an inner section is taken out of the one around it."""
        soup = BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("article"))
        sections = soup.select("article.bd-article section")
        if not sections:
            return
        number = re.match(r"(\d+)\.", sections[0].find("h1").get_text().strip())
        titles = {id(section): title_of(section) for section in sections}
        self.pages.append([address, titles[id(sections[0])], number[1] if number else ""])
        self.add_terms(soup)
        self.add_works(soup)
        inner = {
            id(section): [titles[id(part)] for part in section.find_all("section", recursive=False)]
            for section in sections
        }
        for section in reversed(sections):
            around = section.find_parent("section")
            under = titles[id(around)] if around and around is not sections[0] else ""
            self.add_section(section, titles[id(section)], under, inner[id(section)])
            section.extract()

    def add_section(self, section, title, under, inner):
        """A section without those inside it; a heading without words of its own has theirs."""
        is_exercise = "exercise" in section.get("class", [])
        code = messages_of(section)
        for hidden in section.select(HIDDEN):
            hidden.extract()
        for cell in section.select("div[class*=highlight-]"):
            if not is_exercise:
                code += names_of(cell.get_text())
        for program in section.select("pre, .cell"):
            program.extract()
        self.add_advice(section, title)
        section.find(re.compile("^h[1-5]$")).extract()
        folded = section.select(".answer, .lab-notes")
        answers = " ".join(text_of(fold.extract()) for fold in folded)
        text = text_of(section) or " · ".join(inner)
        code = tidy(" ".join(dict.fromkeys(code)))
        if text or code or answers:
            kind = EXERCISE if is_exercise else SECTION
            self.add(kind, section["id"], title, text, under=under, code=code, answers=answers)

    def add_advice(self, section, title):
        """Rows and paragraphs of advice: the first cell, or the bold words, are the title."""
        for advice in section.select(".advice"):
            if advice.name == "tr":
                heads = advice.find_parent("table").select("th")
                name, *cells = map(text_of, advice.find_all("td"))
                pairs = zip(heads[1:], cells, strict=True)
                said = "; ".join(f"{head.get_text().strip()}: {cell}" for head, cell in pairs)
                text = cells[0] if len(cells) == 1 else f"{said}."
            else:
                name, text = advice.find("strong").extract().get_text().rstrip("."), text_of(advice)
            self.add(ADVICE, advice["id"], name, text, under=title)
        for table in section.select("table:has(.advice)"):
            table.extract()
        for advice in section.select(".advice"):
            advice.extract()

    def add_terms(self, soup):
        """The terms of a glossary, with the pages that explain them."""
        for glossary in soup.select("dl.glossary"):
            for term in glossary.select("dt"):
                for link in term.select(".headerlink"):
                    link.extract()
                text = term.find_next_sibling("dd")
                homes = [link["href"].split("#")[0] for link in text.select("a.internal[href]")]
                self.add(TERM, term["id"], tidy(term.get_text()), text_of(text), homes=homes)
            glossary.extract()

    def add_works(self, soup):
        """The cited works, each under its authors and year."""
        for work in soup.select("div.citation[id]"):
            if label := work.find(class_="label"):
                label.extract()
            text = text_of(work)
            people = re.split(r",? and |, ", text.split(". ")[0])
            names = [person.split()[-1] for person in people if person.strip()]
            who = " and ".join(names) if len(names) < 3 else f"{names[0]} and others"
            years = re.findall(r"\b(?:19|20)\d\d\b", text)
            self.add(WORK, work["id"], f"{who}, {years[-1]}" if years else who, text)
            work.extract()

    def as_script(self):
        """The index as a script; terms name pages by their numbers."""
        numbers = {Path(address).name: n for n, (address, *_) in enumerate(self.pages)}
        for document in self.documents:
            if document[2] == TERM and isinstance(document[-1], list):
                names = [Path(home).name for home in document[-1]]
                document[-1] = [numbers[name] for name in names if name in numbers]
        index = {"pages": self.pages, "documents": self.documents}
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        return f"bookSearch.index = {text};\n"


# --- the build ------------------------------------------------------------------------------------


def copy_scripts(app):
    """Copy the scripts; the one style sheet, made later, keeps the classes that they name."""
    copy_asset(HERE.parent / "search", Path(app.outdir) / FOLDER)


def write_index(app, exception):
    """Write the index once all pages are there; pages come in the order of the book."""
    if exception:
        return
    index = Index()
    order = [app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, [])]
    for name in dict.fromkeys([*order, *sorted(app.env.found_docs)]):
        path = Path(app.builder.get_outfilename(name))
        index.add_page(path.read_text(encoding="utf-8"), path.relative_to(app.outdir).as_posix())
    path = Path(app.outdir) / FOLDER / INDEX
    path.write_text(index.as_script(), encoding="utf-8")


def setup(app):
    app.add_transform(AdviceAnchors)
    app.connect("builder-inited", copy_scripts)
    app.connect("build-finished", write_index, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
