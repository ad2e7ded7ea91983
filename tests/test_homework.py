"""Homework: notebooks without solutions, and a class's hand-ins marked, hostile ones among them."""

import csv
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from exercises import Exercise, find_hint, handin, judges, show_source, solution_cell
from exercises.__main__ import main
from exercises.homework import (
    ask_in,
    choose,
    first_cell,
    make_notebook,
    read_questions,
    sealed_hints,
)
from tests.helpers import assert_none, assert_sentence
from tests.notebooks import CHAPTERS, ROOT, code_cells, tags
from tests.test_exercises import EXERCISES

SET = ("4.1", "4.2", "4.3", "4.5", "5.2")
LAST = "def last_states(hs, lengths):\n    return hs[np.arange(len(hs)), lengths - 1]\n"
RIGHT = {
    "4.1": 'answer = 0.45\ncheck("4.1", answer)',
    "4.2": 'answer = (1, 32, 16)\ncheck("4.2", answer)',
    "4.3": f'{LAST}\n\ncheck("4.3", last_states)',
    "5.2": "import numpy\nslide = lambda w, n: numpy.append(w[:, 1:], n[:, None], axis=1)\n"
    'check("5.2", slide)',
}
READ_ON = "def read_twice(layer, first, second):\n    return layer(second, {}layer(first)[1])[1]\n"
GOOD = {  # cells that stand in for those of RIGHT
    "in PyTorch": {"4.5": READ_ON.format("") + 'check("4.5", read_twice)'},
    "in Keras": {"4.5": READ_ON.format("initial_state=") + 'check("4.5", read_twice)'},
    "a number of NumPy": {"4.1": 'check("4.1", np.tanh(np.array(0.48525)))'},
    "made in another cell": {"4.0": "total = 0.45", "4.1": 'check("4.1", total)'},
    "the axes as a list": {"4.2": 'check("4.2", [1, 32, 16])'},
    "Zoë, her own helper": {"4.3": f'{LAST}check("4.3", lambda hs, n: last_states(hs, n))'},
    "prints a little": {"4.3": f'print("a line\\n" * 9)\n{RIGHT["4.3"]}'},
}
# What makes 4.3 wrong | the cell, or after > a line of the right function | what the table says.
BAD = """
the last column | last_states = lambda hs, n: hs[:, -1] | padding
the stub | def last_states(hs, n): raise NotImplementedError | is still empty
returns nothing | last_states = lambda hs, n: None | returns nothing
a helper of another cell | last_states = lambda hs, n: pick(hs, n) | 'pick' is not defined
no Python | def last_states(hs | The cell is no Python: '(' was never closed (line 1).
an error | last_states = 1 / 0 | The cell stopped with ZeroDivisionError
leaves | > raise SystemExit | SystemExit
changes what it is given | > hs *= 2 | changes what it was given
another check | last_states = check = print | does not end in check("4.3"
a million lines | > print("line\\n" * 1_000_000) | printed more than 100,000 characters
a million lines to the system | > import os; os.write(1, b"line\\n" * 1_000_000) | printed more
a gigabyte | > rows = [np.ones(2**25) for _ in range(5)] | more than 500 megabytes
loops for ever | > while True: pass | longer than 3 seconds
writes a file | > open("mine.txt", "w") | homework may not write
writes a file elsewhere | > open("{loot}", "w") | homework may not write
saves an array | > np.save("{loot}", hs) | homework may not write
deletes a file | > import os; os.remove("{victim}") | homework may not write or change
moves a file | > import os; os.rename("{victim}", "{loot}") | homework may not write or change
a program | > import os; os.system("touch {loot}") | homework may not start programs
another program | > import subprocess; subprocess.run(["touch", "{loot}"]) | homework may not start
many processes | > import os; os.fork() | homework may not start programs
kills its parent | > import os; os.kill(os.getppid(), 9) | homework may not start programs
the network | > import socket; socket.create_connection(("127.0.0.1", 9)) | homework may not start
ends at once | > import os; os._exit(0) | ended the process in which it was marked
ends by an interrupt | > raise KeyboardInterrupt | ended the process in which it was marked
imports the solution | from exercises.chapter_04 import last_states | may not look into
asks for the solution | > import exercises; exercises.find_exercise("4.3") | may not look into
reads the solution | > open("{book}/exercises/chapter_04.py").read() | may not look into
reads the page | > open("{book}/chapters/04_hidden_state.ipynb").read() | may not look into
"""
SLOW = """
catches everything | > exec("while True:\\n  try: 1 / 0\\n  except: pass") | longer than 3 seconds
sleeps | > import time; time.sleep(900) | longer than 3 seconds
a giant number | > 10 ** 10 ** 9 | longer than 3 seconds
waits | import threading; threading.Event().wait() | longer than 3 seconds
"""
ODD = {  # what stands in the file in place of code
    "claims to be right": ({"value": 1, "verdict": "correct."}, "A function was expected"),
    "a verdict alone": ({"verdict": "correct."}, "neither a value nor code"),
    "code as a number": ({"code": 5}, "neither a value nor code"),
    "an entry of text": ("correct", "neither a value nor code"),
}


