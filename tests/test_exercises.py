"""Exercises answer back: solutions pass, stubs and mistakes get their hints, nothing raises."""

import ast
import builtins
import importlib
import re
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import exercises
from exercises import (
    Exercise,
    Hint,
    Value,
    array,
    call,
    check,
    close,
    find_exercise,
    find_hint,
    number,
    shape,
    show_source,
)
from exercises import solution as show_solution
from exercises import text as text_judge
from tests.helpers import assert_sentence, raises_sentence
from tests.notebooks import NOTEBOOKS, read, tags
from website.extensions.plain_markdown import not_empty

CHAPTERS = sorted(path.stem for path in Path(exercises.__file__).parent.glob("chapter_??.py"))
EXERCISES = {
    name: exercise
    for chapter in CHAPTERS
    for name, exercise in importlib.import_module(f"exercises.{chapter}").EXERCISES.items()
}
SOLUTIONS = [
    (n, framework) for n, exercise in EXERCISES.items() for framework in exercise.solutions
]
WRONG = [(n, piece) for n, found in EXERCISES.items() for piece in found.wrong]
TRIED = {chapter: importlib.import_module(f"exercises.{chapter}_tried") for chapter in CHAPTERS}
FORMS = {n: TRIED[f"chapter_{int(n.partition('.')[0]):02d}"] for n in EXERCISES}
every_exercise = pytest.mark.parametrize("name", EXERCISES)
every_solution = pytest.mark.parametrize(("name", "framework"), SOLUTIONS)


# odd answers, of which none may leave a traceback


class Odd:
    """An object whose every question is answered by an error."""

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = __float__ = __len__ = __array__ = __iter__ = __bool__ = __repr__ = __eq__


class AlwaysEqual:
    """An object that claims to equal everything, as an array does element by element."""

    def __eq__(self, other):
        return np.array([True, False])

    __hash__ = None


class BrokenError(Exception):
    """An error that cannot even say what it is."""

    def __str__(self):
        raise ValueError


def raising(error):
    def answer(*arguments, **options):
        raise error

    return answer


def forever(*arguments):
    return forever(*arguments)


ODD = {
    "dots": ...,
    "None": None,
    "nan": float("nan"),
    "inf": float("inf"),
    "minus inf": -float("inf"),
    "complex": 1j,
    "too large for a float": 10**400,
    "True": True,
    "empty string": "",
    "string": "no idea",
    "two lines": "two\nlines",
    "bytes": b"27",
    "empty list": [],
    "nested list": [[1], [1, 2]],
    "dict": {"a": 1},
    "set": {1},
    "type": int,
    "module": np,
    "object": object(),
    "odd object": Odd(),
    "equal to everything": AlwaysEqual(),
    "empty array": np.array([]),
    "array of nan": np.full((2, 3), np.nan),
    "large array": np.zeros((30, 40)),
    "array of strings": np.array(["a", "b"]),
    "array of objects": np.array([None, Odd], dtype=object),
    "array of no axes": np.array("x"),
    "generator": (i for i in range(3)),
    "function of nothing": lambda: 0,
    "function to None": lambda *a, **k: None,
    "function to nan": lambda *a, **k: float("nan"),
    "function to a string": lambda *a, **k: "no idea",
    "function to dots": lambda *a, **k: ...,
    "function to an odd object": lambda *a, **k: Odd(),
    "function to an empty array": lambda *a, **k: np.array([]),
    "function to a list of lists": lambda *a, **k: [[1], [1, 2]],
    "function to a negative number": lambda *a, **k: -12345,
    "ValueError": raising(ValueError("two\nlines")),
    "error without a message": raising(KeyError()),
    "BrokenError": raising(BrokenError()),
    "SystemExit": raising(SystemExit(1)),
    "NotImplementedError": raising(NotImplementedError()),
    "AssertionError": raising(AssertionError("not so.")),
    "StopIteration": raising(StopIteration()),
    "RecursionError": forever,
}


def assert_hint(hint):
    """A hint is a sentence of its own: begun with a capital letter, ended, on one line."""
    assert isinstance(hint, str)
    assert "\n" not in hint
    assert hint[0] == hint[0].upper()
    assert hint.endswith((".", "?")), hint


