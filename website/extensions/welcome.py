"""The welcome page: a row of buttons.

A paragraph of nothing but links, of which one is bold, becomes the buttons; to every other reader
of Markdown it is a paragraph.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

LINKS = (nodes.reference, addnodes.pending_xref)


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
    app.add_transform(Buttons)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
