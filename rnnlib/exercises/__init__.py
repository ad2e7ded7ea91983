"""Exercises that answer back: `check` judges an answer, `solution` shows one.

A chapter's exercises stand in `chapter_NN.py` as a dictionary EXERCISES of id -> Exercise:

    def squares(n):                       # the function the reader is asked for
        return [i * i for i in range(n)]

    def judge_squares(function):          # a judge returns None, or the hint for what is wrong
        if function(3) == [1, 4, 9]:
            return "you count from 1; range counts from 0."
        if function(3) != [0, 1, 4]:
            return f"squares(3) should give [0, 1, 4], not {function(3)}."

    EXERCISES = {
        "1.1": Exercise(
            judge=judge_squares,
            solutions={"": squares},                     # or {"keras": ..., "torch": ...}
            wrong={"counts from 1": lambda n: [(i + 1) ** 2 for i in range(n)]},  # hint must say so
        ),
        "1.2": Exercise(judge=number(27), solutions={"": Value("3 * 9")}, ...),
    }

The keys of `wrong` are pieces of the hint that each usual wrong answer must get; the test suite
runs every solution and every wrong answer, and the other right and wrong forms of `tests/forms/`.

A judge may also `raise Hint("...")`, from wherever it is. It calls the reader's function through
`call`, which refuses one that changes what it was given, and reads results with `array`, which
takes whatever holds numbers: lists, generators, tensors with or without a gradient.
"""

import copy
import importlib
import inspect
import re
import textwrap
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


class Hint(Exception):
    """What is wrong with an answer, in words for the reader; `check` prints it."""


@dataclass(frozen=True)
class Value:
    """A solution that is a value: Python code whose last line is `answer = ...`."""

    code: str

    def run(self):
        """The value of `answer` after the code has run."""
        names = {"np": np}
        exec(self.source(), names)
        return names["answer"]

    def source(self):
        """The code as it is shown; a single expression is shown as `answer = <expression>`."""
        code = textwrap.dedent(self.code).strip()
        return code if "answer =" in code else f"answer = {code}"


@dataclass(frozen=True)
class Exercise:
    """A judge (answer -> hint or None), its solutions by framework, usual wrong answers by hint."""

    judge: Callable
    solutions: dict
    wrong: dict = field(default_factory=dict)
    stub: object = ...  # what the notebook passes before the reader has done anything

    def answers(self):
        """{framework: answer} from the solutions, as `check` would receive them."""
        return {
            name: found.run() if isinstance(found, Value) else found
            for name, found in self.solutions.items()
        }


def check(number, answer=...):
    """Print whether `answer` solves exercise `number`, or a hint; never the solution.

    Nothing the answer does wrong leaves a traceback: an error inside it becomes the hint.
    """
    hint = find_hint(number, answer)
    print(f"{number}: correct." if hint is None else f"{number}: not yet. {hint}")


def find_hint(number, answer):
    """None when the answer is right, otherwise one sentence for the reader."""
    exercise = find_exercise(number)
    if answer is ... or answer is None:
        return "Replace the three dots with your answer, then run the cell again."
    try:
        hint = exercise.judge(answer)
    except Hint as found:
        hint = str(found)
    except NotImplementedError:
        return "The function is still empty: write its body, then run the cell again."
    except (Exception, SystemExit) as error:
        return f"Your answer stopped with {first_reason(error)}."
    if hint is None:
        return None
    hint = re.sub(r"\s*\n\s*", " ", hint.strip())  # on one line, spaces that it quotes as they are
    return hint[0].upper() + hint[1:]


def first_reason(error):
    """An error's kind and the first line that says something; Keras puts others around it."""
    text = "".join(traceback.format_exception_only(error))
    plain = re.sub(r"\x1b\[\d*m|\{\{.*?\}\} ?|\[Op:.*", "", text)
    lines = [line for line in map(str.strip, plain.splitlines()) if line]
    first = lines[0]
    if "Exception encountered" in first and len(lines) > 1:
        first = f"{first.partition(':')[0]}: {lines[1]}"
    return first.rstrip(".: ")


def solution(number, framework=""):
    """Show a solution of exercise `number` as Markdown; `framework` is "keras", "torch" or ""."""
    from IPython.display import Markdown

    solutions = find_exercise(number).solutions
    if framework not in solutions:
        known = ", ".join(repr(name) for name in solutions)
        raise ValueError(f"exercise {number} has a solution for {known}, not for {framework!r}.")
    return Markdown(f"```python\n{show_source(solutions[framework])}\n```")


def show_source(found):
    """The source text of a solution: a Value's code, or a function's definition."""
    if isinstance(found, Value):
        return found.source()
    return textwrap.dedent(inspect.getsource(found)).strip()


