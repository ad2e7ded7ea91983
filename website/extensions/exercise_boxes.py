"""Boxes: sections titled "Exercise 5.2. ..." get the class `exercise`, hidden cells `solution`.

An exercise that asks for a number or a shape carries what it is judged by, a script of JSON, from
which `static/exercises.js` makes an input in place of the cell that asks. One that asks for code
says where to run it.
"""

import json
import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

from exercises import find_exercise

TITLE = re.compile(r"Exercise (\d+\.\d+)\b")
WAYS = (  # words, a link
    ("A notebook judges this one: ", "take folder or zip", "../index.html#take-it-with-you"),
    (", ", "install what it needs", "setup.html#install"),
    (", and ", "solve it in JupyterLab", "setup.html#read-run-solve-in-jupyterlab"),
)


def has_tag(node, tag):
    """Whether a node is a code cell with this tag."""
    tags = node.get("cell_metadata", {}).get("tags", [])
    return node.get("nb_element") == "cell_code" and tag in tags


def declared_by(number):
    """What the judge of an exercise declares, as a script in the page; None where it asks for code.

    An exercise without a judge has none either.
    """
    try:
        declared = find_exercise(number).judge.declared
    except (ValueError, AttributeError):
        return None
    text = json.dumps(declared, ensure_ascii=False).replace("<", "\\u003c")
    script = f'<script type="application/json" class="declared">{text}</script>'
    return nodes.raw("", script, format="html")


def ways_to_run():
    """A line that says where code is run, with links."""
    line = nodes.paragraph(classes=["to-run"])
    for before, words, address in WAYS:
        line += [nodes.Text(before), nodes.reference("", words, refuri=address, internal=True)]
    line += nodes.Text(".")
    return line


class ExerciseBoxes(SphinxTransform):
    """Mark exercises and their solutions, so that `static/book.css` can draw them as boxes."""

    default_priority = 790

    def apply(self):
        for section in self.document.findall(nodes.section):
            if not (title := TITLE.match(section.next_node(nodes.title).astext())):
                continue
            section["classes"].append("exercise")
            for cell in list(section.findall(nodes.container)):
                if has_tag(cell, "hide-output"):
                    cell["classes"].append("solution")
                elif has_tag(cell, "exercise"):
                    place = cell.parent.index(cell) + 1
                    cell.parent.insert(place, declared_by(title[1]) or ways_to_run())


def setup(app):
    app.add_transform(ExerciseBoxes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
