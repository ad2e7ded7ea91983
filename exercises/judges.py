"""Judges: each takes an answer and returns None, or the hint for what is wrong with it.

A judge may also `raise Hint("...")`, from wherever it is. It calls the reader's function through
`call`, which refuses one that changes what it was given, or through `ask`, which also refuses one
that returns nothing, and reads results with `array`, which takes whatever holds numbers: lists,
generators, tensors with or without a gradient.

A judge that knows usual mistakes shows them as `judge.mistakes`, pairs of a hint and of an answer
that must get it. The test suite tries each. A judge of a number or a shape also shows all that it
judges by as `judge.declared`, by which the site judges in the page.
"""

import copy
import re
import traceback
import warnings
from collections.abc import Iterator
from functools import cache

import numpy as np

ROUNDED = 0.015  # how far off, in proportion, an answer is that was rounded on the way
ALTERED = "the function changes what it was given; work on a copy instead."


class Hint(Exception):
    """What is wrong with an answer, in words for the reader; `check` prints it."""


def first_reason(error):
    """An error's kind and the first line that says something; Keras puts others around it."""
    text = "".join(traceback.format_exception_only(error))
    plain = re.sub(r"\x1b\[\d*m|\{\{.*?\}\} ?|\[Op:.*", "", text)
    lines = [line for line in map(str.strip, plain.splitlines()) if line]
    first = lines[0]
    if "Exception encountered" in first and len(lines) > 1:
        first = f"{first.partition(':')[0]}: {lines[1]}"
    return first.rstrip(".: ")


# reading answers


def array(answer, name="the answer"):
    """The answer as a NumPy array, whatever holds its numbers; a Hint when nothing does."""
    if isinstance(answer, Iterator | range):
        answer = list(answer)
    try:
        found = np.asarray(_detached(answer))
    except (TypeError, ValueError):  # rows of different lengths
        found = np.array(None)
    if found.dtype.kind not in "biufc":
        raise Hint(f"{name} should hold numbers, in rows of equal length.")
    return found


def _detached(answer):
    """An answer whose tensors, in lists of any depth, have no gradient and stand in main memory."""
    if isinstance(answer, list | tuple):
        return [_detached(item) for item in answer]
    return answer.detach().cpu() if hasattr(answer, "detach") else answer


def close(found, expected, rtol=1e-4):
    """Whether two arrays have one shape and the same numbers, to what float32 can hold.

    Where one holds nan or infinity, the other must too.
    """
    found, expected = array(found), array(expected)
    if found.shape != expected.shape:
        return False
    atol = rtol * np.abs(expected[np.isfinite(expected)]).max(initial=0)
    return bool(np.allclose(found, expected, rtol=rtol, atol=atol, equal_nan=True))


def first_wrong(found, right, rtol=1e-4):
    """The place of the first number, or row, that is not as `right` has it; nan is never right."""
    found, right = array(found), array(right)
    atol = rtol * np.abs(right).max(initial=0)
    same = np.isclose(found, right, rtol=rtol, atol=atol).reshape(len(right), -1).all(axis=1)
    return int(np.argmin(same))


def check_function(answer):
    """Raise a Hint unless the answer can be called."""
    if not callable(answer):
        raise Hint(f"a function was expected, not {type(answer).__name__}.")


def call(function, *arguments, **options):
    """What `function` gives for copies of these arguments; a Hint when it changes one of them.

    Arguments may be arrays, models of this library, or dictionaries, lists and tuples of them.
    """
    check_function(function)
    given = copy.deepcopy((arguments, options))
    found = function(*given[0], **given[1])
    if isinstance(found, Iterator):
        found = list(found)
    if not _unchanged(given, (arguments, options)):
        raise Hint(ALTERED)
    return found


def _unchanged(after, before):
    """Whether two arguments hold the same values, bit for bit."""
    if after is before:  # what cannot be changed is not copied
        return True
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
    return _unchanged(vars(after), vars(before))


