"""The folds of hidden code: each is named by the first comment of its cell, "Code: Draw the loss".

MyST-NB would call all of them "Show code cell source". The metadata of a cell can name its fold
too (`mystnb.code_prompt_show`): solutions do, and the setup, which the book on paper keeps.
"""

from docutils import nodes
from myst_nb.sphinx_ import HideInputCells
from sphinx.transforms.post_transforms import SphinxPostTransform

from rnnlib.plots.style import LABELS

FIRST_LINES = {f"# {framework}" for framework in LABELS.values()}  # of two cells side by side


def name_of(source):
    """What the first comment of a cell says, without the name of a framework; "" without one."""
    first, *rest = source.lstrip().splitlines()
    line = rest[0] if rest and first in FIRST_LINES else first
    return line.removeprefix("# ").rstrip(".") if line.startswith("# ") else ""


class CodeFolds(SphinxPostTransform):
    """Name the folds."""

    default_priority = HideInputCells.default_priority - 1
    formats = ("html",)

    def run(self, **kwargs):
        for cell in self.document.findall(nodes.container):
            named = "code_prompt_show" in cell.get("cell_metadata", {}).get("mystnb", {})
            if cell.get("hide_mode") and not named:
                name = name_of(cell.next_node(nodes.literal_block).astext())
                cell["prompt_show"] = cell["prompt_hide"] = f"Code: {name}"


def setup(app):
    app.add_post_transform(CodeFolds)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
