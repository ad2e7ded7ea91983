"""Mutation testing: break the library in small ways, one at a time, and see the tests fail.

python -m tools.mutants                         the numerical core, 25 mutants a module
python -m tools.mutants writing/sampling writing/beam --draw 100 --seed 1

Cosmic Ray lists a module's mutants: `+` for `-`, `<` for `<=`, 1 for 0, a loop that never runs. Of
these some are drawn at random, another place in the code each time, and each is tried in a copy of
the repository against the tests of that module, those that import it. A mutant that no test notices
is printed: a gap to close, or a change that changes nothing a reader relies on. `make mutants`
installs Cosmic Ray first, which nothing else needs.
"""

import argparse
import difflib
import os
import shutil
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from tools.import_graph import ROOT, draw_graph, sources

CORE = """
    checks functional text/vocab text/windows tasks/synthetic tasks/grammars
    models/parts models/optimizers models/dropout models/update
    models/weights_file
    models/char_rnn/numpy_cells models/char_rnn/numpy_bptt models/char_rnn/numpy_model
    models/char_rnn/keras_model
    models/char_rnn/torch_model models/char_rnn/fast/torch_steps models/char_rnn/fast/keras_steps
    models/char_rnn/fast/torch_model models/char_rnn/fast/keras_model
    writing/sampling writing/beam evaluation/scores evaluation/overlap evaluation/ngrams
    training/loop training/validation training/epochs training/stream training/recipe
    training/checkpoint
    probing/state_jacobians probing/gate_activations
"""
LIMIT = 10  # times the tests' usual seconds; a mutant may loop for ever


def tests_of(module):
    """The test files of a module: the one of its name, or else all that import it."""
    own = ROOT / "tests" / f"test_{Path(module).name}.py"
    if own.exists():
        return [f"tests/{own.name}"]
    name, graph = f"rnnlib.{module.replace('/', '.')}", draw_graph(sources())
    found = [test for test in graph if test.startswith("tests.test_") and name in graph[test]]
    if not found:
        raise ValueError(f"no file of tests imports {name}. Name a module that one does.")
    return [f"{test.replace('.', '/')}.py" for test in found]


def list_mutants(path):
    """Every mutant of a file: (line, column), operator, and the mutated source."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    source = path.read_text(encoding="utf-8")
    for name in operator_names():
        if get_operator(name).arguments():
            continue  # those that want names of variables
        operator = get_operator(name)()
        nodes = ast_nodes(get_ast(source))
        places = [place for node in nodes for place, _ in operator.mutation_positions(node)]
        for occurrence, place in enumerate(places):
            yield place, name, lambda op=operator, n=occurrence: mutate_code(source, op, n)


def draw_mutants(path, count, seed):
    """`count` mutants at random, all at different places while there are places left."""
    rng = np.random.default_rng(seed)
    mutants = sorted(list_mutants(path), key=lambda mutant: mutant[:2])
    order = rng.permutation(len(mutants))
    seen, rank = {}, []
    for i in order:
        place = mutants[i][0]
        seen[place] = seen.get(place, 0) + 1
        rank.append(seen[place])
    chosen = order[np.argsort(rank, kind="stable")][:count]
    return [mutants[i] for i in chosen]


def passes(folder, files, limit):
    """Whether these tests pass in this copy; a run over `limit` seconds does not."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        with open(folder / "tests-output", "w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        sys.path.insert(0, str(folder))
        for name in [n for n in sys.modules if n.partition(".")[0] == "tests"]:
            del sys.modules[name]  # the copy's, not these
        import pytest

        os._exit(pytest.main([*files, "-x", "-q", "-p", "no:cacheprovider"]))
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


@cache
def usual_seconds(folder, *files):
    """How long these tests take when nothing is broken; modules may share them."""
    began = time.monotonic()
    if not passes(folder, files, 3600):
        raise SystemExit(f"{', '.join(files)} fail before anything is broken.")
    return time.monotonic() - began


def try_module(folder, module, count, seed):
    """Draw and try the mutants of one module; (drawn, killed), the survivors printed."""
    path, files = folder / "rnnlib" / f"{module}.py", tests_of(module)
    original, limit = path.read_text(encoding="utf-8"), LIMIT * usual_seconds(folder, *files)
    mutants, killed = draw_mutants(path, count, seed), 0
    for (line, _), operator, make in mutants:
        source = make()
        path.write_text(source, encoding="utf-8")
        try:
            survived = passes(folder, files, limit)
        finally:
            path.write_text(original, encoding="utf-8")
        killed += not survived
        if survived:
            print(f"survived: rnnlib/{module}.py:{line}, {operator}", flush=True)
            before, after = original.splitlines(), source.splitlines()
            diff = list(difflib.unified_diff(before, after, n=0, lineterm=""))[3:]
            print(*(f"    {row}" for row in diff), sep="\n", flush=True)
    print(f"{module}: {len(mutants)} mutants, {killed} killed", flush=True)
    return len(mutants), killed


def main():
    parser = argparse.ArgumentParser(description="Break the library and see its tests fail.")
    parser.add_argument(
        "modules", nargs="*", default=CORE.split(), help="by default the numerical core"
    )
    parser.add_argument("--draw", type=int, default=25, help="mutants for each module")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.dont_write_bytecode = True  # a mutant may have the size and the second of the one before
    import keras  # noqa: F401  here, once, instead of in each of hundreds of runs
    import tensorflow  # noqa: F401
    import torch  # noqa: F401

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "copy"
        ignored = shutil.ignore_patterns("_build", ".venv", ".git", "__pycache__", ".hypothesis")
        shutil.copytree(ROOT, folder, ignore=ignored)
        os.environ |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        counts = [try_module(folder, name, options.draw, options.seed) for name in options.modules]
    drawn, killed = np.sum(counts, axis=0)
    print(f"in all: {drawn} mutants, {killed} killed, {drawn - killed} survived")


if __name__ == "__main__":
    main()
