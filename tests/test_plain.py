"""Notebooks in plain Markdown: there by `tools.plain`, back by `plain_markdown`."""

import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.helpers import assert_none
from tests.notebooks import NOTEBOOKS, ROOT, read
from tools.plain import RAW, bibliography, entries, make_plain, plain_text, unlabelled
from website import references
from website.extensions import plain_markdown as back

GLOSSARY = (ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8")
LINK = re.compile(r"(?:glossary|references)\.md#[^)\s]*")
TERMS = {back.slug(term): term for term in entries(GLOSSARY)}
BOTH_WAYS = {
    "A {term}`loss <loss>`.": "A [loss](glossary.md#loss).",
    "An {term}`n-gram <n-gram>`.": "An [n-gram](glossary.md#n-gram).",
    "{term}`Floors <floor>` of": "[Floors](glossary.md#floor) of",
    "a {term}`hidden state <hidden state>`": "a [hidden state](glossary.md#hidden-state)",
    "{cite:t}`elman1990` shows": "[Elman (1990)](references.md#elman1990) shows",
    "shown {cite:p}`elman1990`.": "shown ([Elman, 1990](references.md#elman1990)).",
    "{cite:p}`elman1990,kingma2015`": "([Elman, 1990](references.md#elman1990); "
    "[Kingma and Ba, 2015](references.md#kingma2015))",
    "{cite:t}`bengio2003`": "[Bengio et al. (2003)](references.md#bengio2003)",
    "[a page](setup.md), `{a}` and $x$": "[a page](setup.md), `{a}` and $x$",
}


def test_a_role_becomes_a_link_and_a_role_again(subtests):
    for role, plain in BOTH_WAYS.items():
        with subtests.test(role):
            assert plain_text(role) == plain
            assert plain_text(plain) == plain
            assert back.with_roles(plain, TERMS) == role


def test_short_forms_of_roles_say_the_same():
    assert plain_text("{term}`Weight decay`") == "[Weight decay](glossary.md#weight-decay)"
    assert plain_text("{cite}`elman1990`") == plain_text("{cite:p}`elman1990`")
    assert plain_text("{term}`loss`", "../") == "[loss](../glossary.md#loss)"


def test_a_figure_is_linked_by_words():
    both = "{numref}`fig-a` shows. {numref}`fig-b`, as in {numref}`fig-c`"
    assert plain_text(both) == (
        "[The figure](#fig-a) shows. [The figure](#fig-b), as in [the figure](#fig-c)"
    )


def test_a_work_that_the_references_lack_is_named():
    with pytest.raises(ValueError, match=r"references.bib has no entry 'nobody1900'"):
        plain_text("{cite:t}`nobody1900`")


def test_what_stays_raw_is_found_and_code_and_formulas_are_not_raw():
    for raw in ("{eq}`one`", "```{note}\nx\n```", ":::{tip}", "(here)="):
        assert RAW.search(plain_text(raw)), raw
    for plain in ("`{name}`", "```python\nx\n```", "(x) = 2", "{a, b}"):
        assert not RAW.search(plain), plain


def test_the_glossary_becomes_the_directive_with_the_same_terms():
    page = back.of_glossary(GLOSSARY, TERMS)
    body = page.partition("```{glossary}\n")[2].rpartition("```")[0]
    assert [line for line in body.splitlines() if line[:1].strip()] == list(entries(GLOSSARY))
    assert len(entries(GLOSSARY)) == GLOSSARY.count("\n### ")
    assert "glossary.md#" not in body


def test_the_references_are_written_out_and_become_the_directive():
    """After a change in references.bib: python -m website.references."""
    text = references.PAGE.read_text(encoding="utf-8")
    assert references.page(text) == text
    assert text.count('<a id="') == len(bibliography())
    assert back.of_references(text).endswith("## Works cited\n\n```{bibliography}\n```\n")


@pytest.fixture
def notebook():
    """Every kind of cell that is changed."""
    figure = {"mystnb": {"figure": {"name": "fig-a", "caption": "Two {term}`losses <loss>`."}}}
    cells = [
        new_markdown_cell("# Title\n\nA {term}`loss <loss>`."),
        new_code_cell("plot()", metadata=figure | {"tags": ["hide-input"]}),
        new_code_cell("k = 1", metadata={"tags": ["keras"]}),
        new_code_cell("t = 1", metadata={"tags": ["torch"]}),
        new_code_cell('solution("1.1", "torch")', metadata={"tags": ["torch", "hide-output"]}),
        new_code_cell("x", metadata={"tags": ["hide-cell"]}),
        new_code_cell("y", metadata={"jupyter": {"source_hidden": True, "kept": 1}}),
    ]
    return new_notebook(cells=cells)


def test_a_notebook_gets_what_jupyterlab_needs(notebook):
    title, how_to_run, plot, caption, keras, torch, solution, both, neither = make_plain(
        notebook
    ).cells
    assert title.source == "# Title\n\nA [loss](glossary.md#loss)."
    assert "Run All Above Selected Cell" in how_to_run.source
    assert plot.metadata.jupyter == {"source_hidden": True}
    assert caption.source == '> <a id="fig-a"></a>**Figure.** Two [losses](glossary.md#loss).'
    assert caption.metadata.tags == ["caption"]
    assert keras.source == "# Keras\nk = 1"
    assert torch.source == "# PyTorch\nt = 1"
    assert solution.source == 'solution("1.1", "torch")'
    assert solution.metadata.jupyter == {"outputs_hidden": True}
    assert both.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
    assert neither.metadata.jupyter == {"kept": 1}
    nbformat.validate(notebook)


def test_a_second_run_changes_nothing_and_a_changed_caption_is_followed(notebook):
    first = nbformat.writes(make_plain(notebook))
    assert nbformat.writes(make_plain(notebook)) == first
    notebook.cells[2].metadata["mystnb"]["figure"]["caption"] = "New."
    assert make_plain(notebook).cells[3].source.endswith("**Figure.** New.")
    del notebook.cells[2].metadata["mystnb"]
    assert len(make_plain(notebook).cells) == 8


def test_the_site_gets_back_what_was_written(notebook):
    before = json.loads(nbformat.writes(notebook))
    after = back.of_notebook(json.loads(nbformat.writes(make_plain(notebook))), TERMS)
    assert ["".join(c["source"]) for c in after["cells"]] == [
        "".join(c["source"]) for c in before["cells"]
    ]


def test_every_link_to_glossary_or_references_is_a_role_on_the_site():
    faults = []
    for path in NOTEBOOKS:
        notebook = back.of_notebook(json.loads(path.read_text(encoding="utf-8")), TERMS)
        sources = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
        left = [line for s in sources for line in s.splitlines() if LINK.search(line)]
        faults += [f"{path.name}: {LINK.search(line)[0]} in: {line[:80]}" for line in left]
    assert_none(
        faults,
        "The site finds no such entry: mend the link, or add the term to chapters/glossary.md, the "
        "work to references.bib.",
    )


def test_the_site_shows_the_code_of_the_notebooks_without_the_name_of_its_framework():
    for path in NOTEBOOKS:
        notebook = back.of_notebook(json.loads(path.read_text(encoding="utf-8")), TERMS)
        assert [unlabelled(c.source) for c in read(path).cells if c.cell_type == "code"] == [
            "".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"
        ], path.name


def test_what_is_closed_shows_no_first_line_in_jupyterlab_and_loses_nothing_on_the_site():
    said = [nbformat.v4.new_output("stream", text="0.7, the answer")]
    cells = [
        new_code_cell("1", outputs=list(said), metadata={"tags": [tag]})
        for tag in ("answer", "hide-output", "hide-input")
    ]
    plain = make_plain(make_plain(new_notebook(cells=cells)))
    closed = [cell.outputs for cell in plain.cells if cell.cell_type == "code"]
    assert [found[0].get("data") for found in closed] == [{}, {}, None]
    assert all(found[-1:] == said for found in closed)
    site = back.of_notebook(json.loads(nbformat.writes(plain)), TERMS)
    assert [len(cell["outputs"]) for cell in site["cells"]] == [1, 1, 1]
    cells[0].metadata.tags = []
    assert make_plain(plain).cells[1].outputs == said


def test_an_answer_is_folded_with_its_caption_for_jupyterlab_and_open_for_the_site():
    figure = {"caption": "A curve.", "name": "fig-a"}
    drawn = {"tags": ["answer"], "fold": "The answer, drawn"}
    cells = [
        new_markdown_cell("**Predict.** Which?", metadata={"tags": ["predict-words"]}),
        new_code_cell("1", metadata=drawn | {"mystnb": {"figure": figure}}),
        new_markdown_cell("It is one.", metadata={"tags": ["answer"]}),
        new_markdown_cell("What comes next."),
    ]
    plain = make_plain(make_plain(new_notebook(cells=cells)))
    asked, _, code, caption, answer, after = plain.cells
    assert code.metadata["jupyter"] == {"outputs_hidden": True}
    for cell, said in ((caption, "A curve."), (answer, "It is one.")):
        drawn = ", drawn" if cell is caption else ""
        assert cell.source.startswith(f"<details>\n<summary>The answer{drawn}</summary>\n\n")
        assert cell.source.endswith(f"{said}\n\n</details>")
    assert "<details>" not in asked.source + after.source
    site = back.of_notebook(json.loads(nbformat.writes(plain)), TERMS)
    sources = ["".join(cell["source"]) for cell in site["cells"]]
    assert sources == ["**Predict.** Which?", "1", "It is one.", "What comes next."]
