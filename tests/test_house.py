"""The house: every import goes down, none in a circle, a framework only in its engine; budgets."""

from graphlib import CycleError, TopologicalSorter

import pytest

from tests.helpers import assert_none
from tools.import_graph import BUDGETS, REACHED, draw_graph, imported, lines_of, sources

FLOORS = (  # of rnnlib, from the ground up; a room imports from floors below its own, and itself
    {"interface"},
    {"checks", "functional", "files"},
    {"text"},
    {"data", "tasks", "writing"},
    {"models", "evaluation", "plots"},
    {"training", "probing"},
    {"cli"},
    {"__main__"},
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
PRODUCTS = {  # which of the others each may import
    "rnnlib": set(),
    "checkup": {"rnnlib"},
    "exercises": {"rnnlib", "checkup"},
    "website": {"rnnlib", "checkup", "exercises", "tools"},
    "benchmarks": {"rnnlib", "tools"},
    "tools": {"rnnlib", "website"},
}
THE_VERB = ("rnnlib.cli.checkup", "checkup")  # the command line's, which is there if the other is
ENGINES = ("rnnlib.models.", "checkup.")  # rooms where a framework has files
FRAMEWORKS = {"keras": {"keras", "tensorflow"}, "torch": {"torch"}}
TREE = sources()
MODULES = {m: s for m, s in TREE.items() if m.partition(".")[0] in ("rnnlib", "checkup")}


def room_of(module):
    """The folder, or the file on the ground floor, that a module of rnnlib belongs to."""
    return module.split(".")[1] if "." in module else None


def arrows_up(graph):
    """The arrows between rooms of rnnlib that do not go down: (from, to)."""
    for module, found in graph.items():
        for other in found:
            if not (module.startswith("rnnlib") and other.startswith("rnnlib")):
                continue
            here, there = room_of(module), room_of(other)
            if here != there and (here is None or there is None or FLOOR[there] >= FLOOR[here]):
                yield module, other


def arrows_across(graph):
    """The arrows between products that the table does not allow: (from, to)."""
    for module, found in graph.items():
        here = module.partition(".")[0]
        for other in found:
            there = other.partition(".")[0]
            allowed = here == there or here not in PRODUCTS or there in PRODUCTS[here]
            if not allowed and (module, there) != THE_VERB:
                yield module, other


def strange_frameworks(modules):
    """The modules that import a framework and are not of its engine: (module, framework)."""
    for module, source in modules.items():
        last = module.rpartition(".")[2]
        at_home = module.startswith(ENGINES) and FRAMEWORKS.get(last.partition("_")[0])
        tops = {name.partition(".")[0] for name in imported(source)}
        for framework in tops & set.union(*FRAMEWORKS.values()) - (at_home or set()):
            yield module, framework


def planted(module, line):
    """The tree's sources with one more line in a module."""
    assert module in TREE
    return TREE | {module: f"{TREE[module]}\n{line}\n"}


def test_every_room_has_its_floor():
    rooms = {room_of(module) for module in TREE if module.startswith("rnnlib")}
    assert_none(
        sorted(rooms - {None} ^ set(FLOOR)),
        "Put a new folder of rnnlib on its floor, and take one that is gone off it: FLOORS, at the "
        "top of tests/test_house.py.",
    )


def test_no_arrow_goes_up():
    faults = [f"{here} imports {there}" for here, there in arrows_up(draw_graph(TREE))]
    assert_none(
        faults,
        "A module imports only from floors below its own, FLOORS in tests/test_house.py: move what "
        "both need down, or hand it over as an argument.",
    )


def test_no_product_imports_what_stands_above_it():
    faults = [f"{here} imports {there}" for here, there in arrows_across(draw_graph(TREE))]
    assert_none(
        faults,
        "One product may not import the other, PRODUCTS in tests/test_house.py: the library stands "
        "by itself.",
    )


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


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("rnnlib.plots.curves", "def late():\n    from website.figures import vector"),
        ("rnnlib.probing.probes", "import checkup"),
        ("checkup.flow", "from exercises import check"),
    ],
)
def test_a_planted_arrow_across_is_seen(module, line):
    assert next(arrows_across(draw_graph(planted(module, line))))[0] == module


def test_nothing_is_imported_in_a_circle():
    graph = {m: found - {m} for m, found in draw_graph(MODULES).items()}
    TopologicalSorter(graph).prepare()


def test_a_planted_circle_is_seen():
    graph = draw_graph(planted("rnnlib.training.run", "from rnnlib.training import stream"))
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_a_framework_is_imported_by_its_engine_alone():
    faults = [f"{module} imports {name}" for module, name in strange_frameworks(MODULES)]
    assert_none(
        faults,
        "Only files whose names begin with keras_ or torch_ import that framework: move the code "
        "there, or ask for an object of the framework as an argument.",
    )


@pytest.mark.parametrize(
    ("module", "line", "framework"),
    [
        ("rnnlib.models.parts", "import torch", "torch"),
        ("rnnlib.models.char_rnn.numpy_model", "def f():\n    import keras.layers", "keras"),
        ("rnnlib.models.char_rnn.torch_model", "from tensorflow import Tensor", "tensorflow"),
        ("rnnlib.plots.curves", "from torch import nn", "torch"),
        ("checkup.flow", "import torch", "torch"),
        ("checkup.torch_model", "import keras", "keras"),
    ],
)
def test_a_strange_framework_is_seen(module, line, framework):
    source = planted(module, line)[module]
    assert list(strange_frameworks({module: source})) == [(module, framework)]


def test_only_engines_names_the_three_models_and_not_before_it_is_asked():
    models = {f"rnnlib.models.char_rnn.{engine}_model" for engine in ("numpy", "keras", "torch")}
    assert models <= MODULES.keys()
    for module, found in draw_graph(MODULES).items():
        kin = module.replace(".fast.", ".").replace(
            "_parallel", "_model"
        )  # the same, run otherwise
        assert found & models <= {kin}, module


def test_lines_keep_to_their_budgets():
    most = BUDGETS | REACHED
    faults = [
        f"{folder} has {lines_of(folder):,} lines, and {most[folder]:,} are the most"
        for folder in BUDGETS
        if lines_of(folder) > most[folder]
    ]
    assert_none(faults, "Take something away first: `python -m tools.map` says what there is.")