@every_exercise
def test_no_odd_answer_is_accepted_or_raises_or_draws_out_the_solution(name, capsys):
    shown = [show_source(found) for found in EXERCISES[name].solutions.values()]
    for odd, answer in ODD.items():
        check(name, answer)
        said = capsys.readouterr().out
        assert said.startswith(f"{name}: not yet. "), odd
        assert_hint(said.partition("not yet. ")[2].removesuffix("\n"))
        assert not any(source in said for source in shown), odd
        assert "Traceback" not in said


def test_a_hint_keeps_the_spaces_that_it_quotes(monkeypatch):
    told = Exercise(lambda answer: "'Two  spaces' are\n    one too many.", solutions={})
    monkeypatch.setattr("exercises.find_exercise", lambda number: told)
    assert find_hint("0.1", 1) == "'Two  spaces' are one too many."


def test_the_reader_can_still_interrupt_a_check():
    name = next(n for n, exercise in EXERCISES.items() if exercise.stub is not ...)
    with pytest.raises(KeyboardInterrupt):
        check(name, raising(KeyboardInterrupt()))


# every exercise of every chapter


def test_every_chapter_has_at_least_three_exercises_that_are_checked():
    for i, chapter in enumerate(CHAPTERS, start=1):
        assert chapter == f"chapter_{i:02d}"
        ours = [name for name in EXERCISES if name.startswith(f"{i}.")]
        assert len(ours) >= 3
        numbers = [int(name.partition(".")[2]) for name in ours]
        assert numbers == sorted(set(numbers))
    assert all(re.fullmatch(r"[1-9]\d*\.[1-9]\d*", name) for name in EXERCISES)


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


@every_solution
def test_every_solution_is_correct(name, framework, capsys):
    check(name, solved(EXERCISES[name].solutions[framework]))
    assert capsys.readouterr().out == f"{name}: correct.\n"


@every_solution
def test_the_solution_that_is_shown_is_the_one_that_is_correct(name, framework):
    found = EXERCISES[name].solutions[framework]
    source = show_solution(name, framework).data
    assert source == f"```python\n{show_source(found)}\n```"
    if not isinstance(found, Value):  # of which the source is what runs
        names = dict(vars(sys.modules[found.__module__]))
        exec(show_source(found), names)
        assert find_hint(name, names[found.__name__]) is None


@every_exercise
def test_the_stub_is_not_correct(name):
    hint = find_hint(name, EXERCISES[name].stub)
    assert_hint(hint)


@pytest.mark.parametrize(("name", "piece"), WRONG)
def test_every_usual_mistake_gets_its_own_hint(name, piece):
    wrong = EXERCISES[name].wrong[piece]
    hint = find_hint(name, wrong.run() if isinstance(wrong, Value) else wrong)
    assert hint is not None, "the mistake was accepted"
    assert piece.lower() in hint.lower()
    assert_hint(hint)


# other forms of right and wrong answers, of the `_tried` modules


def forms(kind):
    """(exercise, name of the form) for every right or wrong form that is kept."""
    return [(n, form) for n, found in FORMS.items() for form in getattr(found, kind).get(n, {})]


def run(form):
    return form.run() if isinstance(form, Value) else form


@cache
def tried(name, form):
    """The hint for a wrong form; what was said of it once is not asked again."""
    return find_hint(name, run(FORMS[name].WRONG[name][form][0]))


@every_exercise
def test_every_exercise_was_tried_with_three_more_right_and_four_more_wrong_forms(name):
    assert len(FORMS[name].RIGHT[name]) >= 3
    assert len(FORMS[name].WRONG[name]) >= 4


@pytest.mark.parametrize(("name", "form"), forms("RIGHT"))
def test_every_right_form_is_accepted(name, form):
    assert find_hint(name, run(FORMS[name].RIGHT[name][form])) is None


@pytest.mark.parametrize(("name", "form"), forms("WRONG"))
def test_every_wrong_form_is_refused_with_a_hint_that_is_true(name, form):
    _, piece = FORMS[name].WRONG[name][form]
    hint = tried(name, form)
    assert hint is not None, "a wrong form was accepted"
    assert piece.lower() in hint.lower()
    assert_hint(hint)


@every_exercise
def test_a_judge_is_not_spoilt_by_the_answers_it_has_seen(name):
    for form in FORMS[name].WRONG[name]:
        tried(name, form)
    for found in EXERCISES[name].solutions.values():
        assert find_hint(name, solved(found)) is None