def entries_of(table):
    """{name: (entry of a hand-in that claims to be right, what the table says)} of lines."""
    for line in table.strip().split("\n"):
        name, code, said = line.split(" | ")
        if code.startswith("> "):
            code = LAST.replace("    return", f"    {code[2:]}\n    return")
        yield name, ({"code": f'{code}\ncheck("4.3", last_states)', "verdict": "correct."}, said)


# the notebook


def test_every_exercise_with_a_check_is_asked_with_its_own_stub():
    questions = read_questions()
    assert list(questions) == list(EXERCISES)
    for number, asked in questions.items():
        assert f'check("{number}", ' in asked.stub
        assert asked.text.startswith(f"### Exercise {number}. ")
        assert not re.search(r"\]\((?!https?:)", asked.text), number  # a link to nowhere


def secrets():
    """{number: the lines of its solutions that are in no stub}."""
    stubs = " ".join(
        c.source for path in CHAPTERS for c in code_cells(path) if "exercise" in tags(c)
    )
    for number, exercise in EXERCISES.items():
        secret = "\n".join(map(show_source, exercise.solutions.values())).split("\n")
        secret.append(f"answer = {getattr(exercise.judge, 'declared', {}).get('right')}")
        secret = {line.strip() for line in secret if len(line.strip()) > 12}
        yield number, {line for line in secret if line not in stubs and "import " not in line}


def assert_no_solution(notebook):
    lines = "\n".join(cell.source for cell in notebook.cells).split("\n")
    faults = [f"{n}: {line}" for n, told in secrets() for line in lines if line.strip() in told]
    assert_none(faults, "A homework gives these lines of a solution away.")
    assert [line.strip() for line in lines if re.search(r"(from|import) exercises", line)] == [
        "from exercises import find_hint"
    ]


def test_no_solution_is_in_the_notebook_or_imported_by_it():
    assert_no_solution(make_notebook(choose(EXERCISES)))


def test_without_the_book_usual_mistakes_have_a_hint_and_right_answers_none():
    known = 0
    for number, exercise in EXERCISES.items():
        declared = getattr(exercise.judge, "declared", {"right": None})
        digits, hints = sealed_hints(number)
        assert handin.seal(number, declared["right"], digits) not in hints, number
        known += len(hints)
    assert known > 100


def test_a_wrong_value_that_rounds_to_the_right_one_gets_no_hint(monkeypatch):
    told = Exercise(judges.number(0.25, wrong={0.2504: "near.", 0.3: "far."}), solutions={})
    monkeypatch.setattr("exercises.homework.find_exercise", lambda number: told)
    assert sealed_hints("0.1") == (3, {handin.seal("0.1", 0.3, 3): "Far."})


def test_chapters_and_exercises_are_chosen_in_the_order_of_the_book():
    assert choose(["5.1", "4", "4.2"]) == ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "5.1"]
    cells = [cell.source for cell in make_notebook(["4.1", "5.1"], "torch").cells]
    chapters = ["Chapter 4. Step through a hidden state", "Chapter 5. Train your first char-RNN"]
    assert [c for c in cells if c.startswith("## ")] == [f"## {title}" for title in chapters]
    assert "import numpy as np\nimport torch\nfrom torch import nn" in cells


