"""Exercises answer back: solutions pass, stubs and mistakes get their hints, nothing raises."""

import ast
import builtins
import importlib
import re
import sys
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import exercises
from exercises import Exercise, Value, check, find_exercise, find_hint, show_source
from exercises import solution as show_solution
from exercises.judges import Hint, array, call, close, number, shape
from tests.exercise_answers import (
    MAY_CHANGE_WHAT_IS_GIVEN,
    ODD,
    Spoiling,
    is_function,
    other_forms,
    raising,
)
from tests.helpers import assert_none, assert_sentence, raises_sentence
from tests.notebooks import NOTEBOOKS, read, tags
from website.extensions.plain_markdown import not_empty

CHAPTERS = sorted(path.stem for path in Path(exercises.__file__).parent.glob("chapter_??.py"))
EXERCISES = {
    name: exercise
    for chapter in CHAPTERS
    for name, exercise in importlib.import_module(f"exercises.{chapter}").EXERCISES.items()
}
TRIED = {chapter: importlib.import_module(f"exercises.{chapter}_tried") for chapter in CHAPTERS}
every_exercise = pytest.mark.parametrize("name", EXERCISES)


def faults_of_hint(hint, piece=""):
    """What is wrong with a hint: a sentence on one line, with a capital letter and an end."""
    if hint is None:
        yield "was accepted"
    elif piece.lower() not in " ".join(hint.split()).lower():
        yield f"got another hint: {hint}"
    elif "\n" in hint or hint[0] != hint[0].upper() or not hint.endswith((".", "?")):
        yield f"got a hint that is no sentence: {hint!r}"


@every_exercise
def test_no_odd_answer_is_accepted_or_raises_or_draws_out_the_solution(name, capsys):
    shown = [show_source(found) for found in EXERCISES[name].solutions.values()]
    faults = []
    for odd, answer in ODD.items():
        check(name, answer)
        said = capsys.readouterr().out
        hint = said.removesuffix("\n").removeprefix(f"{name}: not yet. ")
        faults += [f"{odd}: {fault}" for fault in faults_of_hint(hint)]
        if not said.startswith(f"{name}: not yet. ") or "Traceback" in said:
            faults.append(f"{odd}: {said}")
        if any(source in said for source in shown):
            faults.append(f"{odd}: draws out the solution")
    assert_none(faults, f"Let the judge of exercise {name} refuse it with a hint.")


def test_a_hint_keeps_the_spaces_that_it_quotes(monkeypatch):
    told = Exercise(lambda answer: "'Two  spaces' are\n    one too many.", solutions={})
    monkeypatch.setattr("exercises.find_exercise", lambda number: told)
    assert find_hint("0.1", 1) == "'Two  spaces' are one too many."


def test_the_reader_can_still_interrupt_a_check():
    with pytest.raises(KeyboardInterrupt):
        check("1.3", raising(KeyboardInterrupt()))


# every exercise of every chapter


def faults_of_numbering():
    for i, chapter in enumerate(CHAPTERS, start=1):
        if chapter != f"chapter_{i:02d}":
            yield f"{chapter}: a chapter before it has no exercises"
        ours = [name for name in EXERCISES if name.startswith(f"{i}.")]
        if len(ours) < 3:
            yield f"{chapter}: fewer than three exercises are checked"
        if ours != sorted(set(ours), key=lambda name: int(name.partition(".")[2])):
            yield f"{chapter}: not in order: {', '.join(ours)}"
    for name, exercise in EXERCISES.items():
        if not re.fullmatch(r"[1-9]\d*\.[1-9]\d*", name):
            yield f"{name}: no number of a chapter and of an exercise"
        allowed = ({""}, {"keras", "torch"}, {"numpy", "keras", "torch"})
        if set(exercise.solutions) not in allowed:
            yield f"{name}: solutions for {', '.join(exercise.solutions)}, one framework alone"


def test_every_chapter_has_exercises_in_order_with_solutions_in_both_frameworks_or_neither():
    assert_none(faults_of_numbering(), "Mend EXERCISES in exercises/chapter_NN.py.")


