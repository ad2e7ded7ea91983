"""Reading the notebooks: what the tests of their form and the closing counts share."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(
    (
        path
        for folder in ("chapters", "chapters/detours")
        for path in (ROOT / folder).glob("*.ipynb")
    ),
    key=lambda path: path.stem,
)
CHAPTERS = [path for path in NOTEBOOKS if path.stem[0].isdigit()]


@cache
def read(path):
    """The notebook at this path."""
    import nbformat  # a second of imports, which other tests need not pay

    return nbformat.read(path, as_version=4)


def code_cells(path):
    """Its code cells that hold any code, in order."""
    return [c for c in read(path).cells if c.cell_type == "code" and c.source.strip()]


def place_of(path, cell):
    """Where a cell is, as a person looks for it: the file, its number, and how it begins."""
    number = read(path).cells.index(cell) + 1
    first = cell.source.strip().partition("\n")[0]
    return f"{path.relative_to(ROOT).as_posix()}, cell {number} ({first[:60]})"


def tags(cell):
    """The cell's tags."""
    return set(cell.metadata.get("tags", []))


def is_ignored(cell):
    """Whether nbval runs the cell without comparing its output."""
    return "nbval-ignore-output" in tags(cell) or "NBVAL_IGNORE" in cell.source


def is_skipped(cell):
    """Whether the cell is not run at all."""
    return bool(tags(cell) & {"nbval-skip", "skip-execution"}) or "NBVAL_SKIP" in cell.source