@every_exercise
def test_every_exercise_knows_at_least_one_usual_mistake(name):
    assert EXERCISES[name].wrong


@every_exercise
def test_a_solution_stands_for_both_frameworks_or_for_neither(name):
    assert set(EXERCISES[name].solutions) in ({""}, {"keras", "torch"}, {"numpy", "keras", "torch"})


# the notebooks


NUMBERS = {int(path.stem[:2]): path for path in NOTEBOOKS if path.stem[:2].isdigit()}
IN_NOTEBOOKS = [name for name in EXERCISES if int(name.partition(".")[0]) in NUMBERS]
SHOWN = [(name, framework) for name, framework in SOLUTIONS if name in IN_NOTEBOOKS]


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


@pytest.mark.parametrize("chapter", NUMBERS)
def test_a_notebook_has_five_exercises_and_all_that_can_be_checked(chapter):
    found = list(sections(NUMBERS[chapter]))
    assert len(found) >= 5
    assert found == [f"{chapter}.{i + 1}" for i in range(len(found))]
    assert {n for n in EXERCISES if n.startswith(f"{chapter}.")} <= set(found)


@pytest.mark.parametrize("chapter", NUMBERS)
def test_a_notebook_checks_no_exercise_that_does_not_exist(chapter):
    for name, cells in sections(NUMBERS[chapter]).items():
        called = set(re.findall(r'(?:check|solution)\("([^"]*)"', "".join(c.source for c in cells)))
        assert called == ({name} if name in EXERCISES else set())


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_notebook_has_a_stub_that_ends_in_its_check_and_says_not_yet(name):
    (stub,) = [cell for cell in cells_of(name) if "exercise" in tags(cell)]
    last = stub.source.strip().splitlines()[-1]
    assert re.fullmatch(rf'check\("{re.escape(name)}", \w+\)', last)
    assert printed(stub).startswith(f"{name}: not yet. ")


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_stub_of_the_notebook_gets_the_hint_that_is_stored(name, capsys):
    (stub,) = [cell for cell in cells_of(name) if "exercise" in tags(cell)]
    exec(stub.source, {"check": check, "np": np})
    assert capsys.readouterr().out == printed(stub)


@pytest.mark.parametrize(("name", "framework"), SHOWN)
def test_the_notebook_hides_the_solution_behind_a_button(name, framework):
    call = f'solution("{name}", "{framework}")' if framework else f'solution("{name}")'
    (cell,) = [cell for cell in cells_of(name) if cell.source.strip() == call]
    assert tags(cell) == ({"hide-output", framework} if framework else {"hide-output"})
    (output,) = not_empty(cell.outputs)
    assert output.data["text/markdown"] == show_solution(name, framework).data


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


@pytest.mark.parametrize(("name", "framework"), SHOWN)
def test_a_solution_uses_no_name_that_the_notebook_does_not_have(name, framework):
    tree = ast.parse(show_source(EXERCISES[name].solutions[framework]))
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    chapter = int(name.partition(".")[0])
    assert used <= set(bound_names(tree)) | set(dir(builtins)) | names_of_notebook(chapter)


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
        (number(1.23456, tolerance=0.001), 1.23, "too small"),
        (number(0.000386, digits=2), 0.00039, None),
        (number(0.000386, digits=2), 0.0003861, None),
        (number(0.000386, digits=2), 0.00038, "too small"),
        (number(0.000386, digits=2), 0.0004, "too large"),
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
        (text_judge("the"), "the", None),
        (text_judge("the"), "The", "'The' is not it."),
        (text_judge("the", wrong={"teh": "swapped."}), "teh", "swapped."),
        (text_judge("the"), 3, "a string was expected, not int"),
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
def test_judges_of_numbers_strings_and_shapes(judge, answer, hint):
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


@pytest.mark.parametrize("number", ["10.9", "0.1", "4", "four", "", None, 1.1, [1], "1.99", "-1.1"])
def test_an_exercise_that_does_not_exist_gets_one_sentence(number):
    for ask in (find_exercise, check, show_solution):
        with raises_sentence(ValueError, repr(number)):
            ask(number)


def test_a_solution_in_a_framework_it_does_not_have_gets_one_sentence():
    name, framework = SOLUTIONS[0]
    assert framework == ""
    with raises_sentence(ValueError, name, "'torch'"):
        show_solution(name, "torch")


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
