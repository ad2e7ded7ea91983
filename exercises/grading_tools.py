"""Homework as nbgrader and otter-grader take it: a teacher's notebook, of which they make another.

It holds the book's solutions between two lines by which either tool knows what to take out, and
behind each answer a cell that marks it, which the tool hides from the class.
"""

from nbformat import v4

from exercises import solution_cell

OPENS = {"otter": [v4.new_raw_cell("# ASSIGNMENT CONFIG\ninit_cell: false\nexport_cell: false")]}
TEST = """### BEGIN HIDDEN TESTS
from exercises import assert_correct
assert_correct("{}", {})
### END HIDDEN TESTS
# This cell marks your answer."""


def cells_for(tool, number, question, stub, framework):
    """The cells of an exercise: its question, the stub with a solution, and what marks it."""
    begin, _, check = stub.source.rpartition("\n")
    asked = check.removeprefix(f'check("{number}", ').removesuffix(")")
    code, name = solution_cell(number, framework)
    solved = code if name == asked else f"{code}\n{asked} = {name}"
    stub.source = f"{begin}\n# BEGIN SOLUTION NO PROMPT\n{solved}\n# END SOLUTION\n{check}"
    test = v4.new_code_cell(TEST.format(number, asked))
    return TOOLS[tool](f"exercise-{number.replace('.', '-')}", question, stub, test)


def label_for_nbgrader(name, question, answer, test):
    """The cells with the metadata of nbgrader's schema 3."""
    both = {"schema_version": 3, "task": False}
    label = {"grade_id": f"{name}-answer", "grade": False, "solution": True, "locked": False}
    answer.metadata["nbgrader"] = both | label
    label = {"grade_id": name, "grade": True, "solution": False, "locked": True, "points": 1}
    test.metadata["nbgrader"] = both | label
    return [question, answer, test]


def fence_for_otter(name, question, answer, test):
    """The cells between the raw ones by which otter assign knows them."""
    cells = [v4.new_raw_cell(f"# BEGIN QUESTION\nname: {name}\ncheck_cell: false"), question]
    for kind, cell in ("SOLUTION", answer), ("TESTS", test):
        cells += [v4.new_raw_cell(f"# BEGIN {kind}"), cell, v4.new_raw_cell(f"# END {kind}")]
    return [*cells, v4.new_raw_cell("# END QUESTION")]


TOOLS = {"nbgrader": label_for_nbgrader, "otter": fence_for_otter}
