"""The claims that a chapter stands on: each still has its sentence, and the cell that shows it.

A table for each notebook, `tests/claims/<notebook>.toml`, begins with what its referee counted when
the page was read, and holds the claims that the page stands on:

    refereed = 83            # sentences that claim a cause, a comparison, a number, an always
    held = 70
    narrowed = 9             # true only for ..., and now the sentence says so
    false = 4                # as they stood; mended since

    [[claim]]
    sentence = "..."         # as it stands in a cell of text, a caption or a table
    cell = "..."             # a piece of the one code cell that shows it
    shows = "..."            # a piece of that cell's printed output; left out where it asserts
    checked = "..."          # how it was derived again, by code that is not the book's
    finding = "..."          # if it stands in lab notes: the sentence of the text that it proves

What a cell prints is compared by nbval, and a failing assertion stops it; so a claim whose sentence
stands beside such a cell stays true.

A claim that compares what was trained says against what, and how hard the others were tried. It is
asked of every sentence with a word of comparison, such as *better* or *ahead*:

    [claim.comparison]
    rivals = "..."           # each that was tried
    first_weights = "..."    # of Keras and of PyTorch as a matter of course
    searched = "..."         # the settings that were searched for each of them
    no_network = "..."       # what the simplest rival without a network reaches
    said = "..."             # if the initial weights are of one kind only: where the page says so

or, where no training is compared, `compares = "..."`: what the sentence does compare.
"""

import ast
import difflib
import re
import tomllib
from collections import Counter
from functools import cache

from tests.helpers import assert_none
from tests.notebooks import NOTEBOOKS, ROOT, code_cells, is_ignored, read

TABLES = sorted((ROOT / "tests" / "claims").glob("*.toml"))
COMPARES = re.compile(
    r"\b(ahead|behind|beats?|beaten|better|worse|best|wins?|loses?|leads?|outperforms?|helps?|harm|gains?"
    r"|(lower|higher|more|less|fewer|further|faster|slower|larger|smaller|longer|quicker) than"
    r"|as (good|well|much) as)\b"
)
KNOWN = {"sentence", "cell", "shows", "checked", "comparison", "compares", "finding"}
ASKED = {"rivals", "first_weights", "searched", "no_network"}


@cache
def claims():
    """Every claim: (path of its notebook, file and line of its table, the claim)."""
    found = []
    for path in NOTEBOOKS:
        name = f"tests/claims/{path.stem}.toml"
        text = (ROOT / name).read_text(encoding="utf-8")
        lines = [i for i, line in enumerate(text.splitlines(), 1) if line.strip() == "[[claim]]"]
        for line, claim in zip(lines, tomllib.loads(text)["claim"], strict=True):
            found.append((path, f"{name}:{line}", claim))
    return found


def on_one_line(text):
    """The text without its line breaks, and without the targets of its links."""
    return re.sub(r"\[([^\]\[]*)\]\([^)\s]*\)", r"\1", " ".join(text.split()))


@cache
def words(path):
    """All prose of a notebook, captions included: a list of its cells, each on one line."""
    found = []
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            found.append(on_one_line(cell.source))
        else:
            page = cell.metadata.get("mystnb", {})
            found.append(on_one_line(page.get("figure", {}).get("caption", "")))
    return found


def stands(sentence, path):
    """Whether the notebook has this sentence in one of its cells."""
    return any(on_one_line(sentence) in cell for cell in words(path))


def printed(cell):
    """The text that a code cell prints or shows."""
    data = [output.get("data", {}) for output in cell.outputs]
    shown = [found.get("text/plain", "") + found.get("text/markdown", "") for found in data]
    return on_one_line(" ".join([output.get("text", "") for output in cell.outputs] + shown))


def asserts(cell):
    """Whether the cell's code can fail: an `assert`, or a function of `np.testing`."""
    tree = ast.parse(cell.source)
    return "np.testing." in cell.source or any(isinstance(n, ast.Assert) for n in ast.walk(tree))


def test_every_notebook_has_its_table_and_no_table_is_left_over():
    tables, notebooks = ({path.stem for path in paths} for paths in (TABLES, NOTEBOOKS))
    assert_none(
        sorted(tables ^ notebooks),
        "Each notebook NAME.ipynb has its table tests/claims/NAME.toml: add, rename or delete it.",
    )


