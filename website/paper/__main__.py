"""`python -m website.paper`: the PDF, the EPUB and the handout, in `_build/to_go` and in the site.

`pdf`, `epub` or `handout` after it makes that one alone. Without a browser there is no PDF.
"""

import sys

from tools.browsers import find_browser
from website.extensions.to_go import renew
from website.paper import epub, handout, pdf
from website.paper.pages import ROOT, SITE

FOLDER = ROOT / "_build" / "to_go"
NO_SITE = "The PDF and the EPUB are made of the site, which is not built yet: type make book."
NO_BROWSER = (
    "The PDF is printed by Chromium or Chrome, and neither is here. Install one, or put the path "
    "of yours into the environment variable RNNLIB_BROWSER."
)


def main(*kinds):
    if not (SITE / "index.html").exists():
        sys.exit(NO_SITE)
    if "epub" in kinds or not kinds:
        epub.write(FOLDER / "hidden-state.epub")
    if "handout" in kinds or not kinds:
        handout.write(FOLDER)
    if "pdf" in kinds or not kinds:
        if find_browser():
            pdf.write(FOLDER / "hidden-state.pdf")
        elif kinds:
            sys.exit(NO_BROWSER)
        else:
            print(NO_BROWSER)
    renew(ROOT, SITE)


if __name__ == "__main__":
    main(*sys.argv[1:])
