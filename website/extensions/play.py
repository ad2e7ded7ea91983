"""The pieces to play with: small views of a network inside the chapters, on the engine of the lab.

The comment `<!-- play: NAME -->` in a page or a cell of text, which no other reader of Markdown
shows, becomes the directive `play`. It draws the piece with the values that it starts with, as
NumPy computes them: that is what stands on paper and where there is no JavaScript. On the page
`website/lab/play/start.js` wakes it when it is first used, and only then loads what it needs.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from website.extensions.pieces import PIECES

COMMENT = re.compile(r"^<!-- play: (\w+) -->$", re.MULTILINE)
START = "lab/play/start.js"


class Play(SphinxDirective):
    """`play`: the piece of this name."""

    required_arguments = 1

    def run(self):
        (name,) = self.arguments
        if name not in PIECES:
            raise self.error(f"there is no piece {name}, but {', '.join(PIECES)}.")
        self.env.note_dependency(__file__)
        self.env.metadata[self.env.docname]["play"] = True
        return [nodes.raw("", PIECES[name](Path(self.env.srcdir)), format="html")]


def with_directives(text):
    """Markdown in which each comment that names a piece is the directive."""
    return COMMENT.sub(r"```{play} \1\n```", text)


def read_source(app, docname, source):
    """Find the pieces of a page that is about to be parsed."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = with_directives(source[0])
        return
    notebook = json.loads(source[0])
    for found in notebook["cells"]:
        if found["cell_type"] == "markdown":
            found["source"] = with_directives("".join(found["source"]))
    source[0] = json.dumps(notebook, ensure_ascii=False)


def add_script(app, page, template, context, doctree):
    """The style of the pieces of one page, and the script that wakes them."""
    if app.env.metadata.get(page, {}).get("play"):
        app.add_css_file("lab/play.css")
        app.add_js_file(START, loading_method="defer")


def setup(app):
    app.add_directive("play", Play)
    app.connect("source-read", read_source, priority=550)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
