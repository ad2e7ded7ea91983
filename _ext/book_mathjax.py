"""MathJax from the site's own folder: the script and its fonts, copied before pages are written.

It cannot lie below `_static`: Jupyter Book would load every script it finds there on every page.
"""

import importlib.util
from pathlib import Path

from sphinx.util.fileutil import copy_asset

PARTS = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2")


def copy_mathjax(app):
    """Copy what a page with formulas loads, and nothing of the 24 MB around it."""
    if app.builder.format != "html":
        return
    package = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
    for part in PARTS:
        target = Path(app.outdir) / "_static" / "mathjax" / part
        source = package / "static" / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_asset(source, target if source.is_dir() else target.parent)


def setup(app):
    app.connect("builder-inited", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
