"""The map of the tree: every folder and file with the sentence that it opens with.

python -m tools.map             all of it
python -m tools.map padding     the lines that hold this word, and the notebooks whose code does
"""

import ast
import json
import re
import sys

from tools.import_graph import ROOT, paths, sources


def lines():
    """A line for each file: where it is, and what it is."""
    for module, source in sources().items():
        sentence = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
        path = paths()[module].relative_to(ROOT).as_posix().removesuffix("__init__.py")
        if sentence and not path.startswith("tests/"):
            yield f"{path:<44} {sentence}"


def notebooks(word):
    """A line for each notebook in whose code cells a word stands."""
    for path in sorted((ROOT / "chapters").rglob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "".join(part for c in cells if c["cell_type"] == "code" for part in c["source"])
        if found := re.findall(rf"\b{re.escape(word)}\b", code):
            yield f"{path.relative_to(ROOT).as_posix():<44} {len(found)} times in its code"


if __name__ == "__main__":
    word = " ".join(sys.argv[1:])
    print(*(line for line in lines() if word.lower() in line.lower()), sep="\n")
    print(*(notebooks(word) if word else ()), sep="\n")
