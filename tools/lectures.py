"""The lectures of chapters/plans.md: how long each takes to give, and what it needs from before.

python -m tools.lectures      a line for each lecture, its sections and their minutes
"""

import json
import re
import tomllib
from functools import cache
from pathlib import Path

CHAPTERS = Path(__file__).parent.parent / "chapters"
NEEDS = Path(__file__).with_suffix(".toml")
WORDS_A_MINUTE, LINES_A_MINUTE, MINUTES_A_PREDICTION, MINUTES_AN_EXERCISE = 130, 10, 3, 4
SHORTEST, LONGEST = 70, 90  # minutes
SILENT = {"lab-notes", "how-to-run", "caption", "recall"}
FOLDED = {"hide-input", "hide-cell", "hide-output", "lab-notes", "exercise"}
NAMED = re.compile(r"\]\((\w+)\.ipynb\)|(?<!\*)\*([^*]+)\*(?!\*)")
HEADING = re.compile(r"^(#+) (.+?)\s*$", re.M)
EARLIER = re.compile(r"\]\((\d\d)_\w+\.ipynb(?:#[\w-]*)?\)")


def spoken(source):
    """How many words of a cell of text are read aloud: no formulas, addresses, tables of links."""
    plain = re.sub(r"```.*?```|\$\$.*?\$\$|<[^>]+>|\]\([^)]*\)", " ", source, flags=re.S)
    return len(re.findall(r"[A-Za-z][\w’'-]*", plain))


@cache
def sections_of(page):
    """{heading: [its level, minutes, the earlier chapters that it links to]} of a notebook.

    What stands above the first section counts as that of the title.
    """
    found = {}
    for cell in json.loads((CHAPTERS / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]:
        tags, source = set(cell["metadata"].get("tags", [])), "".join(cell["source"])
        if cell["cell_type"] == "code":
            if not tags & FOLDED:
                current[1] += (source.count("\n") + 1) / LINES_A_MINUTE
            continue
        if tags & SILENT:
            continue
        for part in re.split(r"(?m)^(?=#)", source):
            if heading := HEADING.match(part):
                current = found[heading[2]] = [len(heading[1]), 0.0, set()]
            if part.strip():
                current[1] += spoken(part) / WORDS_A_MINUTE
                current[2] |= {n for n in EARLIER.findall(part) if page[:2].isdigit() and n < page[:2]}
        current[1] += MINUTES_A_PREDICTION * any(tag.startswith("predict-") for tag in tags)
    return found


def inside(page, title):
    """A section and those inside it; the whole page for its title, or for none."""
    headings = list(sections_of(page))
    if not title:
        return headings
    level, place = sections_of(page)[title][0], headings.index(title)
    after = (i for i in range(place + 1, len(headings)) if sections_of(page)[headings[i]][0] <= level)
    return headings[place : next(after, len(headings))]


def lectures():
    """Each lecture as ([(page, section)], exercises in class, exercises at home)."""
    plan = (CHAPTERS / "plans.md").read_text(encoding="utf-8").partition("## I teach this")[2]
    for line in re.findall(r"^\| \d+ \|.*\|$", plan, re.M):
        _, screen, in_class, at_home = [cell.strip() for cell in line.strip("|").split("|")]
        named, page, whole = [], None, False
        for target, title in NAMED.findall(screen):
            if target:
                named += [(page, part) for part in inside(page, "")] if whole else []
                page, whole = target, True
            else:
                named += [(page, part) for part in inside(page, title)]
                whole = False
        named += [(page, part) for part in inside(page, "")] if whole else []
        yield named, *(re.findall(r"\d+\.\d", cell) for cell in (in_class, at_home))


def minutes(named, in_class):
    """How long a lecture takes: words, code, predictions, exercises solved in class."""
    sections = sum(sections_of(page)[title][1] for page, title in named)
    return sections + MINUTES_AN_EXERCISE * len(in_class)


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
        for page, title in named:
            name = f"{page[:2]}: {title}"
            shown.add(name)
            if page[:2].isdigit() and name not in wanted:
                yield f"lecture {number}, {name}: tools/lectures.toml does not say what it needs"
            linked = sections_of(page)[title][2] - {need[:2] for need in closure(name, wanted)}
            for chapter in sorted(linked):
                yield f"lecture {number}, {name}: it links to chapter {int(chapter)}, and needs none"
            for need in wanted.get(name, []):
                if need not in shown:
                    yield f"lecture {number}, {name}: needs {need}, which was not shown before"
        for exercise in in_class + at_home:
            if exercise not in wanted:
                yield f"exercise {exercise}: tools/lectures.toml does not say what it needs"
            for need in wanted.get(exercise, []):
                if need not in shown:
                    yield f"lecture {number}, exercise {exercise}: needs {need}, not shown so far"


def closure(name, wanted):
    """All that a section needs, and what that needs."""
    found, new = set(), {name}
    while new:
        found |= new
        new = {need for one in new for need in wanted.get(one, [])} - found
    return found - {name}


if __name__ == "__main__":
    for number, (named, in_class, at_home) in enumerate(lectures(), 1):
        print(f"{number}  {minutes(named, in_class):.0f} minutes, with {', '.join(in_class)}")
        for page, title in named:
            print(f"   {sections_of(page)[title][1]:5.1f}  {page[:2]}  {title}")
    print(*faults(), sep="\n")
