"""The welcome page: cells out of a chapter as they were run, and a row of buttons.

The directive `cells` names a notebook and some of its code cells, so that a sample is always what
the tests execute. A paragraph of nothing but links, of which one is bold, becomes the buttons; to
every other reader of Markdown it is a paragraph.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from website.extensions.plain_markdown import of_notebook

LINKS = (nodes.reference, addnodes.pending_xref)


def box(kind, language, text, classes):
    """Code or output in the box that a page of a chapter gives it."""
    block = nodes.literal_block(text, text, language=language, classes=classes)
    return nodes.container("", block, nb_element=f"cell_code_{kind}", classes=[f"cell_{kind}"])


def show(cell):
    """A code cell with the text that it gave, as the page of its chapter shows it."""
    shown = nodes.container(nb_element="cell_code", cell_metadata=cell["metadata"])
    shown["classes"] = ["cell", *(f"tag_{tag}" for tag in cell["metadata"].get("tags", []))]
    shown += box("input", "ipython3", "".join(cell["source"]), [])
    for output in cell["outputs"]:
        text = "".join(output.get("text") or output["data"]["text/plain"])
        shown += box("output", "text", text, ["output", "text_plain"])
    return shown


class Cells(SphinxDirective):
    """`cells`: code cells of the notebook that it is given, named by their ids, one a line."""

    required_arguments = 1
    has_content = True

    def run(self):
        name, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(name)
        notebook = of_notebook(json.loads(Path(path).read_text(encoding="utf-8")), {})
        known = {cell["id"]: cell for cell in notebook["cells"] if cell["cell_type"] == "code"}
        if missing := set(self.content) - known.keys():
            raise self.error(f"{name} has no code cell {', '.join(sorted(missing))}.")
        return [show(known[cell_id]) for cell_id in self.content]


def is_row_of_buttons(paragraph):
    """Whether a paragraph holds links alone, at least one of them in bold."""
    parts = [part for part in paragraph if part.astext().strip()]
    bold = [part for part in parts if isinstance(part, nodes.strong)]
    plain = [part for part in parts if part not in bold] + [c for part in bold for c in part]
    return bool(bold) and all(isinstance(part, LINKS) for part in plain)


class Buttons(SphinxTransform):
    """Mark rows of buttons, so that `website/static/book.css` can draw them."""

    default_priority = 200

    def apply(self):
        for paragraph in self.document.findall(nodes.paragraph):
            if isinstance(paragraph.parent, nodes.section) and is_row_of_buttons(paragraph):
                paragraph["classes"].append("buttons")


def setup(app):
    app.add_directive("cells", Cells)
    app.add_transform(Buttons)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
