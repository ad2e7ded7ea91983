"""Predictions: a question, a place for the reader's guess, and the cells that answer it.

In a notebook the question is a cell of text tagged `predict-number`, `predict-choice` or
`predict-words`, whose last paragraph asks; a choice ends with the list of what can be chosen. The
cells tagged `answer` right after it show what happens, and say it. Here they become a `prediction`
and an `answer`; `static/predictions.js` makes the one an input and hides the other until the
reader asks. Without JavaScript all of it is there in plain sequence.

The metadata of a question, `prediction`, say by what an entered guess is judged: the number of the
`right` option, and in `why` a sentence for each of the others; or the `right` number, how far off
still counts (`within`, or a factor, `times`), and its `unit`.
"""

import json

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

KINDS = ("number", "choice", "words")


def tags(cell):
    """The tags of a cell."""
    return set(cell["metadata"].get("tags", []))


def kind_of(cell):
    """The kind of prediction that a cell asks for, or None."""
    return next((kind for kind in KINDS if f"predict-{kind}" in tags(cell)), None)


def with_marks(cells):
    """The cells of a notebook, with a directive after each question and one after its answer."""
    kept = []
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        source = "".join(cell["source"])
        if kind := kind_of(cell):
            judged = json.dumps(cell["metadata"].get("prediction", {}), ensure_ascii=False)
            source += f"\n\n```{{prediction}} {kind} predict-{cell['id']}\n{judged}\n```\n"
        kept.append(cell | {"source": source})
        if "answer" in tags(cell) and not (after and "answer" in tags(after)):
            end = {"cell_type": "markdown", "metadata": {}, "source": "```{answer-end}\n```"}
            kept.append(end | {"id": f"{cell['id'][:56]}-end"})
    return kept


def read_source(app, docname, source):
    """Mark the predictions of a notebook that is about to be parsed."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(source[0])
        notebook["cells"] = with_marks(notebook["cells"])
        source[0] = json.dumps(notebook, ensure_ascii=False)


class Prediction(SphinxDirective):
    """`prediction`: the place of an input of this kind and name."""

    required_arguments = 2
    has_content = True

    def run(self):
        kind, name = self.arguments
        found = nodes.container(classes=["prediction", kind], ids=[name], is_div=True)
        judged = "\n".join(self.content).replace("<", "\\u003c")
        if judged != "{}":
            script = f'<script type="application/json">{judged}</script>'
            found += nodes.raw("", script, format="html")
        return [found]


class AnswerEnd(SphinxDirective):
    """`answer-end`: where the answer to the prediction above it ends."""

    def run(self):
        return [nodes.container(classes=["answer-end"], is_div=True)]


def is_one(node, name):
    """Whether a node is a container of this class."""
    return isinstance(node, nodes.container) and name in node["classes"]


class Answers(SphinxTransform):
    """Put what stands between a prediction and the end of its answer into one container."""

    default_priority = 780  # before the panels, which may lie inside

    def apply(self):
        for end in [n for n in self.document.findall(nodes.container) if is_one(n, "answer-end")]:
            parent = end.parent
            last = parent.index(end)
            first = next((i for i in range(last)[::-1] if is_one(parent[i], "prediction")), None)
            if first is None:
                raise ExtensionError(
                    f"{self.env.docname}: an answer lies in another section than its question; "
                    "no heading may stand between them."
                )
            asked = parent[first]
            name = asked["ids"][0]
            answer = nodes.container(classes=["answer"], ids=[f"{name}-answer"], is_div=True)
            answer += parent[first + 1 : last]
            if "choice" in asked["classes"]:
                options = parent[first - 1]
                asked += options
                first -= 1
            parent[first : last + 1] = [asked, answer]


def add_button(app, pagename, templatename, context, doctree):
    """The header opens all answers only on pages that have some."""
    found = doctree.findall(nodes.container) if doctree else ()
    context["has_predictions"] = any(is_one(node, "prediction") for node in found)


def setup(app):
    app.add_directive("prediction", Prediction)
    app.add_directive("answer-end", AnswerEnd)
    app.add_transform(Answers)
    app.connect("html-page-context", add_button)
    app.connect("source-read", read_source, priority=600)  # after what plain_markdown leaves out
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
