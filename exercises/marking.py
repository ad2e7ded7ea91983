"""Marking: the answers of a class are judged again, each in a process of its own, with limits.

What the student's notebook said of an answer counts for nothing. The limits and `refuse` stop what
is careless or mischievous. They are no prison: who does not know the class marks in a container.
"""

import csv
import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path

import psutil

from exercises import find_exercise, judge_answer
from exercises.homework import IMPORTS, ROOT, choose, edition, read_questions
from exercises.judges import first_reason
from rnnlib.cli.quiet import hushed

SECONDS, MEGABYTES, PRINTED = 60, 500, 100_000  # what an answer may take, beside its frameworks
PATIENCE = 4  # seconds by the clock for one of the processor, which others may need too
LARGEST = 5_000_000  # bytes of a hand-in
HARMLESS = {"os.listdir", "os.scandir", "os.walk", "os.putenv", "os.unsetenv", "os.getxattr"}
PROGRAMS = re.compile(r"subprocess|socket|ctypes\.dlopen|os\.(system|exec|spawn|posix|fork|kill)")
LOOKS = "homework may not look into the book's solutions"
SOLUTIONS = (str((ROOT / "exercises").resolve()), str((ROOT / "chapters").resolve()))
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
CONTEXT = multiprocessing.get_context(METHOD)


# in a process of its own


def judge_apart(number, entry, folder, verdict):
    """Judge an answer in a folder of its own; send an empty message first, then the hint as JSON.

    What frameworks keep on the disk for a while goes to `own`, and what is printed to `printed`.
    """
    os.chdir(folder)
    printed = os.open("printed", os.O_WRONLY | os.O_CREAT)
    os.dup2(printed, 1), os.dup2(printed, 2)
    tempfile.tempdir = str(Path("own").resolve())
    os.mkdir("own")
    exercise, names = find_exercise(number), {} if "value" in entry else given_names()
    for name in [name for name in sys.modules if name.partition(".")[0] == "exercises"]:
        del sys.modules[name]  # what would import it again is refused
    sys.dont_write_bytecode = True
    sys.addaudithook(refuse)
    verdict.send_bytes(b"")
    hint = judge_entry(number, entry, exercise, names)
    sys.stdout.flush()
    verdict.send_bytes(json.dumps(hint).encode())


def given_names():
    """The names that a homework's cells may use, of the frameworks that are installed."""
    names = {"__name__": "__main__"}
    for imports in ("import numpy as np", *IMPORTS.values()):
        with suppress(ImportError):
            exec(imports, names)
    return names


def judge_entry(number, entry, exercise, names):
    """The hint for a value, or for what the code of a cell hands to `check`; or None."""
    if "value" in entry:
        return judge_answer(exercise, entry["value"])
    answers = {}
    names["check"] = lambda asked, answer=...: answers.update({asked: answer})
    try:
        exec(compile(entry["code"], "the cell", "exec"), names)
    except SyntaxError as error:
        return f"The cell is no Python: {error.msg} (line {error.lineno})."
    except (Exception, SystemExit) as error:
        return f"The cell stopped with {first_reason(error)}."
    if number not in answers:
        return f'The cell does not end in check("{number}", ...) any more.'
    return judge_answer(exercise, answers[number])


def refuse(event, arguments):
    """An audit hook that keeps an answer from files, programs, the network and the solutions."""
    if event == "import" and arguments[0].startswith("exercises"):
        raise PermissionError(LOOKS)
    if PROGRAMS.match(event):
        raise PermissionError("homework may not start programs or use the network")
    if event in HARMLESS or not event.startswith(("open", "os.", "shutil.")):
        return
    touched = arguments[:1] if event == "open" else arguments
    allowed = tempfile.tempdir if event == "open" else os.path.dirname(tempfile.tempdir)
    paths = [os.path.realpath(os.fsdecode(a)) for a in touched if isinstance(a, str | bytes | Path)]
    if event == "open" and not arguments[2] & WRITING:
        if paths and paths[0].startswith(SOLUTIONS):
            raise PermissionError(LOOKS)
    elif not paths or not all(path.startswith((allowed, os.devnull)) for path in paths):
        raise PermissionError("homework may not write or change files")


# around it


