"""The ways into the book: sections and exercises that they name exist, lines can be pasted."""

import re
import shutil
import subprocess

import pytest

from rnnlib.data import load_corpus
from tests.notebooks import CHAPTERS, ROOT, code_cells, read

WELCOME = (ROOT / "index.md").read_text(encoding="utf-8")
SETUP = (ROOT / "chapters" / "setup.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", SETUP, re.MULTILINE | re.DOTALL)
SHELLS = ["bash", "powershell", "bat"]
SECTION = re.compile(r"\]\((chapters/[\w/]+\.ipynb)\)|(?<!\*)\*([A-Z][^*]+)\*(?!\*)")
SAID = "'brown fox jumps over the lazy dog.'"  # what both networks of the welcome page write
EXERCISE = re.compile(r"(?<![\d.])(1?\d\.\d)(?!\.?\d)")


def titles(path):
    """What stands in the headings of a notebook, without marks."""
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    return set(re.findall(r"^#+ (.+?)\s*$", "\n".join(cells), re.MULTILINE))


def sections_named(text):
    """Each (notebook, section): a section stands in italics after the notebook it belongs to."""
    notebook, found = None, []
    for line in text.splitlines():
        for target, section in SECTION.findall(line):
            if target:
                notebook = target
            elif notebook:
                found.append((notebook, section))
        notebook = None
    return found


WAYS = WELCOME[WELCOME.index("## Shorter ways") :]
COURSE = WAYS[WAYS.index("### I teach this") :]


def test_sections_are_found_where_they_are_named():
    line = "[3](chapters/03_a.ipynb), *Walk down* and *Up*; [4](chapters/detours/b.ipynb) | *Two*"
    assert sections_named(line) == [
        ("chapters/03_a.ipynb", "Walk down"),
        ("chapters/03_a.ipynb", "Up"),
        ("chapters/detours/b.ipynb", "Two"),
    ]
    assert len(sections_named(WAYS)) > 25


@pytest.mark.parametrize(("notebook", "section"), sorted(set(sections_named(WAYS))))
def test_every_section_on_a_way_exists(notebook, section):
    assert section in titles(ROOT / notebook) | {"Both", "Predict before you run"}


def test_every_exercise_of_the_course_exists():
    known = {match for path in CHAPTERS for match in EXERCISE.findall("\n".join(titles(path)))}
    named = set(EXERCISE.findall(COURSE))
    assert len(named) > 20
    assert named <= known


def test_minutes_of_the_three_hours_add_up():
    way = WAYS[: WAYS.index("### I know Keras")]
    minutes = [int(found) for found in re.findall(r"\| (\d+) \|$", way, re.MULTILINE)]
    assert sum(minutes) == 180


def test_the_first_link_of_the_welcome_leads_a_newcomer_to_ten_minutes():
    first = re.search(r"\]\(([^)]+)\)", WELCOME)
    assert first[1] == "chapters/ten_minutes.ipynb"


def test_the_sample_on_the_welcome_is_how_the_first_output_of_ten_minutes_begins():
    (sample,) = re.findall(r"^```text\n(.*?)^```$", WELCOME, re.MULTILINE | re.DOTALL)
    first = code_cells(ROOT / "chapters" / "ten_minutes.ipynb")[0]
    assert 'generate(model, vocab, "ROMEO:\\n"' in first.source
    assert first.outputs[0].text.startswith(sample)
    assert sample.count("\n") > 3


def test_the_code_on_the_welcome_is_one_cell_of_each_framework_and_both_write_the_same():
    ((notebook, names),) = re.findall(r"^```{cells} (\S+)\n(.*?)^```$", WELCOME, re.M | re.S)
    known = {cell.id: cell for cell in code_cells(ROOT / notebook)}
    cells = [known[name] for name in names.split()]
    assert [cell.metadata.tags for cell in cells] == [["keras"], ["torch"]]
    assert [cell.outputs[0].data["text/plain"] for cell in cells] == [SAID, SAID]
    assert f"The quick {SAID[1:-1]}" == load_corpus("pangram")


def test_the_welcome_leads_to_every_chapter_and_says_what_one_can_do_after_it():
    abilities = WELCOME[WELCOME.index("## What you can do") : WELCOME.index("## Who it is for")]
    led_to = re.findall(r"^- \[\w[^]]+\]\(chapters/(\w+)\.ipynb\)", abilities, re.MULTILINE)
    assert led_to == [path.stem for path in CHAPTERS]


def test_there_are_lines_for_every_system():
    shells = [shell for shell, _ in BLOCKS if shell != "python"]
    assert set(shells) == set(SHELLS)
    for shell in ("bash", "powershell"):
        assert any("rnnlib.data" in lines for found, lines in BLOCKS if found == shell)


@pytest.mark.parametrize(("shell", "lines"), [b for b in BLOCKS if b[0] != "python"])
def test_a_block_can_be_pasted_as_it_stands(shell, lines):
    """No comment, prompt or remark: each line is a program with its arguments, of this system."""
    programs = r"make|source|python3?|\.venv/bin/\w+|\.venv\\Scripts\\[\w.]+"
    for line in lines.splitlines():
        assert re.fullmatch(rf"(?:{programs})(?: [\w./=-]+)*", line), line
        assert ("\\" in line) <= (shell != "bash")
        assert "/" not in line or shell == "bash"
    if shell == "bash" and shutil.which("bash"):
        subprocess.run(["bash", "-n"], input=lines, text=True, check=True)
