"""The ways into the book: sections and exercises that they name exist, lines can be pasted."""

import re
import shutil
import subprocess

from tests.helpers import assert_none
from tests.notebooks import CHAPTERS, ROOT, code_cells, read, tags

CHAPTER_FOLDER = ROOT / "chapters"
WELCOME = (ROOT / "index.md").read_text(encoding="utf-8")
WAYS = (CHAPTER_FOLDER / "plans.md").read_text(encoding="utf-8")
COURSE = WAYS[WAYS.index("## I teach this") :]
SETUP = (CHAPTER_FOLDER / "setup.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", SETUP, re.MULTILINE | re.DOTALL)
SHELLS = ["bash", "powershell", "bat"]
SECTION = re.compile(r"\]\(([\w/]+\.ipynb)\)|(?<!\*)\*([A-Z][^*]+)\*(?!\*)")
CLOSED = {"answer", "caption", "exercise", "hide-cell", "hide-input", "hide-output", "how-to-run"}
CLOSED |= {"lab-notes"}
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


def test_sections_are_found_where_they_are_named():
    line = "[3](03_a.ipynb), *Walk down* and *Up*; [4](detours/b.ipynb) | *Two*"
    assert sections_named(line) == [
        ("03_a.ipynb", "Walk down"),
        ("03_a.ipynb", "Up"),
        ("detours/b.ipynb", "Two"),
    ]


def test_every_section_on_a_way_exists():
    named = sorted(set(sections_named(WAYS)))
    assert named
    faults = [
        f"{notebook}: {section}"
        for notebook, section in named
        if section not in titles(CHAPTER_FOLDER / notebook) | {"Both", "Predict before you run"}
    ]
    assert_none(faults, "In chapters/plans.md, name the sections that notebooks have.")


def test_every_exercise_of_the_course_exists():
    known = {match for path in CHAPTERS for match in EXERCISE.findall("\n".join(titles(path)))}
    named = set(EXERCISE.findall(COURSE))
    assert named
    assert_none(
        sorted(named - known),
        "Under *I teach this* in chapters/plans.md, name the exercises that chapters have.",
    )


def minutes_of(path, section):
    """How long a section is read: 200 words a minute, and 100 words of code that lies open."""
    inside, level, words, code = False, 0, 0, 0.0
    for cell in read(path).cells:
        if cell.cell_type == "code":
            half = 0.5 if tags(cell) & {"keras", "torch"} else 1.0  # one of the two is read
            code += half * len(cell.source.split()) if inside and not tags(cell) & CLOSED else 0
            continue
        for line in cell.source.splitlines():
            if heading := re.match(r"(#+) (.+?)\s*$", line):
                inside = heading[2] == section or (inside and len(heading[1]) > level)
                level = len(heading[1]) if heading[2] == section else level
            elif inside and not tags(cell) & CLOSED:
                words += len(re.findall(r"[a-z]+", re.sub(r"\]\([^)]*\)", "", line), re.IGNORECASE))
    return words / 200 + code / 100


def test_minutes_of_the_short_way_are_those_of_its_sections():
    way = WAYS[: WAYS.index("## I know Keras")]
    faults = []
    for line in way.splitlines():
        said, named = re.search(r"\| (\d+) \|$", line), sections_named(line)
        if not said or not named:
            continue
        found = sum(minutes_of(CHAPTER_FOLDER / path, section) for path, section in named)
        if abs(int(said[1]) - found) > max(2, 0.2 * found):
            faults.append(f"{named[0][0]}: {said[1]} minutes, and it takes {found:.0f}")
    assert_none(faults, "Change the minutes in chapters/plans.md.")


def test_the_first_link_of_the_welcome_leads_a_newcomer_to_ten_minutes():
    first = re.search(r"\]\(([^)]+)\)", WELCOME)
    assert first[1] == "chapters/ten_minutes.ipynb"


def test_the_sample_on_the_welcome_is_how_the_first_output_of_ten_minutes_begins():
    (sample,) = re.findall(r"^```text\n(.*?)^```$", WELCOME, re.MULTILINE | re.DOTALL)
    first = code_cells(ROOT / "chapters" / "ten_minutes.ipynb")[0]
    assert 'generate(model, vocab, "ROMEO:\\n"' in first.source
    assert first.outputs[0].text.startswith(sample)


def test_the_welcome_leads_to_every_chapter_and_says_what_one_can_do_after_it():
    abilities = WELCOME[WELCOME.index("| part |") : WELCOME.index("## Who it is for")]
    led_to = re.findall(r"\[\w[^]]+\]\(chapters/(\w+)\.ipynb\)", abilities)
    assert led_to == [path.stem for path in CHAPTERS]


def test_there_are_lines_for_every_system():
    shells = [shell for shell, _ in BLOCKS if shell != "python"]
    assert set(shells) == set(SHELLS)
    for shell in ("bash", "powershell"):
        assert any("rnnlib.data" in lines for found, lines in BLOCKS if found == shell)


def fault_of_line(shell, line):
    """Why a line cannot be pasted into this shell; None if it can."""
    programs = r"make|source|python3?|\.venv/bin/\w+|\.venv\\Scripts\\[\w.]+"
    if not re.fullmatch(rf"(?:{programs})(?: [\w./=-]+)*", line):
        return "no program with its arguments"
    foreign = "\\" if shell == "bash" else "/"
    return f"{foreign} in a path of this system" if foreign in line else None


def test_a_block_can_be_pasted_as_it_stands():
    """No comment, prompt or remark: each line is a program with its arguments, of this system."""
    blocks = [(shell, lines) for shell, lines in BLOCKS if shell != "python"]
    faults = [
        f"{shell}: {line}: {fault}"
        for shell, lines in blocks
        for line in lines.splitlines()
        if (fault := fault_of_line(shell, line))
    ]
    assert_none(faults, "Mend the block in chapters/setup.md.")
    for shell, lines in blocks:
        if shell == "bash" and shutil.which("bash"):
            subprocess.run(["bash", "-n"], input=lines, text=True, check=True)