def mark_answer(number, entry, seconds):
    """The hint for an entry of a hand-in, None if it is right, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        verdict, theirs = CONTEXT.Pipe(duplex=False)
        given = (number, entry, folder, theirs)
        process = CONTEXT.Process(target=judge_apart, args=given, daemon=True)
        process.start()
        theirs.close()
        try:
            return watch(process, verdict, Path(folder, "printed"), seconds)
        except (EOFError, OSError, ValueError, psutil.NoSuchProcess):
            return "The answer ended the process in which it was marked."
        finally:
            process.kill()
            process.join()
            verdict.close()


def watch(process, verdict, printed, seconds):
    """The hint that the process sends, or which limit it broke; EOFError where it ended before."""
    verdict.recv_bytes()  # the frameworks are loaded
    seen, begun = psutil.Process(process.pid), time.monotonic()
    before, worked = seen.memory_info().rss, sum(seen.cpu_times()[:2])
    while not verdict.poll(0.01) and printed.stat().st_size <= PRINTED:
        try:
            busy, held = sum(seen.cpu_times()[:2]) - worked, seen.memory_info().rss - before
        except psutil.NoSuchProcess:
            break  # it ended meanwhile, with a verdict or without one
        if max(busy, (time.monotonic() - begun) / PATIENCE) > seconds:
            return f"The answer took longer than {seconds:g} seconds."
        if held > MEGABYTES * 1e6:
            return f"The answer took more than {MEGABYTES} megabytes of memory."
    if printed.stat().st_size > PRINTED:
        return f"The answer printed more than {PRINTED:,} characters."
    return json.loads(verdict.recv_bytes(LARGEST))


# a class


def read_handin(path):
    """(what a hand-in holds, ""), or (None, a sentence that says why it is none)."""
    try:
        size = path.stat().st_size
        if not 0 < size < LARGEST:
            return None, f"The file is {'far too large' if size else 'empty'}."
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None, "The file is no JSON, and so not what the notebook wrote."
    kinds = {"edition": str, "questions": dict, "exercises": dict}
    if not isinstance(found, dict) or not all(isinstance(found.get(k), kinds[k]) for k in kinds):
        return None, "The file is no hand-in of this book."
    return found, ""


def mark_exercise(found, number, seconds):
    """What the table says of one exercise of a hand-in: correct, or a sentence."""
    entry = found["exercises"].get(number)
    if entry is None:
        return "Not answered."
    if found["questions"].get(number) != read_questions()[number].fingerprint():
        if found["edition"] == edition():
            return "The question was altered."
        return f"The question is of edition {found['edition'][:40]!r}, and has changed since then."
    if not isinstance(entry, dict) or not ("value" in entry or isinstance(entry.get("code"), str)):
        return "The answer was altered: it is neither a value nor code."
    hint = mark_answer(number, entry, seconds)
    return "correct" if hint is None else str(hint)[:500]


def mark_handin(found, problem, numbers, seconds):
    """{column: what the table says} of a hand-in."""
    if found and not found["questions"].keys() & set(numbers):
        others = ", ".join(found["questions"])[:60] or "nothing"
        found, problem = None, f"The hand-in is of another homework: {others}."
    row = {number: mark_exercise(found, number, seconds) if found else "" for number in numbers}
    return row | {"correct": list(row.values()).count("correct"), "problem": problem}


def mark_class(folder, wanted=(), output=None, seconds=SECONDS):
    """Mark the hand-ins in a folder; writes a table, a row a student, and yields a line for each.

    wanted: the chapters and exercises that were set; without, what most hand-ins were made for.
    ValueError where there is nothing to mark, FileExistsError where the table is there already.
    """
    read = {path: read_handin(path) for path in sorted(Path(folder).rglob("*.json"))}
    sets = [tuple(found["questions"]) for found, _ in read.values() if found]
    made_for = Counter(chosen for chosen in sets if read_questions().keys() >= set(chosen))
    numbers = choose(wanted or max(made_for, key=made_for.get, default=()))
    if not numbers:
        raise ValueError(
            f"{folder} holds no hand-in: collect files such as NAME/handin.json there."
        )
    with open(output or Path(folder, "marks.csv"), "x", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, ["student", *numbers, "correct", "problem"])
        table.writeheader()
        start_server(numbers)
        for path, (found, problem) in read.items():
            name = path.relative_to(folder).as_posix().removesuffix(".json").removesuffix("/handin")
            row = {"student": name} | mark_handin(found, problem, numbers, seconds)
            table.writerow({column: as_text(said) for column, said in row.items()})
            file.flush()
            yield f"{name}: {problem or row['problem'] or row['correct']}"


def start_server(numbers):
    """Start the process that the others are copies of, with both frameworks loaded."""
    chapters = {f"exercises.chapter_{int(n.partition('.')[0]):02d}" for n in numbers}
    if METHOD == "forkserver":
        CONTEXT.set_forkserver_preload([*chapters, "exercises.marking", *IMPORTS])
        with hushed("keras"):
            forkserver.ensure_running()


def as_text(said):
    """What stands in the table, on one line; a spreadsheet would take =1+1 for a formula."""
    said = re.sub(r"[\x00-\x1f]", " ", str(said))
    return f"'{said}" if said.startswith(("=", "+", "-", "@")) else said
