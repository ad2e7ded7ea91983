"""Predictions and recall: each in the form that the site makes an input, a fold and a card of."""

import re

import pytest

from tests.notebooks import CHAPTERS, NOTEBOOKS, read, tags
from tools.plain import is_added, unfolded
from website.extensions.predictions import KINDS
from website.extensions.recall import as_directives

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
ASKS = re.compile(r"\*\*Predict before you \w+[.:]\*\*")
QUESTION = re.compile(r"<summary>(.+?)</summary>", re.DOTALL)
OPTION = re.compile(r"^- \S.*$", re.MULTILINE)


def cells_of(path):
    """The cells that an author writes."""
    return [cell for cell in read(path).cells if not is_added(cell)]


def kinds(cell):
    """The kinds of prediction that the cell is tagged with."""
    return [kind for kind in KINDS if f"predict-{kind}" in tags(cell)]


def answers_after(cells, place):
    """The cells right after this place that answer its question."""
    after = cells[place + 1 :]
    end = next((i for i, cell in enumerate(after) if "answer" not in tags(cell)), len(after))
    return after[:end]


@every_notebook
def test_what_asks_for_a_prediction_is_tagged_so_and_asks_last(path):
    for cell in cells_of(path):
        found = kinds(cell)
        asks = cell.cell_type == "markdown" and ASKS.findall(cell.source)
        assert len(found) == bool(asks) == len(asks or []), cell.source
        if not asks:
            continue
        options = OPTION.findall(cell.source.split("\n\n")[-1])
        last = cell.source.split("\n\n")[-2 if found == ["choice"] else -1]
        assert ASKS.search(last), f"the question is not the last paragraph: {cell.source}"
        assert 2 <= len(options) <= 6 if found == ["choice"] else not options, cell.source


@every_notebook
def test_every_prediction_is_answered_by_what_is_hidden_and_the_last_word_is_prose(path):
    cells = cells_of(path)
    asked = [place for place, cell in enumerate(cells) if kinds(cell)]
    answered = 0
    for place in asked:
        answers = answers_after(cells, place)
        answered += len(answers)
        assert 1 <= len(answers) <= 7, cells[place].source
        assert answers[-1].cell_type == "markdown", cells[place].source
        said = unfolded(answers[-1].source)
        assert len(said.split()) >= 12, said
        for cell in answers:
            assert cell.cell_type == "code" or not re.search(r"^#", cell.source, re.M), cell.source
            assert not kinds(cell), cell.source
    assert answered == sum("answer" in tags(cell) for cell in cells), "an answer without a question"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_asks_for_predictions_and_ends_with_five_questions(path):
    cells = cells_of(path)
    assert sum(bool(kinds(cell)) for cell in cells) >= 4
    (recall,) = [cell for cell in cells if "recall" in tags(cell)]
    assert len(QUESTION.findall(recall.source)) == recall.source.count("<details>") == 5
    titles = [c.source.splitlines()[0] for c in cells[cells.index(recall) - 1 :] if c.source]
    assert titles[0] == "## Five questions"
    assert titles[2].startswith("## Next")


def test_code_in_a_question_looks_as_it_does_in_the_text():
    """JupyterLab reads no Markdown in a summary, so notebooks write HTML there."""
    fold = "<details>\n<summary>Why <code>detach</code>?</summary>\n\nSo.\n\n</details>"
    assert "\nWhy `detach`?\n" in as_directives(fold)
