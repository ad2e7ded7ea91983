"""The ways into the book: sections and exercises that they name exist, lines can be pasted."""

import re
import shutil
import subprocess

from tests.helpers import assert_none
from tests.notebooks import CHAPTERS, ROOT, code_cells, read
from tools.lectures import named_in, sections_of

CHAPTER_FOLDER = ROOT / "chapters"
WELCOME = (ROOT / "index.md").read_text(encoding="utf-8")
WAYS = (CHAPTER_FOLDER / "plans.md").read_text(encoding="utf-8")
COURSE = WAYS[WAYS.index("## I teach this") :]
SETUP = (CHAPTER_FOLDER / "setup.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", SETUP, re.MULTILINE | re.DOTALL)
SHELLS = ["bash", "powershell", "bat"]
EXERCISE = re.compile(r"(?<![\d.])(1?\d\.\d)(?!\.?\d)")


def titles(path):
    """What stands in the headings of a notebook, without marks."""
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    return set(re.findall(r"^#+ (.+?)\s*$", "\n".join(cells), re.MULTILINE))


def fault_of_sections(line):
    """Why the sections that a line of the plans names cannot be found; None if they can."""
    try:
        named_in(line.replace("*Both*", ""))
    except ValueError as error:
        return str(error)
    return None


def test_every_section_on_a_way_exists():
    faults = [fault for line in WAYS.splitlines() if (fault := fault_of_sections(line))]
    assert_none(faults, "In chapters/plans.md, name the sections that notebooks have.")


def test_every_exercise_of_the_course_exists():
    known = {match for path in CHAPTERS for match in EXERCISE.findall("\n".join(titles(path)))}
    named = set(EXERCISE.findall(COURSE))
    assert named
    assert_none(
        sorted(named - known),
        "Under *I teach this* in chapters/plans.md, name the exercises that chapters have.",
    )


def test_minutes_of_the_short_way_are_those_of_its_sections():
    way = WAYS[: WAYS.index("## I know Keras")]
    faults = []
    for line in re.findall(r"^.*\| \*.* \| \d+ \|$", way, re.MULTILINE):
        said, named = int(line.split()[-2]), named_in(line)
        found = sum(sections_of(page)[title].read() for page, title in named)
        if abs(said - found) > max(2, 0.2 * found):
            faults.append(f"{line[:40]}: {said} minutes, and it takes {found:.0f}")
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
