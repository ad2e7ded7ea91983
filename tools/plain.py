"""Notebooks in what plain Markdown can say, so that JupyterLab shows them as well as the site.

python -m tools.plain chapters

JupyterLab, VS Code and GitHub know no roles, no captions and no panels. An author may write roles;
this program, which `make outputs` runs as well, turns them into links, and adds what is missing:

    {term}`floors <floor>`      [floors](glossary.md#floor)
    {cite:t}`elman1990`         [Elman (1990)](references.md#elman1990)
    {cite:p}`elman1990,x`       ([Elman, 1990](references.md#elman1990); ...)
    {numref}`fig-x`             [the figure](#fig-x)
    a caption in the metadata   a cell of text under the figure, tagged `caption`
    tags `keras`, `torch`       a first line `# Keras` or `# PyTorch` in the cell
    the first code cell         a line above it: what to do when a name or a module is missing
    tags `hide-input`, `hide-output`, `hide-cell`    what JupyterLab asks for to close them
    tag `answer`                a fold around what answers a prediction; its outputs are closed
    tag `lab-notes`             a fold around a text that has none; the code and outputs are closed
    `fold` in the metadata      the head of that fold, "The answer, ...": two stand in a row where a
                                figure answers, its caption and the text
    outputs that are closed     an empty one before them, since JupyterLab shows the first's first
                                line: the answer, or how a figure begins in SVG

`website/extensions/plain_markdown.py`
turns all of this back for the site. A second run changes nothing.
"""

import re
import sys
from functools import cache
from pathlib import Path

import nbformat

from website.extensions.lab_notes import FOLD as NOTES
from website.extensions.plain_markdown import (
    ADDED,
    FOLD,
    LABELS,
    entries,
    not_empty,
    slug,
    unfolded,
)

ROOT = Path(__file__).parent.parent
HOW_TO_RUN = (
    "> **To run this page,** begin at the top and go cell by cell with Shift+Enter. If a name *is "
    "not defined*, choose *Run > Run All Above Selected Cell* and run the cell again. If Python "
    "finds *no module named* `rnnlib`, `numpy` or the like, the page was opened outside the book's "
    "environment: see [Set up]({above}setup.md)."
)
CLOSED = {
    "source_hidden": {"hide-input", "hide-cell", "lab-notes"},
    "outputs_hidden": {"hide-output", "hide-cell", "answer", "lab-notes"},
}
EMPTY = {"output_type": "display_data", "data": {}, "metadata": {}}
TERM = re.compile(r"\{term\}`(?P<text>[^`<]+?)(?:\s*<(?P<term>[^`>]+)>)?`")
CITATION = re.compile(r"\{cite(?P<kind>:[tp])?\}`(?P<keys>[^`]+)`")
FIGURE = re.compile(r"(?:^|(?<=[.?] )|(?P<inside>))\{numref\}`(?P<name>[\w-]+)`", re.MULTILINE)
RAW = re.compile(r"(?<!`)\{[\w:-]+\}`|^\s*(?:`{3,}|:{3,})\{|^\([\w-]+\)=\s*$", re.MULTILINE)