numbers = {}  # by the code that gives them


def solved(solution):
    """The answer that a solution is; a number that takes long to find is found once."""
    if not isinstance(solution, Value):
        return solution
    if solution.source() in numbers:
        return numbers[solution.source()]
    answer = solution.run()
    if np.isscalar(answer):
        numbers[solution.source()] = answer
    return answer


def as_shown(found):
    """The function that the source of a solution gives, run where the solution stands."""
    names = dict(vars(sys.modules[found.__module__]))
    exec(show_source(found), names)
    return names[found.__name__]


def run(answer):
    return answer.run() if isinstance(answer, Value) else answer


def tried(name, kind):
    """The right or wrong answers of a `_tried` module."""
    return getattr(TRIED[f"chapter_{int(name.partition('.')[0]):02d}"], kind).get(name, {})


def given_by(name, function):
    """All that a function gives while it is judged."""
    given = []

    def kept(*arguments, **options):
        given.append(function(*arguments, **options))
        return given[-1]

    assert find_hint(name, kept) is None
    return given


def right_answers(name):
    """(what is unusual about it, answer): solutions, as they are shown and in other clothes."""
    for framework, found in EXERCISES[name].solutions.items():
        answer = solved(found)
        given = given_by(name, answer) if is_function(answer) else [answer]
        for form, other in other_forms(name, answer, given).items():
            yield f"solution {framework}: {form}", other
        if not isinstance(found, Value):  # of which the source is what runs
            yield f"solution {framework}: as it is shown", as_shown(found)
    for form, answer in tried(name, "RIGHT").items():
        yield form, run(answer)


def wrong_answers(name):
    """(what is wrong about it, answer, a piece of the hint that it must get)."""
    for hint, answer in getattr(EXERCISES[name].judge, "mistakes", ()):
        yield "the judge's own", answer, " ".join(hint.split())
    for form, (answer, piece) in tried(name, "WRONG").items():
        yield form, run(answer), piece


@every_exercise
def test_solutions_are_correct_in_every_form(name, capsys):
    faults = []
    for found in EXERCISES[name].solutions.values():
        check(name, solved(found))
        said = capsys.readouterr().out
        if said != f"{name}: correct.\n":
            faults.append(said)
    for form, answer in right_answers(name):
        if hint := find_hint(name, answer):
            faults.append(f"{form}: {hint}")
    assert_none(
        faults,
        f"Let the judge of exercise {name} accept it; or say in ASKED_FOR_A_KIND of "
        "tests/exercise_answers.py why the exercise asks for a kind of answer.",
    )


@every_exercise
def test_wrong_answers_get_their_hints_and_do_not_spoil_the_judge(name):
    faults = []
    for form, answer, piece in wrong_answers(name):
        hint = find_hint(name, answer)
        faults += [f"{form} ({piece}): {fault}" for fault in faults_of_hint(hint, piece)]
    for found in EXERCISES[name].solutions.values():
        if is_function(solved(found)) and name not in MAY_CHANGE_WHAT_IS_GIVEN:
            spoiling = Spoiling(solved(found))
            hint = find_hint(name, spoiling)
            if spoiling.has_spoilt:
                faults += [
                    f"spoils an argument: {fault}" for fault in faults_of_hint(hint, "given")
                ]
        if hint := find_hint(name, solved(found)):
            faults.append(f"after all of these the solution gets: {hint}")
    assert_none(faults, f"Mend the judge of exercise {name}, or the piece of the hint.")


# the notebooks


NUMBERS = {int(path.stem[:2]): path for path in NOTEBOOKS if path.stem[:2].isdigit()}
IN_NOTEBOOKS = [name for name in EXERCISES if int(name.partition(".")[0]) in NUMBERS]


