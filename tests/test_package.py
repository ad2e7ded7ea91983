"""The package as a whole: light to import, small to read, described throughout."""

import ast
import pkgutil
import subprocess
import sys
from functools import cache

import rnnlib
from tests.helpers import assert_none
from tests.notebooks import ROOT

FILES = sorted(path for name in ("rnnlib", "checkup") for path in (ROOT / name).rglob("*.py"))
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax"}
LIGHT = [
    module.name
    for module in pkgutil.walk_packages(rnnlib.__path__, "rnnlib.")
    if not module.name.rpartition(".")[2].startswith(("keras_", "torch_", "__main__"))
]


def run(code):
    """What this code prints in a fresh interpreter."""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_importing_rnnlib_loads_nothing_else():
    code = "import sys; old = set(sys.modules); import rnnlib; print(*(set(sys.modules) - old))"
    assert run(code).split() == ["rnnlib"]


def test_no_module_but_the_two_models_loads_a_framework():
    assert {"rnnlib.text", "rnnlib.models.char_rnn.numpy_model"} <= set(LIGHT)
    code = f"""
import importlib, sys
seen = set()
for name in {["rnnlib", *LIGHT]}:
    importlib.import_module(name)
    loaded = {FRAMEWORKS} & set(sys.modules)
    print(name, *sorted(loaded - seen))
    seen |= loaded
"""
    faults = [line for line in run(code).splitlines() if " " in line]
    assert_none(
        faults,
        "These modules load the frameworks named behind them. Import a framework in the function "
        "that needs it, or name the module keras_... or torch_....",
    )


@cache
def parsed():
    """Every module: (its path as seen from the repository's root, its syntax tree)."""
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in FILES
    ]


def is_sentence(text):
    """Whether a docstring's first paragraph is a sentence, or one and a second of more detail."""
    first = " ".join(text.partition("\n\n")[0].split())
    return first.endswith(".") and len(first) < 450


def test_a_module_opens_with_a_sentence_that_says_what_it_is():
    faults = [
        f"{name}:1: {(ast.get_docstring(tree) or 'no docstring').partition(chr(10))[0]}"
        for name, tree in parsed()
        if not is_sentence(ast.get_docstring(tree) or "")
    ]
    assert_none(
        faults,
        "Open the module with a docstring of one plain sentence that says what it is, and end it "
        "with a full stop; `python -m tools.map` prints it.",
    )


def test_every_public_class_and_function_says_what_it_does():
    faults = []
    for name, tree in parsed():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                said = (ast.get_docstring(node) or "").rstrip()
                if not said.endswith((".", ")")):
                    fault = "no full stop at its docstring's end" if said else "no docstring"
                    faults.append(f"{name}:{node.lineno}: {node.name}: {fault}")
    assert_none(
        faults,
        "Give it a docstring there: what it does, shapes and units, errors, source, in sentences; "
        "or begin its name with _ if nobody else is to call it.",
    )


def message_of(node):
    """The message that a raise statement spells out, each value as {}; None if it spells none."""
    if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
        return None
    text = node.exc.args[0]
    pieces = text.values if isinstance(text, ast.JoinedStr) else [text]
    if not any(isinstance(piece, ast.Constant) for piece in pieces):
        return None
    return "".join(
        str(piece.value) if isinstance(piece, ast.Constant) else "{}" for piece in pieces
    )


def test_every_message_in_the_code_ends_with_a_full_stop():
    """Also those that no test provokes; after a colon another error may end the sentence."""
    faults = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if (message := message_of(node)) and not message.rstrip().endswith((".", ": {}"))
        if "ArgumentTypeError" not in ast.unparse(node)  # argparse ends its sentence
    ]
    assert_none(
        faults,
        "End it with a full stop: a sentence on what was wrong, what was expected, what to do.",
    )


def untyped(tree):
    """The public functions and methods of which a parameter or the result has no type."""
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
    for node in [*tree.body, *(method for found in classes for method in found.body)]:
        if not isinstance(node, ast.FunctionDef):
            continue
        if node.name.startswith("_") and node.name not in ("__init__", "__call__"):
            continue
        args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        args = [arg for arg in args if arg.arg not in ("self", "cls")]
        result = node.returns or node.name == "__init__"
        if not result or not all(arg.annotation for arg in args):
            yield node


def test_every_public_function_is_typed():
    faults = [
        f"{name}:{node.lineno}: {node.name}"
        for name, tree in parsed()
        if name.startswith("rnnlib/") and not name.endswith("__main__.py")
        for node in untyped(tree)
    ]
    assert_none(faults, "Give every parameter and the result a type; mypy then reads the body.")
