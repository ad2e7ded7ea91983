"""Copies of the notebooks that run on Google Colab: their first cell fetches the book.

python -m website.colab https://github.com/OWNER/NAME FOLDER

The Colab buttons of a published site open these copies on the branch `colab`, where `.ci/colab`
puts them. A link to another notebook leads to its copy, one to a page to the page on GitHub.
"""

import json
import posixpath
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CELL = """\
# On Colab: fetch the book, install its library and the text that it reads. About two minutes.
import sys
from pathlib import Path

book = Path.home() / "hidden-state"
if not (book / "ready").exists():
    !test -d "{{book}}" || git clone --quiet --depth 1 {repository} "{{book}}"
    %pip install --quiet "{{book}}[keras,torch,automata,series,dates]"
    %pip uninstall --quiet --yes triton
    !{{sys.executable}} -m rnnlib.data && touch "{{book}}/ready"
    if "numpy" in sys.modules:  # an older one than the book's, loaded before
        print("Python restarts now, with the book's versions. Then run this cell again.")
        get_ipython().kernel.do_shutdown(restart=True)
sys.path.insert(1, str(book))  # where the exercises are
%cd {{book}}/{folder}
"""
LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def absolute_links(text, folder, repository):
    """Prose whose links do not depend on where it stands; diagrams come from the repository."""
    path = repository.removeprefix("https://github.com/")

    def lead(match):
        is_image, words, target, anchor = match.groups()
        target = posixpath.normpath(posixpath.join(folder, target))
        if is_image:
            address = f"https://raw.githubusercontent.com/{path}/HEAD/{target}?sanitize=true"
        elif target.endswith(".ipynb"):
            address = f"https://colab.research.google.com/github/{path}/blob/colab/{target}"
        else:
            address = f"{repository}/blob/HEAD/{target}{anchor or ''}"
        return f"{is_image}{words}({address})"

    return LINK.sub(lead, text)


def copy_of(notebook, folder, repository):
    """A notebook of a folder of the book as it is on Colab."""
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = absolute_links("".join(cell["source"]), folder, repository)
            cell = cell | {"source": text.splitlines(keepends=True)}
        cells.append(cell)
    source = CELL.format(repository=repository, folder=folder).splitlines(keepends=True)
    first = {"cell_type": "code", "id": "on-colab", "metadata": {}, "source": source}
    first |= {"execution_count": None, "outputs": []}
    return notebook | {"cells": [cells[0], first, *cells[1:]]}


def main(repository, out):
    """Write the copies, each where its notebook is in the book."""
    for path in sorted((ROOT / "chapters").glob("**/*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        name = path.relative_to(ROOT)
        notebook = json.loads(path.read_text(encoding="utf-8"))
        copy = copy_of(notebook, name.parent.as_posix(), repository.rstrip("/"))
        target = Path(out) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(copy, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