def nearest(sentence, path):
    """What the notebook says around the longest piece of a sentence that it still has."""
    sentence, best = on_one_line(sentence), None
    for cell in words(path):
        match = difflib.SequenceMatcher(None, sentence, cell, autojunk=False).find_longest_match()
        if best is None or match.size > best[0].size:
            best = match, cell
    match, cell = best
    start = max(0, match.b - match.a)
    return cell[start : start + len(sentence) + 20]


def test_the_sentence_of_every_claim_still_stands():
    faults = [
        f"{place}: {claim['sentence']}\n    nearest, now: {nearest(claim['sentence'], path)}"
        for path, place, claim in claims()
        if not stands(claim["sentence"], path)
    ]
    assert_none(
        faults,
        "These sentences are no longer in their notebooks. Derive each claim again as the page now "
        "makes it, with code of your own, and change its sentence, shows and checked at that line; "
        "delete the claim if the page no longer makes it.",
    )


def test_no_claim_stands_twice():
    sentences = Counter((path.stem, on_one_line(claim["sentence"])) for path, _, claim in claims())
    faults = [f"tests/claims/{stem}.toml: {s}" for (stem, s), n in sentences.items() if n > 1]
    assert_none(faults, "Delete all but one of them.")


def fault_of_cell(path, claim):
    """What is wrong with the cell that shows a claim; None if it shows it."""
    cells = [cell for cell in code_cells(path) if claim["cell"] in cell.source]
    if len(cells) != 1:
        return f"{len(cells)} cells of the notebook hold {claim['cell']!r}"
    (cell,) = cells
    if "shows" not in claim:
        return None if asserts(cell) else f"the cell {claim['cell']!r} asserts nothing"
    if on_one_line(claim["shows"]) not in printed(cell):
        return f"the cell {claim['cell']!r} does not print {claim['shows']!r}"
    if is_ignored(cell) and not asserts(cell):
        return f"nbval ignores what the cell {claim['cell']!r} prints, and it asserts nothing"
    return None


def test_every_claim_is_shown_by_a_cell_that_prints_it_or_can_fail():
    faults = [
        f"{place}: {fault}; the claim is: {claim['sentence']}"
        for path, place, claim in claims()
        if (fault := fault_of_cell(path, claim))
    ]
    assert_none(
        faults,
        "At that line, `cell` must be a piece of the one code cell that shows the claim, `shows` a "
        "piece of what it prints; without `shows` the cell must assert the claim.",
    )


def test_every_claim_says_how_it_was_derived_again():
    faults = []
    for _, place, claim in claims():
        if not claim.get("checked", "").strip():
            faults.append(f"{place}: no `checked`: {claim['sentence']}")
        faults += [f"{place}: unknown key: {name}" for name in sorted(set(claim) - KNOWN)]
    assert_none(
        faults,
        "Derive the claim again with code that is not the book's, and say at that line, in "
        "`checked`, how and with what result.",
    )


def faults_of_comparison(path, claim):
    """What a claim that compares leaves unsaid."""
    found = claim.get("comparison")
    if found is None:
        compares = COMPARES.search(on_one_line(claim["sentence"]))
        if compares and not claim.get("compares", "").strip():
            yield f"no [claim.comparison], and no `compares`, for the word {compares[0]!r}"
        return
    for name in sorted(ASKED):
        if not found.get(name, "").strip():
            yield f"[claim.comparison] does not say {name}"
    for name in sorted(set(found) - ASKED - {"said"}):
        yield f"unknown key in [claim.comparison]: {name}"
    starts = found.get("first_weights", "")
    both = "Keras" in starts and "PyTorch" in starts
    if not both and not ("said" in found and stands(found["said"], path)):
        yield "one kind of initial weights, and `said` is no sentence of the page that says so"


def test_every_comparison_names_its_rivals_and_how_hard_they_were_tried():
    faults = [
        f"{place}: {fault}: {claim['sentence']}"
        for path, place, claim in claims()
        for fault in faults_of_comparison(path, claim)
    ]
    assert_none(
        faults,
        "Say at that line against what the claim compares and how hard the rivals were tried; the "
        "top of tests/test_claims.py shows the keys.",
    )
