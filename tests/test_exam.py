"""The exam questions: their form, marks that add up, numbers that are right, nothing published."""

import math
import re

import numpy as np
import yaml

from tests.helpers import assert_none
from tests.notebooks import CHAPTERS, NOTEBOOKS, ROOT, read
from website import pack

COUNT = 6  # files: 18 when every chapter has its own
FILES = sorted((ROOT / "exercises" / "exam").glob("*.md"))
EXAMS = {path.stem: path.read_text(encoding="utf-8") for path in FILES}
QUESTION = re.compile(r"^## (\d+\.[A-Z])\. .+ \((\d+) marks, (\d+) minutes\)$", re.M)


def faults_of_question(marks, minutes, body):
    ask, _, scheme = body.partition("\n### Scheme\n")
    given = sum(int(one) for one in re.findall(r"^- (\d+) marks?: ", scheme, re.M))
    if given != int(marks) or not 5 <= int(minutes) <= 12:
        yield f"the scheme gives {given} of {marks} marks; {minutes} minutes (5 to 12)"
    if not ask.strip() or "\nNot enough: " not in scheme:
        yield "it needs a question, a scheme, and a paragraph that begins with `Not enough: `"
    for block in re.findall(r"^```python\n(.*?)^```$", scheme, re.M | re.S):
        try:
            exec(block, {"np": np, "math": math})
        except Exception as error:
            yield f"{error!r} in the block that begins with {block[:60]!r}"


def faults_of_form(name, text):
    n, (_, *parts) = int(name[-2:]), QUESTION.split(text)
    title = read(CHAPTERS[n - 1]).cells[0].source.partition("\n")[0].removeprefix("# ")
    if not text.startswith(f"# Exam questions for chapter {n}: {title}\n"):
        yield f"{name}: its first line should name chapter {n}, {title}"
    if parts[::4] != [f"{n}.{letter}" for letter in "ABCDEF"]:
        yield f"{name}: six questions, {n}.A to {n}.F, not {parts[::4]}"
    for i in range(0, len(parts), 4):
        yield from (f"{name}, {parts[i]}: {it}" for it in faults_of_question(*parts[i + 1 : i + 4]))


def test_an_exam_has_six_questions_whose_marks_add_up_and_whose_numbers_are_right():
    assert len(EXAMS) == COUNT
    faults = (fault for name, text in EXAMS.items() for fault in faults_of_form(name, text))
    assert_none(faults, "Mend the file in exercises/exam.")


def test_no_question_is_on_a_page_or_in_the_zip_for_readers():
    pages = [page.read_text(encoding="utf-8") for page in ROOT.glob("chapters/**/*.md")]
    pages += [cell.source for path in NOTEBOOKS for cell in read(path).cells]
    shown, faults = " ".join(" ".join(pages).split()), [p for p in pack.contents() if "exam/" in p]
    for name, text in EXAMS.items():
        sentences = re.split(r"(?<=[.?!:]) ", " ".join(text.split()))
        faults += [f"{name}: {s}" for s in sentences if len(s.split()) > 7 and s in shown]
    assert_none(faults, "An exam says what a page says, or is in the zip: ask it in other words.")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "exercises/exam" in config["exclude_patterns"], "the site must not show the exams"
