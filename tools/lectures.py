"""The lectures of the book: how long each takes to give, and what it needs from before.

python -m tools.lectures      a line for each lecture, its sections and their minutes

The six of chapters/plans.md are rows of a table, the one of chapters/one_lecture.md is a table.
"""

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CHAPTERS = Path(__file__).parent.parent / "chapters"
NEEDS = Path(__file__).with_suffix(".toml")
WORDS_A_MINUTE, LINES_A_MINUTE, MINUTES_A_PREDICTION, MINUTES_AN_EXERCISE = 130, 10, 3, 4
READ_A_MINUTE, CODE_A_MINUTE = 200, 100  # words, by a reader
SHORTEST, LONGEST = 70, 90  # minutes
SILENT = {"lab-notes", "how-to-run", "caption", "recall"}
FOLDED = {"hide-input", "hide-cell", "hide-output", "lab-notes", "exercise"}
NAMED = re.compile(r"\]\(([\w/]+)\.ipynb\)|(?<!\*)\*([^*]+)\*(?!\*)")
HEADING = re.compile(r"^(#+) (.+?)\s*$", re.M)
EARLIER = re.compile(r"\]\((\d\d)_\w+\.ipynb(?:#[\w-]*)?\)")


@dataclass
class Section:
    """What a section holds, without those inside it: what a lecturer gives, and a reader reads."""

    level: int
    links: set = field(default_factory=set)  # numbers of earlier chapters
    words: int = 0
    answers: int = 0  # of the words, those that stay closed
    lines: int = 0  # of open code
    paired: int = 0  # of the lines, those in a pair of frameworks
    code: float = 0.0  # words of open code, of one framework
    predictions: int = 0

    def spoken(self, frameworks=2):
        """Minutes to give it: words, lines of code, predictions."""
        lines = self.lines - (self.paired / 2 if frameworks == 1 else 0)
        words = self.words / WORDS_A_MINUTE
        return words + lines / LINES_A_MINUTE + MINUTES_A_PREDICTION * self.predictions

    def read(self):
        """Minutes to read it silently, with answers closed."""
        return (self.words - self.answers) / READ_A_MINUTE + self.code / CODE_A_MINUTE

    def add_code(self, source, tags):
        """Count a cell of code that lies open."""
        is_paired = bool(tags & {"keras", "torch"})
        lines = source.count("\n") + 1
        self.lines += lines
        self.paired += lines * is_paired
        self.code += len(source.split()) / (1 + is_paired) * ("answer" not in tags)

    def add_text(self, source, tags, page):
        """Count a piece of text: no formulas, addresses, listings."""
        plain = re.sub(r"```.*?```|\$\$.*?\$\$|<[^>]+>|\]\([^)]*\)", " ", source, flags=re.S)
        words = len(re.findall(r"[A-Za-z][\w\u2019'-]*", plain))
        self.words += words
        self.answers += words * ("answer" in tags)
        self.links |= {n for n in EARLIER.findall(source) if page[:2].isdigit() and n < page[:2]}