def find_exercise(number):
    """The Exercise with this id, such as "4.2"; ValueError names the ids that exist."""
    chapter = str(number).partition(".")[0]
    try:
        module = importlib.import_module(f"rnnlib.exercises.chapter_{int(chapter):02d}")
    except (ValueError, ModuleNotFoundError):
        raise ValueError(
            f"there is no exercise {number!r}; write it as in the heading, such as '4.2'."
        ) from None
    if number not in module.EXERCISES:
        known = ", ".join(module.EXERCISES)
        raise ValueError(f"chapter {chapter} has no exercise {number!r}; it has {known}.")
    return module.EXERCISES[number]


def array(answer, name="the answer"):
    """The answer as a NumPy array, whatever holds its numbers; a Hint when nothing does."""
    if inspect.isgenerator(answer) or isinstance(answer, map | zip | range):
        answer = list(answer)
    if isinstance(answer, list | tuple):
        answer = [array(item, name) if hasattr(item, "detach") else item for item in answer]
    try:
        found = np.asarray(answer.detach().cpu() if hasattr(answer, "detach") else answer)
    except (TypeError, ValueError):  # rows of different lengths
        found = np.array(None)
    if found.dtype.kind not in "biufc":
        raise Hint(f"{name} should hold numbers, in rows of equal length.")
    return found


def close(found, expected, rtol=1e-4):
    """Whether two arrays have one shape and the same numbers, to what float32 can hold."""
    found, expected = array(found), array(expected)
    if found.shape != expected.shape:
        return False
    return bool(
        np.allclose(found, expected, rtol=rtol, atol=rtol * np.abs(expected).max(initial=0))
    )


def call(function, *arguments, **options):
    """What `function` gives for copies of these arguments; a Hint when it changes one of them.

    Arguments may be arrays, models of this library, or dictionaries, lists and tuples of them.
    """
    if not callable(function):
        raise Hint(f"a function was expected, not {type(function).__name__}.")
    given = copy.deepcopy((arguments, options))
    found = function(*given[0], **given[1])
    if inspect.isgenerator(found):
        found = list(found)
    if not _unchanged(given, (arguments, options)):
        raise Hint("the function changes what it was given; work on a copy instead.")
    return found


def _unchanged(after, before):
    """Whether two arguments hold the same values, bit for bit."""
    if isinstance(before, dict):
        return after.keys() == before.keys() and all(
            _unchanged(after[k], before[k]) for k in before
        )
    if isinstance(before, list | tuple):
        return len(after) == len(before) and all(map(_unchanged, after, before))
    if isinstance(before, np.ndarray):
        return (
            after.shape == before.shape
            and after.dtype == before.dtype
            and after.tobytes() == before.tobytes()
        )
    if hasattr(before, "get_params"):
        return _unchanged(after.get_params(), before.get_params())
    if callable(before) or type(before).__eq__ is not object.__eq__:
        return callable(before) or bool(np.all(np.asarray(after == before)))
    return before is after or _unchanged(vars(after), vars(before))


def number(expected, tolerance=1e-3, wrong=(), digits=None):
    """A judge for a number; `wrong` maps a usual wrong value to its hint.

    `tolerance` is what the question asks for, one unit of the last digit, so that an answer
    rounded there is accepted. Of two values within it, the nearer one counts. Where the question
    asks for significant `digits` instead, an answer is a value that it has been rounded from:
    half a unit of the last of them, for usual wrong values too.
    """

    def slack(value):
        if digits is None:
            return tolerance * (1 + 1e-6)
        unit = 10.0 ** (np.floor(np.log10(abs(value))) - digits + 1) if value else 0.0
        return unit / 2 * (1 + 1e-6)

    def judge(answer):
        if isinstance(answer, str | bytes | bool) or np.ndim(answer) != 0:
            return f"a single number was expected, not {type(answer).__name__}."
        value = float(answer)
        if np.isnan(value):
            return "your answer is nan, which means not a number."
        usual = min(wrong, key=lambda usual: abs(value - usual), default=None)
        gap = abs(value - expected)
        if usual is not None and abs(value - usual) <= slack(usual) and abs(value - usual) < gap:
            return dict(wrong)[usual]
        if not gap <= slack(expected):
            return f"{value:.6g} is too {'small' if value < expected else 'large'}."
        return None

    return judge


def text(expected, wrong=()):
    """A judge for a string; `wrong` maps a usual wrong string to its hint."""

    def judge(answer):
        if not isinstance(answer, str):
            return f"a string was expected, not {type(answer).__name__}."
        if answer in dict(wrong):
            return dict(wrong)[answer]
        return None if answer == expected else f"{answer!r} is not it."

    return judge


def shape(expected, wrong=()):
    """A judge for a shape, a tuple of integers; `wrong` maps a usual mistake to its hint."""

    def judge(answer):
        axes = np.atleast_1d(answer)
        if axes.ndim != 1 or axes.dtype.kind not in "iu":
            return f"a shape was expected, a tuple of whole numbers, not {type(answer).__name__}."
        answer = tuple(axes.tolist())
        if answer in dict(wrong):
            return dict(wrong)[answer]
        if len(answer) != len(expected):
            return f"{answer} has {len(answer)} axes; {len(expected)} were expected."
        return (
            None if answer == expected else f"{answer} has the right number of axes, wrong sizes."
        )

    return judge
