"""Recall: the questions at the end of a chapter, and the page that brings them back.

In a notebook a cell tagged `recall` holds folds, `<details>` with the question as its `<summary>`,
which JupyterLab shows as they are. Here each becomes a card. The page with the directive
`review-cards` repeats the cards of all chapters, `review-progress` lists the chapters with what
there is to read, predict, recall and solve, and the cards go into a file that Anki imports.
`website/static/recall.js` keeps what a reader knew or missed, in the reader's browser alone.
"""

import hashlib
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

CHAPTER = re.compile(r"chapters/\d\d_")
FOLD = re.compile(r"<details>\s*<summary>(.+?)</summary>(.+?)</details>", re.DOTALL)
REVIEW = "chapters/review"
ANKI = "_static/hidden_state_anki.txt"
ANKI_HEAD = "#separator:tab\n#html:true\n#deck:Hidden State\n#tags column:3\n"
COUNTED = {"predictions": "prediction", "exercises": "exercise"}


class card(nodes.General, nodes.Element):
    """A question and its answer."""


class question(nodes.Part, nodes.TextElement):
    """What a card asks."""


class review(nodes.General, nodes.Element):
    """The place of something that is known when all chapters are read."""


def as_directives(source):
    """The folds of a cell as directives, each named after its question."""

    def directive(match):
        asked, answer = (" ".join(part.split()) for part in match.groups())
        name = hashlib.sha256(asked.encode()).hexdigest()[:8]
        asked = re.sub("</?code>", "`", asked)  # HTML in a summary of a notebook, Markdown here
        return f"````{{recall}} {name}\n{asked}\n\n{answer}\n````\n"

    return FOLD.sub(directive, source)


def read_source(app, docname, source):
    """Turn the folds of a notebook that is about to be parsed into cards."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(source[0])
        for cell in notebook["cells"]:
            if "recall" in cell["metadata"].get("tags", []):
                cell["source"] = as_directives("".join(cell["source"]))
        source[0] = json.dumps(notebook, ensure_ascii=False)


class Recall(SphinxDirective):
    """`recall`: a card; its first paragraph asks, the rest answers."""

    required_arguments = 1
    has_content = True

    def run(self):
        asked, *answer = self.parse_content_to_nodes()
        found = card("", ids=[f"recall-{self.arguments[0]}"])
        found += [question("", "", *asked.children), *answer]
        return [found]


class Review(SphinxDirective):
    """`review-cards` and `review-progress`: filled in when all chapters are read."""

    def run(self):
        return [review("", kind=self.name.removeprefix("review-"))]


def chapters_of(env):
    """The chapters in the order of the book: name, title, doctree."""
    for name in env.toctree_includes.get(env.config.root_doc, []):
        if CHAPTER.match(name):
            yield name, env.titles[name].astext(), env.get_doctree(name)


def count(doctree, name):
    """How many nodes of a chapter have this class."""
    return sum(name in node.get("classes", []) for node in doctree.findall(nodes.Element))


def link_to(env, name, title):
    """A link from the page of the review to a chapter."""
    number = int(name.removeprefix("chapters/")[:2])
    target = f"{Path(name).name}.html"
    words = nodes.reference("", f"{number}. {title}", refuri=target, internal=True)
    return nodes.paragraph("", "", words)


def make_progress(env):
    """A table of the chapters: what there is to do, which `recall.js` counts down."""
    heads = ["Chapter", "Read", "Predicted", "Recalled", "Solved"]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in heads), cols=len(heads))
    rows = nodes.tbody()
    for name, title, doctree in chapters_of(env):
        row = nodes.row(classes=[f"row-{Path(name).name}"])
        row += nodes.entry("", link_to(env, name, title))
        row += nodes.entry("", nodes.paragraph())
        numbers = {kind: count(doctree, found) for kind, found in COUNTED.items()}
        numbers["questions"] = len(list(doctree.findall(card)))
        for kind in ("predictions", "questions", "exercises"):
            row += nodes.entry("", nodes.paragraph("", str(numbers[kind])), classes=[kind])
        rows += row
    head = nodes.row("", *(nodes.entry("", nodes.paragraph("", word)) for word in heads))
    group += [nodes.thead("", head), rows]
    return [nodes.table("", group, classes=["your-progress"])]


def make_cards(env):
    """The cards of all chapters, under the names of their chapters."""
    found = []
    for name, title, doctree in chapters_of(env):
        cards = [node.deepcopy() for node in doctree.findall(card)]
        for xref in (xref for node in cards for xref in node.findall(addnodes.pending_xref)):
            xref["refdoc"] = REVIEW
        group = nodes.container(classes=["cards", f"cards-{Path(name).name}"], is_div=True)
        group += [nodes.rubric("", "", *link_to(env, name, title).children), *cards]
        found += [group] if cards else []
    return found


class FillReview(SphinxPostTransform):
    """Put the cards and the table where the page of the review wants them."""

    default_priority = 1  # before links are resolved

    def run(self, **options):
        for node in list(self.document.findall(review)):
            make = {"cards": make_cards, "progress": make_progress}[node["kind"]]
            node.replace_self(make(self.env))
            self.env.get_domain("math").data["has_equations"][self.env.docname] = True


def write_anki(app, doctree, docname):
    """The cards as lines that Anki imports: question, answer, the chapter as a tag."""
    if docname != REVIEW:
        return
    lines = []
    for node in doctree.findall(card):
        tag = next(c for c in node.parent["classes"] if c.startswith("cards-"))
        asked, *answer = node.children
        words = nodes.paragraph("", "", *(child.deepcopy() for child in asked))
        sides = [words, nodes.container("", *(part.deepcopy() for part in answer))]
        for side in sides:
            for formula in list(side.findall(nodes.math)):
                formula.replace_self(nodes.Text(rf"\({formula.astext()}\)"))  # as Anki writes it
        fields = [app.builder.render_partial(side)["fragment"] for side in sides]
        fields = [" ".join(re.sub(r"</?(div|a)\b[^>]*>", "", side).split()) for side in fields]
        lines.append("\t".join([*fields, tag.removeprefix("cards-")]))
    path = Path(app.outdir, ANKI)
    path.parent.mkdir(exist_ok=True)
    path.write_text(ANKI_HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def renew_review(app, env, added, changed, removed):
    """The page of the review changes with the chapters."""
    return [REVIEW] if (added | changed | removed) and REVIEW in env.found_docs else []


def visit_card(self, node):
    self.body.append(f'<details class="recall" id="{node["ids"][0]}">')


def depart_card(self, node):
    self.body.append("</div></details>\n")


def visit_question(self, node):
    self.body.append("<summary>")


def depart_question(self, node):
    self.body.append('</summary><div class="recall-answer">')


def setup(app):
    app.add_node(card, html=(visit_card, depart_card))
    app.add_node(question, html=(visit_question, depart_question))
    app.add_node(review)
    app.add_directive("recall", Recall)
    for name in ("review-cards", "review-progress"):
        app.add_directive(name, Review)
    app.add_post_transform(FillReview)
    app.connect("source-read", read_source, priority=600)
    app.connect("env-get-outdated", renew_review)
    app.connect("doctree-resolved", write_anki)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
