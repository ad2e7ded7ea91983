"""Lab notes: what answers a referee, in one closed fold at the end of a section.

In a notebook the cells tagged `lab-notes` follow each other. The first is text inside `<details>`,
as JupyterLab shows it, with a summary that says what is in it, "Lab notes: seeds and rates"; those
after it may be code, or text in a fold of its own. Here they become one fold; without JavaScript it
opens and closes as well.
"""

import json
import re

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from website.extensions.predictions import is_one, tags

TAG = "lab-notes"
FOLD = re.compile(
    r"\s*<details>\s*<summary>(?P<title>Lab notes(?:[^<]|</?(?:code|em)>)*)</summary>\s*"
    r"(?P<body>.*?)\s*</details>\s*",
    re.DOTALL,
)
END = "```{lab-notes-end}\n```"


class lab_notes(nodes.General, nodes.Element):
    """A closed fold; its first child is the title."""


class lab_notes_title(nodes.Part, nodes.TextElement):
    """What the fold holds."""


def open_fold(cell):
    """A first cell of lab notes with a directive in place of its fold."""
    found = FOLD.fullmatch("".join(cell["source"]))
    if cell["cell_type"] != "markdown" or not found:
        raise ExtensionError(
            f"The cell {cell['id']} is tagged {TAG}, and the first of its row: it must be text, "
            "<details> with <summary>Lab notes: what is in them</summary> and nothing around it."
        )
    title = re.sub("</?code>", "`", found["title"])  # HTML in a summary of a notebook
    title = re.sub("</?em>", "*", title)
    return f"````{{lab-notes}} notes-{cell['id']}\n{title}\n````\n\n{found['body']}"


def with_folds(cells):
    """The cells of a notebook, with a directive before and behind each row of lab notes."""
    kept, inside = [], False
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if TAG in tags(cell):
            if not inside:
                cell = cell | {"source": open_fold(cell)}
            elif cell["cell_type"] == "markdown":
                found = FOLD.fullmatch("".join(cell["source"]))
                cell = cell | {"source": found["body"] if found else "".join(cell["source"])}
            inside = True
        kept.append(cell)
        if inside and not (after and TAG in tags(after)):
            end = {"cell_type": "markdown", "metadata": {}, "source": END}
            kept.append(end | {"id": f"{cell['id'][:53]}-closed"})
            inside = False
    return kept


def read_source(app, docname, source):
    """Mark the lab notes of a notebook that is about to be parsed."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(source[0])
        notebook["cells"] = with_folds(notebook["cells"])
        source[0] = json.dumps(notebook, ensure_ascii=False)


class LabNotes(SphinxDirective):
    """`lab-notes`: where they begin; its one paragraph is their title."""

    required_arguments = 1
    has_content = True

    def run(self):
        (title,) = self.parse_content_to_nodes()
        return [lab_notes("", lab_notes_title("", "", *title.children), ids=[self.arguments[0]])]


class LabNotesEnd(SphinxDirective):
    """`lab-notes-end`: where they end."""

    def run(self):
        return [nodes.container(classes=["lab-notes-end"], is_div=True)]


class Folds(SphinxTransform):
    """Put what stands between the beginning and the end of lab notes into one fold."""

    default_priority = 779  # before answers and panels

    def apply(self):
        ends = [n for n in self.document.findall(nodes.container) if is_one(n, "lab-notes-end")]
        for end in ends:
            parent = end.parent
            last = parent.index(end)
            first = next((i for i in range(last)[::-1] if isinstance(parent[i], lab_notes)), None)
            if first is None:
                raise ExtensionError(f"{self.env.docname}: a heading stands inside lab notes.")
            parent[first] += parent[first + 1 : last]
            del parent[first + 1 : last + 1]


def visit_lab_notes(self, node):
    self.body.append(f'<details class="lab-notes" id="{node["ids"][0]}">')


def depart_lab_notes(self, node):
    self.body.append("</div></details>\n")


def visit_title(self, node):
    self.body.append("<summary>")


def depart_title(self, node):
    self.body.append('</summary><div class="notes">')


def setup(app):
    app.add_node(lab_notes, html=(visit_lab_notes, depart_lab_notes))
    app.add_node(lab_notes_title, html=(visit_title, depart_title))
    app.add_directive("lab-notes", LabNotes)
    app.add_directive("lab-notes-end", LabNotesEnd)
    app.add_transform(Folds)
    app.connect("source-read", read_source, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
