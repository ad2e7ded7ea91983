"""The program for a reader's own texts: it learns in both frameworks, and says what is wrong."""

import importlib.util
import io

import numpy as np
import pytest

from tests.notebooks import ROOT

PATH = ROOT / "examples" / "name_a_class.py"


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("name_a_class", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def table(tmp_path):
    """Words of two classes that their endings tell apart."""
    rng = np.random.default_rng(0)
    stems = {"".join(rng.choice(list("klmnopst"), size=4)) for _ in range(120)}
    lines = [
        f"{stem}{'sen' if i % 2 else 'ova'},{'da' if i % 2 else 'cs'}"
        for i, stem in enumerate(sorted(stems))
    ]
    (tmp_path / "my.csv").write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    return tmp_path / "my.csv"


@pytest.mark.parametrize("engine", ["torch", "keras"])
def test_it_learns_beside_its_floor_and_names_what_is_typed(
    program, table, engine, monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", io.StringIO("klopsen\nmolkova\nZ\n\n"))
    program.main([str(table), "--engine", engine])
    floor, network, *said = capsys.readouterr().out.splitlines()
    assert floor.startswith("naive Bayes  right 1.000")
    assert network.startswith("the network  right 1.000")
    rows = len(table.read_text(encoding="utf-8").splitlines()) - 1
    kept = int(floor.split()[-3])
    assert network.endswith(f" on {kept} texts kept")
    assert kept == pytest.approx(0.3 * rows, abs=2)
    assert said[0].startswith("da (")
    assert said[1].startswith("cs (")
    assert said[2] == "the texts that it learnt from hold no 'Z'; try another."


def test_it_reads_the_texts_as_often_as_it_is_asked(program, table, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    seen, fit = [], program.fit_sequences
    monkeypatch.setattr(program, "fit_sequences", lambda *a: seen.append(a[4]) or fit(*a))
    program.main([str(table), "--engine", "numpy", "--epochs", "1"])
    assert seen == [1]


@pytest.mark.parametrize(
    ("content", "piece"),
    [
        (b"", "has no column 'text' in its first line; it has: none"),
        (b"name,label\na,b\n", "has no column 'text' in its first line; it has: name, label"),
        (b"text,text,label\na,b,x\n", "has two columns 'text' in its first line"),
        (b"text,label\n" + b"a" * 140_000 + b",x\n", "is no CSV"),
        (b"text,label\n", "holds 0 classes; at least 2 are needed"),
        (b"text,label\na,x\nb,x\n", "holds 1 classes; at least 2 are needed"),
        (b"text,label\na,x\n,y\n", "line 3 of"),
        (b"text,label\na,x\nb\n", "line 3 of"),
        (b"text,label\na,x\nb,y\n", "the class 'x' has 1 texts; at least 4 are needed"),
        (b"text,label\n\xff,x\n", "is not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_a_sentence(program, tmp_path, content, piece):
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(SystemExit) as caught:
        program.main([str(tmp_path / "bad.csv")])
    assert str(caught.value).startswith("name_a_class: ")
    assert piece in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_missing_file_is_refused(program, tmp_path):
    with pytest.raises(SystemExit, match="cannot be read"):
        program.main([str(tmp_path / "no.csv")])


@pytest.mark.parametrize("stream", [None, io.StringIO(""), io.StringIO("   \n")])
def test_where_nobody_types_it_ends_quietly(program, monkeypatch, stream):
    monkeypatch.setattr("sys.stdin", stream)
    assert program.typed() == ""