def sections(path):
    """{exercise id: the code cells below its heading}, in order."""
    found, current = {}, []
    for cell in read(path).cells:
        if cell.cell_type == "code":
            current.append(cell)
            continue
        for line in cell.source.splitlines():
            if line.startswith("#"):
                current = []
                if match := re.match(r"### Exercise (\d+\.\d+)\. \S", line):
                    assert match[1] not in found, f"two headings for exercise {match[1]}"
                    found[match[1]] = current
    return found


def cells_of(name):
    """The code cells of an exercise in its chapter's notebook."""
    return sections(NUMBERS[int(name.partition(".")[0])]).get(name, [])


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def faults_of_chapters():
    for chapter, path in NUMBERS.items():
        found = sections(path)
        numbers = [int(name.removeprefix(f"{chapter}.")) for name in found]
        if len(found) < 5 or numbers != sorted(set(numbers)):  # one that left leaves its number
            yield f"{path.name}: five exercises or more, numbered in order, not {list(found)}"
        for missing in {n for n in EXERCISES if n.startswith(f"{chapter}.")} - set(found):
            yield f"{path.name}: no heading '### Exercise {missing}. Title'"
        for name, cells in found.items():
            code = "".join(cell.source for cell in cells)
            called = set(re.findall(r'(?:check|solution)\("([^"]*)"', code))
            if called != ({name} if name in EXERCISES else set()):
                yield f"{path.name}: the cells of exercise {name} ask for {sorted(called)}"


def test_a_notebook_has_five_exercises_and_checks_those_that_can_be_checked():
    assert_none(faults_of_chapters(), "Mend the headings or cells of the exercises in chapters/.")


def faults_of_stub(name, capsys):
    """The stub ends in its check, and the hint that is stored below it is the one it gets."""
    stubs = [cell for cell in cells_of(name) if "exercise" in tags(cell)]
    if len(stubs) != 1:
        yield f"{len(stubs)} cells are tagged `exercise`, not one"
        return
    (stub,) = stubs
    last = stub.source.strip().splitlines()[-1]
    if not re.fullmatch(rf'check\("{re.escape(name)}", \w+\)', last):
        yield f"the stub ends in {last}"
    exec(stub.source, {"check": check, "np": np})
    said = capsys.readouterr().out
    if not said.startswith(f"{name}: not yet. ") or said != printed(stub):
        yield f"the stub gets {said!r}, and {printed(stub)!r} is stored"


def faults_of_solution(name, framework):
    """The solution that is stored is behind a button, and has no name that the notebook lacks."""
    found = EXERCISES[name].solutions[framework]
    call = f'solution("{name}", "{framework}")' if framework else f'solution("{name}")'
    cells = [cell for cell in cells_of(name) if cell.source.strip() == call]
    if len(cells) != 1:
        yield f"{len(cells)} cells hold {call}, not one"
        return
    (cell,) = cells
    if tags(cell) != ({"hide-output", framework} if framework else {"hide-output"}):
        yield f"the cell with {call} has the tags {sorted(tags(cell))}"
    stored = [output.data["text/markdown"] for output in not_empty(cell.outputs)]
    shown = show_solution(name, framework).data
    if stored != [shown] or shown != f"```python\n{show_source(found)}\n```":
        yield f"the cell with {call} stores another solution"
    tree = ast.parse(show_source(found))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    known = set(bound_names(tree)) | set(dir(builtins))
    if unknown := used - known - names_of_notebook(int(name.partition(".")[0])):
        yield f"{call} uses names that the notebook does not have: {sorted(unknown)}"


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_notebook_stores_the_hint_of_the_stub_and_hides_the_solutions(name, capsys):
    faults = [*faults_of_stub(name, capsys)]
    for framework in EXERCISES[name].solutions:
        faults += faults_of_solution(name, framework)
    path = NUMBERS[int(name.partition(".")[0])]
    assert_none(faults, f"Mend the cells of exercise {name} and run `make outputs` for {path}.")


