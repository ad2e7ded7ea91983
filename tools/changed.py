"""What a change reaches: test files and notebooks whose inputs are as when they last passed.

A plugin for pytest (`-p tools.changed`). A file that passed is noted with a hash of all that it
reads: itself, the modules that it imports, theirs, and the folders that any of them names in a
string, such as "chapters" or "weights". With `--changed` a file whose hash is as noted is left out,
and the end says how many were; without it every file runs, and is noted. The notes are a cache, in
`_build`: what they cannot see (another machine, a library, the clock) the whole run sees.
"""

import ast
import hashlib
import json
import re
import subprocess
from functools import cache
from pathlib import Path

from tools.import_graph import ROOT, draw_graph, imported, module_in, module_of, reached, sources

NOTED = ROOT / "_build" / "passed.json"
ALWAYS = (
    "pyproject.toml",
    "requirements.txt",
    "Makefile",
    "tests/conftest.py",
    "tests/figures.cfg",
)


@cache
def graph():
    """The import graph of the tree."""
    return draw_graph(sources())


@cache
def tracked():
    """Every file that belongs to the tree: those that git knows, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in sorted(set(found.stdout.splitlines())) if (ROOT / name).is_file()]


@cache
def digest(name):
    """The hash of one file."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


@cache
def places():
    """What a string can name: {a word: the files that it stands for}, folders and single files."""
    found = {}
    for name in tracked():
        path = Path(name)
        for word in {name, path.name, path.stem, *path.parts[:-1], *map(str, path.parents)}:
            found.setdefault(word, []).append(name)
    found.pop(".", None)
    return found


@cache
def named(module):
    """The files and modules that the strings of a module name."""
    return in_strings(sources()[module])


def in_strings(source):
    """The files that a source names in its strings, and the modules; prose is passed over."""
    files, modules = set(), set()
    for node in ast.walk(ast.parse(source)):
        word = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(word, str) or re.search(r"\s", word):
            continue
        word = word.partition("*")[0].strip("/")
        begun = {module for module in graph() if "." in word and module.startswith(word)}
        if begun or word in graph():  # an f-string may hold the beginning of a name alone
            modules |= begun or {word}
        elif "/" in word or "." in word or word in FOLDERS:
            files.update(places().get(word, ()))
    return files, modules


# words that stand for a folder when they stand alone
FOLDERS = ("chapters", "detours", "weights", "results", "website", "static", "claims", "diagrams")


def code_of(name):
    """The Python of a test file, or of a notebook's cells."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if not name.endswith(".ipynb"):
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = ["".join(cell["source"]).splitlines() for cell in cells]
    return "\n".join(re.sub(r"^\s*[%!?].*", "pass", line) for found in lines for line in found)


def inputs(name):
    """Every file that a test file or a notebook reads, as far as its words tell."""
    source = code_of(name)
    modules = {module_in(found, graph()) for found in imported(source)} - {None}
    files, more = in_strings(source)
    files |= {name, *ALWAYS}
    if name.startswith("tests/site/"):
        return set(tracked())  # they look at the whole site
    waiting, seen = list(modules | more), set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen |= {module}
        found, others = named(module)
        files |= found
        waiting += [*reached(module, graph()) - seen, *others - seen]
    by_module = {module_of(ROOT / found): found for found in tracked() if found.endswith(".py")}
    return files | {by_module[module] for module in seen if module in by_module}


def mark_of(name):
    """One hash for all that a file reads."""
    total = hashlib.sha256()
    for found in sorted(inputs(name)):
        total.update(f"{found}\0{digest(found) if (ROOT / found).exists() else ''}\n".encode())
    return total.hexdigest()


def noted():
    """{file: the hash with which it passed last}."""
    return json.loads(NOTED.read_text(encoding="utf-8")) if NOTED.exists() else {}


def chosen(config):
    """Whether a run leaves out tests of a file that it runs: such a file may pass and be broken."""
    options = ("keyword", "deselect", "fast", "lf", "maxfail")
    return any(config.getoption(name, None) for name in options) or any(
        "::" in argument for argument in config.args
    )


class Plugin:
    """In the first process: which files are left out, and which have passed."""

    def __init__(self, config):
        self.config, self.known = config, noted()
        self.passed, self.failed = set(), set()

    def pytest_ignore_collect(self, collection_path):
        """A file that would say what it said is not even read."""
        if not self.config.getoption("--changed") or collection_path.suffix not in (
            ".py",
            ".ipynb",
        ):
            return None
        name = collection_path.relative_to(ROOT).as_posix()
        if name in self.known and self.known[name] == mark_of(name):
            return True
        return None

    def pytest_runtest_logreport(self, report):
        """A file has passed when something in it has, and nothing failed."""
        name = report.nodeid.partition("::")[0]
        (self.failed if report.failed else self.passed if report.passed else set()).add(name)

    def pytest_sessionfinish(self, exitstatus):
        """Note what passed; a run that was cut off, or chose tests, notes nothing."""
        if exitstatus not in (0, 1) or chosen(self.config) or hasattr(self.config, "workerinput"):
            return
        now = self.known | {name: mark_of(name) for name in self.passed - self.failed}
        for name in self.failed:
            now.pop(name, None)
        NOTED.parent.mkdir(exist_ok=True)
        NOTED.write_text(json.dumps(now, indent=1), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter):
        """Say what was left out; workers do the collecting, so that it is worked out here."""
        if not self.config.getoption("--changed"):
            return
        there = (name for name in sorted(self.known) if (ROOT / name).exists())
        names = [Path(name).stem for name in there if self.known[name] == mark_of(name)]
        terminalreporter.section("what was left out")
        terminalreporter.write_line(
            f"{len(names)} files, whose inputs are as when they last passed: {', '.join(names)}"
        )


def pytest_addoption(parser):
    parser.addoption("--changed", action="store_true", help="only what a change reaches")


def pytest_configure(config):
    config.pluginmanager.register(Plugin(config), "what a change reaches")
