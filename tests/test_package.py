"""The package as a whole: light to import, small to read, described throughout."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import rnnlib
from tests.helpers import assert_none, assert_sentence

FOLDER = Path(rnnlib.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax"}
LIGHT = [
    module.name
    for module in pkgutil.walk_packages(rnnlib.__path__, "rnnlib.")
    if not module.name.rpartition(".")[2].startswith(("keras_", "torch_", "__main__"))
]
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def run(code):
    """What this code prints in a fresh interpreter."""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_importing_rnnlib_loads_nothing_else():
    code = "import sys; old = set(sys.modules); import rnnlib; print(*(set(sys.modules) - old))"
    assert run(code).split() == ["rnnlib"]


def test_no_module_but_the_two_models_loads_a_framework():
    names = [
        "text",
        "models.engines",
        "models.char_rnn.numpy_model",
        "probing.state_jacobians",
        "cli.main",
    ]
    assert {f"rnnlib.{name}" for name in names} <= set(LIGHT)
    code = f"""
import importlib, sys
for name in {["rnnlib", *LIGHT]}:
    importlib.import_module(name)
    print(name, *({FRAMEWORKS} & set(sys.modules)))
"""
    assert run(code).splitlines() == ["rnnlib", *LIGHT]


def functions(path):
    """Every function and class of a file, with the class each method belongs to."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node


def is_public(node):
    return not node.name.startswith("_")


@every_file
def test_a_module_opens_with_a_sentence_that_says_what_it_is(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    first, _, _ = docstring.partition("\n\n")
    assert_sentence(first.replace("\n", " "))


@pytest.mark.parametrize(
    "path", [path for path in FILES if "exercises" not in path.parts], ids=lambda path: path.stem
)
def test_every_public_class_and_function_says_what_it_does(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and is_public(node):
            assert (ast.get_docstring(node) or "").rstrip().endswith((".", ")")), node.name


def untyped(path):
    """The public functions and methods of a file of which a parameter or the result has no type."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and is_public(node)]
    for node in [*tree.body, *(method for found in classes for method in found.body)]:
        if isinstance(node, ast.FunctionDef) and (is_public(node) or node.name == "__init__"):
            args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            args = [arg for arg in args if arg.arg not in ("self", "cls")]
            if not all(arg.annotation for arg in args) or not (
                node.returns or node.name == "__init__"
            ):
                yield f"{path.relative_to(FOLDER)}: {node.name}"


def test_every_public_function_is_typed():
    """Not yet in the folders cli and training."""
    files = [path for path in FILES if not {"cli", "training", "__main__.py"} & {*path.parts}]
    faults = [fault for path in files for fault in untyped(path)]
    assert_none(faults, "Give every parameter and the result a type; mypy then reads the body.")


@every_file
def test_every_message_in_the_code_ends_with_a_full_stop(path):
    """Also those that no test provokes: the text of each `raise Error("...")`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            text = node.exc.args[0]
            last = text.values[-1] if isinstance(text, ast.JoinedStr) else text
            if isinstance(last, ast.Constant):
                assert last.value.rstrip().endswith("."), ast.unparse(node)
