"""The imprint: version and date under each page, how to cite the book, and where to report.

All of it stands in CITATION.cff, but for the address, which is the setting of `_config.yml`.
"""

import datetime
import textwrap
from pathlib import Path

import yaml
from babel.dates import format_date
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

FILE = Path(__file__).parents[2] / "CITATION.cff"
PAGE = "chapters/about"
BIBTEX = """@misc{{hidden-state,
  author = {{{{{author}}}}},
  title  = {{{{{title}}}}},
  year   = {{{date.year}}},
  note   = {{Version {version}, {day}}},{address}
}}"""
NO_ADDRESS = (
    "This copy of the book was built without the address of a repository, so there is no place to "
    "report to. Whoever publishes a copy names one in ",
    ", and a link stands here.",
)


def imprint():
    """What CITATION.cff says: title, author, licence of text and figures, version, date."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    date = datetime.date.fromisoformat(found["date-released"])
    return {
        "title": found["title"],
        "author": found["authors"][0]["name"],
        "licence": found["license"][-1].replace("-", " "),
        "version": found["version"],
        "date": date,
        "day": format_date(date, "d MMMM y", locale="en_GB"),
    }


class HowToCite(SphinxDirective):
    """`how-to-cite`: the book in a sentence, and for BibTeX."""

    def run(self):
        self.env.note_dependency(str(FILE))
        said, address = imprint(), self.config.book_address
        sentence = nodes.paragraph("", f"{said['author']} ({said['date'].year}). ")
        sentence += nodes.emphasis("", said["title"])
        sentence += nodes.Text(f". Version {said['version']}, {said['day']}.")
        if address:
            sentence += [nodes.Text(" "), nodes.reference("", address, refuri=address)]
        line = f"\n  url    = {{{address}}}," if address else ""
        title = textwrap.fill(said["title"], 58, subsequent_indent=" " * 12)
        entry = BIBTEX.format(address=line, **said | {"title": title})
        return [sentence, nodes.literal_block(entry, entry, language="text")]


class Feedback(SphinxDirective):
    """`feedback`: the link to report with, or why there is none."""

    def run(self):
        repository = self.config.book_repository
        if not repository:
            before, after = NO_ADDRESS
            setting = nodes.literal("", "_config.yml")
            return [nodes.paragraph("", "", nodes.Text(before), setting, nodes.Text(after))]
        words = nodes.paragraph("", "A mistake, a sentence that is hard to read, a question: ")
        link = nodes.reference("", "open an issue", refuri=f"{repository}/issues/new")
        words += [link, nodes.Text(", and name the page and the section.")]
        return [words]


def add_to_footer(app, pagename, templatename, context, doctree):
    """Version and date under the licence, with a link to how the book is cited."""
    words = f"Version {imprint()['version']}, {imprint()['day']}"
    if PAGE in app.env.found_docs:
        words += f' · <a href="{context["pathto"](PAGE)}">How to cite, licence, feedback</a>'
    context["theme_extra_footer"] = f"{context.get('theme_extra_footer', '')}<p>{words}</p>"


def setup(app):
    app.add_directive("how-to-cite", HowToCite)
    app.add_directive("feedback", Feedback)
    app.connect("html-page-context", add_to_footer)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
