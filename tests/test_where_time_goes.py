"""The table of where the minutes of `make test` go: nothing is lost, nothing counted twice."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import where_time_goes

ROOT = Path(__file__).parent.parent
BURN = """
import subprocess, sys, time

def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""
IN_A_CHILD = 'subprocess.run([sys.executable, "-c", PROGRAM])'


@pytest.fixture
def folder(tmp_path):
    """Two test files: one spends 1 s itself, the other 2 s in a process that it starts."""
    program = "import time\nwhile time.process_time() < 2: pass"
    (tmp_path / "test_self.py").write_text(f"{BURN}\ndef test_self():\n    burn(1)\n")
    (tmp_path / "test_child.py").write_text(
        f"{BURN}\nPROGRAM = {program!r}\ndef test_child():\n    {IN_A_CHILD}\n"
    )
    return tmp_path


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadfile")])
def test_each_file_is_charged_what_it_and_its_programs_spend(folder, workers):
    table = folder / "table.json"
    program = (
        "import sys, pathlib, pytest; from tools import where_time_goes;"
        f"where_time_goes.STORED = pathlib.Path({str(table)!r});"
        f"sys.exit(pytest.main([{str(folder)!r}, '-p', 'tools.where_time_goes', *sys.argv[1:]]))"
    )
    command = [sys.executable, "-c", program, "-p", "no:cacheprovider", *workers]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert said.returncode == 0, said.stdout + said.stderr
    found = {Path(f).name: s for f, s in json.loads(table.read_text())["seconds"].items()}
    assert 0.9 < found["test_self.py"] < 1.9
    assert 1.9 < found["test_child.py"] < 2.9
    assert re.search(r"[\d.]+ processor minutes.*, the dearest files", said.stdout)


def test_the_sums_stand_beside_the_budget_if_all_was_run():
    seconds = {"tests/a.py": 60.0, "tests/b.py": 120.0}
    first, *rest = where_time_goes.said(seconds, 2.5, whole=True)
    assert first.startswith("2.5 minutes (budget 10), 3.0 processor minutes (budget 18)")
    assert [line.split()[1] for line in rest] == ["tests/b.py", "tests/a.py"]
    assert "budget" not in next(where_time_goes.said(seconds, 2.5, whole=False))