@pytest.mark.parametrize(
    ("framework", "own", "others"),
    [("keras", "Keras", r"PyTorch|torch|nn\."), ("torch", "PyTorch", r"Keras|layers\.|SimpleRNN")],
)
def test_a_class_with_one_framework_is_asked_nothing_about_the_other(framework, own, others):
    chosen = choose({number.partition(".")[0] for number in EXERCISES}, framework)
    text = "\n".join(cell.source for cell in make_notebook(chosen, framework).cells[2:])
    assert not re.findall(f".*(?:{others}|NgramModel).*", text)
    assert "Choose one" not in text
    assert len(EXERCISES) - len(chosen) <= 3  # 2.7 without the book, 4.2 and 8.4
    assert choose(["4", "4.2", "2.7"], framework)[:3] == ["2.7", "4.1", "4.2"]  # named, so asked
    assert all(own in ask_in(framework, read_questions()[n].text) for n in ("3.5", "4.5", "10.6"))


def test_what_is_computed_by_hand_is_computed_from_the_numbers_of_the_question():
    given = dict(re.findall(r"`(\w+) = (.*?)`", read_questions()["4.1"].text))
    W_xh, W_hh, b_h = (np.array(json.loads(given[name])) for name in ("W_xh", "W_hh", "b_h"))
    h = np.tanh(W_xh[2] + np.tanh(W_xh[1] + b_h) @ W_hh + b_h)  # g, then o
    assert find_hint("4.1", round(h[0], 3)) is None
    text = read_questions()["6.1"].text
    deltas = map(float, re.findall(r"-0\.\d+", text))
    assert find_hint("6.1", sum(d * x for d, x in zip(deltas, (1, -1, 1), strict=True))) is None


def as_cell(number, framework):
    code, name = solution_cell(number, framework)
    return f'{code}\ncheck("{number}", {name})'


def run(sources, monkeypatch):
    """Run cells as a kernel would, the book at hand."""
    names, history = {}, []
    shell = SimpleNamespace(user_ns={"In": history})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    for source in sources:
        history.append(source)
        exec(source, names)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("framework", ["keras", "torch"])