def find_notebooks(names):
    """The notebooks named, and those inside the folders named, in order."""
    for path in map(Path, names):
        found = [p for p in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
        yield from sorted(found) if path.is_dir() else [path]


@cache
def slugs():
    """The address of each term in the glossary, by the term in small letters."""
    text = (ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8")
    return {term.lower(): slug(term) for term in entries(text)}


@cache
def bibliography():
    """The entries of references.bib, by key."""
    from pybtex.database import parse_file  # of the site's packages, and only where roles are

    return parse_file(str(ROOT / "references.bib"), bib_format="bibtex").entries


def authors_and_year(key):
    """How a work is called in a sentence: its authors' last names, and its year."""
    if key not in bibliography():
        raise ValueError(f"references.bib has no entry {key!r}")
    entry = bibliography()[key]
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join(map(str, [*p.rich_prelast_names, *p.rich_last_names])) for p in people]
    joined = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return joined, entry.fields["year"]


def plain_term(match, above):
    """A link to the heading that the term has in the glossary."""
    term = " ".join((match["term"] or match["text"]).split())
    address = slugs().get(term.lower(), slug(term))
    return f"[{' '.join(match['text'].split())}]({above}glossary.md#{address})"


def plain_citation(match, above):
    """Links to the references: Elman (1990), or, in brackets, (Elman, 1990; Jordan, 1986)."""
    links = []
    for key in match["keys"].replace(" ", "").split(","):
        name, year = authors_and_year(key)
        shown = f"{name} ({year})" if match["kind"] == ":t" else f"{name}, {year}"
        links.append(f"[{shown}]({above}references.md#{key})")
    return ", ".join(links) if match["kind"] == ":t" else f"({'; '.join(links)})"


def plain_figure(match):
    """A link to a figure, with a capital where it opens a sentence."""
    return f"[{'The' if match['inside'] is None else 'the'} figure](#{match['name']})"


def plain_text(text, above=""):
    """Prose without roles; `above` leads from its folder to the one of the glossary."""
    text = TERM.sub(lambda match: plain_term(match, above), text)
    text = CITATION.sub(lambda match: plain_citation(match, above), text)
    return FIGURE.sub(plain_figure, text)


def is_added(cell):
    """Whether this program wrote the cell, for JupyterLab alone: a caption, how to run the page."""
    return cell.cell_type == "markdown" and bool(ADDED & set(cell.metadata.get("tags", [])))


def text_cell(name, tags, source):
    """A cell of text that the site leaves out."""
    return nbformat.v4.new_markdown_cell(source, id=name, metadata={"tags": tags})


def caption_of(cell, above):
    """The cell of text that repeats a figure's caption; None where the cell has none."""
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    if cell.cell_type != "code" or not figure.get("caption"):
        return None
    target = f'<a id="{figure["name"]}"></a>' if "name" in figure else ""
    source = f"> {target}**Figure.** {plain_text(' '.join(figure['caption'].split()), above)}"
    tags = ["caption", *({"answer", "lab-notes"} & set(cell.metadata.get("tags", [])))]
    caption = text_cell(f"{cell.id[:56]}-caption", tags, source)
    if "fold" in cell.metadata:
        caption.metadata["fold"] = cell.metadata["fold"]
    return caption


def unlabelled(source):
    """A cell's code without the line that names its framework."""
    first, _, rest = source.partition("\n")
    return rest if first in LABELS.values() else source


def labelled(source, tags):
    """A cell's code under the name of its framework; a solution says it in its call."""
    names = [LABELS[tag] for tag in LABELS if tag in tags and "hide-output" not in tags]
    return "\n".join([*names[:1], unlabelled(source)]) if source.strip() else source


def close(cell):
    """Hide in JupyterLab what the site hides: a solution, a drawing's code, an answer."""
    tags = set(cell.metadata.get("tags", []))
    if cell.cell_type == "markdown":
        cell.source = unfolded(cell.source)
        if "answer" in tags:
            head = FOLD[0].replace("The answer", cell.metadata.get("fold", "The answer"))
            cell.source = head + cell.source + FOLD[1]
        elif "lab-notes" in tags and not NOTES.fullmatch(cell.source):
            head = FOLD[0].replace("The answer", "Lab notes, continued")
            cell.source = head + cell.source + FOLD[1]
        return
    wanted = {name: True for name, found in CLOSED.items() if tags & found}
    kept = {k: v for k, v in cell.metadata.pop("jupyter", {}).items() if k not in CLOSED}
    if kept | wanted:
        cell.metadata["jupyter"] = nbformat.from_dict(kept | wanted)
    if cell.cell_type == "code":
        shown = not_empty(cell.outputs)
        blank = [nbformat.from_dict(EMPTY)] if shown and "outputs_hidden" in wanted else []
        cell.outputs = blank + shown


def make_plain(notebook, above=""):
    """The same notebook, changed in place, in what plain Markdown can say."""
    cells, how_to_run = [], text_cell("how-to-run", ["how-to-run"], HOW_TO_RUN.format(above=above))
    for cell in notebook.cells:
        if is_added(cell):
            continue
        if cell.cell_type == "code" and how_to_run not in cells:
            cells.append(how_to_run)
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = plain_text(cell.source, above)
        elif cell.cell_type == "code":
            cell.source = labelled(cell.source, cell.metadata.get("tags", []))
            cells += filter(None, [caption_of(cell, above)])
    for cell in cells:
        close(cell)
    notebook.cells = cells
    return notebook


def way_up(path):
    """What leads from a notebook's folder to `chapters`, where glossary and references lie."""
    return "../" if Path(path).resolve().parent.name == "detours" else ""


def rewrite_claims(path, above):
    """The sentences in the notebook's table of claims stand there as in the notebook."""
    table = ROOT / "tests" / "claims" / f"{path.stem}.toml"
    if table.exists():
        table.write_text(plain_text(table.read_text(encoding="utf-8"), above), encoding="utf-8")


def main(names):
    """Rewrite the notebooks of these names; say which of them changed, and what stays raw."""
    for path in find_notebooks(names):
        rewrite_claims(path, way_up(path))
        before = path.read_text(encoding="utf-8")
        notebook = make_plain(nbformat.reads(before, as_version=4), way_up(path))
        after = nbformat.writes(notebook) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path}: changed")
        for cell in notebook.cells:
            for found in RAW.finditer(cell.source if cell.cell_type == "markdown" else ""):
                print(f"{path}: {found[0].strip()} is no plain Markdown")


if __name__ == "__main__":
    main(sys.argv[1:])
