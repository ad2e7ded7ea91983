"""What a change reaches: the files that a test reads, and a mark that moves with each of them."""

from types import SimpleNamespace

import pytest

from tools import changed


def test_a_test_reads_itself_what_it_imports_and_the_folders_that_it_names():
    found = changed.inputs("tests/test_ngrams.py")
    assert {"tests/test_ngrams.py", "rnnlib/evaluation/ngrams.py", "rnnlib/checks.py"} <= found
    assert not any(name.startswith("chapters/") for name in found)
    assert any(name.startswith("chapters/") for name in changed.inputs("tests/test_claims.py"))


def test_a_notebook_reads_the_modules_of_its_cells():
    found = changed.inputs("chapters/04_hidden_state.ipynb")
    assert {"rnnlib/models/char_rnn/numpy_cells.py", "exercises/chapter_04.py"} <= found


def test_the_mark_moves_with_what_is_read_and_with_nothing_else(monkeypatch):
    before, digest = changed.mark_of("tests/test_ngrams.py"), changed.digest

    def altered(other):
        monkeypatch.setattr(changed, "digest", lambda n: "other" if n == other else digest(n))
        return changed.mark_of("tests/test_ngrams.py")

    assert altered("rnnlib/checks.py") != before
    assert altered("rnnlib/probing/probes.py") == before


@pytest.mark.parametrize(
    ("args", "options", "parts"),
    [
        (["tests"], {}, False),
        (["tests/test_ngrams.py"], {"markexpr": "not slow"}, False),
        (["tests/test_ngrams.py::test_counts"], {}, True),
        (["tests"], {"fast": True}, True),
        (["tests"], {"keyword": "keras"}, True),
        (["tests"], {"maxfail": 1}, True),
    ],
)
def test_a_run_of_parts_of_a_file_says_nothing_of_the_file(
    args, options, parts, tmp_path, monkeypatch
):
    """A broken model passed `--fast`, which leaves Keras out, and was then left out itself."""
    monkeypatch.setattr(changed, "NOTED", tmp_path / "noted.json")
    config = SimpleNamespace(
        args=args, getoption=lambda name, default=None: options.get(name, default)
    )
    plugin = changed.Plugin(config)
    plugin.passed.add("tests/test_ngrams.py")
    plugin.pytest_sessionfinish(0)
    assert (tmp_path / "noted.json").exists() is not parts
