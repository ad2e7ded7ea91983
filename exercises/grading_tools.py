"""Homework as nbgrader and otter-grader take it: a teacher's notebook, of which they make another.

It holds the book's solutions between two lines by which either tool knows what to take out, and
behind each answer a cell that marks it, which the tool hides from the class.
"""

from nbformat import v4

from exercises import solution_cell

OPENS = {
    "nbgrader": [],
    "otter": [v4.new_raw_cell("# ASSIGNMENT CONFIG\ninit_cell: false\nexport_cell: false")],
}
MAKES = {"nbgrader": "nbgrader generate_assignment", "otter": "otter assign"}


def cells_for(tool, number, question, stub, framework):
    """The cells of an exercise: its question, the stub with a solution, and what marks it."""
    begin, _, check = stub.source.rpartition("\n")
    asked = check.removeprefix(f'check("{number}", ').removesuffix(")")
    code, name = solution_cell(number, framework)
    renamed = [] if name == asked else [f"{asked} = {name}"]
    solved = ["# BEGIN SOLUTION NO PROMPT", code, *renamed, "# END SOLUTION"]
    stub.source = "\n".join([begin, *solved, check])
    marks = f'from exercises import assert_correct\nassert_correct("{number}", {asked})'
    hidden = f"### BEGIN HIDDEN TESTS\n{marks}\n### END HIDDEN TESTS\n"
    test = v4.new_code_cell(f"{hidden}# This cell marks your answer.")
    wrap = {"nbgrader": label_for_nbgrader, "otter": fence_for_otter}[tool]
    return wrap(f"exercise-{number.replace('.', '-')}", question, stub, test)


def label_for_nbgrader(name, question, answer, test):
    """The cells with the metadata of nbgrader's schema 3."""
    label = {"schema_version": 3, "task": False, "grade": False, "solution": False, "locked": False}
    answer.metadata["nbgrader"] = label | {"grade_id": f"{name}-answer", "solution": True}
    graded = {"grade_id": name, "grade": True, "points": 1, "locked": True}
    test.metadata["nbgrader"] = label | graded
    return [question, answer, test]


def fence_for_otter(name, question, answer, test):
    """The cells between the raw ones by which otter assign knows them."""
    cells = [v4.new_raw_cell(f"# BEGIN QUESTION\nname: {name}\ncheck_cell: false"), question]
    for kind, cell in ("SOLUTION", answer), ("TESTS", test):
        cells += [v4.new_raw_cell(f"# BEGIN {kind}"), cell, v4.new_raw_cell(f"# END {kind}")]
    return [*cells, v4.new_raw_cell("# END QUESTION")]
