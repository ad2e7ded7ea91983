"""The house: every import in rnnlib goes down, none in a circle, a framework only in its engine."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.notebooks import ROOT

FLOORS = (  # from the ground up; a room imports from floors below its own, and from itself
    {"checks", "functional", "files"},
    {"text", "series", "sound"},
    {"corpus", "tasks", "writing"},
    {"models", "evaluation", "plots"},
    {"training", "probing", "exercises"},
    {"cli"},
    {"__main__"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ENGINES = ("rnnlib.models.", "checkup.")  # rooms where a framework has files
FRAMEWORKS = {"keras": {"keras", "tensorflow"}, "torch": {"torch"}}
FILES = sorted(path for path in (ROOT / "rnnlib").rglob("*.py"))


def module_of(path):
    """The name by which a file of the library is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path.read_text(encoding="utf-8") for path in FILES}


def imported(source):
    """The full name of everything that a source imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def draw_graph(modules):
    """{module: the modules of rnnlib that it imports}; a name counts for the module it is in."""
    graph = {}
    for module, source in modules.items():
        names = [name for name in imported(source) if name.partition(".")[0] == "rnnlib"]
        found = {name if name in modules else name.rpartition(".")[0] for name in names}
        graph[module] = found & modules.keys()
    return graph


def room_of(module):
    """The folder, or the file on the ground floor, that a module belongs to."""
    return module.split(".")[1] if "." in module else None


def arrows_up(graph):
    """The arrows between rooms that do not go down: (from, to)."""
    for module, found in graph.items():
        for other in found:
            here, there = room_of(module), room_of(other)
            if here != there and (here is None or there is None or FLOOR[there] >= FLOOR[here]):
                yield module, other


def strange_frameworks(modules):
    """The modules that import a framework and are not of its engine: (module, framework).

    The solutions of exercises are programs of a reader's own, and may.
    """
    for module, source in modules.items():
        if room_of(module) == "exercises":
            continue
        last = module.rpartition(".")[2]
        at_home = module.startswith(ENGINES) and FRAMEWORKS.get(last.partition("_")[0])
        tops = {name.partition(".")[0] for name in imported(source)}
        for framework in tops & set.union(*FRAMEWORKS.values()) - (at_home or set()):
            yield module, framework


def planted(module, line):
    """The library's sources with one more line in a module."""
    assert module in MODULES
    return MODULES | {module: f"{MODULES[module]}\n{line}\n"}


def test_every_room_has_its_floor():
    assert {room_of(module) for module in MODULES} - {None} == set(FLOOR)


def test_no_arrow_goes_up():
    assert list(arrows_up(draw_graph(MODULES))) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("rnnlib.checks", "from rnnlib.text.vocab import Vocab"),
        ("rnnlib.evaluation.scores", "from rnnlib.models import build"),
        ("rnnlib.models.config", "def late():\n    from rnnlib.training.run import Run"),
        ("rnnlib.training.recipe", "import rnnlib.cli.options"),
    ],
)
def test_a_planted_arrow_up_is_seen(module, line):
    assert next(arrows_up(draw_graph(planted(module, line))))[0] == module


def test_nothing_is_imported_in_a_circle():
    TopologicalSorter(draw_graph(MODULES)).prepare()


def test_a_planted_circle_is_seen():
    graph = draw_graph(planted("rnnlib.training.run", "from rnnlib.training import stream"))
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_a_framework_is_imported_by_its_engine_alone():
    assert list(strange_frameworks(MODULES)) == []


@pytest.mark.parametrize(
    ("module", "line", "framework"),
    [
        ("rnnlib.models.layout", "import torch", "torch"),
        ("rnnlib.models.char_rnn.numpy_model", "def f():\n    import keras.layers", "keras"),
        ("rnnlib.models.char_rnn.torch_model", "from tensorflow import Tensor", "tensorflow"),
        ("rnnlib.plots.hidden_states", "from torch import nn", "torch"),
        ("checkup.flow", "import torch", "torch"),
        ("checkup.torch_model", "import keras", "keras"),
    ],
)
def test_a_strange_framework_is_seen(module, line, framework):
    assert list(strange_frameworks(planted(module, line))) == [(module, framework)]


def test_only_engines_names_the_three_models_and_not_before_it_is_asked():
    models = {f"rnnlib.models.char_rnn.{engine}_model" for engine in ("numpy", "keras", "torch")}
    assert models <= MODULES.keys()
    for module, found in draw_graph(MODULES).items():
        kin = module.replace(".fast.", ".").replace(
            "_parallel", "_model"
        )  # the same, otherwise run
        if room_of(module) != "exercises":
            assert found & models <= {kin}, module
