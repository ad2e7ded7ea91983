"""The map in the README: concept -> chapter -> module -> test, whole and without dead ends."""

import re

import pytest

from tests.notebooks import CHAPTERS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = [line.split("|")[1:-1] for line in README.splitlines() if line.startswith("| ")]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def linked(column):
    """Every path that a column of the map links to."""
    return {target for row in MAP if len(row) == 4 for target in LINK.findall(row[column])}


def test_the_map_has_its_four_columns():
    assert [cell.strip() for cell in MAP[0]] == ["concept", "chapter", "module", "test"]


@pytest.mark.parametrize("target", sorted(set(LINK.findall(README))))
def test_every_link_leads_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists()


def test_every_chapter_is_on_the_map():
    assert linked(1) == {f"chapters/{path.name}" for path in CHAPTERS}


def test_every_module_is_on_the_map():
    modules = {f"rnnlib/{path.name}" for path in (ROOT / "rnnlib").glob("*.py")}
    assert modules - linked(2) == {"rnnlib/__init__.py"}


def test_every_test_file_is_on_the_map():
    files = {f"tests/{path.name}" for path in (ROOT / "tests").glob("test_*.py")}
    assert files - linked(3) == {"tests/test_readme.py", "tests/test_package.py"}


def test_both_commands_are_verbs_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in re.findall(r"(?:^|`)make ([\w-]+)", README, re.MULTILINE):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb
