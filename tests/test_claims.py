"""The claims that a chapter stands on: each still has its sentence, and the cell that shows it.

A table for each notebook, `tests/claims/<notebook>.toml`, begins with what its referee counted, and
holds the twenty to forty claims that matter most:

    refereed = 83            # sentences that claim a cause, a comparison, a number, an always
    held = 70
    narrowed = 9             # true only for ..., and now the sentence says so
    false = 4                # as they stood; mended since

    [[claim]]
    sentence = "..."         # as it stands in a cell of text, a caption or a table
    cell = "..."             # a piece of the one code cell that shows it
    shows = "..."            # a piece of that cell's printed output; left out where it asserts
    checked = "..."          # how it was derived again, by code that is not the book's

What a cell prints is compared by nbval, and a failing assertion stops it; so a claim whose sentence
stands beside such a cell stays true.

A claim that compares what was trained says against what, and how hard the others were tried. It is
asked of every sentence with a word of comparison, such as *better* or *ahead*:

    [claim.comparison]
    rivals = "..."           # each that was tried
    first_weights = "..."    # of Keras and of PyTorch as a matter of course
    searched = "..."         # the settings that were searched for each of them
    no_network = "..."       # what the simplest rival without a network reaches
    said = "..."             # if the first weights are of one kind only: where the page says so

or, where no training is compared, `compares = "..."`: what the sentence does compare.
"""

import ast
import re
import tomllib

import pytest

from tests.notebooks import CHAPTERS, NOTEBOOKS, ROOT, code_cells, is_ignored, read

TABLES = sorted((ROOT / "tests" / "claims").glob("*.toml"))
COMPARES = re.compile(
    r"\b(ahead|behind|beats?|beaten|better|worse|best|wins?|loses?|leads?|outperforms?|helps?|harm|gains?"
    r"|(lower|higher|more|less|fewer|further|faster|slower|larger|smaller|longer|quicker) than"
    r"|as (good|well|much) as)\b"
)
ASKED = {"rivals", "first_weights", "searched", "no_network"}
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def table(path):
    """The claims of the notebook at this path."""
    text = (ROOT / "tests" / "claims" / f"{path.stem}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def on_one_line(text):
    """The text without its line breaks, and without the targets of its links."""
    return re.sub(r"\[([^\]\[]*)\]\([^)\s]*\)", r"\1", " ".join(text.split()))


def words(path):
    """All prose of a notebook, captions included, each cell on one line."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            yield on_one_line(cell.source)
        else:
            page = cell.metadata.get("mystnb", {})
            yield on_one_line(page.get("figure", {}).get("caption", ""))


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
    assert [path.stem for path in TABLES] == [path.stem for path in NOTEBOOKS]


@every_notebook
def test_a_chapter_stands_on_twenty_to_forty_claims(path):
    claims = table(path)["claim"]
    low, high = (20, 40) if path in CHAPTERS else (5, 40)
    assert low <= len(claims) <= high
    sentences = [on_one_line(claim["sentence"]) for claim in claims]
    assert len(set(sentences)) == len(sentences)


@every_notebook
def test_every_sentence_that_was_refereed_held_was_narrowed_or_was_false(path):
    found = table(path)
    assert found["held"] + found["narrowed"] + found["false"] == found["refereed"]
    assert found["refereed"] >= len(found["claim"])


@every_notebook
def test_the_sentence_of_every_claim_still_stands(path):
    prose = list(words(path))
    for claim in table(path)["claim"]:
        sentence = on_one_line(claim["sentence"])
        assert any(sentence in cell for cell in prose), sentence


@every_notebook
def test_every_claim_is_shown_by_a_cell_that_prints_it_or_can_fail(path):
    for claim in table(path)["claim"]:
        cells = [cell for cell in code_cells(path) if claim["cell"] in cell.source]
        assert len(cells) == 1, f"{len(cells)} cells hold {claim['cell']!r}"
        (cell,) = cells
        if "shows" in claim:
            assert on_one_line(claim["shows"]) in printed(cell), claim["sentence"]
            assert not is_ignored(cell) or asserts(cell), claim["sentence"]
        else:
            assert asserts(cell), f"the cell prints nothing and cannot fail: {claim['sentence']}"


@every_notebook
def test_every_claim_says_how_it_was_derived_again(path):
    for claim in table(path)["claim"]:
        known = {"sentence", "cell", "shows", "checked", "comparison", "compares"}
        assert set(claim) <= known
        assert len(claim["checked"]) > 10, claim["sentence"]


@every_notebook
def test_every_comparison_names_its_rivals_and_how_hard_they_were_tried(path):
    prose, faults = list(words(path)), []
    for claim in table(path)["claim"]:
        found, sentence = claim.get("comparison"), on_one_line(claim["sentence"])
        if found is None:
            if COMPARES.search(sentence) and len(claim.get("compares", "")) <= 10:
                faults.append(f"no [claim.comparison], and no `compares`: {sentence}")
            continue
        short = [name for name in sorted(ASKED) if len(found.get(name, "")) <= 5]
        faults += [f"[claim.comparison] does not say {name}: {sentence}" for name in short]
        starts, said = found.get("first_weights", ""), on_one_line(found.get("said", ""))
        if not ("Keras" in starts and "PyTorch" in starts) and not any(
            said and said in cell for cell in prose
        ):
            faults.append(f"one kind of first weights, and the page does not say so: {sentence}")
        faults += [f"unknown: {name}" for name in sorted(set(found) - ASKED - {"said"})]
    assert not faults, "\n".join(faults)
