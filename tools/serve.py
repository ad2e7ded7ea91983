"""Serve the book on this machine, rebuild it when a file changes, and reload the page.

python -m tools.serve [--port 8000] [--open-browser]
"""

import re
import subprocess
import sys
from pathlib import Path

from sphinx_autobuild import __main__ as autobuild

ROOT = Path(__file__).resolve().parent.parent
BUILD = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "--quiet"]
IGNORED = rf"{re.escape(ROOT.as_posix())}/(_build|tests|benchmarks|\.)|__pycache__|checkpoints"


class Builder:
    """Stands in for sphinx-autobuild's builder, which needs a conf.py: Jupyter Book has none."""

    def __init__(self, *args, url_host, **options):
        self.address = f"http://{url_host}"

    def __call__(self, *, changed_paths):
        result = subprocess.run(BUILD, cwd=ROOT, stdout=subprocess.DEVNULL)
        note = "" if result.returncode == 0 else "The build failed; you see the last good pages. "
        print(f"{note}The book is at {self.address}; stop with Ctrl+C.", flush=True)


if __name__ == "__main__":
    autobuild.Builder = Builder
    autobuild.main([str(ROOT), str(ROOT / "_build/html"), "--re-ignore", IGNORED, *sys.argv[1:]])
