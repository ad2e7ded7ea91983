"""The README: its links lead somewhere, its table names every folder, its verbs are there."""

import re

from tests.helpers import assert_none
from tests.notebooks import ROOT
from tools import map as tree
from tools.import_graph import FOLDERS

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def test_every_link_leads_somewhere():
    ours = [link for link in LINK.findall(README) if not link.startswith("https://")]
    faults = [link for link in ours if not (ROOT / link).exists()]
    assert_none(faults, "README.md links to what does not exist: mend or drop these links.")


def test_every_link_of_the_other_readmes_leads_somewhere():
    faults = []
    for folder in (ROOT / "benchmarks", ROOT / "website"):
        links = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
        ours = [link.partition("#")[0] for link in links if not link.startswith("https://")]
        faults += [f"{folder.name}: {link}" for link in ours if not (folder / link).exists()]
    assert_none(faults, "In the README.md of that folder, name the file as it is called now.")


def test_every_folder_is_in_its_table():
    where = README.partition("## Where things are")[2]
    linked = {link.partition("/")[0] for link in LINK.findall(where)}
    assert_none(
        sorted(linked ^ {*FOLDERS, "chapters", "weights"}),
        "The table *Where things are* in README.md has a row for each folder, and for no other.",
    )


def test_the_map_has_a_line_for_every_file_of_the_library():
    printed = "\n".join(tree.lines())
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rnnlib").rglob("*.py")}
    missing = [path for path in files if path.removesuffix("__init__.py") not in printed]
    assert_none(missing, "`python -m tools.map` prints no line for these: mend tools/map.py.")