@cache
def sections_of(page):
    """{heading: its Section}; what stands above the first one counts as that of the title."""
    found, current = {}, None
    for cell in json.loads((CHAPTERS / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]:
        tags, source = set(cell["metadata"].get("tags", [])), "".join(cell["source"])
        if cell["cell_type"] == "code" and not tags & FOLDED:
            current.add_code(source, tags)
        if cell["cell_type"] == "code" or tags & SILENT:
            continue
        for part in re.split(r"(?m)^(?=#)", source):
            if heading := HEADING.match(part):
                current = found[heading[2]] = Section(len(heading[1]))
            if part.strip():
                current.add_text(part, tags, page)
        current.predictions += any(tag.startswith("predict-") for tag in tags)
    return found


def inside(page, title):
    """A section and those inside it; the whole page for its title, or for none."""
    headings = list(sections_of(page))
    if not title:
        return headings
    level, place = sections_of(page)[title].level, headings.index(title)
    after = (
        i for i in range(place + 1, len(headings)) if sections_of(page)[headings[i]].level <= level
    )
    return headings[place : next(after, len(headings))]


def named_in(cell, alone=False):
    """[(page, section)] of a cell of a table: a page, then its sections in italics, or none.

    With those inside each section, unless it is to stand `alone`. ValueError for what is none.
    """
    found, page, whole = [], None, False
    for target, title in [*NAMED.findall(cell), ("", "")]:
        if target or not title:
            found += [(page, part) for part in inside(page, "")] if whole else []
            page, whole = target, bool(target)
        elif page and title not in sections_of(page):
            raise ValueError(
                f"chapters/{page}.ipynb has no section {title!r}: name one that it has."
            )
        elif page:
            found += [(page, part) for part in ([title] if alone else inside(page, title))]
            whole = False
    return found


def rows(page, heading=""):
    """The cells of the rows of the table below a heading."""
    text = (CHAPTERS / f"{page}.md").read_text(encoding="utf-8").partition(heading)[2]
    for line in re.findall(r"^\| \[?\d.*\|$", text, re.M):
        yield [cell.strip() for cell in line.strip("|").split("|")]


def lectures():
    """Each lecture of the course as ([(page, section)], exercises in class, exercises at home)."""
    for _, screen, in_class, at_home in (
        r for r in rows("plans", "## I teach this") if len(r) == 4
    ):
        yield named_in(screen), *(re.findall(r"\d+\.\d", cell) for cell in (in_class, at_home))


def slots():
    """(from, to, [(page, section)]) of each row of the one lecture."""
    for slot, screen, *_ in rows("one_lecture", "\n"):
        start, end = map(int, slot.split("–"))
        yield start, end, named_in(screen, alone=True)


def minutes(named, in_class):
    """How long a lecture takes: words, code, predictions, exercises solved in class."""
    sections = sum(sections_of(page)[title].spoken() for page, title in named)
    return sections + MINUTES_AN_EXERCISE * len(in_class)


def in_one_framework(named):
    """How long sections take where the code of one framework is shown: half of that of both."""
    return sum(sections_of(page)[title].spoken(frameworks=1) for page, title in named)


ENDS = ("What can go wrong", "What we built", "Exercises", "Three questions", "Next")


def of_chapter(number):
    """How long a whole chapter takes in one framework, without its end."""
    (page,) = [path.stem for path in CHAPTERS.glob(f"{number:02d}_*.ipynb")]
    end = {title for last in ENDS for title in inside(page, last)}
    return in_one_framework([(page, title) for title in sections_of(page) if title not in end])


def needs():
    """{a section "04: Unroll the loop", or an exercise "4.1": what must have been shown before}."""
    return tomllib.loads(NEEDS.read_text(encoding="utf-8"))


def faults():
    """What a lecture asks for that was not shown before, and lengths out of bounds."""
    shown, wanted = set(), needs()
    for number, (named, in_class, at_home) in enumerate(lectures(), 1):
        length = minutes(named, in_class)
        if not SHORTEST <= length <= LONGEST:
            yield f"lecture {number} takes {length:.0f} minutes, not {SHORTEST} to {LONGEST}"
        yield from missing(f"lecture {number}", named, in_class + at_home, shown, wanted)


def faults_of_the_one():
    """The same for the one lecture, and rows that take longer than they have."""
    wanted, before = needs(), 0
    shown = set(wanted["known before the one lecture"])
    for start, end, named in slots():
        if start != before:
            yield f"the one lecture: a row ends at {before}, and the next begins at {start}"
        if (length := in_one_framework(named)) > end - start:
            yield f"the one lecture, {start} to {end}: its sections take {length:.0f} minutes"
        yield from missing(f"minute {start}", named, [], shown, wanted)
        before = end
    if before != LONGEST:
        yield f"the one lecture ends at {before}, not at {LONGEST}"


def missing(place, named, exercises, shown, wanted):
    """What sections and exercises need that is not among those `shown`, to which they come."""
    for page, title in named:
        name = f"{page[:2]}: {title}"
        shown.add(name)
        if not page[:2].isdigit():
            continue
        if name not in wanted:
            yield f"{place}, {name}: tools/lectures.toml does not say what it needs"
        linked = sections_of(page)[title].links - {need[:2] for need in closure(name, wanted)}
        yield from (f"{place}, {name}: links to chapter {int(c)}, needs none" for c in linked)
        lacks = [need for need in wanted.get(name, []) if need not in shown]
        yield from (f"{place}, {name}: needs {need}, which was not shown before" for need in lacks)
    for exercise in exercises:
        if exercise not in wanted:
            yield f"exercise {exercise}: tools/lectures.toml does not say what it needs"
        lacks = [need for need in wanted.get(exercise, []) if need not in shown]
        yield from (
            f"{place}, exercise {exercise}: needs {need}, not shown so far" for need in lacks
        )


def closure(name, wanted):
    """All that a section needs, and what that needs."""
    found, new = set(), {name}
    while new:
        found |= new
        new = {need for one in new for need in wanted.get(one, [])} - found
    return found - {name}


if __name__ == "__main__":
    for number, (named, in_class, _) in enumerate(lectures(), 1):
        print(f"{number}  {minutes(named, in_class):.0f} minutes, with {', '.join(in_class)}")
        for page, title in named:
            print(f"   {sections_of(page)[title].spoken():5.1f}  {page[:2]}  {title}")
    for start, end, named in slots():
        print(f"{start} to {end}: {in_one_framework(named):.1f} minutes")
    print(*faults(), *faults_of_the_one(), sep="\n")
