"""Who imports whom in the whole tree, and what each file says it is."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Lines of Python that a folder, and the whole, shall have at most; and where there are more today,
# how far they may go until they are fewer.
BUDGETS = {"rnnlib": 15_000, "exercises": 13_000, "checkup": 2_400, "the whole": 70_000}
REACHED = {"rnnlib": 16_000, "exercises": 13_310, "the whole": 84_620}
FOLDERS = ("rnnlib", "checkup", "exercises", "website", "benchmarks", "examples", "tools", "tests")


def module_of(path):
    """The name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def paths():
    """{module: its file}, of every Python file of the tree."""
    return {module_of(p): p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))}


@cache
def sources():
    """{module: its source}."""
    return {module: path.read_text(encoding="utf-8") for module, path in paths().items()}


def lines_of(folder):
    """How many lines of Python a folder holds, or the whole."""
    inside = (m for m in paths() if folder in (m.partition(".")[0], "the whole"))
    return sum(sources()[module].count("\n") for module in inside)


def imported(source):
    """The full name of everything that a source imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_in(name, modules):
    """The module that an imported name is, or is in; None for what is not of this tree."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def draw_graph(modules):
    """{module: the modules that it imports} of {module: source}; a name counts for its module."""
    return {
        module: {module_in(name, modules) for name in imported(source)} - {None}
        for module, source in modules.items()
    }


def reached(start, graph):
    """Every module that `start` comes by when it is imported, itself and its packages included."""
    found, waiting = set(), [start]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        package = module.rpartition(".")[0]
        waiting += [*graph.get(module, ()), *([package] if package in graph else [])]
    return found
