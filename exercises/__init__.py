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
        ),
        "1.2": Exercise(judge=number(27), solutions={"": Value("3 * 9")}),
    }

The test suite runs every solution, in other forms as well (a list, a tensor, a float of 32 bits),
every usual mistake that the judge shows, and what `chapter_NN_tried.py` holds beside them:

    RIGHT = {"5.2": {"what is unusual about it": answer}}
    WRONG = {"5.2": {"what is wrong about it": (answer, "a piece of the hint it must get")}}

An answer is what the reader hands to `check`, or a `Value`, whose code makes it.

Most judges are made by the functions of `judges.py`.
"""

import importlib
import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO

import numpy as np

from exercises.judges import Direction, Hint, first_reason
from rnnlib.cli.quiet import hushed

MISSED = Counter()  # how often `check` was not satisfied, by exercise, since the kernel started


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
    """A judge (answer -> hint or None) and its solutions by framework."""

    judge: Callable
    solutions: dict


def check(number, answer=...):
    """Print whether `answer` solves exercise `number`, or a hint; never the solution.

    Nothing the answer does wrong leaves a traceback: an error inside it becomes the hint.
    """
    missed = MISSED[str(number)]
    hint = find_hint(number, answer, missed)
    MISSED[str(number)] = 0 if hint is None else missed + 1
    print(f"{number}: correct." if hint is None else f"{number}: not yet. {hint}")


def find_hint(number, answer, missed=0):
    """None when the answer is right, otherwise one sentence for the reader.

    One who has `missed` it twice gets a question in place of another "too large".
    """
    return judge_answer(find_exercise(number), answer, missed)


def judge_answer(exercise, answer, missed=0):
    """As `find_hint`, for an Exercise."""
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
    if isinstance(hint, Direction) and missed >= 2:
        hint = hint.question or hint
    hint = re.sub(r"\s*\n\s*", " ", hint.strip())  # on one line, spaces that it quotes as they are
    return hint[0].upper() + hint[1:]


def assert_correct(number, answer):
    """AssertionError with the hint, if there is one; prints nothing, as nbgrader and otter ask."""
    with hushed("keras"), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        hint = find_hint(number, answer)
    if hint:
        raise AssertionError(hint)


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


def solution_cell(number, framework=""):
    """(code, name): a solution as a cell that needs no other, and the name of its answer."""
    solutions = find_exercise(number).solutions
    found = solutions.get(framework) or next(iter(solutions.values()))
    if isinstance(found, Value):
        return found.source(), "answer"
    source = inspect.getsource(inspect.getmodule(found))
    imports = re.findall(r"^(?:import|from) (?!exercises).*$", source, re.MULTILINE)
    return "\n".join([*imports, show_source(found)]), found.__name__


def find_exercise(number):
    """The Exercise with this id, such as "5.2"; ValueError names the ids that exist."""
    chapter = str(number).partition(".")[0]
    name = f"exercises.chapter_{chapter.zfill(2)}"
    if find_spec(name) is None:
        raise ValueError(
            f"there is no exercise {number!r}; write it as in the heading, such as '5.2'."
        )
    module = importlib.import_module(name)
    if number not in module.EXERCISES:
        known = ", ".join(module.EXERCISES)
        raise ValueError(f"chapter {chapter} has no exercise {number!r}; it has {known}.")
    return module.EXERCISES[number]
