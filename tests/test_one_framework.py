"""A notebook where one framework is installed: what needs the other is skipped, and says so."""

import json
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tools import one_framework

SKIPPED = one_framework.LINE.format("Keras") + "\n"


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a cell without Keras: whether it succeeds, its value, what it prints."""
    for name in ("keras", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails, as when it is not there
    monkeypatch.setattr(one_framework, "find_spec", lambda name: name == "torch")
    folder = Path(one_framework.__file__).parent
    config = json.loads((folder / "ipython_config.json").read_text(encoding="utf-8"))
    shell = InteractiveShell()
    for name in config["InteractiveShellApp"]["extensions"]:
        shell.extension_manager.load_extension(name)

    def run(code):
        result = shell.run_cell(code)
        return result.success, result.result, capsys.readouterr().out

    return run


def test_a_cell_that_needs_what_is_absent_is_skipped_and_the_others_run(run):
    setup = "import keras\nimport tensorflow as tf\nfrom keras import layers, ops\nimport math\n2"
    assert run(setup)[:2] == (True, 2)
    assert run("net = keras.Sequential()\ndef lose(): return net") == (True, None, SKIPPED)
    assert run("a, b = tf.ones(2), 1") == (True, None, SKIPPED)
    assert run("text = 'ROMEO:'\ntext += net.write()") == (True, None, SKIPPED)
    assert run("math.floor(2.5)")[:2] == (True, 2)
    for needs_it in ("lose()", "net", "a + 1", "text", "layers", "ops.ones(3)"):
        assert run(needs_it) == (True, None, SKIPPED), needs_it
    assert run("net = 5\nnet")[:2] == (True, 5)


def test_of_an_import_only_what_needs_the_framework_is_lost(run, tmp_path, monkeypatch):
    files = {"__init__": "", "plain": "two = 2", "layers": "import keras"}
    files["late"] = "def build():\n    import keras"
    (tmp_path / "parts").mkdir()
    for name, code in files.items():
        (tmp_path / "parts" / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert run("from parts import plain, layers, late")[0]
    assert run("plain.two")[:2] == (True, 2)
    assert run("layers.Dense") == (True, None, SKIPPED)
    assert run("late.build()") == (True, None, SKIPPED)


def test_a_mistake_of_the_readers_own_is_shown_as_ever(run):
    for code, kind in (("nett", "NameError"), ("import kera", "ModuleNotFoundError")):
        success, _, printed = run(code)
        assert not success
        assert kind in printed
        assert "Skipped" not in printed


def test_where_both_are_installed_nothing_is_changed():
    shell = InteractiveShell()
    before = list(shell.ast_transformers)
    one_framework.load_ipython_extension(shell)
    assert shell.ast_transformers == before
    assert shell.custom_exceptions == ()
