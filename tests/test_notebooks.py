"""The form of the notebooks: what nbval cannot see, and what a page needs to be read by everyone.

nbval itself runs every cell and compares its output; but it passes in silence over a cell whose
output was cleared, so these tests refuse such a notebook.
"""

import ast
import copy
import importlib
import itertools
import re

import nbformat

from tests.helpers import assert_none
from tests.notebooks import (
    CHAPTERS,
    NOTEBOOKS,
    ROOT,
    code_cells,
    is_ignored,
    is_skipped,
    place_of,
    read,
    tags,
)
from tools.execute import METADATA
from tools.plain import RAW, entries, is_added, make_plain, unlabelled, way_up
from website.extensions import code_folds

IMAGES = "image/png", "image/svg+xml"
FRAMEWORKS = {"numpy", "keras", "torch"}
FOLDED = {"hide-input", "hide-cell"}
OURS = ("rnnlib", "checkup", "exercises")
SPINE = ["What can go wrong", "What we built", "Exercises", "Next"]
FILLER = re.compile(
    r"\b(in this (section|chapter),? we will|it is important to note|it's worth noting|delve"
    r"|let's dive|in conclusion|as you can see)\b",
    re.IGNORECASE,
)


def name_of(path):
    """The path as seen from the repository's root."""
    return path.relative_to(ROOT).as_posix()


def headings(path):
    """The lines that are headings in the notebook's prose."""
    prose = [c.source for c in read(path).cells if c.cell_type == "markdown"]
    return [line for source in prose for line in source.splitlines() if line.startswith("#")]


def test_there_is_a_notebook_for_every_chapter():
    assert [int(path.stem[:2]) for path in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))


def stored_otherwise(path):
    """What of a notebook's file `make outputs` would write otherwise."""
    notebook = read(path)
    nbformat.validate(notebook)
    if notebook.metadata != nbformat.from_dict(METADATA):
        yield f"{name_of(path)}: the notebook's own metadata"
    if path.read_text(encoding="utf-8") != nbformat.writes(notebook) + "\n":
        yield f"{name_of(path)}: the layout of the file"
    plain = make_plain(copy.deepcopy(notebook), way_up(path))
    if len(plain.cells) != len(notebook.cells):
        yield f"{name_of(path)}: a cell that `tools.plain` adds is missing, or one too many"
        return
    for ours, theirs in zip(notebook.cells, plain.cells, strict=True):
        if (ours.source, ours.metadata) != (theirs.source, theirs.metadata):
            yield f"{place_of(path, ours)}: not in plain Markdown, or not closed, for JupyterLab"


def test_is_valid_and_stored_as_make_outputs_stores_it():
    """No role on the screen; captions, frameworks' names, hidden cells as `tools.plain` writes."""
    faults = [fault for path in NOTEBOOKS for fault in stored_otherwise(path)]
    assert_none(faults, "Run `make outputs NB=...` with the path of the notebook.")


def test_no_role_or_directive_is_on_jupyterlabs_screen():
    faults = [
        f"{place_of(path, cell)}: {found[0]}"
        for path in NOTEBOOKS
        for cell in read(path).cells
        if cell.cell_type == "markdown" and (found := RAW.search(cell.source))
    ]
    assert_none(
        faults, "`make outputs` turns terms and citations into links; write the rest as Markdown."
    )


def test_every_cell_was_executed_in_order_from_a_fresh_kernel():
    faults = []
    for path in NOTEBOOKS:
        counts = [cell.execution_count for cell in code_cells(path)]
        if counts != list(range(1, len(counts) + 1)):
            faults.append(f"{name_of(path)}: {counts}")
    assert_none(faults, "Run `make outputs NB=...` with the path of the notebook.")


def shows(cell):
    """Whether the last line of a cell shows something."""
    last = cell.source.strip().splitlines()[-1]
    return re.match(r"(print|check|solution|plt\.show)\(", last) or re.fullmatch(r"\w+", last)


def test_no_cell_that_shows_something_was_cleared():
    faults = [
        place_of(path, cell)
        for path in NOTEBOOKS
        for cell in code_cells(path)
        if shows(cell) and not cell.outputs
    ]
    assert_none(
        faults, "No output is stored. Run `make outputs NB=...` with the path of the notebook."
    )


