"""Lab notes: where a page compares what was measured, a fold says how; no finding is only there."""

import re

from tests.helpers import assert_none
from tests.notebooks import NOTEBOOKS, place_of, read, tags
from tests.test_claims import claims, on_one_line
from website.extensions.lab_notes import FOLD, TAG

STORED = re.compile(r"\bresults/\w+\.json")  # what a cell that compares stored runs reads


def sections(path):
    """The cells of a notebook by the sections of its second level: [(title, cells)]."""
    found = [("", [])]
    for cell in read(path).cells:
        heading = (
            re.search(r"^## (.+)$", cell.source, re.M) if cell.cell_type == "markdown" else None
        )
        if heading:
            found.append((heading[1], []))
        found[-1][1].append(cell)
    return found


def test_a_section_that_shows_stored_runs_has_lab_notes():
    faults = [
        f"chapters/{path.name}: {title}"
        for path in NOTEBOOKS
        for title, cells in sections(path)
        if any(cell.cell_type == "code" and STORED.search(cell.source) for cell in cells)
        and not any(TAG in tags(cell) for cell in cells)
    ]
    assert_none(
        faults,
        "Say in a fold at the end of the section how these runs were made: seeds, rates, what was "
        "searched for each rival (cells tagged lab-notes, CONTRIBUTING.md).",
    )


def test_lab_notes_begin_with_a_fold_that_says_what_is_in_them_and_hold_no_heading():
    faults = []
    for path in NOTEBOOKS:
        before = None
        for cell in read(path).cells:
            if TAG in tags(cell):
                opens = cell.cell_type == "markdown" and FOLD.fullmatch(cell.source)
                if before is not None and TAG not in tags(before) and not opens:
                    faults.append(f"{place_of(path, cell)}: no fold with a title")
                if cell.cell_type == "markdown" and re.search(r"^#", cell.source, re.M):
                    faults.append(f"{place_of(path, cell)}: a heading")
            before = cell
    assert_none(faults, "<details>, <summary>Lab notes: what is in them</summary>, the words.")


def in_notes(path, sentence):
    """Whether a sentence stands in lab notes and nowhere else on its page."""
    wanted = on_one_line(sentence)
    where = [TAG in tags(cell) for cell in read(path).cells if wanted in on_one_line(cell.source)]
    return bool(where) and all(where)


def test_what_a_claim_in_lab_notes_finds_is_said_in_the_text():
    faults = []
    for path, place, claim in claims():
        said = claim.get("finding")
        if not in_notes(path, claim["sentence"]):
            continue
        if said is None:
            faults.append(f"{place}: no `finding`: {claim['sentence']}")
        elif in_notes(path, said) or not any(
            on_one_line(said) in on_one_line(cell.source) for cell in read(path).cells
        ):
            faults.append(f"{place}: its `finding` is no sentence of the running text")
    assert_none(
        faults,
        "`finding` is the sentence of the running text that says, perhaps in fewer numbers, what "
        "these notes prove; where the text does not say it, write it there.",
    )