@pytest.mark.parametrize("chapter", dict.fromkeys(n.partition(".")[0] for n in EXERCISES))
def test_a_homework_runs_and_judges(chapter, framework, answered, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    numbers = choose([chapter], framework)
    every = make_notebook(numbers, framework).cells
    first, imports, *cells, last = [cell.source for cell in every if cell.cell_type == "code"]
    if answered:
        cells = [
            f"{stub.rpartition('check')[0]}{as_cell(number, framework)}"
            for number, stub in zip(numbers, cells, strict=True)
        ]
    run([first, imports, *cells, last], monkeypatch)
    said = re.findall(r"^([\d.]+): (.*)$", capsys.readouterr().out, re.MULTILINE)
    assert [number for number, _ in said] == numbers
    assert all(re.match("correct" if answered else "not yet|replace", told) for _, told in said)
    assert json.loads((tmp_path / "handin.json").read_text())["questions"].keys() == set(numbers)


def test_the_notebook_runs_without_the_book_and_writes_a_hand_in(tmp_path):
    notebook = make_notebook(["4.1", "4.2", "4.3", "4.4", "4.6"])
    notebook.cells[2].source = "import numpy as np\nrows = np.arange"
    of_three = RIGHT["4.3"].replace("np.arange", "rows")
    answers = [RIGHT["4.1"], RIGHT["4.2"].replace("(1, 32", "(32"), of_three, "1 / 0"]
    stubs = [cell for cell in notebook.cells[3:] if cell.source.endswith(")")]
    for cell, answer in zip(stubs, answers, strict=False):
        cell.source = answer
    without = nbformat.v4.new_code_cell("import sys\nsys.modules['exercises'] = None")
    notebook.cells.insert(0, without)
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    noted = "noted. It is marked when you have handed it in.\n"
    assert "".join(
        out.text for cell in notebook.cells for out in cell.get("outputs", ()) if "text" in out
    ) == (
        f"4.1: {noted}"
        "4.2: not yet. That is what Keras returns; PyTorch adds an axis for its layers.\n"
        f"4.3: {noted}Copy into this cell what makes rows: it is marked by itself.\n"
        "4.6: replace the three dots with your answer, then run the cell again.\n"
        "handin.json holds 3 of 5 answers. Hand in this file.\n"
        "Without an answer, or not run yet: 4.4, 4.6.\n"
    )
    found = json.loads((tmp_path / "handin.json").read_text(encoding="utf-8"))
    assert found["exercises"]["4.1"]["value"] == 0.45
    assert found["exercises"]["4.3"]["code"] == of_three
    assert found["versions"]["numpy"] == np.__version__


# marking


def hand_in(folder, name, cells, monkeypatch, numbers=SET):
    """Run cells as a homework's notebook would, the book at hand; what NAME/handin.json holds."""
    (folder / name).mkdir(parents=True)
    cells = [cell for _, cell in sorted(cells.items())]
    last = f"hand_in({str(folder / name / 'handin.json')!r})"
    run([first_cell(numbers, "torch"), "import numpy as np", *cells, last], monkeypatch)
    return json.loads((folder / name / "handin.json").read_text(encoding="utf-8"))


def mark(folder, *options):
    """{student: row} of the table that the command writes, run as a program; and what it said."""
    command = [sys.executable, "-m", "exercises", "mark", str(folder), *options]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    with open(folder / "marks.csv", encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}, result


def write_bad(folder, found, entries):
    """Write hand-ins that are right but for exercise 4.3, beside a file that none may touch."""
    places = {"loot": folder / "loot", "victim": folder / "victim", "book": ROOT}
    places["victim"].write_text("dear")
    for name, (entry, _) in entries.items():
        text = json.dumps(found | {"exercises": found["exercises"] | {"4.3": entry}})
        for place, path in places.items():
            text = text.replace(f"{{{place}}}", path.as_posix())
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def faults_of_bad(rows, entries):
    """Where the table does not say what it should of 4.3, or not that all else is right."""
    for name, (_, said) in entries.items():
        row = rows[name]
        if said not in row["4.3"] or "\n" in row["4.3"] or not row["4.3"].endswith("."):
            yield f"{name}: {row['4.3']}"
        if [row[n] for n in ("4.1", "4.2", "5.2", "correct")] != ["correct"] * 3 + ["3"]:
            yield f"{name}: {row}"


def spoiled(found):
    """{name: (the bytes of a file, what the table says of the whole)}."""
    other = {"9.1": read_questions()["9.1"].fingerprint(), "9.2": "x"}
    return {
        "empty": (b"", "is empty"),
        "no JSON": (b"my answers", "is no JSON"),
        "cut off": (json.dumps(found).encode()[:-20], "is no JSON"),
        "no text": (b"\xff\xfe\x00\x01", "is no JSON"),
        "deep": (b"[" * 100_000, "is no JSON"),
        "large": (b" " * 6_000_000, "far too large"),
        "a list": (b"[1, 2]", "no hand-in of this book"),
        "another chapter": (json.dumps(found | {"questions": other}).encode(), ": 9.1, 9.2."),
        "no questions": (json.dumps(found | {"questions": {}}).encode(), "homework: nothing."),
    }


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """The folder of a class, {student: row}, what the command said, and a right hand-in."""
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        for name, cells in GOOD.items():
            hand_in(folder, name, RIGHT | cells, patch)
        found = hand_in(folder, "=1+1", RIGHT, patch)
    write_bad(folder, found, dict(entries_of(BAD)) | ODD)
    for name, (data, _) in spoiled(found).items():
        (folder / f"{name}.json").write_bytes(data)
    altered = found | {"questions": dict.fromkeys(found["questions"], "0123456789abcdef")}
    (folder / "altered.json").write_text(json.dumps(altered))
    altered["questions"]["4.1"] = found["questions"]["4.1"]
    (folder / "older.json").write_text(json.dumps(altered | {"edition": "0.0.1 of 2025-01-01"}))
    (folder / "a folder.json").mkdir()
    return folder, *mark(folder, "--seconds", "3"), found


def test_right_answers_are_right_in_the_notebook_and_when_marked(marked):
    _, rows, _, found = marked
    assert {entry["verdict"] for entry in found["exercises"].values()} == {"correct."}
    for name, cells in GOOD.items():
        lacks = {} if "4.5" in cells else {"4.5": "Not answered."}
        expected = dict.fromkeys(SET, "correct") | lacks
        assert {n: rows[name][n] for n in SET} == expected, name
        assert (rows[name]["correct"], rows[name]["problem"]) == (str(5 - len(lacks)), "")


def test_wrong_and_hostile_answers_get_a_sentence_and_the_others_are_marked_all_the_same(marked):
    folder, rows, *_ = marked
    faults = faults_of_bad(rows, dict(entries_of(BAD)) | ODD)
    assert_none(faults, "What exercises/marking.py says of an answer is not so.")
    assert (folder / "victim").read_text() == "dear"
    assert not list(folder.glob("loot*"))


def test_a_file_that_is_no_hand_in_gets_one_sentence(marked):
    _, rows, _, found = marked
    for name, (_, said) in spoiled(found).items() | {"a folder": (b"", "is no JSON")}.items():
        assert said in rows[name]["problem"], name
        assert_sentence(rows[name]["problem"])
        assert [rows[name][n] for n in (*SET, "correct")] == [*[""] * len(SET), "0"]


def test_an_altered_question_and_an_older_edition_are_told_apart(marked):
    rows = marked[1]
    assert rows["altered"]["4.1"] == "The question was altered."
    assert rows["older"]["4.1"] == "correct"  # asked in the same words
    assert "edition '0.0.1 of 2025-01-01'" in rows["older"]["4.2"]
    assert_sentence(rows["older"]["4.2"])


def test_the_table_has_a_row_a_student_and_nothing_that_a_spreadsheet_would_compute(marked):
    folder, rows, said, _ = marked
    assert list(rows["empty"]) == ["student", *SET, "correct", "problem"]
    assert len(rows) == len(list(folder.rglob("*.json"))) == len(said.stdout.splitlines())
    assert rows["'=1+1"]["correct"] == "4"
    assert said.stderr == ""


def test_a_table_or_a_notebook_that_is_there_is_not_overwritten(marked, tmp_path, capsys):
    folder = marked[0]
    before = (folder / "marks.csv").read_bytes()
    assert main(["mark", str(folder)]) == 1
    assert (folder / "marks.csv").read_bytes() == before
    path = str(tmp_path / "set.ipynb")
    assert [main(["homework", "4", "--output", path]) for _ in "ab"] == [0, 1]
    for sentence in capsys.readouterr().err.splitlines():
        assert "is there already: move it" in sentence
        assert_sentence(sentence)


def test_a_wrong_command_gets_one_sentence(capsys):
    for words, piece in {
        "homework 99": "'99'",
        "homework 1.7": "'1.7' with a check",
        "homework 4 --output no/such/folder/x.ipynb": "cannot be used",
        "mark no/such/folder": "holds no hand-in",
        "mark tests 4.99": "'4.99'",
    }.items():
        assert main(words.split()) == 1
        said = capsys.readouterr().err.strip()
        assert piece in said
        assert_sentence(said)


@pytest.mark.slow
def test_whatever_takes_for_ever_is_ended(tmp_path, monkeypatch):
    found = hand_in(tmp_path, "right", RIGHT, monkeypatch)
    entries = dict(entries_of(SLOW))
    write_bad(tmp_path, found, entries)
    assert_none(faults_of_bad(mark(tmp_path, "--seconds", "3")[0], entries), "It was not ended.")


@pytest.mark.slow
def test_every_solution_is_right_when_marked(tmp_path, monkeypatch):
    for framework in ("keras", "torch"):
        found = hand_in(tmp_path, framework, {}, monkeypatch, choose(EXERCISES))
        for number in EXERCISES:
            found["exercises"][number] = {"code": as_cell(number, framework)}
        (tmp_path / framework / "handin.json").write_text(json.dumps(found))
    rows, _ = mark(tmp_path)
    faults = [f"{n} {who}: {rows[who][n]}" for who in rows for n in EXERCISES]
    faults = [fault for fault in faults if not fault.endswith(": correct")]
    assert_none(faults, "Marking refuses what a judge or a framework needs: exercises/marking.py.")


# for nbgrader and otter-grader


@pytest.mark.parametrize("tool", ["nbgrader", "otter"])
def test_a_teachers_notebook_is_the_homework_and_what_the_tool_takes_out(tool):
    theirs, own = (make_notebook(choose(EXERCISES), "torch", name) for name in (tool, ""))
    nbformat.validate(theirs)
    taken = r"#+ BEGIN (SOLUTION NO PROMPT|HIDDEN TESTS)\n.*?\n#+ END (SOLUTION|HIDDEN TESTS)\n"
    for cell in theirs.cells:
        cell.source = re.sub(taken, "", cell.source, flags=re.DOTALL)
    left = [cell.source for cell in theirs.cells if cell.cell_type != "raw"]
    left = [source for source in left if source != "# This cell marks your answer."]
    assert left[1:] == [cell.source for cell in own.cells[1:-1]]
    assert_no_solution(theirs)


def test_the_cells_of_an_exercise_are_labelled_as_each_tool_documents_it():
    cells = make_notebook(["4.1"], "", "nbgrader").cells[-2:]
    keys = ["schema_version", "task", "grade_id", "grade", "solution", "locked", "points"]
    assert [cell.metadata["nbgrader"] for cell in cells] == [
        dict(zip(keys, [3, False, "exercise-4-1-answer", False, True, False], strict=False)),
        dict(zip(keys, [3, False, "exercise-4-1", True, False, True, 1], strict=True)),
    ]
    raw = [c.source for c in make_notebook(["4.1"], "", "otter").cells if c.cell_type == "raw"]
    fences = "ASSIGNMENT CONFIG+BEGIN QUESTION+BEGIN SOLUTION+END SOLUTION+BEGIN TESTS+END TESTS"
    assert re.findall("[A-Z]+ [A-Z]+", "".join(raw)) == [*fences.split("+"), "END QUESTION"]
    assert "name: exercise-4-1\n" in raw[1]


SPEAKS = LAST.replace("    ", "    print(1)\n    __import__('warnings').warn('two')\n    ", 1)
FAILS = {"4.1": 'answer = 0.9\ncheck("4.1", answer)', "4.3": "1 / 0"}
CLASS = {  # who: (their cells, their marks)
    "right": (RIGHT | {"4.3": f'{SPEAKS}check("4.3", last_states)'}, 3),
    "partly": (RIGHT | {"4.1": FAILS["4.1"]}, 2),
    "wrong": (FAILS, 0),
    "absent": ({}, 0),
}


def set_with(tool, package, folder, path):
    """Write a teacher's notebook; a function that runs the tool, installed here over the book."""
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    (site,) = folder.glob("env/**/site-packages")
    (site / "book.pth").write_text(sysconfig.get_path("purelib"))
    paths = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(*words, program=tool):
        made = {"cwd": folder, "env": os.environ | paths, "capture_output": True, "text": True}
        result = subprocess.run([programs / program, *words], **made)
        assert result.returncode == 0, result.stdout + result.stderr

    try:
        run("install", "--quiet", package, program="pip")
    except AssertionError as error:
        pytest.skip(f"{package} cannot be installed here: {str(error)[:300]}")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    numbers = ["4.1", "4.3", "5.2", "--framework", "torch"]
    assert main(["homework", *numbers, "--for", tool, "--output", str(folder / path)]) == 0
    return run


def answer(given, cells, path):
    """Write the class's notebook, which tells no solution, with these cells in it."""
    notebook = nbformat.read(given, 4)
    assert_no_solution(notebook)
    assert "assert_correct" not in given.read_text(encoding="utf-8")
    for number, source in cells.items():
        for cell in notebook.cells:
            cell.source = source if f'check("{number}", ' in cell.source else cell.source
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@pytest.mark.slow
def test_nbgrader_marks_as_the_book_does(tmp_path):
    run = set_with("nbgrader", "nbgrader==0.9.6", tmp_path, "source/set/set.ipynb")
    run("generate_assignment", "set")
    for who, (cells, _) in CLASS.items():
        handed_in = tmp_path / "submitted" / who / "set" / "set.ipynb"
        answer(tmp_path / "release" / "set" / "set.ipynb", cells, handed_in)
    run("autograde", "set")
    run("export")
    with open(tmp_path / "grades.csv", encoding="utf-8", newline="") as file:
        found = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert found == {who: marks for who, (_, marks) in CLASS.items()}


@pytest.mark.slow
def test_otter_marks_as_the_book_does(tmp_path):
    run = set_with("otter", "otter-grader==7.0.0", tmp_path, "set.ipynb")
    run("assign", "set.ipynb", "made")  # it marks the solutions, too
    (rules,) = tmp_path.glob("made/autograder/*.zip")
    for who, (cells, marks) in CLASS.items():
        answer(tmp_path / "made" / "student" / "set.ipynb", cells, tmp_path / who / "set.ipynb")
        run("run", "-a", rules, "-o", who, f"{who}/set.ipynb")
        tests = json.loads((tmp_path / who / "results.json").read_text())["tests"]
        assert sum(test.get("score") or 0 for test in tests) == marks