def faults_of_outputs(cell):
    """What is wrong with the outputs of a cell."""
    if cell.source.rstrip().endswith(";"):
        yield "the cell ends with a semicolon, which hides its output: leave it out"
    if [output.get("name") for output in cell.outputs].count("stdout") > 1:
        yield "it prints in several pieces, and a second run changes bytes: print at once"
    for output in cell.outputs:
        data = output.get("data", {})
        if output.get("name") == "stderr":
            yield f"it writes to stderr: {output.text[:60]!r}. Turn off what warns"
        if output.output_type == "error" and "raises-exception" not in tags(cell):
            yield f"it ends with {output.ename}. Mend it, or tag the cell raises-exception"
        if "application/vnd.jupyter.widget-view+json" in data:
            yield "it shows a widget (a progress bar?), which the site cannot: print a few numbers"
        if ("image/svg+xml" in data) != ("image/png" in data):
            yield "a figure is not both vector and PNG: call use_style() in the setup cell"
        if any(len(data.get(kind, "")) >= 300_000 for kind in IMAGES):
            yield "an image of more than 300,000 characters: draw less of it"
        if re.search(r"0x[0-9a-f]{6,}", data.get("text/plain", "")):
            yield "it shows an address in memory, which changes: show a value"


def test_outputs_are_whole_small_and_quiet():
    faults = [
        f"{place_of(path, cell)}: {fault}"
        for path in NOTEBOOKS
        for cell in code_cells(path)
        for fault in faults_of_outputs(cell)
    ]
    assert_none(faults, "Then run `make outputs NB=...` with the path of the notebook.")


def test_every_figure_has_a_caption_and_a_text_for_those_who_cannot_see_it():
    faults = []
    for path in NOTEBOOKS:
        for cell in code_cells(path):
            page = cell.metadata.get("mystnb", {})
            draws = any("image/png" in output.get("data", {}) for output in cell.outputs)
            if draws and not page.get("figure", {}).get("caption"):
                faults.append(f"{place_of(path, cell)}: no caption")
            if draws and len(page.get("image", {}).get("alt", "")) <= 20:
                faults.append(f"{place_of(path, cell)}: no alt text, or too short a one")
    assert_none(
        faults,
        "Write them into the metadata of the cell: mystnb.figure.caption and mystnb.image.alt.",
    )


def test_few_outputs_are_ignored_each_with_its_reason_and_none_skipped():
    faults = []
    for path in NOTEBOOKS:
        cells = code_cells(path)
        ignored = [cell for cell in cells if is_ignored(cell)]
        faults += [f"{place_of(path, c)}: skipped; let it run" for c in cells if is_skipped(c)]
        faults += [
            f"{place_of(path, cell)}: ignored without a comment at its top that says why"
            for cell in ignored
            if not unlabelled(cell.source).startswith("#")
        ]
        if len(ignored) > max(1, 0.05 * len(cells)):
            faults.append(f"{name_of(path)}: {len(ignored)} of {len(cells)} cells are ignored")
    assert_none(
        faults,
        "nbval-ignore-output is for cells that time something or write text with a long-trained "
        "model, one in twenty at most; round the numbers of the others instead.",
    )


def test_code_fits_beside_its_twin_and_on_a_screen():
    faults = []
    for path in NOTEBOOKS:
        for cell in code_cells(path):
            lines = unlabelled(cell.source).splitlines()
            if tags(cell) & FOLDED and lines[0].startswith("#"):
                del lines[0]  # the name of its fold
            width = 64 if tags(cell) & {"keras", "torch"} else 88
            most = 24 if lines[0].startswith(("import", "from")) else 20
            if len(lines) > most:
                faults.append(f"{place_of(path, cell)}: {len(lines)} lines, {most} fit")
            wide = [line for line in lines if len(line) > width]
            faults += [f"{place_of(path, cell)}: over {width} columns: {line}" for line in wide]
    assert_none(faults, "Break the lines, or part the cell into two ideas.")


def test_every_fold_of_code_has_a_name():
    faults = [
        place_of(path, cell)
        for path in NOTEBOOKS
        for cell in code_cells(path)
        if tags(cell) & FOLDED and not code_folds.name_of(cell.source)
    ]
    assert_none(
        faults,
        "Begin the cell with a comment that says what it does, `# Draw the loss`; below "
        "`# Keras` or `# PyTorch`, in the second line. On the site it is the name of the fold.",
    )


