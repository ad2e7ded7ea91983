"""Exercises in the page: judged as `check` judges them, remembered, and counted by the review."""

import json
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from exercises import Value, find_hint
from tests.helpers import assert_none
from tests.site.firefox import FIREFOX, ask_firefox
from tests.site.visits import LAPTOP, PAGES, PHONE, SITE, look, read, visit
from tests.test_exercises import CHAPTERS, EXERCISES, TRIED

JUDGED = {name: e.judge for name, e in EXERCISES.items() if hasattr(e.judge, "declared")}


def typed(answer):
    """An answer as a reader types it into the page; None for what cannot be typed there."""
    if isinstance(answer, Value):
        answer = answer.run()
    if isinstance(answer, str | bool) or answer is None:
        return None
    try:
        found = np.asarray(answer)
    except (TypeError, ValueError, RuntimeError):
        return None
    if found.ndim == 0 and found.dtype.kind in "iuf" and np.isfinite(found):
        return float(found), repr(float(found))
    if found.ndim == 1 and found.dtype.kind in "iu":
        return tuple(found.tolist()), str(tuple(found.tolist()))
    return None


def stored_answers(name):
    """All answers to an exercise that are stored: solutions, usual mistakes, what was tried."""
    tried = TRIED[CHAPTERS[int(name.partition(".")[0]) - 1]]
    yield from EXERCISES[name].solutions.values()
    yield from tried.RIGHT.get(name, {}).values()
    yield from (answer for answer, _ in tried.WRONG.get(name, {}).values())
    for _hint, answer in getattr(JUDGED[name], "mistakes", ()):
        yield answer
    right = JUDGED[name].declared["right"]
    if JUDGED[name].declared["kind"] == "number":
        yield from (right * factor for factor in (0.5, 0.99, 1.004, 2, -1, 1e9, 1e-9))
        yield from (right + step for step in (-1, 1, 0.5))
        yield from (round(right, places) for places in range(5))


def test_the_page_judges_every_stored_answer_as_check_does(shared, base):
    visit(shared, base + "chapters/04_hidden_state.html")
    faults, compared = [], 0
    for name, judge in JUDGED.items():
        cases = [case for answer in stored_answers(name) if (case := typed(answer))]
        cases = [c for c in cases if isinstance(c[0], tuple) == (judge.declared["kind"] == "shape")]
        for missed in (0, 2):
            found = shared.evaluate(
                "([one, said, missed]) => said.map((each) => answers.judge(one, each, missed))",
                [json.loads(json.dumps(judge.declared)), [said for _, said in cases], missed],
            )
            compared += len(found)
            faults += [
                f"{name}, {said}, {missed} missed: the page says {there!r}, not {here!r}"
                for (answer, said), there in zip(cases, found, strict=True)
                if there != (here := find_hint(name, answer, missed))
            ]
    assert compared > 900
    assert_none(faults, "Mend website/static/exercises.js or exercises/judges.py.")


@pytest.mark.skipif(not FIREFOX, reason="there is no Firefox")
def test_firefox_judges_as_check_does_from_a_folder(tmp_path):
    for name in ("answers.js", "exercises.js"):
        shutil.copy(SITE / "_static" / name, tmp_path)
    numbers = [name for name in JUDGED if JUDGED[name].declared["kind"] == "number"]
    cases = [(name, case) for name in numbers for case in map(typed, stored_answers(name)) if case]
    cases = [(name, case) for name, case in cases if isinstance(case[0], float)]
    questions = [[JUDGED[name].declared, said] for name, (_, said) in cases]
    judge = "(([one, said]) => answers.judge(one, said, 0))"
    found = ask_firefox(tmp_path, ["answers.js", "exercises.js"], judge, questions)
    assert found == [find_hint(name, answer) for name, (answer, _) in cases]


def test_every_exercise_that_declares_its_answer_is_asked_in_the_page():
    """Each chapter's page holds as many inputs as it has such exercises."""
    pages = {name.removeprefix("chapters/")[:2]: name for name in PAGES}
    for number in {name.partition(".")[0] for name in JUDGED}:
        expected = sum(name.partition(".")[0] == number for name in JUDGED)
        assert read(pages[f"{int(number):02d}"]).count('class="declared"') == expected, number


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_an_answer_is_judged_by_keyboard_and_what_is_solved_is_remembered(page, base, viewport):
    """In chapter 4: a usual mistake, a direction, a question, the right number."""
    page.set_viewport_size(viewport)
    page.goto(base + "chapters/04_hidden_state.html", wait_until="load")
    box = page.locator("section.exercise", has_text="Two letters by hand")
    answer, verdict = box.get_by_role("textbox", name="Your answer"), box.get_by_role("status")
    said = {
        "": "Type your answer first.",
        "0.4852": "Not yet. That is the sum; the tanh is missing.",
        "about a half": "Not yet. A single number was expected, worked out, as in 0.25, 1/4",
        "0,446": "Not yet. 0.446 is close; if you rounded on the way, keep every digit",
        "0.9": "Not yet. What are the two numbers on the slate after g,",
        "0.450": "Correct.",
    }
    for words, reply in said.items():
        answer.fill(words)
        answer.press("Enter")
        expect(verdict).to_contain_text(reply)
    expect(verdict.locator("code")).to_have_count(0)
    assert box.get_by_role("checkbox").count() == 0, "nobody ticks what the page judges"
    page.reload()
    expect(answer).to_have_value("0.450")
    expect(verdict).to_have_text("Correct.")
    answer.fill("0.9")
    answer.press("Enter")
    expect(verdict).to_contain_text("Not yet.")
    page.reload()
    expect(answer).to_have_value("0.9")
    expect(verdict).to_have_text("You have solved this one before.")
    page.goto(base + "chapters/review.html", wait_until="load")
    expect(page.locator("tr.row-04_hidden_state td.exercises")).to_contain_text("1 of")


def test_a_number_is_read_as_readers_write_it(shared, base):
    look(shared, base + "chapters/04_hidden_state.html")
    numbers = {"- 0.8": -0.8, "minus 0,8": -0.8, "47 058": 47058, "h1 = 0.45": 0.45}
    numbers |= {"e^1.953 = 7.05": 7.05, "about 1/4": 0.25, "3 %": 0.03, "1,003,853": 1003853}
    found = shared.evaluate(
        "said => said.map(s => answers.isOne(s) && answers.read(s))", [*numbers]
    )
    assert found == [*numbers.values()]
    for none in ("e^1.953", "exp(1.953)", "1 or 2", "many"):
        assert not shared.evaluate("said => answers.isOne(said)", none), none


def test_a_shape_is_read_as_the_frameworks_print_it(shared, base):
    look(shared, base + "chapters/04_hidden_state.html")
    box = shared.locator("section.exercise", has_text="The shape of the last state")
    for said in ("(1, 32, 16)", "1 32 16", "torch.Size([1, 32, 16])"):
        box.get_by_role("textbox").fill(said)
        box.get_by_role("textbox").press("Enter")
        expect(box.get_by_role("status")).to_have_text("Correct.")


def test_an_exercise_that_asks_for_code_says_where_to_run_it(shared, base):
    visit(shared, base + "chapters/04_hidden_state.html")
    box = shared.locator("section.exercise", has_text="Sequences of unequal length")
    assert box.locator("form").count() == 0
    assert box.locator(".to-run a").count() == 3
    expect(box.get_by_role("checkbox", name="I have solved this")).to_be_visible()