def ask(function, *arguments, wanted="end it with `return`"):
    """As `call`, with a Hint for a function that returns nothing: what it is `wanted` to do."""
    with np.errstate(all="ignore"):
        answer = call(function, *arguments)
    if answer is None or answer is ...:
        raise Hint(f"the function returns nothing: {wanted}.")
    return answer


def one_number(found, name="the result"):
    """What a function gives, as a float; a Hint when that is not one real number."""
    found = array(found, name)
    if found.size != 1 or found.dtype.kind not in "iuf":
        raise Hint(f"{name} should be a single number, not an array of shape {found.shape}.")
    return float(found.reshape(()))


def ask_numbers(function, *arguments):
    """As `ask`, read as an array."""
    return array(ask(function, *arguments), "what the function returns")


# judges of values


def knows(mistakes):
    """A decorator: the judge shows these usual mistakes, {hint: answer} or such pairs."""

    def show(judge):
        judge.mistakes = pairs(mistakes)
        return judge

    return show


def pairs(mistakes):
    """Usual mistakes as a list of (hint, answer), of a dictionary or of pairs."""
    return list(mistakes.items() if isinstance(mistakes, dict) else mistakes)


def mistakes_of(judges):
    """All usual mistakes that any of these judges knows."""
    return [known for judge in judges for known in getattr(judge, "mistakes", ())]


class Direction(str):
    """A hint that says only where the answer lies; `question` is what helps after two of them."""

    question = ""