def runs_of_frameworks(path):
    """The cells of frameworks that follow each other: (place of the first, tags of all)."""
    first, run = None, []
    for cell in [*(c for c in read(path).cells if not is_added(c)), None]:
        found = tags(cell) & FRAMEWORKS if cell is not None else set()
        if found:
            first = first or place_of(path, cell)
            run += found
        elif run:
            yield first, run
            first, run = None, []


def test_keras_and_torch_cells_come_in_pairs():
    faults = [
        f"{place}: {', '.join(run)}"
        for path in NOTEBOOKS
        for place, run in runs_of_frameworks(path)
        if ("keras" in run) != ("torch" in run)
    ]
    assert_none(faults, "A cell tagged keras stands beside one tagged torch: add its twin.")


def faults_of_spine(path):
    """What is missing of the form of a chapter."""
    titles = headings(path)
    text = "\n".join(titles)
    if not titles[0].startswith("# "):
        yield "it does not begin with a title"
    places = [text.find(f"## {title}") for title in SPINE]
    yield from (f"no section {t!r}" for t, place in zip(SPINE, places, strict=True) if place < 0)
    if places != sorted(places):
        yield f"the sections {', '.join(SPINE)} come in another order"
    exercises = len([line for line in titles if line.startswith("### Exercise ")])
    if exercises < 5:
        yield f"{exercises} exercises, and five are the least"


def test_has_the_spine_of_a_chapter():
    faults = [f"{name_of(path)}: {fault}" for path in CHAPTERS for fault in faults_of_spine(path)]
    assert_none(faults, "CONTRIBUTING.md lists what a chapter needs.")


def test_the_prose_has_no_filler():
    pages = [*NOTEBOOKS, *ROOT.glob("*.md"), *ROOT.glob("chapters/**/*.md")]
    faults = [
        f"{name_of(path)}: {found[0]}"
        for path in pages
        for found in FILLER.finditer(path.read_text(encoding="utf-8"))
    ]
    assert_none(faults, "Say it without these words.")


def faults_of_term(term, meaning):
    """What is wrong with the places that the glossary names for a term."""
    chapters = re.findall(r"\(((?:detours/)?\w+\.ipynb)\)", meaning)
    if not chapters and "(notation.md)" not in meaning:
        yield "names no chapter that explains it"
    for name in chapters:
        prose = " ".join(c.source for c in read(ROOT / "chapters" / name).cells).lower()
        if term.lower() not in prose and term.lower().replace(" ", "-") not in prose:
            yield f"does not stand in {name}, which it names"


def test_the_glossary_is_in_order_and_each_term_stands_where_it_says():
    glossary = entries((ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8"))
    terms = list(glossary)
    faults = [
        f"{term}: comes before {after}"
        for term, after in itertools.pairwise(terms)
        if term.lower() > after.lower()
    ]
    faults += [
        f"{term}: {fault}"
        for term, meaning in glossary.items()
        for fault in faults_of_term(term, meaning)
    ]
    assert_none(faults, "Mend the entry in chapters/glossary.md.")


def module_or_none(name):
    """The module of this name, if there is one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def missing_names(tree):
    """What code takes from the book's packages that is not there: dotted names."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in OURS:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                module = module_or_none(name)
                if module is not None:
                    known[alias.asname or alias.name] = module
                elif not hasattr(module_or_none(node.module), alias.name):
                    yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = known.get(node.value.id)
            name = module and f"{module.__name__}.{node.attr}"
            if module and not hasattr(module, node.attr) and module_or_none(name) is None:
                yield name


def test_every_name_that_a_notebook_takes_from_the_book_is_there():
    """Seen without running a cell, so that a name that was moved or deleted is found in seconds."""
    faults = []
    for path in NOTEBOOKS:
        code = "\n".join(cell.source for cell in code_cells(path))
        tree = ast.parse(re.sub(r"(?m)^\s*[%!?].*", "pass", code))
        faults += [f"{name_of(path)}: {name}" for name in missing_names(tree)]
    assert_none(faults, "Hand the name out where it was, or change the notebook's cell.")


def test_a_name_that_is_not_there_is_seen():
    code = "from rnnlib import plots as draw\nfrom rnnlib.text import nothing\ndraw.plot_nothing()"
    assert [*missing_names(ast.parse(code))] == ["rnnlib.text.nothing", "rnnlib.plots.plot_nothing"]
