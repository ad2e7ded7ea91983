"""The form of the notebooks: what nbval cannot see, and what a page needs to be read by everyone.

nbval itself runs every cell and compares its output; but it passes in silence over a cell whose
output was cleared, so these tests refuse such a notebook.
"""

import copy
import re

import nbformat
import pytest

from tests.notebooks import (
    CHAPTERS,
    NOTEBOOKS,
    ROOT,
    code_cells,
    is_ignored,
    is_skipped,
    read,
    tags,
)
from tools.execute import METADATA
from tools.plain import RAW, entries, is_added, make_plain, unlabelled, way_up

IMAGES = "image/png", "image/svg+xml"
FRAMEWORKS = {"numpy", "keras", "torch"}
SPINE = ["What can go wrong", "What we built", "Exercises", "Next"]
FILLER = re.compile(
    r"\b(in this (section|chapter),? we will|it is important to note|it's worth noting|delve"
    r"|let's dive|in conclusion|as you can see)\b",
    re.IGNORECASE,
)

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def headings(path):
    """The lines that are headings in the notebook's prose."""
    prose = [c.source for c in read(path).cells if c.cell_type == "markdown"]
    return [line for source in prose for line in source.splitlines() if line.startswith("#")]


def test_there_is_a_notebook_for_every_chapter():
    assert [int(path.stem[:2]) for path in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))
    assert len(CHAPTERS) >= 4


@every_notebook
def test_is_valid_and_stored_as_make_outputs_stores_it(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata == nbformat.from_dict(METADATA)
    assert path.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


@every_notebook
def test_reads_as_well_in_jupyterlab(path):
    """No role on the screen; captions, frameworks' names, hidden cells as `tools.plain` writes."""
    notebook = read(path)
    plain = make_plain(copy.deepcopy(notebook), way_up(path))
    assert [c.source for c in notebook.cells] == [c.source for c in plain.cells]
    assert [c.metadata for c in notebook.cells] == [c.metadata for c in plain.cells]
    prose = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    assert RAW.findall(prose) == []


@every_notebook
def test_every_cell_was_executed_in_order_from_a_fresh_kernel(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@every_notebook
def test_no_cell_that_shows_something_was_cleared(path):
    for cell in code_cells(path):
        last = cell.source.strip().splitlines()[-1]
        shows = re.match(r"(print|check|solution|plt\.show)\(", last) or re.fullmatch(r"\w+", last)
        assert cell.outputs or not shows, f"no output is stored for:\n{cell.source}"


@every_notebook
def test_outputs_are_whole_small_and_quiet(path):
    for cell in code_cells(path):
        where = f"\n{cell.source}"
        assert not cell.source.rstrip().endswith(";"), where
        streams = [output.get("name") for output in cell.outputs]
        assert streams.count("stdout") <= 1, where  # in one piece, or a second run changes bytes
        for output in cell.outputs:
            assert output.get("name") != "stderr", where
            assert output.output_type != "error" or "raises-exception" in tags(cell), where
            data = output.get("data", {})
            assert "application/vnd.jupyter.widget-view+json" not in data, where
            assert ("image/svg+xml" in data) == ("image/png" in data), where
            assert all(len(data.get(kind, "")) < 300_000 for kind in IMAGES), where
            assert not re.search(r"0x[0-9a-f]{6,}", data.get("text/plain", "")), where


@every_notebook
def test_every_figure_has_a_caption_and_a_text_for_those_who_cannot_see_it(path):
    for cell in code_cells(path):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            page = cell.metadata.get("mystnb", {})
            assert page.get("figure", {}).get("caption"), cell.source
            assert len(page.get("image", {}).get("alt", "")) > 20, cell.source


@every_notebook
def test_few_outputs_are_ignored_each_with_its_reason_and_none_skipped(path):
    cells = code_cells(path)
    assert not any(map(is_skipped, cells))
    ignored = [cell for cell in cells if is_ignored(cell)]
    assert all(unlabelled(cell.source).startswith("#") for cell in ignored)
    assert len(ignored) <= 0.05 * len(cells) or len(ignored) == 1


@every_notebook
def test_code_fits_beside_its_twin_and_on_a_screen(path):
    for cell in code_cells(path):
        lines = unlabelled(cell.source).splitlines()
        assert len(lines) <= 20, cell.source
        width = 64 if tags(cell) & {"keras", "torch"} else 88
        assert max(map(len, lines)) <= width, cell.source


@every_notebook
def test_keras_and_torch_cells_come_in_pairs(path):
    run, runs = [], []
    for cell in [*(c for c in read(path).cells if not is_added(c)), None]:
        found = tags(cell) & FRAMEWORKS if cell is not None else set()
        if found:
            run += found
        elif run:
            runs.append(run)
            run = []
    assert all(("keras" in run) == ("torch" in run) for run in runs), runs


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_has_the_spine_of_a_chapter(path):
    titles = headings(path)
    assert titles[0].startswith("# ")
    text = "\n".join(titles)
    places = [text.find(f"## {title}") for title in SPINE]
    assert -1 not in places, f"missing among {SPINE}: {places}"
    assert places == sorted(places)
    assert len([line for line in titles if line.startswith("### Exercise ")]) >= 5


@pytest.mark.parametrize(
    "path", [*NOTEBOOKS, *ROOT.glob("*.md"), *ROOT.glob("chapters/**/*.md")], ids=lambda p: p.stem
)
def test_the_prose_has_no_filler(path):
    found = FILLER.findall(path.read_text(encoding="utf-8"))
    assert not found


def test_the_glossary_is_in_order_and_each_term_stands_where_it_says():
    glossary = entries((ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8"))
    assert len(glossary) > 80
    assert list(glossary) == sorted(glossary, key=str.lower)
    for term, meaning in glossary.items():
        chapters = re.findall(r"\(((?:detours/)?\w+\.ipynb)\)", meaning)
        assert chapters or "(notation.md)" in meaning, term
        for name in chapters:
            prose = " ".join(c.source for c in read(ROOT / "chapters" / name).cells).lower()
            assert term.lower() in prose or term.lower().replace(" ", "-") in prose, (term, name)
