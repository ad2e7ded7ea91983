"""The map of the tree: every folder and file with the sentence that it opens with.

python -m tools.map             all of it
python -m tools.map padding     the lines that hold this word
"""

import ast
import sys

from tools.import_graph import ROOT, paths, sources


def lines():
    """A line for each file: where it is, and what it is."""
    for module, source in sources().items():
        sentence = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
        path = paths()[module].relative_to(ROOT).as_posix().removesuffix("__init__.py")
        if sentence and not path.startswith("tests/"):
            yield f"{path:<44} {sentence}"


if __name__ == "__main__":
    word = " ".join(sys.argv[1:]).lower()
    print(*(line for line in lines() if word in line.lower()), sep="\n")
