"""The student's side of a homework: `check` notes an answer, `hand_in` writes handin.json.

`homework.py` copies this file into each notebook that it writes, below HOMEWORK, so that it needs
nothing of the book. Where the book is at hand, `check` answers as it does in the chapters.
"""

import builtins
import hashlib
import json
import platform
import symtable
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path

import numpy as np

HOMEWORK = {"edition": "", "framework": "", "questions": {}, "hints": {}}
GIVEN = ("check", "np", "keras", "layers", "ops", "tf", "torch", "nn")  # what each cell may use
NOTED = {}


def check(number, answer=...):
    """Note an answer with the cell it stands in, and print what can be said of it here."""
    from IPython import get_ipython

    if answer is ... or answer is None:
        NOTED.pop(number, None)
        print(f"{number}: replace the three dots with your answer, then run the cell again.")
        return
    noted = {"code": get_ipython().user_ns["In"][-1]}
    with suppress(TypeError, ValueError, RuntimeError):
        noted["value"] = as_value(answer)
    NOTED[number] = noted | {"verdict": find_verdict(number, answer)}
    print(f"{number}: {NOTED[number]['verdict']}")
    if "value" not in noted and (lacking := used_from_elsewhere(noted["code"])):
        print(f"Copy into this cell what makes {', '.join(lacking)}: it is marked by itself.")


def find_verdict(number, answer):
    """What the book's judge says; without the book, the hint of a usual mistake, if it is one."""
    try:
        from exercises import find_hint
    except ImportError:
        digits, hints = HOMEWORK["hints"].get(number, (0, {}))
        hint = hints.get(seal(number, answer, digits))
        right = "noted. It is marked when you have handed it in."
    else:
        hint, right = find_hint(number, answer), "correct."
    return f"not yet. {hint}" if hint else right


def seal(number, answer, digits):
    """A hash of a number or a shape, rounded to so many digits after the point; None of others.

    A usual mistake's hint lies under it: a wrong value in plain sight would lead to the right one.
    """
    with suppress(TypeError, ValueError, RuntimeError):
        rounded = np.round(np.asarray(answer, dtype=float), digits) + 0.0  # no -0.0
        return hashlib.sha256(f"{number}: {rounded.tolist()}".encode()).hexdigest()[:16]


def as_value(answer):
    """The answer as JSON holds it; TypeError or ValueError where it is a function or a layer."""

    def numbers(held):
        found = np.asarray(held.detach() if hasattr(held, "detach") else held)
        if found.dtype.kind not in "biuf":
            raise TypeError
        return found.tolist()

    if isinstance(answer, dict):  # JSON would turn its keys into text
        raise TypeError
    return json.loads(json.dumps(answer, default=numbers))


def used_from_elsewhere(code):
    """The names that a cell uses and neither makes, imports nor is given."""
    top = symtable.symtable(code, "cell", "exec")
    tables, used = [top], set()
    for table in tables:
        tables += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    made = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    return sorted(used - made - {*GIVEN, *dir(builtins)})


def hand_in(file="handin.json"):
    """Write all answers that were noted since the kernel started, and say which are missing."""
    packages = ("numpy", "keras", "tensorflow", "torch", "rnnlib")
    versions = {found.name: found.version for found in distributions() if found.name in packages}
    versions["python"] = platform.python_version()
    report = {name: HOMEWORK[name] for name in ("edition", "framework", "questions")}
    report |= {"versions": versions, "exercises": NOTED}
    Path(file).write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(f"{file} holds {len(NOTED)} of {len(HOMEWORK['questions'])} answers. Hand in this file.")
    if missing := [number for number in HOMEWORK["questions"] if number not in NOTED]:
        print(f"Without an answer, or not run yet: {', '.join(missing)}.")
