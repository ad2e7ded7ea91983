"""Predictions and recall: each in the form that the site makes an input, a fold and a card of."""

import re

from tests.helpers import assert_none
from tests.notebooks import CHAPTERS, NOTEBOOKS, place_of, read, tags
from tools.plain import is_added, unfolded
from website.extensions.predictions import KINDS
from website.extensions.recall import as_directives

ASKS = re.compile(r"\*\*Predict before you \w+[.:]\*\*")
QUESTION = re.compile(r"<summary>(.+?)</summary>", re.DOTALL)
RECALLS = {"## Three questions": 3, "## Five questions": 5}  # {heading: how many there are}
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


def faults_of_question(cell):
    """What is wrong with the form of a cell that asks, or seems to ask, for a prediction."""
    found = kinds(cell)
    asks = ASKS.findall(cell.source) if cell.cell_type == "markdown" else []
    if not len(found) == bool(asks) == len(asks):
        yield f"it asks {len(asks)} times and has the tags {found}: one question, one tag"
    if not asks:
        return
    options = OPTION.findall(cell.source.split("\n\n")[-1])
    last = cell.source.split("\n\n")[-2 if found == ["choice"] else -1]
    if not ASKS.search(last):
        yield "the question is not the last paragraph"
    if not (2 <= len(options) <= 6 if found == ["choice"] else not options):
        yield f"{len(options)} options: a choice has two to six, at its end, other kinds none"


def test_what_asks_for_a_prediction_is_tagged_so_and_asks_last():
    faults = [
        f"{place_of(path, cell)}: {fault}"
        for path in NOTEBOOKS
        for cell in cells_of(path)
        for fault in faults_of_question(cell)
    ]
    assert_none(faults, "Tags are predict-number, predict-choice, predict-words (CONTRIBUTING.md).")


def faults_of_judgement(cell):
    """What is wrong with that by which a guess is judged."""
    found = cell.metadata.get("prediction")
    if found is None or not kinds(cell):
        return
    if kinds(cell) == ["choice"]:
        options = OPTION.findall(cell.source.split("\n\n")[-1])
        wrong = [bool(why.strip()) for why in found.get("why", [])]
        if [not why for why in wrong] != [i == found.get("right") for i in range(len(options))]:
            yield '`why` holds a sentence for each wrong option, and "" for the one that is right'
        return
    has_number = isinstance(found.get("right"), int | float)
    if not has_number or ("within" in found) == ("times" in found):
        yield "it needs the number that is `right`, and either `within` or `times`"


def test_what_judges_a_guess_is_whole():
    faults = [
        f"{place_of(path, cell)}: {fault}"
        for path in NOTEBOOKS
        for cell in cells_of(path)
        for fault in faults_of_judgement(cell)
    ]
    assert_none(faults, "The metadata `prediction` is told in website/extensions/predictions.py.")


def faults_of_answer(answers):
    """What is wrong with the cells that answer a question."""
    if not 1 <= len(answers) <= 7:
        yield f"{len(answers)} cells tagged answer follow: one to seven"
        return
    said = unfolded(answers[-1].source)
    if answers[-1].cell_type != "markdown" or len(said.split()) < 12:
        yield "the last cell of its answer is no prose of twelve words or more"
    for cell in answers:
        if cell.cell_type == "markdown" and re.search(r"^#", cell.source, re.M):
            yield "its answer holds a heading, which would be folded away"
        if kinds(cell):
            yield "its answer asks for a prediction"


def test_every_prediction_is_answered_by_what_is_hidden_and_the_last_word_is_prose():
    faults = []
    for path in NOTEBOOKS:
        cells, answered = cells_of(path), 0
        for place in [place for place, cell in enumerate(cells) if kinds(cell)]:
            answers = answers_after(cells, place)
            answered += len(answers)
            for fault in faults_of_answer(answers):
                faults.append(f"{place_of(path, cells[place])}: {fault}")
        if answered != sum("answer" in tags(cell) for cell in cells):
            faults.append(f"{path.name}: a cell tagged answer that follows no question")
    assert_none(faults, "The cells right behind a question, tagged answer, answer it.")


def faults_of_chapter(path):
    """What a chapter lacks of its predictions and its questions to recall."""
    cells = cells_of(path)
    count = sum(bool(kinds(cell)) for cell in cells)
    if count < 3:
        yield f"{count} predictions: three are the least"
    recalls = [cell for cell in cells if "recall" in tags(cell)]
    if len(recalls) != 1:
        yield f"{len(recalls)} cells tagged recall: one"
        return
    (recall,) = recalls
    titles = [c.source.splitlines()[0] for c in cells[cells.index(recall) - 1 :] if c.source]
    if titles[0] not in RECALLS or not titles[2].startswith("## Next"):
        yield f"one of {[*RECALLS]} stands above the cell tagged recall, and '## Next' behind it"
        return
    number = RECALLS[titles[0]]
    if not len(QUESTION.findall(recall.source)) == recall.source.count("<details>") == number:
        yield f"the cell tagged recall holds {number} <details>, each question a <summary>"


def test_a_chapter_asks_for_predictions_and_ends_with_questions_to_recall():
    faults = [
        f"chapters/{path.name}: {fault}" for path in CHAPTERS for fault in faults_of_chapter(path)
    ]
    assert_none(faults, "CONTRIBUTING.md lists what a chapter needs.")


def test_code_in_a_question_looks_as_it_does_in_the_text():
    """JupyterLab reads no Markdown in a summary, so notebooks write HTML there."""
    fold = "<details>\n<summary>Why <code>detach</code>?</summary>\n\nSo.\n\n</details>"
    assert "\nWhy `detach`?\n" in as_directives(fold)