def bound_names(tree):
    """Every name that the code gives a meaning: assigned, defined, imported, a parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


@cache
def names_of_notebook(chapter):
    cells = [cell for cell in read(NUMBERS[chapter]).cells if cell.cell_type == "code"]
    return {name for cell in cells for name in bound_names(ast.parse(cell.source))}


# the machinery


@pytest.mark.parametrize(
    ("judge", "answer", "hint"),
    [
        (number(27), 27, None),
        (number(27), np.float32(27), None),
        (number(27), np.array(27), None),
        (number(1.5, tolerance=0.1), 1.55, None),
        (number(27), Fraction(54, 2), None),
        (number(1.23456, tolerance=0.001), 1.235, None),
        (number(1.23456, tolerance=0.001), 1.234, None),
        (number(1.23456, tolerance=0.001), 1.23, "so many digits"),
        (number(1.23456, tolerance=0.001), 1.238, "1.238 is close"),
        (number(1.23456, tolerance=0.001), 1.21, "too small"),
        (number(27, whole="count."), 26.99, "count."),
        (number(0.000386, digits=2), 0.00039, None),
        (number(0.000386, digits=2), 0.0003861, None),
        (number(0.000386, digits=2), 0.00038, "too small"),
        (number(0.000386, digits=2), 0.0004, "so many digits"),
        (number(-386, digits=2), -390, None),
        (number(0.000386, digits=2, wrong={0.1234: "far."}), 0.12, "far."),
        (number(0.000386, digits=2, wrong={0.1234: "far."}), 0.13, "too large"),
        (number(0.000386, digits=2, wrong={0: "nothing."}), 0, "nothing."),
        (number(0.000386, digits=2, wrong={0: "nothing."}), 1e-9, "too small"),
        (number(0.5, tolerance=0.01, wrong={0.505: "near."}), 0.5, None),
        (number(0.5, tolerance=0.01, wrong={0.505: "near."}), 0.505, "near."),
        (number(27), 28, "too large"),
        (number(27), 26.99, "too small"),
        (number(27), float("nan"), "not a number"),
        (number(27), [27], "a single number"),
        (number(27), "27", "a single number"),
        (number(1), True, "a single number"),
        (number(27, wrong={26: "one too few."}), 26, "one too few."),
        (shape((2, 3)), (2, 3), None),
        (shape((2, 3)), [2, 3], None),
        (shape((2, 3)), np.array([2, 3]), None),
        (shape((34,)), 34, None),
        (shape((2, 3)), (3, 2), "wrong sizes"),
        (shape((2, 3)), (2, 3, 1), "has 3 axes; 2 were expected"),
        (shape((2, 3), wrong={(3, 2): "turned round."}), (3, 2), "turned round."),
        (shape((2, 3)), "(2, 3)", "a shape was expected"),
        (shape((2, 3)), np.zeros((2, 3)), "a shape was expected"),
        (shape((2, 3)), (2.5, 3), "a shape was expected"),
    ],
)
def test_judges_of_numbers_and_shapes(judge, answer, hint):
    found = judge(answer)
    assert (found is None) if hint is None else (hint in found)
    if hint is not None:
        assert_sentence(found)


def test_shapes_as_the_frameworks_give_them_are_shapes():
    import tensorflow as tf
    import torch

    for found in (torch.zeros(2, 3).shape, tf.zeros((2, 3)).shape):
        assert shape((2, 3))(found) is None
        assert "wrong sizes" in shape((3, 2))(found)


def test_who_misses_twice_is_asked_a_question_in_place_of_a_direction(capsys, monkeypatch):
    monkeypatch.setattr(exercises, "MISSED", Counter())
    for answer in (1, 20, 1, 19, 15, 30):
        check("1.1", answer)
    asked = "Where does the last window begin that still has a character after it?"
    assert capsys.readouterr().out.splitlines() == [
        "1.1: not yet. 1 is too small.",
        "1.1: not yet. 20 is too large.",
        f"1.1: not yet. {asked}",
        "1.1: not yet. That is the number of characters.",
        "1.1: correct.",
        "1.1: not yet. 30 is too large.",
    ]


def test_every_number_has_a_question():
    silent = [
        name
        for name, exercise in EXERCISES.items()
        if getattr(exercise.judge, "declared", {}).get("question") == ""
    ]
    assert_none(silent, "Write a question that leads on: number(..., question=...).")


@pytest.mark.parametrize("number", ["10.9", "0.1", "4", "four", "", None, 1.1, [1], "1.99", "-1.1"])
def test_an_exercise_that_does_not_exist_gets_one_sentence(number):
    for ask in (find_exercise, check, show_solution):
        with raises_sentence(ValueError, repr(number)):
            ask(number)


def test_a_package_that_is_not_there_is_not_taken_for_an_exercise_that_is_not(monkeypatch):
    monkeypatch.delitem(sys.modules, "exercises.chapter_04")
    monkeypatch.setitem(sys.modules, "rnnlib.models.char_rnn.numpy_cells", None)
    with pytest.raises(ModuleNotFoundError, match="numpy_cells"):
        find_exercise("4.3")


def test_a_solution_in_a_framework_it_does_not_have_gets_one_sentence():
    with raises_sentence(ValueError, "1.1", "'torch'"):
        show_solution("1.1", "torch")


def test_whatever_holds_numbers_is_read_as_an_array():
    import tensorflow as tf
    import torch

    rows = [[1.0, 2.0], [3.0, 4.0]]
    learned = torch.tensor(rows, requires_grad=True)
    held = [rows, tuple(rows), np.array(rows), np.float32(rows), (row for row in rows), learned]
    for found in (*held, [learned[0], learned[1]], tf.constant(rows), tf.Variable(rows)):
        np.testing.assert_array_equal(array(found), rows)
    for odd in ("12", [[1], [1, 2]], [None], {"a": 1}, object()):
        with pytest.raises(Hint, match="should hold numbers"):
            array(odd)


def test_close_asks_for_the_shape_and_for_what_float32_can_hold():
    right = np.array([1.0, 1e-3])
    assert close(right.astype("float32"), right)
    assert close(right + np.array([1e-5, 0]), right)
    assert not close(right + np.array([1e-3, 0]), right)
    assert not close(right[None], right)
    assert not close(np.array([np.nan, 1e-3]), right)


def test_a_function_that_changes_what_it_is_given_is_refused():
    from rnnlib.models import engines
    from rnnlib.models.config import ModelConfig

    def in_place(values, table, model):
        values += 1

    def in_the_table(values, table, model):
        table["a"][0] = 5

    def a_new_name(values, table, model):
        table["b"] = 1

    def in_the_model(values, table, model):
        model.set_params({n: v + 1 for n, v in model.get_params().items()})

    model = engines.build(ModelConfig(3, 2, 2), "numpy")
    arguments = np.zeros(3), {"a": np.arange(3)}, model
    before = model.get_params()["W_hh"].copy()
    for function in (in_place, in_the_table, a_new_name, in_the_model):
        with pytest.raises(Hint, match="changes what it was given"):
            call(function, *arguments)
    assert call(lambda values, table, model: values.sum(), *arguments) == 0
    assert call(lambda *a: (i for i in range(3)), *arguments) == [0, 1, 2]

    class Counts:
        def __init__(self):
            self.table = {"a": 1}

    assert call(lambda counts: counts.table["a"], Counts()) == 1
    with pytest.raises(Hint, match="changes what it was given"):
        call(lambda counts: counts.table.clear(), Counts())
    assert arguments[0].sum() == 0
    assert arguments[1]["a"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(model.get_params()["W_hh"], before)
    with pytest.raises(Hint, match="a function was expected, not float"):
        call(1.5)


def test_a_value_is_shown_as_the_reader_would_write_it():
    assert Value("3 * 9").source() == "answer = 3 * 9"
    assert Value("3 * 9").run() == 27
    several = Value("""
        counts = np.bincount([0, 1, 1])
        answer = counts[1]
        """)
    assert several.source() == "counts = np.bincount([0, 1, 1])\nanswer = counts[1]"
    assert several.run() == 2
