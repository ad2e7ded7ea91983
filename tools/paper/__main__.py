"""`python -m tools.paper pdf` and `python -m tools.paper epub`: the files in `_build/to_go`."""

import sys

from tools.browsers import find_browser
from tools.paper.pages import ROOT, SITE

FOLDER = ROOT / "_build" / "to_go"


def main(kind):
    if not (SITE / "index.html").exists():
        sys.exit("The PDF and the EPUB are made of the site, which is not built: type make book.")
    if kind == "epub":
        from tools.paper import epub

        epub.write(FOLDER / "hidden-state.epub")
    elif find_browser():
        from tools.paper import pdf

        pdf.write(FOLDER / "hidden-state.pdf")
    else:
        sys.exit(
            "The PDF is printed by Chromium or Chrome, and neither is here. Install one, or put "
            "the path of yours into the environment variable RNNLIB_BROWSER."
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
