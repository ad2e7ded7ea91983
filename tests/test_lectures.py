"""The plans for teachers: each lecture fits its time and stands on what was shown before."""

import pytest

from tests.helpers import assert_none, raises_sentence
from tools import lectures

OLD = """## I teach this

| lecture | on the screen | exercises in class | exercises at home |
|---|---|---|---|
| 1 | [1](01_text_to_numbers.ipynb), *Number every character* | 1.1 | 1.4 |
| 2 | [3](03_learn_by_small_steps.ipynb), *Walk down a valley* | 3.1 | 3.3 |
"""


def test_six_lectures_fit_their_time_and_need_only_what_was_shown():
    assert len(list(lectures.lectures())) == 6
    remedy = "Change the plan in chapters/plans.md; what a section needs is in tools/lectures.toml."
    assert_none(list(lectures.faults()), f"{remedy} `python -m tools.lectures` shows the minutes.")


def test_the_one_lecture_fills_ninety_minutes_and_stands_by_itself():
    assert_none(
        list(lectures.faults_of_the_one()),
        "Change the table of chapters/one_lecture.md, or what a class knows before it, at the top "
        "of tools/lectures.toml.",
    )


def test_each_chapter_takes_the_minutes_that_the_plan_says():
    told = list(lectures.rows("plans", "### Teach one chapter"))
    assert len(told) == 18
    faults = [
        f"chapter {number} takes {found:.0f} minutes, and the table says {row[1]}"
        for number, row in enumerate(told, 1)
        if abs((found := lectures.of_chapter(number)) - int(row[1])) > 3
    ]
    assert_none(faults, "Change the table *Teach one chapter in 90 minutes* in chapters/plans.md.")


def test_what_is_needed_is_a_section_or_stands_before():
    known = {
        f"{page.stem[:2]}: {title}" for page in pages() for title in lectures.sections_of(page.stem)
    }
    wanted = lectures.needs()
    named = {name for name in wanted if ":" in name} | {
        n for needs in wanted.values() for n in needs
    }
    remedy = "In tools/lectures.toml, name sections that notebooks have."
    assert_none(sorted(named - known), remedy)


def pages():
    return sorted(lectures.CHAPTERS.glob("[01]*.ipynb"))


def test_a_section_that_is_not_there_is_told_so():
    with raises_sentence(ValueError, "04_hidden_state.ipynb has no section 'Renamed'"):
        lectures.named_in("[4](04_hidden_state.ipynb), *Renamed*", alone=True)


@pytest.fixture
def old_plan(tmp_path, monkeypatch):
    """A plan of two lectures that lean on sections which are never shown."""
    for page in pages():
        (tmp_path / page.name).symlink_to(page)
    (tmp_path / "plans.md").write_text(OLD, encoding="utf-8")
    lectures.sections_of.cache_clear()
    monkeypatch.setattr(lectures, "CHAPTERS", tmp_path)
    yield
    lectures.sections_of.cache_clear()


@pytest.mark.usefixtures("old_plan")
def test_a_plan_that_leans_on_what_was_never_shown_is_told_so():
    found = "\n".join(lectures.faults())
    assert "lecture 1 takes" in found
    assert "exercise 1.1: needs 01: Windows, not shown so far" in found
    assert "03: Walk down a valley: needs 02: How sure should you be?, which was not" in found
