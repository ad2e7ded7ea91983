"""Homework: chosen exercises as a notebook of questions and stubs, without their solutions."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from nbformat import v4

from exercises import find_exercise, handin
from exercises.grading_tools import OPENS, cells_for

ROOT = Path(__file__).parent.parent
HEADING = re.compile(r"^### Exercise (\d+\.\d+)\. ", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")
IMPORTS = {
    "keras": "import keras\nimport tensorflow as tf\nfrom keras import layers, ops",
    "torch": "import torch\nfrom torch import nn",
}
ELSEWHERE = {"": "NgramModel", "keras": r"NgramModel|PyTorch|\bnn\.", "torch": "NgramModel|Keras"}
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
INTRODUCTION = """# Homework: {}

Write each answer into the cell under its question, and keep the names that stand there. Whatever
the answer needs, such as imports and functions of your own, belongs into that cell too. At the end,
restart the kernel, run all cells, and hand in {}. The questions come from
the book *Hidden State*, edition {}; *this chapter* is the one named above the question."""
HANDED_IN = {
    "": "the file `handin.json`, which the last one writes",
    "nbgrader": "this notebook, without `raise NotImplementedError()` where you have answered",
}


class Question(NamedTuple):
    """What is asked, the cell to fill in, and the chapter's number and title."""

    text: str
    stub: str
    chapter: str

    def fingerprint(self):
        """A hash of question and stub, by which another wording is recognised."""
        return hashlib.sha256(f"{self.text}\n{self.stub}".encode()).hexdigest()[:16]


def edition():
    """The book's version and day, as CITATION.cff has them."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    return " of ".join(re.findall(r'^(?:version|date-released): "(.*)"$', text, re.MULTILINE))


@cache
def read_questions():
    """{number: Question} of every exercise that has a check, in the order of the book."""
    found = {}
    for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        title = "".join(cells[0]["source"]).partition("\n")[0].removeprefix("# ")
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and (headings := list(HEADING.finditer(source))):
                number, text = headings[-1][1], source[headings[-1].start() :]
            elif "exercise" in cell["metadata"].get("tags", ()):
                chapter = f"Chapter {int(path.name[:2])}. {title}"
                found[number] = Question(LINK.sub(r"\1", text), source, chapter)
    return found


def ask_in(framework, text):
    """The text of a question without its sentences and words about the other framework."""
    if not framework:
        return text
    own, other = ("Keras", "PyTorch") if framework == "keras" else ("PyTorch", "Keras")
    text = re.sub(rf"\b(In {other}, .*?|Choose one)\.( |$)", "", text, flags=re.M).rstrip()
    text = text.replace("NumPy, Keras or PyTorch", f"NumPy or {own}")
    return text.replace("Keras or PyTorch", own)


def choose(wanted, framework=""):
    """The numbers that chapters ("4") and exercises ("4.1") name, in the order of the book.

    What needs the book, or the other framework, is left out unless its own number is named.
    ValueError for a word that names none with a check.
    """
    names = {number: {number, number.partition(".")[0]} for number in read_questions()}
    for word in set(wanted) - set().union(*names.values()):
        raise ValueError(f"there is no exercise {word!r} with a check: name some as in 4 or 4.1.")
    found = [number for number in names if names[number] & set(wanted)]
    texts = {number: ask_in(framework, read_questions()[number].text) for number in found}
    return [n for n in found if n in wanted or not re.search(ELSEWHERE[framework], texts[n])]


def sealed_hints(number):
    """(digits, {seal: hint}) of the wrong numbers and shapes that the exercise's judge knows.

    Those that a right answer could be taken for are left out.
    """
    declared = getattr(find_exercise(number).judge, "declared", {"kind": ""})
    digits = round(-np.log10(2 * declared.get("within", 0) or 1))
    known = declared["wrong"] if declared["kind"] in ("number", "shape") else ()
    hints = {handin.seal(number, value, digits): hint for value, *_, hint in known}
    hints.pop(handin.seal(number, declared["right"], digits) if known else None, None)
    return digits, {seal: hint[0].upper() + hint[1:] for seal, hint in hints.items()}


def first_cell(numbers, framework):
    """The code of a notebook's first cell: what was set, and the student's side of it."""
    homework = {
        "edition": edition(),
        "framework": framework,
        "questions": {number: read_questions()[number].fingerprint() for number in numbers},
        "hints": {number: sealed_hints(number) for number in numbers},
    }
    code = Path(handin.__file__).read_text(encoding="utf-8")
    set_here = f"HOMEWORK = {json.dumps(homework, indent=1, ensure_ascii=False)}"
    return re.sub(r"^HOMEWORK = .*$", lambda _: set_here, code, count=1, flags=re.M)


def make_notebook(numbers, framework="", tool=""):
    """The notebook of these exercises, in both frameworks or one; for a `tool`, the teacher's."""
    imports = [IMPORTS[framework]] if framework else IMPORTS.values()
    hidden, goes_on = {"jupyter": {"source_hidden": True}}, {"tags": ["raises-exception"]}
    handed_in = HANDED_IN.get(tool, "this notebook")
    cells = [
        *OPENS.get(tool, ()),
        v4.new_markdown_cell(INTRODUCTION.format(", ".join(numbers), handed_in, edition())),
        v4.new_code_cell(first_cell(numbers, framework), metadata=hidden),
        v4.new_code_cell("\n".join(["import numpy as np", *imports])),
    ]
    for number, asked in zip(numbers, map(read_questions().get, numbers), strict=True):
        if f"## {asked.chapter}" not in [cell.source for cell in cells]:
            cells.append(v4.new_markdown_cell(f"## {asked.chapter}"))
        question = v4.new_markdown_cell(ask_in(framework, asked.text))
        stub = v4.new_code_cell(asked.stub, metadata=goes_on)  # an error stops no other cell
        cells += cells_for(tool, number, question, stub, framework) if tool else [question, stub]
    last = [] if tool else [v4.new_code_cell("hand_in()")]
    return v4.new_notebook(cells=[*cells, *last], metadata=KERNEL)