def written(value):
    """A number in a hint: a whole one whole, others with six digits."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def number(expected, tolerance=5e-4, wrong=(), digits=None, question="", whole="", code=False):
    """A judge for a number; `wrong` maps a usual wrong value to its hint.

    `tolerance` is half a unit of the last digit that the question asks for, so that an answer
    rounded there is accepted, and one that was cut off is not. Of two values within it, the nearer
    one counts. Where the question asks for significant `digits` instead, an answer is a value that
    it has been rounded from: half a unit of the last of them, for usual wrong values too.
    `question` leads on where "too large" has not helped; `whole` refuses what is no whole number.
    The site does not ask for a number that needs `code`.
    """
    usual = dict(wrong)

    def slack(value):
        if digits is None:
            return tolerance * (1 + 1e-6)
        unit = 10.0 ** (np.floor(np.log10(abs(value))) - digits + 1) if value else 0.0
        return unit / 2 * (1 + 1e-6)

    known = [(float(value), slack(value), hint) for value, hint in usual.items()]

    @knows((hint, value) for value, hint in usual.items())
    def judge(answer):
        if isinstance(answer, str | bytes | bool) or np.ndim(answer) != 0:
            return f"a single number was expected, not {type(answer).__name__}."
        value = float(answer)
        if np.isnan(value):
            return "your answer is nan, which means not a number."
        gap = abs(value - expected)
        for apart, within, hint in sorted((abs(value - u), near, h) for u, near, h in known)[:1]:
            if apart <= within and apart < gap:
                return hint
        if gap <= slack(expected):
            return None
        if whole and not value.is_integer():
            return whole
        if value and value in (round(float(expected), places) for places in range(1, 8)):
            return f"{written(value)} may be right to so many digits; more of them are asked for."
        if not float(expected).is_integer() and gap <= ROUNDED * abs(expected):
            close = "is close; if you rounded on the way, keep every digit until the end."
            return f"{written(value)} {close}"
        hint = Direction(f"{written(value)} is too {'small' if value < expected else 'large'}.")
        hint.question = question
        return hint

    declared = {"kind": "number", "right": float(expected), "within": slack(expected)}
    if not code:
        judge.declared = declared | {"wrong": known, "question": question, "whole": whole}
    return judge


def shape(expected, wrong=()):
    """A judge for a shape, a tuple of integers; `wrong` maps a usual mistake to its hint."""

    @knows((hint, value) for value, hint in dict(wrong).items())
    def judge(answer):
        axes = np.atleast_1d(list(answer) if isinstance(answer, Iterator) else answer)
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

    judge.declared = {"kind": "shape", "right": expected, "wrong": list(dict(wrong).items())}
    return judge


# judges of functions


def in_turn(*judges):
    """A judge that is satisfied when all of these are: the first hint counts."""

    @knows(mistakes_of(judges))
    def judge(answer):
        return next((hint for judge in judges if (hint := judge(answer))), None)

    if declared := [j.declared for j in judges if hasattr(j, "declared")]:
        (judge.declared,) = declared
    return judge


def function(cases, right, explain, mistakes=(), ask=ask, same=close, wanted=None):
    """A judge for a function, which is tried on drawn arguments beside the usual mistakes.

    cases: a function that draws tuples of arguments, the same at every call. right: the function
    that was asked for. mistakes: {hint: function}, or such pairs; a hint counts when its mistake
    gives what the answer gives in every case. ask(function, *case): what a function gives, which
    may refuse an answer by a Hint. same(found, expected): whether two of these are alike.
    explain(found, *case): the hint for a wrong result that no mistake explains. wanted: in words,
    such as "an array", what another shape is refused with; what explain() then gets is an array.
    """
    drawn = cache(lambda: list(cases()))
    known = cache(lambda version: [ask(version, *case) for case in drawn()])

    @knows(mistakes)
    def judge(answer):
        found = [ask(answer, *case) for case in drawn()]
        if hint := find_mistake(mistakes, found, known, same):
            return hint
        for mine, expected, case in zip(found, known(right), drawn(), strict=True):
            if not same(mine, expected):
                mine = array(mine) if wanted else mine
                if wanted and mine.shape != np.shape(expected):
                    return explain_shape(mine.shape, np.shape(expected), wanted)
                return explain(mine, *case)
        return None

    return judge


def explain_shape(found, expected, wanted="an array"):
    """The hint for a result of another shape."""
    wanted = f"{wanted} of shape {expected}" if expected else "a single number"
    given = f"an array of shape {found}" if found else "a single number"
    return f"{wanted} was expected, not {given}."


def find_mistake(mistakes, found, given, same=close):
    """The hint of the first mistake that gives what was found, one result a case; else None.

    given(mistake) lists what a mistake gives in the same cases; one that stops did not give it.
    """
    for hint, mistake in pairs(mistakes):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if all(map(same, found, given(mistake))):
                    return hint
        except (ValueError, IndexError, Hint):
            continue
    return None


def results_in(cases):
    """What a function gives in each of the cases, as `find_mistake` asks for it."""
    return lambda version: [version(*case) for case in cases]


def say_stopped(errors):
    """The hint for a function that stops with an error in each framework, {where: error}."""
    said = [f"{where} with {first_reason(error)}" for where, error in errors.items()]
    return f"your answer fits neither framework: it stopped {', and '.join(said)}."


def first_hint(hints):
    """The hint of the first framework that gave one, of {where: hint}."""
    return next(iter(hints.values()))


def either(tries, choose=first_hint, stopped=say_stopped):
    """A judge for a function that may be written for any framework: right in one is right.

    tries: {where: judge}, with `where` in words, such as "on a layer of Keras". choose(hints): the
    hint that counts, of {where: hint}; stopped(errors): the hint where all it did was to stop, of
    {where: error}. A function that changes what it was given is refused wherever it does so.
    """

    @knows(mistakes_of(tries.values()))
    def judge(answer):
        check_function(answer)
        hints, errors = {}, {}
        for where, attempt in tries.items():
            try:
                hint = attempt(answer)
            except NotImplementedError:
                raise
            except Hint as found:
                hint = str(found)
            except (Exception, SystemExit) as error:
                errors[where] = error
                continue
            if hint is None or hint == ALTERED:
                return hint
            hints[where] = hint
        return choose(hints) if hints else stopped(errors)

    return judge
