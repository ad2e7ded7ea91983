"""Plain Markdown: the pages are written so that JupyterLab can show them, and become Sphinx's here.

A link `[floors](glossary.md#floor)` becomes a reference to the term, and a link
`[Elman (1990)](references.md#elman1990)` a citation. The glossary's headings become its entries,
and the list of works Sphinx's own. The repeated captions, the lines that name a framework, the one
that says how to run a page, the folds around answers and the empty outputs before closed ones go.
`tools/plain.py` is the way there.
"""

import json
import re

from rnnlib.plots import style

ADDED = {"caption", "how-to-run"}
FOLD = ("<details>\n<summary>The answer</summary>\n\n", "\n\n</details>")
FOLDED = re.compile(r"<details>\n<summary>The answer(?:, [^<]+)?</summary>\n\n")
LABELS = {engine: f"# {name}" for engine, name in style.LABELS.items()}
TERM = re.compile(r"\[([^\]\[]+)\]\((?:[\w./]*/)?glossary\.md#([^)\s]+)\)")
WORK = r"\[[^\]\[]+\]\((?:[\w./]*/)?references\.md#[\w:-]+\)"
BRACKETED = re.compile(rf"\(({WORK}(?:; {WORK})*)\)")
NAMED = re.compile(WORK)
KEY = re.compile(r"references\.md#([\w:-]+)")
ENTRY = re.compile(r"^### (.+)\n+((?:(?!#).+\n?)+)", re.MULTILINE)
WORKS = "## Works cited\n"
HEAD = "## Terms from A to Z\n"


def entries(glossary):
    """The terms of the glossary and what they mean, in order."""
    return {term.strip(): " ".join(text.split()) for term, text in ENTRY.findall(glossary)}


def slug(term):
    """The name that JupyterLab gives to the heading of a term."""
    return term.replace(" ", "-")


def with_roles(text, terms):
    """Prose in which links to glossary and references are roles again."""

    def term_role(match):
        return f"{{term}}`{match[1]} <{terms.get(match[2], match[2])}>`"

    text = TERM.sub(term_role, text)
    text = BRACKETED.sub(lambda m: f"{{cite:p}}`{','.join(KEY.findall(m[1]))}`", text)
    return NAMED.sub(lambda m: f"{{cite:t}}`{KEY.findall(m[0])[0]}`", text)


def unfolded(source):
    """Prose without the fold that JupyterLab needs around the answer to a prediction."""
    head = FOLDED.match(source)
    return source[head.end() :].removesuffix(FOLD[1]) if head else source


def not_empty(outputs):
    """The outputs without the empty one that keeps closed ones out of sight in JupyterLab."""
    return [output for output in outputs if output.get("data") != {}]


def of_notebook(notebook, terms):
    """The notebook as the site wants it: roles, and nothing that was added for JupyterLab."""
    kept = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            if ADDED & set(tags):
                continue
            source = with_roles(unfolded(source), terms)
        elif cell["cell_type"] == "code":
            first, _, rest = source.partition("\n")
            source = rest if first in LABELS.values() else source
            cell = cell | {"outputs": not_empty(cell["outputs"])}
        kept.append(cell | {"source": source})
    return notebook | {"cells": kept}


def of_glossary(text, terms):
    """The glossary's headings as the entries of Sphinx's directive."""
    head, heading, body = text.partition(HEAD)
    if not heading:
        return text
    found = entries(body).items()
    lines = "\n".join(f"{term}\n  {with_roles(said, terms)}\n" for term, said in found)
    return f"{head}{HEAD}\n```{{glossary}}\n{lines}```\n"


def of_references(text):
    """The list of works as Sphinx's directive makes it."""
    head, found, _ = text.partition(WORKS)
    return f"{head}{WORKS}\n```{{bibliography}}\n```\n" if found else text


def read_source(app, docname, source):
    """Turn what is about to be parsed back into what Sphinx knows."""
    glossary = app.srcdir / "chapters" / "glossary.md"
    text = glossary.read_text(encoding="utf-8") if glossary.exists() else ""
    terms = {slug(term): term for term in entries(text)}
    if app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = json.dumps(of_notebook(json.loads(source[0]), terms), ensure_ascii=False)
    elif docname == "chapters/glossary":
        source[0] = of_glossary(source[0], terms)
    elif docname == "chapters/references":
        source[0] = of_references(source[0])
    else:
        source[0] = with_roles(source[0], terms)


def setup(app):
    app.connect("source-read", read_source)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
