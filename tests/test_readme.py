"""The map in the README: concept -> chapter -> module -> test, whole and without dead ends."""

import re

import pytest

from tests.notebooks import CHAPTERS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
WHERE = README.partition("## Where things are")[2]
MAP = [line.split("|")[1:-1] for line in WHERE.splitlines() if line.startswith("| ")]
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


def test_the_readme_begins_with_reading_and_ends_with_the_map():
    heads = re.findall(r"^## (.+)$", README, re.MULTILINE)
    assert (heads[0], heads[-1]) == ("How to read it", "Where things are")


def test_every_module_is_on_the_map():
    files = {path.relative_to(ROOT) for path in (ROOT / "rnnlib").rglob("*.py")}
    modules = {path.as_posix() for path in files if path.name != "__init__.py"}
    folders = tuple(
        f"{target}/" for target in linked(2) | {"exercises"} if (ROOT / target).is_dir()
    )
    assert [path for path in sorted(modules - linked(2)) if not path.startswith(folders)] == []


def test_every_test_file_is_on_the_map():
    files = {f"tests/{path.name}" for path in (ROOT / "tests").glob("test_*.py")}
    of_the_whole = {"readme", "package", "packaging", "house"}
    assert files - linked(3) == {f"tests/test_{name}.py" for name in of_the_whole}


def test_both_commands_are_verbs_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in re.findall(r"(?:^|`)make ([\w-]+)", README, re.MULTILINE):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), verb
