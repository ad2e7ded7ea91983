"""Boxes: sections titled "Exercise 5.2. ..." get the class `exercise`, hidden cells `solution`."""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

TITLE = re.compile(r"Exercise \d+\.\d+\b")


def is_solution(node):
    """Whether a node is a code cell that shows a solution on demand."""
    tags = node.get("cell_metadata", {}).get("tags", [])
    return node.get("nb_element") == "cell_code" and "hide-output" in tags


class ExerciseBoxes(SphinxTransform):
    """Mark exercises and their solutions, so that `static/book.css` can draw them as boxes."""

    default_priority = 790

    def apply(self):
        for section in self.document.findall(nodes.section):
            if not TITLE.match(section.next_node(nodes.title).astext()):
                continue
            section["classes"].append("exercise")
            for cell in section.findall(nodes.container):
                if is_solution(cell):
                    cell["classes"].append("solution")


def setup(app):
    app.add_transform(ExerciseBoxes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
