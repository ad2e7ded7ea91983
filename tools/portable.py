"""Whether the book looks the same on other processors: each notebook under other kernels.

python -m tools.portable [notebook ...]            under kernels of old and new processors
python -m tools.portable --nudge [notebook ...]    initial weights a millionth larger or smaller

Names each printed number that moves, and exits with 1 if one does. OpenBLAS (NumPy), ATen and
oneDNN (PyTorch) choose their kernels by the processor, and each adds up in an order of its own.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

from tools.plain import find_notebooks

# A small set in which each kernel, instruction set and number of threads comes once at least.
KERNELS = {
    "old laptop": ("Sandybridge", "default", "SSE41", 1),
    "laptop": ("Haswell", "avx2", "AVX2", 2),
    "AMD": ("Zen", "avx2", "AVX2", 1),
    "server": ("SkylakeX", "avx512", "AVX512_CORE", 2),
}
NAMES = ("OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS")
NUMBER = re.compile(r"[-−+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
NUDGE = Path(__file__).parent / "nudge"


def main():
    """Read the command line, run, print what moved; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", default=["chapters"], help="files or folders")
    parser.add_argument("--nudge", action="store_true", help="other initial weights, by 10^-6")
    parser.add_argument("--only", choices=list(KERNELS), help="one row of kernels")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    notebooks = list(find_notebooks(options.notebooks))
    if options.here:
        print(json.dumps(moved_in(notebooks[0])))
        return 0
    jobs = [(name, set_up, path) for name, set_up in rows(options) for path in notebooks]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda job: run(job[1], job[2]), jobs)
        count = sum(
            tell(name, path, moved) for (name, _, path), moved in zip(jobs, found, strict=True)
        )
    print(f"{len(jobs)} runs of notebooks, {count} cells print something else")
    return count > 0


def rows(options):
    """(name, environment) of each run that is wanted and that this processor can do."""
    if options.nudge:
        return [("nudged", {"PYTHONPATH": os.pathsep.join([str(NUDGE), str(Path.cwd())])})]
    chosen = {n: k for n, k in KERNELS.items() if options.only in (None, n)}
    if platform.machine().lower() not in ("x86_64", "amd64"):
        print("This processor is no x86: its kernels are run, and no others can be chosen.")
        return [("as it is", {})]
    wide = can_run_avx512()
    for name in [n for n, k in chosen.items() if k[1] == "avx512" and not wide]:
        print(f"{name}: left out, since this processor has no AVX-512")
        del chosen[name]
    return [(n, dict(zip(NAMES, map(str, k), strict=True))) for n, k in chosen.items()]


def can_run_avx512():
    """Whether the processor has AVX-512, whatever the environment asks for."""
    wanted = {k: v for k, v in os.environ.items() if k not in NAMES}
    asked = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    said = subprocess.run([sys.executable, "-c", asked], env=wanted, capture_output=True, text=True)
    return said.stdout.strip() == "AVX512"


def run(set_up, path):
    """What moved in one notebook, in a process of its own with this environment."""
    command = [sys.executable, "-m", "tools.portable", "--here", str(path)]
    quiet = {"PYTEST_CURRENT_TEST": "portable"}  # as tools.execute
    said = subprocess.run(command, env=os.environ | quiet | set_up, capture_output=True, text=True)
    if said.returncode:
        return [[-1, re.findall(r".*\w.*", said.stderr)[-1:]]]
    return json.loads(said.stdout.splitlines()[-1])


def tell(name, path, moved):
    """Print what moved; how many cells."""
    for number, what in moved:
        print(f"{name}: {path}, code cell {number}: {'; '.join(what)}", flush=True)
    return len(moved)


def moved_in(path):
    """[number of the code cell, what is printed otherwise] for each cell that nbval would compare.

    Code cells are counted from 0, as nbval counts them; those whose output is ignored are left out.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    stored = [cell.get("outputs", []) for cell in notebook.cells]
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        allow_errors=True,
        coalesce_streams=True,
        resources={"metadata": {"path": str(Path(path).parent)}},
    ).execute()
    found, number = [], -1
    for cell, before in zip(notebook.cells, stored, strict=True):
        if cell.cell_type != "code":
            continue
        number += 1
        what = [] if is_ignored(cell) else differences(before, cell.outputs)
        raised = [o for o in cell.outputs if o.output_type == "error"]
        expected = "raises-exception" in cell.metadata.get("tags", [])
        if raised and not expected:
            what = [f"{raised[0].ename}: {raised[0].evalue}"]
        if what:
            found.append([number, what])
    return found


def is_ignored(cell):
    """Whether nbval runs the cell without comparing its output."""
    return "nbval-ignore-output" in cell.metadata.get("tags", [])


def differences(before, after):
    """What differs between two lists of outputs, but for places in figures."""
    old, new = shown(before), shown(after)
    if old.keys() != new.keys():
        return [f"other outputs: {', '.join(sorted(old.keys() ^ new.keys()))}"]
    found = []
    for key in old:
        if old[key] != new[key]:
            pairs = numbers_moved(old[key], new[key])
            told = [f"{a} is {b}" for a, b in pairs or []]
            found += told or [f"{key}: {first_difference(old[key], new[key])}"]
    return found


def shown(outputs):
    """{kind: text} of a cell's outputs, as nbval compares them."""
    from nbval.plugin import get_sanitize_patterns

    rules = get_sanitize_patterns(Path("tests/figures.cfg").read_text(encoding="utf-8"))
    found = {}
    for output in outputs:
        parts = {output.name: output.text} if "text" in output else output.get("data", {})
        for kind, text in parts.items():
            if kind.startswith("image/png") or kind == "application/vnd.jupyter.widget-view+json":
                continue
            text = text if isinstance(text, str) else "".join(text)
            for rule, instead in rules:
                text = re.sub(rule, instead, text)
            found[kind] = found.get(kind, "") + text
    return found


def first_difference(before, after):
    """The first lines of two texts that differ, cut."""
    for old, new in zip_longest(before.splitlines(), after.splitlines(), fillvalue=""):
        if old != new:
            return f"{old[:60]!r} is {new[:60]!r}"
    return "the ends of lines"


def numbers_moved(before, after):
    """[(number before, number after)] where two texts differ in numbers only, or None."""
    if " ".join(NUMBER.sub("#", before).split()) != " ".join(NUMBER.sub("#", after).split()):
        return None
    pairs = zip(NUMBER.findall(before), NUMBER.findall(after), strict=True)
    return [(old, new) for old, new in pairs if old != new]


def in_last_digits(pairs):
    """Whether each of these pairs differs by at most two units of its last digit.

    A whole number counts as another one: it is a count, and no rounding.
    """
    return bool(pairs) and all(_close(*pair) for pair in pairs)


def _close(before, after):
    places = [len(text.partition("e")[0].partition(".")[2]) for text in (before, after)]
    if not min(places):
        return False
    old, new = (float(text.replace(",", "").replace("−", "-")) for text in (before, after))
    size = 10.0 ** (int(before.partition("e")[2] or 0) - min(places))
    return abs(old - new) <= 2.001 * size


if __name__ == "__main__":
    sys.exit(main())
