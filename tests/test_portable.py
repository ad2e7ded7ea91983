"""Notebooks under the arithmetic of other processors, and the word on digits that move."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import portable

ROOT = Path(__file__).parent.parent


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of these (code, printed) cells; its path."""

    def write(*cells):
        made = nbformat.v4.new_notebook()
        for code, printed in cells:
            output = nbformat.v4.new_output("stream", name="stdout", text=printed)
            outputs = [output] if printed else []
            made.cells.append(nbformat.v4.new_code_cell(code, outputs=outputs, execution_count=1))
        path = tmp_path / "page.ipynb"
        nbformat.write(made, path)
        return path

    return write


@pytest.mark.parametrize(
    ("before", "after", "pairs", "last"),
    [
        ("a 0.793 [0.152, 0.199]", "a 0.794 [0.152, 0.198]", 2, True),
        ("1.23e-05", "1.24e-05", 1, True),
        ("1,000.5 steps", "1,000.6 steps", 1, True),
        ("12 of 15", "13 of 15", 1, False),
        ("0.793", "0.913", 1, False),
        ("-0.001", "0.001", 1, True),
        ("-0.01", "0.02", 1, False),
        ("the same 0.5", "the same 0.5", 0, False),
    ],
)
def test_numbers_that_moved_are_found_and_judged(before, after, pairs, last):
    found = portable.numbers_moved(before, after)
    assert len(found) == pairs
    assert portable.in_last_digits(found) is last


def test_other_words_are_no_moved_numbers():
    assert portable.numbers_moved("0.5 nats", "0.5 bits") is None


def test_the_set_of_kernels_holds_each_of_them():
    cores, aten, onednn, threads = map(set, zip(*portable.KERNELS.values(), strict=True))
    assert cores == {"Haswell", "SkylakeX", "Zen", "Sandybridge"}
    assert aten == {"default", "avx2", "avx512"}
    assert onednn == {"SSE41", "AVX2", "AVX512_CORE"}
    assert threads == {1, 2}


def test_what_a_kernel_prints_otherwise_is_named(notebook):
    path = notebook(
        ("import os", ""),
        ("print(0.5)", "0.5\n"),
        ("print(len(os.environ['OPENBLAS_CORETYPE']) / 7)", "1.0\n"),  # that of Haswell
    )
    environment = {name: value for name, value in os.environ.items() if name != "NB"}
    said = subprocess.run(
        [sys.executable, "-m", "tools.portable", "--only", "old laptop", str(path)],
        capture_output=True, text=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert said.returncode == 1
    assert "code cell 2: 1.0 is 1.571" in said.stdout
    assert "1 cells print something else" in said.stdout


def test_a_nudge_moves_what_is_drawn_and_nothing_else(notebook):
    path = notebook(
        ("import numpy as np\nrng = np.random.default_rng(0)", ""),
        ("print(f'{rng.normal():.3f}', rng.integers(5))", "0.126 2\n"),
        ("print(f'{rng.normal(size=2)[0]:.9f}')", "0.640422650\n"),
    )
    said = subprocess.run(
        [sys.executable, "-m", "tools.portable", "--nudge", str(path)],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert "code cell 1" not in said.stdout, said.stdout
    assert "code cell 2" in said.stdout, said.stdout


def test_make_test_says_that_last_digits_are_likely_the_processor(notebook):
    path = notebook(("print(0.793)", "0.794\n"), ("print('fox')", "dog\n"))
    command = [sys.executable, "-m", "pytest", "-p", "tests.last_digits", "--nbval"]
    command += ["--nbval-current-env", "-p", "no:cacheprovider", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert "2 failed" in said.stdout
    assert "The outputs of 1 cell differ in last digits only." in said.stdout
    assert "tools.portable" in said.stdout
