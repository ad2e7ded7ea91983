"""Execute notebooks in place, so that a second run changes no byte.

python -m tools.execute chapters
"""

import copy
import os
import sys

# ipykernel leaves C-level stderr alone when it believes pytest runs it, as it does under nbval.
os.environ["PYTEST_CURRENT_TEST"] = "execute"

import nbformat
from nbclient import NotebookClient

from tools.plain import find_notebooks, make_plain, way_up

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(path):
    """Run one notebook from a fresh kernel, store its outputs, normalise prose and metadata."""
    before = path.read_text(encoding="utf-8")
    notebook = make_plain(nbformat.reads(before, as_version=4), way_up(path))
    stored = copy.deepcopy(notebook)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    keep_ignored_outputs(notebook, stored)
    notebook = make_plain(notebook, way_up(path))  # outputs that are closed begin with an empty one
    after = nbformat.writes(notebook) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8")
    print(f"{path}: {'changed' if after != before else 'unchanged'}")


def keep_ignored_outputs(notebook, stored):
    """Timings and the like differ at each run: keep what is stored, so that nothing changes."""
    for new, old in zip(notebook.cells, stored.cells, strict=True):
        ignored = "nbval-ignore-output" in new.metadata.get("tags", [])
        if ignored and new.source == old.source and old.outputs:
            new.outputs, new.execution_count = old.outputs, new.execution_count


if __name__ == "__main__":
    for found in find_notebooks(sys.argv[1:]):
        execute(found)
